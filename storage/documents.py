"""Column types that carry whole values and people's own words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

from storage.codec import Codec, printable


class Document(TypeDecorator[Any]):
    """A JSON column of one type: values go in and come out as what they are. JSONB on PostgreSQL, text on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, codec: Codec[Any]) -> None:
        super().__init__()
        self.codec = codec

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """What the database at hand stores."""
        return dialect.type_descriptor(JSONB(none_as_null=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """The value as JSON text, which is what the connections of `storage.database` give and take, also for JSONB."""
        return None if value is None else self.codec.encode(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """The value again; a state of an older release gets today's defaults for fields it lacks."""
        return None if value is None else self.codec.decode(value)


class Words(TypeDecorator[str]):
    """Text from outside. What no database stores is replaced on the way in, see `codec.printable`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The text, storable."""
        return None if value is None else printable(value)
