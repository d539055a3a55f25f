"""The Bolt app: each listener parses, handles, acknowledges. What changes in view is drawn from the outbox."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.handle import Door
from bot.shelf import Shelf
from bot.slack.customer import Customer
from bot.slack.team import Team
from bot.slack.who import WhoIsWho
from storage.outbox import Outbox

THREADS = 16
PERSON_ACTIONS = re.compile(
    r"^(done|elsewhere|failed|how|later|snooze|stuck|human|skip|next|help|stop|undo|answer|solved|goal|open)(:.*)?$"
)

WORDS = (None, "file_share", "thread_broadcast", "me_message")
"""Kinds of messages that hold somebody's words; the others tell of joins, edits and the like."""

Body = Mapping[str, Any]


def create_slack(*, client: WebClient, signing_secret: str, door: Door, shelf: Shelf, outbox: Outbox, who: WhoIsWho, company: str) -> App:
    """The app with every listener of the main job, and catch-alls so that nothing answers 404."""
    app = App(
        client=client,
        signing_secret=signing_secret,
        token_verification_enabled=False,
        process_before_response=True,  # else Bolt acknowledges events before they are kept
        listener_executor=ThreadPoolExecutor(THREADS, thread_name_prefix="bolt"),
    )
    customer = Customer(door, shelf, who, client, company)
    team = Team(door, shelf, outbox, who, client)
    app.event("app_home_opened")(customer.opened)
    app.event("app_mention")(customer.mentioned)

    @app.event("message")
    def message(event: Body, body: Body, ack: Ack) -> None:
        if event.get("subtype") in WORDS and event.get("channel_type") == "im":
            customer.wrote(event, body)
        elif event.get("subtype") in WORDS and event.get("thread_ts"):
            team.wrote(event, body)
        ack()

    app.action(PERSON_ACTIONS)(customer.pressed)
    app.view("goal")(customer.told_goal)
    app.action("claim")(team.claimed)
    app.action("resolve")(team.resolved)
    app.action("send")(team.sent_on)
    _catch_the_rest(app)
    return app


def _catch_the_rest(app: App) -> None:
    """Slack limits a subscription whose events get too many 404s."""
    anything = re.compile(".*")

    @app.event(anything)
    def event(ack: Ack) -> None:
        ack()

    @app.action(anything)
    def action(ack: Ack) -> None:
        ack()

    @app.view(anything)
    def view(ack: Ack) -> None:
        ack()

    @app.view_closed(anything)
    def view_closed(ack: Ack) -> None:
        ack()

    @app.shortcut(anything)
    def shortcut(ack: Ack) -> None:
        ack()

    @app.command(anything)
    def command(ack: Ack) -> None:
        ack()
