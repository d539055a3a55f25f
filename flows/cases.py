"""Cases: when a human should come, what passes between the person and the CSM, and when the bot's silence ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from flows.checklist import current_step
from flows.decision import Draw
from flows.durations import Length
from flows.events import Answered, CaseClaimed, CaseClosed, CaseOpened, CsmReplied, Mouth, SaysStuck
from flows.hours import after_working, is_open, next_opening, zone_named
from flows.people import Case, CaseRef
from flows.playbook import Escalation
from flows.work import Work

UNCLAIMED_SILENCE = Length(1, "working days")
WORDLESS_SILENCE = Length(3, "working days")
SOLVED_UNLESS_TOLD = Length(2, "working days")
NOT_SOLVED = "Not solved yet."
"""What the thread reads when they say so after the case was closed."""


def heard(work: Work, event: SaysStuck | CaseOpened | CaseClaimed | CaseClosed | CsmReplied) -> Work:
    """What a person or a CSM did about a case."""
    match event:
        case SaysStuck():
            return _stuck(work, event.step or _current(work), event.text, event.mouth)
        case CaseOpened():
            return work if work.case else open_case(work, "by_hand", f"Opened by {event.by}", said=event.text)
        case CaseClaimed():
            return _claimed(work, event)
        case CaseClosed():
            return _closing(work, event)
        case CsmReplied():
            return _csm_spoke(work, event)


def _stuck(work: Work, step: str, text: str, mouth: Mouth) -> Work:
    if work.case is None:
        rule = next((e for e in work.playbook.escalations if e.on == "says_stuck" and not e.paused), None)
        name, title = (rule.escalation, rule.title) if rule else ("asked", "")
        work = open_case(work, name, title or "They asked for a human", said=text, step=step, within=rule.respond_within if rule else None)
    else:
        work = relayed(work, text or "(pressed “I’m stuck” again)", mouth)
        if work.person.case and work.person.case.claimed_name:
            return work.answer("claimed", {"csm": work.person.case.claimed_name, "case": work.person.case.id})
    assert work.case is not None
    about: dict[str, str | None] = {"step": work.case.step, "case": work.case.id, "text": text}
    if _team_is_there(work):
        due = work.case.respond_by
        return work.answer("stuck", about | {"respond_by": due.isoformat() if due else None})
    back = next_opening(work.playbook.team.hours, work.now, _team_zone(work))
    return work.answer("nobody_free", about | {"back_at": back.isoformat()})


def open_case(work: Work, escalation: str, title: str, *, said: str = "", step: str = "", within: Length | None = None) -> Work:
    """A new case with its card in the team's channel. What we had started to say is taken back."""
    person = work.person
    due = after_working(work.now, within, work.playbook.team.hours, _team_zone(work)) if within else None
    case = Case(
        id=f"{person.id}.{person.cases + 1}",
        person_id=person.id,
        account_id=person.account_id,
        playbook=work.playbook.playbook,
        escalation=escalation,
        because=title,
        step=step or _current(work),
        said=said,
        opened_at=work.now,
        respond_by=due,
    )
    ref = CaseRef(id=case.id, escalation=escalation, opened_at=work.now, respond_by=due)
    work = work.but(case=case).with_person(case=ref, cases=person.cases + 1)
    work = work.because(f"case.{escalation}", "opened", title).withdraw_pending()
    return work.tell_team("case_card").redraw()


def relayed(work: Work, text: str, mouth: Mouth) -> Work:
    """The person's words go into the thread."""
    assert work.case is not None
    work = work.tell_team("case_said", {"text": text, "mouth": mouth})
    if work.case and not work.case.said:
        work = work.but(case=replace(work.case, said=text)).redraw_case()
    return work


def _claimed(work: Work, event: CaseClaimed) -> Work:
    case, ref = work.case, work.person.case
    if case is None or ref is None or case.id != event.case:
        return work.because("case", "refused", "it is closed")
    if case.claimed_by:
        return work.because("case", "refused", f"{case.claimed_name} has it").redraw_case()
    case = replace(case, state="claimed", claimed_by=event.by, claimed_name=event.name, claimed_at=work.now)
    ref = replace(ref, claimed_by=event.by, claimed_name=event.name, claimed_at=work.now, loud=False)
    work = work.but(case=case).with_person(case=ref).because("case", "claimed", f"by {event.name}")
    return work.redraw_case().redraw().answer("claimed", {"csm": event.name, "case": case.id})


def _closing(work: Work, event: CaseClosed) -> Work:
    case, ref = work.case, work.person.case
    if case is None or ref is None or case.id != event.case:
        return work.because("case", "refused", "it is closed")
    by, name, since = case.claimed_by or event.by, case.claimed_name or event.name, case.claimed_at or work.now
    work = work.but(case=replace(case, state="asked", claimed_by=by, claimed_name=name, claimed_at=since, closed_by=event.by))
    work = work.with_person(case=replace(ref, claimed_by=by, claimed_name=name, claimed_at=since, asked_solved_at=work.now))
    work = work.because("case", "asked", f"{event.name} thinks it is solved").redraw_case()
    return work.answer("resolved", {"csm": name, "case": case.id})


def solved(work: Work, event: Answered) -> Work:
    """Their answer to "is it solved?"; a "not yet" is heard whenever it comes, a "yes" only about the case it was asked of."""
    case, ref = work.case, work.person.case
    if case is None or ref is None:
        if event.value == "yes":
            return work.answer("solved_thanks")
        return _stuck(work, _current(work), NOT_SOLVED, event.mouth)
    if event.case not in ("", case.id) or not (event.case or ref.asked_solved_at):
        return work.because("case", "refused", "that was another case").redraw()
    if event.value == "yes":
        return close(work, "solved", "they say it is solved").answer("solved_thanks")
    work = work.but(case=replace(case, state="claimed" if case.claimed_by else "open"))
    ref = replace(ref, asked_solved_at=None, reopened_at=work.now, loud=False)
    work = work.with_person(case=ref).because("case", "reopened", "not solved yet")
    work = work.tell_team("case_note", {"note": "not_yet"}).redraw_case()
    return work.answer("reopened", {"csm": case.claimed_name})


def close(work: Work, note: str, why: str) -> Work:
    """The case is over and the bot may speak again. `note` is what the thread reads."""
    assert work.case is not None
    work = work.but(case=replace(work.case, state="closed", closed_at=work.now, note=why))
    work = work.with_person(case=None).because("case", "closed", why)
    return work.tell_team("case_note", {"note": note}).redraw_case().redraw()


def _csm_spoke(work: Work, event: CsmReplied) -> Work:
    case, ref = work.case, work.person.case
    if case is None or ref is None or case.id != event.case:
        return work.because("case.reply", "refused", "it is closed")
    if event.by != case.claimed_by and not event.sent_on:
        return work.because("case.reply", "kept", "only the claimant's words reach the person")
    work = work.with_person(case=replace(ref, csm_word_at=work.now, loud=False))
    work = work.because("case.reply", "said", f"by {event.name}")
    return work.answer(
        "csm_reply", {"csm": event.name, "text": event.text}, when_sent=Draw("tick", f"{event.channel}/{event.ts}") if event.ts else None
    )


def escalations(work: Work) -> Work:
    """Rules that turn true open a case; each again only after it was false. An open case may end by itself, or its silence may."""
    if work.journey is not None and work.person.left_at is None and not work.playbook.paused:
        firing: list[str] = []
        for rule in work.playbook.escalations:
            if rule.when is None or rule.paused:
                continue
            answer = work.playbook.ask(rule.when, work.facts)
            name = f"escalation.{rule.escalation}"
            if not answer.holds:
                work = work.because(name, "quiet", answer)
                continue
            firing.append(rule.escalation)
            if rule.escalation not in work.running.firing:
                work = _fire(work, rule, answer.because)
        work = work.with_journey(firing=tuple(firing)) if tuple(firing) != work.running.firing else work
    return _silence(_close_when(work))


def _fire(work: Work, rule: Escalation, because: str) -> Work:
    work = work.because(f"escalation.{rule.escalation}", "fired", because)
    if work.case is None:
        held = rule.close_when is not None and work.playbook.ask(rule.close_when, work.facts).holds
        work = open_case(work, rule.escalation, rule.title or because, within=rule.respond_within)
        return work.with_person(case=replace(work.person.case, close_held=held)) if work.person.case else work
    return work.tell_team("case_note", {"note": "also", "why": rule.title or because})


def _close_when(work: Work) -> Work:
    case = work.case
    rule = next((e for e in work.playbook.escalations if case and e.escalation == case.escalation), None)
    if (
        case is None
        or work.person.case is None
        or rule is None
        or rule.close_when is None
        or rule.close_by == "human"
        or work.journey is None
    ):
        return work
    answer = work.playbook.ask(rule.close_when, work.facts)
    if not answer.holds and work.person.case.close_held:
        return work.with_person(case=replace(work.person.case, close_held=False))
    if not answer.holds or case.claimed_by or work.person.case.close_held:
        return work
    return close(work, "solved_by_itself", answer.because)


def _silence(work: Work) -> Work:
    ref = work.person.case
    if ref is None or work.case is None:
        return work
    hours, zone = work.playbook.team.hours, _team_zone(work)
    if ref.asked_solved_at:
        due = after_working(ref.asked_solved_at, SOLVED_UNLESS_TOLD, hours, zone)
        if work.now < due:
            return work.wake(due)
        return close(work, "no_answer", "no answer to whether it is solved")
    if ref.loud:
        return work
    since: datetime = max(at for at in (ref.opened_at, ref.claimed_at, ref.csm_word_at, ref.reopened_at) if at)
    length, note = (WORDLESS_SILENCE, "no_word") if ref.claimed_by else (UNCLAIMED_SILENCE, "unclaimed")
    due = after_working(since, length, hours, zone)
    if work.now < due:
        return work.wake(due)
    work = work.with_person(case=replace(ref, loud=True)).because("case", "loud", f"silence ended: {note}")
    return work.tell_team("case_note", {"note": note}).redraw_case()


def _current(work: Work) -> str:
    return current_step(work.playbook, work.subject, work.standing) if work.journey else ""


def _team_zone(work: Work) -> ZoneInfo:
    return zone_named(work.playbook.team.zone) or ZoneInfo("UTC")


def _team_is_there(work: Work) -> bool:
    return is_open(work.playbook.team.hours, work.now, _team_zone(work))
