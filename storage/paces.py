"""How fast each lane may be called, kept in PostgreSQL so that all workers together are no faster than one may be.

A token bucket for each lane: so many tokens drip in a second, and no more than a small burst is kept. The clock is the database's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from storage.database import Database

LONGEST = 60.0
"""Seconds for which a turn is promised at most. Whoever was promised one may be gone by then, and nobody says so here."""


class Wanted(NamedTuple):
    """So many calls are wanted in a lane that takes so many a second, and so many at once after a rest.

    `urgent` ones come on top, and first: they ask again soon, and are promised no turn. `more` tokens are taken as well, if they are
    there, by who will want them in a moment.
    """

    lane: str
    calls: int
    per_second: float
    burst: float
    urgent: int = 0
    more: int = 0


_TAKE = text(f"""
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:lanes AS text[]), CAST(:calls AS int[]), CAST(:rates AS float8[]), CAST(:bursts AS float8[]),
            CAST(:urgent AS int[]), CAST(:more AS int[])) AS w (lane, calls, rate, burst, urgent, more)
    ), there AS (
        SELECT p.lane, w.calls, w.urgent, w.more, w.rate, p.promised, p.paused_until,
            least(w.burst, p.tokens + w.rate * greatest(0, extract(epoch FROM clock_timestamp() - p.at)))::float8 AS tokens
        FROM paces p JOIN wanted w USING (lane) ORDER BY p.lane FOR UPDATE OF p
    ), given AS (
        SELECT *,
            CASE WHEN paused_until > clock_timestamp() THEN 0 ELSE least(urgent + calls + more, floor(greatest(tokens, 0)))::int END AS go
        FROM there
    ), granted AS (
        SELECT *, greatest(0, calls - greatest(0, go - urgent)) AS lacking FROM given
    )
    UPDATE paces SET
        tokens = g.tokens - g.go,
        at = greatest(paces.at, clock_timestamp()),
        promised = CASE WHEN g.lacking = 0 THEN g.promised ELSE least(
            greatest(g.promised, g.paused_until, clock_timestamp()) + make_interval(secs => g.lacking / g.rate),
            greatest(g.paused_until, clock_timestamp()) + make_interval(secs => {LONGEST})) END
    FROM granted g WHERE paces.lane = g.lane
    RETURNING paces.lane, g.go, CASE WHEN g.lacking = 0 THEN 0 ELSE extract(epoch FROM paces.promised - clock_timestamp()) END
""")
"""All lanes of a fence group in one statement. Whoever gets no token is told to come when those who were told before will be through."""

_OPEN = text("INSERT INTO paces (lane, tokens, at) VALUES (:lane, :burst, clock_timestamp()) ON CONFLICT DO NOTHING")
_PAUSE = text("""
    INSERT INTO paces (lane, tokens, at, paused_until)
        SELECT :lane, 0, until, until FROM (SELECT clock_timestamp() + make_interval(secs => :seconds) AS until) AS pause
    ON CONFLICT (lane) DO UPDATE SET
        tokens = 0, at = greatest(paces.at, excluded.at), paused_until = greatest(paces.paused_until, excluded.paused_until)
""")
_FORGET = text("DELETE FROM paces WHERE at < now() - interval '1 day' AND coalesce(promised, at) < now()")


class Paces:
    """The buckets. Safe to share between threads and processes. They need not outlive a power cut: then each is full again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, wanted: Sequence[Wanted]) -> dict[str, tuple[int, float]]:
        """What may go out now, lane by lane, with what is taken as well, and after how many seconds the last of the rest may.

        Each statement is a transaction of its own: nobody waits longer for a lane than it takes.
        """
        with self._database.at_once() as connection:
            found = self._take(connection, wanted)
            if new := [one for one in wanted if one.lane not in found]:
                connection.execute(_OPEN, [{"lane": one.lane, "burst": one.burst} for one in sorted(new)])
                found |= self._take(connection, new)
        return found

    def pause(self, lane: str, seconds: float) -> None:
        """Nobody gets a token of this lane for so long. A pause is never shortened."""
        with self._database.write() as connection:
            connection.execute(_PAUSE, {"lane": lane, "seconds": seconds})

    def forget(self) -> None:
        """Let go of lanes that nobody called for a day: a bucket that isn't there is full."""
        with self._database.write() as connection:
            connection.execute(_FORGET)

    def _take(self, connection: Connection, wanted: Sequence[Wanted]) -> dict[str, tuple[int, float]]:
        lanes, calls, rates, bursts, urgent, more = ([*column] for column in zip(*wanted, strict=True))
        values = {"lanes": lanes, "calls": calls, "rates": rates, "bursts": bursts, "urgent": urgent, "more": more}
        rows = connection.execute(_TAKE, values)
        return {lane: (go, float(wait)) for lane, go, wait in rows}
