"""Who is told what happens: webhooks.yaml in, the endpoints out, or everything that is wrong with it at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path as File
from typing import Literal, get_args

from pydantic import Field, ValidationError

from flows.document import read_document
from flows.kinds import closest
from flows.notation import Flag, Name, Part
from flows.playbook import Playbook
from flows.problems import Path, Problem, Source
from flows.refusals import in_words, refused

FILE = "webhooks.yaml"
"""Where a project's root tells whom to tell."""

Topic = Literal[
    "segment.changed", "step.done", "module.opened", "journey.completed", "case.opened", "case.resolved", "message.sent", "person.merged"
]
TOPICS: tuple[Topic, ...] = get_args(Topic)
"""What can be told."""


class Endpoint(Part):
    """An address that is told. `secret` names the setting with what it is signed with; with no `playbooks` it hears of everybody's people.

    `contact`: names and e-mail addresses are told too, not only ids.
    """

    endpoint: Name
    url: str
    secret: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    topics: tuple[Topic, ...] = Field(TOPICS, min_length=1)
    playbooks: tuple[str, ...] = ()
    contact: Flag = False
    paused: Flag = False

    def hears(self, topic: Topic, playbook: str) -> bool:
        """Whether it is told of that, about somebody on that playbook."""
        return not self.paused and topic in self.topics and (not self.playbooks or playbook in self.playbooks)


class Endpoints(Part):
    """All of them, in the order written."""

    endpoints: tuple[Endpoint, ...] = ()

    def get(self, name: str) -> Endpoint | None:
        """The endpoint of that name, None when it was taken away."""
        return self._by_name.get(name)

    def hearing(self, topic: Topic, playbook: str) -> tuple[Endpoint, ...]:
        """Those that are told of that."""
        return tuple(one for one in self.endpoints if one.hears(topic, playbook))

    @cached_property
    def _by_name(self) -> dict[str, Endpoint]:
        return {one.endpoint: one for one in self.endpoints}


def read_endpoints(project: File | None, playbooks: Mapping[str, Playbook]) -> tuple[Endpoints, list[Problem]]:
    """Read a project's webhooks.yaml; nobody is told when there is none. The problems are all there are, with their lines."""
    path = project / FILE if project else None
    if path is None or not path.is_file():
        return Endpoints(), []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return Endpoints(), [Problem(str(path), 1, "", f"this cannot be read as UTF-8 text: {error}")]
    return endpoints_in(text, str(path), playbooks)


def endpoints_in(text: str, file: str, playbooks: Mapping[str, Playbook]) -> tuple[Endpoints, list[Problem]]:
    """The endpoints in the text of a file. `file` is what problems call it."""
    document = read_document(text, file)
    problems = list(document.problems)
    if document.data is None:
        return Endpoints(), problems
    try:
        found = Endpoints.model_validate(document.data)
    except ValidationError as error:
        told = {problem.where for problem in problems}
        problems += [new for new in in_words(refused(error, Endpoints), document.source, Endpoints) if new.where not in told]
        return Endpoints(), sorted(problems)
    return found, sorted((*problems, *_wrong(found, document.source, playbooks)))


def _wrong(found: Endpoints, source: Source, playbooks: Mapping[str, Playbook]) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, one in enumerate(found.endpoints):
        path: Path = ("endpoints", place)
        if not re.match(r"https?://[^\s/]", one.url):
            yield source.problem((*path, "url"), f"{one.url!r} is no address; write it whole, like https://crm.example.com/handrail")
        if one.endpoint in seen:
            yield source.problem((*path, "endpoint"), f"{one.endpoint} is there twice")
        seen.add(one.endpoint)
        for position, name in enumerate(one.playbooks):
            if name not in playbooks:
                meant = closest(name, playbooks)
                hint = f", did you mean {meant}?" if meant else ""
                yield source.problem((*path, "playbooks", position), f"unknown playbook {name}{hint}")
