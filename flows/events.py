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


BY_MAIL = "mail"
"""In place of a File's `team`: it came by e-mail and is kept with us; `url` is its id in our store, '' when only its name was kept."""

MailFate = Literal[
    "delivered", "deferred", "blocked", "bounced", "dropped", "complained", "unsubscribed", "resubscribed", "opened", "clicked", "other"
]
"""What a mail provider tells of one mail. `blocked` is a refusal that may pass (a soft bounce), `bounced` and `dropped` are for good."""

Shutting = Literal["bounced", "dropped", "complained", "imported", "by_hand"]
"""Why we do not write to an address any more. Their own opt-out is none of these."""


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """Something somebody attached. `url` opens for the token of `team` alone (or see BY_MAIL); `size` is in bytes."""

    id: str
    name: str
    mimetype: str
    size: int
    url: str
    team: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """Somebody's mail to us, as far as an answer in the same thread needs it: its Message-ID (with <>) and its subject."""

    id: str
    subject: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackOpened(Event):
    """They came to us in Slack, so we may write to them there: installed, wrote, opened or pressed."""

    how: Literal["installed", "wrote", "opened", "pressed"]
    mouth: Mouth = "slack"


@dataclass(frozen=True, kw_only=True, slots=True)
class Preferred(Event):
    """What they chose for themselves, whole: '' is as usual.

    `since` and `until` are local times ("09:30") between which we may write to them; `by` is the one channel they want; `locale` their
    language; `without` are the kinds of messages they do without (`flows.parts.rules.KINDS`); `tailored` is false when nothing should
    follow what they do: then every segment is the default one, and no experiment is made with them.
    """

    since: str = ""
    until: str = ""
    by: Literal["", "slack", "email"] = ""
    locale: str = ""
    without: tuple[str, ...] = ()
    tailored: bool = True
    mouth: Mouth = "slack"


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleRead(Event):
    """They opened a help article, or said whether it helped."""

    article: str
    helped: Literal["", "yes", "no"] = ""
    mouth: Mouth = "slack"


@dataclass(frozen=True, kw_only=True, slots=True)
class Joined(Event):
    """They signed up; `at` is the moment of joining, from which days are counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Left(Event):
    """They left the product or the company."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProductEvent(Event):
    """The product reports what they did. `said_at`: the moment it named, when that had not come yet; it counts as when it came."""

    name: str
    properties: dict[str, Any] = field(default_factory=dict)
    said_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Traits(Event):
    """What is known about a person and their account. `account_id` is our own id of the account they belong to."""

    person: dict[str, Any] = field(default_factory=dict)
    account: dict[str, Any] = field(default_factory=dict)
    account_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StepDone(Event):
    """They say a step is done. `elsewhere`: they insist, although the product has not reported it.

    `by` is the colleague of ours who ticked it for them.
    """

    step: str
    mouth: Mouth = "slack"
    elsewhere: bool = False
    typed: bool = False
    by: str = ""


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
    files: tuple[File, ...] = ()
    mail: Mail | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Snoozed(Event):
    """They want quiet until a moment of world time. `by`: the colleague of ours who paused them."""

    until: datetime
    mouth: Mouth = "slack"
    by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked(Event):
    """They asked something that changes nothing: `about` is next, help, how, later, goal, hello, not_a_time, mentioned or fresh_link.

    `place` is where they mentioned us ("CHANNEL/ts"), for a brief answer there.
    """

    about: str
    step: str | None = None
    mouth: Mouth = "slack"
    text: str = ""
    place: str = ""
    mail: Mail | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Replied(Event):
    """Free words that are no command: for the open case, else answered with the articles `found` for them, or with choices."""

    text: str
    mouth: Mouth = "slack"
    found: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    mail: Mail | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered(Event):
    """An answer to a survey, or to a question of ours (`solved`: yes or not_yet, about a `case`; `goal`: their own words).

    `text` is what they added in words.
    """

    survey: str
    value: str | int
    case: str = ""
    text: str = ""
    mouth: Mouth = "slack"


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseOpened(Event):
    """A colleague opens a case by hand: from a message, with 🆘, or by a command. `by` is their Slack user id."""

    text: str = ""
    by: str = ""
    name: str = ""
    place: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseAssigned(Event):
    """A colleague gives a case to another, or to themselves. `to` is a Slack user id, '' for nobody."""

    case: str
    to: str
    to_name: str
    by: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseSnoozed(Event):
    """A colleague puts a case aside until a moment of world time."""

    case: str
    until: datetime
    by: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseClaimed(Event):
    """A CSM takes the case. `by` is their Slack user id, `name` what people call them."""

    case: str
    by: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseClosed(Event):
    """A CSM thinks it is solved; the person is asked whether it is.

    `reason` is one of the playbook's, `note` their own words for the team.
    """

    case: str
    by: str
    name: str
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CsmReplied(Event):
    """Words in a case's thread. The claimant's reach the person, others' only when `sent_on` (they pressed Send).

    `channel` and `ts` name the Slack message, which gets a check mark when its words were sent. `face` is the address of their picture.
    """

    case: str
    by: str
    name: str
    text: str
    channel: str = ""
    ts: str = ""
    sent_on: bool = False
    face: str = ""
    files: tuple[File, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CsmTookBack(Event):
    """A CSM undid or deleted what they wrote. `reply` is the key of the CsmReplied. `sent`: it had left us."""

    case: str
    by: str
    name: str
    reply: str
    sent: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CsmChanged(Event):
    """A CSM edited what they wrote. `reply` is the key of the CsmReplied, `text` the new words. `sent`: the old ones had left us."""

    case: str
    by: str
    name: str
    reply: str
    text: str
    sent: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskDone(Event):
    """A colleague did what a task asks for. `task` is its id ("kickoff", "check_in#3"), `by` their Slack user id.

    `answers` are what they filled in (trait → words), `note` is their summary and `actions` what was agreed, a line each.
    """

    task: str
    by: str
    name: str
    note: str = ""
    actions: tuple[str, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskPostponed(Event):
    """A colleague puts a task off until a moment of world time."""

    task: str
    until: datetime
    by: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskDropped(Event):
    """A colleague says that a task is not needed. `why`: in their words."""

    task: str
    by: str
    name: str
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskAssigned(Event):
    """A colleague gives a task to another, or takes it. `to` is a Slack user id, '' for nobody."""

    task: str
    to: str
    to_name: str
    by: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MeetingPlanned(Event):
    """A colleague set the date of a task's meeting; planned again, it is moved. `starts` is an aware instant, `link` where it is held."""

    task: str
    starts: datetime
    minutes: int
    by: str
    name: str
    link: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged(Event):
    """Somebody we knew as another person, `other`, is this one: they are one from now on. `because` names the ids that say so.

    `refused`: why they stay two all the same, when who asks knows already; it is only noted then.
    """

    other: str
    because: str = ""
    refused: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MergedInto(Event):
    """This was another person, `into`, all along: nothing begins and nothing is said here any more."""

    into: str
    because: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Split(Event):
    """A colleague, `by`, took a merge with `other` back. What was stopped while they were one holds for both from now on.

    `refused`: no consent. `cases` and `journeys` were numbered by then, so that no number comes twice.
    """

    other: str
    by: str = ""
    opted_out: tuple[str, ...] = ()
    refused: bool = False
    snoozed_until: datetime | None = None
    paused_by: str = ""
    cases: int = 0
    journeys: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Undelivered(Event):
    """A message did not reach them: `fate` is failed, suppressed, expired or unknown."""

    message_key: str
    message: str
    fate: str
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MailReported(Event):
    """The mail provider tells what became of a mail to `address`, or what was done with it. No activity of theirs, whatever it is.

    `row` is the outbox row it speaks of and `message` its message, when anybody knows; `name` is the provider's word for an `other`.
    `machine`: an open or a click by a program.
    """

    what: MailFate
    address: str
    row: int | None = None
    message: str = ""
    why: str = ""
    name: str = ""
    machine: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class MailIgnored(Event):
    """A mail of theirs that nobody wrote by hand, or one too many: kept, and not answered."""

    why: Literal["auto_reply", "list", "bounce", "loop", "too_many", "empty"]
    subject: str = ""
    mouth: Mouth = "email"


@dataclass(frozen=True, kw_only=True, slots=True)
class AddressShut(Event):
    """Their address is not written to any more: a list was imported, or a colleague said so. `by` is who, or what."""

    channel: Literal["slack", "email"]
    address: str
    reason: Shutting
    by: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AddressLifted(Event):
    """A colleague lifts it: the address may be written to again."""

    channel: Literal["slack", "email"]
    address: str
    by: str = ""
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
    Joined | Left | ProductEvent | Traits | SlackOpened | Preferred | StepDone | StepSkipped | SaysStuck | Snoozed | Asked | Replied
    | ArticleRead | Answered | CaseOpened | CaseAssigned | CaseSnoozed | CaseClaimed | CaseClosed | CsmReplied | CsmTookBack
    | CsmChanged | TaskDone | TaskPostponed | TaskDropped | TaskAssigned | MeetingPlanned | Merged | MergedInto | Split
    | Undelivered | MailReported | MailIgnored | AddressShut | AddressLifted | OptedOut | OptedIn | Tick
)  # fmt: skip

ACTIVITY = (ProductEvent, SlackOpened, Preferred, StepDone, StepSkipped, SaysStuck, Snoozed, Asked, Replied, ArticleRead, Answered)
"""What a person does themselves. Deliveries, machine opens and scanners' clicks are no activity."""

BUSINESS = "hook:"
"""How the sources of business systems begin. What they report happens to somebody: a bill, a contract, a ticket that is solved."""


def is_theirs(event: Event) -> bool:
    """Whether somebody did it themselves, so that it is activity."""
    return isinstance(event, ACTIVITY) and not (isinstance(event, ProductEvent) and event.source.startswith(BUSINESS))
