"""YAML in which every value stays the text that was written: `no` is no, `09:30` is no number."""

from __future__ import annotations

import yaml

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # libyaml's, eight times as fast, wherever PyYAML was built with it


DEEPEST = 50
"""Levels of nesting; nothing of ours has more than five."""


def compose(text: str) -> yaml.Node | None:
    """The document with the lines of its parts, None when it is empty. Raises yaml.YAMLError, also for what is written by & and *: a few
    lines of those can mean more than any memory holds, or themselves."""
    _look(text)
    found: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
    return found


def _look(text: str) -> None:
    """Whether it may be composed at all: the composer calls itself for every level."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="a value is written out where it belongs; & and * are not read here", problem_mark=event.start_mark
            )
        if depth > DEEPEST:
            raise yaml.MarkedYAMLError(problem="this is too deep", problem_mark=event.start_mark)
