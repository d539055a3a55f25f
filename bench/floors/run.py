"""The hand-written day as a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.floors.mail import Mail, mail_for
from bench.moments import DAY

_SOMEBODY = {"id": "a" * 32, "name": "Ann", "email": "ann@acme.test"}


def day(url: str) -> Callable[[], dict[str, Any]]:
    """Gets ready; what it gives does the day."""
    for _ in range(200):
        mail_for(_SOMEBODY)
    if url.startswith("sqlite:///"):
        from bench.floors import day_on_sqlite

        return lambda: {"sent": day_on_sqlite.the_day(url.removeprefix("sqlite:///"), DAY, _taken)}
    from bench.floors import day_on_postgres

    return lambda: {"sent": day_on_postgres.the_day(url, DAY, _taken)}


def _taken(mail: Mail) -> str:
    """A channel that answers at once."""
    return mail.to
