"""What somebody chooses for themselves, as one form on every surface: a pause, their hours, a channel, a language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from bot.messages import Messages
from flows.events import AnyEvent, Mouth, OptedIn, OptedOut, Preferred, Snoozed
from flows.people import Person

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
    """

    pause: datetime | None = None
    since: str = ""
    until: str = ""
    by: str = ""
    locale: str = ""

    @property
    def usual(self) -> bool:
        """Whether nothing is chosen."""
        return self == Preferences()


def preferences_of(person: Person, now: datetime) -> Preferences:
    """What holds for them at the moment."""
    pause = person.snoozed_until if person.snoozed_until and person.snoozed_until > now else None
    by = NOTHING if "all" in person.opted_out else person.chosen.get("by", "")
    chosen = person.chosen
    return Preferences(pause=pause, since=chosen.get("since", ""), until=chosen.get("until", ""), by=by, locale=chosen.get("locale", ""))


def wrong_pause(pause: datetime | None, now: datetime) -> str:
    """What is wrong with a moment to come back at: '' or a key of words.yaml."""
    if pause is None:
        return ""
    return "modal.pick_past" if pause <= now else "modal.pick_far" if pause - now > FARTHEST else ""


def wrong_preferences(wanted: Preferences, now: datetime) -> dict[str, str]:
    """What cannot be kept: a field and why, as a key of words.yaml."""
    wrong = {"pause": key} if (key := wrong_pause(wanted.pause, now)) else {}
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
    by = person.chosen.get("by", "") if wanted.by == NOTHING else wanted.by
    chosen = {"since": wanted.since, "until": wanted.until, "by": by, "locale": wanted.locale}
    if {name: value for name, value in chosen.items() if value} != dict(person.chosen):
        channel = cast("Literal['', 'slack', 'email']", by)
        yield Preferred(since=wanted.since, until=wanted.until, by=channel, locale=wanted.locale, key=f"{key}:chosen", **common)
    if _minute(wanted.pause) != _minute(before.pause):
        yield Snoozed(until=wanted.pause or at, key=f"{key}:pause", **common)


def _minute(at: datetime | None) -> datetime | None:
    """Forms know no seconds."""
    return at.replace(second=0, microsecond=0) if at else None


def languages(messages: Messages) -> tuple[str, ...]:
    """The languages that something was written in, as tags; none when there is no choice."""
    translated = {locale for _, _, locale in messages.found if locale}
    return (ENGLISH, *sorted(translated)) if translated else ()
