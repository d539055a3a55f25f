"""A series: on each open day of its span the first of its messages that holds and was not said yet, from a budget of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from flows.budget import no_room_in
from flows.hours import closing_of, is_open_day, local_date
from flows.parts.rules import Series, Tip
from flows.people import Sent
from flows.rules import at_their_time, note, propose, sent_of
from flows.unwanted import does_without
from flows.work import Candidate, Work

NO_ROOM = "no room in its own budget"
"""How a reason begins that tells of a message dropped by the budget of its series."""


def series(work: Work) -> Work:
    """Give every series its day. A day that goes by is not made up for."""
    for one in work.playbook.series if work.underway else ():
        left = [tip for tip in one.messages if not tip.paused and not _said(work, one, tip)]
        if left and not one.paused:
            work = _today(work, one, left)
    return work


def settled(work: Work, one: Series) -> Work:
    """The day of a series is decided, whatever came of it."""
    return note(work, name_of(one), replace(_state(work, one), last_at=work.now, held=""))


def held(work: Work, one: Series, why: str) -> Work:
    """Its message waits, for as long as the day is open."""
    state = _state(work, one)
    return work if state.held == why else note(work, name_of(one), replace(state, held=why))


def name_of(one: Series) -> str:
    """Under which its days are kept in `journey.sent`; a message's own name is this and the message's."""
    return f"series.{one.series}"


def _today(work: Work, one: Series, left: list[Tip]) -> Work:
    if sent_of(work, name_of(one)) is None:
        work = note(work, name_of(one), Sent(first_at=work.now))
    state = _state(work, one)
    opens = _opens(work, one, work.today)
    decided = state.last_at is not None and local_date(state.last_at, work.zone) == work.today
    if opens and not decided and _since(state) <= opens <= work.now < (closes := closing_of(work.hours, work.today, work.zone)):
        work = _chance(work, one, left, closes)
        said = len(left) == 1 and work.candidates and work.candidates[-1].series is one
        return work if said else work.wake(_next(work, one))
    if state.held:
        work = held(work.because(name_of(one), "skipped", state.held), one, "")
    return work.wake(_next(work, one))


def _chance(work: Work, one: Series, left: list[Tip], closes: datetime) -> Work:
    wanted = [tip for tip in left if not does_without(work.person, tip)]
    if not wanted:
        return settled(work.because(name_of(one), "skipped", f"they do without {left[0].kind}"), one)
    answer = work.playbook.ask(one.when, work.facts)
    if not answer.holds:
        return settled(work.because(name_of(one), "quiet", answer), one)
    fits = next((tip for tip in wanted if work.playbook.holds(tip.when, work.facts)), None)
    if fits is None:
        return settled(work.because(name_of(one), "quiet", "nothing of it fits today"), one)
    name = f"{name_of(one)}.{fits.message}"
    if no_room_in(work, one):
        return settled(work.because(name, "skipped", f"{NO_ROOM} on {work.today}"), one)
    return propose(work, Candidate(name=name, rule=fits, deadline=closes, series=one))


def _next(work: Work, one: Series) -> datetime | None:
    """When it has its next chance, None when its span is over."""
    first, last = _span(work, one)
    day = max(work.today, first)
    while day <= last:
        opens = _opens(work, one, day)
        if opens and opens > work.now:
            return opens
        day += timedelta(days=1)
    return None


def _opens(work: Work, one: Series, day: date) -> datetime | None:
    """When it speaks on a day, None on a day that is not its own. A time after their closing gives way to a minute of their hours."""
    first, last = _span(work, one)
    if not first <= day <= last or not is_open_day(work.hours, day):
        return None
    at = at_their_time(work, day, one.at, one.between, name_of(one))
    return at if at < closing_of(work.hours, day, work.zone) else at_their_time(work, day, None, None, name_of(one))


def _span(work: Work, one: Series) -> tuple[date, date]:
    """Its first and last day. None lies behind the journey's last day: then only an answer is waited for."""
    return work.joined_on + timedelta(days=one.from_.days), work.joined_on + timedelta(days=min(one.to.days, work.playbook.ends.days))


def _since(state: Sent) -> datetime:
    """Since when it is known of: what was to come before that is not made up for."""
    assert state.first_at is not None
    return state.first_at


def _state(work: Work, one: Series) -> Sent:
    return sent_of(work, name_of(one)) or Sent(first_at=work.now)


def _said(work: Work, one: Series, tip: Tip) -> bool:
    return (sent_of(work, f"{name_of(one)}.{tip.message}") or Sent()).rounds > 0
