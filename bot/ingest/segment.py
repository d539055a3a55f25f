"""Segment's HTTP tracking API, read: identify, track, page, screen, group, alias and batch.

https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.ingest.bodies import a_mapping
from bot.ingest.calls import Alias, Call, Company, Group, Identify, Track
from bot.ingest.heard import Heard, heard_all
from bot.ingest.reading import (
    Receipt,
    Unreadable,
    an_object,
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
from bot.ingest.traits import NO_TRAITS, company_in, renamed
from bot.knowing import Ids

PAGE, SCREEN = "page.viewed", "screen.viewed"
"""What page and screen calls are called as events."""

Item = Mapping[str, Any]


def write_key_in(body: Any) -> str:
    """The write key that a body names: its own, or, in a batch, that of every item. '' when it names none, or several."""
    if not isinstance(body, dict):
        return ""
    own = body.get("writeKey")
    if own or not isinstance(items := body.get("batch"), list):
        return own if isinstance(own, str) else ""
    named = {item.get("writeKey") for item in items if isinstance(item, dict) and isinstance(item.get("writeKey"), str | None)}
    return next((key for key in named if key), "") if len(named) == 1 else ""


def read_call(kind: str, body: Any, receipt: Receipt, raw: str) -> Call:
    """One call of that kind. Raises Unreadable."""
    return _timed(kind, an_object(a_mapping(body)), receipt, raw)


def read_batch(body: Any, receipt: Receipt) -> Heard:
    """The calls of a batch. Raises Unreadable when it is none."""
    items = a_mapping(body).get("batch")
    if not isinstance(items, list):
        raise Unreadable("batch is missing: the list of calls")
    moment(body, "sentAt")
    shared = {name: body[name] for name in ("context", "integrations", "sentAt") if body.get(name) is not None}
    mapping(an_object(shared), "context")
    return heard_all(items, lambda item, raw: [_read_item(item, shared, receipt, raw)])


def _read_item(item: Item, shared: Mapping[str, Any], receipt: Receipt, raw: str) -> Call:
    kind = item.get("type")
    if not isinstance(kind, str) or kind not in _READ:
        raise Unreadable(f"type is none of {', '.join(_READ)}")
    context = {**shared.get("context", {}), **mapping(item, "context")}
    return _timed(kind, {**shared, **item, "context": context}, receipt, raw)


def _timed(kind: str, item: Item, receipt: Receipt, raw: str) -> Call:
    """The call, with what its sender's clock said."""
    call, ahead = _READ[kind](item, receipt, raw), clock_ahead(moment(item, "sentAt"), receipt.at)
    return call if ahead is None else replace(call, ahead=ahead)


def _identify(item: Item, receipt: Receipt, raw: str) -> Call:
    context = mapping(item, "context")
    traits = {**mapping(context, "traits"), **mapping(item, "traits")}
    joined = epoch(traits, "createdAt")
    person = renamed(traits, without=NO_TRAITS)
    for name in ("timezone", "locale"):
        if context.get(name):
            person.setdefault(name, context[name])
    ids = _ids(item, email=email_in(traits), slack=slack_in(traits))
    return Identify(
        ids=ids,
        at=_at(item, receipt),
        key=key_of(item),
        source=receipt.source,
        raw=raw,
        person=person,
        company=company_in(traits, id_of(context, "groupId")),
        joined=joined,
        joins=bool(ids.external),
    )


def _track(item: Item, receipt: Receipt, raw: str) -> Call:
    ids = _ids(item)
    return _event(item, ids, name_of(item, "event"), dict(mapping(item, "properties")), receipt, raw)


def _viewed(item: Item, receipt: Receipt, raw: str) -> Call:
    told = {name: item[name] for name in ("name", "category") if isinstance(item.get(name), str) and item[name]}
    return _event(item, _ids(item), PAGE if item.get("type") == "page" else SCREEN, {**mapping(item, "properties"), **told}, receipt, raw)


def _event(item: Item, ids: Ids, name: str, properties: dict[str, Any], receipt: Receipt, raw: str) -> Call:
    return Track(ids=ids, at=_at(item, receipt), key=key_of(item), source=receipt.source, raw=raw, name=name, properties=properties)


def _group(item: Item, receipt: Receipt, raw: str) -> Call:
    id = id_of(item, "groupId")
    if not id:
        raise Unreadable("groupId is missing")
    traits = {**mapping(mapping(item, "context"), "traits"), **mapping(item, "traits")}
    domain = traits.get("domain")
    company = Company(id=id, domain=domain if isinstance(domain, str) else "", traits=renamed(traits, without=NO_TRAITS))
    return Group(ids=_ids(item), at=_at(item, receipt), key=key_of(item), source=receipt.source, raw=raw, company=company)


def _alias(item: Item, receipt: Receipt, raw: str) -> Call:
    user, previous = id_of(item, "userId"), id_of(item, "previousId")
    if not user or not previous:
        raise Unreadable(f"{'userId' if not user else 'previousId'} is missing")
    return Alias(ids=Ids(external=user), at=_at(item, receipt), key=key_of(item), source=receipt.source, raw=raw, previous=previous)


_READ: Mapping[str, Callable[[Item, Receipt, str], Call]] = {
    "identify": _identify,
    "track": _track,
    "page": lambda item, receipt, raw: _viewed({**item, "type": "page"}, receipt, raw),
    "screen": lambda item, receipt, raw: _viewed({**item, "type": "screen"}, receipt, raw),
    "group": _group,
    "alias": _alias,
}
KINDS = tuple(_READ)
"""The kinds of calls."""


def _ids(item: Item, *, email: str = "", slack: str = "") -> Ids:
    """Whom an item is about. Raises Unreadable when it names nobody: an address alone is no id."""
    device = mapping(mapping(item, "context"), "device")
    user, anonymous = id_of(item, "userId"), id_of(item, "anonymousId")
    if not user and not anonymous:
        raise Unreadable("userId and anonymousId are missing: one of them is needed")
    return Ids(external=user, anonymous=anonymous, email=email, slack=slack, device=id_of(device, "id"))


def _at(item: Item, receipt: Receipt) -> datetime:
    return corrected(moment(item, "timestamp"), moment(item, "sentAt"), receipt.at)
