"""The day of (a) with psycopg, orjson and Jinja, by hand. Any number of processes may do it together: each takes what nobody has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import psycopg
from psycopg.types.json import Jsonb, set_json_dumps, set_json_loads

from bench.floors.deciding import decide
from bench.floors.mail import Mail, mail_for

BATCH, FENCE = 500, 20
_PEOPLE = "SELECT id, version, state FROM people WHERE wake_at <= %s ORDER BY wake_at LIMIT %s FOR UPDATE SKIP LOCKED"
_NUMBERS = "SELECT nextval(pg_get_serial_sequence('events', 'id')) FROM generate_series(1, %s)"
_KEEP = (
    "UPDATE people SET version = people.version + 1, wake_at = new.wake_at, state = new.state"
    " FROM unnest(%s::text[], %s::timestamptz[], %s::jsonb[]) AS new(id, wake_at, state) WHERE people.id = new.id"
)
_EVENT = "COPY events (id, source, key, person_id, kind, name, at, decided_at, data, attempts, parked) FROM STDIN"
_DECISION = "COPY decisions (event_id, person_id, at, reasons, says) FROM STDIN"
_SAY = (
    'COPY outbox (key, kind, recipient, "to", message, person_id, facts, variant, rank, essential, if_unknown, cause, state,'
    " created_at, due_at, expires_at, attempt, via, channel, looked, told) FROM STDIN"
)
_CLAIM = (
    "UPDATE outbox SET state = 'claimed', token = %(token)s, lease_until = clock_timestamp() + interval '60 seconds',"
    " attempt = attempt + 1 WHERE id IN (SELECT o.id FROM outbox o WHERE o.state = 'pending' AND o.due_at <= %(now)s"
    " AND (o.not_before IS NULL OR o.not_before <= clock_timestamp()) AND (o.expires_at IS NULL OR o.expires_at > %(now)s)"
    " AND EXISTS (SELECT 1 FROM outbox older WHERE older.recipient = o.recipient AND older.id < o.id"
    " AND older.state IN ('pending', 'claimed', 'sending') AND older.due_at <= %(now)s) IS NOT TRUE"
    " ORDER BY o.rank, o.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED) RETURNING id, person_id"
)
_GO = (
    "UPDATE outbox SET state = 'sending', channel = 'email' WHERE id = ANY(%(ids)s) AND token = %(token)s AND state = 'claimed'"
    " AND lease_until > clock_timestamp() AND (expires_at IS NULL OR expires_at > %(now)s)"
    " AND NOT EXISTS (SELECT 1 FROM people p, suppressions s WHERE p.id = outbox.person_id AND s.channel = 'email'"
    " AND s.address = p.email AND (s.reason <> 'opt-out' OR NOT outbox.essential)) RETURNING id"
)
_SENT = (
    "UPDATE outbox SET state = 'sent', provider_id = new.told, sent_at = %(now)s, lease_until = NULL"
    " FROM unnest(%(ids)s::bigint[], %(told)s::text[]) AS new(id, told)"
    " WHERE outbox.id = new.id AND token = %(token)s AND state = 'sending'"
)


def the_day(url: str, now: datetime, send: Callable[[Mail], str]) -> int:
    """Do all that is due at `now` and nobody else has taken; gives how many messages this process sent."""
    with opened(url) as connection:
        while wake(connection, now):
            pass
        sent = 0
        while some := deliver(connection, now, send):
            sent += some
        return sent


def opened(url: str) -> psycopg.Connection:
    """A connection whose JSON goes by orjson."""
    set_json_dumps(orjson.dumps)
    set_json_loads(orjson.loads)
    return psycopg.connect(url)


def wake(connection: psycopg.Connection, now: datetime) -> int:
    """Decide for those who are due, 500 in one commit."""
    with connection.transaction(), connection.cursor() as cursor:
        people = cursor.execute(_PEOPLE, (now, BATCH)).fetchall()
        if not people:
            return 0
        numbers = [number for (number,) in cursor.execute(_NUMBERS, (len(people),))]
        decided = [(number, who, decide(state, now)) for number, (who, _, state) in zip(numbers, people, strict=True)]
        whom = [who for _, who, _ in decided]
        cursor.execute(_KEEP, (whom, [one.wake_at for _, _, one in decided], [Jsonb(state) for _, _, state in people]))
        with cursor.copy(_EVENT) as rows:
            for number, who, _ in decided:
                rows.write_row((number, "clock", f"{who}@{now.isoformat()}", who, "Tick", "", now, now, "{}", 0, False))
        with cursor.copy(_DECISION) as rows:
            for number, who, one in decided:
                rows.write_row((number, who, now, orjson.dumps(one.reasons).decode(), orjson.dumps([one.key]).decode()))
        closes = now + timedelta(hours=10)
        with cursor.copy(_SAY) as rows:
            for _, who, one in decided:
                to = orjson.dumps({"kind": "person", "ref": who, "via": ["email"]}).decode()
                said = (one.key, "say", f"person:{who}", to, one.message, who, "{}", "", 0, False, "leave", "0123456789abcdef", "pending")
                rows.write_row((*said, now, now, closes, 0, '["email"]', "email", False, False))
        return len(people)


def deliver(connection: psycopg.Connection, now: datetime, send: Callable[[Mail], str]) -> int:
    """Claim up to 500, and send them by twenties. Gives how many were claimed."""
    own = {"token": uuid4().hex, "now": now, "limit": BATCH}
    with connection.transaction():
        claimed = connection.execute(_CLAIM, own).fetchall()
    for start in range(0, len(claimed), FENCE):
        some = claimed[start : start + FENCE]
        with connection.transaction():
            found = connection.execute("SELECT id, state FROM people WHERE id = ANY(%s)", ([who for _, who in some],)).fetchall()
        people: dict[str, Any] = dict(found)
        ready = {row: mail_for(people[who]) for row, who in some}
        with connection.transaction():
            passed = [row for (row,) in connection.execute(_GO, {**own, "ids": [*ready]})]
        told = [send(ready[row]) for row in passed]
        with connection.transaction():
            connection.execute(_SENT, {**own, "ids": passed, "told": told})
    return len(claimed)
