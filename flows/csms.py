"""The colleagues who take cases: csms.yaml in, a roster out, or everything that is wrong with it at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path as File
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from flows.document import read_document
from flows.hours import zone_named
from flows.notation import Flag, Part
from flows.parts.times import Hours
from flows.problems import Path, Problem, Source
from flows.refusals import in_words, refused

FILE = "csms.yaml"
"""Where a project's root tells who takes cases."""


def _slack_id(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[UW][A-Z0-9_]+", value):
        raise ValueError(f"{value!r} is no Slack user id; one looks like U012AB3CD, and Slack shows it in their profile")
    return value


SlackId = Annotated[str, BeforeValidator(_slack_id)]


class Csm(Part):
    """One colleague. `csm` is their Slack user id; an account's `owner` may be that, their name or their e-mail address."""

    csm: SlackId
    name: str
    email: str = ""
    zone: str = "UTC"
    hours: Hours = Hours(zone="theirs")
    max_open_cases: int | None = Field(None, ge=0)
    max_accounts: int | None = Field(None, ge=0)
    overflow: Flag = False
    teams: tuple[str, ...] = ()

    def known_as(self, name: str) -> bool:
        """Whether an account's owner means them."""
        said = name.strip().lower()
        return bool(said) and said in self.names

    @property
    def names(self) -> frozenset[str]:
        """What an account may call them, in small letters."""
        return frozenset(filter(None, (self.csm.lower(), self.name.strip().lower(), self.email.strip().lower())))


class Roster(Part):
    """Who takes cases, and how the next one is chosen: whose turn it is, or who has most room."""

    csms: tuple[Csm, ...] = ()
    assign: Literal["round_robin", "capacity"] = "round_robin"

    def csm(self, id: str) -> Csm | None:
        """The colleague with that Slack id."""
        return next((one for one in self.csms if one.csm == id), None)

    def owner(self, name: str) -> Csm | None:
        """The colleague whom an account names as its owner."""
        return next((one for one in self.csms if one.known_as(name)), None)

    def of(self, team: str) -> tuple[Csm, ...]:
        """Who takes the cases of a team's channel."""
        return tuple(one for one in self.csms if not one.teams or team in one.teams)


def read_roster(project: File | None) -> tuple[Roster, list[Problem]]:
    """Read a project's csms.yaml; an empty roster when there is none. The problems are all there are, with their lines."""
    path = project / FILE if project else None
    if path is None or not path.is_file():
        return Roster(), []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return Roster(), [Problem(str(path), 1, "", f"this cannot be read as UTF-8 text: {error}")]
    return roster_in(text, str(path))


def teams_nobody_has(project: File | None, roster: Roster, channels: Collection[str]) -> list[Problem]:
    """The colleagues' `teams` that are no playbook's `team.channel`: they would get no case. `channels` are those of all playbooks."""
    strange = [
        (("csms", place, "teams", position), team)
        for place, one in enumerate(roster.csms)
        for position, team in enumerate(one.teams)
        if team not in channels
    ]
    if project is None or not strange:
        return []
    path = project / FILE
    source = read_document(path.read_text(encoding="utf-8-sig"), str(path)).source
    known = ", ".join(sorted(channels))
    return [source.problem(where, f"{team} is no playbook's team.channel; there are {known}") for where, team in strange]


def roster_in(text: str, file: str) -> tuple[Roster, list[Problem]]:
    """A roster from the text of a file. `file` is what problems call it."""
    document = read_document(text, file)
    problems = list(document.problems)
    if document.data is None:
        return Roster(), problems
    try:
        roster = Roster.model_validate(document.data)
    except ValidationError as error:
        told = {problem.where for problem in problems}
        problems += [found for found in in_words(refused(error, Roster), document.source, Roster) if found.where not in told]
        return Roster(), sorted(problems)
    return roster, sorted((*problems, *_wrong(roster, document.source)))


def _wrong(roster: Roster, source: Source) -> Iterator[Problem]:
    for path, message in (*_twice(roster), *_zones(roster)):
        yield source.problem(path, message)
    for place, one in enumerate(roster.csms):
        if not one.name.strip():
            yield source.problem(("csms", place, "name"), "a colleague needs a name: people read it when somebody has their case")
        if not one.hours.days:
            yield source.problem(("csms", place, "hours"), "at least one day of the week is open")
    if roster.csms and all(one.overflow for one in roster.csms):
        yield source.problem(("csms",), "overflow: true takes a case when the others are full, and here there are no others")


def _twice(roster: Roster) -> Iterator[tuple[Path, str]]:
    seen: Counter[str] = Counter(name for one in roster.csms for name in one.names)
    for place, one in enumerate(roster.csms):
        twin = next((name for name in sorted(one.names) if seen[name] > 1), None)
        if twin:
            yield ("csms", place, "csm"), f"two colleagues are called {twin}; an account's owner has to mean one of them"


def _zones(roster: Roster) -> Iterator[tuple[Path, str]]:
    for place, one in enumerate(roster.csms):
        if zone_named(one.zone) is None:
            yield ("csms", place, "zone"), f"unknown zone {one.zone}; write a name like Europe/Berlin"
        if one.hours.zone != "theirs":
            yield ("csms", place, "hours", "zone"), "their zone stands beside their name: zone"
