"""What passes between the person and the CSM: every word of theirs at once, ours after ten seconds in which it can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from flows.casefile import case_of, claim_end, noted, open_one, ours_to_answer, reach, remembered
from flows.decision import Draw
from flows.events import AnyEvent, CsmChanged, CsmReplied, CsmTookBack, File, Mouth
from flows.people import Case, Reply
from flows.work import Work, answer_channels

UNDO = timedelta(seconds=10)
"""How long a colleague's words wait, so that they can be taken back."""
KEPT = 20
"""Replies that a case remembers, for those who want to take one back."""


def reply_key(case_id: str, event_key: str, again: int = 1) -> str:
    """The key of the message that carries a CsmReplied to the person; `again` counts its wordings from 1."""
    return f"case:{case_id}:reply:{event_key}" + (f":{again}" if again > 1 else "")


def relayed(work: Work, text: str, mouth: Mouth) -> Work:
    """The person's words and files go into the thread, and wait for an answer. While we ask whether it is solved they mean: not yet."""
    assert work.case is not None
    said = work.case.said or text
    files = as_facts(getattr(work.event, "files", ()))
    work = work.tell_team("case_said", {"text": text, "mouth": mouth, "files": files})
    return with_mail(noted(ours_to_answer(work, said=said), "they_said", work.person.name, _short(text)))


def brought(work: Work, mouth: Mouth) -> Work:
    """What came with the words that opened a case goes into its thread; the words themselves stand on its card."""
    files = as_facts(getattr(work.event, "files", ()))
    return work.tell_team("case_said", {"text": "", "mouth": mouth, "files": files}) if files else work


def with_mail(work: Work) -> Work:
    """The case keeps the last mail that they wrote about it: what a colleague answers goes into its thread."""
    mail = getattr(work.event, "mail", None)
    return work.but(case=replace(work.case, mail=mail)) if mail and work.case else work


def csm_spoke(work: Work, event: CsmReplied) -> Work:
    """Words in the thread: the claimant's reach the person, others' when they press Send."""
    found = open_one(work, event.case)
    if found is None:
        return work.because("case.reply", "refused", "it is closed")
    case = found[0]
    if event.by != case.claimed_by and not event.sent_on:
        return work.because("case.reply", "kept", "only the claimant's words reach the person")
    reply = Reply(
        event=event.key,
        say=reply_key(case.id, event.key),
        by=event.by,
        name=event.name,
        due_at=work.now + UNDO,
        face=event.face,
        files=event.files,
        channel=event.channel,
        ts=event.ts,
    )
    if not reach(work):
        return _not_reached(work, event)
    replies = (*case.replies[1 - KEPT :], reply)
    work = noted(work, "we_said", event.name, _short(event.text), our_word_at=work.now, claim_ends_at=None, replies=replies)
    asked = work.now if found[1].asked_solved_at else None
    work = remembered(unsaid_waiting(work), csm_word_at=work.now, loud=False, asked_solved_at=asked)
    return _send(work.because("case.reply", "said", f"by {event.name}"), reply, event.text)


def _not_reached(work: Work, event: CsmReplied) -> Work:
    """Words that can't go anywhere are no answer: the case goes on waiting."""
    closed = bool(answer_channels(work.person))
    why = "they did not agree to messages and asked for nothing" if closed else "no channel they can be reached by"
    work = noted(work, "not_read", "", why).because("case.reply", "unreachable", why)
    return work.tell_team("case_note", {"note": "undelivered", "reason": why, "ping": event.by})


def _send(work: Work, reply: Reply, text: str) -> Work:
    assert work.case is not None
    facts: dict[str, Any] = {"csm": reply.name, "face": reply.face, "text": text, "files": as_facts(reply.files), "case": work.case.id}
    mail = work.case.mail
    facts |= {"mail": {"id": mail.id, "subject": mail.subject}} if mail else {}
    ticked = Draw("tick", f"{reply.channel}/{reply.ts}") if reply.ts else None
    return work.answer("csm_reply", facts, when_sent=ticked, due_at=reply.due_at, key=reply.say)


def took_back(work: Work, event: CsmTookBack) -> Work:
    """Until they have left us nobody reads them. Later they were read, and the thread hears so.

    Whether they have left only the outbox knows: it finds out when the decision is stored, and asks again with `event.sent`.
    """
    reply = _reply(work, event.case, event.reply)
    if event.sent:
        return _too_late(work, event.case, {"note": "too_late_to_take_back", "csm": reply.name if reply else event.name})
    if reply is None:
        work = work.because("case.reply", "kept", "those words stayed in the thread, or their case was closed before they left")
        return work.but(withdraw=(*work.withdraw, reply_key(event.case, event.reply)))
    work = noted(work, "taken_back", event.name).because("case.reply", "withdrawn", f"by {event.name}")
    return not_said(work, reply).but(withdraw=(*work.withdraw, reply.say))


def as_sent(event: AnyEvent) -> AnyEvent:
    """The same, heard after the words had left us."""
    return replace(event, sent=True) if isinstance(event, CsmTookBack | CsmChanged) else event


def not_said(work: Work, reply: Reply) -> Work:
    """These words of ours are as if they had never been: where no other answers the person, they wait again."""
    case = case_of(work)
    left = tuple(one for one in case.replies if one != reply)
    last = max((one.due_at - UNDO for one in left), default=None)
    answer = last if last and (case.their_word_at is None or last >= case.their_word_at) else None
    work = remembered(work.but(case=replace(case, replies=left, our_word_at=answer)), csm_word_at=last)
    if answer is not None or case.our_word_at is None:
        return work
    return work.but(case=replace(case_of(work), claim_ends_at=claim_end(work))).redraw_case()


def changed(work: Work, event: CsmChanged) -> Work:
    """Until they have left us the person reads the new words. Later they have read the old ones; the thread hears how to correct them."""
    reply = _reply(work, event.case, event.reply)
    if event.sent:
        name = reply.name if reply else event.name
        return _too_late(work, event.case, {"note": "too_late_to_change", "csm": name, "text": event.text})
    if reply is None:
        return work.because("case.reply", "kept", "those words stayed in the thread")
    case = case_of(work)
    _, _, again = reply.say.removeprefix(reply_key(case.id, reply.event)).rpartition(":")
    new = replace(reply, say=reply_key(case.id, reply.event, int(again or 1) + 1), due_at=_due_again(work, case, reply))
    work = noted(work, "we_changed", event.name, _short(event.text), replies=_with(case, reply, new))
    work = work.because("case.reply", "changed", f"by {event.name}").but(withdraw=(*work.withdraw, reply.say))
    return _send(work, new, event.text)


def _due_again(work: Work, case: Case, reply: Reply) -> datetime:
    """Ten seconds more, unless something waits behind it: then it keeps its place."""
    followed = case.state == "asked" or any(one.due_at > reply.due_at for one in case.replies)
    return reply.due_at if followed and reply.due_at > work.now else work.now + UNDO


def _too_late(work: Work, case_id: str, facts: Mapping[str, Any]) -> Work:
    return work.because("case.reply", "refused", "it was sent").tell_thread(case_id, "case_note", facts)


def after_replies(work: Work) -> datetime | None:
    """When the last reply still waiting goes, so that what follows it comes after it."""
    return max((one.due_at for one in case_of(work).replies if one.due_at > work.now), default=None)


def unsaid_waiting(work: Work) -> Work:
    """Somebody has it now: an excuse that still waits for the person's hours would be untrue."""
    gone = [one for one in work.person.pending if one.message == "still_waiting"]
    kept = tuple(one for one in work.person.pending if one not in gone)
    return work.with_person(pending=kept).but(withdraw=(*work.withdraw, *(one.key for one in gone))) if gone else work


def as_facts(files: tuple[File, ...]) -> list[Mapping[str, Any]]:
    """Files as plain values for a message."""
    return [asdict(file) for file in files]


def _reply(work: Work, case_id: str, event_key: str) -> Reply | None:
    found = open_one(work, case_id)
    return next((one for one in found[0].replies if one.event == event_key), None) if found else None


def _with(case: Case, reply: Reply, new: Reply) -> tuple[Reply, ...]:
    return tuple(new if one == reply else one for one in case.replies)


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 80 else f"{words[:79]}…"


def last_word(case: Case) -> datetime | None:
    """When the person spoke and nobody has answered since; None when it is not our turn."""
    theirs, ours = case.their_word_at, case.our_word_at
    return theirs if theirs and (ours is None or ours < theirs) else None
