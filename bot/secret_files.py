"""Secrets from files, as Docker, Kubernetes and systemd hand them out: NAME_FILE names the file that NAME stands in.

Whoever may read the file is whoever mounts it to decide: those three mount secrets that others on the machine can read too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from dotenv import dotenv_values
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, DotEnvSettingsSource, PydanticBaseSettingsSource

ALSO = ("DATABASE_URL",)
"""Settings that may come from a file besides those that are secrets whole: it may hold a password."""
MOST = 64 * 1024
"""Bytes of a secret."""


class SecretFiles(PydanticBaseSettingsSource):
    """The settings that files hold. What is set by its own name too is an error: nobody could tell which of them counts."""

    def __init__(self, settings_cls: type[BaseSettings], dotenv: PydanticBaseSettingsSource) -> None:
        super().__init__(settings_cls)
        file = dotenv.env_file if isinstance(dotenv, DotEnvSettingsSource) else None
        self._written = dotenv_values(file) if isinstance(file, str | Path) else {}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """One setting; none when no file holds it. Raises ValueError, which names the setting and never what is in it."""
        name = field.alias or field_name
        return from_file(name, {**self._written, **os.environ}), name, False

    def __call__(self) -> dict[str, Any]:
        """All of them."""
        found = (self.get_field_value(field, name) for name, field in self._secrets())
        return {name: value for value, name, _ in found if value is not None}

    def _secrets(self) -> Iterator[tuple[str, FieldInfo]]:
        for name, field in self.settings_cls.model_fields.items():
            if field.alias in ALSO or SecretStr in (field.annotation, *get_args(field.annotation)):
                yield name, field


def from_file(name: str, given: Mapping[str, str | None]) -> str | None:
    """What stands in the file that NAME_FILE names, without the line's end; None when nobody named one.

    `given` is the environment. Raises ValueError when there is a NAME too, or the file is empty or can't be read.
    """
    file = given.get(f"{name}_FILE")
    if not file:
        return None
    if given.get(name):
        raise ValueError(f"{name} and {name}_FILE are both set: leave one of them out")
    try:
        with Path(file).open("rb") as opened:
            text = opened.read(MOST + 1).decode()
    except UnicodeDecodeError:
        raise ValueError(f"{name}_FILE names a file that is no text") from None
    except OSError as error:
        raise ValueError(f"{name}_FILE names a file that can't be read ({error.strerror})") from None
    if len(text) > MOST:
        raise ValueError(f"{name}_FILE names a file that is no secret: it is longer than {MOST // 1024} KB")
    if not text.strip():
        raise ValueError(f"{name}_FILE names an empty file")
    return text.strip()
