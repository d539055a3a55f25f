"""What the budgets dropped in a simulated life: messages that waited for room until their chance was gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from flows.budget import NO_ROOM, ROOM_KEPT
from flows.decision import Reason
from flows.series import NO_ROOM as NO_ROOM_OF_ITS_OWN

Drop = tuple[datetime, str, str]
"""When it waited first (world time), the rule as reasons name it, and the series whose budget it was, '' for the common one."""


def dropped(reasons: Iterable[tuple[datetime, Reason]]) -> Iterator[Drop]:
    """Every drop, as soon as it was certain. What still waits at the end may be said yet."""
    waiting: dict[str, datetime] = {}
    for at, reason in reasons:
        rule, why = reason.rule, reason.because
        if reason.result == "skipped" and why.startswith(NO_ROOM_OF_ITS_OWN):
            yield at, rule, rule.split(".")[1]
        elif reason.result == "held" and why in (NO_ROOM, ROOM_KEPT):
            waiting.setdefault(rule, at)
        elif reason.result in ("skipped", "quiet") and (rule in waiting or why in (NO_ROOM, ROOM_KEPT)):
            yield waiting.pop(rule, at), rule, ""
        elif reason.result == "said":
            waiting.pop(rule, None)
        elif (rule, reason.result) == ("journey", "ended"):
            yield from ((since, name, "") for name, since in waiting.items())
            waiting.clear()
