"""What somebody chooses for themselves, as one form on every surface: a channel, kinds of messages, a pause, their hours, a language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from bot.messages import Messages
from flows.events import AnyEvent, Mouth, OptedIn, OptedOut, Preferred, Snoozed
from flows.parts.rules import KINDS
from flows.people import Person
from flows.preferences import CLOCK, kept

BY = ("slack", "email", "nothing")
"""The channels they may choose; `nothing` ends all messages."""
NOTHING = "nothing"
ENGLISH = "en"
"""How templates are shipped."""
FARTHEST = timedelta(days=366)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Preferences:
    """What one form holds; '' and None are as usual.

    `pause` is an instant (UTC), `since` and `until` are local times ("09:30") between which we may write, `by` is one of BY.
    `without` are the kinds of messages they do without, in the order of KINDS; `tailored` is false when nothing follows what they do.
    """

    pause: datetime | None = None
    since: str = ""
    until: str = ""
    by: str = ""
    locale: str = ""
    without: tuple[str, ...] = ()
    tailored: bool = True

    @property
    def usual(self) -> bool:
        """Whether nothing is chosen."""
        return self == Preferences()


def preferences_of(person: Person, now: datetime) -> Preferences:
    """What holds for them at the moment."""
    pause = person.snoozed_until if person.snoozed_until and person.snoozed_until > now else None
    chosen, out = person.chosen, set(person.opted_out)
    by = chosen.get("by", "")
    return Preferences(
        pause=pause,
        since=chosen.get("since", ""),
        until=chosen.get("until", ""),
        by=NOTHING if "all" in out or {"slack", "email"} <= out else "" if by in out else by,
        locale=chosen.get("locale", ""),
        without=known_kinds(chosen.get("without", "").split(",")),
        tailored=chosen.get("tailored") != "no",
    )


def known_kinds(named: Iterable[str]) -> tuple[str, ...]:
    """The kinds of messages among these names, in their order."""
    found = set(named)
    return tuple(kind for kind in KINDS if kind in found)


def wording_of(wanted: Preferences, speak: Callable[[str], str]) -> str:
    """What stood beside the channel they chose, for the record of a consent."""
    return speak(f"modal.by_{wanted.by or 'usual'}")


def wrong_pause(pause: datetime | None, now: datetime) -> str:
    """What is wrong with a moment to come back at: '' or a key of words.yaml."""
    if pause is None:
        return ""
    return "modal.pick_past" if pause <= now else "modal.pick_far" if pause - now > FARTHEST else ""


def wrong_preferences(wanted: Preferences, now: datetime) -> dict[str, str]:
    """What cannot be kept: a field and why, as a key of words.yaml."""
    wrong = {"pause": key} if (key := wrong_pause(wanted.pause, now)) else {}
    unclear = {name for name, clock in (("since", wanted.since), ("until", wanted.until)) if clock and not CLOCK.fullmatch(clock)}
    if unclear:
        return wrong | dict.fromkeys(unclear, "modal.hours_unclear")
    if bool(wanted.since) != bool(wanted.until):
        wrong["until" if wanted.since else "since"] = "modal.hours_both"
    elif wanted.since and wanted.since >= wanted.until:
        wrong["until"] = "modal.hours_order"
    return wrong


def preferred(wanted: Preferences, person: Person, *, source: str, key: str, at: datetime, mouth: Mouth, wording: str) -> list[AnyEvent]:
    """What changes. `wording` is what stood on the button, for the record of an opt-out; `at` is now."""
    common: dict[str, Any] = {"source": source, "who": person.id, "at": at, "mouth": mouth}
    return list(_changes(preferences_of(person, at), wanted, person, key, wording, common))


def _changes(
    before: Preferences, wanted: Preferences, person: Person, key: str, wording: str, common: dict[str, Any]
) -> Iterator[AnyEvent]:
    at: datetime = common["at"]
    if wanted.by == NOTHING != before.by:
        yield OptedOut(channel="all", wording=wording, key=f"{key}:stop", **common)
    elif before.by == NOTHING != wanted.by:
        yield OptedIn(channel="all", wording=wording, key=f"{key}:start", **common)
    elif wanted.by != before.by and wanted.by in person.opted_out:
        yield OptedIn(channel=cast("Literal['slack', 'email']", wanted.by), wording=wording, key=f"{key}:start", **common)
    by = person.chosen.get("by", "") if wanted.by == NOTHING or wanted.by == before.by else wanted.by
    new = Preferred(
        since=wanted.since,
        until=wanted.until,
        by=cast("Literal['', 'slack', 'email']", by),
        locale=wanted.locale,
        without=wanted.without,
        tailored=wanted.tailored,
        key=f"{key}:chosen",
        **common,
    )
    if kept(new) != dict(person.chosen):
        yield new
    if _minute(wanted.pause) != _minute(before.pause):
        yield Snoozed(until=wanted.pause or at, key=f"{key}:pause", **common)


def _minute(at: datetime | None) -> datetime | None:
    """Forms know no seconds."""
    return at.replace(second=0, microsecond=0) if at else None


def languages(messages: Messages) -> tuple[str, ...]:
    """The languages that something was written in, as tags; none when there is no choice."""
    translated = {locale for _, _, locale in messages.found if locale}
    return (ENGLISH, *sorted(translated)) if translated else ()
