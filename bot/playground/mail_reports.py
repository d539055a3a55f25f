"""SendGrid's event webhook: what became of mails, told to the app in batches, again and again until it says that it has heard."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from bot.playground.post import Refused
from bot.playground.values import Json, Mail

Fate = Literal["processed", "delivered", "open", "bounce", "dropped", "spamreport", "unsubscribe"]

MOST_WAITING = 1000
"""Reports that wait; the oldest are forgotten, as SendGrid forgets after a day."""

_ADDRESS = "203.0.113.7"
_PROGRAM = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.0"
_TOLD: dict[Fate, Json] = {
    "processed": {},
    "delivered": {"response": "250 2.0.0 OK"},
    "open": {"useragent": _PROGRAM, "ip": _ADDRESS, "sg_machine_open": False, "sg_content_type": "html"},
    "bounce": {
        "type": "bounce",
        "status": "5.1.1",
        "reason": "550 5.1.1 The e-mail account that you tried to reach does not exist.",
        "bounce_classification": "Invalid Address",
    },
    "dropped": {},
    "spamreport": {},
    "unsubscribe": {},
}
REASONS = {"bounce": "Bounced Address", "spamreport": "Spam Reporting Address", "unsubscribe": "Unsubscribed Address"}
"""Why SendGrid drops what comes after: what happened to an earlier mail."""

log = logging.getLogger(__name__)


class MailReports:
    """What is still to be told, oldest first. Safe to use from several threads."""

    def __init__(self) -> None:
        self._waiting: list[Json] = []
        self._news = threading.Condition()

    def add(self, *reports: Json) -> None:
        """Something happened to mails."""
        with self._news:
            self._waiting = [*self._waiting, *reports][-MOST_WAITING:]
            self._news.notify_all()

    @property
    def waiting(self) -> Sequence[Json]:
        """What was not told yet."""
        with self._news:
            return tuple(self._waiting)

    def take(self, until: threading.Event | None = None) -> list[Json]:
        """All that waits; it waits no longer. With `until`: as soon as something does, or that happened and `add` was called."""
        with self._news:
            if until is not None:
                self._news.wait_for(lambda: bool(self._waiting) or until.is_set())
            taken, self._waiting = self._waiting, []
            return taken

    def clear(self) -> None:
        """Forget what was not told."""
        self.take()


def report(mail: Mail, fate: Fate, at: datetime, **more: object) -> Json:
    """One report as SendGrid writes it: custom arguments stand flat among the rest. `at` is world time."""
    return {
        **mail.custom_args,
        "email": mail.to,
        "timestamp": int(at.timestamp()),
        "event": fate,
        "sg_event_id": uuid.uuid4().hex[:22],
        "sg_message_id": f"{mail.message_id}.recvd-playground-1-{mail.id}",
        "smtp-id": mail.headers.get("Message-ID", f"<{mail.message_id}@geopod-ismtpd-playground>"),
        **({"category": mail.categories} if mail.categories else {}),
        **_TOLD[fate],
        **more,
    }


class Pump:
    """Tells the app what waits as soon as it waits, from a thread of its own."""

    def __init__(self, reports: MailReports, tell: Callable[[Sequence[Json]], None]) -> None:
        self._reports, self._tell = reports, tell
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="playground-mail-reports", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; returns when the last report is through, or given up."""
        self._ended.set()
        self._reports.add()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            if taken := self._reports.take(self._ended):
                self._told(taken)

    def _told(self, taken: Sequence[Json]) -> None:
        try:
            self._tell(taken)
        except Refused as refused:
            log.warning("%d reports about mails did not arrive: %s", len(taken), refused)
