"""From what a system's webhook means to what happens to people: who is known, who joins, and what is kept of the others."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from bot.handle import Door
from bot.hooks.companies import Companies
from bot.hooks.mapping import Meaning, meaning
from bot.hooks.sources import HookSource
from bot.ingest.calls import Call, Company, Identify, Track
from bot.ingest.taking import Intake
from bot.knowing import Ids, Knowing
from flows.people import Person
from storage.strays import Stray, Strays

Fate = Literal["taken", "stray", "ignored"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the things that one request told: acted on, kept as being of nobody we know, and no business of ours."""

    taken: int
    strays: int
    ignored: int


@dataclass(frozen=True, slots=True)
class _Told:
    """One thing with what it was read from, and who it is about as far as anybody knows."""

    source: str
    meaning: Meaning
    raw: str
    known: Person | None

    @property
    def ours(self) -> bool:
        """Whether somebody is meant whom we know, or who is known from now on."""
        return self.known is not None or (self.meaning.creates == "people" and self.meaning.ids.named)


class HookIntake:
    """Lets the things of a verified request in. All of it may be done again: what came before changes nothing."""

    def __init__(self, door: Door, knowing: Knowing, intake: Intake) -> None:
        self._door = door
        self._companies = Companies(door, knowing)
        self._intake = intake

    def take(self, source: HookSource, items: Sequence[Mapping[str, Any]], delivery: str = "") -> Outcome:
        """Let them in, in their order. When this returns, everything is kept. `delivery`: the sender's id of the request, if it has one."""
        now = self._door.now()
        read = (meaning(source, item, f"{delivery}:{place}" if delivery else "") for place, item in enumerate(items))
        meant = [(found, item) for found, item in zip(read, items, strict=True) if found]
        fates = [self._take_one(self._told(source, found, item), now) for found, item in meant]
        taken, strays = fates.count("taken"), fates.count("stray")
        return Outcome(taken, strays, len(items) - taken - strays)

    def could_not_read(self, source: HookSource) -> None:
        """A request of theirs holds nothing that can be read."""
        self._intake.could_not_read(source.heard_as)

    def _told(self, source: HookSource, found: Meaning, item: Mapping[str, Any]) -> _Told:
        """Asked for each when it is its turn: the one before may have made them known."""
        owners = self._door.store.owners(found.ids.identities) if found.ids.named else {}
        who = next((owners[name] for name in found.ids.identities if name in owners), "")
        subject = self._door.view(who) if who else None
        return _Told(source.heard_as, found, _written(item), subject.person if subject else None)

    def _take_one(self, one: _Told, now: datetime) -> Fate:
        found, company = one.meaning, one.meaning.company
        account = self._companies.meant(company, one.known, creates=found.creates != "nobody") if company else None
        theirs = company if account and _is_home(account, one.known, company) else None
        if one.ours and (calls := _calls(one, theirs, now)):
            self._intake.take(calls)
        if account and company and not (one.ours and theirs):
            at = min(found.at or now, now)
            self._companies.tell(account, company.traits, at=at, key=found.key, source=one.source, raw=one.raw)
        if one.ours:
            return "taken"
        if found.event:
            stray = Stray(source=one.source, key=found.key, at=min(found.at or now, now), what=found.event)
            Strays(self._door.store.database).keep([stray])
            self._intake.notice([call for call in _calls(one, None, now) if isinstance(call, Track)])
            return "stray"
        return "taken" if account else "ignored"


def _is_home(account: str, known: Person | None, company: Company | None) -> bool:
    """Whether the company is where they are, or may be from now on: where our own id of it says so, or nobody knows another."""
    return known is None or not known.account_id or known.account_id == account or bool(company and company.id)


def _calls(one: _Told, company: Company | None, now: datetime) -> list[Call]:
    """What it says of somebody, as the calls that products make."""
    found, at = one.meaning, one.meaning.at or now
    calls: list[Call] = []
    person = _of_them(found, one.known) | dict(found.traits)
    if found.joins or company or person or not found.event:
        ids = found.ids if company else _known_as(found.ids, one.known)
        calls.append(
            Identify(ids=ids, at=at, key=found.key, source=one.source, raw=one.raw, person=person, company=company, joins=found.joins)
        )
    if found.event:
        calls.append(
            Track(ids=found.ids, at=at, key=found.key, source=one.source, raw=one.raw, name=found.event, properties=found.properties)
        )
    return calls


def _known_as(ids: Ids, known: Person | None) -> Ids:
    """Without an address where our own id names them: whose domain an address has is no news of who has an account already."""
    return replace(ids, external=known.external_id, email="") if known and known.external_id and known.account_id else ids


def _of_them(found: Meaning, known: Person | None) -> dict[str, Any]:
    """Address and name, for who has none yet: what their own product says of them is not overruled by who bills them."""
    has_email, has_name = (bool(known.email), bool(known.name)) if known else (False, False)
    said = {"email": "" if has_email else found.ids.email, "name": "" if has_name else found.name}
    return {name: value for name, value in said.items() if value}


def _written(item: Mapping[str, Any]) -> str:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))
