"""Cases: when a human should come, what a CSM does about it, and when the bot's silence ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from flows.assigning import assigned
from flows.casefile import (
    case_of,
    has_left,
    later,
    noted,
    open_one,
    ours_to_answer,
    reach,
    remembered,
    rule_of,
    team_is_there,
    team_zone,
    to_person,
)
from flows.durations import Length
from flows.events import (
    Answered,
    CaseAssigned,
    CaseClaimed,
    CaseClosed,
    CaseOpened,
    CaseSnoozed,
    CsmChanged,
    CsmReplied,
    CsmTookBack,
    Mouth,
    SaysStuck,
    Undelivered,
)
from flows.holding import fired
from flows.hours import after_working, next_opening
from flows.opening import here, neighbours, open_case
from flows.relaying import after_replies, brought, changed, csm_spoke, not_said, relayed, took_back, unsaid_waiting, with_mail
from flows.reminding import put_aside, remind, still_waiting, taken_over
from flows.work import Work

__all__ = ["close", "escalations", "heard", "relayed", "solved", "undelivered"]

CaseEvent = SaysStuck | CaseOpened | CaseAssigned | CaseSnoozed | CaseClaimed | CaseClosed | CsmReplied | CsmTookBack | CsmChanged

UNCLAIMED_SILENCE = Length(1, "working days")
WORDLESS_SILENCE = Length(3, "working days")
SOLVED_UNLESS_TOLD = Length(2, "working days")
FATES = {"unknown": "nobody knows whether it arrived", "expired": "it waited too long", "suppressed": "they take no messages there"}
"""What became of words that did not arrive, where nobody said why."""
LEFT = "they left"
PRESSED_AGAIN = "(pressed “I’m stuck” again)"
NOT_SOLVED = "Not solved yet."
"""What the thread reads when they say so after the case was closed."""


def heard(work: Work, event: CaseEvent) -> Work:
    """What a person or a CSM did about a case."""
    match event:
        case SaysStuck():
            return with_mail(_stuck(work, event.step or here(work), event.text, event.mouth))
        case CaseOpened():
            return _by_hand(work, event)
        case CaseAssigned():
            mine = event.to == event.by and work.case is not None and work.case.state == "open"
            return _claimed(work, event.case, event.by, event.name) if mine else assigned(work, event)
        case CaseSnoozed():
            return put_aside(work, event)
        case CaseClaimed():
            return _claimed(work, event.case, event.by, event.name)
        case CaseClosed():
            return _closing(work, event)
        case CsmReplied():
            return csm_spoke(work, event)
        case CsmTookBack():
            return took_back(work, event)
        case CsmChanged():
            return changed(work, event)


def _by_hand(work: Work, event: CaseOpened) -> Work:
    name = event.name or event.by
    if work.case is None:
        return open_case(work, "by_hand", f"Opened by {name}", said=event.text, by=event)
    facts = {"note": "by_hand", "by": name, "text": event.text}
    return noted(work, "by_hand", name, event.text).tell_team("case_note", facts)


def _stuck(work: Work, step: str, text: str, mouth: Mouth) -> Work:
    if work.case is None:
        rule = next((e for e in work.playbook.escalations if e.on == "says_stuck" and not e.paused), None)
        title = rule.title if rule else ""
        work = open_case(work, rule.escalation if rule else "asked", title or "They asked for a human", said=text, step=step, rule=rule)
        work = brought(work, mouth)
    else:
        work = relayed(work, text or PRESSED_AGAIN, mouth)
        if work.person.case and work.person.case.claimed_name:
            return work.answer("claimed", {"csm": work.person.case.claimed_name, "case": work.person.case.id})
    return _answer_when(work, text)


def _answer_when(work: Work, text: str) -> Work:
    """Tell them when to expect an answer; when everybody is full, only what can be kept."""
    assert work.case is not None
    about: dict[str, str | None] = {"step": work.case.step, "case": work.case.id, "text": text}
    ref, due = work.person.case, work.case.respond_by
    if ref and ref.promised_at and ref.promised_at > work.now:
        return work.answer("all_busy", about | {"respond_by": ref.promised_at.isoformat()})
    if due and due <= work.now:
        return work.answer("still_waiting", still_waiting(work))
    if team_is_there(work):
        return work.answer("stuck", about | {"respond_by": due.isoformat() if due else None})
    back = next_opening(work.playbook.team.hours, work.now, team_zone(work))
    return work.answer("nobody_free", about | {"back_at": back.isoformat()})


def _claimed(work: Work, case_id: str, by: str, name: str) -> Work:
    found = open_one(work, case_id)
    if found is None:
        return work.because("case", "refused", "it is closed")
    if found[0].claimed_by:
        return work.because("case", "refused", f"{found[0].claimed_name} has it").redraw_case()
    work = _taken(work, by, name, state="claimed")
    work = noted(work, "claimed", name, claim_ends_at=later(work, work.playbook.team.claim_lasts))
    work = taken_over(unsaid_waiting(remembered(work, loud=False))).because("case", "claimed", f"by {name}")
    return to_person(work.redraw(), "claimed", {"csm": name, "case": case_id})


def _taken(work: Work, by: str, name: str, *, state: str) -> Work:
    """It is theirs from now on."""
    assert work.case is not None
    mine: dict[str, Any] = {"claimed_by": by, "claimed_name": name, "claimed_at": work.now}
    given = work.now if work.case.owner != by else work.case.given_at
    case = replace(work.case, state=state, owner=by, owner_name=name, given_at=given, full=False, **mine)
    return remembered(work.but(case=case), **mine)


def _closing(work: Work, event: CaseClosed) -> Work:
    found = open_one(work, event.case)
    if found is None:
        return work.because("case", "refused", "it is closed")
    if not found[0].claimed_by:
        work = _taken(work, event.by, event.name, state="asked")
    work = noted(work, "resolved", event.name, event.reason, state="asked", closed_by=event.by, reason=event.reason, note=event.note)
    work = remembered(work, asked_solved_at=work.now)
    work = work.because("case", "asked", f"{event.name} thinks it is solved" + (f": {event.reason}" if event.reason else ""))
    case = case_of(work)
    if not reach(work):
        return close(work, "unasked", f"resolved by {event.name}; {work.person.name or 'the person'} cannot be asked")
    return work.redraw().answer("resolved", {"csm": case.claimed_name, "case": case.id}, due_at=after_replies(work))


def solved(work: Work, event: Answered) -> Work:
    """Their answer to "is it solved?"; a "not yet" is heard whenever it comes, a "yes" only about the case it was asked of."""
    case, ref = work.case, work.person.case
    if case is None or ref is None:
        if event.value == "yes":
            return work.answer("solved_thanks")
        return _stuck(work, here(work), NOT_SOLVED, event.mouth)
    if event.case not in ("", case.id) or not (event.case or ref.asked_solved_at):
        return work.because("case", "refused", "that was another case").redraw()
    if event.value == "yes":
        return close(work, "solved", "they say it is solved").answer("solved_thanks")
    work = ours_to_answer(work) if case.state == "asked" else work
    work = noted(work, "not_yet", work.person.name)
    return work.tell_team("case_note", {"note": "not_yet", "ping": case.claimed_by}).redraw().answer("reopened", {"csm": case.claimed_name})


def close(work: Work, note: str, why: str) -> Work:
    """The case is over and the bot may speak again. `note` is what the thread reads."""
    work = noted(work, "closed", "", why, state="closed", closed_at=work.now, ended_why=why, snoozed_until=None, claim_ends_at=None)
    work = unsaid_waiting(work).with_person(case=None).because("case", "closed", why)
    return neighbours(work.tell_team("case_note", {"note": note}).redraw())


def undelivered(work: Work, event: Undelivered) -> Work:
    """A colleague's words did not reach the person: the thread has to know."""
    if event.message != "csm_reply" or work.case is None or work.person.case is None:
        return work
    why = event.why or FATES.get(event.fate, event.fate)
    reply = next((one for one in work.case.replies if one.say == event.message_key), None)
    if reply is not None and event.fate != "unknown":
        work = not_said(work, reply)
    return noted(work, "not_read", "", why).tell_team("case_note", {"note": "undelivered", "reason": why, "ping": case_of(work).owner})


def escalations(work: Work) -> Work:
    """Rules that turn true open a case; each again only after it was false. An open case may end by itself, or its silence may."""
    work = fired(work)
    return _silence(remind(_gone(_close_when(work)))) if open_one(work) else work


def _gone(work: Work) -> Work:
    """Who left needs nobody: nobody's case closes, and of somebody's the thread hears that it could be closed."""
    found = open_one(work)
    if found is None or not has_left(work):
        return work
    case, ref = found
    if not case.claimed_by:
        return close(work, "left", LEFT)
    if ref.suggested or case.state == "asked":
        return work
    work = noted(remembered(work, suggested=True), "suggested", "", LEFT, suggested=LEFT)
    return work.because("case", "suggested", LEFT).tell_team("case_note", {"note": "suggest_close", "why": LEFT})


def _close_when(work: Work) -> Work:
    """What a case waited for has happened: nobody's case closes by itself, somebody's is only suggested to be closed."""
    found = open_one(work)
    rule = rule_of(work, found[0].escalation) if found else None
    if found is None or rule is None or rule.close_when is None or rule.close_by == "human" or work.journey is None:
        return work
    case, ref = found
    answer = work.playbook.ask(rule.close_when, work.facts)
    if not answer.holds:
        work = noted(remembered(work, suggested=False), "not_suggested", suggested="") if ref.suggested or case.suggested else work
        return remembered(work, close_held=False) if ref.close_held else work
    if ref.close_held or ref.suggested or case.state == "asked":
        return work
    if not case.claimed_by:
        return close(work, "solved_by_itself", answer.because)
    work = noted(remembered(work, suggested=True), "suggested", "", answer.because, suggested=answer.because)
    return work.because("case", "suggested", answer.because).tell_team("case_note", {"note": "suggest_close", "why": answer.because})


def _silence(work: Work) -> Work:
    ref = work.person.case
    if ref is None or work.case is None:
        return work
    hours, zone = work.playbook.team.hours, team_zone(work)
    if ref.asked_solved_at:
        due = after_working(ref.asked_solved_at, SOLVED_UNLESS_TOLD, hours, zone)
        if work.now < due:
            return work.wake(due)
        return close(work, "no_answer", "no answer to whether it is solved")
    if ref.loud:
        return work
    if ref.snoozed_until:
        return work.wake(ref.snoozed_until)
    since: datetime = max(at for at in (ref.opened_at, ref.claimed_at, ref.csm_word_at, ref.reopened_at) if at)
    length, note = (WORDLESS_SILENCE, "no_word") if ref.claimed_by else (UNCLAIMED_SILENCE, "unclaimed")
    due = after_working(since, length, hours, zone)
    if work.now < due:
        return work.wake(due)
    work = remembered(work, loud=True).because("case", "loud", f"silence ended: {note}")
    return work.tell_team("case_note", {"note": note}).redraw_case()
