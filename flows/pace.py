"""By when steps are expected, and how many days somebody is behind with them. Only with their own: what is ours makes nobody late."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flows.hours import local_date
from flows.parts.steps import Step
from flows.people import Journey
from flows.playbook import Playbook


def due_on(step: Step, journey: Journey | None, zone: ZoneInfo) -> date | None:
    """The local day of `due`, counted from joining, or from the day they came over from another playbook; None without either."""
    if journey is None or step.due is None:
        return None
    return _begun(journey, zone) + timedelta(days=step.due.days)


def _begun(journey: Journey, zone: ZoneInfo) -> date:
    """The local day on which they joined, or came over from another playbook."""
    return local_date(journey.moved_at or journey.started, zone)


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
    days = {module: local_date(at, zone) for module, at in journey.opened.items()}
    begun: date | None = None
    for module, step in playbook.plan.expected:
        if step.step in settled:
            continue
        opened = days.get(module.module)
        if opened and step.expect_within:
            yield step, opened + timedelta(days=step.expect_within.days)
        if opened and step.due:
            begun = begun or _begun(journey, zone)
            yield step, max(begun + timedelta(days=step.due.days), opened)


def waits_for_us(playbook: Playbook, step: Step, settled: Collection[str]) -> bool:
    """Whether a step of ours that is not done comes before it."""
    before = (playbook.step(name) for name in step.needs if name not in settled)
    return any(one is not None and one.owner != "customer" for one in before)
