"""What the product's events cost over real HTTP: each is answered when it is stored and decided, on SQLite.

`handrail web` runs in a process of its own; who sends shares this machine with it. Nothing is sent on to people meanwhile.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

Measured = tuple[str, float, str]
Call = dict[str, Any]

KEY = "a-write-key-for-measuring-only"
SERVE = [sys.executable, "-c", "from bot.cli import main; main()", "web"]
SETTINGS = {
    "HANDRAIL_WRITE_KEY": KEY,
    "HANDRAIL_SECRET_KEY": "a-secret-key-for-measuring-only-32",
    "SMTP_URL": "smtp://127.0.0.1:9",
    "HANDRAIL_FROM_EMAIL": "hello@example.test",
    "HANDRAIL_POSTAL_ADDRESS": "1 Harbour Street",
}
"""E-mail is set up, for Handrail runs without no channel; without a worker no mail goes out."""
HEADERS = {"Authorization": f"Basic {b64encode(f'{KEY}:'.encode()).decode()}", "Content-Type": "application/json"}

PEOPLE = 200
EVENTS = ("report.opened", "report.created", "integrations.viewed", "source.connected")
BATCH = 50
SINGLE_SENDERS, BATCH_SENDERS = 8, 4
PATIENCE = 60.0
"""Seconds that the server may take to come up, and a request to be answered."""


def ingest_side(*, quick: bool) -> Iterator[Measured]:
    """Events per second and milliseconds until the answer, for single calls and for batches of 50."""
    singles, batches = (400, 40) if quick else (4000, 400)
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as port:
        numbers = itertools.count()
        _send(port, 1, "/v1/batch", [_batch(_identify(who) for who in range(start, start + BATCH)) for start in range(0, PEOPLE, BATCH)])
        yield from _told("one by one", 1, *_send(port, SINGLE_SENDERS, "/v1/track", [_track(next(numbers)) for _ in range(singles)]))
        many = [_batch(_track(next(numbers)) for _ in range(BATCH)) for _ in range(batches)]
        yield from _told(f"batches of {BATCH}", BATCH, *_send(port, BATCH_SENDERS, "/v1/batch", many))


def _told(how: str, size: int, took: Sequence[float], whole: float) -> Iterator[Measured]:
    yield f"events over HTTP, {how}", len(took) * size / whole, "events/s"
    yield f"until the answer, {how}, p50", statistics.median(took) * 1000, "ms"
    yield f"until the answer, {how}, p99", sorted(took)[int(len(took) * 0.99)] * 1000, "ms"


def _send(port: int, senders: int, path: str, bodies: Sequence[Call]) -> tuple[list[float], float]:
    """Seconds that each body took and that all did, from so many senders at once, each on a connection of its own."""

    def sender(mine: Sequence[Call]) -> list[float]:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as line:
            return [_answered(line, path, body) for body in mine]

    start = time.perf_counter()
    with ThreadPoolExecutor(senders) as crowd:
        took = list(itertools.chain(*crowd.map(sender, [bodies[n::senders] for n in range(senders)])))
    return took, time.perf_counter() - start


def _answered(line: http.client.HTTPConnection, path: str, body: Call) -> float:
    raw = json.dumps(body)
    start = time.perf_counter()
    line.request("POST", path, raw, HEADERS)
    answer = line.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {said[:200]!r}")
    return time.perf_counter() - start


def _track(n: int) -> Call:
    own = {"event": EVENTS[n // PEOPLE % len(EVENTS)], "properties": {"title": "Revenue by month", "rows": n}}
    return {"type": "track", "userId": f"u{n % PEOPLE}", "messageId": f"track-{n}", **own}


def _identify(n: int) -> Call:
    traits = {"name": f"Person {n}", "email": f"u{n}@acme.test", "timezone": "Europe/Berlin"}
    return {"type": "identify", "userId": f"u{n}", "messageId": f"identify-{n}", "traits": traits}


def _batch(calls: Iterator[Call]) -> Call:
    return {"batch": list(calls)}


@contextmanager
def _served(folder: Path) -> Iterator[int]:
    """The web app in a process of its own, on a new SQLite file; gives its port."""
    port = _free_port()
    here = {
        "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "PORT": str(port),
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
    }
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(SERVE, env=_environment() | SETTINGS | here, cwd=folder, stdout=log, stderr=log)
    try:
        _until_up(process, port, folder / "web.log")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _environment() -> dict[str, str]:
    """Ours without anything that would set up Handrail otherwise."""
    ours = ("HANDRAIL_", "SLACK_", "SENDGRID_", "SMTP_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _free_port() -> int:
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
    raise RuntimeError(f"handrail web did not come up: {log.read_text()[-1000:]}")
