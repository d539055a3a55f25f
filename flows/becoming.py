"""What follows when two people turn out to be one: for who they are from now on, and for who they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from flows.casefile import noted
from flows.cases import close
from flows.decision import Decision, Draw, Reason
from flows.events import MergedInto, Split
from flows.journeys import MERGED
from flows.merging import United, over, refused_half
from flows.people import Subject
from flows.playbook import Playbook
from flows.work import Work

ONE_CASE = "they turned out to be somebody whose case is open already"


def taken_in(work: Work, whole: United) -> Work:
    """The person is both from now on. What the way that ended had waiting is taken back; an open case of the other goes on with them."""
    for reason in whole.reasons:
        work = work.because(reason.rule, reason.result, reason.because)
    if not whole.took:
        return work
    work = work.but(withdraw=(*work.withdraw, *whole.withdraw), draws=(*work.draws, *_cards(work))).redraw()
    return noted(work, "merged", work.person.name) if whole.moved_case and work.case else work


def _cards(work: Work) -> Iterator[Draw]:
    """The cards of tasks that ended by it: they show the one that is left."""
    tasks = work.person.journey.tasks.values() if work.person.journey else ()
    return (Draw("task", f"{task.card}:{task.uid.partition(':')[2]}") for task in tasks if (task.note, task.done_at) == (MERGED, work.now))


def absorbed(playbook: Playbook | None, subject: Subject, event: MergedInto, now: datetime) -> Decision:
    """Who was merged is nobody any more. A second open case ends, and its thread tells where things go on."""
    if why := refused_half(subject, event):
        reason = Reason("identity", "refused", why)
        return Decision(
            person=subject.person, account=subject.account, case=subject.case, activity=subject.activity, reasons=(reason,)
        )  # fmt: skip
    became = Reason("identity", "merged_into", event.because)
    goes_on = subject.other.person.case if subject.other else None
    if playbook is None or subject.case is None or (goes_on and goes_on.id == subject.case.id):
        return over(subject, event.into, reasons=(became,))
    work = Work(
        playbook=playbook, event=event, now=now, person=subject.person, account=subject.account, case=subject.case, desk=subject.desk
    )
    work = close(work, "merged", ONE_CASE)
    ended = over(subject, event.into, case=work.case, reasons=(became, *work.reasons))
    return replace(ended, says=work.says, draws=tuple(dict.fromkeys(work.draws)), withdraw=work.withdraw)


def parted(subject: Subject, event: Split) -> Decision:
    """Who was merged by mistake is somebody of their own again. The stricter word holds, no number comes twice, nothing else follows."""
    person = subject.person
    if event.snoozed_until and (person.snoozed_until is None or event.snoozed_until > person.snoozed_until):
        person = replace(person, snoozed_until=event.snoozed_until, paused_by=event.paused_by)
    person = replace(
        person,
        opted_out=tuple(sorted({*person.opted_out, *event.opted_out})),
        consent=False if event.refused else person.consent,
        cases=max(person.cases, event.cases),
        journeys=max(person.journeys, event.journeys),
    )
    reason = Reason("identity", "split", f"by {event.by}" if event.by else "")
    return Decision(person=person, account=subject.account, case=subject.case, activity=subject.activity, reasons=(reason,))
