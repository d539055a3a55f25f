"""What a mail server tells of ours that it could not deliver."""

from __future__ import annotations

from datetime import datetime

from bot.email.reports import Report
from bot.email.verdicts import Dsn
from flows.addresses import same_address
from storage import mails


def returned(dsn: Dsn | None, *, row: int, email: str, key: str, at: datetime) -> Report | None:
    """The report about the mail of this row, which went to this address; None for what is no such news."""
    if dsn is None or dsn.action != "failed" or dsn.status.startswith("2"):
        return None
    return Report(
        key=key,
        what="blocked" if _may_pass(dsn.status) else "bounced",
        at=at,
        address=_believed(dsn, email),
        row=row,
        why=" ".join(f"{dsn.status} {dsn.diagnostic}".split())[:300],
        lost=True,
        source=mails.SOURCE,
    )


def _believed(dsn: Dsn, email: str) -> str:
    """Anybody may write such a report about anybody, and lists report on their members: only the address that we wrote to counts."""
    own = email.strip().lower()
    return own if any(same_address(told, own) for told in (dsn.recipient, dsn.reached_for)) else ""


def _may_pass(status: str) -> bool:
    """Whether a refusal says nothing about the address for good (RFC 3463): 4 may pass, and so may a full mailbox, or what concerns us."""
    return status.startswith(("4", "5.2.2", "5.2.3", "5.3", "5.4", "5.5", "5.6", "5.7"))
