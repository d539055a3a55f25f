"""The whole decision, pure: an event and all we know of a person in, what follows out. Reads like the playbook."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flows.announcing import announced
from flows.apply import LEFT, apply, end
from flows.becoming import absorbed, parted, taken_in
from flows.cases import escalations
from flows.changing import changed
from flows.decision import Decision, Reason
from flows.events import AnyEvent, Merged, MergedInto, Preferred, Split
from flows.expressions import Answer
from flows.holding import unheld
from flows.inviting import invitations, invites_still
from flows.leaving import leaving
from flows.library import Playbooks
from flows.merging import united
from flows.parts.behaviour import Criterion
from flows.people import Person, Segment, Subject
from flows.playbook import Playbook
from flows.recurring import recurring
from flows.renames import follow_renames
from flows.routing import enrol, over, route
from flows.rules import daily_ask, dated_messages, may_still_fire, nudges, surveys, tailored, triggers
from flows.series import series
from flows.speaking import speak
from flows.steps import open_steps, proven, reported
from flows.task_events import follow_up
from flows.tasks import alarms, hand_over, tasks
from flows.work import Work


def decide(playbooks: Playbooks, subject: Subject, event: AnyEvent, now: datetime) -> Decision:
    """Say what follows when `event` reaches `subject` and is decided at `now` (aware UTC, world time).

    An event from the future counts as happening now. Never reads a clock, a file or a database; raises only for a defect.
    """
    event = replace(event, at=now) if event.at > now else event
    return announced(playbooks, subject, _decided(playbooks, subject, event, now), event, now)


def _decided(playbooks: Playbooks, subject: Subject, event: AnyEvent, now: datetime) -> Decision:
    if isinstance(event, MergedInto):
        return absorbed(playbook_of(playbooks, subject.person), subject, event, now)
    if isinstance(event, Split):
        return parted(subject, event)
    whole = united(subject, event, now) if isinstance(event, Merged) else None
    subject = whole.subject if whole else subject
    playbook = playbook_of(playbooks, subject.person)
    if playbook is None:
        return _without_playbook(subject)
    work = Work.begun(playbooks, playbook, subject, event, now)
    work = taken_in(work, whole) if whole else apply(work)
    work = route(playbooks, work)
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
    """The playbook a person is decided by: their journey's, else the common one (for answers, before any enrolment)."""
    if person.journey and (mine := playbooks.get(person.journey.playbook)):
        return mine
    return playbooks.common


def settle_segments(work: Work) -> Work:
    """Every dimension, top to bottom, first match wins; a change is recorded with its reason and may trigger."""
    if work.journey is None:
        return work
    if not tailored(work.person):
        return _by_default(work)
    for dimension, rules in work.playbook.segments.items():
        before = work.running.segments.get(dimension)
        if before and (dimension, before.name) in work.playbook.plan.lasting:
            continue
        for rule in rules:
            if work.playbook.holds(rule.when, work.facts):
                if before is None or before.name != rule.is_:
                    work = _enter(work, dimension, rule.is_, work.playbook.ask(rule.when, work.facts))
                break
    return work


def settle_again(work: Work) -> Work:
    """Where someone stands may prove a step, and that may move them on."""
    while (after := proven(work)) is not work:
        work = settle_segments(after)
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
    tally, known = work.activity.get(work.playbook.first_value or ""), journey.first_value_at
    if tally and tally.first_at and (known is None or tally.first_at < known):
        work = work.with_journey(first_value_at=tally.first_at).because("first_value", "reached", work.playbook.first_value or "")
    if journey.goal_at is None and work.facts["goal_met"]:
        work = work.with_journey(goal_at=work.event.at).because("goal", "met", work.playbook.goal_of(work.facts).name)
    for one in work.playbook.success:
        work = _judged(work, one)
    if journey.done_at is None and work.playbook.holds(work.playbook.completes_when, work.facts):
        answer = work.playbook.ask(work.playbook.completes_when, work.facts)
        work = work.with_journey(done_at=work.now).because("journey", "completed", answer)
        work = work.happened("completed", work.event.at)
    return work


def _judged(work: Work, one: Criterion) -> Work:
    """Note when a criterion of success begins to hold, and when it no longer does."""
    rule, now = f"criteria.{one.criterion}", "met" if work.facts["criteria"][one.criterion] else "quiet"
    before = work.person.reasons.get(rule)
    return work if before and before[0] == now else work.because(rule, now, work.playbook.ask(one.when, work.facts))


def run_out(work: Work) -> Work:
    """A journey whose time is over ends before anything else is said. A completed one is over when nothing waits any more."""
    if not work.underway:
        return work
    until = over(work, work.running.started)
    return end(work, f"{work.playbook.ends} are over") if work.now >= until else work.wake(until)


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
    later += [at for at in alarms(work) if at > work.now]
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
    follow_up,
    proven,
    settle_segments,
    settle_again,
    open_steps,
    reach_goals,
    tasks,
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
    hand_over,
    set_alarm,
)


def _decision(work: Work) -> Decision:
    news = {reason.rule: (reason.result, reason.because) for reason in work.reasons}
    return Decision(
        person=changed(work.person, {"reasons": {**work.person.reasons, **news}}) if news else work.person,
        account=work.account,
        case=work.case,
        activity=work.activity,
        says=work.says,
        draws=tuple(dict.fromkeys(work.draws)) if work.draws else (),
        withdraw=work.withdraw,
        reasons=work.reasons,
        allotment=work.allotment,
        company=work.company,
    )


def _without_playbook(subject: Subject) -> Decision:
    reason = Reason("playbook", "missing", "no playbook is loaded")
    return Decision(person=unheld(subject.person), account=subject.account, case=subject.case, activity=subject.activity, reasons=(reason,))
