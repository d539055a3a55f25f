"""A case opens: its card goes to the team, whoever has it, and what we had started to say is taken back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from flows.assigning import ask_desk
from flows.casefile import later, noted, rule_of
from flows.checklist import current_step
from flows.decision import Draw
from flows.durations import Length
from flows.events import CaseOpened
from flows.parts.rules import Escalation
from flows.people import Case, CaseRef
from flows.work import Work

_TICK = timedelta(microseconds=1)
HEAR_BY = Length(1, "working days")
"""When everybody is full and the playbook promises nothing: until then they hear from us, if only that it takes longer."""


def open_case(
    work: Work, escalation: str, title: str, *, said: str = "", step: str = "", rule: Escalation | None = None, by: CaseOpened | None = None
) -> Work:
    """A new case with its card in the team's channel. `by`: a colleague opens it by hand."""
    person = work.person
    work, given = ask_desk(work, by.by if by else "")
    due = later(work, rule.respond_within) if rule and rule.respond_within else None
    case = Case(
        id=f"{person.id}.{person.cases + 1}",
        person_id=person.id,
        account_id=person.account_id,
        playbook=work.playbook.playbook,
        escalation=escalation,
        because=title,
        step=step or here(work),
        said=said or _added(work, rule),
        opened_at=work.now,
        respond_by=due,
        team=work.playbook.team.channel,
        severity=rule.severity if rule else "normal",
        owner=given.owner,
        owner_name=given.owner_name,
        given_at=_turn(work) if given.owner else None,
        full=given.full,
        loads=given.loads,
        waiting=given.waiting,
        opened_by=by.by if by else "",
        opened_by_name=by.name if by else "",
        place=by.place if by else "",
        their_word_at=work.now if by is None and escalation_is_asked(rule, escalation) else None,
    )
    promised = (due or later(work, HEAR_BY)) if given.full and case.their_word_at else None
    ref = CaseRef(id=case.id, escalation=escalation, opened_at=work.now, respond_by=due, remind_at=due, promised_at=promised)
    work = work.but(case=case).with_person(case=ref, cases=person.cases + 1, held=None)
    held = rule_of(work, person.held.escalation) if person.held and person.held.escalation != escalation else None
    work = noted(work, "opened", case.opened_by_name, title)
    work = work.because(f"case.{escalation}", "opened", title)
    if given.why:
        work = work.because("case.owner", "full" if given.full else "assigned", f"{given.owner_name}: {given.why}".removeprefix(": "))
    work = work.withdraw_pending().tell_team("case_card")
    if held is not None:
        work = work.tell_team("case_note", {"note": "also", "why": held.title or held.escalation})
    return neighbours(work.redraw())


def _added(work: Work, rule: Escalation | None) -> str:
    """What they wrote beside the answer that brings a human."""
    added = work.person.journey.added if work.person.journey else {}
    asked = re.findall(r"\banswers\.(\w+)", rule.when or "") if rule else []
    return next((added[survey] for survey in asked if added.get(survey)), "")


def _turn(work: Work) -> datetime:
    """When it was given: now, but after every other of the same moment, so that those of one batch go round too."""
    last = max(work.desk.last_given.values(), default=work.now - _TICK)
    return max(work.now, last + _TICK)


def escalation_is_asked(rule: Escalation | None, escalation: str) -> bool:
    """Whether the person asked for a human themselves."""
    return escalation == "asked" or (rule is not None and rule.on == "says_stuck")


def neighbours(work: Work) -> Work:
    """The cards of the account's other open cases name this one: they are out of date."""
    others = work.desk.of_account(work.person.account_id, but=work.person.id)
    return work.but(draws=(*work.draws, *(Draw("case", one.id) for one in others)))


def here(work: Work) -> str:
    """The step they are at, '' before any journey."""
    return current_step(work.playbook, work.subject, work.standing) if work.journey else ""
