"""What any surface needs to draw one person: who they are, their playbook, checklist, zone and language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.shelf import Books
from flows.checklist import Checklist, checklist
from flows.decide import playbook_of
from flows.facts import zone_for
from flows.people import Person, Subject
from flows.playbook import Playbook
from flows.rules import tailored


@dataclass(frozen=True, slots=True)
class Sight:
    """One person as a surface sees them now. `checklist` is None before enrolment, and in the language of whoever looks at it."""

    subject: Subject
    playbook: Playbook
    checklist: Checklist | None
    zone: ZoneInfo
    books: Books

    @property
    def person(self) -> Person:
        """Who it is."""
        return self.subject.person

    @property
    def spoken(self) -> Playbook:
        """The playbook in their language."""
        return self.playbook.in_language(self.person.locale)

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments that choose among the forms of a message or an article, in the order of the playbook's dimensions.

        None for who asked that nothing follows what they do.
        """
        return segments_of(self.playbook, self.person)

    def speak(self, key: str, facts: Mapping[str, Any] | None = None, /) -> str:
        """Our words in their language, as plain text."""
        return self.books.words.get(key, self.person.locale, facts)

    def words(self, key: str, facts: Mapping[str, Any] | None = None, /) -> str:
        """Our words as shipped, for the team."""
        return self.books.words.get(key, "", facts)


def segments_of(playbook: Playbook, person: Person) -> tuple[str, ...]:
    """The names of their segments, in the order of the playbook's dimensions; none for who asked that nothing follows what they do."""
    settled = person.journey.segments if person.journey and tailored(person) else {}
    return tuple(settled[dimension].name for dimension in playbook.segments if dimension in settled)


def see(books: Books, subject: Subject | None, now: datetime, *, team: bool = False) -> Sight | None:
    """Look at a person; None when there is none, or no playbook at all. The `team` reads the playbook's texts as written."""
    playbook = playbook_of(books.playbooks, subject.person) if subject else None
    if subject is None or playbook is None:
        return None
    drawn = checklist(playbook, subject, now, locale="" if team else None) if subject.person.journey else None
    return Sight(subject, playbook, drawn, zone_for(playbook, subject.person, subject.account), books)
