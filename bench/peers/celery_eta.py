"""Celery on Redis: a task for each message with an ETA, and a worker with two processes.

Redis is started for the run, without anything written to disk, which is quicker than what one would deploy.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.children import HERE
from bench.peers.marks import finished, prepared, render_and_mark, waiting

_LOOK = 0.01
_HEAD_START = 3.0
"""Seconds until the ETA: the worker holds every task in memory by then."""
URL, BROKER = "HANDRAIL_BENCH_URL", "HANDRAIL_BENCH_BROKER"


def missing() -> str:
    """What is not at hand, '' when all is."""
    from importlib.util import find_spec

    lacking = [name for name in ("celery", "redis") if find_spec(name) is None]
    return ", ".join([*lacking, *([] if shutil.which("redis-server") else ["redis-server"])])


def app_of(broker: str) -> Any:
    """The application, as its worker and its sender know it."""
    from celery import Celery

    app = Celery("bench", broker=broker)
    app.conf.update(worker_hijack_root_logger=False, task_ignore_result=True, broker_connection_retry_on_startup=True)

    @app.task(name="send")
    def send(id: int) -> None:
        render_and_mark(os.environ[URL], id)

    return app


def ready(url: str, messages: int, seconds: float) -> Callable[[], dict[str, Any]]:
    """Start Redis and a worker; what it gives sends a task for each message and lets them run, for so many seconds at most.

    `took` leaves out what the tasks waited for their ETA.
    """
    prepared(url, messages)
    folder = tempfile.mkdtemp(prefix="handrail-bench-redis-")
    port = _free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
    redis = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    broker = f"redis://127.0.0.1:{port}/0"
    _until_up(port)
    command = [sys.executable, "-m", "celery", "-A", "bench.peers.celery_worker", "worker", "--concurrency", "2", "--loglevel", "ERROR"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    own = os.environ | {URL: url, BROKER: broker, "PYTHONWARNINGS": "ignore"}
    worker = subprocess.Popen([*command, *quiet], cwd=HERE, env=own, stdout=subprocess.DEVNULL)
    app = app_of(broker)

    def go() -> dict[str, Any]:
        try:
            return _worked_off(app, url, messages, seconds)
        finally:
            worker.terminate()
            worker.wait(timeout=30)
            redis.terminate()
            redis.wait(timeout=30)
            shutil.rmtree(folder, ignore_errors=True)

    return go


def _worked_off(app: Any, url: str, messages: int, seconds: float) -> dict[str, Any]:
    eta = datetime.now(UTC) + timedelta(seconds=_HEAD_START + messages / 1000)
    sending = time.perf_counter()
    for n in range(messages):
        app.tasks["send"].apply_async((n,), eta=eta)
    sent_in = time.perf_counter() - sending
    time.sleep(max(0.0, (eta - datetime.now(UTC)).total_seconds()))
    began = time.perf_counter()
    while (left := waiting(url)) and time.perf_counter() - began < seconds:
        time.sleep(_LOOK)
    took = sent_in + time.perf_counter() - began
    finished(url)
    return {"sent": messages - left, "took": took}


def _until_up(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("redis-server did not come up")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
