"""Every {% if %} of the messages rendered both ways: a question in each of them can be answered the other way round."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from jinja2 import nodes

from bot.surfaces import Writing

If = tuple[str, int]
"""One if: the template's source, and which of its ifs."""

Scene = Callable[[], None]
"""Something that renders."""


@dataclass
class Branches:
    """The ifs of all templates compiled while they were watched, which halves of them were rendered since, and in which scenes."""

    known: set[If] = field(default_factory=set)
    seen: set[tuple[If, bool]] = field(default_factory=set)
    came_up_in: dict[If, list[Scene]] = field(default_factory=dict)
    _turned: If | None = None
    _scene: Scene | None = None

    def play(self, scene: Scene) -> None:
        """Render, with every if answered as it is."""
        self._scene = scene
        scene()
        self._scene = None

    def play_turned(self, this: If) -> None:
        """Render the scenes that an if came up in with that one answered the other way round, until both halves were seen."""
        self._turned = this
        for scene in self.came_up_in.get(this, ()):
            scene()
            if this not in self.half_seen:
                break
        self._turned = None

    @property
    def half_seen(self) -> set[If]:
        """Ifs of which only one half was rendered."""
        return {this for this in self.known if ((this, True) in self.seen) != ((this, False) in self.seen)}

    @property
    def unseen(self) -> set[If]:
        """Ifs that nothing ever came to."""
        return {this for this in self.known if not {(this, True), (this, False)} & self.seen}

    def decide(self, source: str, number: int, value: object) -> bool:
        """How it goes on; the templates ask this."""
        this = (source, number)
        if self._scene:
            self.came_up_in.setdefault(this, []).append(self._scene)
        held = bool(value) != (this == self._turned)
        self.seen.add((this, held))
        return held


@contextmanager
def watched(*environments: Writing) -> Iterator[Branches]:
    """Templates that these environments compile meanwhile ask `decide`, ever after, at each of their ifs."""
    found = Branches()
    for environment in environments:
        environment.compiled.cache_clear()
        _watch(environment, found)
    try:
        yield found
    finally:
        for environment in environments:
            del environment._parse
            environment.compiled.cache_clear()


def _watch(environment: Writing, found: Branches) -> None:
    parse = environment._parse

    def parsed(source: str, *told: str | None) -> nodes.Template:
        tree = parse(source, *told)
        for number, choice in enumerate(tree.find_all(nodes.If)):
            if isinstance(choice.test, nodes.Name) and choice.test.name == "address_":
                continue  # one of a pair around a link's words: they are answered alike
            found.known.add((source, number))
            asked: list[nodes.Expr] = [nodes.Const(source), nodes.Const(number), choice.test]
            choice.test = nodes.Call(nodes.EnvironmentAttribute("decide"), asked, [], None, None, lineno=choice.lineno)
        return tree

    environment.decide = found.decide  # type: ignore[attr-defined]
    environment._parse = parsed  # type: ignore[method-assign]
