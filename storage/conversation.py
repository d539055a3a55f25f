"""What people and CSMs said to each other, and what people said about being written to at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, select, update

from flows.decision import Decision
from flows.events import Answered, AnyEvent, CaseOpened, CsmChanged, CsmReplied, CsmTookBack, OptedIn, OptedOut, Replied, SaysStuck
from storage.batch import Batch
from storage.rows import Columns
from storage.tables import case_messages, consent_log, events


def keep(connection: Connection, batch: Batch, ids: Mapping[tuple[str, str], int]) -> None:
    """Store the words that belong to open cases."""
    found = ((event, _words(event, decision)) for event, decision in batch.decided)
    rows = [{"event_id": ids[event.source, event.key], "at": min(event.at, batch.now), **words} for event, words in found if words]
    if rows:
        connection.execute(case_messages.insert(), rows)
    for event, _ in batch.decided:
        if isinstance(event, CsmTookBack | CsmChanged):
            _correct(connection, event)


def _correct(connection: Connection, event: CsmTookBack | CsmChanged) -> None:
    """What a colleague took back or changed in time: the conversation has what the person reads. Words that stayed here follow them too."""
    if event.sent:
        return
    spoken = select(events.c.id).where(events.c.source == event.source, events.c.key == event.reply).scalar_subquery()
    new: Columns = {"text": event.text} if isinstance(event, CsmChanged) else {"role": "note", "sent": False}
    theirs = (case_messages.c.event_id == spoken) & (case_messages.c.case_id == event.case)
    connection.execute(update(case_messages).where(theirs).values(**new))


def _words(event: AnyEvent, decision: Decision) -> Columns | None:
    case, name = decision.case, decision.person.name
    if case is None or case.state == "closed":
        return None
    match event:
        case Answered(text=text, mouth=mouth) if text:
            return {"case_id": case.id, "who": name, "role": "customer", "text": text, "mouth": mouth, "files": [], "sent": True}
        case SaysStuck(text=text, mouth=mouth, files=files) | Replied(text=text, mouth=mouth, files=files):
            own = {"case_id": case.id, "who": name, "role": "customer", "text": text, "mouth": mouth}
            return {**own, "files": [asdict(file) for file in files], "sent": True}
        case CsmReplied(text=text, files=files) if event.case == case.id:
            sent = any(say.message == "csm_reply" for say in decision.says)
            own = {"case_id": case.id, "who": event.name, "role": "csm" if sent else "note", "text": text, "mouth": "csm"}
            return {**own, "files": [asdict(file) for file in files], "sent": sent}
        case CaseOpened(text=text) if text:
            who = event.name or event.by
            return {"case_id": case.id, "who": who, "role": "note", "text": text, "mouth": "csm", "files": [], "sent": False}
    return None


Told = dict[str, Any]


def spoken(row: Any) -> Told:
    """A row of `case_messages` as plain JSON values."""
    own = {"who": row.who, "role": row.role, "text": row.text, "mouth": row.mouth, "sent": row.sent, "files": row.files}
    return {"at": row.at.isoformat(), **own}


def keep_consent(connection: Connection, batch: Batch) -> None:
    """Log who stopped or resumed messages, where and in which words."""
    words = [event for event, _ in batch.decided if isinstance(event, OptedOut | OptedIn)]
    if words:
        connection.execute(consent_log.insert(), [_logged(event, batch) for event in words])


def _logged(event: OptedOut | OptedIn, batch: Batch) -> Columns:
    what = "stopped" if isinstance(event, OptedOut) else "resumed"
    own = {"person_id": event.who, "at": min(event.at, batch.now), "source": event.mouth, "wording": event.wording}
    return {**own, "channel": event.channel, "what": what}
