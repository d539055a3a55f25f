"""What a sender tells us, as values: the same ones whether it spoke Segment's language, PostHog's, or a webhook's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.knowing import Ids

PRODUCT = "product"
"""The source of what comes with HANDRAIL_WRITE_KEY. A key of `handrail keys` is a source of its own: product:NAME."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Company:
    """The account somebody belongs to, as the sender knows it: by its own id, else by its mail domain.

    `sender_id`: a business system's own id of it, with its source ("hubspot:901"). It makes no other account of one that has an `id`.
    """

    id: str = ""
    domain: str = ""
    sender_id: str = ""
    traits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class CallOfSomebody:
    """What every call has.

    `ids` is whom it is about. `at` is when it happened (aware, UTC), by the sender's clock set right; it may be in the future.
    `key` is the sender's own id of the call: within a `source` a repeat changes nothing. `raw` is what it came in, kept with it.
    `ahead` is by how much the sender's clock was ahead of ours when it sent (behind: less than zero), None when it did not say.
    """

    ids: Ids
    at: datetime
    key: str
    source: str = PRODUCT
    raw: str = ""
    ahead: timedelta | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Identify(CallOfSomebody):
    """Who somebody is. `person` are their traits under our names (`bot.ingest.traits`).

    `joined` is when they signed up, for who `joins`: else they are only known, and nothing begins.
    """

    person: Mapping[str, Any] = field(default_factory=dict)
    company: Company | None = None
    joined: datetime | None = None
    joins: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Track(CallOfSomebody):
    """What somebody did."""

    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Group(CallOfSomebody):
    """Where somebody works, and what is known about it."""

    company: Company


@dataclass(frozen=True, kw_only=True, slots=True)
class Alias(CallOfSomebody):
    """Who was known as `previous` (an anonymous or external id) is the one with this external id."""

    previous: str


Call = Identify | Track | Group | Alias


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A call that was not let in: which one of those that came, counted from 0, and why, as a code and in words."""

    index: int
    code: str
    message: str
