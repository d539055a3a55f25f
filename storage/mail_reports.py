"""What a mail provider's reports are held against: the mails themselves, whose an address is, and what was heard before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from flows.events import AddressLifted, MailReported
from storage.database import Database, chunks
from storage.suppressions import plain
from storage.tables import consent_log, events, outbox, people

_BLOCKS, _LIFTS = MailReported.__name__, AddressLifted.__name__


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailed:
    """A message of ours that went, or may have gone, by mail. `email` is the person's address as it is now, in its normal form."""

    id: int
    key: str
    message: str
    person: str
    email: str
    essential: bool
    state: str
    channel: str
    provider_id: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """A refusal that may pass, as it was heard: the provider's own key of it, its moment, and the outbox row where that is known.

    The provider may tell it again under another key: of one mail at one moment there is one.
    """

    key: str
    at: datetime
    row: int | None = None


class MailReports:
    """Read-only questions, each one statement however many it is asked about."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mails(self, rows: Collection[int]) -> dict[int, Mailed]:
        """Those of these outbox rows that are messages to people."""
        columns = (outbox.c.id, outbox.c.key, outbox.c.message, outbox.c.essential, outbox.c.state, outbox.c.channel)
        said_to = people.alias("said_to")
        now = people.c.id == func.coalesce(said_to.c.merged_into, said_to.c.id)
        both = outbox.join(said_to, said_to.c.id == outbox.c.person_id).join(people, now)
        theirs = (
            select(*columns, outbox.c.provider_id, people.c.id.label("person_id"), people.c.email)
            .select_from(both)
            .where(outbox.c.recipient.like("person:%"))
        )
        with self._database.read() as connection:
            found = [row for some in chunks(sorted(rows)) for row in connection.execute(theirs.where(outbox.c.id.in_(some)))]
        return {
            row.id: Mailed(
                id=row.id, key=row.key, message=row.message, person=row.person_id, email=row.email,
                essential=row.essential, state=row.state, channel=row.channel, provider_id=row.provider_id or "",
            )
            for row in found
        }  # fmt: skip

    def blocked(self, person_ids: Collection[str], since: datetime) -> Mapping[tuple[str, str], list[Blocked]]:
        """The soft bounces of these people since that moment, by person and address; those before an address was lifted do not count."""
        theirs = (events.c.name == "") & events.c.kind.in_((_BLOCKS, _LIFTS)) & (events.c.at >= since)
        columns = (events.c.person_id, events.c.kind, events.c.key, events.c.at, events.c.data)
        found: dict[tuple[str, str], list[Blocked]] = defaultdict(list)
        lifted: dict[tuple[str, str], datetime] = {}
        with self._database.read() as connection:
            for some in chunks(sorted(person_ids)):
                for row in connection.execute(select(*columns).where(theirs, events.c.person_id.in_(some))):
                    place = (row.person_id, plain("email", str(row.data.get("address", ""))))
                    if row.kind == _LIFTS:
                        lifted[place] = max(row.at, lifted.get(place, row.at))
                    elif row.data.get("what") == "blocked":
                        found[place].append(Blocked(row.key, row.at, row.data.get("row")))
        return {place: [one for one in blocks if place not in lifted or one.at > lifted[place]] for place, blocks in found.items()}

    def last_words(self, person_ids: Collection[str]) -> dict[str, datetime]:
        """When these people last said whether they want mail."""
        about = consent_log.c.channel.in_(("email", "all"))
        latest = select(consent_log.c.person_id, func.max(consent_log.c.at).label("at")).where(about).group_by(consent_log.c.person_id)
        with self._database.read() as connection:
            return {
                row.person_id: row.at
                for some in chunks(sorted(person_ids))
                for row in connection.execute(latest.where(consent_log.c.person_id.in_(some)))
            }
