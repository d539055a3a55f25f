"""What a worker does with the claims it takes up. A job whose claim is over is no work, and no failure."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.clock import tick_of
from bot.deliver import Delivery
from bot.engine.dispatch import Dispatch
from bot.handle import Door
from bot.outage import DATABASE
from bot.world import machine_now
from storage.jobs import URGENT

log = logging.getLogger("handrail.worker")

SOON = timedelta(seconds=1)
"""Who is due all the same after being woken, and who is not due yet by our clock, is asked again then."""


class Hands:
    """Takes up claims, in as many threads as call it. Nothing it does raises: a claim that failed ends with its lease."""

    def __init__(self, door: Door, delivery: Delivery, dispatch: Dispatch) -> None:
        self._door = door
        self._delivery = delivery
        self._dispatch = dispatch
        self._stopped = False

    def deliver(self, token: str) -> int:
        """Deliver the rows of that claim, then see whether more is due. Gives how many there were."""
        try:
            taken = self._delivery.take_up(token)
            if taken and not self._stopped:
                self._dispatch.messages()
        except Exception as error:
            _told("a claim could not be delivered", error)
            return 0
        return taken

    def wake(self, queue: str, people: Sequence[str], until: datetime) -> int:
        """Decide for those of these people who are still leased until then. Gives for how many."""
        try:
            return self._wake(queue, people, until)
        except Exception as error:
            _told("people could not be woken", error)
            return 0

    def stop(self) -> None:
        """Begin nothing any more: what is claimed is handed back, and calls under way are finished and settled. Returns at once."""
        self._stopped = True
        self._delivery.stop()

    def _wake(self, queue: str, people: Sequence[str], until: datetime) -> int:
        store, now = self._door.store, self._door.now()
        ours, early = store.leased(people, until, machine_now(), now)
        if self._stopped:
            store.rest([*ours, *early], machine_now(), timedelta())
            return 0
        urgent = queue == URGENT  # what is said to them must not be claimed with all that has been decided before
        decide = self._door.decide if urgent else self._door.handle
        decisions = decide(*(tick_of(who, now) for who in ours)) if ours else []
        still_due = [one.person.id for one in decisions if one.wake_at and one.wake_at <= now]
        store.rest([*early, *still_due], machine_now(), SOON)
        if urgent:
            self._delivery.send_to({say.to.recipient for one in decisions for say in one.says})
            if not self._stopped:
                self._dispatch.messages()
        return len(ours)


def _told(what: str, error: Exception) -> None:
    if not DATABASE.explains(error):
        log.error("%s: %s", what, type(error).__name__, exc_info=error)
