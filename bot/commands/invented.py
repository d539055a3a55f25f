"""A person made up for trying things out: Ana Ruiz at Acme, with the traits one gives her."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from bot.commands.mistakes import UserError, meant
from flows.events import AnyEvent, Joined, Traits
from flows.hours import instant, zone_named
from flows.people import Account, Person, Subject
from flows.playbook import Playbook

ANA = "ana"
START = datetime(2026, 3, 2, 10, tzinfo=UTC)
"""When an invented person joins unless one says otherwise: a Monday."""

EVERYBODYS = {"person": {"name": "", "email": "", "locale": "", "goal": ""}, "account": {"name": ""}}
"""What can be said of anyone, whatever a playbook declares."""

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
_YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Told:
    """Traits of a person and of their account."""

    person: Mapping[str, Any] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)


def read_traits(text: str, playbook: Playbook) -> Told:
    """Read "plan=team, employees=20, account.name=Acme". Raises UserError for a trait the playbook does not know."""
    told: dict[str, dict[str, Any]] = {"person": {}, "account": {}}
    known = {
        "person": {**EVERYBODYS["person"], **playbook.traits.person},
        "account": {**EVERYBODYS["account"], **playbook.traits.account},
    }
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, found, value = (part.strip() for part in item.partition("="))
        if not found:
            raise UserError(f"--as takes traits like plan=team, employees=20; {item!r} has no = in it.")
        side, trait = _place(name, known)
        try:
            told[side][trait] = read_value(name, value, known[side][trait])
        except ValueError as error:
            raise UserError(f"{error}.") from None
    return Told(told["person"], told["account"])


def _place(name: str, known: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    side, dot, trait = name.partition(".")
    if dot and trait in known.get(side, {}):
        return side, trait
    sides = [side for side in known if name in known[side]]
    if not sides:
        names = known[side] if dot and side in known else {trait for traits in known.values() for trait in traits}
        raise UserError(f"There is no trait {name}{meant(trait if dot else name, names)}")
    return sides[0], name


def read_value(name: str, text: str, guess: Any) -> Any:
    """A value as its declared default's type. Raises ValueError, in words, for one that can't be read so."""
    if isinstance(guess, bool):
        if text.lower() not in _YES_NO:
            raise ValueError(f"{name} is true or false, not {text!r}")
        return _YES_NO[text.lower()]
    if isinstance(guess, int | float):
        if not _NUMBER.fullmatch(text):
            raise ValueError(f"{name} is a number, not {text!r}")
        return float(text) if "." in text else int(text)
    return text


def invented(told: Told, zone: ZoneInfo | None) -> Subject:
    """Ana before anything happened: reachable in Slack and by e-mail, nothing known of her yet."""
    person = Person(
        id=ANA,
        external_id=ANA,
        name=str(told.person.get("name") or "Ana Ruiz"),
        email=str(told.person.get("email") or "ana@acme.example"),
        slack="T0/U0",
        slack_ok="opened",
        zone=zone.key if zone else "",
        locale=str(told.person.get("locale") or ""),
        account_id="acme",
    )
    return Subject(person=person, account=Account(id="acme", name=str(told.account.get("name") or "Acme")))


def arrival(playbook: Playbook, told: Told, at: datetime) -> list[AnyEvent]:
    """What the product tells when she joins: her traits, the playbook's guesses where none was given, and that she joined."""
    person = {**playbook.traits.person, **told.person}
    account = {**playbook.traits.account, **told.account}
    return [
        Traits(source="invented", key="traits", who=ANA, at=at, person=person, account=account, account_id="acme"),
        Joined(source="invented", key="joined", who=ANA, at=at),
    ]


def read_zone(text: str | None) -> ZoneInfo | None:
    """An IANA zone. Raises UserError with the one that was probably meant."""
    if not text:
        return None
    zone = zone_named(text)
    if zone is None:
        last = text.rpartition("/")[2].replace(" ", "_").casefold()
        same_place = next((name for name in sorted(available_timezones()) if name.rpartition("/")[2].casefold() == last), "")
        raise UserError(
            f"There is no zone {text}" + (f", did you mean {same_place}?" if same_place else "; zones are called like America/Lima.")
        )
    return zone


def read_start(text: str | None, zone: ZoneInfo) -> datetime:
    """When they join: an instant; a time without an offset is meant where they are, and a day alone 10:00 there."""
    if not text:
        return START
    try:
        if len(text) == len("2026-03-02"):
            return instant(date.fromisoformat(text), time(10), zone)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"--start is a moment like 2026-03-02T10:00Z or a day like 2026-03-02, not {text!r}.") from None
    return at.astimezone(UTC) if at.tzinfo else instant(at.date(), at.time(), zone)
