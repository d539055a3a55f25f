"""What is wrong in a file that people wrote, so that they can find and mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. `line` counts from 1; `where` names the key or part; `message` says it in words."""

    file: str
    line: int
    where: str
    message: str
