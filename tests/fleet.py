"""Handrail as many processes on one PostgreSQL, with a mail provider that remembers what it took. The test's own house lets people in."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

import fleet_process
import pytest
from mail_provider import MailProvider
from sqlalchemy import text

from bot.house import House
from bot.main import build
from bot.settings import Settings
from flows.events import AnyEvent, Joined, Traits

KEEPS = {
    "SENDGRID_API_KEY": "SG.key",
    "HANDRAIL_FROM_EMAIL": "hello@tally.test",
    "HANDRAIL_POSTAL_ADDRESS": "1 Harbour Street",
    "HANDRAIL_SECRET_KEY": "a-secret-key-for-this-test",
    "HANDRAIL_WRITE_KEY": "the-write-key",
}
"""Settings of every house that sends mail."""
ENDED = {"sent", "failed", "unknown", "expired", "suppressed", "withdrawn"}


@cache
def _forks() -> ForkServerContext:
    """A process from which others are forked: what they import is imported there, once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([fleet_process.__name__])
    here = Path(__file__).parent
    with pytest.MonkeyPatch.context() as until:  # Python 3.11 doesn't tell it where modules lie
        until.setenv("PYTHONPATH", os.pathsep.join(map(str, (here, here.parent))))
        forkserver.ensure_running()
    return context


@dataclass
class Fleet:
    """The processes, and what became of everything."""

    folder: Path
    url: str
    provider: MailProvider
    more: Mapping[str, str] = field(default_factory=dict)
    processes: list[ForkServerProcess] = field(default_factory=list)

    # Processes

    def start(self, role: str, **more: str) -> ForkServerProcess:
        """Another process of ours: "clock", "worker" or "web"."""
        name = f"{role}{len(self.processes)}"
        process = _forks().Process(target=fleet_process.live, name=name, args=(role, self.environment | more, self.folder, f"{name}.log"))
        process.start()
        self.processes.append(process)
        return process

    def wait_for_workers(self, n: int) -> None:
        """Until so many worker processes take up jobs."""
        self.until(lambda: self.count("procrastinate_workers") >= 2 * n, f"{n} workers")

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.join(timeout=10)
            process.close()
        if "house" in self.__dict__:
            self.house.store.close()

    def each_log(self) -> list[str]:
        """What each process has said; '' for one that has not begun."""
        files = [self.folder / f"{process.name}.log" for process in self.processes]
        return [file.read_text() if file.exists() else "" for file in files]

    def logs(self) -> str:
        return "\n".join(f"--- {file.name}\n{file.read_text()[-3000:]}" for file in sorted(self.folder.glob("*.log")))

    # People

    @cached_property
    def house(self) -> House:
        """The app in the test's own process. It lets in, and sends nothing."""
        return build(Settings(_env_file=None, **self.environment))  # type: ignore[arg-type]

    def join(self, n: int, first: int = 0) -> list[str]:
        """So many people sign up, and a welcome waits for each."""
        door, numbers = self.house.door, range(first, first + n)
        people = self.house.store.identify_all([[("external", "", f"u{i}"), ("email", "", f"u{i}@acme.test")] for i in numbers])
        now = door.now()
        events: list[AnyEvent] = []
        for i, who in zip(numbers, people, strict=True):
            traits = {"name": f"Person {i}", "email": f"u{i}@acme.test", "timezone": "Europe/Berlin"}
            events.append(Traits(source="test", key=f"traits{i}", who=who, at=now, person=traits))
            events.append(Joined(source="test", key=f"joined{i}", who=who, at=now))
        door.handle(*events)
        return people

    # What is known

    def states(self) -> Counter[str]:
        return Counter(dict(self.ask("SELECT state, count(*) FROM outbox GROUP BY state")))

    def count(self, table: str, where: str = "true") -> int:
        return int(self.ask(f"SELECT count(*) FROM {table} WHERE {where}")[0][0])

    def ask(self, query: str) -> list[Any]:
        with self.house.store.database.write() as connection:
            found = connection.execute(text(query))
            return [tuple(row) for row in found] if found.returns_rows else []

    def settle(self, within: float = 30) -> None:
        """Until nothing is on its way any more."""
        self.until(lambda: not (set(self.states()) - ENDED), "everything to be sent", within)

    def until(self, so: Callable[[], bool], what: str, within: float = 20) -> None:
        deadline = time.monotonic() + within
        while not so():
            dead = [process.name for process in self.processes if process.exitcode not in (None, 0, -9)]
            assert not dead, (dead, self.logs())
            assert time.monotonic() < deadline, (f"waited {within} s for {what}", self.states(), self.logs())
            time.sleep(0.02)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **KEEPS,
            "DATABASE_URL": self.url,
            "SENDGRID_API_URL": self.provider.url,
            **self.more,
        }
