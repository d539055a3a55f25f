"""Everything that runs, joined: begun, asked to do what is due, and ended. `bot.main` joins it."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from apscheduler.schedulers.background import BackgroundScheduler
from fastapi import APIRouter, FastAPI

from bot.alerts import Alerts
from bot.articles import Library
from bot.clock import Knocker, retry_undecided, schedule, tick
from bot.deliver import Delivery
from bot.email.carrier import Carrier
from bot.email.inbound import Inbound
from bot.engine.scaled import Scaled
from bot.handle import Door
from bot.ingest.guarding import Guards
from bot.ingest.noticing import Noticing
from bot.links import Links
from bot.measuring import Measures
from bot.meters import Meters
from bot.reload import reload
from bot.retention import Retention
from bot.settings import Settings
from bot.shelf import Shelf
from bot.slack.side import SlackSide
from bot.telemetry import Spans
from bot.web.readiness import Stage
from bot.web.side_door import SideDoor
from bot.world import World
from storage import sendings
from storage.chores import Chores
from storage.outbox import Outbox
from storage.reports import Reports
from storage.store import Store

log = logging.getLogger("handrail")


@dataclass(kw_only=True)
class House:
    """Everything that runs, joined. `start` sets the clock and the delivery going, `stop` ends them."""

    settings: Settings
    store: Store
    outbox: Outbox
    reports: Reports
    world: World
    shelf: Shelf
    links: Links
    door: Door
    delivery: Delivery
    knocker: Knocker
    engine: Scaled | None
    chores: Chores
    library: Library
    inbound: Inbound
    slack: SlackSide | None
    by_mail: Carrier | None
    noticing: Noticing
    guards: Guards
    alerts: Alerts
    retention: Retention
    measures: Measures
    meters: Meters
    web: FastAPI
    watched: list[APIRouter] = field(repr=False)
    stage: Stage = "starting"
    _scaled: bool = field(default=False, repr=False)
    _running: BackgroundScheduler | None = field(default=None, repr=False)
    _side_door: SideDoor | None = field(default=None, repr=False)

    def start(self, *names: str) -> None:
        """Set the beats of those names going, all of them when none is named, and answer knocks."""
        self._side_door = self._open_side_door()
        if self.slack:
            self.slack.prepare()
            if self.slack.line and (not names or "socket" in names):
                self.slack.line.start()
        self._scaled = bool(names)
        self._running = self.beats(*names)
        self._running.start()
        if not names or {"deliver", "knock"} & {*names}:
            self.knocker.start()
        self.stage = "up"

    def stop(self) -> None:
        """Finish the call at hand, hand back what was not sent, and let go of the database."""
        self.stage = "stopping"
        self.retention.stop()
        if self.slack and self.slack.line:
            self.slack.line.stop()
        self.delivery.stop()
        if self._running:
            self._running.shutdown(wait=True)
        self.knocker.stop()
        self._write_down()
        if self._side_door:
            self._side_door.close()
        if isinstance(self.meters, Spans):
            self.meters.close()
        if self.by_mail:
            self.by_mail.close()
        self.store.close()

    def knocked(self) -> int:
        """Somebody waits for an answer: send what is due, or where workers do that, leave it to them."""
        return self.engine.knocked() if self.engine and self._scaled else self.delivery.drain()

    def _write_down(self) -> None:
        """What was counted since the last beat; a database that is gone must not keep the rest from ending."""
        try:
            self.noticing.flush()
            self._count()
        except Exception:
            log.exception("what came in during the last seconds is not counted")

    def _count(self) -> None:
        """What became of messages in this process, for those that look from another."""
        sendings.add(self.store.database, self.measures.fresh())

    def _tick(self) -> int:
        began = time.monotonic()
        woken = self.engine.beat() if self.engine and self._scaled else tick(self.door, self.chores)
        self.meters.ticked(woken, time.monotonic() - began)
        return woken

    def _read_files(self) -> None:
        """Take edited files. The clocks wake whom that concerns, and tell the owner of refused ones."""
        self.shelf.refresh()
        self.library.refresh()

    def _open_side_door(self) -> SideDoor | None:
        """Where this process is asked how it is, if anybody said where. A port that another process of ours has is no reason to end."""
        port, host = self.settings.metrics_port, self.settings.metrics_host
        if port is None:
            return None
        try:
            door = SideDoor(self.watched, host, port)
        except OSError as error:
            log.warning(
                "HANDRAIL_METRICS_PORT %d on %s can't be listened on (%s): this process is not scraped",
                port,
                host,
                os.strerror(error.errno or 0),
            )
            return None
        door.open()
        log.info("metrics and probes are on http://%s:%d", host, door.port)
        return door

    def beats(self, *names: str) -> BackgroundScheduler:
        """A scheduler with the beats of those names, all of them when none is named."""
        slack = self.slack
        every: dict[str, tuple[Callable[[], object], float]] = {
            **({"tokens": (slack.renew_tokens, 600)} if slack and slack.many else {}),
            "tick": (self._tick, 0.25),
            "deliver": (self.delivery.drain, 1),
            "sweep": (self.delivery.sweep, 15),
            "reconcile": (self.delivery.reconcile, 30),
            "undecided": (lambda: retry_undecided(self.door), 15),
            "notice": (self.noticing.flush, 5),
            "guard": (self.guards.beat, 30),
            "watch": (self.alerts.beat, 15),
            "retain": (self.retention.beat, 10),
            "count": (self._count, 5),
            "reload": (lambda: reload(self.shelf, self.store, self.outbox, self.world, self.library), 1),
        }
        if self.engine and self._scaled:
            every |= self.engine.beats() | {"files": (self._read_files, 1)}
        return schedule({name: beat for name, beat in every.items() if not names or name in names})

    def settle(self) -> None:
        """Do now all that is due now: wake, decide, send."""
        while tick(self.door, self.chores) + self.delivery.drain():
            pass
