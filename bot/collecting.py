"""When Python looks for what holds itself in circles."""

from __future__ import annotations

import gc

_AFTER = (50_000, 20, 100)
"""New objects until it looks; values that come and go by the batch are many and hold no circles."""


def collect_rarely() -> None:
    """For a process that has got ready: what it holds now is there for good, and need not be looked at over and over.

    That would cost a third of loading and saving.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_AFTER)
