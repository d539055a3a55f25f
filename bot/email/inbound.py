"""From a mail that came in to what its writer did: who they are, which step they speak of, and what their words mean."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.conversation import Finder
from bot.drawing import see
from bot.email.answers import Answer, Outcome
from bot.email.parsing import InboundMail, parse_mail
from bot.email.reports import Report
from bot.handle import Door
from bot.mailbox import Mailbox
from bot.shelf import Shelf
from storage import mails
from storage.files import FileStore
from storage.outbox import Outbox
from storage.strays import Stray, Strays

__all__ = ["Inbound", "Outcome"]

MOST_RECIPIENTS = 20
"""Addresses that are looked at of one mail."""
_TO_NOBODY = "mail to nobody"


@dataclass(frozen=True, kw_only=True)
class Inbound:
    """Takes mails in. `find` looks for help articles when they ask something in their own words.

    `report` hears what mail servers tell of ours.
    """

    door: Door
    shelf: Shelf
    outbox: Outbox
    mailbox: Mailbox
    files: FileStore
    find: Finder
    report: Callable[[Report], None]

    def take(self, raw: bytes, recipients: Sequence[str], return_path: str | None = None) -> list[Outcome]:
        """Let one mail in, as it came from a mail server: what became of it at each address of ours, or at none.

        `recipients` and `return_path` are the envelope's; without recipients the mail's own headers tell them. Whoever was written to
        under the token in the address is who answers: the sender's name is not asked. Raises what the database raises.
        """
        named = [one.strip() for one in recipients if one.strip()]
        if named and not self._rows(named):
            return [self._stray(hashlib.sha256(raw).hexdigest(), "")]  # nobody's, so nobody reads it
        mail = parse_mail(raw, return_path=return_path, ours=self.mailbox.is_ours)
        ours = self._rows(named or mail.recipients)
        return [self._one(mail, row) for row in ours] or [self._stray(mail.key, "")]

    def _rows(self, addresses: Sequence[str]) -> list[int]:
        """The mails of ours that are answered by what goes to these addresses."""
        looked_at = list(dict.fromkeys(addresses))[:MOST_RECIPIENTS]
        return list(dict.fromkeys(row for one in looked_at if (row := self.mailbox.row(one)) is not None))

    def _one(self, mail: InboundMail, number: int) -> Outcome:
        row = self.outbox.by_id(number)
        to_person = row is not None and row.to is not None and row.to.kind == "person"
        now = self.door.now()
        sight = see(self.shelf.books, self.door.view(row.person), now) if row and to_person else None
        if row is None or sight is None:
            return self._stray(mail.key, str(number))
        return Answer(self, mail, row, sight, now, _key(mail.key, self.mailbox.token(number))).take()

    def _stray(self, name: str, place: str) -> Outcome:
        one = Stray(source=mails.SOURCE, key=_key(name, place), at=self.door.now(), what=_TO_NOBODY)
        fresh = Strays(self.door.store.database).keep([one])
        return Outcome("stray" if fresh else "repeat", _TO_NOBODY)


def _key(name: str, place: str) -> str:
    """The same for the same mail at the same address, and nothing about either."""
    return hashlib.sha256(f"{name}\0{place}".encode(errors="replace")).hexdigest()
