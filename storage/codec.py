"""Values to JSON and back, through one codec per type.

msgspec reads and writes our dataclasses two to three times as fast as pydantic, and writes the same text. What it refuses (a number that is
no number, half a character, a value of an older release in a slightly other form) goes through pydantic, which is patient.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Generic, TypeVar, get_args

import msgspec
from msgspec import json
from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, to_json

from flows.decision import Draw, Reason, To
from flows.desk import Allotment
from flows.events import AnyEvent
from flows.people import Account, Case, Company, Person, Tally, TaskState

T = TypeVar("T")
_WRITER = json.Encoder()


class Codec(Generic[T]):
    """One type as JSON text, and back. Safe to share between threads."""

    def __init__(self, kind: Any, *, few: bool = False) -> None:
        """`few`: the same few values come again and again, and nobody can change them: a text that was read is remembered."""
        self._patient: TypeAdapter[T] = TypeAdapter(kind)
        self._reader: json.Decoder[T] = json.Decoder(kind)
        if few:
            self.decode = lru_cache(1024)(self.decode)  # type: ignore[method-assign]

    def encode(self, value: T) -> str:
        """The value as text that every database takes: see `printable`."""
        try:
            text = _WRITER.encode(value)
        except (TypeError, ValueError):
            text = self._slowly(value)
        return text.decode() if b"\\u0000" not in text else to_json(_printable(self._patient.dump_python(value))).decode()

    def decode(self, text: str | bytes) -> T:
        """The value again; one of an older release gets today's defaults for fields it lacks. Raises ValueError."""
        try:
            return self._reader.decode(text)
        except (msgspec.MsgspecError, UnicodeError):
            return self._patient.validate_json(text)

    def _slowly(self, value: T) -> bytes:
        try:
            return self._patient.dump_json(value)
        except PydanticSerializationError:
            return b"\\u0000"


PERSON: Codec[Person] = Codec(Person)
ACCOUNT: Codec[Account] = Codec(Account)
CASE: Codec[Case] = Codec(Case)
TASK: Codec[TaskState] = Codec(TaskState)
COMPANY: Codec[Company] = Codec(Company)
TALLIES: Codec[dict[str, Tally]] = Codec(dict[str, Tally])
TO: Codec[To] = Codec(To)
DRAW: Codec[Draw] = Codec(Draw)
REASONS: Codec[tuple[Reason, ...]] = Codec(tuple[Reason, ...])
NAMES: Codec[tuple[str, ...]] = Codec(tuple[str, ...], few=True)
ALLOTMENT: Codec[Allotment] = Codec(Allotment)
PLAIN: Codec[Any] = Codec(Any)
PROPERTIES: Codec[dict[str, dict[str, int]]] = Codec(dict[str, dict[str, int]])

_EVENTS: dict[str, TypeAdapter[AnyEvent]] = {kind.__name__: TypeAdapter(kind) for kind in get_args(AnyEvent)}
_BESIDE = {"source", "key", "who", "at"}
"""Fields of an event that have columns of their own."""

_REFUSED = "\x00\ud800-\udfff"
_UNSTORABLE = re.compile(f"[{_REFUSED}]")
STORABLE = re.compile(f"[^{_REFUSED}]*")
"""What a text is like that a database takes as it is."""


def printable(text: str) -> str:
    """The text without NUL and half surrogate pairs: JSON carries them, a database refuses them, and no event may be lost for one."""
    return _UNSTORABLE.sub("\ufffd", text) if _UNSTORABLE.search(text) else text


def _printable(value: Any) -> Any:
    match value:
        case str():
            return printable(value)
        case dict():
            return {_printable(k): _printable(v) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_printable(v) for v in value]
    return value


def event_kind(event: AnyEvent) -> str:
    """The name an event's kind is stored under."""
    return type(event).__name__


def event_key(event: AnyEvent) -> tuple[str, str]:
    """The sender's id of an event, source and key, as it is stored."""
    return printable(event.source), printable(event.key)


def event_data(event: AnyEvent) -> dict[str, Any]:
    """What an event says beyond its columns (source, key, person and moment)."""
    data: dict[str, Any] = _EVENTS[event_kind(event)].dump_python(event, exclude=_BESIDE)
    return data


def event(row: Any) -> AnyEvent:
    """The event that a row of `events` keeps."""
    return _EVENTS[row.kind].validate_python({**row.data, "source": row.source, "key": row.key, "who": row.person_id, "at": row.at})
