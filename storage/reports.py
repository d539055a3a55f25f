"""Questions about what is stored. Nothing here writes; what comes back is plain JSON where a program may print it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, func, or_, select

from flows.addresses import spellings
from flows.events import CsmReplied
from flows.people import Case, Person
from storage import codec, loading
from storage.conditions import PENDING, UNKNOWN
from storage.conversation import Told, spoken
from storage.database import Database
from storage.standing import counted, oldest_pending
from storage.suppressions import Suppression, Suppressions
from storage.tables import (
    accounts,
    case_messages,
    cases,
    chores,
    consent_log,
    decisions,
    events,
    identities,
    outbox,
    people,
    people_segments,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """How the house is. `oldest_wake` and `oldest_pending` are moments of world time that have passed, None when nobody waits.

    Nobody counts further than `storage.standing.MOST`.
    """

    last_tick: datetime | None
    oldest_wake: datetime | None
    oldest_pending: datetime | None
    pending: int
    undecided: int
    parked: int
    unknown: int


class Reports:
    """Read-only questions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_person(self, text: str) -> Person | None:
        """The person with that e-mail address, external id or id."""
        word = text.strip()
        written = {word.lower(), *spellings(word)}
        named = select(identities.c.person_id).where(
            or_(
                (identities.c.kind == "external") & (identities.c.value == word),
                (identities.c.kind == "email") & identities.c.value.in_(written),
            )
        )
        with self._database.read() as connection:
            for match in (people.c.id == word, people.c.id.in_(named), people.c.email.in_(written)):
                if row := connection.execute(select(people).where(match).limit(1)).first():
                    became = people.c.id == (row.merged_into or row.id)
                    return loading.person(connection.execute(select(people).where(became)).one())
        return None

    def why(self, person_id: str) -> list[Told]:
        """Everything that happened to someone, in order: each event with the reasons that changed and what became of its messages."""
        with self._database.read() as connection:
            heard = connection.execute(_about(events, person_id).order_by(events.c.id)).all()
            decided = {row.event_id: row for row in connection.execute(_about(decisions, person_id))}
            said = {row.key: row for row in connection.execute(_about(outbox, person_id)) if row.key}
        return [_story(event, decided.get(event.id), said) for event in heard]

    def shut(self, person: Person) -> list[Suppression]:
        """The addresses they have now that are not written to, their own word included."""
        theirs = [(channel, address) for channel, address in (("email", person.email), ("slack", person.slack)) if address]
        return [*Suppressions(self._database).of(theirs).values()]

    def consent(self, person_id: str) -> list[Told]:
        """When they stopped or resumed messages, by which mouth and in which words, in order."""
        with self._database.read() as connection:
            found = connection.execute(_about(consent_log, person_id).order_by(consent_log.c.id)).all()
        words = ("channel", "what", "source", "wording")
        return [{"at": row.at.isoformat(), **{name: getattr(row, name) for name in words}} for row in found]

    def health(self, world_now: datetime) -> Health:
        """What the health page and its alarms look at."""
        undecided = events.c.decided_at.is_(None)
        with self._database.read() as connection:
            return Health(
                last_tick=connection.scalar(select(chores.c.done_at).where(chores.c.name == "tick")),
                oldest_wake=connection.scalar(select(func.min(people.c.wake_at)).where(people.c.wake_at <= world_now)),
                oldest_pending=oldest_pending(connection, world_now)[0],
                pending=counted(connection, outbox, PENDING),
                undecided=counted(connection, events, undecided & ~events.c.parked),
                parked=counted(connection, events, undecided & events.c.parked),
                unknown=counted(connection, outbox, UNKNOWN),
            )

    def decisions_after(self, id: int, limit: int) -> list[Told]:
        """Decisions from which anything followed, after the one with that number, oldest first."""
        about = select(decisions, events.c.kind, events.c.name.label("event_name"), events.c.source, people.c.name.label("person_name"))
        found = about.join(events, events.c.id == decisions.c.event_id).join(people, people.c.id == decisions.c.person_id)
        with self._database.read() as connection:
            rows = connection.execute(found.where(decisions.c.id > id).order_by(decisions.c.id).limit(limit)).all()
        return [
            {
                "id": row.id,
                "at": row.at.isoformat(),
                "person": row.person_id,
                "name": row.person_name,
                "kind": row.kind,
                "event": row.event_name,
                "source": row.source,
                "reasons": [asdict(reason) for reason in row.reasons],
                "says": list(row.says),
            }
            for row in rows
        ]

    def cases_open(self) -> list[Case]:
        """Cases that are not closed, the longest open first."""
        with self._database.read() as connection:
            found = connection.execute(select(cases).where(cases.c.state != "closed").order_by(cases.c.opened_at))
            return [loading.case(row) for row in found]

    def case(self, case_id: str) -> Case | None:
        """One case, open or closed."""
        with self._database.read() as connection:
            row = connection.execute(select(cases).where(cases.c.id == case_id)).first()
        return loading.case(row) if row else None

    def conversation(self, case_id: str) -> list[Told]:
        """What was said in a case, in order. An empty text of the customer is a press of the button."""
        with self._database.read() as connection:
            found = connection.execute(select(case_messages).where(case_messages.c.case_id == case_id).order_by(case_messages.c.id))
            return [spoken(row) for row in found]

    def thread_words(self, person_id: str, ts: str) -> CsmReplied | None:
        """What a CSM wrote in the thread of this person's case, by Slack's id of the message."""
        written = select(events).where(events.c.person_id == person_id, events.c.kind == "CsmReplied").order_by(events.c.id.desc())
        with self._database.read() as connection:
            found = (codec.event(row) for row in connection.execute(written))
            return next((event for event in found if isinstance(event, CsmReplied) and event.ts == ts), None)

    def people_list(self) -> list[Told]:
        """Everyone, by name, with where they stand."""
        with self._database.read() as connection:
            segments = _by_person(connection.execute(select(people_segments)))
            companies = {row.id: row.state.name for row in connection.execute(select(accounts))}
            themselves = select(people).where(people.c.merged_into.is_(None))
            found = connection.execute(themselves.order_by(people.c.name, people.c.id)).all()
        return [
            {
                "id": row.id,
                "external_id": row.external_id,
                "name": row.name,
                "email": row.state.email,
                "slack": row.slack,
                "account": row.account_id,
                "account_name": companies.get(row.account_id, ""),
                "playbook": row.playbook,
                "active": row.active,
                "segments": segments.get(row.id, {}),
                "last_active": _iso(row.last_active),
                "wake_at": _iso(row.wake_at),
            }
            for row in found
        ]


def _about(table: Table, person_id: str) -> Select[Any]:
    """What is kept of somebody, also under the ids of those who turned out to be them."""
    theirs = select(people.c.id).where((people.c.id == person_id) | (people.c.merged_into == person_id))
    return select(table).where(table.c.person_id.in_(theirs))


def _by_person(rows: Iterable[Any]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        found[row.person_id][row.dimension] = row.segment
    return found


def _story(event: Any, decision: Any, said: dict[str, Any]) -> Told:
    keys = decision.says if decision else ()
    return {
        "event": event.id,
        "at": event.at.isoformat(),
        "decided_at": _iso(event.decided_at),
        "kind": event.kind,
        "name": event.name,
        "source": event.source,
        "key": event.key,
        "data": event.data,
        "undecided": event.decided_at is None,
        "parked": event.parked,
        "attempts": event.attempts,
        "error": event.error or "",
        "reasons": [asdict(reason) for reason in decision.reasons] if decision else [],
        "messages": [_fate(said[key]) for key in keys if key in said],
    }


def _fate(row: Any) -> Told:
    return {
        "key": row.key,
        "message": row.message,
        "variant": row.variant,
        "to": row.recipient,
        "channel": row.channel,
        "state": row.state,
        "sent_at": _iso(row.sent_at),
        "expires_at": _iso(row.expires_at),
        "error": row.error or "",
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
