"""A PostgreSQL of a test's own that can be restarted as by a crash of the machine's neighbour: at once, with nothing put in order."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import databases
import psycopg
import pytest
from sqlalchemy import make_url


@dataclass
class Restartable:
    """`url`: a database in it, ready for use."""

    url: str
    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def restart(self, away: float) -> None:
        """Stop at once, stay away for so many seconds, and recover from the log."""
        pid = self._pid()
        command = [word.decode() for word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") if word]
        os.kill(pid, signal.SIGQUIT)
        self._gone(pid)
        time.sleep(away)
        user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        with (self.folder / "log").open("ab") as log:
            self.started.append(
                subprocess.Popen(
                    command,
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    user=user.pw_uid if user else None,
                    group=user.pw_gid if user else None,
                    extra_groups=[] if user else None,
                )
            )
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)).close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self.folder / "log").read_text()[-2000:]
                time.sleep(0.05)

    def end(self) -> None:
        """The server that was started last ends; the first one ended long ago."""
        for server in self.started:
            with suppress(ProcessLookupError):
                server.send_signal(signal.SIGQUIT)
            server.wait(timeout=20)

    def _pid(self) -> int:
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def _gone(self, pid: int) -> None:
        deadline = time.monotonic() + 20
        while (self.folder / "data" / "postmaster.pid").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        for server in self.started:
            if server.pid == pid:
                server.wait(timeout=20)


@contextmanager
def a_restartable_server() -> Iterator[Restartable]:
    """What was committed outlives the server here, as in earnest. Raises NoServer."""
    durable = tuple(one for one in databases.SWIFT if not one.startswith(("synchronous_commit", "full_page_writes")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(databases, "SWIFT", durable)
        with databases.a_server() as address:
            own = databases.Postgres(address)
            server = Restartable(own.migrated(), Path(str(make_url(address).query["host"])))
            try:
                yield server
            finally:
                server.end()
