"""Told to end, every process does within its time, whatever goes on in it."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import hung
import pytest
from fleet import KEEPS
from fleet import _forks as forks

READY = {"run": "Uvicorn running", "web": "Uvicorn running", "clock": "ticks", "worker": "is ready"}
TOLD = "a provider has not answered within"


@pytest.mark.parametrize(
    ("role", "kind", "how"),
    [
        ("run", "sqlite", signal.SIGTERM),
        ("run", "sqlite", signal.SIGINT),
        ("web", "sqlite", signal.SIGTERM),
        ("clock", "sqlite", signal.SIGTERM),
        ("worker", "sqlite", signal.SIGTERM),
        ("worker", "postgresql", signal.SIGTERM),
    ],
    indirect=["kind"],
)
def test_a_process_that_would_never_end_is_cut_off_in_time(role: str, url: str, how: signal.Signals, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "hung.log"
    process = forks().Process(target=hung.live, args=(role, KEEPS | {"DATABASE_URL": url, "PORT": str(port)}, tmp_path, log.name))
    process.start()
    try:
        while READY[role] not in (said := log.read_text() if log.exists() else ""):
            assert process.is_alive(), said
            time.sleep(0.02)
        if role in ("run", "web"):
            threading.Thread(target=asks, args=(f"http://127.0.0.1:{port}/hangs",), daemon=True).start()
            time.sleep(0.2)
        os.kill(process.pid, how)
        process.join(hung.SHUTDOWN + 5)
        assert process.exitcode == 0, log.read_text()
        assert log.read_text().count(TOLD) == 1
    finally:
        process.kill()
        process.join()
        process.close()


def asks(address: str) -> None:
    with suppress(OSError):
        urllib.request.urlopen(address, timeout=hung.FOR_EVER)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
