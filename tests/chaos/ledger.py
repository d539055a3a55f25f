"""Accounting for every intent: what was to be said, what the providers took, and what senders were told we have. Nothing else may exist."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from chaos.town import Town

from storage.tables import events, outbox
from storage.unknowns import unsettled

SENT, AGAIN, SHOWN = "sent once", "said again to the team, as nobody knew", "unknown, shown to people"
FATES = (SENT, AGAIN, "failed, with a reason", "suppressed", "expired", "withdrawn", SHOWN)
DRAWN = "a view, drawn or not needed any more"


@dataclass
class Ledger:
    """`fates`: intents by what became of them. `wrong`: what must not exist, in words."""

    title: str
    fates: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    heard: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"LEDGER  {self.title}"]
        lines += [f"  {n:6}  {fate}" for fate in (*FATES, DRAWN) if (n := self.fates[fate])]
        lines += [f"  {self.fates.total():6}  intents in all; {len(self.wrong)} of which nobody can say what they are"]
        lines += [f"  {n:6}  {what}" for what, n in self.heard.items()]
        lines += [f"  {self.kills.total():6}  kills: " + ", ".join(f"{point} {n}" for point, n in sorted(self.kills.items()))]
        return "\n".join([*lines, *(f"          {note}" for note in self.notes), *(f"   WRONG  {what}" for what in self.wrong[:20])])


def account(town: Town, title: str) -> Ledger:
    """Look at every row, every accepted call and every acknowledgement."""
    said = Ledger(title=f"{title}, seed {town.seed}", kills=town.kills, notes=town.notes)
    rows, heard = _all(town, outbox), _all(town, events)
    shown = {row.id for row in unsettled(town.database, 1_000_000)}
    arrived = town.providers.arrived
    for row in rows:
        fate = _drawn(row) if row.kind == "draw" else _fate(row, arrived[row.id], row.id in shown)
        if fate in FATES or fate == DRAWN:
            said.fates[fate] += 1
        else:
            said.wrong.append(f"row {row.id} ({row.message or row.recipient}, {row.state}): {fate}")
    said.wrong += [
        f"row {id} was sent {n} times, and is no intent of ours" for id, n in arrived.items() if id not in {row.id for row in rows}
    ]
    _hear(said, town, rows, heard)
    return said


def _fate(row: Any, arrived: int, shown: bool) -> str:
    """The fate of a message, or what is wrong with it."""
    resent = row.if_unknown == "resend"
    if arrived > 1 and not (row.state == "sent" and resent):
        return f"accepted {arrived} times"
    match row.state:
        case "sent":
            return (SENT if arrived == 1 else AGAIN) if arrived else "nobody got it"
        case "unknown":
            return "it is for the team, and nobody sent it again" if resent else SHOWN if shown else "shown to nobody"
        case "failed" if not row.error:
            return "it failed without a reason"
        case "failed" | "suppressed" | "expired" | "withdrawn" if arrived:
            return "it was accepted all the same"
        case "failed":
            return "failed, with a reason"
        case "suppressed" | "expired" | "withdrawn":
            return str(row.state)
    return "it is still on its way"


def _drawn(row: Any) -> str:
    return DRAWN if row.state in ("sent", "withdrawn") or (row.state == "failed" and row.error) else "a view that nobody will draw"


def _hear(said: Ledger, town: Town, rows: list[Any], heard: list[Any]) -> None:
    """What was acknowledged is stored and decided, once, and whoever joined is welcomed once on each channel at most."""
    keys = Counter(event.key for event in heard if event.key in town.crowd.acknowledged)
    said.heard["events acknowledged to their senders, stored and decided"] = len(keys)
    said.heard["events stored in all"] = len(heard)
    said.wrong += [f"{key} was acknowledged and is stored {keys[key]} times" for key in town.crowd.acknowledged if keys[key] != 1]
    said.wrong += [f"{event.kind} {event.key} was never decided ({event.error})" for event in heard if not event.decided_at]
    kinds = Counter(event.kind for event in heard)
    for label, kind in (("I'm stuck", "SaysStuck"), ("Done", "StepDone")):
        if kinds[kind] < town.crowd.pressed[label]:
            said.wrong.append(f"{town.crowd.pressed[label]} pressed {label}, and {kinds[kind]} were heard")
    said.heard["buttons pressed and acknowledged"] = town.crowd.pressed.total()
    if town.crowd.refused:
        said.heard["buttons pressed and refused, as people were told"] = town.crowd.refused
    joined = {event.person_id for event in heard if event.key in keys}
    welcomed = Counter(row.person_id for row in rows if row.message == "welcome")
    said.wrong += [
        f"{who} joined and was welcomed {welcomed[who]} times" for who in joined if not 1 <= welcomed[who] <= 2
    ]  # a second by mail
    nowhere = Counter(row.message for row in rows if row.kind == "say" and row.state == "unknown")
    if town.crowd.could_not_press > nowhere["welcome"]:
        said.wrong.append(f"{town.crowd.could_not_press} never saw a button, and only {nowhere['welcome']} welcomes are unknown")


def _all(town: Town, table: Any) -> list[Any]:
    with town.database.read() as connection:
        return list(connection.execute(table.select().order_by(table.c.id)))
