"""Rows on their way: a group of at most 20 passes the fence, and while it is sent the next one is rendered."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType

from bot.channels import Drawing, SendError
from bot.fates import after, handed_back, too_late
from bot.lanes import TRACKS, Lanes, Tempo
from bot.logs import about
from bot.meters import Meters
from bot.outage import DATABASE
from bot.pacing import Pace
from bot.preparing import Preparing, Ready
from bot.tallying import Tallying
from bot.whose import is_to_person, lane_of
from storage.outbox import Outbox
from storage.outcomes import Accepted, Outcome
from storage.queued import Row

log = logging.getLogger("handrail.deliver")

FENCE = 20
"""Rows in flight at once: what a crash leaves unknown at most, besides those of workspaces that do not answer at that moment."""
LONGEST_CALL = timedelta(seconds=20)
"""No call of a channel takes longer; a row whose lease has less left is handed back unsent."""
NEXT_LOOK = 1.0
"""Seconds that a row waits whose lane does not answer another."""
SOON = 0.25
"""Seconds after which it is written down what became of those that are through, while others are still being sent."""
ENOUGH = 0.5
"""Seconds of work that one lane takes on at a time, so that what is urgent has not long to wait behind it."""
PATIENCE = 30.0
"""Seconds that we wait for a database that is gone, to write down what became of messages."""
AT_AN_END = 3.0
"""The same when we were told to end."""
ORDINARY = 10
"""What has a higher priority is urgent: answers to people, words for the team, cards."""
_PACED = "it goes at the pace of its provider"
_TOLD_TO_END = "we were told to end"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What sending needs. `now` is world time, `machine` machine time; `stopping` is set when we were told to end."""

    outbox: Outbox
    preparing: Preparing
    pace: Pace
    meters: Meters
    tempo: Tempo
    now: Callable[[], datetime]
    machine: Callable[[], datetime]
    stopping: threading.Event


class Sending:
    """For one thread that hands out rows, within `with`: at its end all is sent and written down, unless the process is being killed."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lanes = Lanes()
        self._outcomes: deque[Outcome] = deque()
        self._tallying = Tallying(parts.meters)
        self._paused: dict[str, datetime] = {}

    def __enter__(self) -> Sending:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            while kind is None and self._lanes.busy:
                self.settle()
        finally:
            self._lanes.close()
        if kind is None or issubclass(kind, Exception):
            self._write_down_at_last()

    @property
    def busy(self) -> bool:
        """Whether anything is under way, or is through and not written down yet."""
        return self._lanes.busy or bool(self._outcomes)

    def go(self, rows: Sequence[Row]) -> list[Row]:
        """Send these, 20 at most, as soon as those before are through. Gives those of which their lane has enough for now."""
        if not all(is_to_person(row) for row in rows):  # views and threads rest on what stands: those before have to be written down
            self._land()
            self._write_down()
        seen = self._parts.preparing.seen(rows)
        lanes = {row.id: lane_of(row, seen) for row in rows}
        chosen, later = self._choose(rows, lanes)
        prepared = [self._parts.preparing.ready(row, lanes[row.id], seen, self._parts.now()) for row in self._granted(chosen, lanes)]
        self._outcomes.extend(one for one in prepared if not isinstance(one, Ready))
        self._land()
        self._take_off([one for one in prepared if isinstance(one, Ready)])
        return later

    def settle(self) -> None:
        """Wait until what is under way is done or stuck, and write down what became of it."""
        self._land()
        if self._lanes.busy:
            self._lanes.rest()
        self._write_down()

    def hand_back(self, rows: Sequence[Row], why: str = _TOLD_TO_END, wait: float = 0.0) -> None:
        """Their turn does not come now."""
        self._outcomes.extend(handed_back(row, why, self._parts.machine(), wait) for row in rows)

    def _choose(self, rows: Sequence[Row], lanes: Mapping[int, str]) -> tuple[list[Row], list[Row]]:
        """Those whose turn it is, and those of which their lane has enough for now. Of lanes that don't answer none is."""
        room = {lane: TRACKS.get(lane, 1) * self._parts.tempo.fits(lane, ENOUGH) for lane in set(lanes.values())}
        stuck = {lane for lane in room if self._lanes.stuck(lane)}
        taken: Counter[str] = Counter()
        chosen, later = [], []
        for row in rows:
            lane = lanes[row.id]
            if self._parts.stopping.is_set():
                self.hand_back([row])
            elif lane in stuck:
                self.hand_back([row], "somebody before it waits for an answer", NEXT_LOOK)
            elif taken[lane] < room[lane]:
                taken[lane] += 1
                chosen.append(row)
            else:
                later.append(row)
        return chosen, later

    def _granted(self, rows: Sequence[Row], lanes: Mapping[int, str]) -> Iterator[Row]:
        """Those that may go at the pace of their lane; the others wait, one after the other, and what is urgent never for long."""
        wanted = Counter(lanes[row.id] for row in rows)
        urgent = Counter(lanes[row.id] for row in rows if row.priority > ORDINARY)
        granted = self._parts.pace.take(wanted, urgent) if wanted else {}
        asked: Counter[str] = Counter()
        for row in sorted(rows, key=lambda row: row.priority <= ORDINARY):
            lane = lanes[row.id]
            may, place = granted[lane], asked[lane]
            asked[lane] += 1
            if place < may.n:
                yield row
            elif row.priority > ORDINARY:
                self.hand_back([row], _PACED, NEXT_LOOK)
            else:
                before = max(may.n, urgent[lane])
                self.hand_back([row], _PACED, may.turn(place - before, wanted[lane] - before))

    def _land(self) -> None:
        """Wait until what is under way is done or stuck. What is through is written down soon."""
        while not self._lanes.wait(SOON):
            self._write_down()

    def _take_off(self, ready: Sequence[Ready]) -> None:
        """The fence, in one commit with what became of those before; then the calls, side by side."""
        tracks = {lane: self._lanes.free(lane) for lane in {one.lane for one in ready}}
        self.hand_back([one.row for one in ready if not tracks[one.lane]], "somebody before it waits for an answer", NEXT_LOOK)
        going: dict[str, list[Ready]] = {}
        passed = self._write_down([one.row for one in ready if tracks[one.lane]])
        for one in ready:
            if one.row.id in passed:
                going.setdefault(one.lane, []).append(one)
        for lane, ones in going.items():
            n = min(len(tracks[lane]), self._parts.tempo.tracks(lane, len(ones)))
            for place, track in enumerate(tracks[lane][:n]):
                self._lanes.go(track, [partial(self._send, one) for one in ones[place::n]])

    def _send(self, one: Ready) -> None:
        with about(one.row.cause):
            self._outcomes.append(self._called(one))

    def _called(self, one: Ready) -> Outcome:
        """What became of it. One call at most."""
        row, machine = one.row, self._parts.machine()
        if self._parts.stopping.is_set():
            return handed_back(row, _TOLD_TO_END, machine)
        if (until := self._paused.get(one.lane)) and until > machine:
            return handed_back(row, "the provider had enough", machine, (until - machine).total_seconds())
        if row.lease_until and row.lease_until - machine < LONGEST_CALL:
            return too_late(row, machine)
        log.debug("row %d (%s) goes by %s", row.id, row.message or "drawing", one.channel.name)
        began = time.monotonic()
        try:
            return self._accepted(one)
        except SendError as error:
            self._mind(one.lane, error)
            return after(row, error, self._parts.machine())
        except Exception as error:
            log.exception("row %d: the channel failed in a way it should not", row.id)
            return after(row, SendError(type(error).__name__, unknown=True), self._parts.machine())
        finally:
            took = time.monotonic() - began
            self._parts.tempo.took(one.lane, took)
            self._parts.meters.called(one.channel.name, took)

    def _accepted(self, one: Ready) -> Accepted:
        row, channel, began = one.row, one.channel, self._parts.now()
        if isinstance(one.what, Drawing):
            drawn = channel.draw(one.what) or {}
            stands = tuple((row.draw.ref if row.draw else "", place, dict(new) or None) for place, new in drawn.items())
            return Accepted(id=row.id, token=row.token, provider_id="", channel=channel.name, at=began, stands=stands)
        receipt, now, variant = channel.send(one.what), self._parts.now(), one.what.rendered.variant
        said = row if row.variant == variant else replace(row, variant=variant)
        return Accepted(
            id=row.id,
            token=row.token,
            provider_id=receipt.provider_id,
            channel=channel.name,
            at=now,
            sent_payload=dict(receipt.payload) or None,
            variant=variant,
            then=self._parts.preparing.told(said, one.what.subject, channel.name, now),
        )

    def _mind(self, lane: str, error: SendError) -> None:
        """A provider that had enough is left alone, by everybody."""
        if error.busy:
            wait = error.retry_after or 1.0
            self._paused[lane] = self._parts.machine() + timedelta(seconds=wait)
            self._parts.pace.pause(lane, wait)
            self._parts.meters.refused(lane)

    def _write_down(self, rows: Sequence[Row] = ()) -> set[int]:
        """One commit: what became of those that are through, and the fence of these rows. Gives the ids that passed it."""
        outcomes = [self._outcomes.popleft() for _ in range(len(self._outcomes))]
        if not outcomes and not rows:
            return set()
        now = self._parts.now()
        try:
            settled, passed = self._parts.outbox.settle_and_fence(outcomes, rows, now, self._parts.machine())
        except Exception as error:
            if DATABASE.explains(error):
                self._outcomes.extendleft(reversed(outcomes))  # it comes back, and they are known
            else:
                log.exception("a group could not be written down at once; now one by one")
                self._one_by_one(outcomes)
            self.hand_back(rows, "it could not be written down that it goes", NEXT_LOOK)
            return set()
        try:
            self._tally(rows, passed, [one for one in outcomes if one.id in settled], now)
        except Exception as error:
            if not DATABASE.explains(error):
                log.exception("what became of a group is not counted")
        return passed

    def _tally(self, rows: Sequence[Row], passed: set[int], settled: Sequence[Outcome], now: datetime) -> None:
        self._tallying.fenced([row for row in rows if row.id in passed], now)
        self._tallying.settled(settled)
        if len(passed) < len(rows):
            self._tallying.stopped(self._parts.outbox.states(row.id for row in rows if row.id not in passed), rows)

    def _write_down_at_last(self) -> None:
        """While the database is gone, wait for it: what a provider said would be forgotten, and the message's fate unknown."""
        began = time.monotonic()
        self._write_down()
        while self._outcomes and time.monotonic() - began < (AT_AN_END if self._parts.stopping.is_set() else PATIENCE):
            time.sleep(SOON)
            self._write_down()

    def _one_by_one(self, outcomes: Sequence[Outcome]) -> None:
        """So that one that can't be written down leaves nobody in doubt about the others."""
        for one in outcomes:
            try:
                self._parts.outbox.settle_many([one])
            except Exception:
                log.exception("row %d: it could not be written down what became of it", one.id)
