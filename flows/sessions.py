"""Webinars and office hours: sessions.yaml in, the sessions out, or everything that is wrong with it at once."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path as File
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationError

from flows.document import read_document
from flows.hours import instant, zone_named
from flows.kinds import closest
from flows.notation import Name, Part
from flows.playbook import Playbook
from flows.problems import Path, Problem, Source
from flows.refusals import in_words, refused

FILE = "sessions.yaml"
"""Where a project's root tells what is held when."""


def _local(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", value):
        raise ValueError(f"{value!r} is no day and time; write it like 2026-03-12T15:00, and the zone beside it: zone")
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is not in the calendar") from error


_UTC = ZoneInfo("UTC")
LocalTime = Annotated[datetime, BeforeValidator(_local)]


class Session(Part):
    """One date of something that is held. `starts` is the local time there; with no `playbooks` it is for everybody's.

    `link` is where it is held, `recording` where it can be seen afterwards, '' as long as there is none.
    """

    session: Name
    title: str
    starts: LocalTime
    zone: str = "UTC"
    minutes: int = Field(60, ge=1)
    link: str = ""
    recording: str = ""
    playbooks: tuple[str, ...] = ()

    @cached_property
    def starts_at(self) -> datetime:
        """When it starts, in UTC."""
        return instant(self.starts.date(), self.starts.time(), zone_named(self.zone) or _UTC)

    @cached_property
    def ends_at(self) -> datetime:
        """When it is over, in UTC."""
        return self.starts_at + timedelta(minutes=self.minutes)

    @cached_property
    def id(self) -> str:
        """What this date is known by, `office_hours@2026-03-12T14:00`: one that is moved is another."""
        return f"{self.session}@{self.starts_at.astimezone(UTC):%Y-%m-%dT%H:%M}"

    def is_for(self, playbook: str) -> bool:
        """Whether people of that playbook are meant."""
        return not self.playbooks or playbook in self.playbooks


class Sessions(Part):
    """All that is held, in the order written."""

    sessions: tuple[Session, ...] = ()

    def get(self, id: str) -> Session | None:
        """The session with that id, None when it was moved or taken away."""
        return next((one for one in self.sessions if one.id == id), None)

    def of(self, playbook: str, session: str) -> tuple[Session, ...]:
        """The dates of a session for the people of a playbook, the earliest first."""
        if (playbook, session) not in self._known:
            theirs = (one for one in self.sessions if one.session == session and one.is_for(playbook))
            self._known[playbook, session] = tuple(sorted(theirs, key=lambda one: one.starts_at))
        return self._known[playbook, session]

    def since(self, playbook: str, session: str, at: datetime) -> tuple[Session, ...]:
        """Those of them that were not over at that instant. Years of old dates cost nothing."""
        dates = self.of(playbook, session)
        if not dates:
            return dates
        first = bisect_left(dates, at - self._longest, key=lambda one: one.starts_at)
        return tuple(one for one in dates[first:] if one.ends_at > at)

    @cached_property
    def _known(self) -> dict[tuple[str, str], tuple[Session, ...]]:
        return {}

    @cached_property
    def _longest(self) -> timedelta:
        return max((timedelta(minutes=one.minutes) for one in self.sessions), default=timedelta())

    def mark(self, playbook: Playbook) -> str:
        """Stands for all that a playbook's people are invited to: another one says that something changed. '' for nothing."""
        return "".join(repr(one) for rule in playbook.invitations for one in self.of(playbook.playbook, rule.session))


def read_sessions(project: File | None) -> tuple[Sessions, list[Problem]]:
    """Read a project's sessions.yaml; no sessions when there is none. The problems are all there are, with their lines."""
    path = project / FILE if project else None
    if path is None or not path.is_file():
        return Sessions(), []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return Sessions(), [Problem(str(path), 1, "", f"this cannot be read as UTF-8 text: {error}")]
    return sessions_in(text, str(path))


def sessions_in(text: str, file: str) -> tuple[Sessions, list[Problem]]:
    """The sessions in the text of a file. `file` is what problems call it."""
    document = read_document(text, file)
    problems = list(document.problems)
    if document.data is None:
        return Sessions(), problems
    try:
        found = Sessions.model_validate(document.data)
    except ValidationError as error:
        told = {problem.where for problem in problems}
        problems += [new for new in in_words(refused(error, Sessions), document.source, Sessions) if new.where not in told]
        return Sessions(), sorted(problems)
    return found, sorted((*problems, *_wrong(found, document.source)))


def sessions_nobody_hears_of(project: File | None, sessions: Sessions, playbooks: Mapping[str, Playbook]) -> list[Problem]:
    """Sessions that no playbook invites to, and playbooks there are not. The other way round is fine: a session may have no date yet."""
    strange = list(_strange(sessions, playbooks))
    if project is None or not strange:
        return []
    path = project / FILE
    source = read_document(path.read_text(encoding="utf-8-sig"), str(path)).source
    return [source.problem(where, message) for where, message in strange]


def _strange(sessions: Sessions, playbooks: Mapping[str, Playbook]) -> Iterator[tuple[Path, str]]:
    for place, one in enumerate(sessions.sessions):
        for position, name in enumerate(one.playbooks):
            if name not in playbooks:
                yield ("sessions", place, "playbooks", position), f"unknown playbook {name}{_meant(name, playbooks)}"
        invited = {rule.session for name, book in playbooks.items() if one.is_for(name) for rule in book.invitations}
        if one.session not in invited and all(name in playbooks for name in one.playbooks):
            yield ("sessions", place, "session"), f"no playbook invites to {one.session}{_meant(one.session, invited)}"


def _meant(name: str, known: Collection[str]) -> str:
    meant = closest(name, known)
    return f", did you mean {meant}?" if meant else ""


def _wrong(sessions: Sessions, source: Source) -> Iterator[Problem]:
    seen: Counter[str] = Counter()
    for place, one in enumerate(sessions.sessions):
        path: Path = ("sessions", place)
        if zone_named(one.zone) is None:
            yield source.problem((*path, "zone"), f"unknown zone {one.zone}; write a name like Europe/Berlin")
        if not one.title.strip():
            yield source.problem((*path, "title"), "a session needs a title: people read it in the invitation")
        for key, link in (("link", one.link), ("recording", one.recording)):
            if link and not re.match(r"https?://[^\s/]", link):
                yield source.problem((*path, key), f"{link!r} is no address; write it whole, like https://example.com/{one.session}")
        seen[one.id] += 1
        if seen[one.id] == 2:
            yield source.problem((*path, "starts"), f"{one.session} is there twice at that time")
