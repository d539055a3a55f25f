"""The day of (a) with sqlite3, orjson and Jinja, by hand: woken, decided, rendered, fenced, sent, settled."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson

from bench.floors.deciding import Decided, decide
from bench.floors.mail import Mail, mail_for

BATCH, FENCE = 500, 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PEOPLE = "SELECT id, version, state FROM people WHERE wake_at <= ? ORDER BY wake_at LIMIT ?"
_KEEP = "UPDATE people SET version = ?, wake_at = ?, state = ? WHERE id = ? AND version = ?"
_EVENT = (
    "INSERT INTO events (id, source, key, person_id, kind, name, at, decided_at, data, attempts, parked)"
    " VALUES (?, 'clock', ?, ?, 'Tick', '', ?, ?, '{}', 0, 0)"
)
_DECISION = "INSERT INTO decisions (event_id, person_id, at, reasons, says) VALUES (?, ?, ?, ?, ?)"
_SAY = (
    'INSERT INTO outbox (key, kind, recipient, "to", message, person_id, facts, variant, rank, essential, if_unknown, cause, state,'
    " created_at, due_at, expires_at, attempt, via, channel, looked, told)"
    " VALUES (?, 'say', ?, ?, ?, ?, '{}', '', 0, 0, 'leave', ?, 'pending', ?, ?, ?, 0, '[\"email\"]', 'email', 0, 0)"
)
_CLAIM = (
    "UPDATE outbox SET state = 'claimed', token = ?, lease_until = ?, attempt = attempt + 1 WHERE id IN ("
    " SELECT o.id FROM outbox o WHERE o.state = 'pending' AND o.due_at <= ? AND (o.not_before IS NULL OR o.not_before <= ?)"
    " AND (o.expires_at IS NULL OR o.expires_at > ?) AND NOT EXISTS (SELECT 1 FROM outbox older WHERE older.recipient = o.recipient"
    " AND older.id < o.id AND older.state IN ('pending', 'claimed', 'sending') AND older.due_at <= ?)"
    " ORDER BY o.rank, o.id LIMIT ?) RETURNING id, person_id"
)
_GO = (
    "UPDATE outbox SET state = 'sending', channel = 'email' WHERE token = ? AND state = 'claimed' AND lease_until > ?"
    " AND (expires_at IS NULL OR expires_at > ?) AND NOT EXISTS (SELECT 1 FROM people p, suppressions s WHERE p.id = outbox.person_id"
    " AND s.channel = 'email' AND s.address = p.email AND (s.reason <> 'opt-out' OR NOT outbox.essential)) AND id IN ({}) RETURNING id"
)
_SENT = (
    "UPDATE outbox SET state = 'sent', provider_id = ?, sent_at = ?, lease_until = NULL WHERE id = ? AND token = ? AND state = 'sending'"
)


def the_day(path: str, now: datetime, send: Callable[[Mail], str]) -> int:
    """Do all that is due at `now`; gives how many messages went out."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    try:
        while wake(connection, now):
            pass
        sent = 0
        while some := deliver(connection, now, send):
            sent += some
        return sent
    finally:
        connection.close()


def wake(connection: sqlite3.Connection, now: datetime) -> int:
    """Decide for those who are due, 500 in one commit."""
    at = _micros(now)
    connection.execute("BEGIN IMMEDIATE")
    people = connection.execute(_PEOPLE, (at, BATCH)).fetchall()
    first = (connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone() or (0,))[0] + 1
    kept, events, decisions, says = [], [], [], []
    for number, (who, version, state) in enumerate(people, first):
        person = orjson.loads(state)
        decided = decide(person, now)
        kept.append((version + 1, _micros(decided.wake_at), orjson.dumps(person).decode(), who, version))
        events.append((number, f"{who}@{at}", who, at, at))
        decisions.append((number, who, at, orjson.dumps(decided.reasons).decode(), orjson.dumps([decided.key]).decode()))
        says.append(_say(decided, who, at))
    if connection.executemany(_KEEP, kept).rowcount != len(kept):
        raise RuntimeError("somebody else changed one of them")
    for statement, rows in ((_EVENT, events), (_DECISION, decisions), (_SAY, says)):
        connection.executemany(statement, rows)
    connection.execute("COMMIT")
    return len(people)


def deliver(connection: sqlite3.Connection, now: datetime, send: Callable[[Mail], str]) -> int:
    """Claim up to 500, and send them by twenties. Gives how many were claimed."""
    token, machine, at = uuid4().hex, time.time_ns() // 1000, _micros(now)
    connection.execute("BEGIN IMMEDIATE")
    claimed = connection.execute(_CLAIM, (token, machine + 60_000_000, at, machine, at, at, BATCH)).fetchall()
    connection.execute("COMMIT")
    for start in range(0, len(claimed), FENCE):
        some = claimed[start : start + FENCE]
        marks = ",".join("?" * len(some))
        found = connection.execute(f"SELECT id, state FROM people WHERE id IN ({marks})", [who for _, who in some])
        people = {who: orjson.loads(state) for who, state in found}
        ready = {row: mail_for(people[who]) for row, who in some}
        connection.execute("BEGIN IMMEDIATE")
        passed = connection.execute(_GO.format(marks), (token, time.time_ns() // 1000, at, *ready)).fetchall()
        connection.execute("COMMIT")
        told = [(send(ready[row]), at, row, token) for (row,) in passed]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_SENT, told)
        connection.execute("COMMIT")
    return len(claimed)


def _say(decided: Decided, who: str, at: int) -> tuple[Any, ...]:
    to = orjson.dumps({"kind": "person", "ref": who, "via": ["email"]}).decode()
    return decided.key, f"person:{who}", to, decided.message, who, "0123456789abcdef", at, at, at + 36_000_000_000


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
