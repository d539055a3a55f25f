"""The Bolt app: each listener parses, handles, acknowledges. What changes in view is drawn from the outbox."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from slack_bolt import Ack, App, BoltContext, BoltRequest, BoltResponse
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.authorize import Authorize
from slack_sdk import WebClient

from bot.channels import SendError
from bot.conversation import Finder, found_nothing
from bot.handle import Door
from bot.shelf import Shelf
from bot.slack.apologies import apologising
from bot.slack.callers import Caller
from bot.slack.confirming import Confirming
from bot.slack.corrections import Corrections
from bot.slack.customer_listeners import listen_to_customers
from bot.slack.home_pages import HomePages
from bot.slack.patience import patience
from bot.slack.reception import Reception
from bot.slack.shapes import sound
from bot.slack.team.listeners import listen
from bot.slack.team.membership import Membership
from bot.slack.team.office import Office
from bot.slack.who import WhoIsWho
from bot.slack.workspaces import QUICK, Workspaces
from storage.database import waiting_until
from storage.outbox import Outbox

log = logging.getLogger("handrail.slack")

THREADS = 16

WORDS = (None, "file_share", "thread_broadcast", "me_message")
"""Kinds of messages that hold somebody's words; the others tell of joins, edits and the like."""
LEAVING = ("app_uninstalled", "tokens_revoked")
"""Events that come when we are let in no more."""
SLACKBOT = "USLACKBOT"
LONGEST = 2.8
"""Seconds after which nothing waits for its turn in the database any more: Slack's three are nearly over."""
CAME = "came_at"
"""What the context of a request tells: when it came (monotonic seconds), before it waited for a thread."""

Body = Mapping[str, Any]


def create_slack(
    *,
    workspaces: Workspaces,
    api_url: str,
    signing_secret: str,
    door: Door,
    shelf: Shelf,
    outbox: Outbox,
    who: WhoIsWho,
    company: str,
    members: Membership,
    pages: HomePages,
    left: Callable[[str, str], None],
    confirming: Confirming,
    find: Finder = found_nothing,
) -> App:
    """The app with every listener of the main job, and catch-alls so that nothing answers 404. `left` hears of uninstalls: team, why.

    `find` looks for help articles for a question.

    Without a `signing_secret` it may only listen by Socket Mode.
    """
    app = App(
        client=WebClient(base_url=api_url, timeout=QUICK, retry_handlers=[]),
        signing_secret=signing_secret,
        authorize=Entrance(workspaces),
        before_authorize=_doorkeeper(workspaces, pages),
        process_before_response=True,  # else Bolt acknowledges events before they are kept
        listener_executor=ThreadPoolExecutor(THREADS, thread_name_prefix="bolt"),
    )
    app.error(apologising(lambda: shelf.books.words.get("modal.press_again")))
    reception = Reception(door=door, shelf=shelf, who=who, workspaces=workspaces, company=company)
    office = Office(door, shelf, outbox, who, workspaces, members, company)
    team = listen(app, office)  # first: it hears only what colleagues do
    customer = listen_to_customers(app, reception, confirming, find=find)

    corrections = Corrections(reception, outbox)
    app.event({"type": "message", "subtype": "message_changed"}, matchers=[_between_us])(corrections.changed)
    app.event({"type": "message", "subtype": "message_deleted"}, matchers=[_between_us])(corrections.deleted)

    @app.event("message")
    def message(event: Body, body: Body, caller: Caller, ack: Ack) -> None:
        if event.get("subtype") in WORDS and not _from_a_bot(event):
            if event.get("channel_type") == "im":
                customer.wrote(event, body, caller)
            elif event.get("thread_ts"):
                team.wrote(event, caller)
        ack()

    @app.event("app_uninstalled")
    def uninstalled(caller: Caller, ack: Ack) -> None:
        left(caller.team, "app_uninstalled")
        ack()

    @app.event("tokens_revoked")
    def revoked(event: Body, caller: Caller, ack: Ack) -> None:
        if (event.get("tokens") or {}).get("bot"):
            left(caller.team, "tokens_revoked")
        ack()

    _catch_the_rest(app)
    return app


def dispatch(app: App, request: BoltRequest) -> BoltResponse:
    """Let the app hear something that came over HTTP. Its listeners have to be done while Slack waits, since it came at `CAME`."""
    if not sound(request.body):
        return BoltResponse(status=400, body={"code": "unreadable", "message": "Slack sends nothing like this"})
    with while_slack_waits(request.context.get(CAME) or time.monotonic()):
        return acknowledged(app.dispatch(request))


@contextmanager
def while_slack_waits(came: float) -> Iterator[None]:
    """Within, neither a call to Slack nor the wait for the database lasts longer than Slack waits.

    `came` is when it sent, in monotonic seconds.
    """
    with patience(since=came), waiting_until(came + LONGEST):
        yield


def acknowledged(answer: BoltResponse) -> BoltResponse:
    """What nobody listens to is acknowledged too: Slack gives up on an app that answers many 404s."""
    return BoltResponse(status=200, body="") if answer.status == 404 else answer


class Entrance(Authorize):
    """Lets a delivery in with the token of the workspace it came from, which `Workspaces` looks after; Bolt asks Slack nothing."""

    def __init__(self, workspaces: Workspaces) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._workspaces = workspaces

    def __call__(self, *, context: BoltContext, user_id: str | None, **_: Any) -> AuthorizeResult:
        """Who we are there."""
        caller: Caller = context["caller"]
        access = self._workspaces.access(caller.team)
        return AuthorizeResult(
            enterprise_id=context.enterprise_id,
            team_id=context.team_id,
            bot_user_id=access.bot_user or None,
            bot_id=access.bot or None,
            bot_token=access.token,
            bot_scopes=sorted(access.scopes),
            user_id=user_id,
        )


def _doorkeeper(workspaces: Workspaces, pages: HomePages) -> Callable[..., BoltResponse | None]:
    """Reads who it is; a delivery from where we are not installed any more is acknowledged, and that is all."""

    def doorkeeper(body: Body, context: BoltContext, next: Callable[[], Any]) -> BoltResponse | None:
        caller = workspaces.caller(body)
        context["caller"] = caller
        event = body.get("event")
        kind = event.get("type") if isinstance(event, Mapping) else body.get("type")
        if kind not in ("url_verification", "ssl_check", *LEAVING):
            try:
                workspaces.access(caller.team)
            except SendError as error:
                log.info("something came from %s: %s", caller.team or "nowhere", error)
                return BoltResponse(status=200, body="")
            if isinstance(event, Mapping) and kind == "app_home_opened" and isinstance(event.get("view"), Mapping):
                pages.shown(caller.team, caller.user, event["view"])
        next()
        return None

    return doorkeeper


def _between_us(event: Body) -> bool:
    return event.get("channel_type") == "im"


def _from_a_bot(event: Body) -> bool:
    return bool(event.get("bot_id") or event.get("bot_profile")) or event.get("user") in (None, "", SLACKBOT)


def _catch_the_rest(app: App) -> None:
    """Slack limits a subscription whose events get too many 404s."""
    anything = re.compile(".*", re.DOTALL)

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

    @app.options(anything)
    def options(ack: Ack) -> None:
        ack(options=[])

    @app.function(anything)
    def function(ack: Ack) -> None:
        ack()
