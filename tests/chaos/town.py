"""A deployment whose processes can be killed, the providers that remember, and people who do again what nobody acknowledged."""

from __future__ import annotations

import random
import signal
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from chaos import body
from chaos.bodies import Body
from chaos.body import Doom
from chaos.crowd import Crowd
from chaos.points import ANY_MOMENT
from chaos.recording import SECRET, Desk, Recording
from fleet import ENDED, KEEPS
from fleet import _forks as forks
from sqlalchemy import text

from bot.playground.serve import Served
from bot.playground.server import create_playground
from storage.database import Database, connect

BEGINS = 3.0
"""Seconds until a process is up, on a machine that has much to do."""
OFTEN = 0.02
"""Seconds between two looks."""


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
        self.crowd = Crowd(self.providers, self.app, self.people)

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

    def live_through(self, slots: Sequence[str], points: Mapping[str, Sequence[str]], *, patience: float = 10.0, each: int = 4) -> None:
        """In each slot one process after the other dies, at these points of its role; meanwhile people come, `each` and more for a death.

        Who has not come to its point within `patience` seconds is killed, which counts as any moment.
        """
        waiting = {role: deque(points[role]) for role in dict.fromkeys(slots)}
        posts: list[Body] = [self._next(role, waiting[role]) for role in slots]
        self.crowd.come(each * len(slots))
        while any(one.doom for one in posts):
            time.sleep(OFTEN)
            if self.chance.random() < OFTEN:
                self.crowd.come(3)  # so that whoever waits for its point has something to do
                if not self.database.is_sqlite:
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

    def settle(self, within: float = 120.0) -> None:
        """Until everybody is heard and nothing is on its way any more, and evidence was looked for."""
        self.until(self.crowd.all_joined, "everybody to be heard", within)
        self.until(lambda: not (set(self.states()) - ENDED), "everything to be sent", within)
        self.crowd.look_again()
        self.until(self.crowd.through, "everybody to press", within)
        self.crowd.stop()  # whoever presses last may still be at it, and what follows is waited for
        self.until(lambda: not self._open(), "evidence and decisions", within)
        self.until(lambda: not (set(self.states()) - ENDED), "everything to be sent", within)

    def _open(self) -> int:
        return int(
            self.ask(
                "SELECT (SELECT count(*) FROM outbox WHERE state = 'unknown' AND NOT looked)"
                " + (SELECT count(*) FROM events WHERE decided_at IS NULL)"
                " + (SELECT count(*) FROM outbox WHERE state IN ('failed', 'suppressed', 'expired', 'unknown') AND NOT told)"
            )[0][0]
        )

    def retire(self) -> None:
        """Those that are left are told to end, and do so in time. Who has just begun may not hear it yet, and has nothing to finish."""
        living = self.living()
        begins = {one.pid for one in living if time.monotonic() - one.born < BEGINS}
        for one in living:
            one.process.terminate()
        for one in living:
            one.process.join(timeout=12)
            well = (0, -signal.SIGTERM) if one.pid in begins else (0,)
            assert one.process.exitcode in well, (one.role, one.process.exitcode, self.logs())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
