"""What surfaces heard, as values: the only thing that ever changes a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Mouth = Literal["slack", "email", "page", "product", "csm", "clock", "import"]
"""Where an event came in; answers go back to the mouth that spoke last."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened to one person.

    `source` and `key` together are the sender's own id: a repeat changes nothing.
    `who` is our own opaque person id. `at` is when it happened (aware, UTC).
    """

    source: str
    key: str
    who: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined(Event):
    """They signed up; `at` is the moment of joining, from which days are counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Left(Event):
    """They left the product or the company."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductEvent(Event):
    """The product reports what they did."""

    name: str
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Traits(Event):
    """What is known about a person and their account. `account_id` is our own id of the account they belong to."""

    person: dict[str, Any] = field(default_factory=dict)
    account: dict[str, Any] = field(default_factory=dict)
    account_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StepDone(Event):
    """They say a step is done. `elsewhere`: they insist, although the product has not reported it."""

    step: str
    mouth: Mouth = "slack"
    elsewhere: bool = False
    typed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class StepSkipped(Event):
    """They leave an optional step out."""

    step: str
    mouth: Mouth = "slack"
    typed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SaysStuck(Event):
    """They ask for help: the button, the words, the mail. `text` is what they wrote, if anything."""

    step: str | None = None
    text: str = ""
    mouth: Mouth = "slack"


@dataclass(frozen=True, kw_only=True, slots=True)
class Snoozed(Event):
    """They want quiet until a moment of world time."""

    until: datetime
    mouth: Mouth = "slack"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked(Event):
    """They asked something that changes nothing: `about` is next, help, how, later, goal, hello, not_a_time or mentioned.

    `place` is where they mentioned us ("CHANNEL/ts"), for a brief answer there.
    """

    about: str
    step: str | None = None
    mouth: Mouth = "slack"
    text: str = ""
    place: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replied(Event):
    """Free words that are no command: for the open case, else answered with choices."""

    text: str
    mouth: Mouth = "slack"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered(Event):
    """An answer to a survey, or to a question of ours (`solved`: yes or not_yet, about a `case`; `goal`: their own words)."""

    survey: str
    value: str | int
    case: str = ""
    mouth: Mouth = "slack"


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseOpened(Event):
    """A human opens a case by hand."""

    text: str = ""
    by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseClaimed(Event):
    """A CSM takes the case. `by` is their Slack user id, `name` what people call them."""

    case: str
    by: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseClosed(Event):
    """A CSM thinks it is solved; the person is asked whether it is."""

    case: str
    by: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CsmReplied(Event):
    """Words in a case's thread. The claimant's reach the person, others' only when `sent_on` (they pressed Send).

    `channel` and `ts` name the Slack message, which gets a check mark when its words were sent.
    """

    case: str
    by: str
    name: str
    text: str
    channel: str = ""
    ts: str = ""
    sent_on: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Undelivered(Event):
    """A message did not reach them: `fate` is failed, suppressed, expired or unknown."""

    message_key: str
    message: str
    fate: str
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class OptedOut(Event):
    """No more messages, by one channel or by `all`."""

    channel: Literal["slack", "email", "all"]
    wording: str = ""
    mouth: Mouth = "slack"


@dataclass(frozen=True, kw_only=True, slots=True)
class OptedIn(Event):
    """Messages again, by one channel or by `all`."""

    channel: Literal["slack", "email", "all"]
    wording: str = ""
    mouth: Mouth = "slack"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick(Event):
    """The clock woke them: `wake_at` has come."""


AnyEvent = (
    Joined | Left | ProductEvent | Traits | StepDone | StepSkipped | SaysStuck | Snoozed | Asked | Replied
    | Answered | CaseOpened | CaseClaimed | CaseClosed | CsmReplied | Undelivered | OptedOut | OptedIn | Tick
)  # fmt: skip

ACTIVITY = (ProductEvent, StepDone, StepSkipped, SaysStuck, Snoozed, Asked, Replied, Answered)
"""What a person does themselves. Deliveries, machine opens and scanners' clicks are no activity."""
