"""Write people.csv and events.jsonl: sixty invented people and a month of what they do in Acme Dispatch.

    python examples/acme/make_data.py [FOLDER]

Two runs write the same bytes: every person has a source of chance of their own, seeded by their id, so that changing one
person in roster.py changes nobody else's month. The order of events.jsonl is the order of arrival: most lines come within
seconds, some a little out of order, some days late (phones without a network), and some twice (senders that try again).
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from roster import Member, members

SEED = "acme-2026-03"
END = datetime(2026, 4, 1, tzinfo=UTC)
TWICE, LATE, DISORDERED = 0.02, 0.03, 0.04
"""Shares of lines that are sent again, that come days late, and that come minutes after younger ones."""

COLUMNS = (
    "external_id", "email", "name", "timezone", "account", "joined_at", "consent",
    "person.role", "person.technical", "person.locale",
    "account.name", "account.timezone", "account.plan", "account.vehicles", "account.industry",
)  # fmt: skip

# What each persona does, one deed a line: the day after joining, "+minutes" after joining or their local time, the event, how often.
PLANS = {
    "day0": """
        0 +14 stops.imported
        0 +25 driver.added x2
        0 +38 route.planned
        0 +47 route.sent
        0 +70 route.planned x2
        0 +95 route.sent x2
        0 +100 notifications.enabled
    """,
    "fast": """
        0 +20 stops.imported
        0 +50 driver.added x2
        1 09:40 route.planned
        1 10:15 route.sent
        1 15:00 notifications.viewed
        2 07:50 route.planned
        2 08:10 route.sent
        3 07:45 route.planned
        3 08:05 route.sent
    """,
    "steady": """
        0 +35 stops.imported
        1 10:20 driver.added
        2 09:10 driver.added
        2 09:40 route.planned
        4 08:30 route.planned
        4 09:05 route.sent
        7 08:20 route.sent
        8 14:10 notifications.viewed
        9 08:25 route.sent
        9 15:30 notifications.enabled
    """,
    "slow": """
        1 16:10 map.opened
        4 11:30 stops.imported
        6 15:05 driver.added x2
        9 10:40 route.failed
        9 11:20 route.planned
        13 14:15 route.sent
        20 10:05 route.planned
        20 10:30 route.sent
    """,
    "returns": """
        0 +25 stops.imported
        2 09:40 driver.added
        8 10:30 driver.added
        8 10:50 route.planned
        8 11:30 route.sent
        9 08:15 route.planned
        9 08:30 route.sent
        11 08:20 route.sent
    """,
    "fails": """
        0 +30 stops.imported
        1 09:15 driver.added x2
        2 10:05 route.failed
        2 10:25 route.failed
        2 11:10 route.failed
        6 09:30 route.planned
        6 10:00 route.sent
    """,
    "solo": """
        0 +40 stops.imported
        2 19:30 route.planned
        3 06:50 route.sent
        4 06:45 route.sent
        5 06:55 route.sent
    """,
    "leaves": """
        0 +45 stops.imported
        1 10:30 driver.added x2
        3 11:10 route.planned
        6 16:20 user.deactivated
    """,
    "onlooker": "0 +10 map.opened",
    "never": "",
    "driver_keen": """
        0 +20 app.opened
        1 16:40 route.finished
    """,
    "driver_slow": """
        4 06:40 app.opened
        8 17:05 route.finished
    """,
    "driver_never": "",
}  # fmt: skip

# What becomes a habit: from which day on, and each event with its chance on a working day.
HABITS: dict[str, tuple[int, dict[str, float]]] = {
    "day0": (1, {"route.planned": 0.9, "route.sent": 0.9, "map.opened": 0.9, "api.called": 0.3}),
    "fast": (4, {"route.planned": 1.0, "route.sent": 1.0, "map.opened": 0.9, "api.called": 0.6}),
    "steady": (10, {"route.planned": 0.9, "route.sent": 0.9, "map.opened": 0.8, "settings.opened": 0.1}),
    "slow": (21, {"route.planned": 0.5, "route.sent": 0.4, "map.opened": 0.4}),
    "returns": (12, {"route.planned": 0.8, "route.sent": 0.8, "map.opened": 0.7}),
    "fails": (7, {"route.planned": 0.7, "route.failed": 0.2, "route.sent": 0.6, "map.opened": 0.5}),
    "solo": (7, {"route.planned": 0.8, "route.sent": 0.8}),
    "onlooker": (1, {"map.opened": 0.6}),
    "driver_keen": (2, {"app.opened": 0.95, "route.finished": 0.9}),
    "driver_slow": (9, {"app.opened": 0.8, "route.finished": 0.6}),
}


@dataclass(frozen=True, slots=True)
class Deed:
    """One event, and when it reaches the door. Both moments are aware (UTC)."""

    event: str
    at: datetime
    arrives: datetime
    who: Member
    properties: dict[str, Any]
    id: str

    def line(self) -> str:
        """The event as its sender writes it: a driver's phone tells its local time, everything else UTC."""
        phone = self.who.role == "driver"
        stamp = self.at.astimezone(self.who.place).isoformat() if phone else f"{self.at:%Y-%m-%dT%H:%M:%S}.000Z"
        said = {"event": self.event, "timestamp": stamp, "userId": self.who.external_id}
        return json.dumps(said | {"properties": self.properties, "messageId": self.id}, ensure_ascii=False)


def month(who: Member) -> Iterator[Deed]:
    """Everything one person does, with the repeats of senders that were not sure."""
    chance = Random(f"{SEED}:{who.external_id}")
    for event, at in sorted((*_planned(who, chance), *_habits(who, chance)), key=lambda deed: deed[1]):
        if at >= END:
            continue
        deed = Deed(event, at, _arrival(at, chance), who, _properties(event, chance), f"m-{chance.getrandbits(64):016x}")
        yield deed
        if chance.random() < TWICE:
            again = deed.arrives + timedelta(seconds=chance.choice((30, 300, 7200, 86400)))
            yield Deed(event, at, again, who, deed.properties, deed.id)


def _planned(who: Member, chance: Random) -> Iterator[tuple[str, datetime]]:
    for line in PLANS[who.persona].strip().splitlines():
        day, clock, event, *often = line.split()
        start = _moment(who, int(day), clock)
        for nth in range(int(often[0][1:]) if often else 1):
            yield event, start + timedelta(minutes=6 * nth, seconds=chance.randrange(180))


def _moment(who: Member, day: int, clock: str) -> datetime:
    if clock.startswith("+"):
        return who.joined_at + timedelta(minutes=int(clock))
    date = who.joined_at.astimezone(who.place).date() + timedelta(days=day)
    return datetime.combine(date, time.fromisoformat(clock), tzinfo=who.place).astimezone(UTC)


def _habits(who: Member, chance: Random) -> Iterator[tuple[str, datetime]]:
    first, habits = HABITS.get(who.persona, (0, {}))
    day = first
    while habits and (morning := _moment(who, day, "06:30")) < END:
        weekday = morning.astimezone(who.place).weekday()
        for place, (event, share) in enumerate(habits.items()):
            if chance.random() < (0 if weekday == 6 else share / 2 if weekday == 5 else share):
                yield event, morning + timedelta(minutes=40 * place, seconds=chance.randrange(2400))
        day += 1


def _arrival(at: datetime, chance: Random) -> datetime:
    fate = chance.random()
    if fate < LATE:
        return at + timedelta(hours=chance.randrange(26, 110))
    if fate < LATE + DISORDERED:
        return at + timedelta(minutes=chance.randrange(5, 50))
    return at + timedelta(seconds=chance.randrange(1, 8))


def _properties(event: str, chance: Random) -> dict[str, Any]:
    match event:
        case "stops.imported":
            return {"stops": chance.randrange(18, 160), "not_found": chance.randrange(4)}
        case "route.planned" | "route.sent" | "route.finished":
            return {"route": f"r-{chance.randrange(10**5):05}", "stops": chance.randrange(6, 24), "km": chance.randrange(18, 190)}
        case "route.failed":
            return {"left_over": chance.randrange(1, 6), "why": chance.choice(("shift_too_short", "window_too_narrow"))}
        case "api.called":
            return {"orders": chance.randrange(1, 40)}
    return {}


def write_people(path: Path) -> None:
    """The sixty, as a table that `handrail import` reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for who in members():
            table.writerow(_row(who))


def _row(who: Member) -> tuple[str, ...]:
    account, joined = who.account, f"{who.joined_at:%Y-%m-%dT%H:%M:%SZ}"
    return (
        who.external_id, who.email, who.name, who.zone or account.zone, account.id, joined, who.consent,
        who.role, who.technical, who.locale,
        account.name, account.zone, account.plan, account.vehicles, account.industry,
    )  # fmt: skip


def write_events(path: Path) -> None:
    """Everybody's month in the order in which it arrived."""
    deeds = sorted((deed for who in members() for deed in month(who)), key=lambda deed: (deed.arrives, deed.id))
    path.write_text("".join(f"{deed.line()}\n" for deed in deeds), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    write_people(folder / "people.csv")
    write_events(folder / "events.jsonl")
