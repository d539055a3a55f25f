"""Amplitude's HTTP API v2 and identify API, read, with our write key as the `api_key`. An `insert_id` is unique for one device.

https://amplitude.com/docs/apis/analytics/http-v2
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.ingest.bodies import a_mapping
from bot.ingest.calls import Call, Company, Group, Identify, Track
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

VIEWS = {"[Amplitude] Page Viewed": PAGE, "[Amplitude] Screen Viewed": SCREEN}
COMPANY = ("company", "company_id", "account", "org")
"""Group types that are an account."""

Item = Mapping[str, Any]


def write_key_in(body: Any) -> str:
    """The key that a body names, '' when it names none."""
    key = body.get("api_key") if isinstance(body, dict) else None
    return key if isinstance(key, str) else ""


def read_events(body: Any, receipt: Receipt) -> Heard:
    """What /2/httpapi says. Raises Unreadable when it is nothing of theirs."""
    items = a_mapping(body).get("events")
    if isinstance(items, dict):
        items = [items]
    if not isinstance(items, list):
        raise Unreadable("events is missing: the list of events")
    sent = moment(body, "client_upload_time")
    return heard_all(items, lambda item, raw: _read(item, receipt, sent, raw))


def read_identifications(body: Any, receipt: Receipt) -> Heard:
    """What /identify says: `body` is its field `identification`, one or a list."""
    items: Sequence[Any] = body if isinstance(body, list) else [body]
    return heard_all(items, lambda item, raw: _read({**item, "event_type": "$identify"}, receipt, None, raw))


def _read(item: Item, receipt: Receipt, sent: Any, raw: str) -> Sequence[Call]:
    name = name_of(item, "event_type")
    at = corrected(epoch(item, "time"), sent, receipt.at)
    ids = Ids(external=id_of(item, "user_id"), device=id_of(item, "device_id"))
    base = Track(
        ids=ids,
        at=at,
        key=f"{ids.device or ids.external}:{key_of(item, 'insert_id', dated='time')}",
        source=receipt.source,
        raw=raw,
        ahead=clock_ahead(sent, receipt.at),
        name=VIEWS.get(name, name),
        properties=dict(mapping(item, "event_properties")),
    )
    return list(_calls(base, item))


def _calls(base: Track, item: Item) -> Iterator[Call]:
    """What an event says: who somebody is, where they work, what they did. Raises Unreadable."""
    groups = mapping(item, "groups")
    company = next((id for kind in COMPANY if (id := _first(groups, kind))), "")
    if base.name == "$groupidentify":
        if company:
            about = Company(id=company, traits=renamed(_set_in(mapping(item, "group_properties"))))
            yield Group(ids=Ids(), at=base.at, key=base.key, source=base.source, raw=base.raw, company=about)
        return
    if not base.ids.named:
        raise Unreadable("user_id and device_id are missing: one of them is needed")
    told = _set_in(mapping(item, "user_properties"))
    if told or base.name == "$identify":
        yield _identify(base, told, company)
    elif company:
        once_a_day = f"{base.ids.external or base.ids.device}:{company}:{base.at.date()}"
        yield Group(ids=base.ids, at=base.at, key=once_a_day, source=base.source, company=Company(id=company))
    if base.name != "$identify":
        yield base


def _identify(base: Track, told: Item, company: str) -> Identify:
    traits = renamed(told, NAMES, without=("createdAt", "address"))
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


def _set_in(properties: Item) -> dict[str, Any]:
    """The properties that are set: plain ones, and those of `$set` and `$setOnce`. What counts up, appends or removes is not kept."""
    plain = {name: value for name, value in properties.items() if not name.startswith("$")}
    return {**mapping(properties, "$setOnce"), **mapping(properties, "$set"), **plain}


def _first(groups: Item, kind: str) -> str:
    """A group's name; Amplitude takes several, and the first one is the account."""
    value = groups.get(kind)
    return id_of({kind: value[0] if isinstance(value, list) and value else None if isinstance(value, list) else value}, kind)
