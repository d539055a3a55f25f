"""Checks of what comes in: whether the sources of events are as usual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import groupby

from bot.doctor.finding import Finding
from bot.doctor.house import existing_database
from bot.doctor.site import Site
from bot.ingest.guarding import KINDS, amiss
from storage.database import StorageError
from storage.guardrails import Kind, Mark
from storage.volumes import beginnings

_REMEDY: Mapping[Kind, str] = {
    "volume": "look whether its last release still sends events",
    "silent": "look whether it runs, and with handrail keys list whether its key still opens",
    "names": "handrail events --unknown lists them; name them under events: in a playbook, or send the old names",
    "skew": "let that machine take its time from a time server",
    "refused": "each answer says why under rejected; docs/ingest.md tells what is taken",
}


def sources(site: Site) -> Iterator[Finding]:
    """A line for each source that looks wrong: what the guardrails found when they looked last."""
    try:
        database = existing_database(site)
    except StorageError:
        return  # the line about the database tells it
    with closing(database):
        wrong, heard = list(amiss(database)), beginnings(database)
    for source, marks in groupby(wrong, key=lambda mark: mark.source):
        of_it = list(marks)
        yield Finding(f"from {source}", "wrong", "; ".join(map(_seen, of_it)), "; ".join(_REMEDY[mark.kind] for mark in of_it))
    if not wrong and heard:
        yield Finding("events in", "ok", f"{', '.join(sorted(heard))}: as usual")
    elif not heard:
        yield Finding("events in", "off", "nothing came in the last two weeks", "docs/ingest.md tells how to send events")


def _seen(mark: Mark) -> str:
    return KINDS[mark.kind] + (f" since {mark.since:%Y-%m-%d %H:%M} UTC" if mark.since else "")
