"""Names of events: which of them a playbook names, and what an unknown one was probably meant to be."""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches

from bot.ingest.segment import PAGE, SCREEN
from flows.library import Playbooks
from storage.content import WATCHED

OURS = frozenset({PAGE, SCREEN, WATCHED})
"""Names that Handrail itself gives or asks for: no playbook has to."""

_NEAR = 0.8
_BETWEEN = re.compile(r"[\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def named_by(playbooks: Playbooks) -> dict[str, tuple[str, ...]]:
    """The events that playbooks in use name, each with those playbooks."""
    found: dict[str, tuple[str, ...]] = {}
    for playbook in playbooks.taking():
        for name in playbook.events:
            found[name] = (*found.get(name, ()), playbook.playbook)
    return found


def meant(name: str, known: Collection[str]) -> str:
    """The event that somebody probably meant: written in another way, or nearly so. '' when there is none like it."""
    plain = {_plain(one): one for one in known}
    if found := plain.get(_plain(name)):
        return found
    close = get_close_matches(_plain(name), plain, 1, _NEAR)
    return plain[close[0]] if close else ""


def _plain(name: str) -> str:
    """ "Report Created", "reportCreated" and "report_created" are one name."""
    return _BETWEEN.sub(".", _HUMP.sub(".", name)).strip(".").lower()
