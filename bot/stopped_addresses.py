"""An address that comes to somebody who had stopped messages there before we knew them by it: their word becomes part of them.

Else the list alone would know of it: no page could take it back, and the engine would plan what the fence then stops.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from flows.events import AnyEvent, OptedOut, Traits
from flows.people import Person, Subject
from storage.store import Store
from storage.suppressions import CHANNELS, OWN_WORD, Place, Suppression, Suppressions, plain

SOURCE = "suppressions"
Stops = Mapping[Place, Suppression]
"""Addresses on the list because somebody asked for it."""


def stops_of(store: Store, before: Mapping[str, Subject], events: Sequence[AnyEvent]) -> Stops:
    """The stops on addresses that these events bring to somebody. Where none brings any, nothing is asked."""
    brought = {place for event in events if isinstance(event, Traits) for place in _brought(event, before[event.who].person)}
    found = Suppressions(store.database).of(brought) if brought else {}
    return {place: one for place, one in found.items() if one.reason == OWN_WORD}


def words_kept(event: AnyEvent, before: Person, after: Person, stops: Stops, now: datetime) -> Iterator[OptedOut]:
    """What they had said of the address that is theirs since this event. `now` is world time."""
    for place in sorted(set(_places(after)) - set(_places(before))):
        channel, one = place[0], stops.get(place)
        if one is None or not {channel, "all"}.isdisjoint(after.opted_out):
            continue
        wording = one.why or ("said before, of the same address" if one.source == "person" else f"on a list: {one.source}")
        yield OptedOut(
            source=SOURCE,
            key=f"{channel}:{event.source}:{event.key}",
            who=event.who,
            at=now,
            channel=channel,  # type: ignore[arg-type]
            wording=wording,
            mouth="import",
        )


def _brought(event: Traits, person: Person) -> set[Place]:
    told = {(channel, plain(channel, word)) for channel in CHANNELS if isinstance(word := event.person.get(channel), str) and word.strip()}
    return told - set(_places(person))


def _places(person: Person) -> list[Place]:
    addresses = {"slack": person.slack, "email": person.email}
    return [(channel, plain(channel, addresses[channel])) for channel in CHANNELS if addresses[channel].strip()]
