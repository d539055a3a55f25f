"""The whole decision, pure: an event and all we know of a person in, what follows out. Reads like the playbook."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from flows.apply import LEFT, apply, end
from flows.cases import escalations
from flows.decision import Decision, Reason
from flows.events import AnyEvent, Preferred
from flows.expressions import Answer
from flows.facts import account_facts, person_facts
from flows.holding import unheld
from flows.hours import closing_of, local_date, open_day_from
from flows.inviting import invitations, invites_still
from flows.leaving import leaving
from flows.library import Playbooks
from flows.parts.people import WaitFor
from flows.people import Account, Journey, Person, Segment, Subject
from flows.playbook import Playbook
from flows.recurring import recurring
from flows.renames import follow_renames
from flows.rules import daily_ask, dated_messages, may_still_fire, nudges, surveys, tailored, triggers
from flows.series import series
from flows.speaking import speak
from flows.steps import open_steps, reported
from flows.work import Work


def decide(playbooks: Playbooks, subject: Subject, event: AnyEvent, now: datetime) -> Decision:
    """Say what follows when `event` reaches `subject` and is decided at `now` (aware UTC, world time).

    An event from the future counts as happening now. Never reads a clock, a file or a database; raises only for a defect.
    """
    event = replace(event, at=min(event.at, now))
    playbook = playbook_of(playbooks, subject.person)
    if playbook is None:
        return _without_playbook(subject)
    work = Work(
        playbook=playbook,
        event=event,
        now=now,
        person=subject.person,
        account=subject.account,
        case=subject.case,
        activity=subject.activity,
        roster=playbooks.roster,
        sessions=playbooks.sessions,
        desk=subject.desk,
    )
    work = apply(work)
    if work.journey and playbooks.get(work.journey.playbook) is None:
        return _decision(_rest(work))
    work = enrol(playbooks, work)
    for stage in STAGES:
        work = stage(work)
    return _decision(work)


def _rest(work: Work) -> Work:
    """Their playbook is gone: they are answered, and nothing is begun. When it comes back, loading it wakes them."""
    work = work.because("playbook", "missing", f"there is no playbook {work.running.playbook} any more")
    return work.but(person=replace(unheld(work.person), wake_at=None))


def playbook_of(playbooks: Playbooks, person: Person) -> Playbook | None:
    """The playbook a person is decided by: their journey's, else the first there is (for answers, before any enrolment)."""
    if person.journey and (mine := playbooks.get(person.journey.playbook)):
        return mine
    return next(playbooks.taking(), None)


def enrol(playbooks: Playbooks, work: Work) -> Work:
    """Begin a journey with the first playbook that fits, once what it waits for is known or the wait is over."""
    person = work.person
    if work.journey is not None or person.joined_at is None or person.left_at is not None:
        return work
    for playbook in playbooks.taking():
        if playbook.paused or playbook.playbook in person.past:
            continue
        until = person.joined_at + playbook.wait_for.up_to.span if playbook.wait_for else person.joined_at
        if playbook.wait_for and not _known(playbook.wait_for, person, work.account) and work.now < until:
            return work.because("enrol", "waiting", f"for {playbook.wait_for.trait}").wake(until)
        facts = {"person": person_facts(playbook, person), "account": account_facts(playbook, work.account)}
        answer = playbook.ask(playbook.enroll_when, facts)
        if answer.holds and _over(work.but(playbook=playbook), person.joined_at) <= work.now:
            return work.because(f"enrol.{playbook.playbook}", "late", f"they joined more than {playbook.ends} ago")
        if answer.holds:
            return _begin(work, playbook, person.joined_at, answer.because)
        work = work.because(f"enrol.{playbook.playbook}", "quiet", answer)
    return work


def _begin(work: Work, playbook: Playbook, started: datetime, because: str) -> Work:
    journey = Journey(id=f"{work.person.id}/{len(work.person.past) + 1}", playbook=playbook.playbook, started=started, enrolled_at=work.now)
    work = work.but(playbook=playbook, person=replace(work.person, journey=journey))
    return work.because("enrol", "entered", f"{playbook.playbook}: {because}").redraw()


def _known(wait: WaitFor, person: Person, account: Account | None) -> bool:
    side, _, name = wait.trait.partition(".")
    traits = person.traits if side == "person" else account.traits if account else {}
    return name in traits


def settle_segments(work: Work) -> Work:
    """Every dimension, top to bottom, first match wins; a change is recorded with its reason and may trigger."""
    if work.journey is None:
        return work
    if not tailored(work.person):
        return _by_default(work)
    for dimension, rules in work.playbook.segments.items():
        before = work.running.segments.get(dimension)
        if before and any(rule.keep and rule.is_ == before.name for rule in rules):
            continue
        for rule in rules:
            answer = work.playbook.ask(rule.when, work.facts)
            if answer.holds:
                if before is None or before.name != rule.is_:
                    work = _enter(work, dimension, rule.is_, answer)
                break
    return work


def _by_default(work: Work) -> Work:
    """Nothing follows what they do: everybody's segment, whatever they were in before."""
    for dimension, rules in work.playbook.segments.items():
        default = next((rule for rule in reversed(rules) if rule.when is None), rules[-1]) if rules else None
        before = work.running.segments.get(dimension)
        if default and (before is None or before.name != default.is_):
            work = _enter(work, dimension, default.is_, Answer(True, "they asked us not to tailor to what they do"))
    return work


def _enter(work: Work, dimension: str, name: str, answer: Answer) -> Work:
    segment = Segment(name=name, since=work.now, because=answer.because)
    first = dimension not in work.running.segments
    work = work.with_journey(segments={**work.running.segments, dimension: segment})
    work = work.because(f"segment.{dimension}", name, answer)
    told_so = isinstance(work.event, Preferred)  # no news of theirs: they chose how we look at them
    return work if first or told_so else work.happened(f"segment.{dimension}", work.event.at)


def reach_goals(work: Work) -> Work:
    """First value, the goal, and the end of the journey: complete, or its time is over."""
    journey = work.journey
    if journey is None:
        return work
    if journey.first_value_at is None and (tally := work.activity.get(work.playbook.first_value or "")) and tally.n:
        work = work.with_journey(first_value_at=tally.first_at).because("first_value", "reached", work.playbook.first_value or "")
    if journey.goal_at is None and work.facts["goal_met"]:
        work = work.with_journey(goal_at=work.event.at).because("goal", "met", work.playbook.goal[0].name)
    if journey.done_at is None and (answer := work.playbook.ask(work.playbook.complete_when, work.facts)).holds:
        work = work.with_journey(done_at=work.now).because("journey", "completed", answer.because)
        work = work.happened("completed", work.event.at)
    return work


def run_out(work: Work) -> Work:
    """A journey whose time is over ends before anything else is said. A completed one is over when nothing waits any more."""
    if not work.underway:
        return work
    over = _over(work, work.running.started)
    return end(work, f"{work.playbook.ends} are over") if work.now >= over else work.wake(over)


def _over(work: Work, started: datetime) -> datetime:
    last = local_date(started, work.zone) + timedelta(days=work.playbook.ends.days + work.playbook.grace.days)
    return closing_of(work.playbook.hours, open_day_from(work.playbook.hours, last), work.zone)


def finish(work: Work) -> Work:
    """A completed journey, or that of someone who left, ends after its last message was decided."""
    journey = work.journey
    if journey is None:
        return work
    if work.person.left_at is not None:
        return end(work, LEFT)
    if journey.done_at is not None and not journey.waiting:
        return end(work, "completed")
    return work


def set_alarm(work: Work) -> Work:
    """When the clock should ask again: the earliest moment a stage asked for, and once a day while an undated rule may fire."""
    work = _remind(work)
    person = work.person
    over = person.journey is not None and work.journey is None
    stopped = (over or "all" in person.opted_out) and person.case is None
    later = [] if stopped else [at for at in work.wakes if at > work.now]
    if not stopped and (may_still_fire(work) or invites_still(work)):
        later.append(daily_ask(work))
    if not over and person.snoozed_until and person.snoozed_until > work.now:
        later.append(person.snoozed_until)
    at = min(later, default=None)
    return work if at == person.wake_at else work.with_person(wake_at=at)


def _remind(work: Work) -> Work:
    """The quiet they asked for is over: come back, as promised."""
    until = work.person.snoozed_until
    if until is None or until > work.now:
        return work
    own = not work.person.paused_by
    work = work.with_person(snoozed_until=None, paused_by="")
    if not own or work.case is not None or work.journey is None or "all" in work.person.opted_out or work.person.consent is False:
        return work
    return work.answer("next_step", promised=True)


STAGES = (
    follow_renames,
    run_out,
    reported,
    settle_segments,
    open_steps,
    reach_goals,
    dated_messages,
    recurring,
    series,
    invitations,
    triggers,
    nudges,
    surveys,
    leaving,
    escalations,
    speak,
    finish,
    set_alarm,
)


def _decision(work: Work) -> Decision:
    news = {reason.rule: (reason.result, reason.because) for reason in work.reasons}
    return Decision(
        person=replace(work.person, reasons={**work.person.reasons, **news}) if news else work.person,
        account=work.account,
        case=work.case,
        activity=work.activity,
        says=work.says,
        draws=tuple(dict.fromkeys(work.draws)),
        withdraw=work.withdraw,
        reasons=work.reasons,
        allotment=work.allotment,
    )


def _without_playbook(subject: Subject) -> Decision:
    reason = Reason("playbook", "missing", "no playbook is loaded")
    return Decision(person=unheld(subject.person), account=subject.account, case=subject.case, activity=subject.activity, reasons=(reason,))
