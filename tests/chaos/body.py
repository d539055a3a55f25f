"""One process of ours: what it runs, how it is to die, and what its clock says. Its leases are short, so that no test waits for long."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import fleet_process
from chaos.points import ANY_MOMENT, struck_at

import bot.clock
import bot.deliver
import bot.email.sendgrid
import bot.engine.dispatch
import bot.engine.scaled
import bot.house
import bot.main
import bot.sending
import bot.slack.client
import bot.world
from bot.commands import serve

fleet_process.ROLES["run"] = serve.run

LEASE = timedelta(seconds=6)
LONGEST_CALL = timedelta(seconds=3)
CALL = 2.0
"""Seconds after which a provider's answer is waited for no longer. Below the longest call, as in earnest."""
HASTE = 0.1
"""Beats that come every quarter of a minute or so come ten times as often."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Doom:
    """At which point a process kills itself, the how manieth time it comes there. SIGSTOP: it hangs instead."""

    point: str = ANY_MOMENT
    times: int = 1
    by: signal.Signals = signal.SIGKILL


def live(role: str, environment: Mapping[str, str], folder: Path, log: str, doom: Doom | None, shift: Any) -> None:
    """Be that process until told to end, or killed. `shift.value` are the seconds by which its machine's clock is wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _hurry()
    bot.world.datetime = _clock(shift)  # type: ignore[attr-defined,misc]
    if doom and doom.point != ANY_MOMENT:
        struck_at(doom.point, doom.times, doom.by)
    fleet_process.live(role, environment, folder, log)


def _hurry() -> None:
    """What takes minutes in earnest takes seconds here; no order of spans is turned round."""
    bot.deliver.LEASE = bot.engine.dispatch.LEASE = LEASE
    bot.engine.dispatch.WAKE_LEASE = LEASE
    bot.sending.LONGEST_CALL = LONGEST_CALL
    bot.email.sendgrid.TIMEOUT = CALL
    bot.slack.client.slack_client.__kwdefaults__["timeout"] = CALL
    bot.clock.UNDECIDED_AFTER = timedelta(seconds=2)
    for name in ("TIDY_EVERY", "RECONCILE_EVERY", "UNDECIDED_EVERY"):
        setattr(bot.engine.scaled, name, getattr(bot.engine.scaled, name) * HASTE)
    schedule = bot.house.schedule

    def often(beats: dict[str, tuple[Callable[[], object], float]]) -> Any:
        return schedule({name: (job, seconds * HASTE if seconds >= 10 else seconds) for name, (job, seconds) in beats.items()})

    bot.house.schedule = often


def _clock(shift: Any) -> type[datetime]:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=shift.value)

    return Wrong
