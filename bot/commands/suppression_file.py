"""Lists of addresses as CSV: SendGrid's exports, our own, or one address a line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Literal

from bot.commands.csv_files import csv_text
from bot.commands.mistakes import UserError
from storage.suppressions import OWN_WORD, Suppression

COLUMNS = ("email", "reason", "source", "created", "why")
"""What an export has, in that order. SendGrid reads the first, we read all."""
REASONS = ("bounced", "dropped", "complained", "imported", "by_hand", OWN_WORD)
Reason = Literal["bounced", "dropped", "complained", "imported"]
"""What a list may be where its lines do not say."""
LONGEST_WHY = 300

_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")
_LONGEST = 320
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run: such words get an apostrophe before them, which reading takes off again."""


@dataclass(frozen=True, slots=True)
class AddressFile:
    """What was read: addresses, each once, and lines that can't be used (line, reason)."""

    addresses: tuple[Suppression, ...]
    bad: tuple[tuple[int, str], ...]


def is_address(text: str) -> bool:
    """Whether it looks like an e-mail address."""
    return len(text) <= _LONGEST and _ADDRESS.fullmatch(text) is not None


def read_addresses(path: Path, kind: Reason, now: datetime) -> AddressFile:
    """Read a list. `kind` is what it is where a line does not say; `now` (world time) when, likewise. Raises UserError."""
    lines = _lines(path)
    head = tuple(cell.strip().lower() for cell in lines[0][1]) if lines else ()
    named = "email" in head or "address" in head
    found: dict[tuple[str, str], Suppression] = {}
    bad: list[tuple[int, str]] = []
    for line, cells in lines[1:] if named else lines:
        values = dict(zip(head, (cell.strip() for cell in cells), strict=False)) if named else _bare(cells)
        try:
            one = _one(values, kind, path.name, now)
        except ValueError as error:
            bad.append((line, str(error)))
        else:
            found.setdefault(one.place, one)
    return AddressFile(tuple(found.values()), tuple(bad))


def written(addresses: Sequence[Suppression]) -> str:
    """The list as CSV, which `read_addresses` reads again."""
    text = StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for one in addresses:
        table.writerow((one.address, one.reason, _tame(one.source), one.at.astimezone(UTC).isoformat(), _tame(one.why)))
    return text.getvalue()


def _one(values: Mapping[str, str], kind: Reason, source: str, now: datetime) -> Suppression:
    address = (values.get("email") or values.get("address") or "").strip().strip("<>")
    if not is_address(address):
        raise ValueError(f"{address[:80]!r} is no e-mail address" if address else "there is no address")
    said = values.get("reason", "")
    reason = said if said in REASONS else kind
    words = values.get("why", "") or ("" if said in REASONS else said)
    return Suppression(
        channel="email",
        address=address,
        reason=reason,
        source=_wild(values.get("source", "")) or source,
        at=min(_moment(values.get("created", ""), now), now),
        why=" ".join(_wild(words).split())[:LONGEST_WHY],
    )


def _bare(cells: Sequence[str]) -> dict[str, str]:
    """A line without headings: the address is where it looks like one, else in front."""
    plain = [cell.strip() for cell in cells]
    return {"email": next((cell for cell in plain if is_address(cell.strip("<>"))), plain[0])}


def _moment(text: str, now: datetime) -> datetime:
    """Seconds since 1970, as SendGrid writes them, or an ISO 8601 instant, which is UTC unless it says otherwise."""
    if not text:
        return now
    try:
        if re.fullmatch(r"[0-9]{1,12}", text):
            return datetime.fromtimestamp(int(text), UTC)
        at = datetime.fromisoformat(text.removesuffix(" UTC"))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"created is no moment: {text[:40]!r}") from None


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    text, delimiter = csv_text(path)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        return list(_filled(reader))
    except csv.Error as error:
        raise UserError(f"{path}:{reader.line_num}: {error}.") from None


def _filled(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Lines that hold anything, with their numbers in the file."""
    while (record := next(reader, None)) is not None:
        if any(cell.strip() for cell in record):
            yield reader.line_num, record  # type: ignore[attr-defined]


def _tame(text: str) -> str:
    text = text.replace("\r", " ")  # which ends a line to some, and is not put in quotes
    return f"'{text}" if text.startswith((*_FORMULA, "'")) else text


def _wild(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith((*_FORMULA, "'")) else text
