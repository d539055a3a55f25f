"""Rates as people write them in a setting: "300 a minute"."""

from __future__ import annotations

import re
from typing import NamedTuple

_SPANS = {"second": 1, "minute": 60, "hour": 3600}
_RATE = re.compile(r"(\d{1,7}) an? (second|minute|hour)", re.ASCII)


class Rate(NamedTuple):
    """So many calls a second."""

    per_second: float

    @property
    def burst(self) -> float:
        """So many may go at once after a rest: four seconds' worth, but no more than a fence's group unless a second's worth is more."""
        return max(1.0, min(4 * self.per_second, 20.0), self.per_second)


NO_LIMIT = Rate(1_000_000.0)
"""More than we can do. The bucket is there all the same: a provider may ask for a pause."""


def read_rate(words: str) -> Rate:
    """ "300 a minute", or "no limit". Raises ValueError for words that say neither."""
    said = words.strip().lower()
    if said == "no limit":
        return NO_LIMIT
    found = _RATE.fullmatch(said)
    if not found or not int(found[1]):
        raise ValueError('it must be like "300 a minute", or "no limit"')
    return Rate(int(found[1]) / _SPANS[found[2]])
