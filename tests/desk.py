"""Hosts for the playground with nothing of Handrail behind them: a clock, and a Bolt app served over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.playground.host import Move

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Desk:
    """A host with nothing behind it but a clock and a list of reasons."""

    app_url: str = "http://127.0.0.1"
    signing_secret: str = "shh"
    write_key: str = "wk"
    product_events: Sequence[Mapping[str, str]] = ({"event": "source_connected", "label": "Connect a source"},)
    csm_channels: Sequence[str] = ("#csm-smb",)
    time: datetime = MONDAY
    decisions: list[dict[str, Any]] = field(default_factory=list)
    starts: int = 0

    def now(self) -> datetime:
        return self.time

    def next_due(self) -> str | None:
        return (self.time + timedelta(hours=1)).isoformat()

    def lateness(self) -> float:
        return 0.0

    def move(self, to: Move) -> None:
        self.time += {"hour": timedelta(hours=1), "day": timedelta(days=1)}[str(to)]

    def why(self, after: int) -> Sequence[Mapping[str, Any]]:
        return [decision for decision in self.decisions if decision["n"] > after]

    def people(self) -> Sequence[Mapping[str, Any]]:
        ana = {"id": "p1", "name": "Ana Ruiz", "email": "ana@acme.test", "slack_user": "U_ANA"}
        return [ana | {"external_id": "ana-1", "account": "Acme GmbH"}]

    def start_over(self) -> None:
        self.starts += 1


def bolt_route(bolt: App) -> Route:
    """Bolt behind `/slack/events`."""

    async def events(request: Request) -> Response:
        asked = await _asked(request)
        return _answer(await run_in_threadpool(bolt.dispatch, asked))

    return Route("/slack/events", events, methods=["POST"])


def oauth_routes(bolt: App) -> list[Route]:
    """Bolt's own installation routes."""
    flow = bolt.oauth_flow
    assert flow is not None

    async def begun(request: Request) -> Response:
        return _answer(await run_in_threadpool(flow.handle_installation, await _asked(request)))

    async def back(request: Request) -> Response:
        return _answer(await run_in_threadpool(flow.handle_callback, await _asked(request)))

    return [Route("/slack/install", begun), Route("/slack/oauth_redirect", back)]


async def _asked(request: Request) -> BoltRequest:
    headers: dict[str, Sequence[str]] = {name: [value] for name, value in request.headers.items()}
    return BoltRequest(body=(await request.body()).decode(), query=str(request.query_params), headers=headers)


def _answer(said: BoltResponse) -> Response:
    answer = Response(said.body, said.status)
    for name, values in said.headers.items():
        for value in values:
            answer.headers.append(name, value)
    return answer
