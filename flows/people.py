"""Who we guide and what we remember of them. Values: changed by `replace`, saved whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flows.events import Mouth


@dataclass(frozen=True, kw_only=True, slots=True)
class StepState:
    """What happened to one step. `how` is product, word, team (a colleague of ours), teammate or skipped.

    `said_done_at`: their word, not yet seen by the product.
    """

    at: datetime | None = None
    how: str = ""
    said_done_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What became of one rule's message: said (with its rounds) or skipped for good, or held back for now."""

    key: str = ""
    rounds: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    skipped: str = ""
    held: str = ""
    variant: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A trigger that waits for its moment."""

    rule: str
    occurrence: str
    due: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseRef:
    """The open case, as far as deciding needs it; the case itself is its own aggregate.

    `close_held`: what closes it held already when it was opened, so it closes only after that was false in between. `loud`: the bot
    speaks although the case is open.

    It is the person's and not the journey's: someone who was never enrolled may need help too.
    """

    id: str
    escalation: str
    opened_at: datetime
    respond_by: datetime | None = None
    claimed_by: str = ""
    claimed_name: str = ""
    claimed_at: datetime | None = None
    csm_word_at: datetime | None = None
    asked_solved_at: datetime | None = None
    reopened_at: datetime | None = None
    close_held: bool = False
    loud: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """Where someone stands in one dimension, since when and why."""

    name: str
    since: datetime
    because: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Journey:
    """One person's way through one playbook. `started` is the moment of joining, `helped` how often they asked how a step is done."""

    id: str
    playbook: str
    started: datetime
    enrolled_at: datetime
    steps: Mapping[str, StepState] = field(default_factory=dict)
    opened: Mapping[str, datetime] = field(default_factory=dict)
    sent: Mapping[str, Sent] = field(default_factory=dict)
    nudged: tuple[datetime, ...] = ()
    helped: Mapping[str, int] = field(default_factory=dict)
    waiting: tuple[Waiting, ...] = ()
    answers: Mapping[str, str | int] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    firing: tuple[str, ...] = ()
    first_value_at: datetime | None = None
    goal_at: datetime | None = None
    done_at: datetime | None = None
    ended_at: datetime | None = None
    ended_why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """One message charged to the attention budget."""

    key: str
    message: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """A message said that may still wait in the outbox; a decision can withdraw it until it expires."""

    key: str
    message: str
    expires_at: datetime
    step: str = ""
    answer: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One user of the product: the unit that is loaded, decided and compare-and-set.

    `zone` is an IANA name or empty, `locale` a language tag such as de or pt-BR, `slack` is "TEAM/USER".
    `asked` is what we asked last and their next free words answer (goal).
    `consent` is False when their record says they do not want messages, None when nobody said. `slack_ok` tells how they came to us in
    Slack (installed, wrote, opened, pressed); until then we do not write there first unless they agreed.
    `chosen` is what they chose for themselves: since, until, by, locale; it outranks what others tell of them.
    """

    id: str
    external_id: str = ""
    name: str = ""
    email: str = ""
    slack: str = ""
    zone: str = ""
    locale: str = ""
    consent: bool | None = None
    slack_ok: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    account_id: str | None = None
    traits: Mapping[str, Any] = field(default_factory=dict)
    traits_at: Mapping[str, datetime] = field(default_factory=dict)
    joined_at: datetime | None = None
    left_at: datetime | None = None
    last_active: datetime | None = None
    last_mouth: Mouth | None = None
    asked: str = ""
    opted_out: tuple[str, ...] = ()
    snoozed_until: datetime | None = None
    spent: tuple[Spent, ...] = ()
    pending: tuple[Pending, ...] = ()
    reasons: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    case: CaseRef | None = None
    cases: int = 0
    journey: Journey | None = None
    past: tuple[str, ...] = ()
    wake_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A company. `steps` are those of account scope that any teammate finished: step → when; `steps_by`: step → who, by name."""

    id: str
    external_id: str = ""
    name: str = ""
    zone: str = ""
    owner: str = ""
    traits: Mapping[str, Any] = field(default_factory=dict)
    traits_at: Mapping[str, datetime] = field(default_factory=dict)
    steps: Mapping[str, datetime] = field(default_factory=dict)
    steps_by: Mapping[str, str] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A stuck person and the humans who help: its own aggregate with its own version.

    `state` is open, claimed, asked (we asked whether it is solved) or closed.
    `channel` and `thread` are Slack's ids of the card, known once it was posted.
    """

    id: str
    person_id: str
    account_id: str | None
    playbook: str
    escalation: str
    because: str
    step: str
    said: str
    opened_at: datetime
    respond_by: datetime | None = None
    state: str = "open"
    claimed_by: str = ""
    claimed_name: str = ""
    claimed_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    note: str = ""
    channel: str = ""
    thread: str = ""
    version: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How often one event happened: in all, and by UTC day for the days a signal may ask about."""

    n: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    days: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """All that one decision looks at. `activity` maps an event's name to its tally."""

    person: Person
    account: Account | None = None
    case: Case | None = None
    activity: Mapping[str, Tally] = field(default_factory=dict)
