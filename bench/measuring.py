"""The whole of it: which works on which databases, one after the other."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.databases import PostgresServer, SqliteFiles
from bench.figures import DATABASES, NAMES, Database, Figure
from bench.postgres import NoServer, a_server
from bench.run import Run, say
from bench.sizes import Sizes
from bench.workloads.events import events_batch, events_single
from bench.workloads.lateness import lateness
from bench.workloads.messages import memory, messages, workers
from bench.workloads.messages_http import messages_http
from bench.workloads.tick import tick

WORKS: Mapping[str, Callable[[Run], Iterator[Figure]]] = dict(
    zip(NAMES, (messages, messages_http, lateness, events_batch, events_single, tick, memory, workers), strict=True)
)
_BUSY = 0.5
"""Load average of the last minute, by processor, from which on others disturb."""


def measured(
    sizes: Sizes,
    names: Collection[str] = NAMES,
    databases: Collection[Database] = DATABASES,
    *,
    postgres: str = "",
    folder: Path | None = None,
    profile: bool = False,
) -> Iterator[Figure]:
    """Every figure asked for. What can't be measured here is said on stderr and left out. `folder`: on the disk that counts."""
    warn_when_busy()
    with ExitStack() as stack:
        here = Path(stack.enter_context(TemporaryDirectory(prefix="handrail-bench-", dir=folder)))
        if "sqlite" in databases:
            yield from on(Run(SqliteFiles(here), sizes, here, profile), names)
        if "postgresql" in databases:
            try:
                server = stack.enter_context(a_server(postgres, folder))
            except NoServer as why:
                say(f"PostgreSQL is left out: {why}")
                return
            yield from on(Run(PostgresServer(server), sizes, here, profile), names)


def on(run: Run, names: Collection[str] = NAMES) -> Iterator[Figure]:
    """The same on one kind of database."""
    for name in NAMES:
        if name in names:
            try:
                yield from WORKS[name](run)
            except RuntimeError as error:
                run.say(f"{run.place.kind}: {name} could not be measured: {error}")


def warn_when_busy() -> bool:
    """Say so when others use this machine too."""
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    if load / processors < _BUSY:
        return False
    say(f"this machine is busy (load {load:.1f} on {processors} processors): times are too long, and only ratios carry over")
    return True
