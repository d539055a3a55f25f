"""What somebody wrote to us by mail, and how much."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from storage.database import Database
from storage.tables import events

SOURCE = "mail"
"""The source of every event that a mail became."""
MORE = ":more"
"""How the key of an event ends that is not the first of its mail."""
_NOT_WRITTEN = ("MailIgnored", "MailReported")


def heard_since(database: Database, person_id: str, since: datetime) -> int:
    """How many mails of theirs were acted on since that moment of world time; what no hand wrote does not count."""
    theirs = (events.c.person_id == person_id) & (events.c.name == "") & (events.c.at > since)
    mails = theirs & (events.c.source == SOURCE) & events.c.kind.not_in(_NOT_WRITTEN) & ~events.c.key.endswith(MORE)
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(events).where(mails)).scalar_one()


def said_since(database: Database, person_id: str, since: datetime) -> list[str]:
    """What they wrote in their own words, in mails since that moment of world time."""
    theirs = (events.c.person_id == person_id) & (events.c.name == "") & (events.c.at > since)
    words = theirs & (events.c.source == SOURCE) & (events.c.kind == "Replied")
    with database.read() as connection:
        return [str(data.get("text", "")) for (data,) in connection.execute(select(events.c.data).where(words))]
