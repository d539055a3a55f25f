"""Alembic's way in: it runs on the connection that `storage.migrate` opened, inside its transaction."""

from typing import Any, Literal

from alembic import context
from sqlmodel import AutoString

from storage.article_search import is_model
from storage.documents import Document, Words
from storage.instants import Instant
from storage.tables import METADATA


def plain_types(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write column types into a new migration so that it still runs when today's classes have moved on."""
    names: dict[type, str] = {Document: "JSON", Words: "sa.Text()", Instant: "INSTANT", AutoString: "sa.String()"}
    return names.get(type(item), False) if kind == "type" else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    render_item=plain_types,
    include_name=is_model,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
