"""Procrastinate: a job deferred for each message, and its own worker with ten at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bench.peers.marks import finished, prepared, render_and_mark, waiting

_AT_ONCE = 10


def ready(url: str, messages: int, seconds: float) -> Callable[[], dict[str, Any]]:
    """Set up its tables; what it gives defers a job for each message and works them off, for so many seconds at most."""
    from procrastinate import App, PsycopgConnector, SyncPsycopgConnector

    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    prepared(url, messages)
    app = App(connector=PsycopgConnector(conninfo=url, max_size=12))

    @app.task(name="send")
    def send(id: int) -> None:
        render_and_mark(url, id)

    sender = App(connector=SyncPsycopgConnector(conninfo=url))
    with sender.open():
        sender.schema_manager.apply_schema()

    async def work() -> None:
        async with app.open_async():
            await app.run_worker_async(wait=False, concurrency=_AT_ONCE, install_signal_handlers=False, update_heartbeat_interval=60)

    async def bounded() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(work(), seconds)

    def go() -> dict[str, Any]:
        with sender.open():
            one = sender.configure_task("send", allow_unknown=True)
            for n in range(messages):
                one.defer(id=n)
        asyncio.run(bounded())
        left = waiting(url)
        finished(url)
        return {"sent": messages - left}

    return go
