"""What follows when two people turn out to be one: for who they are from now on, and for who they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flows.casefile import noted
from flows.cases import close
from flows.decision import Decision, Reason
from flows.events import MergedInto
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
    work = work.but(withdraw=(*work.withdraw, *whole.withdraw)).redraw()
    return noted(work, "merged", work.person.name) if whole.moved_case and work.case else work


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
