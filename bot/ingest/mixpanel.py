"""Mixpanel's calls, read: /track and /import (what people did), /engage (who they are) and /groups, with our write key as the token.

https://developer.mixpanel.com/reference
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bot.ingest.calls import Alias, Call, Company, Group, Identify, Track
from bot.ingest.heard import Heard, heard_all
from bot.ingest.reading import Receipt, Unreadable, corrected, email_in, epoch, id_of, key_of, mapping, name_of, slack_in
from bot.ingest.segment import PAGE
from bot.ingest.traits import NAMES, renamed
from bot.knowing import Ids

VIEWS = {"$mp_web_page_view": PAGE}
COMPANY = ("company", "company_id", "account")
"""Group keys that are an account."""
TRAITS = NAMES | {
    "$email": "email",
    "$name": "name",
    "$first_name": "first_name",
    "$last_name": "last_name",
    "$timezone": "timezone",
    "$phone": "phone",
}
"""Mixpanel's spelling of reserved traits, and ours."""

_DEVICE = "$device:"
"""How Mixpanel writes an id that is a device's and no person's."""

Item = Mapping[str, Any]


def write_key_in(body: Any) -> str:
    """The token that all items name, '' when they name none, or several."""
    items = body if isinstance(body, list) else [body]
    named = {_token(item) for item in items if isinstance(item, dict)}
    return next(iter(named)) if len(named) == 1 else ""


def read_events(body: Any, receipt: Receipt) -> Heard:
    """What /track and /import say. Raises Unreadable when it is nothing of theirs."""
    return _heard(body, receipt, _event)


def read_people(body: Any, receipt: Receipt) -> Heard:
    """What /engage says."""
    return _heard(body, receipt, _person)


def read_groups(body: Any, receipt: Receipt) -> Heard:
    """What /groups says."""
    return _heard(body, receipt, _group)


def _heard(body: Any, receipt: Receipt, read: Callable[[Item, Receipt, str], Iterator[Call]]) -> Heard:
    items: Sequence[Any] = body if isinstance(body, list) else [body]
    return heard_all(items, lambda item, raw: list(read(item, receipt, raw)))


def _event(item: Item, receipt: Receipt, raw: str) -> Iterator[Call]:
    name, properties = name_of(item, "event"), mapping(item, "properties")
    at = corrected(epoch(properties, "time"), None, receipt.at)
    key = f"{id_of(properties, 'distinct_id')}:{key_of(properties, '$insert_id', dated='time')}"
    match name:
        case "$create_alias":
            yield _alias(id_of(properties, "distinct_id"), id_of(properties, "alias"), at, key, receipt, raw)
        case "$identify":
            yield _alias(id_of(properties, "$anon_id"), id_of(properties, "$identified_id"), at, key, receipt, raw)
        case "$merge":
            two = properties.get("$distinct_ids")
            if not isinstance(two, list) or len(two) != 2:
                raise Unreadable("$distinct_ids is no list of two ids")
            first, second = (id_of({"$distinct_ids": one}, "$distinct_ids") for one in two)
            yield _alias(second, first, at, key, receipt, raw)
        case _:
            without = ("token", "time", "distinct_id", "$insert_id")
            told = {one: value for one, value in properties.items() if one not in without}
            yield Track(
                ids=_ids(properties),
                at=at,
                key=key,
                source=receipt.source,
                raw=raw,
                name=VIEWS.get(name, name),
                properties=told,
            )


def _person(item: Item, receipt: Receipt, raw: str) -> Iterator[Call]:
    """Traits that are set. What counts up, appends or removes is not kept, for it says nothing of who somebody is."""
    ids = _ids({"distinct_id": item.get("$distinct_id")})
    told = {**mapping(item, "$set_once"), **mapping(item, "$set")}
    if not told:
        return
    traits = renamed(told, TRAITS, without=("$created", "$ip"))
    yield Identify(
        ids=Ids(external=ids.external, anonymous=ids.anonymous, device=ids.device, email=email_in(traits), slack=slack_in(traits)),
        at=corrected(epoch(item, "$time"), None, receipt.at),
        key=key_of(item, "$insert_id", dated="$time"),
        source=receipt.source,
        raw=raw,
        person=traits,
        joined=epoch(told, "$created"),
        joins=bool(ids.external),
    )


def _group(item: Item, receipt: Receipt, raw: str) -> Iterator[Call]:
    """What is known of a company; of other groups nothing is kept."""
    told = {**mapping(item, "$set_once"), **mapping(item, "$set")}
    if item.get("$group_key") not in COMPANY or not told:
        return
    id = id_of(item, "$group_id")
    if not id:
        raise Unreadable("$group_id is missing")
    at = corrected(epoch(item, "$time"), None, receipt.at)
    key = key_of(item, "$insert_id", dated="$time")
    company = Company(id=id, traits=renamed(told, TRAITS))
    yield Group(ids=Ids(), at=at, key=key, source=receipt.source, raw=raw, company=company)


def _alias(previous: str, user: str, at: Any, key: str, receipt: Receipt, raw: str) -> Alias:
    if not previous or not user:
        raise Unreadable("both ids are needed to make them one")
    known = previous.removeprefix(_DEVICE)
    return Alias(ids=Ids(external=user), at=at, key=key, source=receipt.source, raw=raw, previous=known)


def _token(item: Item) -> str:
    properties = item.get("properties")
    inner = properties.get("token") if isinstance(properties, dict) else None
    token = inner or item.get("$token") or item.get("token")
    return token if isinstance(token, str) else ""


def _ids(properties: Item) -> Ids:
    """Whom it is about. Raises Unreadable when it names nobody."""
    one, user, device = (id_of(properties, name) for name in ("distinct_id", "$user_id", "$device_id"))
    if one.startswith(_DEVICE):
        one, device = "", device or one.removeprefix(_DEVICE)
    if not (user or one or device):
        raise Unreadable("distinct_id is missing")
    return Ids(external=user or one, anonymous=device)
