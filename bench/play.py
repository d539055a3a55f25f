"""The playground's Slack and SendGrid in a process of its own, with the people of a population in its workspace."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from bench.moments import DAY
from bench.population import slack_users
from bot.playground.host import Move
from bot.playground.installation import dm_id
from bot.playground.seed import demo_world
from bot.playground.server import create_playground
from bot.playground.values import Channel, User


class Nobody:
    """A host without an app: Slack and SendGrid alone are asked here, and nothing comes back from them."""

    signing_secret, write_key = "unused", "unused"
    product_events: Sequence[Mapping[str, str]] = ()
    csm_channels: Sequence[str] = ()

    def __init__(self, url: str) -> None:
        self.app_url = url

    def now(self) -> datetime:
        return DAY

    def next_due(self) -> str | None:
        return None

    def lateness(self) -> float:
        return 0.0

    def move(self, to: Move) -> None:
        """Time stands still."""

    def why(self, after: int) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002
        return ()

    def people(self) -> Sequence[Mapping[str, Any]]:
        return ()

    def start_over(self) -> None:
        """There is nothing to forget."""


def app_at(url: str, people: int) -> ASGIApp:
    """Slack and SendGrid at that address, for a population of that size."""
    world = demo_world(lambda: DAY)
    for id in slack_users(people):
        world.users[id] = User(id=id, name="Ann O'Neil", email=f"{id.lower()}@acme.test", tz="Europe/Berlin")
        world.channels[dm_id(id)] = Channel(id=dm_id(id), name=id, members=(id, "U_HANDRAIL"))
    return create_playground(world, Nobody(url))


def main() -> None:
    """Serve, as the environment says: PORT, and BENCH_PEOPLE, the size of the population."""
    port = int(os.environ["PORT"])
    app = app_at(f"http://127.0.0.1:{port}", int(os.environ["BENCH_PEOPLE"]))
    uvicorn.run(app, host="127.0.0.1", port=port, log_config=None, access_log=False)


if __name__ == "__main__":
    main()
