"""The one door out: claim, render, fence, send, settle. What this promises stands in docs/delivery.md."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta

from bot.channels import Channel, SendError
from bot.compose import Composer
from bot.handle import Door
from bot.lanes import Tempo
from bot.meters import SILENT, Meters
from bot.pacing import AtOnce, Pace
from bot.preparing import Preparing
from bot.sending import FENCE, LONGEST_CALL, Parts, Sending
from bot.shelf import Shelf
from bot.whose import subject_of
from bot.world import machine_now
from flows.events import Undelivered
from storage.outbox import Outbox
from storage.queued import Row

__all__ = ["FENCE", "LEASE", "LONGEST_CALL", "Delivery"]

log = logging.getLogger("handrail.deliver")

LEASE = timedelta(seconds=60)
MOST = 500
"""Rows claimed at once, when they go quickly; when they go slowly fewer are, so that what is urgent is claimed before the rest."""
FIRST = 100
"""The same as long as nobody knows how quickly they go."""
WORTH = 0.25
"""Seconds of work that are claimed at once."""
_TOLD_AT_ONCE = 100
_THE_END = datetime.max.replace(tzinfo=UTC)
"""Later than any lease, also one that was given while the machine's clock was wrong."""
_WHY = {"expired": "it waited too long", "suppressed": "we may not write to them there"}


class Delivery:
    """Sends what waits in the outbox. Any number may run; a row is sent by the one that holds its lease. Safe to share between threads.

    `machine` tells machine time, which rules leases and backoff. `pace` is asked before the fence how much may go in which lane.
    """

    def __init__(
        self,
        outbox: Outbox,
        door: Door,
        shelf: Shelf,
        channels: Mapping[str, Channel],
        composer: Composer,
        machine: Callable[[], datetime] = machine_now,
        pace: Pace | None = None,
        meters: Meters = SILENT,
    ) -> None:
        self._outbox = outbox
        self._door = door
        self._machine = machine
        self._meters = meters
        self._preparing = Preparing(outbox, door, shelf, channels, composer, meters)
        self._one_at_a_time = threading.Lock()
        self._stopping = threading.Event()
        self._most = FIRST
        self._parts = Parts(
            outbox=outbox,
            preparing=self._preparing,
            pace=pace or AtOnce(),
            meters=meters,
            tempo=Tempo(),
            now=door.now,
            machine=machine,
            stopping=self._stopping,
        )

    def drain(self) -> int:
        """Send until nothing is due or `stop` is called. Returns how many rows were taken up."""
        with self._one_at_a_time, Sending(self._parts) as sending:
            return self._drain(sending)

    def take_up(self, token: str) -> int:
        """Deliver the rows of a claim that somebody made elsewhere. Returns how many there were still. Any number of threads may."""
        return self._take_up(self._outbox.claimed(token, self._machine()))

    def send_to(self, recipients: Collection[str]) -> int:
        """Send at once what is due for these, although others have waited longer. Returns how many rows there were; on PostgreSQL."""
        taken, them = 0, list(recipients)
        while them and not self._stopping.is_set():  # of each the oldest goes first, and the next one after that
            rows = self._outbox.claim(FIRST, self._door.now(), self._machine(), LEASE, to=them)
            if not rows:
                break
            taken += self._take_up(rows)
        return taken

    def _take_up(self, rows: list[Row]) -> int:
        with Sending(self._parts) as sending:
            self._send(rows, sending)
        self.give_up()
        return len(rows)

    def _drain(self, sending: Sending) -> int:
        taken = 0
        while not self._stopping.is_set():
            self.give_up()
            rows = self._outbox.claim(self._most, self._door.now(), self._machine(), LEASE)
            taken += len(rows)
            if rows:
                began = time.monotonic()
                taken += self._send(rows, sending, also_urgent=True)
                self._most = _claim_size(len(rows), time.monotonic() - began)
            elif sending.busy:
                sending.settle()
            else:
                break
        return taken

    def _send(self, rows: list[Row], sending: Sending, *, also_urgent: bool = False) -> int:
        """Send all of these, and with `also_urgent` what is more urgent and comes meanwhile. Gives how many came."""
        waiting, came = rows, 0
        while waiting and not self._stopping.is_set():
            if also_urgent and (urgent := self._more_urgent(waiting[0])):
                waiting, came = [*urgent, *waiting], came + len(urgent)
            waiting = [*sending.go(waiting[:FENCE]), *waiting[FENCE:]]
        sending.hand_back(waiting)
        return came

    def _more_urgent(self, row: Row) -> list[Row]:
        above, now, machine = row.priority, self._door.now(), self._machine()
        if not self._outbox.has_urgent(above, now, machine):
            return []
        return self._outbox.claim(FENCE, now, machine, LEASE, above=above)

    def give_up(self) -> None:
        """Let go of what waited too long, and tell the engine. Most often one look says that there is nothing to do."""
        if self._outbox.has_given_up(self._door.now()):
            for _ in range(self._outbox.expire(self._door.now())):
                self._meters.settled("", "expired", None)
            self._tell_fates()

    def stop(self) -> None:
        """End for good, after the call or the search at hand; what is claimed is handed back unsent. Returns at once."""
        self._stopping.set()

    def sweep(self, *, all_dead: bool = False) -> None:
        """Take up what a dead process left behind; `all_dead`: no other process can be alive, so no lease is waited for."""
        found = self._outbox.sweep(_THE_END if all_dead else self._machine())
        if found.requeued or found.unknown:
            log.warning("swept: %d again, %d of unknown fate", found.requeued, found.unknown)

    def reconcile(self, limit: int = 20) -> None:
        """Look for evidence of messages whose fate is unknown. Found: sent. Not found: left to people, or sent again for the team."""
        for row in self._outbox.unknowns(limit):
            if self._stopping.is_set():
                break
            try:
                found = self._evidence(row)
            except Exception as error:
                log.warning("could not look for row %d: %s", row.id, error)
                continue
            now, subject = self._door.now(), subject_of(row, self._preparing.seen([row])) if found is not None else None
            told = self._preparing.told(row, subject, row.channel, now) if subject else ()
            self._outbox.resolve_unknown(row.id, found, now, then=told)
        self._tell_fates()

    def _evidence(self, row: Row) -> str | None:
        """The provider's id of a message it has. A place that is gone for good holds none. Raises what the channel raises."""
        if row.channel == "email" and self._outbox.was_reported(row):
            return row.provider_id
        channel, subject = self._preparing.channel_of(row), subject_of(row, self._preparing.seen([row]))
        if channel is None or row.to is None or subject is None:
            return None
        try:
            return channel.find(row.id, row.to, subject)
        except SendError as error:
            if error.permanent:
                return None
            raise

    def _tell_fates(self) -> None:
        """Tell the engine what did not reach people, so that it gives the budget back. Read from the rows: a kill in between loses none."""
        while rows := self._outbox.untold(_TOLD_AT_ONCE):
            self._door.handle(*(self._undelivered(row) for row in rows))
            self._outbox.mark_told(row.id for row in rows)

    def _undelivered(self, row: Row) -> Undelivered:
        return Undelivered(
            source="delivery",
            key=f"{row.id}:{row.attempt}:{row.state}",
            who=row.person,
            at=self._door.now(),
            message_key=row.key or "",
            message=row.message,
            fate=row.state,
            why=_WHY.get(row.state) or row.error or "no answer from the provider",
        )


def _claim_size(rows: int, seconds: float) -> int:
    """How many to claim next, so that it is `WORTH` as much work."""
    return max(FENCE, min(MOST, int(rows / max(seconds, 1e-6) * WORTH)))
