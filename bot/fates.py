"""What becomes of a row, by what its channel said. Pure but for the dice of backoff."""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta

from bot.channels import SendError
from bot.logs import Theirs
from bot.whose import is_the_teams, is_to_person
from storage.outcomes import Elsewhere, Later, Outcome, Refused, Unsure
from storage.queued import Row

log = logging.getLogger("handrail.deliver")

MOST_ATTEMPTS = 150
"""About a day of machine time. Messages to people expire before; this is for what has no expiry, such as a case's card."""
_BACKOFF = 2.0
_LONGEST_BACKOFF = 600.0


def after(row: Row, error: SendError, machine_now: datetime) -> Outcome:
    """What becomes of a row whose call failed."""
    why = str(error)
    if error.unknown and row.draw is None:
        return Unsure(id=row.id, token=row.token, error=why)
    if error.permanent or (error.shut and _may_go_elsewhere(row)):
        return next_channel(row, why)
    if row.attempt >= MOST_ATTEMPTS and not (error.shut and is_the_teams(row)):
        return refused(row, why)
    wait = error.retry_after or min(_LONGEST_BACKOFF, _BACKOFF**row.attempt) * random.uniform(0.5, 1.5)
    return Later(id=row.id, token=row.token, not_before=machine_now + timedelta(seconds=wait), error=why)


def next_channel(row: Row, why: str) -> Outcome:
    """This channel can't: the next of `via` may, and with none left it has failed."""
    return Elsewhere(id=row.id, token=row.token, via=row.via[1:], error=why) if _may_go_elsewhere(row) else refused(row, why)


def refused(row: Row, why: str) -> Outcome:
    """It has failed for good."""
    log.warning("row %d (%s) failed: %s", row.id, row.message, Theirs(why))
    return Refused(id=row.id, token=row.token, error=why)


def handed_back(row: Row, why: str, machine_now: datetime, wait: float = 0.0) -> Outcome:
    """Nobody was called; it may be claimed again in so many seconds."""
    return Later(id=row.id, token=row.token, not_before=machine_now + timedelta(seconds=wait), error=why, tried=False)


def too_late(row: Row, machine_now: datetime) -> Outcome:
    """Its lease is nearly over, and nobody was called. It counts as an attempt, so that this does not go on for ever."""
    return Later(id=row.id, token=row.token, not_before=machine_now, error="its turn came too late")


def _may_go_elsewhere(row: Row) -> bool:
    return is_to_person(row) and len(row.via) > 1
