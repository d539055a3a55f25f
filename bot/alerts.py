"""When something is wrong with Handrail itself, its owners' channel hears of it: once when it begins, and once when it is over.

Every process looks, and of several one does it: so the web process or a worker tells that the clock stands still. In one process the
beats share a scheduler and not a thread: one that hangs is told by another; a process that is gone tells nothing, and somebody outside has
to ask (/healthz, `handrail status`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.alerts_judging import Judged, judge
from bot.ops import note, owners
from bot.words import Words
from bot.world import World, machine_now
from flows.library import Playbooks
from storage import alerts, sendings
from storage.alerts import Alert
from storage.chores import Chores
from storage.database import Database
from storage.outbox import Outbox
from storage.standing import standing

log = logging.getLogger("handrail.alerts")

CHORE = "alerts"
EVERY = timedelta(seconds=15)
"""Machine time between two looks, whoever looks."""
WINDOW = timedelta(minutes=10)
"""What became of messages within it tells whether a provider refuses."""
FORGOTTEN = timedelta(hours=2)
"""A channel of which nothing became for so long is not judged any more."""
BETWEEN = timedelta(minutes=30)
"""Nobody hears sooner than that that the same trouble began again."""
KEPT = timedelta(days=2)


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """Looks when it is time to. `language` is that of the notes, '' for the words as they are written."""

    database: Database
    outbox: Outbox
    world: World
    playbooks: Callable[[], Playbooks]
    words: Callable[[], Words]
    language: str = ""
    machine: Callable[[], datetime] = machine_now

    def beat(self) -> bool:
        """Look if it is time to, and nobody else does. Says whether it looked."""
        chores, now = Chores(self.database), self.machine()
        due = next((at for name, at in chores.due(now) if name == CHORE), None)
        if due is None:
            chores.plan(CHORE, now)
            return False
        if not chores.advance(CHORE, due, now + EVERY, now):
            return False
        self.look()
        return True

    def look(self) -> list[Alert]:
        """Judge how it stands, and tell what is news. Gives what changed.

        The notes come first: cut off before it is written down that they were told, the next look says the same under the same key.
        """
        now = self.machine()
        known = alerts.alerts_kept(self.database)
        judged = judge(standing(self.database, self.world.now(), now), sendings.since(self.database, now - WINDOW))
        changed = []
        for kind, found in judged.items():
            before = known.get(kind, Alert(kind=kind))
            after, tells = settled(before, found, now)
            if tells:
                self._tell(after, now)
            changed += [after] if after != before else []
        alerts.keep(self.database, changed)
        silent = [one for kind, one in known.items() if kind.startswith("refuses:") and kind not in judged]
        forgotten = [one for one in silent if one.told_at is None or now - one.told_at > FORGOTTEN]
        for one in forgotten:
            if one.since:
                log.warning("alert %s forgotten: nothing was sent there for two hours, so nobody knows whether it is over", one.kind)
        alerts.drop(self.database, [one.kind for one in forgotten])
        sendings.forget(self.database, now - KEPT)
        return changed

    def _tell(self, alert: Alert, now: datetime) -> None:
        state = "began" if alert.told else "over"
        log.log(logging.ERROR if alert.told else logging.WARNING, "alert %s %s: %s", alert.kind, state, dict(alert.facts))
        text = words_of(self.words(), alert, self.language)
        half_hour = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
        for channel in owners(self.playbooks()):
            self.outbox.enqueue(note(channel, f"alert:{alert.kind}:{state}:{half_hour.isoformat()}", text), self.world.now())


def settled(before: Alert, judged: Judged, now: datetime) -> tuple[Alert, bool]:
    """How it stands with a trouble now (machine time), and whether our people should hear of it: that it began, or that it is over."""
    match judged.wrong:
        case None:
            return before, False
        case True:
            after = replace(before, since=before.since or now, facts=judged.facts)
            soon = before.told_at is not None and now - before.told_at < BETWEEN
            news = not before.told and not soon
        case False:
            after = replace(before, since=None, facts=judged.facts if before.since else before.facts)
            news = before.told
    return (replace(after, told=after.since is not None, told_at=now), True) if news else (after, False)


def words_of(words: Words, alert: Alert, language: str = "") -> str:
    """What our people read about a trouble that began or is over."""
    kind, _, channel = alert.kind.partition(":")
    name = _CHANNELS.get(channel, channel)
    return words.get(f"ops.alert_{kind}_{'began' if alert.told else 'over'}", language, {"channel": name, **alert.facts})


_CHANNELS: Mapping[str, str] = {"slack": "Slack", "email": "E-mail", "webhook": "A webhook"}


def amiss(database: Database) -> list[Alert]:
    """What is wrong now."""
    return [one for one in alerts.alerts_kept(database).values() if one.since is not None]
