"""A workspace, an inbox and a tiny Bolt app, all served over real HTTP from one port."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import MONDAY, Desk, bolt_route
from sendgrid import SendGridAPIClient
from slack_bolt import App, BoltRequest
from slack_sdk import WebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from two_teams import TwoTeams, two_teams

from bot.playground.acts import Acts
from bot.playground.installation import Registration
from bot.playground.post import Post
from bot.playground.seed import demo_world
from bot.playground.serve import Served
from bot.playground.server import create_playground
from bot.playground.world import World


@dataclass
class Stage:
    """Everything a test needs: the world, its host, the people in it, the app's clients, and what the app heard."""

    world: World
    desk: Desk
    acts: Acts
    slack: WebClient
    mail: SendGridAPIClient
    url: str
    bolt: App
    heard: list[tuple[str, Any]]
    tracked: list[tuple[str, Any]]

    def api(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """What the page's API answers, as JSON; its refusals too."""
        status, said = self.http(f"/playground/api/{path}", body, headers)
        assert status < 600
        return json.loads(said)

    def http(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Status and text of a plain request; a POST when there is a body."""
        data = None if body is None else json.dumps(body).encode()
        own = {"X-Playground": "1", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, headers=own | dict(headers or {}))
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()

    def headers(self, path: str) -> Mapping[str, str]:
        """The headers of a page."""
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:
            return dict(answer.headers)

    def eventually(self, happens: Callable[[], object], within: float = 3.0) -> None:
        """Wait for what a listener does in a thread of its own."""
        pause = threading.Event()
        deadline = datetime.now(UTC) + timedelta(seconds=within)
        while not happens():
            assert datetime.now(UTC) < deadline, "it did not happen"
            pause.wait(0.005)


@pytest.fixture(scope="session")
def theatre() -> Iterator[Stage]:
    """One server for all tests of the playground."""
    desk = Desk()
    world = demo_world(now=desk.now)
    served = Served()
    desk.app_url = served.url
    slack = WebClient(world.installation.token, base_url=f"{served.url}/slack/api/", timeout=5, retry_handlers=[])
    mail = SendGridAPIClient(world.installation.mail_key, host=served.url)
    mail.client.timeout = 5
    heard: list[tuple[str, Any]] = []
    tracked: list[tuple[str, Any]] = []
    bolt = a_bolt_app(slack, desk.signing_secret, heard)
    acts = Acts(world, desk, Post(desk, world.faults, patience=3.0, retries_after=(0.0,)))
    served.start(create_playground(world, desk, an_app(bolt, tracked), acts=acts))
    yield Stage(world, desk, acts, slack, mail, served.url, bolt, heard, tracked)
    served.stop()


@pytest.fixture
def stage(theatre: Stage) -> Stage:
    """The same server with nothing on it yet."""
    theatre.world.clear()
    theatre.heard.clear()
    theatre.tracked.clear()
    theatre.desk.time = MONDAY
    theatre.desk.decisions = []
    return theatre


@pytest.fixture
def teams(tmp_path: Path) -> Iterator[TwoTeams]:
    yield from two_teams(tmp_path, Registration())


@pytest.fixture
def rotating_teams(tmp_path: Path) -> Iterator[TwoTeams]:
    yield from two_teams(tmp_path, Registration(rotates=True))


def a_bolt_app(client: WebClient, secret: str, heard: list[tuple[str, Any]]) -> App:
    """An app that writes down what it hears, opens a dialog on `ask`, and says OK to the rest."""
    bolt = App(client=client, signing_secret=secret, token=client.token, token_verification_enabled=False)

    @bolt.event("app_home_opened")
    def opened(event: dict[str, Any]) -> None:
        heard.append(("app_home_opened", event))

    @bolt.event("message")
    def said(event: dict[str, Any], body: dict[str, Any], request: BoltRequest) -> None:
        heard.append(("message", event | {"id": body["event_id"], "retry": request.headers.get("x-slack-retry-num")}))

    @bolt.event("app_mention")
    def mentioned(event: dict[str, Any]) -> None:
        heard.append(("app_mention", event))

    @bolt.action("done")
    def done(ack: Any, body: dict[str, Any], respond: Any) -> None:
        ack()
        respond(text="Well done.", replace_original=True)
        heard.append(("done", body))

    @bolt.action("ask")
    def ask(ack: Any, body: dict[str, Any], client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=A_DIALOG)
        heard.append(("ask", body))

    @bolt.action("choose")
    def choose(ack: Any, body: dict[str, Any]) -> None:
        ack()
        heard.append(("choose", body))

    @bolt.view("goal")
    def goal(ack: Any, body: dict[str, Any]) -> None:
        wanted = body["view"]["state"]["values"]["goal"]["text"]["value"]
        ack(response_action="errors", errors={"goal": "Say a bit more."}) if len(wanted) < 3 else ack()
        heard.append(("goal", body))

    @bolt.view_closed("goal")
    def closed(ack: Any, body: dict[str, Any]) -> None:
        ack()
        heard.append(("closed", body))

    @bolt.command("/handrail")
    def command(ack: Any, body: dict[str, Any]) -> None:
        heard.append(("command", body))
        ack(f"You said {body['text']}.")

    return bolt


def an_app(bolt: App, tracked: list[tuple[str, Any]]) -> Starlette:
    """Handrail's place in these tests: Bolt behind `/slack/events`, and a `/v1/track` and doors for mail that remember."""

    async def track(request: Request) -> Response:
        tracked.append((request.headers["authorization"], await request.json()))
        return Response("{}")

    async def mailed(request: Request) -> Response:
        tracked.append((request.url.path, (dict(request.headers), await request.body())))
        return Response("{}")

    mail = [Route(path, mailed, methods=["POST"]) for path in ("/email/events", "/email/inbound/{secret}")]
    return Starlette(routes=[bolt_route(bolt), Route("/v1/track", track, methods=["POST"]), *mail])


A_DIALOG = {
    "type": "modal",
    "callback_id": "goal",
    "notify_on_close": True,
    "title": {"type": "plain_text", "text": "Your goal"},
    "submit": {"type": "plain_text", "text": "Keep it"},
    "blocks": [
        {
            "type": "input",
            "block_id": "goal",
            "label": {"type": "plain_text", "text": "What do you want?"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}
