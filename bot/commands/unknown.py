"""`handrail unknown`: messages of which nobody knows whether they arrived, settled by a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from bot.commands.mistakes import UserError, counted
from bot.commands.opening import existing_store
from bot.world import machine_now
from storage.outbox import Outbox, Row
from storage.reports import Reports
from storage.store import Store
from storage.unknowns import leave as leave_row
from storage.unknowns import unsettled

_PAGE = 500


def show(limit: int, *, as_json: bool) -> None:
    """Print them, the oldest first."""
    with existing_store() as store:
        rows, reports = unsettled(store.database, limit), Reports(store.database)
        people = {row.person: _name(reports, row.person) for row in rows if row.person}
    if as_json:
        print(json.dumps([_plain(row, people.get(row.person, "")) for row in rows], indent=2, ensure_ascii=False))
        return
    out = Console(highlight=False, markup=False)
    for row in rows:
        out.print(_line(row, people.get(row.person, "")), soft_wrap=True)
    if not rows:
        out.print("Of every message it is known what became of it.")
        return
    out.print(
        "\nLook into the conversation, or into the mail provider's log. It did not arrive: handrail unknown resend KEY. "
        "It did, or its day is over: handrail unknown leave KEY.",
        soft_wrap=True,
    )


def resend(keys: Sequence[str], *, all_of_them: bool, as_json: bool) -> None:
    """Let them wait in the outbox again."""

    def again(store: Store, row: Row) -> bool:
        return Outbox(store.database).resend(row.id)

    _settle(keys, again, all_of_them=all_of_them, as_json=as_json, done="in the outbox again")


def leave(keys: Sequence[str], *, all_of_them: bool, as_json: bool) -> None:
    """Leave them as they are."""

    def let_be(store: Store, row: Row) -> bool:
        return leave_row(store.database, row.id, machine_now())

    _settle(keys, let_be, all_of_them=all_of_them, as_json=as_json, done="left")


def _settle(keys: Sequence[str], settled: Callable[[Store, Row], bool], *, all_of_them: bool, as_json: bool, done: str) -> None:
    if bool(keys) == all_of_them:
        raise UserError("Name the keys of messages, or --all of them.")
    with existing_store() as store:
        rows = [*_all(store)] if all_of_them else [_named(store, key) for key in dict.fromkeys(keys)]
        said = [row.key for row in rows if settled(store, row)]
    if as_json:
        print(json.dumps(said))
        return
    print(f"{counted(len(said), 'message')} {done}.")


def _all(store: Store) -> Iterator[Row]:
    last = 0
    while rows := unsettled(store.database, _PAGE, last):
        yield from rows
        last = rows[-1].id


def _named(store: Store, key: str) -> Row:
    row = Outbox(store.database).row(key)
    if row is None:
        raise UserError(f"There is no message with the key {key}; handrail unknown list shows them.")
    if row.state != "unknown":
        raise UserError(f"{key} is {row.state}: there is nothing to settle.")
    return row


def _name(reports: Reports, id: str) -> str:
    person = reports.find_person(id)
    return person.email or person.name or id if person else id


def _line(row: Row, who: str) -> Text:
    gone = f", expires {row.expires_at:%Y-%m-%d %H:%M} UTC" if row.expires_at else ""
    about = f"  {row.message} → {row.channel or 'slack'}, {who or row.recipient}, due {row.due_at:%Y-%m-%d %H:%M} UTC{gone}"
    return Text.assemble((row.key or "", "bold"), "\n", about, (f" ({row.error})" if row.error else "", "dim"))


def _plain(row: Row, who: str) -> dict[str, object]:
    return {
        "key": row.key,
        "message": row.message,
        "channel": row.channel,
        "to": who or row.recipient,
        "due_at": row.due_at.isoformat(),
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "error": row.error,
    }
