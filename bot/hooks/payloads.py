"""What a verified request holds: the one thing, or the list of things, that a system tells."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from bot.ingest.reading import Unreadable, an_object

MOST_ITEMS = 500
"""Of one request. HubSpot sends at most 100."""


def items_in(raw: bytes) -> list[Mapping[str, Any]]:
    """The body; of a list every item. Raises Unreadable for what is no JSON, no object, too deep, or too many."""
    try:
        body = json.loads(raw, parse_float=_finite, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        raise Unreadable("the body is not JSON") from None
    items = body if isinstance(body, list) else [body]
    if len(items) > MOST_ITEMS:
        raise Unreadable(f"one request may tell at most {MOST_ITEMS} things")
    return [an_object(item) for item in items]


def _finite(text: str) -> float | None:
    """No database keeps an infinite number as JSON."""
    value = float(text)
    return value if math.isfinite(value) else None
