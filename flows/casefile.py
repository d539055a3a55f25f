"""What every part of the casework needs: the open case, its rule, its team's time, and its timeline."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flows.durations import Length
from flows.hours import after_working, is_open, zone_named
from flows.people import Case, CaseEntry, CaseRef
from flows.playbook import Escalation
from flows.work import Work

KEPT = 20
"""Lines of the timeline that a case keeps."""


def open_one(work: Work, case_id: str = "") -> tuple[Case, CaseRef] | None:
    """The open case with what the person keeps of it; None when there is none, or when it is not the one with that id."""
    case, ref = work.case, work.person.case
    return (case, ref) if case and ref and case_id in ("", case.id) else None


def rule_of(work: Work, escalation: str) -> Escalation | None:
    """The escalation of that name, None when the playbook has none (any more)."""
    return next((rule for rule in work.playbook.escalations if rule.escalation == escalation), None)


def noted(work: Work, what: str, who: str = "", more: str = "", **changes: Any) -> Work:
    """Change the case, and write a line into its timeline (`timeline.<what>`). Its card is out of date."""
    assert work.case is not None
    line = CaseEntry(at=work.now, what=what, who=who, more=more)
    return work.but(case=replace(work.case, timeline=(*work.case.timeline[1 - KEPT :], line), **changes)).redraw_case()


def remembered(work: Work, **changes: Any) -> Work:
    """Change what the person keeps of their open case."""
    assert work.person.case is not None
    return work.with_person(case=replace(work.person.case, **changes))


def team_zone(work: Work) -> ZoneInfo:
    """Where the team is."""
    return zone_named(work.playbook.team.zone) or ZoneInfo("UTC")


def team_is_there(work: Work) -> bool:
    """Whether the team's hours are open."""
    return is_open(work.playbook.team.hours, work.now, team_zone(work))


def later(work: Work, length: Length) -> datetime:
    """The moment that long from now, counting the team's working time where the length does."""
    return after_working(work.now, length, work.playbook.team.hours, team_zone(work))
