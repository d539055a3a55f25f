"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Result = Literal["ok", "wrong", "off", "unknown"]
"""`off`: not set up, and need not be. `unknown`: it can't be asked from here."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, what was seen, and what to do about it when there is something to do."""

    check: str
    result: Result
    seen: str
    todo: str = ""
