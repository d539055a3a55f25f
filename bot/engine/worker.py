"""A Procrastinate worker around our hands: it looks for jobs, and comes back whenever the database does."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException

from bot.engine.crew import Crew
from bot.engine.hands import Hands
from bot.outage import DATABASE
from storage.jobs import BULK, DELIVER, URGENT, WAKE

log = logging.getLogger("handrail.worker")

POLL = 0.5
"""Seconds after which jobs are looked for without a notification: behind PgBouncer there are none."""
LONGEST_PAUSE = 10.0
"""Seconds between two tries to reach the database."""


class Worker:
    """Works until it is stopped, in a thread of its own.

    `conninfo`: the database; `threads`: how many claims of each queue are worked on at once.
    """

    def __init__(self, conninfo: str, hands: Hands, threads: int) -> None:
        self._conninfo = conninfo
        self._hands = hands
        self._at_once = {URGENT: threads, BULK: threads}
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="worker", daemon=True)
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # a lost connection is told by us, once

    def start(self) -> None:
        """Begin to take up jobs."""
        self._thread.start()

    def stop(self, patience: float | None = None) -> None:
        """Take up nothing more, hand back what was not sent, and finish what is under way; so many seconds are waited, None: for ever."""
        self._stopping.set()
        self._hands.stop()
        if self._loop and self._main and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # it ended between the look and the call
                self._loop.call_soon_threadsafe(self._main.cancel)
        if self._thread.is_alive():
            self._thread.join(patience)

    async def _run(self) -> None:
        self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        self._loop.set_exception_handler(_noted)
        crews = {queue: Crew(queue, places) for queue, places in self._at_once.items()}
        pause = 0.1
        with contextlib.suppress(asyncio.CancelledError):
            while not self._stopping.is_set():
                began = self._loop.time()
                why = await self._work(crews)
                pause = 0.1 if self._loop.time() - began > LONGEST_PAUSE else min(LONGEST_PAUSE, pause * 2)
                DATABASE.tell(why)
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))
        for crew in crews.values():
            crew.close()

    async def _work(self, crews: Mapping[str, Crew]) -> str:
        """Work until the database is gone. Says how that showed."""
        connector = PsycopgConnector(conninfo=self._conninfo, min_size=1, max_size=4, timeout=5)
        app = self._app(connector, crews)
        try:
            async with app.open_async():
                log.info("the worker takes up jobs")
                tasks = [asyncio.create_task(self._take_up(app, queue)) for queue in self._at_once]
                try:
                    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                    return next((_words(error) for task in done if (error := task.exception())), "the connection was lost")
                finally:
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)
        except Exception as error:
            return _words(error)

    async def _take_up(self, app: App, queue: str) -> None:
        await app.run_worker_async(
            queues=[queue],
            name=queue,
            concurrency=self._at_once[queue],
            fetch_job_polling_interval=POLL,
            install_signal_handlers=False,
            delete_jobs="always",
        )

    def _app(self, connector: PsycopgConnector, crews: Mapping[str, Crew]) -> App:
        app = App(connector=connector)

        @app.task(name=DELIVER, pass_context=True)
        async def deliver(context: JobContext, token: str) -> None:
            await crews[context.job.queue].do(partial(self._hands.deliver, token))

        @app.task(name=WAKE, pass_context=True)
        async def wake(context: JobContext, people: list[str], until: str) -> None:
            queue = context.job.queue
            await crews[queue].do(partial(self._hands.wake, queue, people, datetime.fromisoformat(until)))

        return app


def _noted(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A job that could not be put away because the database is gone is no news: it is a hint, and the sweep finds what it was about."""
    error = context.get("exception")
    if isinstance(error, ConnectorException):
        DATABASE.tell(_words(error))
    else:
        loop.default_exception_handler(context)


def _words(error: BaseException) -> str:
    cause: Any = error.__cause__ or error
    return f"{type(cause).__name__}: {' '.join(str(cause).split())}"[:200]
