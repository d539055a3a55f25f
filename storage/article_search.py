"""Finding help articles by what people type: SQLite's FTS5 or PostgreSQL's full text holds the words, `article_ranking` judges.

A question never reaches a query language: it is cut into words of letters and digits, and each is looked up by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from storage.article_ranking import Hit, Part, rank
from storage.article_words import asked_in, words_of
from storage.database import Database

TABLE = "article_search"
"""The index and, on SQLite, the beginning of the names of the tables that FTS5 keeps behind it. It is no model: see `is_model`."""

_FORM = "1"
"""Changes with the way in which entries become rows, so that an index of another release is built anew."""
_CONFIGS = {
    "": "english", "da": "danish", "de": "german", "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian",
    "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
"""PostgreSQL's text search configurations; any other language is `simple`, whose words are found as they are written."""

_INSERT_SQLITE = text(
    f"INSERT INTO {TABLE} (name, locale, title, part, size, mark, words) VALUES (:name, :locale, :title, :part, :size, :mark, :words)"
)
_INSERT_POSTGRESQL = text(
    f"INSERT INTO {TABLE} (name, locale, title, part, size, mark, words) "
    "VALUES (:name, :locale, :title, :part, :size, :mark, to_tsvector(CAST(:config AS regconfig), :words))"
)
_HITS_SQLITE = text(f"SELECT rowid AS place, name, part, size FROM {TABLE} WHERE words MATCH :match AND locale = :locale")
_HITS_POSTGRESQL = text(
    f"SELECT asked.word, found.id AS place, found.name, found.part, found.size FROM unnest(CAST(:asked AS text[])) AS asked(word) "
    f"JOIN {TABLE} AS found ON found.locale = :locale AND found.words @@ plainto_tsquery(CAST(:config AS regconfig), asked.word)"
)
_TITLES = text(f"SELECT name, title FROM {TABLE} WHERE part = 'title' AND locale = :locale")
_MARK = text(f"SELECT mark FROM {TABLE} LIMIT 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An article in one language ("" as shipped) as it is to be found. `aliases` are its author's words for what customers say."""

    name: str
    locale: str
    title: str
    aliases: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article that may answer. `title` is in the reader's language where there is one; scores compare within one language only."""

    name: str
    title: str
    score: float


class ArticleSearch:
    """The index of help articles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rebuild(self, entries: Iterable[Entry]) -> bool:
        """Make the index hold these articles and no others, in one transaction. False when it holds them already."""
        every = sorted(entries, key=lambda entry: (entry.name, entry.locale))
        mark = hashlib.blake2b(repr((_FORM, every)).encode("utf-8", "backslashreplace"), digest_size=16).hexdigest() if every else ""
        with self._database.read() as connection:
            if _mark(connection) == mark:
                return False
        with self._database.write() as connection:
            if not self._database.is_sqlite:  # two processes that start together take turns; readers go on
                connection.execute(text(f"LOCK TABLE {TABLE} IN SHARE ROW EXCLUSIVE MODE"))
            if _mark(connection) == mark:
                return False
            connection.execute(text(f"DELETE FROM {TABLE}"))
            if rows := [{**row, "mark": mark} for entry in every for row in _rows(entry)]:
                connection.execute(_INSERT_SQLITE if self._database.is_sqlite else _INSERT_POSTGRESQL, rows)
        return True

    def find(self, question: str, locale: str = "", limit: int = 3) -> list[Found]:
        """Articles that may answer, the likeliest first: in the reader's language, then as shipped, each article once.

        Nothing is found by common words alone, nor by one stray word of many.
        """
        chain = _chain(locale)
        asked = asked_in(question, chain[0])
        titles: dict[str, str] = {}
        scores: dict[str, float] = {}
        with self._database.read() as connection:
            for tag in chain:
                here = {row.name: row.title for row in connection.execute(_TITLES, {"locale": tag})}
                titles = here | titles
                if asked and here:
                    good = rank(asked, self._hits(connection, asked, tag), len(here))
                    scores |= {name: score for name, score in good.items() if name not in scores}
        return [Found(name=name, title=titles[name], score=score) for name, score in scores.items()][:limit]

    def _hits(self, connection: Connection, asked: Sequence[str], locale: str) -> Iterator[Hit]:
        if not self._database.is_sqlite:
            query = {"asked": list(asked), "locale": locale, "config": _config(locale)}
            for row in connection.execute(_HITS_POSTGRESQL, query):
                yield Hit(word=row.word, row=row.place, name=row.name, part=row.part, size=row.size)
            return
        for word in asked:
            for row in connection.execute(_HITS_SQLITE, {"match": f'"{word}"', "locale": locale}):
                yield Hit(word=word, row=row.place, name=row.name, part=row.part, size=row.size)


def is_model(name: str | None, kind: str, _parents: object = None) -> bool:
    """For Alembic: whether something in the database is described by `storage.tables`; a full text index and others' tables are not."""
    return not (kind == "table" and (name or "").startswith((TABLE, "procrastinate_")))


def _rows(entry: Entry) -> Iterator[dict[str, object]]:
    """A row for the title, for each alias, and for the text, so that an alias can be known to be said whole."""
    parts: list[tuple[Part, str]] = [("title", entry.title), *(("alias", alias) for alias in entry.aliases), ("body", entry.text)]
    for part, said in parts:
        words = words_of(said, entry.locale)
        yield {
            "name": entry.name,
            "locale": entry.locale,
            "title": entry.title,
            "part": part,
            "size": len(set(words)),
            "words": " ".join(words),
            "config": _config(entry.locale),
        }


def _mark(connection: Connection) -> str:
    """What the index was built from; nothing for an empty one."""
    return str(connection.execute(_MARK).scalar() or "")


def _config(locale: str) -> str:
    return _CONFIGS.get(locale.partition("-")[0], "simple")


def _chain(locale: str) -> tuple[str, ...]:
    """From the narrowest language tag to none: pt-BR, pt, ''."""
    language, _, region = locale.replace("_", "-").partition("-")
    narrow = (f"{language.lower()}-{region.upper()}",) if region else ()
    return (*narrow, *((language.lower(),) if language else ()), "")
