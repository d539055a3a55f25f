"""Handrail's day as a process of its own: the real door, store, composer and delivery, and a channel that answers at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bench.house import BareHouse, a_house
from bench.moments import DAY, PROJECT
from bot.clock import tick

_PAUSE = 0.002


def day(url: str, warm_on: str, role: str = "both") -> Callable[[], dict[str, Any]]:
    """Gets ready on a small database; what it gives does the day: wakes (`role` clock or both) and delivers, until nothing is left."""
    warm = a_house(warm_on, DAY, project=PROJECT)
    while not _done(warm):
        _step(warm, "both")
    warm.store.close()
    house = a_house(url, DAY, project=PROJECT)

    def go() -> dict[str, Any]:
        while not _done(house):
            if not _step(house, role):
                time.sleep(_PAUSE)
        return {"sent": house.channel.sent}

    return go


def _step(house: BareHouse, role: str) -> int:
    woken = tick(house.door, house.chores) if role == "both" else 0
    return woken + house.delivery.drain()


def _done(house: BareHouse) -> bool:
    """Whether nobody is due any more. What another process has claimed is its to send."""
    due = house.store.next_due()
    return due is None or due > DAY + timedelta(seconds=1)
