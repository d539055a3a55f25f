"""What providers do on a bad day, one thing after the other, in a thread of its own, until it clears up."""

from __future__ import annotations

import random
import threading
from collections import Counter
from types import TracebackType
from typing import Self

from chaos.body import CALL
from chaos.recording import Recording

from bot.playground.faults import Misfortune

ROUTES = ("mail.send", "chat.postMessage")
STORMS: tuple[tuple[Misfortune, float], ...] = (
    ("rate_limited", 1.0),
    ("server_error", 0.0),
    ("hang", CALL * 1.2),
    ("hang_accepted", CALL * 1.2),
    ("hang", 0.5),
    ("lost_answer", 0.0),
    ("reset", 0.0),
)
"""With the seconds that they take, or ask for."""


class Storms:
    """Within, calls meet misfortunes: about every other one. `met`: which were ordered, and how often."""

    def __init__(self, providers: Recording, chance: random.Random) -> None:
        self._providers = providers
        self._chance = random.Random(chance.random())
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._blow, daemon=True)
        self.ordered: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self.met = sum(self._providers.faults.met(route) for route in ROUTES)
        self._providers.faults.clear()

    def _blow(self) -> None:
        while not self._over.wait(0.5):
            route, (kind, seconds) = self._chance.choice(ROUTES), self._chance.choice(STORMS)
            times = 1 if seconds > 1 else self._chance.randint(1, 6)
            self.ordered[kind] += times
            self._providers.faults.next(route, kind, times=times, seconds=seconds, after=self._chance.randint(0, 3))
