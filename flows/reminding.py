"""A case's clock: who is reminded when an answer is late, when a claim without a word is over, and what is put aside."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flows.casefile import case_of, claim_end, has_left, later, noted, open_one, reach, remembered, remind_after, rule_of, team_zone
from flows.decision import Say, To
from flows.events import CaseSnoozed
from flows.hours import next_opening
from flows.people import Case, Pending
from flows.rules import next_hours, speaks_now
from flows.work import ANSWER_LASTS, Work

OWNER, CHANNEL, BEYOND = 1, 2, 3
"""Who has been reminded: the owner, then the channel, then whom the playbook escalates to. Each once."""

_CALL_LASTS = timedelta(days=1)


def put_aside(work: Work, event: CaseSnoozed) -> Work:
    """A colleague comes back to it later; until then nobody is reminded and no claim ends."""
    if open_one(work, event.case) is None:
        return work.because("case", "refused", "it is closed")
    if event.until <= work.now:
        return work.because("case", "refused", "that moment has passed")
    work = noted(remembered(work, snoozed_until=event.until), "snoozed", event.name, event.until.isoformat(), snoozed_until=event.until)
    work = work.because("case", "snoozed", f"by {event.name}")
    return work.tell_team("case_note", {"note": "aside", "by": event.name, "until": event.until.isoformat()})


def remind(work: Work) -> Work:
    """Everything about an open case that happens because time passed."""
    work = _taken_up(_of_before(work))
    found = open_one(work)
    if found is None or found[1].asked_solved_at or has_left(work):
        return work
    if found[1].snoozed_until:
        return _as_promised(work).wake(found[1].snoozed_until)
    return _overdue(_as_promised(_claim_over(work)))


def _of_before(work: Work) -> Work:
    """A case of a release that had no clock gets one: it knew no team."""
    found = open_one(work)
    if found is None or found[0].team:
        return work
    case, ref = found
    waits = ref.csm_word_at is None
    ends = claim_end(work) if waits and case.state == "claimed" else None
    work = work.but(case=replace(case, team=work.playbook.team.channel, our_word_at=ref.csm_word_at, claim_ends_at=ends))
    return remembered(work, remind_at=ref.respond_by if waits else None)


def _taken_up(work: Work) -> Work:
    """What was put aside is due again: first a word to the thread, the next reminder a while later."""
    found = open_one(work)
    if found is None or found[1].snoozed_until is None or found[1].snoozed_until > work.now:
        return work
    case, ref = found
    remind_at = max(ref.remind_at, later(work, remind_after(work))) if ref.remind_at else None
    ends = max(case.claim_ends_at, later(work, work.playbook.team.claim_lasts)) if case.claim_ends_at else None
    work = remembered(work, snoozed_until=None, remind_at=remind_at, reopened_at=work.now)
    work = noted(work, "due_again", snoozed_until=None, claim_ends_at=ends).because("case", "due", "it was put aside until now")
    return work.tell_team("case_note", {"note": "due_again", "ping": case.owner, "owner": case.owner_name})


def _claim_over(work: Work) -> Work:
    """Who claimed it has not said a word: everybody may take it again."""
    found = open_one(work)
    if found is None or found[0].state != "claimed" or found[0].claim_ends_at is None:
        return work
    case, ref = found
    if case.claim_ends_at and work.now < case.claim_ends_at:
        return work.wake(case.claim_ends_at)
    nobody: dict[str, Any] = {"claimed_by": "", "claimed_name": "", "claimed_at": None}
    given: dict[str, Any] = {"owner": "", "owner_name": "", "given_at": None}
    work = noted(work, "claim_over", case.claimed_name, **nobody, **given, state="open", claim_ends_at=None, suggested="")
    work = (
        remembered(work, **nobody, reopened_at=work.now, suggested=False)
        .because("case", "open", f"no word from {case.claimed_name}")
        .redraw()
    )
    work = work.tell_team("case_note", {"note": "claim_over", "owner": case.claimed_name, "ping": ref.claimed_by})
    if ref.respond_by is None or ref.respond_by > work.now or case.our_word_at:
        return work
    return _say_where_it_stands(work, case.claimed_name, None if speaks_now(work) else next_hours(work))


def _as_promised(work: Work) -> Work:
    """Nobody had room, and they were told to hear from us by now, if only that it takes longer."""
    found = open_one(work)
    if found is None or found[1].promised_at is None:
        return work
    if found[0].our_word_at:
        return work
    if found[1].claimed_by:
        return remembered(work, promised_at=None)
    if work.now < found[1].promised_at:
        return work.wake(found[1].promised_at)
    return _say_where_it_stands(remembered(work, promised_at=None), "")


def _say_where_it_stands(work: Work, name: str, due: datetime | None = None) -> Work:
    """The honest word to the person: at the moment they were promised one, else in their hours."""
    assert work.case is not None
    if "all" in work.person.opted_out or not reach(work):
        return work.because("answer.still_waiting", "held", "they want no messages of ours")
    key = f"case:{work.case.id}:still_waiting:{work.event.source}:{work.event.key}"
    waits = Pending(key=key, message="still_waiting", expires_at=(due or work.now) + ANSWER_LASTS, answer=True)
    return work.remember(waits).answer("still_waiting", still_waiting(work, name), due_at=due, promised=True, key=key)


def still_waiting(work: Work, name: str = "") -> dict[str, str | None]:
    """Facts of the honest word: who has not got to it ('' when nobody had it), and when the team is back."""
    back = next_opening(work.playbook.team.hours, work.now, team_zone(work))
    return {"csm": name, "case": case_of(work).id, "back_at": back.isoformat() if back > work.now else None}


def _overdue(work: Work) -> Work:
    """Nobody has answered in time: remind the owner, then the channel, then whom it escalates to."""
    found = open_one(work)
    if found is None:
        return work
    case, ref = found
    if ref.remind_at is None or case.our_word_at:
        return work
    if work.now < ref.remind_at:
        return work.wake(ref.remind_at)
    stage = max(ref.reminded + 1, OWNER if case.owner else CHANNEL)
    last = BEYOND if _beyond(work, case) else CHANNEL
    work = _call(work, case, stage) if stage <= last else work
    more = stage == OWNER or (stage == CHANNEL and bool(_beyond(work, case)))
    again = later(work, remind_after(work)) if more else None
    return remembered(work, reminded=stage, remind_at=again).wake(again)


def _call(work: Work, case: Case, stage: int) -> Work:
    assert case.respond_by is not None
    work = noted(work, ("", "owner_reminded", "channel_reminded", "escalated")[stage], case.owner_name)
    work = work.because("case.late", "reminded", ("", case.owner_name, "the channel", _beyond(work, case))[stage])
    facts = {"ping": case.owner, "owner": case.owner_name, "respond_by": case.respond_by.isoformat()}
    if stage == OWNER:
        return work.tell_team("case_note", {"note": "late_owner", **facts})
    place = (case.team or work.playbook.team.channel) if stage == CHANNEL else _beyond(work, case)
    say = Say(
        key=f"case:{case.id}:late:{stage}:{case.respond_by.isoformat()}",
        to=To("channel", place),
        message="case_late",
        person=work.person.id,
        facts={"case": case.id, **facts},
        expires_at=work.now + _CALL_LASTS,
        priority=50,
        essential=True,
        if_unknown="resend",
    )
    return work.but(says=(*work.says, say))


def taken_over(work: Work) -> Work:
    """Who takes a case gets a while before they are reminded."""
    found = open_one(work)
    if found is None or found[1].remind_at is None:
        return work
    return remembered(work, remind_at=max(found[1].remind_at, later(work, remind_after(work))))


def _beyond(work: Work, case: Case) -> str:
    rule = rule_of(work, case.escalation)
    return (rule.escalate_to if rule else "") or work.playbook.team.escalate_to
