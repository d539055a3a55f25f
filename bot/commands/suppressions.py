"""`handrail suppressions`: the addresses that are not written to. People we know hear of it through the door, as of everything."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import typer
from rich.console import Console
from rich.table import Table

from bot.commands.mistakes import UserError, counted
from bot.commands.opening import existing_store
from bot.commands.projects import good_playbooks, project_folder
from bot.commands.suppression_file import AddressFile, Reason, is_address, read_addresses, written
from bot.handle import handle
from bot.settings import read_settings
from bot.world import World
from flows.addresses import spellings
from flows.events import AddressLifted, AddressShut, AnyEvent, OptedOut
from flows.library import Playbooks
from flows.mail import STRENGTH
from storage.store import Identity, Store, open_store
from storage.suppressions import COMPLAINED, OWN_WORD, Place, Suppression, Suppressions

BATCH = 200
SOURCE = "suppressions"
BY = "handrail suppressions"

_AT_SENDGRID = "SendGrid keeps a list of its own: take the address off there too (Suppressions), or it drops the next mail."
_COMPLAINED = (
    "{address} reported a mail of ours as spam, so nobody lifts that here. They can still be reached in Slack; for mail, "
    "ask them for another address and tell it in your product."
)
_OPTED_OUT = "{address} asked for no more messages. Only they can take that back: on their preferences page, or by writing “resume” to us."


def show(channel: str, *, as_json: bool) -> None:
    """Print the list."""
    with existing_store() as store:
        found = Suppressions(store.database).all(channel)
    if as_json:
        print(json.dumps([asdict(one) | {"at": one.at.isoformat()} for one in found], indent=2, ensure_ascii=False))
        return
    if not found:
        print("Every address is written to.")
        return
    table = Table.grid(padding=(0, 2))
    for one in found:
        table.add_row(one.address, one.reason.replace("_", " "), f"{one.at:%Y-%m-%d}", one.source, one.why)
    console = Console(highlight=False, markup=False)
    console.print(table)
    console.print(f"{counted(len(found), 'address', 'addresses')}.")


def add(address: str, channel: str, why: str, *, as_json: bool) -> None:
    """Write no more to one address."""
    new = Suppression(channel=channel, address=_checked(channel, address), reason="by_hand", source=BY, at=World().now(), why=why)
    with closing(open_store(read_settings().database_url)) as store:
        before = Suppressions(store.database).of([new.place]).get(new.place)
        changed = shut(store, good_playbooks(project_folder(None)), [new], World().now())
    if as_json:
        print(json.dumps({"address": new.address, "changed": bool(changed)}))
    elif changed:
        print(f"{new.address} is not written to any more.")
    else:
        print(f"{new.address} was shut already: {before.reason.replace('_', ' ') if before else 'by hand'}.")


def lift(address: str, channel: str, *, as_json: bool) -> None:
    """Write to an address again, where a human may say so."""
    place = (channel, _checked(channel, address))
    with existing_store() as store:
        suppressions = Suppressions(store.database)
        [before] = suppressions.of([place]).values() or [None]
        if before is None:
            raise UserError(f"{address} is not shut.")
        if before.reason in (COMPLAINED, OWN_WORD):
            raise UserError((_COMPLAINED if before.reason == COMPLAINED else _OPTED_OUT).format(address=address))
        if who := _owners(store, [before.place]).get(before.place):
            now = World().now()
            event = AddressLifted(source=SOURCE, key=uuid4().hex, who=who, at=now, channel=channel, address=before.address, by=BY)  # type: ignore[arg-type]
            handle(store, good_playbooks(project_folder(None)), [event], now)
        suppressions.lift(*place)
    if as_json:
        print(json.dumps({"address": before.address, "lifted": True}))
        return
    print(f"{before.address} is written to again; it was shut since {before.at:%Y-%m-%d}: {before.reason.replace('_', ' ')}.")
    if channel == "email":
        print(_AT_SENDGRID)


def bring_in(path: Path, kind: Reason, *, dry_run: bool, as_json: bool) -> None:
    """Take a list in, name the lines that can't be used, and leave with 1 when there are any."""
    now = World().now()
    file = read_addresses(path, kind, now)
    with closing(open_store(read_settings().database_url)) as store:
        changed = len(_news(store, file.addresses)) if dry_run else shut(store, good_playbooks(project_folder(None)), file.addresses, now)
    if as_json:
        bad = [{"line": line, "because": reason} for line, reason in file.bad]
        print(json.dumps({"addresses": len(file.addresses), "changed": changed, "dry_run": dry_run, "bad": bad}, indent=2))
    else:
        aside = Console(stderr=True, highlight=False)
        for line, reason in file.bad:
            aside.print(f"{path}:{line}: {reason}", markup=False, soft_wrap=True)
        print(_said(file, changed, dry_run))
    if file.bad:
        raise typer.Exit(1)


def export(path: Path | None) -> None:
    """Write the e-mail addresses of the list as CSV, to a file or to stdout."""
    with existing_store() as store:
        found = Suppressions(store.database).all("email")
    if path is None:
        sys.stdout.write(written(found))
        return
    path.write_text(written(found), encoding="utf-8")
    print(f"Wrote {counted(len(found), 'address', 'addresses')} to {path}.")


def shut(store: Store, playbooks: Playbooks, wanted: Sequence[Suppression], now: datetime) -> int:
    """Shut these addresses: people we know through the door, others on the list. Gives how many were news."""
    new = _news(store, wanted)
    owners = _owners(store, [one.place for one in new])
    events = [_event(one, owners[one.place], now) for one in new if one.place in owners]
    for start in range(0, len(events), BATCH):
        handle(store, playbooks, events[start : start + BATCH], now)
    Suppressions(store.database).add([one for one in new if one.place not in owners])
    return len(new)


def _news(store: Store, wanted: Sequence[Suppression]) -> list[Suppression]:
    """Those that are not on the list, or for a weaker reason. An opt-out that only the list knows of gives way to a complaint alone."""
    known = Suppressions(store.database).of([one.place for one in wanted])
    said = [place for place, one in known.items() if one.reason == OWN_WORD]
    alone = set(said) - _owners(store, said).keys()
    return [
        one
        for one in wanted
        if one.place not in known
        or (_strength(one.reason) < _strength(known[one.place].reason) and (one.place not in alone or one.reason == COMPLAINED))
    ]


def _strength(reason: str) -> int:
    """The lower the stronger. Their own word is the weakest: it lets answers pass."""
    return len(STRENGTH) + 1 if reason == OWN_WORD else STRENGTH.index(reason) if reason in STRENGTH else len(STRENGTH)


def _event(one: Suppression, who: str, now: datetime) -> AnyEvent:
    if one.reason == OWN_WORD:
        wording = one.why or f"on a list: {one.source}"
        return OptedOut(source=SOURCE, key=f"opt-out:{one.place[1]}", who=who, at=one.at, channel="email", wording=wording, mouth="import")
    return AddressShut(
        source=SOURCE,
        key=uuid4().hex,
        who=who,
        at=min(one.at, now),
        channel=one.channel,  # type: ignore[arg-type]
        address=one.address,
        reason=one.reason,  # type: ignore[arg-type]
        by=one.source,
        why=one.why,
    )


def _owners(store: Store, places: Sequence[Place]) -> dict[Place, str]:
    """Whose these addresses are, where we know."""
    names: dict[Identity, Place] = {}
    for channel, address in places:
        team, _, user = address.rpartition("/")
        known_as: list[Identity] = [("slack", team, user)] if channel == "slack" else [("email", "", one) for one in spellings(address)]
        names |= dict.fromkeys(known_as, (channel, address))
    return {names[one]: who for one, who in store.owners(list(names)).items()}


def _checked(channel: str, address: str) -> str:
    address = address.strip()
    if channel == "email" and not is_address(address):
        raise UserError(f"{address!r} is no e-mail address.")
    if channel == "slack" and "/" not in address:
        raise UserError(f"{address!r} is no Slack user; write it as TEAM/USER, such as T0123ABCD/U0123ABCD.")
    return address


def _said(file: AddressFile, changed: int, dry_run: bool) -> str:
    bad = f" {counted(len(file.bad), 'line')} {'would stay' if dry_run else 'stayed'} out." if file.bad else ""
    same = len(file.addresses) - changed
    known = f" {same} {'was' if same == 1 else 'were'} shut already." if same else ""
    told = counted(changed, "address", "addresses")
    return f"Would shut {told}.{known}{bad} Nothing was changed." if dry_run else f"Shut {told}.{known}{bad}"
