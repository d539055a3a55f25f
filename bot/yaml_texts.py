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
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise _refused("a value is written out where it belongs; & and * are not read here", event)
        if depth > DEEPEST:
            raise _refused("this is too deep", event)


def _refused(why: str, event: yaml.Event) -> yaml.MarkedYAMLError:
    error = yaml.MarkedYAMLError(problem=why)
    error.problem_mark = event.start_mark  # type: ignore[assignment]  # libyaml has a kind of marks of its own
    return error
