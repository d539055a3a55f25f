"""YAML in which every value stays the text that was written: `no` is no, `09:30` is no number."""

from __future__ import annotations

import yaml

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # libyaml's, eight times as fast, wherever PyYAML was built with it


def compose(text: str) -> yaml.Node | None:
    """The document with the lines of its parts, None when it is empty. Raises yaml.YAMLError."""
    found: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
    return found
