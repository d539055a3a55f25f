"""How often each article was opened, helped, or was watched to its end: kept beside the events, for they go one day and this stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select

from flows.events import AnyEvent, ArticleRead, ProductEvent
from storage import codec
from storage.batch import Batch
from storage.database import Database
from storage.tables import content_counts

WATCHED = "video.completed"
"""The product event that says a video was watched to its end; its property `content` is the article's name."""
What = Literal["opened", "helped", "no_help", "completed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Uses:
    """What became of one article. `last_at` (world time) is when any of it happened last."""

    opened: int = 0
    helped: int = 0
    no_help: int = 0
    completed: int = 0
    last_at: datetime | None = None


def keep(database: Database, connection: Connection, batch: Batch) -> None:
    """Count what a batch of decisions tells of articles. Most tell nothing, and cost nothing."""
    found = Counter(what for event, _ in batch.decided for what in _told(event))
    if not found:
        return
    new = database.insert(content_counts)
    more = {"n": content_counts.c.n + new.excluded.n, "last_at": new.excluded.last_at}
    rows = [{"article": article, "what": what, "n": n, "last_at": batch.now} for (article, what), n in sorted(found.items())]
    connection.execute(new.on_conflict_do_update(index_elements=["article", "what"], set_=more), rows)


def uses(database: Database) -> Mapping[str, Uses]:
    """By article; what nobody ever opened is not among them."""
    with database.read() as connection:
        rows = connection.execute(select(content_counts)).all()
    by_article: dict[str, list[tuple[str, int, datetime]]] = {}
    for row in rows:
        by_article.setdefault(row.article, []).append((row.what, row.n, row.last_at))
    return {
        article: Uses(**{what: n for what, n, _ in counts}, last_at=max(at for _, _, at in counts))
        for article, counts in by_article.items()
    }


def _told(event: AnyEvent) -> Iterator[tuple[str, What]]:
    match event:
        case ArticleRead(article=article, helped=helped):
            yield codec.printable(article), {"yes": "helped", "no": "no_help", "": "opened"}[helped]  # type: ignore[misc]
        case ProductEvent(name=name, properties=properties) if name == WATCHED and isinstance(properties.get("content"), str):
            yield codec.printable(properties["content"])[:200], "completed"
