"""What became of a row of the outbox that somebody had claimed. `id` and `token` name the row and the claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.decision import Say


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """The provider took it, at `at` (world time). Slack's `provider_id` is "CHANNEL/ts". A row given up as unknown becomes sent too.

    `variant` is the one that was said, None for as it was decided. `then` is said of it, in the same commit.
    `stands` tells what messages look like since they were drawn again: person's id, provider's id, and the payload, None when it changes
    no more.
    """

    id: int
    token: str
    provider_id: str
    channel: str
    at: datetime
    sent_payload: Any = None
    variant: str | None = None
    then: Sequence[Say] = ()
    stands: Sequence[tuple[str, str, Any]] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """It was refused for good, or could not be rendered."""

    id: int
    token: str
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Elsewhere:
    """This channel can't; the next of `reach` may: `via` are those that are left, one at least."""

    id: int
    token: str
    via: tuple[str, ...]
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Later:
    """It was surely not sent, and is tried again from `not_before` (machine time) on. Not `tried`: nobody was called, and it counts for
    nothing."""

    id: int
    token: str
    not_before: datetime
    error: str
    tried: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsure:
    """It may have been sent. A drawing is simply done again."""

    id: int
    token: str
    error: str


Outcome = Accepted | Refused | Elsewhere | Later | Unsure
