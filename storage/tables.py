"""What is kept, as SQLModel tables. Statements are Core and use the tables at the end of this page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, MetaData, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from flows.decision import Draw, Reason, To
from flows.desk import Allotment
from flows.people import Account, Case, Company, Person, Tally, TaskState
from storage import codec
from storage.documents import Document, Words
from storage.instants import Instant

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)
UNFINISHED = ("pending", "claimed", "sending")
"""States of an outbox row that hold back later rows to the same recipient."""


_Serial = BigInteger().with_variant(Integer(), "sqlite")
"""Numbers that only grow. SQLite counts by itself only in a column it calls INTEGER."""


def _only(where: str) -> dict[str, Any]:
    return {"sqlite_where": text(where), "postgresql_where": text(where)}


class Base(SQLModel):
    """Every table of ours."""

    metadata = METADATA


class Accounts(Base, table=True):
    """Companies. `external_id` is set by whoever names the account, not by a decision. `owner` is in small letters."""

    __tablename__ = "accounts"
    __table_args__ = (Index("ix_accounts_owner", "owner", **_only("owner <> ''")),)
    id: str = Field(primary_key=True)
    version: int
    owner: str = Field(sa_type=Words)
    external_id: str = Field(sa_type=Words)
    state: Account = Field(sa_type=Document(codec.ACCOUNT))


class People(Base, table=True):
    """Persons: the whole state, and beside it what is asked for.

    The columns `version`, `wake_at` and `external_id` are the truth, also where the state says otherwise.
    `kept` has the marks of what this person's `activity` counted when they were last saved (`flows.tallies.Need.mark`).
    `wake_lease` (machine time): somebody is about to decide for them, and nobody else need; saving clears it.
    `held_…` tell of a case that the team's day has no room for: since when it may be asked again, how much is at risk, and whose channel.
    `merged_into` is who they turned out to be, never somebody who was merged in turn; such a row is a name that leads on.
    """

    __tablename__ = "people"
    __table_args__ = (
        Index("ix_people_wake_at", "wake_at", **_only("wake_at IS NOT NULL")),
        Index("ix_people_playbook_last_active", "playbook", "last_active"),
        Index("ix_people_held", "held_until", "held_team", **_only("held_until IS NOT NULL")),
        Index("ix_people_merged", "merged_into", **_only("merged_into IS NOT NULL")),
    )
    id: str = Field(primary_key=True)
    version: int
    wake_at: datetime | None = Field(sa_type=Instant)
    wake_lease: datetime | None = Field(sa_type=Instant)
    account_id: str | None = Field(foreign_key="accounts.id", index=True)
    playbook: str | None
    active: bool
    last_active: datetime | None = Field(sa_type=Instant)
    external_id: str = Field(sa_type=Words)
    email: str = Field(sa_type=Words, index=True)
    slack: str = Field(sa_type=Words)
    name: str = Field(sa_type=Words)
    held_until: datetime | None = Field(sa_type=Instant)
    held_risk: float | None
    held_team: str | None = Field(sa_type=Words)
    merged_into: str | None = Field(foreign_key="people.id")
    kept: tuple[str, ...] = Field(sa_type=Document(codec.NAMES))
    state: Person = Field(sa_type=Document(codec.PERSON))


class PeopleSegments(Base, table=True):
    """Who is in which segment. Dimensions are the playbook's own words, so they are rows and not columns of `people`."""

    __tablename__ = "people_segments"
    __table_args__ = (Index(None, "dimension", "segment"),)
    person_id: str = Field(primary_key=True, foreign_key="people.id")
    dimension: str = Field(primary_key=True)
    segment: str
    since: datetime = Field(sa_type=Instant)


class Identities(Base, table=True):
    """What others call our people and accounts: one name, one owner. `moved_from` is whose it was before they were merged."""

    __tablename__ = "identities"
    kind: str = Field(primary_key=True)
    namespace: str = Field(primary_key=True)
    value: str = Field(primary_key=True, sa_type=Words)
    person_id: str | None = Field(foreign_key="people.id", index=True)
    account_id: str | None = Field(foreign_key="accounts.id", index=True)
    moved_from: str | None = Field(foreign_key="people.id")


class Merges(Base, table=True):
    """Two people who turned out to be one, or would have: then `refused` says why they are not. World time; `id` is the event's key."""

    __tablename__ = "merges"
    __table_args__ = (Index(None, "kept"), Index(None, "gone"))
    id: str = Field(primary_key=True, sa_type=Words)
    at: datetime = Field(sa_type=Instant)
    kept: str = Field(foreign_key="people.id")
    gone: str = Field(foreign_key="people.id")
    because: str = Field(sa_type=Words)
    refused: str = Field(sa_type=Words)
    undone_at: datetime | None = Field(sa_type=Instant)
    undone_by: str = Field(sa_type=Words)


class Events(Base, table=True):
    """What was heard. `decided_at` is the `now` of the decision; without one the event waits to be decided (`tried_at` is machine time).

    `company` is what the account's others did at that moment, where a playbook asks for shares.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index(None, "person_id", "name", "at"),
        Index("ix_events_undecided", "id", **_only("decided_at IS NULL")),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=_Serial)
    source: str = Field(sa_type=Words)
    key: str = Field(sa_type=Words)
    person_id: str = Field(foreign_key="people.id")
    kind: str
    name: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Instant)
    decided_at: datetime | None = Field(sa_type=Instant)
    data: Any = Field(sa_type=Document(codec.PLAIN), nullable=False)
    raw: str | None = Field(sa_type=Words)
    attempts: int
    tried_at: datetime | None = Field(sa_type=Instant)
    parked: bool
    error: str | None = Field(sa_type=Words)
    company: Company | None = Field(sa_type=Document(codec.COMPANY), nullable=True)


class Activity(Base, table=True):
    """What a person did, counted: one document, so that an event costs the same however much there was before."""

    __tablename__ = "activity"
    person_id: str = Field(primary_key=True, foreign_key="people.id")
    tallies: dict[str, Tally] = Field(sa_type=Document(codec.TALLIES))


class AccountCounts(Base, table=True):
    """How many of an account's people there are and what they do, see `flows.shares`; `what` is such as people or done:smb:first_report."""

    __tablename__ = "account_counts"
    account_id: str = Field(primary_key=True, foreign_key="accounts.id")
    what: str = Field(primary_key=True, sa_type=Words)
    n: int


class SegmentChanges(Base, table=True):
    """A dimension's history for a person. `before` is '' for the first, `segment` when the dimension or the journey is gone."""

    __tablename__ = "segment_changes"
    __table_args__ = (Index(None, "person_id", "id"), {"sqlite_autoincrement": True})
    id: int | None = Field(default=None, primary_key=True, sa_type=_Serial)
    person_id: str = Field(foreign_key="people.id")
    dimension: str
    before: str
    segment: str
    at: datetime = Field(sa_type=Instant)
    because: str = Field(sa_type=Words)


class Decisions(Base, table=True):
    """What followed from an event, when anything did: the reasons that changed and the keys of what was said.

    `allotment` is what the team's desk said to a case that was to open: nothing else comes from outside of the person and their account.
    """

    __tablename__ = "decisions"
    __table_args__ = (Index(None, "person_id", "id"), {"sqlite_autoincrement": True})
    id: int | None = Field(default=None, primary_key=True, sa_type=_Serial)
    event_id: int = Field(foreign_key="events.id", index=True, sa_type=_Serial)
    person_id: str = Field(foreign_key="people.id")
    at: datetime = Field(sa_type=Instant)
    reasons: tuple[Reason, ...] = Field(sa_type=Document(codec.REASONS))
    says: tuple[str, ...] = Field(sa_type=Document(codec.NAMES))
    allotment: Allotment | None = Field(sa_type=Document(codec.ALLOTMENT), nullable=True)


class OutboxRows(Base, table=True):
    """What waits to be said or drawn, and what became of it.

    World time: created_at, due_at, expires_at, sent_at. Machine time: not_before, lease_until.
    `rank` is the priority turned round, so that an index can hold the order: the lowest goes first.
    `via` are the channels still to try, `channel` the one it goes by. `looked`: no evidence was found for an unknown one.
    `told`: the engine knows, or need not know, that it did not arrive.
    `cause` is the short name of the event it follows from, for logs: see `storage.rows.cause`.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_outbox_draw", "recipient", unique=True, **_only("kind = 'draw' AND state = 'pending'")),
        Index("ix_outbox_pending", "rank", "id", **_only("state = 'pending'")),
        Index("ix_outbox_expires", "expires_at", **_only("state = 'pending' AND expires_at IS NOT NULL")),
        Index("ix_outbox_held", "token", **_only("state IN ('claimed', 'sending')")),
        Index("ix_outbox_unfinished", "recipient", "id", **_only("state IN ('pending', 'claimed', 'sending')")),
        Index("ix_outbox_unknown", "id", **_only("state = 'unknown'")),
        Index("ix_outbox_untold", "id", **_only("state IN ('failed', 'suppressed', 'expired', 'unknown') AND NOT told")),
        Index(None, "person_id", "id"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=_Serial)
    key: str | None = Field(sa_type=Words)
    kind: str
    recipient: str
    to: To = Field(sa_type=Document(codec.TO), nullable=True)
    draw: Draw = Field(sa_type=Document(codec.DRAW), nullable=True)
    message: str
    person_id: str | None = Field(foreign_key="people.id")
    facts: Any = Field(sa_type=Document(codec.PLAIN), nullable=False)
    variant: str
    rank: int
    essential: bool
    if_unknown: str
    cause: str = Field(sa_type=Words)
    when_sent: Draw = Field(sa_type=Document(codec.DRAW), nullable=True)
    state: str
    created_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    expires_at: datetime | None = Field(sa_type=Instant)
    not_before: datetime | None = Field(sa_type=Instant)
    attempt: int
    token: str | None
    lease_until: datetime | None = Field(sa_type=Instant)
    via: tuple[str, ...] = Field(sa_type=Document(codec.NAMES))
    channel: str
    provider_id: str | None
    sent_at: datetime | None = Field(sa_type=Instant)
    sent_payload: Any = Field(sa_type=Document(codec.PLAIN), nullable=True)
    looked: bool
    told: bool
    error: str | None = Field(sa_type=Words)


class Cases(Base, table=True):
    """Stuck people and who helps them. `channel` and `thread` are the truth: posting the card writes them, a decision never does."""

    __tablename__ = "cases"
    __table_args__ = (
        Index(None, "channel", "thread"),
        Index("ix_cases_open", "opened_at", **_only("state <> 'closed'")),
        Index("ix_cases_of_account", "account_id", "opened_at", **_only("state <> 'closed'")),
        Index("ix_cases_of_owner", "owner", "opened_at", **_only("state <> 'closed'")),
        Index("ix_cases_unclaimed", "team", "opened_at", **_only("state = 'open'")),
        Index("ix_cases_today", "team", "opened_at"),
        Index("ix_cases_given", "owner", "given_at"),
    )
    id: str = Field(primary_key=True)
    version: int
    person_id: str = Field(foreign_key="people.id", index=True)
    state: str
    opened_at: datetime = Field(sa_type=Instant)
    team: str = Field(sa_type=Words)
    owner: str
    given_at: datetime | None = Field(sa_type=Instant)
    account_id: str | None
    step: str
    channel: str
    thread: str
    content: Case = Field(sa_type=Document(codec.CASE))


class Tasks(Base, table=True):
    """What our people have to do, open and ended: a copy of what the account or the journey says, to be found without looking at everybody.

    `person_id` is the person in whose name the card was posted. `assignee` is the Slack user who has it, '' for nobody.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_of_assignee", "assignee", "due_at", **_only("state = 'open'")),
        Index("ix_tasks_of_team", "team", "due_at", **_only("state = 'open'")),
        Index(None, "account_id"),
        Index(None, "person_id"),
    )
    uid: str = Field(primary_key=True, sa_type=Words)
    person_id: str = Field(foreign_key="people.id")
    account_id: str | None
    team: str = Field(sa_type=Words)
    assignee: str
    state: str
    due_at: datetime = Field(sa_type=Instant)
    content: TaskState = Field(sa_type=Document(codec.TASK))


class CaseMessages(Base, table=True):
    """The conversation, ours. `role` is customer, csm (their words went to the customer) or note (they stayed in the thread)."""

    __tablename__ = "case_messages"
    __table_args__ = (Index(None, "case_id", "id"), Index(None, "event_id"))
    id: int | None = Field(default=None, primary_key=True, sa_type=_Serial)
    case_id: str = Field(foreign_key="cases.id")
    event_id: int = Field(foreign_key="events.id", sa_type=_Serial)
    at: datetime = Field(sa_type=Instant)
    who: str = Field(sa_type=Words)
    role: str
    text: str = Field(sa_type=Words)
    files: Any = Field(sa_type=Document(codec.PLAIN), nullable=False)
    mouth: str
    sent: bool


class Suppressions(Base, table=True):
    """Addresses we do not write to. `reason` "opt-out" is their own word and lets answers pass; any other reason lets nothing pass.

    `source` is who said so, `why` what they said.
    """

    __tablename__ = "suppressions"
    channel: str = Field(primary_key=True)
    address: str = Field(primary_key=True, sa_type=Words)
    reason: str
    source: str
    at: datetime = Field(sa_type=Instant)
    why: str = Field(sa_type=Words)


class Strays(Base, table=True):
    """What came in and is about nobody we know: a provider's report, a mail to nobody. Kept so that a repeat is no news; never acted on.

    `what` says it in a word. `at` is world time. No words of anybody's are kept here.
    """

    __tablename__ = "strays"
    __table_args__ = (UniqueConstraint("source", "key"), Index(None, "at"))
    id: int | None = Field(default=None, primary_key=True, sa_type=_Serial)
    source: str = Field(sa_type=Words)
    key: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Instant)
    what: str = Field(sa_type=Words)


class Files(Base, table=True):
    """What people attached to their mails and we passed through our own hands: pictures, drawn anew. `at` is world time."""

    __tablename__ = "files"
    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="people.id", index=True)
    at: datetime = Field(sa_type=Instant)
    mimetype: str
    content: bytes


class ConsentLog(Base, table=True):
    """Who stopped or resumed messages, when, where, and in which words."""

    __tablename__ = "consent_log"
    __table_args__ = (Index(None, "person_id", "id"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=_Serial)
    person_id: str = Field(foreign_key="people.id")
    at: datetime = Field(sa_type=Instant)
    channel: str
    what: str
    source: str
    wording: str = Field(sa_type=Words)


class Chores(Base, table=True):
    """Regular work: when it is due next and when it was last done."""

    __tablename__ = "chores"
    name: str = Field(primary_key=True)
    due_at: datetime | None = Field(sa_type=Instant)
    done_at: datetime | None = Field(sa_type=Instant)


class Installations(Base, table=True):
    """Where the app is installed in Slack: `team` is a workspace or an organisation. Tokens are ciphertext; '' when the app was removed.

    All moments are machine time. `key` tells with which key the tokens were encrypted.
    """

    __tablename__ = "installations"
    team: str = Field(primary_key=True)
    org: bool
    app: str
    name: str = Field(sa_type=Words)
    url: str = Field(sa_type=Words)
    bot: str
    bot_user: str
    scopes: tuple[str, ...] = Field(sa_type=Document(codec.NAMES))
    token: str
    refresh_token: str
    expires_at: datetime | None = Field(sa_type=Instant)
    key: str
    installer: str
    installed_at: datetime = Field(sa_type=Instant)
    removed_at: datetime | None = Field(sa_type=Instant)
    removed_why: str = Field(sa_type=Words)
    version: int


class OAuthStates(Base, table=True):
    """People on their way to Slack to install the app. Used once; machine time."""

    __tablename__ = "oauth_states"
    state: str = Field(primary_key=True)
    person_id: str | None = Field(index=True)
    issued_at: datetime = Field(sa_type=Instant, index=True)
    expires_at: datetime = Field(sa_type=Instant)


class WriteKeys(Base, table=True):
    """Keys of those who send events (`scope` write) or read journeys (read). All moments are machine time; see `storage.keys`."""

    __tablename__ = "write_keys"
    __table_args__ = (UniqueConstraint("hash"), Index("ix_write_keys_in_use", "name", unique=True, **_only("revoked_at IS NULL")))
    id: str = Field(primary_key=True)
    name: str
    hash: str
    scope: str
    created_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(sa_type=Instant)
    last_used_at: datetime | None = Field(sa_type=Instant)


class ContentCounts(Base, table=True):
    """How often an article was opened, helped, did not help, or was watched to its end (`what`). `last_at` is world time."""

    __tablename__ = "content_counts"
    article: str = Field(primary_key=True, sa_type=Words)
    what: str = Field(primary_key=True)
    n: int
    last_at: datetime = Field(sa_type=Instant)


class EventCatalogue(Base, table=True):
    """Which events came from where, and the names and types of their properties, never their values. Moments are world time."""

    __tablename__ = "event_catalogue"
    source: str = Field(primary_key=True, sa_type=Words)
    name: str = Field(primary_key=True, sa_type=Words)
    first_seen: datetime = Field(sa_type=Instant)
    last_seen: datetime = Field(sa_type=Instant)
    n: int = Field(sa_type=BigInteger)
    properties: dict[str, dict[str, int]] = Field(sa_type=Document(codec.PROPERTIES))


class EventVolumes(Base, table=True):
    """How much came in, by source and full hour of world time: see `storage.volumes.Volume`."""

    __tablename__ = "event_volumes"
    source: str = Field(primary_key=True, sa_type=Words)
    hour: datetime = Field(primary_key=True, sa_type=Instant, index=True)
    n: int = Field(sa_type=BigInteger)
    refused: int = Field(sa_type=BigInteger)
    unknown: int = Field(sa_type=BigInteger)
    skew_ms: int = Field(sa_type=BigInteger)
    skew_n: int = Field(sa_type=BigInteger)
    skewed: int = Field(sa_type=BigInteger)
    late: int = Field(sa_type=BigInteger)
    future: int = Field(sa_type=BigInteger)


class Guardrails(Base, table=True):
    """What is wrong with a source, since when, and what our own people were told of it last. World time; see `storage.guardrails`."""

    __tablename__ = "guardrails"
    source: str = Field(primary_key=True, sa_type=Words)
    kind: str = Field(primary_key=True)
    since: datetime | None = Field(sa_type=Instant)
    told: bool
    told_at: datetime | None = Field(sa_type=Instant)
    facts: dict[str, Any] = Field(sa_type=Document(codec.PLAIN))


class Paces(Base, table=True):
    """How fast a provider or a workspace may still be called, shared by every worker: a token bucket. Machine time.

    `tokens` were there at `at`; more drip in since. Nothing is taken before `paused_until`: somebody was answered 429.
    Whoever got none was told to come again, one after the other, the last of them at `promised`.
    """

    __tablename__ = "paces"
    lane: str = Field(primary_key=True, sa_type=Words)
    tokens: float
    at: datetime = Field(sa_type=Instant)
    paused_until: datetime | None = Field(sa_type=Instant)
    promised: datetime | None = Field(sa_type=Instant)


class SpentKeys(Base, table=True):
    """Keys of events that are gone, kept until nobody can repeat them any more (world time)."""

    __tablename__ = "spent_keys"
    source: str = Field(primary_key=True, sa_type=Words)
    key: str = Field(primary_key=True, sa_type=Words)
    until: datetime = Field(sa_type=Instant, index=True)


class GonePasts(Base, table=True):
    """Of whom nothing is kept that was decided before that moment (world time). `journey` is the one that `cohorts` counted."""

    __tablename__ = "gone_pasts"
    person_id: str = Field(primary_key=True, foreign_key="people.id")
    before: datetime = Field(sa_type=Instant)
    journey: str | None


class Cohorts(Base, table=True):
    """What journeys came to whose past is gone, by playbook and week of joining (its Monday, UTC, as 2026-03-02): see `storage.cohorts`."""

    __tablename__ = "cohorts"
    playbook: str = Field(primary_key=True)
    week: str = Field(primary_key=True)
    what: str = Field(primary_key=True)
    n: int = Field(sa_type=BigInteger)


class Alerts(Base, table=True):
    """What is wrong with Handrail itself, since when, and what our own people were told of it last. Machine time; see `storage.alerts`."""

    __tablename__ = "alerts"
    kind: str = Field(primary_key=True)
    since: datetime | None = Field(sa_type=Instant)
    told: bool
    told_at: datetime | None = Field(sa_type=Instant)
    facts: dict[str, Any] = Field(sa_type=Document(codec.PLAIN))


class Sendings(Base, table=True):
    """What became of messages, by channel and full minute of machine time, of every process: see `storage.sendings.Sending`."""

    __tablename__ = "sendings"
    __table_args__ = (Index(None, "minute"),)
    channel: str = Field(primary_key=True)
    fate: str = Field(primary_key=True)
    minute: datetime = Field(primary_key=True, sa_type=Instant)
    n: int = Field(sa_type=BigInteger)
    late_n: int = Field(sa_type=BigInteger)
    late_ms: int = Field(sa_type=BigInteger)
    late_most_ms: int = Field(sa_type=BigInteger)


class UnknownsLeft(Base, table=True):
    """Messages of unknown fate that somebody looked at and left as they are, by the outbox row's number. Machine time."""

    __tablename__ = "unknowns_left"
    id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=Instant)


_t = METADATA.tables
accounts, people, people_segments, identities = _t["accounts"], _t["people"], _t["people_segments"], _t["identities"]
events, activity, decisions, outbox = _t["events"], _t["activity"], _t["decisions"], _t["outbox"]
account_counts, segment_changes = _t["account_counts"], _t["segment_changes"]
cases, case_messages, tasks = _t["cases"], _t["case_messages"], _t["tasks"]
merges = _t["merges"]
suppressions, consent_log, chores = _t["suppressions"], _t["consent_log"], _t["chores"]
strays, files = _t["strays"], _t["files"]
installations, oauth_states = _t["installations"], _t["oauth_states"]
write_keys, content_counts = _t["write_keys"], _t["content_counts"]
event_catalogue, event_volumes, guardrails = _t["event_catalogue"], _t["event_volumes"], _t["guardrails"]
paces, spent_keys = _t["paces"], _t["spent_keys"]
gone_pasts, cohorts = _t["gone_pasts"], _t["cohorts"]
alerts, sendings, unknowns_left = _t["alerts"], _t["sendings"], _t["unknowns_left"]
