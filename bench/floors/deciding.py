"""A decision that costs 50 µs, and what it changes in somebody's state."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any, NamedTuple

DECIDE = 50e-6
"""Seconds: what a hand-written rule for this one playbook would take."""


class Decided(NamedTuple):
    """What follows: the message to say, its key, the reasons and when to look again."""

    message: str
    key: str
    reasons: list[dict[str, str]]
    wake_at: datetime


def decide(person: dict[str, Any], now: datetime) -> Decided:
    """Decide about somebody, and write it into their state."""
    until = time.perf_counter() + DECIDE
    journey, moment = person["journey"], now.isoformat()
    days = (now.date() - datetime.fromisoformat(journey["started"]).date()).days
    message = f"bench_day{days}"
    rule = f"sequence.{message}"
    key = f"{journey['id']}:{rule}:1"
    said = {"key": key, "rounds": 1, "first_at": moment, "last_at": moment}
    journey["sent"][rule] = {**said, "skipped": "", "held": "", "variant": "", "on": []}
    person["spent"] = [*person["spent"], {"key": key, "message": message, "at": moment, "series": ""}]
    person["pending"] = [{"key": key, "message": message, "expires_at": moment, "step": "", "answer": False}]
    person["reasons"] = {**person["reasons"], rule: ["said", "not goal_met: goal_met is false"]}
    reasons = [{"rule": rule, "result": "said", "because": "not goal_met: goal_met is false"}]
    while time.perf_counter() < until:
        pass
    return Decided(message, key, reasons, now + timedelta(hours=8))
