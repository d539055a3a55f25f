"""What follows from an event: says, draws and reasons. Values that storage saves in one commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from flows.desk import Allotment
from flows.people import Account, Case, Company, Person, Tally


@dataclass(frozen=True, slots=True)
class To:
    """Whom we speak to.

    A `person` (by the first channel of `via` that works), a `case` (its card in the channel of `via`, then its thread), a `channel`
    by name, a Slack `thread` ("CHANNEL/ts"), or a `hook`: an endpoint of webhooks.yaml, about a person ("ENDPOINT/person").
    """

    kind: Literal["person", "case", "channel", "thread", "hook"]
    ref: str
    via: tuple[str, ...] = ()

    @property
    def recipient(self) -> str:
        """The key by which order is kept: a case's card and its thread are one recipient."""
        return f"{self.kind}:{self.ref}"


@dataclass(frozen=True, slots=True)
class Draw:
    """A view is out of date; the latest wins, at least once.

    `surface` is home, card, case, tick, team (the Home of a colleague, by their Slack user id) or task ("<person id>:<task id>").
    """

    surface: Literal["home", "card", "case", "tick", "team", "task"]
    ref: str


ANSWERS = 100
"""The priority of what answers somebody: they wait for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Say:
    """We say something. `key` is unique for ever; `facts` are plain JSON values fixed at deciding; `expires_at` is world time.

    `essential`: it answers what the person just did, so an opt-out does not hold it back. `due_at` (world time): not before, None for now.
    """

    key: str
    to: To
    message: str
    person: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    variant: str = ""
    expires_at: datetime | None = None
    due_at: datetime | None = None
    priority: int = 0
    essential: bool = False
    if_unknown: Literal["leave", "resend"] = "leave"
    when_sent: Draw | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rule fired or did not. `result` is one word: said, skipped, held, fired, quiet, entered, opened, done, refused, error…"""

    rule: str
    result: str
    because: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The person after the event and all that follows from it. `withdraw` are message keys that should not go out any more.

    `allotment` is what the team's desk said, when it was asked, `company` what the account's others did: with both the same decision can
    be made again.
    """

    person: Person
    account: Account | None = None
    case: Case | None = None
    activity: Mapping[str, Tally] = field(default_factory=dict)
    says: tuple[Say, ...] = ()
    draws: tuple[Draw, ...] = ()
    withdraw: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    allotment: Allotment | None = None
    company: Company | None = None

    @property
    def wake_at(self) -> datetime | None:
        """When the clock should ask again (world time, UTC)."""
        return self.person.wake_at
