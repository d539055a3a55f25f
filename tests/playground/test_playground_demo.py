"""The demo around an app: the workspaces it opens, the settings it gives, and how its clock goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.playground.demo import Demo
from bot.playground.seed import acme_world
from bot.settings import Settings
from bot.world import World


@dataclass
class Hollow:
    """A house with nobody in it: it takes sign-ups, links to Slack and shows what it was called back with."""

    settings: Settings
    due: datetime | None = None
    settled: int = 0
    reports: Any = None
    common: Any = None
    back: list[dict[str, str]] = field(default_factory=list)

    @property
    def web(self) -> Starlette:
        async def identify(_: Request) -> Response:
            return JSONResponse({})

        async def begin(request: Request) -> Response:
            place = str(self.settings.slack_api_url).replace("/api/", "/oauth/v2/authorize")
            here = f"{request.base_url}slack/oauth_redirect"
            return RedirectResponse(f"{place}?client_id=1122.3344&scope=chat:write&redirect_uri={here}")

        async def done(request: Request) -> Response:
            self.back.append(dict(request.query_params))
            return JSONResponse(dict(request.query_params))

        routes = [Route("/slack/install", begin), Route("/slack/oauth_redirect", done)]
        return Starlette(routes=[Route("/v1/identify", identify, methods=["POST"]), *routes])

    @property
    def store(self) -> Hollow:
        return self

    @property
    def shelf(self) -> Hollow:
        return self

    def playbooks(self) -> Hollow:
        return self

    def taking(self) -> Iterator[Any]:
        return iter(())

    def next_due(self) -> datetime | None:
        return self.due

    def settle(self) -> None:
        self.settled += 1

    def start(self) -> None: ...

    def stop(self) -> None: ...


@contextmanager
def a_demo(folder: Path, **options: Any) -> Iterator[tuple[Demo, Hollow]]:
    houses: list[Hollow] = []

    def build(settings: Settings, _: World) -> Hollow:
        houses.append(Hollow(settings))
        return houses[-1]

    demo = Demo(build, folder, **options)
    demo.start()
    try:
        yield demo, houses[-1]
    finally:
        demo.stop()


def test_alone_the_vendors_workspace_has_the_app_and_its_token(tmp_path):
    with a_demo(tmp_path, beating=False) as (demo, house):
        assert [world.installation.team for world in demo.workspaces] == ["T_PLAYGROUND"]
        assert demo.workspace.installed
        assert house.settings.slack_bot_token is not None
        assert house.settings.slack_bot_token.get_secret_value() == demo.workspace.installation.token


def test_with_acme_beside_it_the_app_has_no_token_until_somebody_installs_it(tmp_path):
    with a_demo(tmp_path, beating=False, others=(acme_world,)) as (demo, house):
        assert house.settings.slack_bot_token is None
        assert not any(world.installed for world in demo.workspaces)
        assert demo.install("T_ACME", "U_BEN").status == 200
        [back] = house.back
        assert demo.workspaces.exchange(back["code"], None).team == "T_ACME"


def test_settings_of_a_test_go_before_the_demos_own(tmp_path):
    with a_demo(tmp_path, beating=False, settings={"HANDRAIL_COMPANY": "Initech"}) as (_, house):
        assert house.settings.company == "Initech"


def test_both_workspaces_survive_a_kill_and_starting_over_empties_both(tmp_path):
    with a_demo(tmp_path, beating=False, others=(acme_world,)) as (demo, _):
        demo.workspaces["T_ACME"].grants.give(("chat:write",), "U_BEN", rotates=False)
        again = acme_world(path=tmp_path / "playground-2.jsonl")
        assert again.installed
        again.close()
        demo.start_over()
        assert not demo.workspaces["T_ACME"].installed
