"""Who may speak now: hours, silence, reach and the one attention budget, highest priority first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from flows.decision import Say, To
from flows.expressions import Answer
from flows.hours import closing_of, instant, local_date, next_opening
from flows.people import Pending, Sent, Spent
from flows.playbook import Dated, Nudge, Survey, Trigger
from flows.rules import drop_waiting, moment_of, next_hours, skip, speaks_now, variant_for
from flows.work import ANSWER_LASTS, Candidate, Work, channels

_LEDGER = timedelta(days=9)


def speak(work: Work) -> Work:
    """Give each candidate its turn; what must wait says why and when it asks again."""
    for candidate in sorted(work.candidates, key=lambda c: (not c.exempt, -c.rule.priority)):
        work = _turn(work, candidate)
    return work


def _turn(work: Work, candidate: Candidate) -> Work:
    waits = _hindrance(work, candidate)
    asks_anyway = waits is not None and not candidate.dated and not candidate.deadline
    if waits is None or asks_anyway:
        answer = work.playbook.ask(candidate.rule.when, work.facts)
        if not answer.holds:
            return _no(work, candidate, answer)
    if waits is not None:
        return _hold(work, candidate, *waits)
    return _say(work, candidate, answer)


def _hindrance(work: Work, candidate: Candidate) -> tuple[str, datetime | None] | None:
    """Why it must wait, and when to ask again (None: some event will tell)."""
    person = work.person
    if work.playbook.paused and not candidate.exempt:
        return "the playbook is paused", None
    if person.left_at and not (isinstance(candidate.rule, Trigger) and candidate.rule.on == "left"):
        return "they left", None
    if not channels(work.playbook, person, candidate.rule.by):
        return _unreachable(work), None
    if candidate.exempt:
        return None
    if work.case and work.person.case and not work.person.case.loud:
        return "a human has it", None
    if person.snoozed_until and person.snoozed_until > work.now:
        return "they asked for quiet", person.snoozed_until
    if not speaks_now(work):
        return "outside the hours", next_hours(work)
    if no_room(work):
        return "no room in the budget", _tomorrow(work)
    if not candidate.dated and no_room(work, kept=_due_later_today(work)):
        return "the room is kept for today's dated message", _tomorrow(work)
    if candidate.dated and _catching_up(work, candidate):
        return "one dated message a day", _tomorrow(work)
    return None


def _unreachable(work: Work) -> str:
    person = work.person
    if person.consent is False:
        return "they did not agree to messages"
    if person.opted_out:
        return "they stopped messages"
    return "no channel they can be reached by"


def no_room(work: Work, kept: int = 0) -> bool:
    """Whether the budget of the day or of the last seven local days is spent, with some of it kept for others."""
    today = local_date(work.now, work.zone)
    days = [local_date(s.at, work.zone) for s in work.person.spent]
    limit = work.playbook.limit
    return (
        sum(d == today for d in days) + kept >= limit.per_day
        or sum(today - timedelta(days=7) < d <= today for d in days) + kept >= limit.per_week
    )


def _catching_up(work: Work, candidate: Candidate) -> bool:
    """Whether a dated message went out today and it or this one belongs to an earlier day."""
    today = local_date(work.now, work.zone)
    assert work.journey is not None
    for name, rule in _dated_rules(work):
        said_at = work.journey.sent.get(name, Sent()).last_at
        if said_at and not rule.right_away and local_date(said_at, work.zone) == today:
            late = local_date(moment_of(work, rule, name), work.zone) < today
            if late or candidate.late:
                return True
    return False


def _due_later_today(work: Work) -> int:
    """Dated messages whose moment is still to come on this local day."""
    assert work.journey is not None
    today = local_date(work.now, work.zone)
    moments = [moment_of(work, r, name) for name, r in _dated_rules(work) if not r.right_away and not r.paused and _unsettled(work, name)]
    return sum(at > work.now and local_date(at, work.zone) == today for at in moments)


def _unsettled(work: Work, name: str) -> bool:
    sent = work.running.sent.get(name, Sent())
    return not sent.rounds and not sent.skipped


def _dated_rules(work: Work) -> list[tuple[str, Dated]]:
    surveys = [(f"survey.{rule.survey}", rule) for rule in work.playbook.surveys if rule.after]
    return [*((f"sequence.{rule.message}", rule) for rule in work.playbook.sequence), *surveys]


def _tomorrow(work: Work) -> datetime:
    day = local_date(work.now, work.zone) + timedelta(days=1)
    return next_opening(work.hours, instant(day, time(0), work.zone), work.zone)


def _no(work: Work, candidate: Candidate, answer: Answer) -> Work:
    if candidate.dated:
        return skip(work, candidate.name, answer.because)
    if isinstance(candidate.rule, Trigger):
        return drop_waiting(work, candidate.name, candidate.occurrence).because(candidate.name, "skipped", answer)
    return work.because(candidate.name, "quiet", answer)


def _hold(work: Work, candidate: Candidate, why: str, again: datetime | None) -> Work:
    assert work.journey is not None
    if candidate.deadline:
        sent = work.journey.sent.get(candidate.name, Sent())
        if sent.held != why:
            work = work.with_journey(sent={**work.journey.sent, candidate.name: replace(sent, held=why)})
        work = work.wake(min(again, candidate.deadline) if again else candidate.deadline)
    return work.because(candidate.name, "held", why)


def _say(work: Work, candidate: Candidate, answer: Answer) -> Work:
    journey, rule = work.journey, candidate.rule
    assert journey is not None
    reach = channels(work.playbook, work.person, rule.by)
    routes = [(c,) for c in reach] if rule.by == "all" else [reach]
    variant = variant_for(work, rule)
    key = f"{journey.id}:{candidate.name}:{journey.sent.get(candidate.name, Sent()).rounds + 1}"
    expires = work.now + ANSWER_LASTS if candidate.exempt else closing_of(work.hours, local_date(work.now, work.zone), work.zone)
    facts = dict(candidate.facts) | ({"survey": rule.survey, "answers": list(rule.answers)} if isinstance(rule, Survey) else {})
    for via in routes:
        say = Say(
            key=f"{key}:{via[0]}" if rule.by == "all" else key,
            to=To("person", work.person.id, via),
            message=rule.message,
            person=work.person.id,
            facts=facts,
            variant=variant,
            expires_at=expires,
            priority=rule.priority,
        )
        work = work.but(says=(*work.says, say))
        work = work.remember(Pending(key=say.key, message=rule.message, expires_at=expires, step=str(facts.get("step", ""))))
    work = _charge(work, candidate, key)
    work = _said(work, candidate, key, variant)
    return work.because(candidate.name, "said", answer.because + (f" (variant {variant})" if variant else ""))


def _charge(work: Work, candidate: Candidate, key: str) -> Work:
    if candidate.exempt:
        return work
    kept = tuple(s for s in work.person.spent if s.at > work.now - _LEDGER)
    return work.with_person(spent=(*kept, Spent(key=key, message=candidate.rule.message, at=work.now)))


def _said(work: Work, candidate: Candidate, key: str, variant: str) -> Work:
    journey = work.journey
    assert journey is not None
    sent = journey.sent.get(candidate.name, Sent())
    first = sent.first_at or work.now
    sent = Sent(key=key, rounds=sent.rounds + 1, first_at=first, last_at=work.now, variant=variant)
    work = work.with_journey(sent={**journey.sent, candidate.name: sent})
    if isinstance(candidate.rule, Nudge):
        work = work.with_journey(nudged=(*journey.nudged, work.now))
    return drop_waiting(work, candidate.name, candidate.occurrence) if isinstance(candidate.rule, Trigger) else work
