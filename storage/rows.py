"""What a value looks like as a row. Pure: every row of a kind has the same columns, so that many go in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2s
from typing import Any

from flows.addresses import normal_address
from flows.decision import Draw, Say
from flows.events import AnyEvent, ProductEvent
from flows.people import Account, Case, Journey, Person
from storage import codec

Columns = dict[str, Any]


def person_row(person: Person) -> Columns:
    """The person and the columns that are asked for. `version`, `wake_at`, `external_id` and `kept` are the caller's."""
    journey: Journey | None = person.journey
    return {
        "account_id": person.account_id,
        "playbook": journey.playbook if journey else None,
        "active": journey is not None and journey.ended_at is None,
        "last_active": person.last_active,
        "email": normal_address(person.email),
        "slack": person.slack,
        "name": person.name,
        "held_until": person.held.until if person.held else None,
        "held_risk": person.held.risk if person.held else None,
        "held_team": person.held.team if person.held else None,
        "merged_into": person.merged_into or None,
        "state": person,
    }


def new_person(person: Person) -> Columns:
    """A person nobody has decided about yet."""
    own: Columns = {"id": person.id, "version": 0, "external_id": person.external_id, "kept": ()}
    return {**own, "wake_at": person.wake_at, "wake_lease": None, **person_row(person)}


def new_account(account: Account) -> Columns:
    """An account nobody has decided about yet."""
    return {"id": account.id, "version": 0, "external_id": account.external_id, **account_row(account)}


def account_row(account: Account) -> Columns:
    """The account and the columns that are asked for. `version` and `external_id` are the caller's."""
    return {"owner": account.owner.strip().lower(), "state": account}


def case_row(case: Case) -> Columns:
    """A case without `version`, `channel` and `thread`, which are the caller's."""
    return {
        "person_id": case.person_id,
        "state": case.state,
        "opened_at": case.opened_at,
        "team": case.team,
        "owner": case.owner,
        "given_at": case.given_at,
        "account_id": case.account_id,
        "step": case.step,
        "content": case,
    }


def event_row(event: AnyEvent, decided_at: datetime | None, raw: str | None) -> Columns:
    """An event with the moment it was decided, None when that has still to be done. `raw` is the body it came in, where one is kept."""
    return {
        "source": event.source,
        "key": event.key,
        "person_id": event.who,
        "kind": codec.event_kind(event),
        "name": event.name if isinstance(event, ProductEvent) else "",
        "at": min(event.at, decided_at) if decided_at else event.at,
        "decided_at": decided_at,
        "data": codec.event_data(event),
        "raw": raw,
        "attempts": 0 if decided_at else 1,
        "tried_at": None,
        "parked": False,
        "error": None,
        "company": None,
    }


def cause(event: AnyEvent) -> str:
    """A short name for an event, the same everywhere, which tells nothing of whom it is about: 16 hex digits."""
    return blake2s(f"{event.source}\0{event.key}".encode(errors="replace"), digest_size=8).hexdigest()


def say_row(say: Say, now: datetime, cause: str = "") -> Columns:
    """A message, due at once unless it says when (`now` is world time)."""
    by = say.to.via[:1] if say.to.kind == "person" else ("webhook",) if say.to.kind == "hook" else ("slack",)
    return {
        **_waiting(now),
        "due_at": say.due_at or now,
        "key": say.key,
        "kind": "say",
        "recipient": say.to.recipient,
        "to": say.to,
        "draw": None,
        "message": say.message,
        "person_id": say.person or None,
        "facts": say.facts,
        "variant": say.variant,
        "rank": -say.priority,
        "essential": say.essential,
        "if_unknown": say.if_unknown,
        "when_sent": say.when_sent,
        "expires_at": say.expires_at,
        "cause": cause,
        "via": say.to.via,
        "channel": by[0] if by else "",
        "told": say.to.kind != "person",
    }


def draw_row(draw: Draw, now: datetime) -> Columns:
    """A view to draw anew. A failed or unknown drawing can always be done again."""
    return {
        **_waiting(now),
        "key": None,
        "kind": "draw",
        "recipient": f"draw:{draw.surface}:{draw.ref}",
        "to": None,
        "draw": draw,
        "message": draw.surface,
        "cause": "",
        "person_id": None,
        "facts": {},
        "variant": "",
        "rank": 0,
        "essential": True,
        "if_unknown": "resend",
        "when_sent": None,
        "expires_at": None,
        "via": (),
        "channel": "slack",
        "told": True,
    }


def _waiting(now: datetime) -> Mapping[str, Any]:
    return {
        "state": "pending",
        "created_at": now,
        "due_at": now,
        "not_before": None,
        "attempt": 0,
        "token": None,
        "lease_until": None,
        "provider_id": None,
        "sent_at": None,
        "sent_payload": None,
        "looked": False,
        "error": None,
    }
