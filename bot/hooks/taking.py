"""From what a system's webhook means to what happens to people: who is known, who joins, and what is kept of the others."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.handle import Door
from bot.hooks.mapping import Meaning, meaning
from bot.hooks.sources import HookSource
from bot.ingest.calls import Call, Company, Group, Identify, Track
from bot.ingest.taking import Intake
from bot.knowing import Ids, Knowing
from flows.people import Person
from storage.account_news import tell_account
from storage.account_people import someone_of
from storage.store import Identity
from storage.strays import Stray, Strays


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the things that one request told: acted on, kept as being of nobody we know, and no business of ours."""

    taken: int
    strays: int
    ignored: int


@dataclass(frozen=True, slots=True)
class _Told:
    """One thing with what it was read from, and who it is about as far as anybody knows."""

    meaning: Meaning
    raw: str
    known: Person | None


class HookIntake:
    """Lets the things of a verified request in. All of it may be done again: what came before changes nothing."""

    def __init__(self, door: Door, knowing: Knowing, intake: Intake) -> None:
        self._door = door
        self._knowing = knowing
        self._intake = intake

    def take(self, source: HookSource, items: Sequence[Mapping[str, Any]], delivery: str = "") -> Outcome:
        """Let them in, in their order. When this returns, everything is kept. `delivery`: the sender's id of the request, if it has one."""
        now = self._door.now()
        read = (meaning(source, item, f"{delivery}:{place}" if delivery else "") for place, item in enumerate(items))
        meant = [(found, item) for found, item in zip(read, items, strict=True) if found]
        told = self._told(meant)
        ours = [one for one in told if one.known or (one.meaning.creates and one.meaning.ids.named)]
        others = [one for one in told if one not in ours]
        calls = [call for one in ours for call in _calls(source, one, now)]
        if calls:
            self._intake.take(calls)
        for one in others:
            self._keep(source, one, now)
        return Outcome(len(ours), len(others), len(items) - len(told))

    def _told(self, meant: Sequence[tuple[Meaning, Mapping[str, Any]]]) -> list[_Told]:
        wanted = {name for found, _ in meant for name in found.ids.identities}
        owners = self._door.store.owners(wanted) if wanted else {}
        people = self._door.views(list(dict.fromkeys(owners.values()))) if owners else {}
        known = {name: people[who].person for name, who in owners.items() if who in people}
        return [_Told(found, _written(item), _known(found.ids, known)) for found, item in meant]

    def _keep(self, source: HookSource, one: _Told, now: datetime) -> None:
        """Of somebody we do not know: what is told of their company, and that it came."""
        found = one.meaning
        if found.company:
            self._keep_company(source, one, found.company, now)
        stray = Stray(source=source.heard_as, key=found.key, at=min(found.at or now, now), what=found.event or "traits")
        Strays(self._door.store.database).keep([stray])

    def _keep_company(self, source: HookSource, one: _Told, company: Company, now: datetime) -> None:
        """Told to somebody of it; with nobody there yet it stays with the account, for whoever comes first."""
        account = self._knowing.account(external=company.id, domain=company.domain, sender=company.sender_id)
        if account is None:
            return
        at = min(one.meaning.at or now, now)
        if someone_of(self._door.store.database, [account]):
            group = Group(ids=Ids(), at=at, key=one.meaning.key, source=source.heard_as, raw=one.raw, company=company)
            self._intake.take([group])
        else:
            tell_account(self._door.store.database, account, company.traits, at)


def _known(ids: Ids, known: Mapping[Identity, Person]) -> Person | None:
    return next((known[name] for name in ids.identities if name in known), None)


def _calls(source: HookSource, one: _Told, now: datetime) -> list[Call]:
    """What it says of somebody, as the calls that products make."""
    found = one.meaning
    at = found.at or now
    calls: list[Call] = []
    person = _of_them(found, one.known) | dict(found.traits)
    if found.joins or found.company or person or not found.event:
        calls.append(
            Identify(
                ids=found.ids,
                at=at,
                key=found.key,
                source=source.heard_as,
                raw=one.raw,
                person=person,
                company=found.company,
                joins=found.joins,
            )
        )
    if found.event:
        calls.append(
            Track(
                ids=found.ids,
                at=at,
                key=found.key,
                source=source.heard_as,
                raw=one.raw,
                name=found.event,
                properties=found.properties,
            )
        )
    return calls


def _of_them(found: Meaning, known: Person | None) -> dict[str, Any]:
    """Address and name, for who has none yet: what their own product says of them is not overruled by who bills them."""
    has_email, has_name = (bool(known.email), bool(known.name)) if known else (False, False)
    said = {"email": "" if has_email else found.ids.email, "name": "" if has_name else found.name}
    return {name: value for name, value in said.items() if value}


def _written(item: Mapping[str, Any]) -> str:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))
