"""A CSV file of people, read line by line: who can come in, and what is wrong with the others."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from bot.commands.csv_files import csv_text
from bot.commands.invented import read_value
from bot.commands.mistakes import UserError, counted, meant
from flows.hours import instant, zone_named
from flows.library import Playbooks

COLUMNS = ("external_id", "email", "name", "timezone", "account", "joined_at", "consent")
JOINED_CLOCK = time(10)
"""A day without a time counts as this local time."""

_CLOCKS_DIFFER = timedelta(minutes=5)
_CONSENT = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One person of the file. `content` is the line's values by column, as they were written, without the empty ones."""

    line: int
    external_id: str
    email: str
    account: str
    joined_at: datetime | None
    person: Mapping[str, Any]
    company: Mapping[str, Any]
    content: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PeopleFile:
    """What was read: people who can come in, lines that can't (line, reason), and things to know that keep nobody out."""

    rows: tuple[Row, ...]
    bad: tuple[tuple[int, str], ...]
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Headings:
    """The columns, the guess of each trait's value, and the zone of those whose zone nobody knows."""

    columns: tuple[str, ...]
    guesses: Mapping[str, Any]
    zone: str
    now: datetime


def read_people(path: Path, playbooks: Playbooks, now: datetime) -> PeopleFile:
    """Read the file. Raises UserError when it can't be read, or has a column that nobody knows: then nobody comes in."""
    columns, lines = _opened(path)
    _refuse_columns(path, columns)
    known = {**_guesses(playbooks, "person"), **_guesses(playbooks, "account")}
    headings = _Headings(columns, known, next((playbook.zone for playbook in playbooks), "UTC"), now)
    rows: list[Row] = []
    bad: list[tuple[int, str]] = []
    notes = [
        f"No playbook asks for {name}{meant(name, known)} It is kept all the same." for name in columns if "." in name and name not in known
    ]
    seen: dict[tuple[str, str], int] = {}
    for line, values in lines:
        try:
            row = _row(line, values, headings)
            _refuse_twins(row, seen)
        except ValueError as error:
            bad.append((line, str(error)))
            continue
        rows.append(row)
        if (zone := row.content.get("timezone")) and zone_named(zone) is None:
            notes.append(f"Line {line}: {zone!r} is no zone we know; the account's or the playbook's holds.")
    return PeopleFile(tuple(rows), tuple(bad), tuple(notes))


def _guesses(playbooks: Playbooks, side: str) -> dict[str, Any]:
    """Every trait of that side that can be asked for, by its column, with the value that playbooks guess."""
    everybodys = ("name", "locale", "goal") if side == "person" else ("name", "timezone", "owner")
    found: dict[str, Any] = {f"{side}.{name}": "" for name in everybodys}
    for playbook in reversed(list(playbooks)):
        declared = playbook.traits.person if side == "person" else playbook.traits.account
        found |= {f"{side}.{name}": guess for name, guess in declared.items()}
    return found


def _opened(path: Path) -> tuple[tuple[str, ...], list[tuple[int, list[str]]]]:
    """The headings, and the lines that hold anything. Commas or semicolons, whichever the headings have more of."""
    text, delimiter = csv_text(path)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        records = list(_numbered(reader))
    except csv.Error as error:
        raise UserError(f"{path}:{reader.line_num}: {error}.") from None
    if not records:
        raise UserError(f"{path} is empty; its first line names the columns: {', '.join(COLUMNS)}.")
    return tuple(name.strip() for name in records[0][1]), records[1:]


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it begins on."""
    begins = 1
    for values in reader:
        if any(value.strip() for value in values):
            yield begins, values
        begins = reader.line_num + 1


def _refuse_columns(path: Path, columns: Sequence[str]) -> None:
    for name in columns:
        side, dot, trait = name.partition(".")
        if name not in COLUMNS and not (side in ("person", "account") and dot and trait):
            raise UserError(
                f"{path}: unknown column {name or '(without a name)'}{meant(name, COLUMNS)} Traits are called person.x or account.y."
            )
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise UserError(f"{path}: the column {twice[0]} is there twice.")
    if not {"external_id", "email"} & set(columns):
        raise UserError(f"{path}: a column external_id or email is needed, to know people by.")


def _row(line: int, values: Sequence[str], headings: _Headings) -> Row:
    if len(values) != len(headings.columns):
        raise ValueError(f"it has {counted(len(values), 'value')}, and there are {len(headings.columns)} columns")
    content = {name: value.strip() for name, value in zip(headings.columns, values, strict=True) if value.strip()}
    external_id, email, account = (content.get(name, "") for name in ("external_id", "email", "account"))
    if not external_id and not email:
        raise ValueError("it has neither external_id nor email")
    if email and ("@" not in email.strip("@") or " " in email):
        raise ValueError(f"{email!r} is no e-mail address")
    told = _traits(content, headings.guesses)
    company = {name.removeprefix("account."): value for name, value in told.items() if name.startswith("account.")}
    if company and not account:
        raise ValueError("it has traits of an account and does not name the account")
    consent = {"consent": _consent(content["consent"])} if "consent" in content else {}
    return Row(
        line=line,
        external_id=external_id,
        email=email,
        account=account,
        joined_at=_joined(content, headings),
        person={name.removeprefix("person."): value for name, value in told.items() if not name.startswith("account.")} | consent,
        company={"name": account, **company} if account else {},
        content=content,
    )


def _traits(content: Mapping[str, str], guesses: Mapping[str, Any]) -> dict[str, Any]:
    """What the line tells of the person and the account, in the type that a playbook's guess has."""
    known = {name: content[name] for name in ("external_id", "email", "name", "timezone") if name in content}
    return known | {name: read_value(name, value, guesses.get(name, "")) for name, value in content.items() if "." in name}


def _consent(text: str) -> bool:
    if text.lower() not in _CONSENT:
        raise ValueError(f"consent is yes or no, not {text!r}")
    return _CONSENT[text.lower()]


def _joined(content: Mapping[str, str], headings: _Headings) -> datetime | None:
    """The moment of joining; None when nobody said."""
    text, now = content.get("joined_at", ""), headings.now
    if not text:
        return None
    names = (content.get("timezone", ""), content.get("account.timezone", ""), headings.zone, "UTC")
    zone = next(zone for name in names if (zone := zone_named(name)))
    try:
        day = date.fromisoformat(text) if len(text) <= len("2026-03-02") else None
        at = datetime.fromisoformat(text) if day is None else None
    except ValueError:
        raise ValueError(f"joined_at is a day like 2026-03-02 or a moment like 2026-03-02T10:00Z, not {text!r}") from None
    if at is not None:
        at = at.astimezone(UTC) if at.tzinfo else instant(at.date(), at.time(), zone)
    elif day is not None and day == now.astimezone(zone).date():
        at = min(instant(day, JOINED_CLOCK, zone), now)
    elif day is not None:
        at = instant(day, JOINED_CLOCK, zone)
    if at is not None and at > now + _CLOCKS_DIFFER:
        raise ValueError(f"joined_at {text} lies ahead")
    return at


def _refuse_twins(row: Row, seen: dict[tuple[str, str], int]) -> None:
    names = [(kind, value) for kind, value in (("external_id", row.external_id), ("email", row.email.lower())) if value]
    for name in names:
        if name in seen:
            raise ValueError(f"{name[0]} {name[1]} is on line {seen[name]} already")
    seen.update(dict.fromkeys(names, row.line))
