"""Many people on the morning of a day on which three dated messages fall due.

Some hundred of them came by the product's own ways, through the door and a week of beats. The others are copies of their rows,
each with an id, a name and an address of their own, so that a million people are there in a minute.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from bench.databases import Place
from bench.house import BareHouse, a_house
from bench.moments import DAY, FIRST, PROJECT, TEAM
from bot.clock import tick
from flows.events import Joined, Traits
from storage.database import Database, connect

JOINED = (7, 3, 1)
"""Days before `DAY` on which a third of them each joined."""
_AT = timedelta(hours=2)
"""How long before that hour they joined."""
_MARK = "x0x"
"""In names and addresses of the first people; in those of their copies the number of the copy stands there."""
_FEW = 8
"""Hex digits at the end of an id that tell the copies apart."""


class Crowd:
    """Populations on one kind of database. Each is made once; whoever measures gets a copy."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._made: dict[str, str] = {}
        self._copies = 0

    def of(self, people: int, *, in_slack: bool = False) -> str:
        """A database with so many people (rounded up to whole copies), all due at `DAY`. `in_slack`: every second one is in Slack."""
        self._copies += 1
        return self._place.copy(self._populated(people, in_slack), f"copy{self._copies}")

    def _populated(self, people: int, in_slack: bool) -> str:
        first = min(FIRST, people)
        name = f"people{people}{'slack' if in_slack else ''}"
        if name not in self._made:
            url = self._place.copy(self._seed(first, in_slack), name)
            database = connect(url)
            multiply(database, -(-people // first))
            database.close()
            self._made[name] = url
        return self._made[name]

    def _seed(self, first: int, in_slack: bool) -> str:
        name = f"first{first}{'slack' if in_slack else ''}"
        if name not in self._made:
            url = self._place.empty(name)
            house = a_house(url, DAY - timedelta(days=JOINED[0]), project=PROJECT, in_slack=in_slack)
            _first_people(house, first, in_slack=in_slack)
            house.store.close()
            self._made[name] = url
        return self._made[name]

    def forget(self, people: int) -> None:
        """Let go of a population that nobody needs any more: a million people take some gigabytes."""
        for name in [name for name in self._made if name.startswith(f"people{people}")]:
            self._place.drop(self._made.pop(name))


def multiply(database: Database, times: int, start: int = 1) -> None:
    """Put `times - start` copies of everybody who is no copy beside them."""
    if times > start:
        with database.write() as connection:
            for statement in _COPIES[database.is_sqlite]:
                connection.execute(text(statement), {"start": start, "last": times - 1})
        with database.write() as connection:
            connection.execute(text("ANALYZE"))


def others_later(connection: Connection, is_sqlite: bool) -> None:
    """Everybody is to be woken on some minute of tomorrow."""
    connection.execute(text(_LATER[is_sqlite]))


def are_due(connection: Connection, is_sqlite: bool, due: int, nth: int) -> None:
    """So many are to be woken at `DAY`, each time (`nth`) different ones."""
    connection.execute(text(_DUE[is_sqlite]), {"due": due, "skip": due * nth})


def _first_people(house: BareHouse, n: int, *, in_slack: bool) -> None:
    """Let them join, a third on each day, and live until a moment before `DAY`."""
    numbers = iter(range(n))
    for share, days in enumerate(JOINED):
        until = DAY - timedelta(days=days) - _AT
        live_until(house, until)
        _sign_up(house, [next(numbers) for _ in range(n * (share + 1) // len(JOINED) - n * share // len(JOINED))], until, in_slack=in_slack)
    live_until(house, DAY - timedelta(milliseconds=1))
    tick(house.door, house.chores)
    house.delivery.drain()


def live_until(house: BareHouse, until: datetime) -> None:
    """Do what is due before that, an hour's at a time."""
    while (due := house.store.next_due()) is not None and due < until:
        house.world.hold(min(until, max(house.world.now(), due.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))))
        tick(house.door, house.chores)
        house.delivery.drain()
    house.world.hold(until)


def _sign_up(house: BareHouse, numbers: list[int], at: datetime, *, in_slack: bool) -> None:
    names = [f"u{n}{_MARK}" for n in numbers]
    found = house.store.identify_all([[("external", "", name), ("email", "", f"{name}@acme.test")] for name in names])
    for n, name, who in zip(numbers, names, found, strict=True):
        slack = {"slack": f"{TEAM}/U{name}"} if in_slack and n % 2 else {}
        traits = {"name": f"Ann O'Neil {n}", "email": f"{name}@acme.test", "timezone": "Europe/Berlin", **slack}
        told = Traits(source="crowd", key=f"traits{n}", who=who, at=at, person=traits)
        house.door.handle(told, Joined(source="crowd", key=f"joined{n}", who=who, at=at))


def slack_users(people: int, first: int = FIRST) -> list[str]:
    """The Slack users of a population of that size, as `populated` makes them."""
    first = min(first, people)
    copies = -(-people // first)
    return [f"Uu{n}x{copy}x" for n in range(1, first, 2) for copy in range(copies)]


def _renamed(column: str) -> str:
    return f"replace({column}, '{_MARK}', 'x' || k.n || 'x')"


def _copies(is_sqlite: bool) -> list[str]:
    numbers = (
        "(WITH RECURSIVE n(n) AS (SELECT :start UNION ALL SELECT n + 1 FROM n WHERE n < :last) SELECT n FROM n) k"
        if is_sqlite
        else "generate_series(CAST(:start AS int), CAST(:last AS int)) AS k(n)"
    )
    number = f"printf('%0{_FEW}x', k.n)" if is_sqlite else f"lpad(to_hex(k.n), {_FEW}, '0')"

    def own(column: str) -> str:
        return f"substr({column}, 1, {32 - _FEW}) || {number}"

    as_text, as_json = ("p.state", "") if is_sqlite else ("p.state::text", "::jsonb")
    state = f"replace({_renamed(as_text)}, p.id, {own('p.id')})"
    people = {
        "id": own("p.id"),
        "external_id": _renamed("p.external_id"),
        "email": _renamed("p.email"),
        "slack": _renamed("p.slack"),
        "state": f"({state}){as_json}",
    }
    of_first = f"{_marked('p.external_id')}"
    return [
        _copy("people", "p", people, numbers, of_first),
        _copy("people_segments", "s", {"person_id": own("s.person_id")}, f"people p, {numbers}", f"p.id = s.person_id AND {of_first}"),
        _copy("activity", "s", {"person_id": own("s.person_id")}, f"people p, {numbers}", f"p.id = s.person_id AND {of_first}"),
        _copy("identities", "i", {"value": _renamed("i.value"), "person_id": own("i.person_id")}, numbers, _marked("i.value")),
    ]


def _marked(column: str) -> str:
    return f"{column} LIKE '%{_MARK}%'"


def _copy(table: str, alias: str, new: dict[str, str], others: str, where: str) -> str:
    from storage.tables import METADATA

    columns = [column.name for column in METADATA.tables[table].columns]
    values = ", ".join(new.get(column, f"{alias}.{column}") for column in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} {alias}, {others} WHERE {where}"


_COPIES = {is_sqlite: _copies(is_sqlite) for is_sqlite in (True, False)}

_MICROS = int((DAY - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
_LATER = {
    True: f"UPDATE people SET wake_at = {_MICROS} + 86400000000 + (rowid * 7919 % 1440) * 60000000",
    False: f"UPDATE people SET wake_at = '{DAY.isoformat()}'::timestamptz + interval '1 minute' * (1440 + abs(hashtext(id)) % 1440)",
}
_SOME = "(SELECT id FROM people ORDER BY id LIMIT :due OFFSET :skip)"
_DUE = {
    True: f"UPDATE people SET wake_at = {_MICROS} WHERE id IN {_SOME}",
    False: f"UPDATE people SET wake_at = '{DAY.isoformat()}'::timestamptz WHERE id IN {_SOME}",
}
