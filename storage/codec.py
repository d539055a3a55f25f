"""Values to JSON and back, through one adapter per type."""

from __future__ import annotations

import re
from typing import Any, get_args

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, to_json

from flows.decision import Draw, Reason, To
from flows.desk import Allotment
from flows.events import AnyEvent
from flows.people import Account, Case, Company, Person, Tally, TaskState

PERSON = TypeAdapter(Person)
ACCOUNT = TypeAdapter(Account)
CASE = TypeAdapter(Case)
TASK = TypeAdapter(TaskState)
COMPANY = TypeAdapter(Company)
TALLIES: TypeAdapter[dict[str, Tally]] = TypeAdapter(dict[str, Tally])
TO = TypeAdapter(To)
DRAW: TypeAdapter[Draw] = TypeAdapter(Draw)
REASONS: TypeAdapter[tuple[Reason, ...]] = TypeAdapter(tuple[Reason, ...])
NAMES: TypeAdapter[tuple[str, ...]] = TypeAdapter(tuple[str, ...])
ALLOTMENT: TypeAdapter[Allotment] = TypeAdapter(Allotment)
PLAIN: TypeAdapter[Any] = TypeAdapter(Any)
PROPERTIES: TypeAdapter[dict[str, dict[str, int]]] = TypeAdapter(dict[str, dict[str, int]])

_EVENTS: dict[str, TypeAdapter[AnyEvent]] = {kind.__name__: TypeAdapter(kind) for kind in get_args(AnyEvent)}
_BESIDE = {"source", "key", "who", "at"}
"""Fields of an event that have columns of their own."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def dump(adapter: TypeAdapter[Any], value: Any) -> str:
    """A value as JSON text that every database takes: see `printable`."""
    try:
        text = adapter.dump_json(value)
    except PydanticSerializationError:
        text = b"\\u0000"
    if b"\\u0000" not in text:
        return text.decode()
    return to_json(_printable(adapter.dump_python(value))).decode()


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
