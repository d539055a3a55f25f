"""Which rules would like to speak now: dated messages, triggers, nudges and surveys. Speaking itself is the next stage."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from flows.hours import instant, is_open, last_chance, local_date, next_opening, open_day_from, own_time, share, week_until
from flows.pace import expected
from flows.parts.rules import Dated, Nudge, Rule, Survey, Trigger
from flows.people import UNSAID, Person, Sent, Waiting
from flows.unwanted import does_without
from flows.work import FRESH, STALE, Candidate, Moment, Work


def dated_messages(work: Work) -> Work:
    """Each dated message gets one chance, on its day: its condition is asked there, once."""
    for name, rule in work.playbook.plan.sequence:
        work = dated(work, rule, name)
    return work


def dated(work: Work, rule: Dated, name: str, *, known: bool = False, a_week: bool = False) -> Work:
    """Give one dated message its chance. `known`: it was in the playbook before its day, although nothing is noted of it.

    `a_week`: it may tell of the week before its day, whichever day it is said on (`week_until`, the last of those days).
    """
    if not work.underway:
        return work
    journey = work.running
    sent = journey.sent.get(name)
    if sent and (sent.rounds or sent.skipped):
        return work
    moment = moment_of(work, rule, name)
    if sent is None:
        work = note(work, name, UNSAID)
        added_late = not known and journey.enrolled_at < work.now and moment <= work.now
        if added_late:
            return skip(work, name, "it was added to the playbook after its day")
    if work.now < moment:
        return work.wake(moment)
    if rule.paused:
        return _until_too_late(work, name, moment, "paused in the playbook")
    exempt = rule.right_away and _just_joined(work)
    day = local_date(moment, work.zone)
    deadline = last_chance(work.hours, day, work.zone)
    if work.now >= deadline:
        return skip(work, name, (sent.held if sent else "") or "too late: we were not there on its day")
    late = day < work.today
    facts = {"week_until": week_until(moment, work.zone).isoformat()} if a_week else {}
    return propose(work, Candidate(name=name, rule=rule, exempt=exempt, dated=True, late=late, deadline=deadline, facts=facts))


def _until_too_late(work: Work, name: str, moment: datetime, why: str) -> Work:
    deadline = last_chance(work.hours, local_date(moment, work.zone), work.zone)
    if work.now >= deadline:
        return skip(work, name, why)
    return work.because(name, "held", why).wake(deadline)


def moment_of(work: Work, rule: Dated, name: str) -> datetime:
    """When a dated message is due: its local day (or the next open one), at its time or a minute of the person's own."""
    journey = work.journey
    assert journey is not None
    if rule.right_away or rule.after is None:
        return journey.started
    day = work.joined_on + timedelta(days=rule.after.days)
    if rule.after.days == 0:
        return max(journey.started + rule.after.span, journey.started)
    return at_their_time(work, open_day_from(work.hours, day), rule.at, rule.between, name.partition("#")[0])


def at_their_time(work: Work, day: date, at: time | None, between: tuple[time, time] | None, seed: str) -> datetime:
    """A local day at its time, or at a minute of the person's own `between` two times, or in the hours. `seed` names the rule."""
    if at:
        return instant(day, at, work.zone)
    start, end = between or (work.hours.from_, work.hours.to)
    return instant(day, own_time(f"{work.person.id}:{seed}", start, end), work.zone)


def _just_joined(work: Work) -> bool:
    assert work.journey is not None
    waited = work.playbook.wait_for.up_to.span if work.playbook.wait_for else timedelta()
    return work.now - work.journey.started <= FRESH + waited and work.now - work.journey.enrolled_at <= FRESH


def triggers(work: Work) -> Work:
    """What happened in this decision, and what has waited long enough."""
    if work.journey is None:
        return work
    for rule in work.playbook.triggers:
        if not rule.paused:
            for moment in work.moments:
                if moment.name == rule.on:
                    work = _happened(work, rule, moment)
            work = _waited(work, rule)
    return work


def _happened(work: Work, rule: Trigger, moment: Moment) -> Work:
    name = f"trigger.{rule.message}"
    journey = work.journey
    assert journey is not None
    sent = sent_of(work, name) or UNSAID
    if work.now - moment.at > STALE:
        return work.because(name, "quiet", "it happened more than a day ago")
    if journey.done_at not in (None, work.now):
        return work.because(name, "quiet", "their journey is complete")
    waiting = (*(w.rule for w in journey.waiting), *(c.name for c in work.candidates))
    if rule.once and (sent.rounds or name in waiting):
        return work.because(name, "quiet", "once is enough")
    if rule.wait or not work.acted or work.now - moment.at > FRESH:
        due = moment.at + rule.wait.span if rule.wait else work.now
        wait = Waiting(rule=name, occurrence=moment.occurrence, due=due)
        return work.with_journey(waiting=(*journey.waiting, wait)).because(name, "waiting", f"until {due.isoformat()}").wake(due)
    facts = {"step": moment.step} if moment.step else {}
    return propose(work, Candidate(name=name, rule=rule, exempt=True, facts=facts))


def _waited(work: Work, rule: Trigger) -> Work:
    name = f"trigger.{rule.message}"
    journey = work.journey
    assert journey is not None
    wait = next((w for w in journey.waiting if w.rule == name), None)
    if wait is None:
        return work
    if work.now < wait.due:
        return work.wake(wait.due)
    deadline = last_chance(work.hours, local_date(wait.due, work.zone), work.zone)
    sent = sent_of(work, name) or UNSAID
    if work.now >= deadline:
        return drop_waiting(work, name, wait.occurrence).because(name, "skipped", sent.held or "too late")
    return propose(work, Candidate(name=name, rule=rule, deadline=deadline, occurrence=wait.occurrence))


def drop_waiting(work: Work, name: str, occurrence: str) -> Work:
    """What waited had its chance."""
    return work.with_journey(waiting=tuple(w for w in work.running.waiting if (w.rule, w.occurrence) != (name, occurrence)))


def nudges(work: Work) -> Work:
    """What to say when nothing happens: at every event and once a day."""
    for name, rule in work.playbook.plan.nudges if work.underway else ():
        work = _recurring(work, rule, name)
    return work


def surveys(work: Work) -> Work:
    """One question each: on its day when it has one, else when its condition holds."""
    for name, rule in work.playbook.plan.asking if work.underway else ():
        if rule.survey not in work.running.answers:
            work = dated(work, rule, name) if rule.after else _recurring(work, rule, name)
    return work


def _recurring(work: Work, rule: Nudge | Survey, name: str) -> Work:
    if rule.paused:
        return work
    sent = work.running.sent.get(name)
    if sent and sent.rounds >= rule.at_most:
        return work
    if isinstance(rule, Nudge) and _unknown_to_them(work):
        return work.because(name, "quiet", "nothing has been said to them yet")
    if sent and sent.last_at:
        again = sent.last_at + rule.again_after.span if rule.again_after else None
        if again is None or work.now < again:
            return work.wake(again)
    if work.is_quiet(name, rule.when) and not does_without(work.person, rule):
        return work
    facts = {"survey": rule.survey, "answers": list(rule.answers)} if isinstance(rule, Survey) else {}
    return propose(work, Candidate(name=name, rule=rule, facts=facts))


def _unknown_to_them(work: Work) -> bool:
    """Nobody's first word from us is that they have gone quiet."""
    if work.person.last_active is not None:
        return False
    return work.playbook.plan.welcomes and not any(sent.rounds for sent in work.running.sent.values())


def may_still_fire(work: Work) -> bool:
    """Whether an undated rule is left that the daily ask could wake."""
    journey = work.journey
    if journey is None:
        return False
    plan, sent = work.playbook.plan, journey.sent
    if plan.escalations:
        return True
    if work.underway:
        undated = [(name, rule.at_most) for name, rule in plan.nudges]
        undated += [(n, s.at_most) for n, s in plan.asking if not (s.paused or s.after or s.survey in journey.answers)]
        if any(name not in sent or sent[name].rounds < most for name, most in undated):
            return True
    return _may_fall_behind(work)


def _may_fall_behind(work: Work) -> bool:
    """Whether a day passes that makes somebody late who does other things meanwhile, and anything asks for that."""
    if not work.underway or not work.playbook.asks("behind_days"):
        return False
    return any(expected(work.playbook, work.journey, work.standing.settled, work.zone))


def daily_ask(work: Work) -> datetime:
    """The next minute of the opening hours that is this person's own."""
    hours, zone, day = work.hours, work.zone, work.today
    clock = own_time(f"{work.person.id}:daily", hours.from_, hours.to)
    at = instant(open_day_from(hours, day), clock, zone)
    return at if at > work.now else instant(open_day_from(hours, day + timedelta(days=1)), clock, zone)


def propose(work: Work, candidate: Candidate) -> Work:
    """Let a rule's message have its turn in this decision."""
    return work.but(candidates=(*work.candidates, candidate))


def skip(work: Work, name: str, why: str) -> Work:
    """A message's chance is gone, for good."""
    sent = sent_of(work, name) or UNSAID
    return note(work, name, replace(sent, skipped=why, held="")).because(name, "skipped", why)


def sent_of(work: Work, name: str) -> Sent | None:
    """What became of a rule's message so far, None before anything did."""
    return work.running.sent.get(name)


def note(work: Work, name: str, sent: Sent) -> Work:
    """Remember what became of a rule's message."""
    assert work.journey is not None
    return work.with_journey(sent={**work.journey.sent, name: sent})


def variant_for(work: Work, rule: Rule) -> str:
    """The experiment's arm this person or account is in, '' when it is not among them. A stable hash, never a draw.

    Nobody is experimented with who asked that nothing follows what they do.
    """
    if not tailored(work.person):
        return ""
    experiment = next((e for e in work.playbook.experiments if e.experiment == rule.experiment and not e.paused), None)
    if experiment is None or not work.playbook.holds(experiment.among, work.facts):
        return ""
    unit = work.person.account_id if experiment.unit == "account" and work.person.account_id else work.person.id
    point = share(f"{experiment.experiment}:{unit}") * sum(experiment.split.values())
    for variant, weight in experiment.split.items():
        point -= weight
        if point < 0:
            return variant
    return ""


def tailored(person: Person) -> bool:
    """Whether what they get may follow what they do."""
    return person.chosen.get("tailored") != "no"


def speaks_now(work: Work) -> bool:
    """Whether the hours are open where the person is."""
    return is_open(work.hours, work.now, work.zone)


def next_hours(work: Work) -> datetime:
    """When the hours open next."""
    return next_opening(work.hours, work.now, work.zone)
