"""From one thing that a system tells to what it means to us, by the rules of its source. Pure; nothing here knows anybody."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.hooks.expressions import evaluate, holds, text_of
from bot.hooks.sources import Creates, HookSource, Take
from bot.ingest.calls import Company
from bot.ingest.reading import LONGEST_ID, LONGEST_NAME, Unreadable, email_in, epoch
from bot.knowing import Ids
from storage.codec import printable

_DOMAIN = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:[^@/\s]*@)?(?:www\.)?((?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63})\.?(?:[:/?#].*)?", re.I)
"""A domain, wherever it stands: alone, in the address of a page, behind an @."""

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,9})?", re.ASCII)
_LONGEST_DOMAIN = 253


@dataclass(frozen=True, kw_only=True, slots=True)
class Meaning:
    """What one thing means. `take` is the place of the rule that said so; `event` is '' when nothing happened and something is known.

    `at` is None when the sender does not say. `name` and `email` are for who has none yet.
    """

    take: int
    event: str
    key: str
    at: datetime | None
    ids: Ids
    name: str
    company: Company | None
    traits: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    joins: bool = False
    creates: Creates = "nobody"


def meaning(source: HookSource, body: Mapping[str, Any], delivery: str = "") -> Meaning | None:
    """What it means by the first rule that holds; None when none does, or nobody is named in it after all.

    `delivery`: the sender's id of this one, where its way of signing has one; it is the key when no rule says another.
    """
    for place, take in enumerate(source.takes):
        if take.when is None or holds(take.when, body):
            found = _meaning(source, take, place, body, delivery)
            return found if found.ids.named or found.company else None
    return None


def _meaning(source: HookSource, take: Take, place: int, body: Mapping[str, Any], delivery: str) -> Meaning:
    event = take.event or _text(take.event_from, body)
    return Meaning(
        take=place,
        event=event[:LONGEST_NAME],
        key=_key(take, place, body, delivery),
        at=_moment(take.at, body),
        ids=Ids(
            external=_id(take.person.id, body),
            sender=_theirs(source, take.person.sender_id, body),
            email=_email(take.person.email, body),
        ),
        name=_text(take.person.name, body),
        company=_company(source, take, body),
        traits=_values(take.traits.person, take.numbers, body),
        properties=_values(take.properties, take.numbers, body),
        joins=take.joins,
        creates="people" if take.joins else take.creates or source.creates,
    )


def _company(source: HookSource, take: Take, body: Mapping[str, Any]) -> Company | None:
    id, theirs = _id(take.account.id, body), _theirs(source, take.account.sender_id, body)
    domain = domain_in(_text(take.account.domain, body))
    if not (id or theirs or domain):
        return None
    name = _text(take.account.name, body)
    traits = ({"name": name} if name else {}) | _values(take.traits.account, take.numbers, body)
    return Company(id=id, domain=domain, sender_id=theirs, traits=traits)


def domain_in(text: str) -> str:
    """The domain of an address or a page, or a domain as it is; '' for anything else."""
    found = _DOMAIN.fullmatch(text.strip()) if len(text) <= 4 * _LONGEST_DOMAIN else None
    return found[1].lower() if found and len(found[1]) <= _LONGEST_DOMAIN else ""


def _text(expression: str | None, body: Mapping[str, Any]) -> str:
    return (text_of(evaluate(expression, body)) or "").strip() if expression else ""


def _id(expression: str | None, body: Mapping[str, Any]) -> str:
    """A cut id would be another one, so one too long is none."""
    text = _text(expression, body)
    return text if len(text) <= LONGEST_ID else ""


def _theirs(source: HookSource, expression: str | None, body: Mapping[str, Any]) -> str:
    """The sender's own id, which means something only together with its sender: "hubspot:501"."""
    text = _id(expression, body)
    return f"{source.source}:{text}" if text and text != "0" else ""


def _email(expression: str | None, body: Mapping[str, Any]) -> str:
    try:
        return email_in({"email": _text(expression, body)})
    except Unreadable:
        return ""


def _moment(expression: str | None, body: Mapping[str, Any]) -> datetime | None:
    try:
        return epoch({"at": evaluate(expression, body)}, "at") if expression else None
    except Unreadable:
        return None


def _key(take: Take, place: int, body: Mapping[str, Any], delivery: str) -> str:
    """The sender's own id; without one, what says the same is the same."""
    given = _text(take.key, body) or delivery
    if given:
        fits = len(given) <= LONGEST_ID and printable(given) == given
        return given if fits else hashlib.sha256(given.encode(errors="surrogatepass")).hexdigest()
    said = json.dumps(body, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(f"{place} {said}".encode()).hexdigest()


def _values(named: Mapping[str, str], numbers: Collection[str], body: Mapping[str, Any]) -> dict[str, Any]:
    """What is there: CRMs say "" for a field that nobody filled in."""
    found = {name: evaluate(expression, body) for name, expression in named.items()}
    found = {name: _number(value) if name in numbers else value for name, value in found.items()}
    return {name: value for name, value in found.items() if value is not None and value != ""}


def _number(value: Any) -> int | float | None:
    """A number, written as one or as a text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)
