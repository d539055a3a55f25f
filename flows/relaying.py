"""What passes between the person and the CSM: every word of theirs at once, ours after ten seconds in which it can be taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from flows.casefile import noted, open_one, remembered
from flows.decision import Draw
from flows.events import CsmChanged, CsmReplied, CsmTookBack, File, Mouth
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
    """The person's words and files go into the thread."""
    assert work.case is not None
    said = work.case.said or text
    files = as_facts(getattr(work.event, "files", ()))
    work = work.tell_team("case_said", {"text": text, "mouth": mouth, "files": files})
    return noted(work, "they_said", work.person.name, _short(text), their_word_at=work.now, said=said)


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
    work = noted(
        work,
        "we_said",
        event.name,
        _short(event.text),
        our_word_at=work.now,
        claim_ends_at=None,
        replies=(*case.replies[1 - KEPT :], reply),
    )
    work = remembered(work, csm_word_at=work.now, loud=False).because("case.reply", "said", f"by {event.name}")
    if not answer_channels(work.person):
        work = work.tell_team("case_note", {"note": "undelivered", "reason": "no channel they can be reached by", "ping": event.by})
    return _send(work, reply, event.text)


def _send(work: Work, reply: Reply, text: str) -> Work:
    assert work.case is not None
    facts = {"csm": reply.name, "face": reply.face, "text": text, "files": as_facts(reply.files), "case": work.case.id}
    ticked = Draw("tick", f"{reply.channel}/{reply.ts}") if reply.ts else None
    return work.answer("csm_reply", facts, when_sent=ticked, due_at=reply.due_at, key=reply.say)


def took_back(work: Work, event: CsmTookBack) -> Work:
    """Within the ten seconds nobody reads it. Later it was read, and the thread hears so."""
    reply = _reply(work, event.case, event.reply)
    if reply is None:
        return work.because("case.reply", "kept", "those words stayed in the thread")
    if work.now >= reply.due_at:
        work = work.because("case.reply", "refused", "it was sent")
        return work.tell_team("case_note", {"note": "too_late_to_take_back", "csm": reply.name})
    assert work.case is not None
    left = tuple(one for one in work.case.replies if one != reply)
    last = max((one.due_at - UNDO for one in left), default=None)
    work = noted(work, "taken_back", event.name, replies=left, our_word_at=last)
    work = remembered(work, csm_word_at=last).because("case.reply", "withdrawn", f"by {event.name}")
    return work.but(withdraw=(*work.withdraw, reply.say))


def changed(work: Work, event: CsmChanged) -> Work:
    """Within the ten seconds they read the new words. Later they have read the old ones, and the thread hears how to correct them."""
    reply = _reply(work, event.case, event.reply)
    if reply is None:
        return work.because("case.reply", "kept", "those words stayed in the thread")
    if work.now >= reply.due_at:
        work = work.because("case.reply", "refused", "it was sent")
        return work.tell_team("case_note", {"note": "too_late_to_change", "csm": reply.name, "text": event.text})
    assert work.case is not None
    _, _, again = reply.say.removeprefix(reply_key(work.case.id, reply.event)).rpartition(":")
    new = replace(reply, say=reply_key(work.case.id, reply.event, int(again or 1) + 1), due_at=work.now + UNDO)
    work = noted(work, "we_changed", event.name, _short(event.text), replies=_with(work.case, reply, new))
    work = work.because("case.reply", "changed", f"by {event.name}").but(withdraw=(*work.withdraw, reply.say))
    return _send(work, new, event.text)


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
