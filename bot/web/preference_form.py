"""The form in which somebody chooses what they get: what they typed, read; and what is wrong with it, at its field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time

from bot.drawing import Sight
from bot.preferences import BY, Preferences, known_kinds, languages, preferences_of, wrong_preferences
from bot.web.page_forms import moment_in
from flows.parts.rules import KINDS

UNCLEAR = ("modal.pause_unclear", "modal.hours_unclear")
_TIMES = ("pause", "since", "until")
"""In the order in which they stand on the page."""
_PAUSE = "%Y-%m-%dT%H:%M"
"""How a browser writes a day and a time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """The form as it stands: every field as typed, so that nothing is lost when something is wrong. `kinds` are those with a tick."""

    by: str = ""
    kinds: tuple[str, ...] = KINDS
    pause: str = ""
    since: str = ""
    until: str = ""
    locale: str = ""
    untailored: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def unclear(self) -> tuple[str, ...]:
        """The fields in which nobody could read a time: a picker would show their words no more."""
        return tuple(name for name, wrong in self.errors.items() if wrong in UNCLEAR)


def filled_as(sight: Sight, now: datetime) -> Filled:
    """The form as things are."""
    chosen = preferences_of(sight.person, now)
    return Filled(
        by=chosen.by,
        kinds=tuple(kind for kind in KINDS if kind not in chosen.without),
        pause=chosen.pause.astimezone(sight.zone).strftime(_PAUSE) if chosen.pause else "",
        since=chosen.since,
        until=chosen.until,
        locale=chosen.locale,
        untailored=not chosen.tailored,
    )


def typed(form: Mapping[str, str], kinds: Sequence[str]) -> Filled:
    """What came, cut to what a field holds. `kinds` are the ticked ones."""
    return Filled(
        by=form.get("by", ""),
        kinds=known_kinds(kinds),
        pause=form.get("pause", "").strip()[:40],
        since=form.get("since", "").strip()[:8],
        until=form.get("until", "").strip()[:8],
        locale=form.get("locale", ""),
        untailored=bool(form.get("untailored")),
    )


def read_form(filled: Filled, sight: Sight, now: datetime) -> tuple[Preferences, Filled]:
    """What they want, and the form with what is wrong with it: a field and why, as a key of words.yaml."""
    before = filled_as(sight, now)
    pause = preferences_of(sight.person, now).pause if filled.pause == before.pause else moment_in(filled.pause, sight.zone)
    wanted = Preferences(
        pause=pause,
        since=_clock(filled.since),
        until=_clock(filled.until),
        by=filled.by if filled.by in BY else "",
        locale=filled.locale if filled.locale in languages(sight.books.messages) else "",
        without=tuple(kind for kind in KINDS if kind not in filled.kinds),
        tailored=not filled.untailored,
    )
    wrong = wrong_preferences(wanted, now) | ({"pause": "modal.pause_unclear"} if filled.pause and pause is None else {})
    return wanted, replace(filled, errors={name: wrong[name] for name in _TIMES if name in wrong})


def _clock(written: str) -> str:
    """ "9:30" as "09:30"; what is no time stays as it is, and is refused."""
    hour, colon, rest = written.partition(":")
    try:
        return time.fromisoformat(f"{hour:0>2}{colon}{rest}").strftime("%H:%M") if colon else written
    except ValueError:
        return written
