"""What every part of the casework needs: the open case, its rule, its team's time, and its timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flows.decision import Draw
from flows.durations import Length
from flows.hours import after_working
from flows.parts.rules import Escalation
from flows.people import Case, CaseEntry, CaseRef
from flows.work import Work, answer_channels

KEPT = 20
"""Lines of the timeline that a case keeps."""


def open_one(work: Work, case_id: str = "") -> tuple[Case, CaseRef] | None:
    """The open case with what the person keeps of it; None when there is none, or when it is not the one with that id."""
    case, ref = work.case, work.person.case
    return (case, ref) if case and ref and case_id in ("", case.id) else None


def rule_of(work: Work, escalation: str) -> Escalation | None:
    """The escalation of that name, None when the playbook has none (any more)."""
    return next((rule for rule in work.playbook.escalations if rule.escalation == escalation), None)


def noted(work: Work, what: str, who: str = "", more: str = "", **changes: Any) -> Work:
    """Change the case, and write a line into its timeline (`timeline.<what>`). Its card is out of date."""
    assert work.case is not None
    line = CaseEntry(at=work.now, what=what, who=who, more=more)
    before = work.case.owner
    work = work.but(case=replace(work.case, timeline=(*work.case.timeline[1 - KEPT :], line), **changes)).redraw_case()
    return work.but(draws=(*work.draws, Draw("team", before))) if before and before != changes.get("owner", before) else work


def remembered(work: Work, **changes: Any) -> Work:
    """Change what the person keeps of their open case."""
    assert work.person.case is not None
    return work.with_person(case=replace(work.person.case, **changes))


def team_zone(work: Work) -> ZoneInfo:
    """Where the team is."""
    return work.team_zone


def team_is_there(work: Work) -> bool:
    """Whether the team's hours are open."""
    return work.team_is_there


def later(work: Work, length: Length) -> datetime:
    """The moment that long from now, counting the team's working time where the length does."""
    return after_working(work.now, length, work.playbook.team.hours, team_zone(work))


def asked_for(case: Case) -> bool:
    """Whether the person asked for a human, or has written since: then what we say in it is an answer."""
    return case.escalation == "asked" or case.their_word_at is not None


def reach(work: Work) -> tuple[str, ...]:
    """The channels for what a case says to the person. Who did not agree to messages gets answers to what they asked, and nothing else."""
    assert work.case is not None
    if work.person.consent is False and not asked_for(work.case):
        return ()
    return answer_channels(work.person)


def to_person(work: Work, message: str, facts: Mapping[str, Any], **how: Any) -> Work:
    """Tell the person about their case, unless they did not ask for it and did not agree to messages."""
    if reach(work) or not answer_channels(work.person):
        return work.answer(message, facts, **how)
    return work.because(f"answer.{message}", "held", "they did not agree to messages and asked for nothing")


def ours_to_answer(work: Work, **changes: Any) -> Work:
    """They spoke and nobody has answered yet. After an answer of ours the clock runs anew, from their first word since."""
    assert work.case is not None
    case, now = work.case, work.now
    anew = case.our_word_at is not None or case.state == "asked"
    work = work.but(case=replace(case, their_word_at=now, our_word_at=None, **changes))
    if case.state == "asked":
        state = "claimed" if case.claimed_by else "open"
        work = remembered(work.but(case=replace(case_of(work), state=state)), asked_solved_at=None, reopened_at=now, loud=False)
        work = work.because("case", "reopened", "not solved yet")
    return clock_again(work) if anew else work


def clock_again(work: Work) -> Work:
    """From now on an answer is due again, and a claim without a word ends again."""
    case = case_of(work)
    rule = rule_of(work, case.escalation)
    due = later(work, rule.respond_within) if rule and rule.respond_within else None
    work = remembered(work, respond_by=due, remind_at=due, reminded=0, promised_at=None)
    return work.but(case=replace(case, respond_by=due, claim_ends_at=claim_end(work)))


def claim_end(work: Work) -> datetime | None:
    """When the claim of who has it would be over; None when nobody has."""
    return later(work, work.playbook.team.claim_lasts) if case_of(work).claimed_by else None


def case_of(work: Work) -> Case:
    """The case, where there surely is one."""
    assert work.case is not None
    return work.case


def remind_after(work: Work) -> Length:
    """How long after one reminder the next one comes."""
    rule = rule_of(work, case_of(work).escalation)
    return (rule.remind_after if rule else None) or work.playbook.team.remind_after


def has_left(work: Work) -> bool:
    """Whether they have left since their case opened, and said no word since."""
    case, left = case_of(work), work.person.left_at
    return left is not None and left >= max(case.opened_at, case.their_word_at or case.opened_at)
