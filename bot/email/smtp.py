"""Mail through a server of one's own, or of any provider: SMTP, with the connection kept between mails."""

from __future__ import annotations

import ssl
import threading
import time
from collections import deque

from bot.channels import Drawing, Letter, Receipt, SendError
from bot.email.letters import address_of, envelope_of, subject_of, wire_address, written
from bot.email.smtp_line import Gone, Line, opened
from bot.render import Surface
from bot.smtp_url import SmtpServer
from bot.world import machine_now
from flows.decision import To
from flows.people import Subject

LONGEST = 18.0
"""Seconds for one mail from the first word to the answer, whatever has to be opened for it; below `bot.deliver.LONGEST_CALL`."""
MOST_MAILS = 100
"""Mails by one connection; many servers end it there."""
IDLE = 60.0
"""Seconds after which a connection at rest is not trusted any more."""


class SmtpChannel:
    """E-mail by SMTP (RFC 5321), for any number of threads.

    What was refused before the end of its DATA was surely not taken; once the end is sent and no answer came, nobody knows.
    """

    name = "email"
    surfaces: frozenset[Surface] = frozenset({"html", "text"})

    def __init__(self, server: SmtpServer, *, from_email: str, trust: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._from = wire_address(from_email)
        self._trust = trust or ssl.create_default_context()
        self._idle: deque[tuple[Line, float]] = deque()
        self._lock = threading.Lock()

    def reaches(self, letter_to: To, subject: Subject) -> bool:
        """Whether the person has an address."""
        return letter_to.kind == "person" and bool(subject.person.email)

    def send(self, letter: Letter) -> Receipt:
        """One mail, given over once. Raises SendError: `unknown` when all of it left and no answer came.

        MAIL FROM is the reply address, so that a bounce comes back to the row it speaks of.
        """
        mail, to, envelope = written(letter, self._from, machine_now()), address_of(letter), envelope_of(letter)
        line = self._addressed(envelope.reply_to or self._from, to, len(mail))
        try:
            line.give(mail)
        except SendError as error:
            self._after_refusal(line, error)
            raise
        self._rest(line)
        return Receipt(provider_id=envelope.message_id, payload={"subject": subject_of(letter), "step": letter.rendered.step})

    def draw(self, drawing: Drawing) -> None:
        """A sent mail stays as it is."""

    def find(self, letter_id: int, letter_to: To, subject: Subject) -> str | None:  # noqa: ARG002
        """A server does not tell what it took; its bounces come to the reply address."""
        return None

    def try_out(self) -> None:
        """Connect, encrypt and log in, for a check. Raises SendError."""
        self._opened(time.monotonic() + LONGEST).hang_up()

    def close(self) -> None:
        """Say goodbye on every connection at rest."""
        while kept := self._kept():
            kept.hang_up()

    def _addressed(self, sender: str, to: str, size: int) -> Line:
        """A connection on which the server awaits a mail for `to`. One that died at rest is replaced: no mail was begun on it."""
        until = time.monotonic() + LONGEST
        while True:
            kept = self._kept()
            line = kept or self._opened(until)
            line.until = until
            try:
                line.address(sender, to, size)
                return line
            except Gone as gone:
                line.hang_up()
                if kept is None:
                    raise SendError(f"connection lost before the mail: {gone}") from None
            except SendError as error:
                self._after_refusal(line, error)
                raise

    def _opened(self, until: float) -> Line:
        return opened(self._server, self._trust, until, hello=self._from.rpartition("@")[2])

    def _kept(self) -> Line | None:
        """A connection at rest, None when there is none. One that has rested for long is likely dead."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                line, since = self._idle.pop()
            if time.monotonic() - since < IDLE:
                return line
            line.hang_up()

    def _after_refusal(self, line: Line, error: SendError) -> None:
        """Keep the connection when the server only refused this mail."""
        if not error.unknown and line.forget():
            self._rest(line)
        else:
            line.hang_up()

    def _rest(self, line: Line) -> None:
        line.mails += 1
        if line.mails >= MOST_MAILS:
            line.hang_up()
            return
        with self._lock:
            self._idle.append((line, time.monotonic()))
