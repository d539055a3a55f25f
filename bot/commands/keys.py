"""`handrail keys`: who may send events, or read journeys, with a key of their own."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime

from rich.console import Console
from rich.table import Table

from bot.commands.mistakes import UserError
from bot.commands.opening import existing_store
from bot.ingest.calls import PRODUCT
from bot.keys import NAME, issue
from bot.settings import read_settings
from bot.world import machine_now
from storage.keys import Key, KeyStore, Scope
from storage.store import open_store


def add(name: str, scope: Scope, *, as_json: bool) -> None:
    """Make a key and print it, this once."""
    if not NAME.fullmatch(name):
        raise UserError(f"{name!r} can't be the name of a key; use small letters, digits, and . _ - between them, 40 at most.")
    new = issue(name, scope)
    with closing(open_store(read_settings().database_url)) as store:
        if not KeyStore(store.database).add(new.key):
            raise UserError(f"There is a key called {name} already. `handrail keys revoke {name}` takes it back.")
    if as_json:
        print(json.dumps({"name": name, "scope": scope, "key": new.text}))
        return
    print(new.text)
    aside = Console(stderr=True, highlight=False, markup=False)
    what = f"Events that come with it are of the source {PRODUCT}:{name}." if scope == "write" else "It reads journeys and sends nothing."
    aside.print(f"The key of {name}. It is shown this once and kept nowhere. {what}", soft_wrap=True)


def show(*, as_json: bool) -> None:
    """Print the keys, without what opens anything."""
    with existing_store() as store:
        found = KeyStore(store.database).all()
    if as_json:
        print(json.dumps([_plain(key) for key in found], indent=2))
        return
    if not found:
        print("There is no key but HANDRAIL_WRITE_KEY.")
        return
    table = Table.grid(padding=(0, 2))
    for key in found:
        state = f"revoked {_day(key.revoked_at)}" if key.revoked_at else f"last used {_day(key.last_used_at)}"
        table.add_row(key.name, key.scope, f"made {_day(key.created_at)}", state)
    Console(highlight=False, markup=False).print(table)


def revoke(name: str, *, as_json: bool) -> None:
    """Take a key back."""
    with existing_store() as store:
        if not KeyStore(store.database).revoke(name, machine_now()):
            raise UserError(f"No key called {name} is in use.")
    print(json.dumps({"name": name, "revoked": True}) if as_json else f"The key of {name} opens nothing any more.")


def _plain(key: Key) -> dict[str, str | None]:
    times = {name: at.isoformat() if (at := getattr(key, name)) else None for name in ("created_at", "revoked_at", "last_used_at")}
    return {"name": key.name, "scope": key.scope, **times}


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else "never"
