"""A planned session, or a meeting with one of us, as a file that calendars open (RFC 5545): it goes with the mail that invites to it.

METHOD is PUBLISH, not REQUEST. A request names its guest, lands in their calendar unasked, and sends its answers (RFC 5546) to an
address where a program has to read them. Publishing offers the date: whoever wants it adds it, and nobody has to say no.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels import Attachment
from bot.compose import Attaching
from flows.library import Playbooks
from flows.people import Subject
from flows.sessions import Session

MIMETYPE = "text/calendar; charset=utf-8; method=PUBLISH"
_OCTETS = 75
"""The most a line may have, its end left out (RFC 5545, 3.1)."""
_UNWANTED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Organizer:
    """Who holds the sessions: the company, and the address its mail comes from."""

    name: str
    email: str

    @property
    def domain(self) -> str:
        """Where the ids of its events belong."""
        return self.email.partition("@")[2] or "localhost"


@dataclass(frozen=True, kw_only=True, slots=True)
class Appointment:
    """A date as calendars know it. `uid` is its name there, for ever; `sequence` grows each time it is moved. `file` is the file's name."""

    uid: str
    file: str
    title: str
    starts_at: datetime
    ends_at: datetime
    link: str = ""
    sequence: int = 0
    called_off: bool = False


def dates_attached(playbooks: Callable[[], Playbooks], organizer: Organizer) -> Attaching:
    """What goes with messages that speak of a session or a meeting: its date as a file, as long as it is still to come."""

    def attachments(_message: str, facts: Mapping[str, Any], _subject: Subject, now: datetime) -> tuple[Attachment, ...]:
        session = playbooks().sessions.get(str(facts.get("session") or ""))
        date = of_session(session, organizer) if session else of_meeting(facts, organizer)
        found = attached(date, organizer, now) if date else None
        return (found,) if found else ()

    return attachments


def of_session(session: Session, organizer: Organizer) -> Appointment:
    """A session's date. One that is moved is another session, with a UID of its own, so its sequence stays 0."""
    return Appointment(
        uid=uid(session.id, organizer),
        file=session.session,
        title=session.title,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        link=session.link,
    )


def of_meeting(facts: Mapping[str, Any], organizer: Organizer) -> Appointment | None:
    """The date of a task's meeting, from the facts of a message (`flows.meetings`); None when it speaks of none."""
    if not facts.get("meeting_at") or not facts.get("task_uid"):
        return None
    starts = datetime.fromisoformat(str(facts["meeting_at"]))
    return Appointment(
        uid=uid(str(facts["task_uid"]), organizer),
        file="meeting",
        title=str(facts.get("task_title") or ""),
        starts_at=starts,
        ends_at=starts + timedelta(minutes=int(facts.get("meeting_minutes") or 0)),
        link=str(facts.get("meeting_link") or ""),
        sequence=int(facts.get("sequence") or 0),
        called_off=bool(facts.get("called_off")),
    )


def invitation(session: Session, organizer: Organizer, now: datetime) -> Attachment | None:
    """The file for a session that is still to come, None for one that has begun. `now` is world time."""
    return attached(of_session(session, organizer), organizer, now)


def attached(date: Appointment, organizer: Organizer, now: datetime) -> Attachment | None:
    """The file for a date that is still to come, None for one that has begun. `now` is world time."""
    if date.starts_at <= now:
        return None
    return Attachment(name=f"{date.file}.ics", mimetype=MIMETYPE, content=written(date, organizer, now))


def written(date: Appointment, organizer: Organizer, now: datetime) -> bytes:
    """The file itself. Times are UTC, so that no zone has to be described; every calendar shows its reader their own.

    The UID is the same in everybody's file and tells of nobody. A later file for the same date differs by its DTSTAMP, and by its
    SEQUENCE once it was moved.
    """
    lines = (line for name, value in _properties(date, organizer, now) for line in _folded(f"{name}:{value}"))
    return b"".join(line + b"\r\n" for line in lines)


def uid(id: str, organizer: Organizer) -> str:
    """The name by which calendars know an event again, from our own id of it."""
    return f"{hashlib.sha256(id.encode()).hexdigest()[:32]}@{organizer.domain}"


def _properties(date: Appointment, organizer: Organizer, now: datetime) -> Iterator[tuple[str, str]]:
    yield "BEGIN", "VCALENDAR"
    yield "PRODID", "-//Handrail//Sessions//EN"
    yield "VERSION", "2.0"
    yield "CALSCALE", "GREGORIAN"
    yield "METHOD", "PUBLISH"
    yield "BEGIN", "VEVENT"
    yield "UID", date.uid
    yield "DTSTAMP", _instant(now)
    yield "DTSTART", _instant(date.starts_at)
    yield "DTEND", _instant(date.ends_at)
    yield "SEQUENCE", str(date.sequence)
    yield "STATUS", "CANCELLED" if date.called_off else "CONFIRMED"
    yield "SUMMARY", _text(f"{date.title} · {organizer.name}" if organizer.name else date.title)
    yield f"ORGANIZER;CN={_quoted(organizer.name)}", f"mailto:{_bare(organizer.email)}"
    if date.link:
        yield "LOCATION", _text(date.link)
        yield "DESCRIPTION", _text(date.link)
        yield "URL", _bare(date.link)
    yield "END", "VEVENT"
    yield "END", "VCALENDAR"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """A TEXT value: what has a meaning of its own is escaped, a line break is two characters."""
    cleaned = _UNWANTED.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"([\\;,])", r"\\\1", cleaned).replace("\n", "\\n")


def _quoted(value: str) -> str:
    """A parameter's value, which knows no escapes: a quotation mark becomes a plain one."""
    return '"' + _bare(value).replace('"', "'") + '"'


def _bare(value: str) -> str:
    """A value in one line, without anything that could begin another property."""
    return _UNWANTED.sub("", value.replace("\n", " ").replace("\r", " "))


def _folded(line: str) -> Iterator[bytes]:
    """The line as calendars take it: at most 75 octets, the rest behind a space, and no character cut in two."""
    piece = b""
    for character in line:
        octets = character.encode("utf-8", errors="ignore")
        if len(piece) + len(octets) > _OCTETS:
            yield piece
            piece = b" "
        piece += octets
    yield piece
