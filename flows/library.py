"""The playbooks that are loaded, in the order in which they take newcomers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from flows.csms import Roster
from flows.endpoints import Endpoints
from flows.playbook import Playbook
from flows.problems import Problem, Source
from flows.sessions import Sessions
from flows.tallies import Needs

if TYPE_CHECKING:
    from flows.using import Used  # it names what is wrong by the checks, and those know the library

SHIPPED = Path(__file__).parent / "playbooks"
"""The folder of the playbooks that come with Handrail."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One playbook file as it was read. `playbook` is there as soon as its form is right, even when `problems` keep it from running.

    `used` are the modules that it takes from files of their own.
    """

    name: str
    playbook: Playbook | None
    source: Source
    problems: tuple[Problem, ...]
    hash: str
    used: tuple[Used, ...] = ()


@dataclass(frozen=True)
class Playbooks:
    """Playbooks by name, a project's own before the shipped ones. `hashes` tell whether a file changed.

    `resting` ones take no newcomers: the shipped ones, as soon as a project has playbooks of its own.

    `drafts` are all files that count, those that cannot run too: for `check_playbooks`, which names everything at once.
    `roster` tells who takes cases, `sessions` what people are invited to, `endpoints` who else is told what happens.
    """

    by_name: Mapping[str, Playbook]
    hashes: Mapping[str, str] = field(default_factory=dict)
    resting: frozenset[str] = frozenset()
    drafts: tuple[Draft, ...] = ()
    roster: Roster = field(default_factory=Roster)
    sessions: Sessions = field(default_factory=Sessions)
    endpoints: Endpoints = field(default_factory=Endpoints)

    def __getitem__(self, name: str) -> Playbook:
        return self.by_name[name]

    def __iter__(self) -> Iterator[Playbook]:
        return iter(self.by_name.values())

    @cached_property
    def needs(self) -> Needs:
        """What all of them together need counted."""
        every = (need for playbook in self for need in playbook.tally_needs())
        return Needs.of(every, company=any(playbook.asks_shares() for playbook in self))

    def staffed(self, roster: Roster) -> Playbooks:
        """The same playbooks with these colleagues behind them."""
        return replace(self, roster=roster)

    def announcing(self, endpoints: Endpoints) -> Playbooks:
        """The same playbooks with these endpoints that are told what happens."""
        return replace(self, endpoints=endpoints)

    def planned(self, sessions: Sessions) -> Playbooks:
        """The same playbooks with these sessions to invite to. One whose sessions changed has another hash."""
        marks = {name: sessions.mark(playbook) for name, playbook in self.by_name.items()}
        hashes = {name: _digest(hash + marks[name]) if marks.get(name) else hash for name, hash in self.hashes.items()}
        return replace(self, sessions=sessions, hashes=hashes)

    def taking(self) -> Iterator[Playbook]:
        """Those that take newcomers, in order."""
        return (playbook for name, playbook in self.by_name.items() if name not in self.resting)

    @property
    def common(self) -> Playbook | None:
        """The one for people of whom nothing is known yet: the first self-service one that takes newcomers, else the first of all."""
        taking = list(self.taking())
        return next((playbook for playbook in taking if playbook.touch == "tech"), taking[0] if taking else None)

    def __len__(self) -> int:
        return len(self.by_name)

    def get(self, name: str) -> Playbook | None:
        """The playbook of that name, None when there is none (any more)."""
        return self.by_name.get(name)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
