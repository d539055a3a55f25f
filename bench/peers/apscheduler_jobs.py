"""APScheduler 3: a job for each message, in the job store its documentation shows for jobs that must outlive a restart.

Its usual `misfire_grace_time` of one second would drop most of them, so it is off.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from bench.peers.marks import finished, prepared, render_and_mark, waiting

_LOOK = 0.01


def ready(url: str, messages: int, seconds: float) -> Callable[[], dict[str, Any]]:
    """Set up its store; what it gives puts a job into it for each message and lets them run, for so many seconds at most."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    prepared(url, messages)
    jobs = url.replace("postgresql://", "postgresql+psycopg://") if url.startswith("postgresql") else url.removesuffix(".db") + "-jobs.db"
    store = SQLAlchemyJobStore(url=jobs)  # a file of its own on SQLite, as its documentation has it
    scheduler = BackgroundScheduler(jobstores={"default": store}, timezone=UTC, job_defaults={"misfire_grace_time": None})
    scheduler.start(paused=True)

    def go() -> dict[str, Any]:
        until = time.monotonic() + seconds
        due = datetime.now(UTC) - timedelta(seconds=1)
        for n in range(messages):
            scheduler.add_job(render_and_mark, "date", run_date=due, args=[url, n], id=str(n))
        scheduler.resume()
        while (left := waiting(url)) and time.monotonic() < until:
            time.sleep(_LOOK)
        scheduler.shutdown(wait=not left)
        finished(url)
        return {"sent": messages - left}

    return go
