"""Which company each event of a batch is about: what is decided together knows one for each person. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from flows.events import AnyEvent, Traits
from flows.people import Subject


def of_one_place(before: Mapping[str, Subject], events: Sequence[AnyEvent]) -> int:
    """How many of these events, from the first, are of one company for each person: those may be decided together.

    An event is of the company that it names, else of the one where its person is by then. One at least, unless there are none.
    """
    homes: dict[str, tuple[str | None, datetime | None]] = {}
    seen: dict[str, str] = {}
    for place, event in enumerate(events):
        person = before[event.who].person
        home, since = homes.get(event.who, (person.account_id, person.traits_at.get("account_id")))
        named = event.account_id if isinstance(event, Traits) else None
        about = named or home
        if about and seen.setdefault(event.who, about) != about:
            return place
        if named and (since is None or event.at >= since):
            homes[event.who] = (named, event.at)
    return len(events)
