"""People who join, and press buttons, and do again what nobody acknowledged."""

from __future__ import annotations

import base64
import json
import threading
import time
import urllib.request
from collections import Counter, deque
from collections.abc import Callable
from functools import partial
from http.client import HTTPException

from chaos.recording import KEY, Desk, Recording

from bot.playground.acts import acts_in
from bot.playground.post import Refused
from bot.playground.values import Message

MOST_WAITING = 40


class Crowd:
    """`app`: where it answers; `room`: how many may come. They live in a thread of their own."""

    PATIENCE = 3.0
    """Seconds after which somebody whose welcome never came gives up looking for its button."""

    def __init__(self, providers: Recording, app: str, room: int) -> None:
        self._providers = providers
        self._app = app
        self._room = room
        self._todo: deque[Callable[[], bool]] = deque()
        self._came = 0
        self._done_at = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self.acknowledged: set[str] = set()
        self.pressed: Counter[str] = Counter()
        self._refused: set[int] = set()

    @property
    def came(self) -> int:
        return self._came

    def come(self, n: int) -> None:
        """So many more, as far as there is room, and nobody when many wait at the door."""
        if self._came - len(self.acknowledged) > MOST_WAITING:
            return
        for number in range(self._came, min(self._came + n, self._room)):
            self._todo.append(partial(self._join, number))
            if number % 2 == 0:
                self._todo.append(partial(self._press, number, "I'm stuck" if number % 3 else "Done"))
            self._came = number + 1
        if not self._thread.is_alive():
            self._thread.start()

    def all_joined(self) -> bool:
        """Whether all have been acknowledged."""
        return len(self.acknowledged) == self._came

    def look_again(self) -> None:
        """Patience begins anew."""
        self._done_at = time.monotonic()

    def through(self) -> bool:
        """Whether all have pressed, and those who look for a button that never came have given up."""
        return not self._todo or time.monotonic() - self._done_at > self.PATIENCE

    @property
    def refused(self) -> int:
        """How many were told last that their click was not taken, as by a machine whose clock is an hour wrong."""
        return len(self._refused)

    @property
    def could_not_press(self) -> int:
        """How many never saw their button."""
        return len(self._todo) - self.refused

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _live(self) -> None:
        while not self._ended.wait(0.005):
            if not self._todo:
                continue
            act = self._todo.popleft()
            if act():
                self._done_at = time.monotonic()
            else:
                self._todo.append(act)

    def _join(self, n: int) -> bool:
        traits = {"name": f"Person {n}", "email": f"u{n}@acme.test", "timezone": "Europe/Berlin", "consent": True}
        told = json.dumps({"userId": f"u{n}", "messageId": f"identify-{n}", "traits": traits}).encode()
        token = base64.b64encode(f"{KEY}:".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {token}"}
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{self._app}/v1/identify", told, headers), timeout=5) as answer:
                answer.read()
        except (OSError, HTTPException):
            return False
        self.acknowledged.add(f"identify:identify-{n}")
        return True

    def _press(self, n: int, label: str) -> bool:
        user, world = f"U_{n}", self._providers
        for message in world.dm(user):
            for block, action in _buttons(message, label):
                try:
                    acts_in(world, Desk(self._app)).click_message(user, (message.channel, message.ts), (block, action))  # type: ignore[arg-type]
                except Refused:
                    self._refused.add(n)
                    return False
                self._refused.discard(n)
                self.pressed[label] += 1
                return True
        return False


def _buttons(message: Message, label: str) -> list[tuple[str, str]]:
    rows = [block for block in message.blocks if block["type"] == "actions"]
    return [(row["block_id"], one["action_id"]) for row in rows for one in row["elements"] if one["text"]["text"] == label]
