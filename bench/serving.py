"""A web server in a process of its own, and many who send to it over real HTTP. Who sends shares this machine with it."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

Server = Literal["handrail web", "by hand", "playground"]
_COMMANDS: Mapping[Server, Sequence[str]] = {
    "handrail web": [sys.executable, "-c", "from bot.cli import main; main()", "web"],
    "by hand": [sys.executable, "-m", "bench.floors.events_app"],
    "playground": [sys.executable, "-m", "bench.play"],
}
KEY = "a-write-key-for-measuring-only"
SETTINGS = {
    "HANDRAIL_WRITE_KEY": KEY,
    "HANDRAIL_SECRET_KEY": "a-secret-key-for-measuring-only-32",
    "SMTP_URL": "smtp://127.0.0.1:9",
    "HANDRAIL_FROM_EMAIL": "hello@example.test",
    "HANDRAIL_POSTAL_ADDRESS": "1 Harbour Street",
}
"""E-mail is set up, for Handrail runs without no channel; without a worker no mail goes out."""
HEADERS = {"Authorization": f"Basic {b64encode(f'{KEY}:'.encode()).decode()}", "Content-Type": "application/json"}
PATIENCE = 60.0
"""Seconds that the server may take to come up, and a request to be answered."""
_ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def served(server: Server, folder: Path, settings: Mapping[str, str]) -> Iterator[int]:
    """It, for as long as somebody needs it; gives its port."""
    port, log = free_port(), folder / "server.log"
    own = {**SETTINGS, "PORT": str(port), "PYTHONPATH": str(_ROOT), **settings}
    with log.open("wb") as words:
        process = subprocess.Popen(_COMMANDS[server], env=_environment() | own, cwd=folder, stdout=words, stderr=words)
    try:
        _until_up(process, port, log)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def sent(port: int, senders: int, path: str, bodies: Sequence[bytes]) -> tuple[list[float], float]:
    """Seconds that each body took and that all did, from so many senders at once, each on a connection of its own."""

    def sender(mine: Sequence[bytes]) -> list[float]:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as line:
            return [_answered(line, path, body) for body in mine]

    start = time.perf_counter()
    with ThreadPoolExecutor(senders) as crowd:
        took = [one for some in crowd.map(sender, [bodies[n::senders] for n in range(senders)]) for one in some]
    return took, time.perf_counter() - start


def _answered(line: http.client.HTTPConnection, path: str, body: bytes) -> float:
    start = time.perf_counter()
    line.request("POST", path, body, HEADERS)
    answer = line.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {said[:200]!r}")
    return time.perf_counter() - start


def _environment() -> dict[str, str]:
    """Ours without anything that would set up Handrail otherwise."""
    ours = ("HANDRAIL_", "SLACK_", "SENDGRID_", "SMTP_", "DATABASE_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def free_port() -> int:
    """One that nobody has now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _until_up(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the server did not come up: {log.read_text(errors='replace')[-1000:]}")
