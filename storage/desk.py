"""The team's day, in two statements: cases that are not closed, and the numbers that an allotment rests on. And what a card shows of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, func, literal_column, select
from sqlalchemy.sql.selectable import ScalarSelect

from flows.csms import Csm
from flows.desk import Desk, OpenCase
from flows.hours import instant, local_date, zone_named
from flows.library import Playbooks
from flows.parts.people import Team
from flows.people import Case
from storage import loading
from storage.database import Conflict, Database, chunks
from storage.tables import accounts, cases, people

# Written out, as in the partial indexes: the planner has to see that their conditions hold.
NOT_CLOSED = cases.c.state != literal_column("'closed'")
UNCLAIMED = NOT_CLOSED & (cases.c.state == literal_column("'open'"))
OWNED = accounts.c.owner != literal_column("''")

Asked = tuple[str, str]
"""What is counted and for whom."""

_ROOM = 7226372952
"""PostgreSQL's advisory lock of whoever gives room away is this, with the name of whose room it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """The desk as a batch of decisions found it, and the playbooks by which it was counted."""

    desk: Desk
    playbooks: Playbooks


def load_desk(database: Database, playbooks: Playbooks, now: datetime) -> Desk:
    """The desk as it is at `now` (world time). Costs as much as there are open cases and colleagues."""
    numbers = dict(_numbers(playbooks, now))
    with database.read() as connection:
        found = tuple(_open(row) for row in connection.execute(open_cases()))
        said = _ask(connection, numbers) if numbers else {}
    return Desk(
        open=found,
        accounts=_of("accounts", said),
        last_given=_of("given", said),
        opened_today=_of("today", said),
        held=_of("held", said),
    )


def keep_room(database: Database, connection: Connection, opened: Sequence[Case], look: Look, now: datetime) -> None:
    """Until the end of this transaction nobody else opens cases for these teams or gives some to these colleagues.

    Raises Conflict when somebody did since the look. `now` is that of the look. Costs two statements, and one for each team and colleague.
    """
    teams, csms = {case.team for case in opened}, {case.owner for case in opened if case.owner}
    if not database.is_sqlite:
        for one in sorted(teams | csms):
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(one, _ROOM))))
    numbers = {("today", team.channel): _today(team, now) for team in _that_count(look.playbooks) if team.channel in teams}
    today = _of("today", _ask(connection, numbers)) if numbers else {}
    have = _cases_of(connection, csms)
    if today != {team: look.desk.opened_today.get(team, 0) for team in today} or any(have[csm] != look.desk.cases_of(csm) for csm in csms):
        raise Conflict("cases were opened or closed since the desk was asked")


def load_cases(database: Database, ids: Sequence[str], csms: Collection[str]) -> tuple[dict[str, Case], Desk]:
    """Cases, open or closed, and the desk as their cards show it: their accounts' open cases, and how many each of these CSMs has.

    Costs as much as those accounts and CSMs have.
    """
    with database.read() as connection:
        found = {row.id: loading.case(row) for some in chunks(ids) for row in connection.execute(select(cases).where(cases.c.id.in_(some)))}
        return found, _card_desk(connection, {case.account_id for case in found.values() if case.account_id}, csms) if found else Desk()


def _card_desk(connection: Connection, places: Collection[str], csms: Collection[str]) -> Desk:
    found: list[OpenCase] = []
    for some in chunks(sorted(places)):
        found += (_open(row) for row in connection.execute(open_cases().where(cases.c.account_id.in_(some))))
    return Desk(open=tuple(found), counted=_cases_of(connection, csms))


def _cases_of(connection: Connection, csms: Collection[str]) -> dict[str, int]:
    """How many open cases each of these colleagues has."""
    counted = dict.fromkeys(csms, 0)
    for some in chunks(sorted(csms)):
        wanted = select(cases.c.owner, func.count().label("n")).where(NOT_CLOSED, cases.c.owner.in_(some)).group_by(cases.c.owner)
        counted |= {row.owner: row.n for row in connection.execute(wanted)}
    return counted


def open_cases() -> Select[Any]:
    """Cases that are not closed, with who it is and whom their account names as its owner."""
    brief = (cases.c.id, cases.c.person_id, cases.c.account_id, cases.c.team, cases.c.owner, cases.c.step, cases.c.opened_at)
    place = (cases.c.channel, cases.c.thread, people.c.name.label("who"), accounts.c.owner.label("account_owner"))
    both = cases.join(people, people.c.id == cases.c.person_id).outerjoin(accounts, accounts.c.id == cases.c.account_id)
    return select(*brief, *place).select_from(both).where(NOT_CLOSED).order_by(cases.c.opened_at)


def neighbours(case_id: str) -> Select[Any]:
    """Ids of the other open cases of a case's account: their cards name it, with its place in Slack."""
    account = select(cases.c.account_id).where(cases.c.id == case_id).scalar_subquery()
    return select(cases.c.id).where(NOT_CLOSED, cases.c.account_id == account, cases.c.id != case_id)


def _open(row: Row[Any]) -> OpenCase:
    return OpenCase(**{**row._asdict(), "account_owner": row.account_owner or ""})


def _numbers(playbooks: Playbooks, now: datetime) -> Iterator[tuple[Asked, ScalarSelect[Any]]]:
    for team in _that_count(playbooks):
        yield ("today", team.channel), _today(team, now)
        waits = (people.c.held_team == team.channel) & people.c.held_until.is_not(None)
        yield ("held", team.channel), select(func.count()).select_from(people).where(waits).scalar_subquery()
    for csm in playbooks.roster.csms:
        yield ("given", csm.csm), select(func.max(cases.c.given_at)).where(cases.c.owner == csm.csm).scalar_subquery()
        if csm.max_accounts is not None:
            yield ("accounts", csm.csm), _accounts_of(csm)


def _that_count(playbooks: Playbooks) -> Iterable[Team]:
    """Teams that take so many new cases a day."""
    return {playbook.team.channel: playbook.team for playbook in playbooks if playbook.team.max_new_cases is not None}.values()


def _today(team: Team, now: datetime) -> ScalarSelect[Any]:
    zone = zone_named(team.zone) or ZoneInfo("UTC")
    morning = instant(local_date(now, zone), time(0), zone)
    today = (cases.c.team == team.channel) & (cases.c.opened_at >= morning)
    return select(func.count()).select_from(cases).where(today).scalar_subquery()


def _accounts_of(csm: Csm) -> ScalarSelect[Any]:
    theirs = accounts.c.owner.in_(sorted(csm.names)) & OWNED
    return select(func.count()).select_from(accounts).where(theirs).scalar_subquery()


def _ask(connection: Connection, numbers: dict[Asked, ScalarSelect[Any]]) -> dict[Asked, Any]:
    row = connection.execute(select(*(number.label(f"n{place}") for place, number in enumerate(numbers.values())))).one()
    return {asked: value for asked, value in zip(numbers, row, strict=True) if value is not None}


def _of(what: str, said: dict[Asked, Any]) -> dict[str, Any]:
    return {whom: value for (kind, whom), value in said.items() if kind == what}
