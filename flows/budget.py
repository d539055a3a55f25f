"""The attention budgets: the common one of a person, and those that series have of their own."""

from __future__ import annotations

from datetime import time, timedelta

from flows.hours import instant, local_date
from flows.parts.rules import Dated, Series
from flows.parts.times import Limit
from flows.people import UNSAID, Spent
from flows.rules import moment_of
from flows.work import Candidate, Work

NO_ROOM = "no room in the budget"
"""Why a message waits for the common budget."""
ROOM_KEPT = "the room is kept for today's dated message"
"""Why an undated message waits although there would be room."""
_LEDGER = timedelta(days=9)


def no_room(work: Work, kept: int = 0) -> bool:
    """Whether the common budget of the day or of the last seven local days is spent, with some of it kept for others."""
    return _spent(work, work.playbook.limit, "", kept)


def no_room_in(work: Work, series: Series) -> bool:
    """Whether a series has spent the budget of its own."""
    return _spent(work, series.limit, series.series, 0)


def _spent(work: Work, limit: Limit, series: str, kept: int) -> bool:
    spent = [s.at for s in work.person.spent if s.series == series]
    if len(spent) + kept < min(limit.per_day, limit.per_week):
        return False
    today, week = (instant(work.today - timedelta(days=n), time(0), work.zone) for n in (0, 6))
    return sum(at >= today for at in spent) + kept >= limit.per_day or sum(at >= week for at in spent) + kept >= limit.per_week


def charged(work: Work, candidate: Candidate, key: str) -> tuple[Spent, ...]:
    """What is spent with a message said charged to the budget it belongs to; answers and farewells cost nothing."""
    if candidate.exempt or candidate.farewell:
        return work.person.spent
    since = work.now - _LEDGER
    kept = [s for s in work.person.spent if s.at > since]
    series = candidate.series.series if candidate.series else ""
    return (*kept, Spent(key=key, message=candidate.rule.message, at=work.now, series=series))


def catching_up(work: Work, candidate: Candidate) -> bool:
    """Whether a dated message went out today and it or this one belongs to an earlier day."""
    today = work.today
    for name, rule in _dated_rules(work):
        said_at = work.running.sent.get(name, UNSAID).last_at
        if said_at and not rule.right_away and local_date(said_at, work.zone) == today:
            late = local_date(moment_of(work, rule, name), work.zone) < today
            if late or candidate.late:
                return True
    return False


def due_later_today(work: Work) -> int:
    """Dated messages whose moment is still to come on this local day. After completion none is."""
    if not work.underway:
        return 0
    days = (work.today - work.joined_on).days
    near = [(name, rule) for name, rule in _dated_rules(work) if _unsettled(work, name) and not rule.paused]
    moments = [moment_of(work, rule, name) for name, rule in near if rule.after and rule.after.days <= days]
    return sum(at > work.now and local_date(at, work.zone) == work.today for at in moments)


def _unsettled(work: Work, name: str) -> bool:
    sent = work.running.sent.get(name)
    return sent is None or not (sent.rounds or sent.skipped)


def _dated_rules(work: Work) -> tuple[tuple[str, Dated], ...]:
    return (*work.playbook.plan.dated, *work.rounds)
