"""What a CSM sees on a Monday morning: their cases, what nobody has, what waits for them, and their accounts. Nothing here writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, select

from flows.people import Account, Case, Person, Subject
from flows.relaying import last_word
from storage import loading
from storage.conversation import Told, spoken
from storage.database import Database
from storage.desk import NOT_CLOSED, OWNED, UNCLAIMED
from storage.reports import Reports
from storage.tables import accounts, case_messages, cases, people

MOST = 100
"""Cases and accounts that one view tells of."""
MOST_PEOPLE = 200
"""People of one account that one view tells of."""

Task = Literal["answer", "close", "claim_ends"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseLine:
    """A case in a list. `waiting_since`: they spoke last and nobody has answered; `late`: the first answer was due and has not come."""

    case: Case
    who: str
    company: str
    late: bool = False
    waiting_since: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskLine:
    """Something a CSM should do: answer the last word, close what seems over, or say a word before the claim ends (`at`)."""

    task: Task
    at: datetime
    line: CaseLine


@dataclass(frozen=True, kw_only=True, slots=True)
class Stuck:
    """Somebody who has been in a segment for long."""

    person_id: str
    name: str
    company: str
    segment: str
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class MyAccounts:
    """A CSM's accounts: how many, how many people in which segment of a dimension, and who has been there longest."""

    accounts: int
    people: int
    segments: dict[str, int] = field(default_factory=dict)
    longest: tuple[Stuck, ...] = ()
    joined: int = 0
    finished: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Monday:
    """A CSM's whole view: what is theirs, what is nobody's, and what happened in the last days."""

    mine: tuple[CaseLine, ...]
    unclaimed: tuple[CaseLine, ...]
    tasks: tuple[TaskLine, ...]
    accounts: MyAccounts
    opened: int
    closed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """Everything about somebody, for a page to read: who they are, their cases with every word, and all that happened."""

    subject: Subject
    cases: tuple[Case, ...]
    words: dict[str, list[Told]]
    happened: list[Told]


class DeskReports:
    """Read-only questions of the team. Every one rests on an index and on what is open, never on everybody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mine(self, csm: str, now: datetime) -> list[CaseLine]:
        """A CSM's open cases, the one that is due first at the top."""
        return self._cases(cases.c.owner == csm, now)

    def unclaimed(self, now: datetime, team: str = "") -> list[CaseLine]:
        """Cases nobody has claimed, of one team's channel or of all, the one that is due first at the top."""
        return self._cases(UNCLAIMED & (cases.c.team == team) if team else UNCLAIMED, now)

    def tasks(self, csm: str, now: datetime) -> list[TaskLine]:
        """What a CSM should do, the oldest first."""
        return _tasks(self.mine(csm, now))

    def accounts(self, names: Collection[str], csm: str, dimension: str, since: datetime) -> MyAccounts:
        """The accounts that call a CSM by one of `names` (in small letters) or whose case they have, by the segments of a dimension.

        `joined` and `finished` count the people who joined, or whose journey was completed, from `since` on.
        """
        with self._database.read() as connection:
            places = _places(connection, names, csm)
            return _accounts(connection, places, dimension, since)

    def monday(self, csm: str, names: Collection[str], team: str, dimension: str, now: datetime, since: datetime) -> Monday:
        """All of it at once. `opened` and `closed` count the CSM's cases from `since` on."""
        mine = self.mine(csm, now)
        theirs = cases.c.owner == csm
        with self._database.read() as connection:
            recent = [loading.case(row) for row in connection.execute(select(cases).where(theirs, cases.c.given_at >= since))]
        return Monday(
            mine=tuple(mine),
            unclaimed=tuple(self.unclaimed(now, team)),
            tasks=tuple(_tasks(mine)),
            accounts=self.accounts(names, csm, dimension, since),
            opened=len(recent),
            closed=sum(case.closed_at is not None for case in recent),
        )

    def people_of(self, account_id: str) -> list[str]:
        """Our ids of an account's people, at most MOST_PEOPLE."""
        with self._database.read() as connection:
            theirs = select(people.c.id).where(people.c.account_id == account_id).order_by(people.c.id).limit(MOST_PEOPLE)
            return list(connection.scalars(theirs))

    def story(self, person_id: str) -> Story | None:
        """Everything about somebody; None when nobody has that id."""
        with self._database.read() as connection:
            row = connection.execute(select(people).where(people.c.id == person_id)).first()
            if row is None:
                return None
            person = loading.person(row)
            company = connection.execute(select(accounts).where(accounts.c.id == person.account_id)).first()
            theirs = [loading.case(c) for c in connection.execute(select(cases).where(cases.c.person_id == person_id))]
            theirs.sort(key=lambda case: case.opened_at)
            said = connection.execute(
                select(case_messages).where(case_messages.c.case_id.in_([c.id for c in theirs])).order_by(case_messages.c.id)
            )
            words: dict[str, list[Told]] = {case.id: [] for case in theirs}
            for one in said:
                words[one.case_id].append(spoken(one))
        open_case = next((case for case in theirs if person.case and case.id == person.case.id), None)
        subject = Subject(person=person, account=loading.account(company) if company else None, case=open_case)
        return Story(subject=subject, cases=tuple(theirs), words=words, happened=Reports(self._database).why(person_id))

    def story_of_case(self, case_id: str) -> Story | None:
        """The story of the person of a case."""
        case = Reports(self._database).case(case_id)
        return self.story(case.person_id) if case else None

    def _cases(self, which: ColumnElement[bool], now: datetime) -> list[CaseLine]:
        with self._database.read() as connection:
            found = [_line(row, now) for row in connection.execute(_with_names(which).limit(MOST))]
        return sorted(found, key=lambda line: (line.case.respond_by or line.case.opened_at, line.case.id))


def _with_names(which: ColumnElement[bool]) -> Select[Any]:
    both = cases.join(people, people.c.id == cases.c.person_id).outerjoin(accounts, accounts.c.id == cases.c.account_id)
    names = (people.c.state.label("them"), accounts.c.state.label("company"))
    return select(cases, *names).select_from(both).where(which, NOT_CLOSED).order_by(cases.c.opened_at)


def _line(row: Any, now: datetime) -> CaseLine:
    case, person = loading.case(row), row.them
    company: Account | None = row.company
    late = case.respond_by is not None and case.respond_by < now and case.our_word_at is None and case.state != "asked"
    return CaseLine(case=case, who=_called(person), company=company.name if company else "", late=late, waiting_since=last_word(case))


def _called(person: Person) -> str:
    return person.name or person.email or person.external_id or person.id


def _tasks(lines: Sequence[CaseLine]) -> list[TaskLine]:
    return sorted((task for line in lines for task in _of(line)), key=lambda task: (task.at, task.line.case.id))


def _of(line: CaseLine) -> Iterator[TaskLine]:
    case = line.case
    if line.waiting_since and case.state != "asked":
        yield TaskLine(task="answer", at=line.waiting_since, line=line)
    if case.suggested and case.state == "claimed":
        yield TaskLine(task="close", at=next((e.at for e in reversed(case.timeline) if e.what == "suggested"), case.opened_at), line=line)
    if case.claim_ends_at and case.state == "claimed":
        yield TaskLine(task="claim_ends", at=case.claim_ends_at, line=line)


def _places(connection: Connection, names: Collection[str], csm: str) -> list[str]:
    return sorted({place for question in _of_theirs(names, csm) for place in connection.scalars(question)})


def _of_theirs(names: Collection[str], csm: str) -> tuple[Select[Any], ...]:
    """Ids of accounts: those that call a CSM by one of `names`, and those whose case they have."""
    named = select(accounts.c.id).where(accounts.c.owner.in_(sorted(names)), OWNED)
    having = select(cases.c.account_id).where(cases.c.owner == csm, NOT_CLOSED, cases.c.account_id.is_not(None))
    return named.limit(MOST), having.limit(MOST)


def _people_of(places: Sequence[str]) -> Select[Any]:
    return select(people.c.id, people.c.active, people.c.account_id, people.c.state).where(people.c.account_id.in_(places))


def _accounts(connection: Connection, places: Sequence[str], dimension: str, since: datetime) -> MyAccounts:
    everybody = connection.execute(_people_of(places)).all()
    companies: dict[str, Account] = {row.id: row.state for row in connection.execute(select(accounts).where(accounts.c.id.in_(places)))}
    standing = [one for row in everybody if row.active and (one := _stuck(row, companies, dimension))]
    standing.sort(key=lambda one: (one.since, one.person_id))
    return MyAccounts(
        accounts=len(places),
        people=len(everybody),
        segments=dict(Counter(one.segment for one in standing).most_common()),
        longest=tuple(standing[:MOST]),
        joined=sum(bool(row.state.joined_at and row.state.joined_at >= since) for row in everybody),
        finished=sum(_finished(row.state, since) for row in everybody),
    )


def _finished(person: Person, since: datetime) -> bool:
    return bool(person.journey and person.journey.done_at and person.journey.done_at >= since)


def _stuck(row: Any, companies: Mapping[str, Account], dimension: str) -> Stuck | None:
    """Where somebody stands in a dimension: their state tells it, so that nobody else's segments are looked at."""
    person: Person = row.state
    segment = person.journey.segments.get(dimension) if person.journey else None
    company = companies.get(row.account_id)
    name = company.name if company else ""
    return Stuck(person_id=row.id, name=_called(person), company=name, segment=segment.name, since=segment.since) if segment else None
