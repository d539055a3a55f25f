"""A deployment whose processes can be killed, the providers that remember, and people who do again what nobody acknowledged."""

from __future__ import annotations

import base64
import json
import os
import random
import signal
import socket
import threading
import time
import urllib.request
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from chaos import body
from chaos.body import Doom
from chaos.points import ANY_MOMENT
from chaos.recording import KEY, SECRET, Desk, Recording
from fleet import ENDED, KEEPS
from fleet import _forks as forks
from sqlalchemy import text

from bot.playground.acts import acts_in
from bot.playground.post import Refused
from bot.playground.serve import Served
from bot.playground.server import create_playground
from bot.playground.values import Message
from storage.database import Database, connect

OFTEN = 0.02
"""Seconds between two looks."""


@dataclass
class Body:
    """A process: what it is, and how it is to die. `clock` are the seconds by which its clock is wrong."""

    role: str
    process: ForkServerProcess
    doom: Doom | None
    clock: Any
    born: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int:
        assert self.process.pid
        return self.process.pid

    @property
    def dead(self) -> bool:
        return self.process.exitcode is not None

    def kill(self) -> None:
        self.process.kill()
        self.process.join(timeout=10)

    def freeze(self) -> None:
        """It hangs, and does not know."""
        os.kill(self.pid, signal.SIGSTOP)

    @property
    def hangs(self) -> bool:
        """Whether it has been stopped."""
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"

    def thaw(self) -> None:
        """It goes on as if no time had passed."""
        os.kill(self.pid, signal.SIGCONT)


@dataclass
class Town:
    """`people`: for how many there is room."""

    folder: Path
    url: str
    people: int
    seed: int
    more: Mapping[str, str] = field(default_factory=dict)
    bodies: list[Body] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.providers = Recording(self.people)
        self._served = Served(0)
        self._served.start(create_playground(self.providers, Desk(self._served.url)))  # type: ignore[arg-type]
        self.port = _free_port()
        self.app = f"http://127.0.0.1:{self.port}"
        self.crowd = Crowd(self)

    @property
    def environment(self) -> dict[str, str]:
        """Of each process."""
        return {
            **KEEPS,
            "DATABASE_URL": self.url,
            "SENDGRID_API_KEY": self.providers.installation.mail_key,
            "SENDGRID_API_URL": self._served.url,
            "SLACK_BOT_TOKEN": self.providers.installation.token,
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"{self._served.url}/slack/api/",
            "HANDRAIL_SLACK_PACE": "6000 a minute",
            "HANDRAIL_EMAIL_PACE": "1000 a second",
            "PORT": str(self.port),
            **self.more,
        }

    # Processes

    def start(self, role: str, doom: Doom | None = None) -> Body:
        """One more process."""
        context: ForkServerContext = forks()
        shift = context.Value("d", 0.0, lock=False)
        log = f"{role}{len(self.bodies):03}.log"
        process = context.Process(target=body.live, args=(role, self.environment, self.folder, log, doom, shift))
        process.start()
        self.bodies.append(Body(role, process, doom, shift))
        return self.bodies[-1]

    def doom(self, point: str) -> Doom:
        """To die there, sooner or later."""
        return Doom(point=point, times=self.chance.randint(1, 4))

    def living(self) -> list[Body]:
        return [one for one in self.bodies if not one.dead]

    def bury(self, dead: Body) -> None:
        """Count a kill. Raises AssertionError when it was none."""
        assert dead.process.exitcode == -signal.SIGKILL, (dead.role, dead.process.exitcode, self.logs())
        self.kills[dead.doom.point if dead.doom else ANY_MOMENT] += 1

    def end(self) -> None:
        """Whatever happened: nothing of ours is left."""
        self.crowd.stop()
        for one in self.bodies:
            with suppress(ValueError):
                one.kill()
                one.process.close()
        self._served.stop()
        self.providers.close()
        if "_database" in self.__dict__:
            self._database.close()

    def logs(self) -> str:
        return "\n".join(f"--- {file.name}\n{file.read_text()[-2500:]}" for file in sorted(self.folder.glob("*.log"))[-6:])

    # What is known

    def ask(self, query: str) -> list[Any]:
        with self.database.write() as connection:
            found = connection.execute(text(query))
            return [tuple(row) for row in found] if found.returns_rows else []

    @property
    def database(self) -> Database:
        if "_database" not in self.__dict__:
            self._database = connect(self.url)
        return self._database

    def states(self) -> Counter[str]:
        return Counter(dict(self.ask("SELECT state, count(*) FROM outbox GROUP BY state")))

    def until(self, so: Callable[[], bool], what: str, within: float) -> None:
        deadline = time.monotonic() + within
        while not so():
            wrong = [(one.role, one.process.exitcode) for one in self.bodies if one.process.exitcode not in (None, 0, -signal.SIGKILL)]
            assert not wrong, (wrong, self.logs())
            assert time.monotonic() < deadline, (f"waited {within} s for {what}", self.states(), self.logs())
            time.sleep(OFTEN)

    # A life

    def live_through(self, slots: Sequence[str], points: Mapping[str, Sequence[str]], *, patience: float = 6.0, each: int = 6) -> None:
        """In each slot one process after the other dies, at these points of its role; meanwhile `each` people come for every death.

        Who has not come to its point within `patience` seconds is killed, which counts as any moment.
        """
        waiting = {role: deque(points[role]) for role in dict.fromkeys(slots)}
        posts: list[Body] = [self._next(role, waiting[role]) for role in slots]
        self.crowd.come(each * len(slots))
        while any(one.doom for one in posts):
            time.sleep(OFTEN)
            if not self.database.is_sqlite and self.chance.random() < OFTEN:
                self.wake_some()
            for place, one in enumerate(posts):
                if one.doom and self._died(one, patience):
                    self.bury(one)
                    posts[place] = self._next(one.role, waiting[one.role])
                    self.crowd.come(each)
                assert one.doom or not one.dead, self.logs()

    def _next(self, role: str, points: deque[str]) -> Body:
        return self.start(role, self.doom(points.popleft()) if points else None)

    def _died(self, one: Body, patience: float) -> bool:
        if one.dead:
            return True
        age = time.monotonic() - one.born
        assert one.doom
        if age > patience or (one.doom.point == ANY_MOMENT and age > 0.3 * one.doom.times + self.chance.random()):
            one.doom = Doom()
            one.kill()
            return True
        return False

    def wake_some(self) -> None:
        """The moment of a few has come. Only on PostgreSQL, where clocks lease them to workers."""
        self.ask("UPDATE people SET wake_at = now() WHERE id IN (SELECT id FROM people WHERE wake_at > now() ORDER BY random() LIMIT 5)")

    # The end

    def settle(self, within: float = 60.0) -> None:
        """Until everybody is heard and nothing is on its way any more, and evidence was looked for."""
        self.until(self.crowd.all_joined, "everybody to be heard", within)
        self.until(lambda: not (set(self.states()) - ENDED), "everything to be sent", within)
        self.crowd.look_again()
        self.until(self.crowd.through, "everybody to press", within)
        self.until(lambda: not self._open(), "evidence and decisions", within)
        self.until(lambda: not (set(self.states()) - ENDED), "everything to be sent", within)
        self.crowd.stop()

    def _open(self) -> int:
        return int(
            self.ask(
                "SELECT (SELECT count(*) FROM outbox WHERE state = 'unknown' AND NOT looked)"
                " + (SELECT count(*) FROM events WHERE decided_at IS NULL)"
                " + (SELECT count(*) FROM outbox WHERE state IN ('failed', 'suppressed', 'expired', 'unknown') AND NOT told)"
            )[0][0]
        )

    def retire(self) -> None:
        """Those that are left are told to end, and do so in time."""
        living = self.living()
        for one in living:
            one.process.terminate()
        for one in living:
            one.process.join(timeout=12)
            assert one.process.exitcode == 0, (one.role, one.process.exitcode, self.logs())


class Crowd:
    """People who join, and press a button on their welcome, in a thread of their own. What is not acknowledged they do again."""

    PATIENCE = 3.0
    """Seconds after which somebody whose welcome never came gives up looking for its button."""

    def __init__(self, town: Town) -> None:
        self._town = town
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
        """So many more, as far as there is room."""
        for number in range(self._came, min(self._came + n, self._town.people)):
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
            with urllib.request.urlopen(urllib.request.Request(f"{self._town.app}/v1/identify", told, headers), timeout=5) as answer:
                answer.read()
        except (OSError, HTTPException):
            return False
        self.acknowledged.add(f"identify:identify-{n}")
        return True

    def _press(self, n: int, label: str) -> bool:
        user, world = f"U_{n}", self._town.providers
        for message in world.dm(user):
            for block, action in _buttons(message, label):
                try:
                    acts_in(world, Desk(self._town.app)).click_message(user, (message.channel, message.ts), (block, action))  # type: ignore[arg-type]
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


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
