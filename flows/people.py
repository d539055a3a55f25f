"""Who we guide and what we remember of them. Values: changed by `replace`, saved whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from flows.desk import Desk
from flows.events import File, Mail, Mouth, Shutting


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
    """What became of one rule's message: said (with its rounds) or skipped for good, or held back for now.

    `on`: where one was said that goes to every channel, without those where it failed.
    """

    key: str = ""
    rounds: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    skipped: str = ""
    held: str = ""
    variant: str = ""
    on: tuple[str, ...] = ()


UNSAID = Sent()
"""What became of a message of which nothing is noted yet."""


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
    speaks although the case is open. `suggested`: a colleague was told that it could be closed.
    `reminded` counts who was reminded of it: nobody (0), the owner (1), the channel (2), whom it escalates to (3); `remind_at` is when
    the next one is, None when nobody is left. `snoozed_until`: a colleague put it aside; reminders and the claim's end wait for that.
    `promised_at`: nobody had room for it, and until then they were told to hear from us, if only that it takes longer.

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
    suggested: bool = False
    reminded: int = 0
    remind_at: datetime | None = None
    promised_at: datetime | None = None
    snoozed_until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A case that the day has no room for. The riskiest go first when the team's next day starts, at `until` (world time).

    `most`: how many new cases the playbook allowed on a day when it was held. `also`: the person's less risky rules that wait behind it.
    """

    escalation: str
    team: str
    risk: float
    since: datetime
    until: datetime
    most: int | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """Where someone stands in one dimension, since when and why."""

    name: str
    since: datetime
    because: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskState:
    """Something that one of our people has to do, and how far it is.

    `id` is the rule's name, from the second round on with its number ("check_in#2"); `uid` is unique among all tasks there ever are. `rule`
    is the task's name in the playbook, or the step's where a step of ours is done by it (`step`). `owner` is what the playbook says (csm,
    specialist, sales), `assignee` the Slack user id of who has it, '' for nobody. `team` is the channel as the playbook writes it.
    `anchor` is the person in whose decisions the task waits and reminds; `anchor_gone` since when they are not there any more, so that a
    teammate may take it over; of a task that is over, since when its anchor is not. `found_by` is whose decision gave it to the anchor.
    `card` is the person in whose name the card was posted: its drawings are named `<card>:<id>`.
    `reminded` counts reminders, `remind_at` is when the next comes. `by` is who ended it, `note`, `actions` and `answers` what they wrote.
    `told`: what follows for the customer has followed. `planned` counts how often the meeting got a date, `announced` is the last of these
    that the customer heard of; `day_before`: they were reminded of it.
    """

    id: str
    uid: str
    rule: str
    title: str
    owner: str
    playbook: str
    team: str
    opened_at: datetime
    due_at: datetime
    step: bool = False
    round: int = 1
    state: str = "open"
    anchor: str = ""
    anchor_gone: datetime | None = None
    found_by: str = ""
    card: str = ""
    assignee: str = ""
    assignee_name: str = ""
    remind_at: datetime | None = None
    reminded: int = 0
    postponed_until: datetime | None = None
    done_at: datetime | None = None
    by: str = ""
    by_name: str = ""
    note: str = ""
    actions: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    told: bool = False
    meeting_at: datetime | None = None
    meeting_minutes: int = 0
    meeting_link: str = ""
    planned: int = 0
    announced: int = 0
    day_before: bool = False


@dataclass(frozen=True, kw_only=True)  # no slots: see `flows.changing`
class Journey:
    """One person's way through one playbook. `started` is the moment of joining, `helped` how often they asked how a step is done.

    `answers` are their answers by survey, `added` what they added to an answer in words. `tasks` are those of ours for this person alone.
    `moved` are the playbooks they came from, the oldest first, and `moved_at` is when they came to this one; `chosen`: a
    colleague chose it, so that the way back is open once the choice is lifted.
    """

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
    added: Mapping[str, str] = field(default_factory=dict)
    tasks: Mapping[str, TaskState] = field(default_factory=dict)
    segments: Mapping[str, Segment] = field(default_factory=dict)
    firing: tuple[str, ...] = ()
    first_value_at: datetime | None = None
    goal_at: datetime | None = None
    moved: tuple[str, ...] = ()
    moved_at: datetime | None = None
    chosen: bool = False
    done_at: datetime | None = None
    ended_at: datetime | None = None
    ended_why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """One message charged to the attention budget: the common one, or that of a `series` which has its own."""

    key: str
    message: str
    at: datetime
    series: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shut:
    """An address we do not write to, whatever is said: it bounced, they complained, or a colleague or a list says so."""

    address: str
    reason: Shutting
    at: datetime
    by: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """A message said that may still wait in the outbox; a decision can withdraw it until it expires."""

    key: str
    message: str
    expires_at: datetime
    step: str = ""
    answer: bool = False


@dataclass(frozen=True, kw_only=True)  # no slots: see `flows.changing`
class Person:
    """One user of the product: the unit that is loaded, decided and compare-and-set.

    `zone` is an IANA name or empty, `locale` a language tag such as de or pt-BR, `slack` is "TEAM/USER".
    `asked` is what we asked last and their next free words answer (goal).
    `consent` is False when their record says they do not want messages, None when nobody said. `slack_ok` tells how they came to us in
    Slack (installed, wrote, opened, pressed); until then we do not write there first unless they agreed.
    `paused_by` is the colleague of ours who asked for the quiet until `snoozed_until`, '' when they did so themselves.
    `chosen` is what they chose for themselves: since, until, by, locale, without (kinds of messages, with commas), tailored ("no"); it
    outranks what others tell of them. `shut` tells by channel which address of theirs is not written to.
    `journeys` counts those begun under this id, so that no two are called the same. `merged` are our ids of those who turned out to be
    this person; `merged_into` is who this one turned out to be, '' for everybody who is themselves (docs/identity.md).
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
    shut: Mapping[str, Shut] = field(default_factory=dict)
    snoozed_until: datetime | None = None
    paused_by: str = ""
    spent: tuple[Spent, ...] = ()
    pending: tuple[Pending, ...] = ()
    reasons: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    case: CaseRef | None = None
    cases: int = 0
    held: Held | None = None
    journey: Journey | None = None
    past: tuple[str, ...] = ()
    journeys: int = 0
    merged: tuple[str, ...] = ()
    merged_into: str = ""
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
    tasks: Mapping[str, TaskState] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A colleague's words on their way to the person. `event` is the key of the CsmReplied, `say` that of its message in the outbox.

    Until `due_at` (world time) they can be taken back.
    """

    event: str
    say: str
    by: str
    name: str
    due_at: datetime
    face: str = ""
    files: tuple[File, ...] = ()
    channel: str = ""
    ts: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseEntry:
    """One line of a case's timeline. `what` names the phrase `timeline.<what>`, `who` did it, `more` is what it says besides."""

    at: datetime
    what: str
    who: str = ""
    more: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A stuck person and the humans who help: its own aggregate with its own version.

    `state` is open, claimed, asked (we asked whether it is solved) or closed. `team` is the playbook's channel as written there.
    `channel` and `thread` are Slack's ids of the card, known once it was posted.
    `owner` is the Slack user id of whom it was given to, or who claimed it (then `claimed_by` is the same); `given_at` when.
    `full`: nobody had room for it when it came, `loads` tells how many of how many each had; `waiting`: others held back for tomorrow.
    `opened_by` is the colleague who opened it by hand, `place` where ("CHANNEL/ts").
    `reason` and `note` are what a colleague said at resolving, for the team; `ended_why` why it was closed, in the engine's words.
    `mail` is their last mail about it: answers by mail go into its thread.
    `suggested` is why it could be closed. `their_word_at` is their last word; `our_word_at` when we answered it, None while they wait.
    `claim_ends_at`: when a claim without a word is over. `timeline` holds the last things that happened, oldest first.
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
    team: str = ""
    severity: str = "normal"
    state: str = "open"
    owner: str = ""
    owner_name: str = ""
    given_at: datetime | None = None
    full: bool = False
    loads: tuple[tuple[int, int], ...] = ()
    waiting: int = 0
    opened_by: str = ""
    opened_by_name: str = ""
    place: str = ""
    claimed_by: str = ""
    claimed_name: str = ""
    claimed_at: datetime | None = None
    claim_ends_at: datetime | None = None
    snoozed_until: datetime | None = None
    suggested: str = ""
    their_word_at: datetime | None = None
    our_word_at: datetime | None = None
    replies: tuple[Reply, ...] = ()
    timeline: tuple[CaseEntry, ...] = ()
    closed_at: datetime | None = None
    closed_by: str = ""
    reason: str = ""
    note: str = ""
    ended_why: str = ""
    mail: Mail | None = None
    channel: str = ""
    thread: str = ""
    version: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Sum:
    """What a property added up to, in millionths so that the order never matters: in all, and by UTC day."""

    total: int = 0
    days: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """How often something happened: in all, and by UTC day for the days a playbook may ask about.

    `n_days` and `n_slots` count the different days and five-minute slots of all times; `slots` has a day's 288 slots as bits.
    `firsts` are the earliest moments, as many as some step asks for. All of it is the same in whatever order things arrive.
    """

    n: int = 0
    n_days: int = 0
    n_slots: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    days: Mapping[date, int] = field(default_factory=dict)
    firsts: tuple[datetime, ...] = ()
    sums: Mapping[str, Sum] = field(default_factory=dict)
    slots: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Company:
    """How many of an account's other people there are (`people`), were last active on a UTC day (`active:2026-03-02`), are on a playbook
    (`in:smb`) and did a step there (`done:smb:first_report`). The person at hand is left out: they are counted as they are now."""

    others: Mapping[str, int] = field(default_factory=dict)


class Known(Protocol):
    """Whom facts are about: a subject, or one in the middle of a decision."""

    @property
    def person(self) -> Person: ...

    @property
    def account(self) -> Account | None: ...

    @property
    def activity(self) -> Mapping[str, Tally]: ...

    @property
    def company(self) -> Company | None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """All that one decision looks at. `activity` maps a key of `flows.tallies` to its tally, `desk` is the team's day.

    `kept` are the marks of what `activity` was counted for; `company` is there when a playbook asks for shares. `other` is there when they
    are being merged: for Merged who is to become part of them, for MergedInto who they become part of.
    """

    person: Person
    account: Account | None = None
    case: Case | None = None
    activity: Mapping[str, Tally] = field(default_factory=dict)
    desk: Desk = field(default_factory=Desk)
    company: Company | None = None
    kept: frozenset[str] = frozenset()
    other: Subject | None = None
