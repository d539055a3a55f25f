"""Who may speak now: hours, silence, reach and the one attention budget, highest priority first."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import replace
from datetime import date, datetime, timedelta

from flows import series
from flows.budget import NO_ROOM, ROOM_KEPT, catching_up, charged, due_later_today, no_room
from flows.changing import changed
from flows.decision import Say, To
from flows.expressions import Answer
from flows.facts import active_days
from flows.hours import closing_of, open_day_from
from flows.parts.rules import Nudge, Survey, Trigger
from flows.people import UNSAID, Pending, Sent
from flows.rules import at_their_time, drop_waiting, next_hours, note, skip, speaks_now, variant_for
from flows.unwanted import does_without
from flows.work import ANSWER_LASTS, Candidate, Work, channels


def speak(work: Work) -> Work:
    """Give each candidate its turn; what must wait says why and when it asks again."""
    for candidate in sorted(work.candidates, key=lambda c: (not c.exempt, -c.rule.priority)) if work.candidates else ():
        work = _turn(work, candidate)
    return work


def _turn(work: Work, candidate: Candidate) -> Work:
    if not candidate.exempt and does_without(work.person, candidate.rule):
        return _unwanted(work, candidate)
    answer = None if candidate.dated or candidate.deadline else _ask(work, candidate)
    if answer and not answer.holds:
        return _no(work, candidate, answer)
    if waits := _hindrance(work, candidate):
        return _hold(work, candidate, *waits)
    answer = answer or _ask(work, candidate)
    return _say(work, candidate, answer) if answer.holds else _no(work, candidate, answer)


def _ask(work: Work, candidate: Candidate) -> Answer:
    """Ask its condition; that of a round about the week it tells of."""
    until = candidate.facts.get("week_until")
    if until and candidate.rule.when:
        week = {"active_days": active_days(work.playbook, work.activity, date.fromisoformat(until))}
        return work.playbook.ask(candidate.rule.when, ChainMap(week, work.facts))
    return work.playbook.ask(candidate.rule.when, work.facts)


def _unwanted(work: Work, candidate: Candidate) -> Work:
    """They do without messages of that kind: one with a day has had it, others stay quiet until they want them again."""
    why = f"they do without {candidate.rule.kind}"
    if candidate.dated or candidate.farewell:
        return skip(work, candidate.name, why)
    if isinstance(candidate.rule, Trigger):
        return drop_waiting(work, candidate.name, candidate.occurrence).because(candidate.name, "skipped", why)
    return work.because(candidate.name, "held", why)


def _hindrance(work: Work, candidate: Candidate) -> tuple[str, datetime | None] | None:
    """Why it must wait, and when to ask again (None: some event will tell)."""
    person, exempt = work.person, candidate.exempt
    if work.playbook.paused and not exempt:
        return "the playbook is paused", None
    if person.left_at and not candidate.farewell and not (isinstance(candidate.rule, Trigger) and candidate.rule.on == "left"):
        return "they left", None
    if not channels(work.playbook, person, candidate.rule.by):
        return _unreachable(work), None
    if exempt:
        return None
    if work.case and work.person.case and not work.person.case.loud:
        return "a human has it", None
    if person.snoozed_until and person.snoozed_until > work.now:
        return "they asked for quiet", person.snoozed_until
    if candidate.farewell:
        return None
    if not speaks_now(work):
        return "outside the hours", next_hours(work)
    return None if candidate.series else _budget(work, candidate)


def _budget(work: Work, candidate: Candidate) -> tuple[str, datetime | None] | None:
    """Whether the common budget has no room for it, or keeps it for another."""
    if no_room(work):
        return NO_ROOM, _tomorrow(work, candidate)
    if not candidate.dated and no_room(work, kept=due_later_today(work)):
        return ROOM_KEPT, _tomorrow(work, candidate)
    if not candidate.dated and any(say.to.kind == "person" for say in work.says):
        return "something was said to them a moment ago", _tomorrow(work, candidate)
    if candidate.dated and catching_up(work, candidate):
        return "one dated message a day", _tomorrow(work, candidate)
    return None


def _unreachable(work: Work) -> str:
    person = work.person
    if person.consent is False:
        return "they did not agree to messages"
    if person.opted_out:
        return "they stopped messages"
    return "no channel they can be reached by"


def _tomorrow(work: Work, candidate: Candidate) -> datetime:
    """A minute of their own on the next open day, for all of theirs that waits: many wait at once, as after a day of invitations."""
    hours, end = work.hours, candidate.deadline
    day = open_day_from(hours, work.today + timedelta(days=1))
    own = at_their_time(work, day, None, None, "waiting")
    if end is None or own < end:
        return own
    return at_their_time(work, day, None, (hours.from_, end.astimezone(work.zone).time()), "waiting")


def _no(work: Work, candidate: Candidate, answer: Answer) -> Work:
    if candidate.dated:
        return skip(work, candidate.name, answer.because)
    if isinstance(candidate.rule, Trigger):
        return drop_waiting(work, candidate.name, candidate.occurrence).because(candidate.name, "skipped", answer)
    return work.because(candidate.name, "quiet", answer)


def _hold(work: Work, candidate: Candidate, why: str, again: datetime | None) -> Work:
    if candidate.farewell:
        return skip(work, candidate.name, why)
    if candidate.series:
        work = series.held(work, candidate.series, why)
    elif candidate.deadline:
        sent = work.running.sent.get(candidate.name, UNSAID)
        if sent.held != why:
            work = work.with_journey(sent={**work.running.sent, candidate.name: replace(sent, held=why)})
    if candidate.deadline:
        work = work.wake(min(again, candidate.deadline) if again else candidate.deadline)
    return work.because(candidate.name, "held", why)


def _say(work: Work, candidate: Candidate, answer: Answer) -> Work:
    journey, rule = work.running, candidate.rule
    reach = channels(work.playbook, work.person, rule.by)
    routes = [(c,) for c in reach] if rule.by == "all" else [reach]
    variant = variant_for(work, rule)
    sent = journey.sent.get(candidate.name, UNSAID)
    key = f"{journey.id}:{candidate.name}:{sent.rounds + 1}"
    at_once = candidate.exempt or candidate.farewell
    expires = work.now + ANSWER_LASTS if at_once else closing_of(work.hours, work.today, work.zone)
    facts = dict(candidate.facts) | ({"survey": rule.survey, "answers": list(rule.answers)} if isinstance(rule, Survey) else {})
    says = [
        Say(
            key=f"{key}:{via[0]}" if rule.by == "all" else key,
            to=To("person", work.person.id, via),
            message=rule.message,
            person=work.person.id,
            facts=facts,
            variant=variant,
            expires_at=expires,
            priority=rule.priority,
        )
        for via in routes
    ]
    step = str(facts.get("step", ""))
    pending = [Pending(key=say.key, message=rule.message, expires_at=expires, step=step) for say in says]
    person = changed(work.person, {"pending": (*work.alive, *pending), "spent": charged(work, candidate, key)})
    work = changed(work, {"says": (*work.says, *says), "person": person})  # nothing that is computed rests on these
    on = reach if rule.by == "all" else ()
    first = sent.first_at or work.now
    said = Sent(key=key, rounds=sent.rounds + 1, first_at=first, last_at=work.now, variant=variant, on=on)
    work = _said(work, candidate, said)
    return work.because(candidate.name, "said", answer.because + (f" (variant {variant})" if variant else ""))


def _said(work: Work, candidate: Candidate, said: Sent) -> Work:
    work = note(work, candidate.name, said)
    if candidate.series:
        work = series.settled(work, candidate.series)
    if isinstance(candidate.rule, Nudge):
        work = work.with_journey(nudged=(*work.running.nudged, work.now))
    return drop_waiting(work, candidate.name, candidate.occurrence) if isinstance(candidate.rule, Trigger) else work
