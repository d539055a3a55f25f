"""By when steps are expected, and how many days somebody is behind with them. Only with their own: what is ours makes nobody late."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flows.hours import local_date
from flows.parts.steps import Module, Step
from flows.people import Journey
from flows.playbook import Playbook


def due_on(step: Step, journey: Journey | None, zone: ZoneInfo) -> date | None:
    """The local day of `due`, counted from joining, or from the day they came over from another playbook; None without either."""
    if journey is None or step.due is None:
        return None
    return local_date(journey.moved_at or journey.started, zone) + timedelta(days=step.due.days)


def behind_days(playbook: Playbook, journey: Journey | None, settled: Collection[str], today: date, zone: ZoneInfo) -> int:
    """Days past the oldest day by which an open step of theirs was expected; 0 when nothing is late."""
    late = 0
    for step, day in expected(playbook, journey, settled, zone):
        if day < today and not waits_for_us(playbook, step, settled):
            late = max(late, (today - day).days)
    return late


def expected(playbook: Playbook, journey: Journey | None, settled: Collection[str], zone: ZoneInfo) -> Iterator[tuple[Step, date]]:
    """The customer's unsettled steps with each day they are expected by: from `expect_within` and from `due`, once their
    module is open. What is locked waits for steps that are expected themselves, or for us; a day while it was counts for nobody.
    """
    if journey is None:
        return
    for module, step in playbook.plan.expected:
        if step.step in settled:
            continue
        if day := _within(module, step, journey, zone):
            yield step, day
        opened, day = journey.opened.get(module.module), due_on(step, journey, zone)
        if opened and day:
            yield step, max(day, local_date(opened, zone))


def waits_for_us(playbook: Playbook, step: Step, settled: Collection[str]) -> bool:
    """Whether a step of ours that is not done comes before it."""
    before = (playbook.step(name) for name in step.needs if name not in settled)
    return any(one is not None and one.owner != "customer" for one in before)


def _within(module: Module, step: Step, journey: Journey, zone: ZoneInfo) -> date | None:
    opened = journey.opened.get(module.module)
    return local_date(opened, zone) + timedelta(days=step.expect_within.days) if step.expect_within and opened else None
