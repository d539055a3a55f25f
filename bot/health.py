"""What /healthz says of a house."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from bot.slack.side import SlackSide
from bot.world import World
from storage.guardrails import Mark
from storage.reports import Reports

log = logging.getLogger("handrail")

LATE = timedelta(minutes=2)
"""A clock that is later than this is told by /healthz."""


def health(reports: Reports, world: World, slack: SlackSide | None = None, marks: Callable[[], Iterable[Mark]] = tuple) -> dict[str, Any]:
    """What /healthz says: numbers, and the problems in words. Times are ISO 8601, ages in seconds.

    `marks` are what is wrong with the sources of events: theirs to put right, so it is told and no problem of ours.
    """
    now = world.now()
    try:
        found = reports.health(now)
        wrong_sources = [{"source": mark.source, "kind": mark.kind, "since": mark.since.isoformat()} for mark in marks() if mark.since]
    except Exception:
        log.exception("the database can't be asked how it is")
        return {"status": "problems", "database": "unreachable", "problems": ["the database can't be asked"]}
    late = (now - found.oldest_wake).total_seconds() if found.oldest_wake else 0.0
    waiting = (now - found.oldest_pending).total_seconds() if found.oldest_pending else 0.0
    problems = []
    if late > LATE.total_seconds():
        problems.append("the clock or the delivery is behind")
    elif waiting > LATE.total_seconds():
        problems.append("a message is due for more than two minutes: it waits for its turn, or for another try")
    if found.parked:
        problems.append(f"{found.parked} {'event' if found.parked == 1 else 'events'} could not be decided")
    facts, wrong = slack.health() if slack else ({}, [])
    problems += wrong
    told = {name: at.isoformat() if isinstance(at, datetime) else at for name, at in asdict(found).items()}
    return {
        "status": "ok" if not problems else "problems",
        "database": "ok",
        "late_seconds": late,
        "outbox_age_seconds": waiting,
        **told,
        **({"slack": facts} if facts else {}),
        "guardrails": wrong_sources,
        "problems": problems,
    }
