"""A word to the customer that a colleague's deed calls for: no attention is charged for it, and who wants no messages is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flows.people import Pending
from flows.rules import next_hours, speaks_now
from flows.work import ANSWER_LASTS, Work, channels


def reach_out(
    work: Work,
    message: str,
    facts: Mapping[str, Any],
    *,
    key: str,
    step: str = "",
    by: str = "",
    latest: datetime | None = None,
    parting: bool = False,
) -> Work:
    """Say it in their hours, or at once when it could not wait for them until `latest`. `by`: rather by this channel.

    Who opted out or never agreed to messages gets none, nor does who left unless it is the last thing they have to know (`parting`); the
    reason is kept.
    """
    if work.person.left_at and not parting:
        return work.because(f"answer.{message}", "held", "they left")
    if not channels(work.playbook, work.person):
        return work.because(f"answer.{message}", "held", "they want no messages of ours, or cannot be reached")
    due = None if speaks_now(work) else next_hours(work)
    if due and latest and due > latest:
        due = None
    whole = {**facts, "step": step} if step else facts
    only = by if by in channels(work.playbook, work.person) else ""
    before = len(work.says)
    work = work.answer(message, whole, promised=True, due_at=due, key=key, only=only)
    if len(work.says) == before:
        return work
    return work.remember(Pending(key=key, message=message, expires_at=(due or work.now) + ANSWER_LASTS, answer=True))
