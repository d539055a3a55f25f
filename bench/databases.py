"""Databases to measure on: each work gets its own, a copy of one that was filled once."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from bench.figures import Database
from storage.database import connect
from storage.migrate import upgrade


class Place(Protocol):
    """Where databases of one kind are made."""

    @property
    def kind(self) -> Database: ...

    def empty(self, name: str) -> str:
        """A new database, migrated and without rows; its URL."""

    def bare(self, name: str) -> str:
        """A new database with nothing in it, for others than us; its URL."""

    def copy(self, url: str, name: str) -> str:
        """A copy of one that nobody is connected to; its URL."""

    def drop(self, url: str) -> None:
        """Away with it."""


class SqliteFiles:
    """Files in a folder on a real disk."""

    kind: Database = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def empty(self, name: str) -> str:
        url = self.bare(name)
        upgrade(url)
        return url

    def bare(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.db"

    def copy(self, url: str, name: str) -> str:
        """The whole of it in one file: what waits in the log is written first."""
        source, target = Path(url.removeprefix("sqlite:///")), self._folder / f"{name}.db"
        with sqlite3.connect(source, isolation_level=None) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        shutil.copyfile(source, target)
        return f"sqlite:///{target}"

    def drop(self, url: str) -> None:
        path = Path(url.removeprefix("sqlite:///"))
        for part in path.parent.glob(f"{path.stem}[-.]*"):
            part.unlink()


class PostgresServer:
    """Databases of a server."""

    kind: Database = "postgresql"

    def __init__(self, server: str) -> None:
        self._server = server

    def empty(self, name: str) -> str:
        url = self.bare(name)
        upgrade(url)
        return url

    def bare(self, name: str) -> str:
        return self._created(name, "template1")

    def copy(self, url: str, name: str) -> str:
        return self._created(name, urlsplit(url).path[1:])

    def drop(self, url: str) -> None:
        self._do(f'DROP DATABASE IF EXISTS "{urlsplit(url).path[1:]}" WITH (FORCE)')

    def _created(self, name: str, template: str) -> str:
        self._do(f'DROP DATABASE IF EXISTS "bench_{name}" WITH (FORCE)')
        self._do(f'CREATE DATABASE "bench_{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return urlunsplit(urlsplit(self._server)._replace(path=f"/bench_{name}"))

    def _do(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement)


def look(url: str, question: str, values: dict[str, Any] | None = None) -> list[Any]:
    """The rows that answer a question, asked from outside of whatever is measured."""
    from sqlalchemy import text

    database = connect(url)
    try:
        with database.read() as connection:
            return list(connection.execute(text(question), values or {}))
    finally:
        database.close()
