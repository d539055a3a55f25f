"""PostHog's capture calls, read: one event, or a batch of them, each with the project's key (ours: the write key) in `api_key`.

https://posthog.com/docs/api/capture
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.ingest.bodies import a_mapping
from bot.ingest.calls import Alias, Call, Company, Group, Identify, Track
from bot.ingest.heard import Heard, heard_all
from bot.ingest.reading import (
    Receipt,
    Unreadable,
    clock_ahead,
    corrected,
    email_in,
    epoch,
    id_of,
    key_of,
    mapping,
    moment,
    name_of,
    slack_in,
)
from bot.ingest.segment import PAGE, SCREEN
from bot.ingest.traits import NAMES, renamed
from bot.knowing import Ids

VIEWS = {"$pageview": PAGE, "$screen": SCREEN}
IDENTIFIES = ("$identify", "$set", "$set_once")
COMPANY = "company"
"""The group type that is an account."""

Item = Mapping[str, Any]


def write_key_in(body: Any) -> str:
    """The key that a body names, '' when it names none."""
    key = (body.get("api_key") or body.get("token")) if isinstance(body, dict) else None
    return key if isinstance(key, str) else ""


def read_events(body: Any, receipt: Receipt) -> Heard:
    """The calls of a batch, or of one event. Raises Unreadable when it is neither."""
    items = a_mapping(body).get("batch", [body])
    if not isinstance(items, list):
        raise Unreadable("batch is not a list of events")
    sent = moment(body, "sent_at")
    ahead = clock_ahead(sent, receipt.at)

    def read(item: Item, raw: str) -> Sequence[Call]:
        at = corrected(moment(item, "timestamp"), sent, receipt.at)
        key = key_of(item, "uuid") if item.get("uuid") else key_of(item)
        base = Track(ids=_ids(item), at=at, key=key, source=receipt.source, raw=raw, ahead=ahead, name=name_of(item, "event"))
        return list(_calls(base, item, mapping(item, "properties")))

    return heard_all(items, read)


def _calls(base: Track, item: Item, properties: Item) -> Iterator[Call]:
    """What an event says: who somebody is, where they work, what they did. Raises Unreadable."""
    told = {**_traits(item, properties, "$set_once"), **_traits(item, properties, "$set")}
    groups = mapping(properties, "$groups")
    if base.name == "$create_alias":
        yield _alias(base, id_of(properties, "distinct_id") or base.ids.external, id_of(properties, "alias"))
        return
    if base.name == "$groupidentify":
        yield from _group(base, properties)
        return
    if not base.ids.named:
        raise Unreadable("distinct_id is missing")
    if told or base.name in IDENTIFIES:
        yield _identify(base, told, id_of(groups, COMPANY))
    elif company := id_of(groups, COMPANY):
        yield Group(ids=base.ids, at=base.at, key=_once_a_day(base, company), source=base.source, company=Company(id=company))
    if base.name not in IDENTIFIES:
        done = {name: value for name, value in properties.items() if name not in ("$set", "$set_once", "distinct_id", "token")}
        yield replace(base, name=VIEWS.get(base.name, base.name), properties=done)


def _traits(item: Item, properties: Item, name: str) -> Item:
    return {**mapping(properties, name), **mapping(item, name)}


def _identify(base: Track, told: Item, company: str) -> Identify:
    traits = renamed(told, {**NAMES, "$email": "email", "$name": "name"}, without=("createdAt", "address"))
    return Identify(
        ids=replace(base.ids, email=email_in(traits), slack=slack_in(traits)),
        at=base.at,
        key=base.key,
        source=base.source,
        raw=base.raw,
        person=traits,
        company=Company(id=company) if company else None,
        joined=epoch(told, "createdAt"),
        joins=bool(base.ids.external),
    )


def _alias(base: Track, previous: str, user: str) -> Alias:
    if not previous or not user:
        raise Unreadable(f"{'distinct_id' if not previous else 'alias'} is missing")
    return Alias(ids=Ids(external=user), at=base.at, key=base.key, source=base.source, raw=base.raw, previous=previous)


def _group(base: Track, properties: Item) -> Iterator[Call]:
    """What is known of a company; of other groups nothing is kept. Their client names nobody there, or invents a name."""
    if properties.get("$group_type") != COMPANY:
        return
    id = id_of(properties, "$group_key")
    if not id:
        raise Unreadable("$group_key is missing")
    company = Company(id=id, traits=renamed(mapping(properties, "$group_set")))
    yield Group(ids=Ids(), at=base.at, key=base.key, source=base.source, raw=base.raw, company=company)


def _once_a_day(base: Track, company: str) -> str:
    """Every event names the company; that somebody belongs to it is taken down once a day."""
    return f"{base.ids.external or base.ids.anonymous}:{company}:{base.at.date()}"


def _ids(item: Item) -> Ids:
    """Whom an event is about. Before anybody is identified, PostHog's distinct_id is one that it invented. Raises Unreadable."""
    properties = mapping(item, "properties")
    one = id_of(item, "distinct_id") or id_of(properties, "distinct_id")
    invented = properties.get("$process_person_profile") is False or properties.get("$is_identified") is False
    if invented or (one and one == properties.get("$device_id")):
        return Ids(anonymous=one)
    return Ids(external=one, anonymous=id_of(properties, "$anon_distinct_id"))
