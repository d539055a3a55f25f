"""One process of ours in which something goes on for longer than anybody waits: at its end, and in a request."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import fleet_process

from bot.commands import serve
from bot.house import House
from bot.settings import Settings

SHUTDOWN = 0.8
"""Seconds that it gets to end, instead of those it has in earnest."""
FOR_EVER = 60.0

fleet_process.ROLES["run"] = serve.run


def live(role: str, environment: Mapping[str, str], folder: Path, log: str) -> None:
    """Be that process until told to end, which it never comes to by itself."""
    built = serve._built
    serve.SHUTDOWN = SHUTDOWN

    def hanging(settings: Settings) -> House:
        house = built(settings)
        house.noticing.flush = lambda: time.sleep(FOR_EVER)  # type: ignore[method-assign]
        house.web.get("/hangs")(lambda: time.sleep(FOR_EVER))
        return house

    serve._built = hanging
    fleet_process.live(role, environment, folder, log)
