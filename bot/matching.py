"""Whom several names mean together, by the rules of docs/identity.md: what is given away, who is merged, and what is refused. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from flows.merging import ADDRESS
from storage.holders import Given, Holder
from storage.store import Identity

_SHARED = ("anonymous", "device")
"""Names of a browser or a machine: many may sit there, so that it is no news when one stays with whom it first came with."""

_CLAIMS = ("email", "slack")
"""Names that anybody can type."""

_SAID = {
    "email": "e-mail",
    "sender": "id of another system",
    "anonymous": "anonymous id",
    "external": "external id",
    "slack": "Slack user",
    "device": "device",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Names said to be one person's, the strongest first. `alias`: somebody says in so many words that these are one.

    `claimed`: an address among them is what somebody typed.
    """

    names: tuple[Identity, ...]
    alias: bool = False
    claimed: bool = False

    @property
    def external(self) -> Identity | None:
        """The first external id."""
        return next((name for name in self.names if name[0] == "external"), None)


@dataclass(frozen=True, slots=True)
class Match:
    """Two of our people whom `because` says to be one."""

    one: str
    other: str
    because: str
    refused: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Who each group is, and what has to be done so that it is true: give names away, then merge in this order. Refused ones are told."""

    who: tuple[str, ...]
    given: Given
    merges: tuple[Match, ...]
    refused: tuple[Match, ...]


def all_known(groups: Sequence[Group], held: Mapping[Identity, Holder]) -> list[str] | None:
    """Whom each group means when that is no question: every name is held, and those of a group by one person. None when any is one."""
    found: list[str] = []
    for group in groups:
        people = {holder.person if (holder := held.get(name)) else "" for name in group.names}
        if len(people) != 1 or "" in people:
            return None
        found += people
    return found


def in_question(groups: Sequence[Group], held: Mapping[Identity, Holder]) -> set[str]:
    """People whom a typed address names, together with an external id: whether it may stand for them has to be known."""
    said = {name for group in groups if group.claimed and group.external for name in group.names if name[0] == "email"}
    return {holder.person for name, holder in held.items() if name in said and not holder.external_id}


def plan(groups: Sequence[Group], held: Mapping[Identity, Holder], new_id: Callable[[], str], unproved: Collection[str] = ()) -> Plan:
    """What the groups mean, one after another, for what is held so far. `unproved`: whom nobody has proved to be, of those in question."""
    matching = _Matching(dict(held), new_id, frozenset(unproved))
    found = [matching.take(group) for group in groups]
    return matching.plan(found)


@dataclass
class _Matching:
    held: dict[Identity, Holder]
    new_id: Callable[[], str]
    unproved: frozenset[str]
    fresh: list[str] = field(default_factory=list)
    given: dict[Identity, str] = field(default_factory=dict)
    called: dict[str, str] = field(default_factory=dict)
    became: dict[str, str] = field(default_factory=dict)
    external: dict[str, str] = field(default_factory=dict)
    merges: list[Match] = field(default_factory=list)
    refused: dict[tuple[str, str], Match] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.external = {holder.person: holder.external_id for holder in self.held.values()}
        self.whose = {name: holder.person for name, holder in self.held.items()}

    def take(self, group: Group) -> str:
        """The person of one group; what follows is remembered."""
        mine = self._base(group)
        for name in group.names:
            owner = self._owner(name)
            if owner is None:
                self.whose[name] = self.given[name] = mine
            elif owner != mine:
                mine = self._meet(mine, owner, name, group)
        return mine

    def plan(self, found: Sequence[str]) -> Plan:
        """All of it, with those who were new and became others left out."""
        given = Given(
            fresh=[who for who in self.fresh if self._now(who) == who],
            names={name: self._now(who) for name, who in self.given.items()},
            called={self._now(who): value for who, value in self.called.items()},
        )
        return Plan(
            who=tuple(self._now(who) for who in found), given=given, merges=tuple(self.merges), refused=tuple(self.refused.values())
        )  # fmt: skip

    def _base(self, group: Group) -> str:
        """Who the group is about: whom its external id means; an unknown one may be somebody's who has none."""
        external = group.external
        owners = [(name, owner) for name in group.names if (owner := self._owner(name))]
        if group.claimed and external is None and (shown := [name for name in group.names if name[0] not in _CLAIMS]):
            return next((owner for name, owner in owners if name in shown), None) or self._newcomer()
        if external is None or self._owner(external):
            return owners[0][1] if owners else self._newcomer()
        owners = [(name, owner) for name, owner in owners if self._may_mean(name, owner, group)]
        allowed = (who for name, who in owners if not self.external[who] or (group.alias and name[0] == "external"))
        mine = next(allowed, None) or self._newcomer()
        if not self.external[mine]:
            self.external[mine] = self.called[mine] = external[2]
        return mine

    def _meet(self, mine: str, owner: str, name: Identity, group: Group) -> str:
        """Two people in one group: one from now on, unless each has an external id of their own."""
        because = f"{_SAID[name[0]]} {'/'.join(part for part in name[1:] if part)}"
        if not self._may_mean(name, owner, group) and not (self.external[mine] and self.external[owner]):
            if group.external:
                self.refused.setdefault((min(mine, owner), max(mine, owner)), Match(mine, owner, because, ADDRESS))
            return mine
        if self.external[mine] and self.external[owner]:
            if group.alias or name[0] not in _SHARED:
                pair = (min(mine, owner), max(mine, owner))
                self.refused.setdefault(pair, Match(mine, owner, because))
            return mine
        stays, goes = (owner, mine) if mine in self.fresh or (self.external[owner] and owner not in self.fresh) else (mine, owner)
        self.became[goes] = stays
        if self.external[goes]:
            self.external[stays] = self.external[goes]
            if goes in self.called:
                self.called[stays] = self.called.pop(goes)
        if goes not in self.fresh:
            self.merges.append(Match(stays, goes, because))
        return stays

    def _may_mean(self, name: Identity, owner: str, group: Group) -> bool:
        """Whether a name says enough to become one with whoever has it: a typed address does for whom nobody is yet, by an external id."""
        if not group.claimed or name[0] not in _CLAIMS:
            return True
        if group.external is None:
            return False
        if name[0] != "email" or self.external[owner]:
            return True
        if owner in self.fresh:
            return all(kind in ("email", "sender") for (kind, _, _), who in self.given.items() if self._now(who) == owner)
        return owner in self.unproved

    def _newcomer(self) -> str:
        who = self.new_id()
        self.fresh.append(who)
        self.external[who] = ""
        return who

    def _owner(self, name: Identity) -> str | None:
        owner = self.whose.get(name)
        return self._now(owner) if owner else None

    def _now(self, who: str) -> str:
        while who in self.became:
            who = self.became[who]
        return who
