"""(d) by hand: FastAPI, the raw driver and orjson. Each call is answered when it is stored and decided, as Handrail answers.

SQLite has one writer, so calls are taken one after the other where they arrive; PostgreSQL's go side by side in threads.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from bench.floors.deciding import DECIDE
from bot.collecting import collect_rarely

SOURCE = "api"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHOSE = "SELECT value, person_id FROM identities WHERE kind = 'external' AND namespace = '' AND value"
_PEOPLE = "FROM people p LEFT JOIN activity a ON a.person_id = p.id WHERE p.id"
Call = dict[str, Any]


def decide(person: dict[str, Any], tallies: dict[str, Any], call: Call, now: datetime) -> list[dict[str, str]]:
    """Count an event, look at the rules for 50 µs, and give the reasons that changed: some do when one is the first of its name."""
    until = time.perf_counter() + DECIDE
    tally = tallies.setdefault(call["event"], {"n": 0, "days": {}, "first_at": None, "last_at": None})
    tally["n"] = tally.get("n", 0) + 1
    tally["last_at"] = person["last_active"] = now.isoformat()
    reason = ["quiet", f"integration_views == 0 and days_in >= 22: days_in is 0, integration_views is {tally['n']}"]
    person["reasons"] = {**person["reasons"], "nudge.how_to_integrations": reason}
    while time.perf_counter() < until:
        pass
    return [{"rule": "nudge.how_to_integrations", "result": reason[0], "because": reason[1]}] if tally["n"] == 1 else []


class OnSqlite:
    """Everything of one call in one commit."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._connection.execute(f"PRAGMA {pragma}")

    def take(self, calls: Sequence[Call]) -> None:
        """Store them, decide, and keep what changed."""
        run, now = self._connection.execute, datetime.now(UTC)
        at = (now - _EPOCH) // timedelta(microseconds=1)
        names = [call["userId"] for call in calls]
        run("BEGIN IMMEDIATE")
        whose = dict(run(f"{_WHOSE} IN ({_marks(names)})", names))
        keys = [call["messageId"] for call in calls]
        known = {key for (key,) in run(f"SELECT key FROM events WHERE source = '{SOURCE}' AND key IN ({_marks(keys)})", keys)}
        ids = list(set(whose.values()))
        found = run(f"SELECT p.id, p.version, p.state, a.tallies {_PEOPLE} IN ({_marks(ids)})", ids)
        people = {who: (version, orjson.loads(state), orjson.loads(tallies or "{}")) for who, version, state, tallies in found}
        first = (run("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone() or (0,))[0] + 1
        events, decisions = [], []
        for number, call in enumerate((call for call in calls if call["messageId"] not in known), first):
            who = whose[call["userId"]]
            _, person, tallies = people[who]
            reasons = decide(person, tallies, call, now)
            data = orjson.dumps({"name": call["event"], "properties": call["properties"]}).decode()
            events.append((number, SOURCE, call["messageId"], who, call["event"], at, at, data))
            if reasons:
                decisions.append((number, who, at, orjson.dumps(reasons).decode()))
        kept = [(version + 1, at, orjson.dumps(person).decode(), who, version) for who, (version, person, _) in people.items()]
        counted = [(who, orjson.dumps(tallies).decode()) for who, (_, _, tallies) in people.items()]
        many = self._connection.executemany
        many("UPDATE people SET version = ?, last_active = ?, state = ? WHERE id = ? AND version = ?", kept)
        many(
            "INSERT INTO events (id, source, key, person_id, kind, name, at, decided_at, data, attempts, parked)"
            " VALUES (?, ?, ?, ?, 'ProductEvent', ?, ?, ?, ?, 0, 0)",
            events,
        )
        many("INSERT INTO activity VALUES (?, ?) ON CONFLICT (person_id) DO UPDATE SET tallies = excluded.tallies", counted)
        many("INSERT INTO decisions (event_id, person_id, at, reasons, says) VALUES (?, ?, ?, ?, '[]')", decisions)
        run("COMMIT")


class OnPostgres:
    """The same, with as many connections as there are threads."""

    def __init__(self, url: str) -> None:
        from psycopg.types.json import set_json_dumps, set_json_loads
        from psycopg_pool import ConnectionPool

        set_json_dumps(orjson.dumps)
        set_json_loads(orjson.loads)
        self._pool = ConnectionPool(url, min_size=8, max_size=8, open=True)
        self._pool.wait()

    def take(self, calls: Sequence[Call]) -> None:
        """Store them, decide, and keep what changed; whoever else changes one of these people waits."""
        from psycopg.types.json import Jsonb

        now = datetime.now(UTC)
        names, keys = [call["userId"] for call in calls], [call["messageId"] for call in calls]
        with self._pool.connection() as connection:
            run = connection.execute
            whose: dict[str, str] = dict(run(f"{_WHOSE} = ANY(%s)", (names,)).fetchall())
            known = {key for (key,) in run("SELECT key FROM events WHERE source = %s AND key = ANY(%s)", (SOURCE, keys))}
            ids = sorted(set(whose.values()))
            found = run(f"SELECT p.id, p.state, a.tallies {_PEOPLE} = ANY(%s) ORDER BY p.id FOR UPDATE OF p", (ids,))
            people = {who: (state, tallies or {}) for who, state, tallies in found}
            news = [call for call in calls if call["messageId"] not in known]
            reasons = [decide(*people[whose[call["userId"]]], call, now) for call in news]
            run(
                "UPDATE people SET version = people.version + 1, last_active = %s, state = new.state"
                " FROM unnest(%s::text[], %s::jsonb[]) AS new(id, state) WHERE people.id = new.id",
                (now, ids, [Jsonb(people[who][0]) for who in ids]),
            )
            told = [Jsonb({"name": call["event"], "properties": call["properties"]}) for call in news]
            own = ([call["messageId"] for call in news], [whose[call["userId"]] for call in news], [call["event"] for call in news], told)
            numbers = run(
                "INSERT INTO events (source, key, person_id, kind, name, at, decided_at, data, attempts, parked)"
                f" SELECT '{SOURCE}', key, who, 'ProductEvent', name, %s, %s, data, 0, false"
                " FROM unnest(%s::text[], %s::text[], %s::text[], %s::jsonb[]) AS new(key, who, name, data) RETURNING id",
                (now, now, *own),
            ).fetchall()
            run(
                "INSERT INTO activity SELECT * FROM unnest(%s::text[], %s::jsonb[]) AS new(who, tallies)"
                " ON CONFLICT (person_id) DO UPDATE SET tallies = excluded.tallies",
                (ids, [Jsonb(people[who][1]) for who in ids]),
            )
            noted = [(n, who, Jsonb(changed)) for (n,), who, changed in zip(numbers, own[1], reasons, strict=True) if changed]
            if noted:
                run(
                    "INSERT INTO decisions (event_id, person_id, at, reasons, says)"
                    " SELECT event, who, %s, reasons, '[]' FROM unnest(%s::bigint[], %s::text[], %s::jsonb[]) AS new(event, who, reasons)",
                    (now, *map(list, zip(*noted, strict=True))),
                )


def app_on(url: str) -> FastAPI:
    """The endpoints of this floor."""
    app = FastAPI()
    sqlite = url.startswith("sqlite:///")
    take: Callable[[Sequence[Call]], None] = OnSqlite(url.removeprefix("sqlite:///")).take if sqlite else OnPostgres(url).take

    async def taken(calls: Sequence[Call]) -> JSONResponse:
        if sqlite:
            take(calls)
        else:
            await run_in_threadpool(take, calls)
        return JSONResponse({"success": True})

    @app.post("/v1/track")
    async def track(request: Request) -> JSONResponse:
        return await taken([orjson.loads(await request.body())])

    @app.post("/v1/batch")
    async def batch(request: Request) -> JSONResponse:
        return await taken(orjson.loads(await request.body())["batch"])

    return app


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def main() -> None:
    """Serve, as the environment says."""
    app = app_on(os.environ["DATABASE_URL"])
    collect_rarely()
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_config=None, access_log=False)


if __name__ == "__main__":
    main()
