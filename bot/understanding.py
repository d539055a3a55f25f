"""What a text means. Buttons are the interface: words change something only when the whole text is a phrase that says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.heard import (
    Done,
    Heard,
    Hello,
    Help,
    How,
    Human,
    Later,
    Next,
    NotATime,
    NotYet,
    Skip,
    Snooze,
    Stop,
    Stuck,
    Thanks,
    Undo,
    Words,
    Yes,
)
from bot.phrases import NOTHING, Meanings, Phrases
from bot.plain_words import plain_words, without_slack_marks
from bot.saying_when import read_when

MOST = 2_000
"""Characters that are looked at. A longer text is never a command."""
LONGEST_TIME = 16
"""Words. Who uses more than this says more than a time."""


def understand(text: str, *, phrases: Phrases, now: datetime, zone: ZoneInfo, locale: str) -> Heard:
    """What someone means by a text, in their zone and language. Never raises; takes time in proportion to the first 2,000 characters."""
    start = text[:MOST]
    words = plain_words(without_slack_marks(start))
    if not words:
        return Help() if "?" in start else Words(text)
    if len(text) <= MOST and (command := _command(text, words, phrases) or _time(text, words, phrases, now, zone, locale)):
        return command
    if _wants_human(words, phrases):
        return Human(text)
    if phrases.stuck_starts.starting(_without_courtesies(words, phrases.courtesies)):
        return Stuck(text)
    return Words(text)


def _command(text: str, words: tuple[str, ...], phrases: Phrases) -> Heard | None:
    """The whole text, as it stands or without courtesies, is a phrase."""
    meaning = phrases.whole.get(words) or phrases.whole.get(_without_courtesies(words, phrases.courtesies))
    match meaning:
        case "done" | "done_and_next" | "skip":
            if _negated(text, phrases.negations) or ("?" in text and meaning != "done_and_next"):
                return None
            return Skip() if meaning == "skip" else Done()
        case "stop":
            return Stop(text)
        case "undo":
            return Undo(text)
        case "human":
            return Human(text)
        case "stuck":
            return Stuck(text, bare=True)
        case "hello":
            return Hello(text)
        case "thanks":
            return Thanks(text)
        case "yes":
            return Yes(text)
        case "not_yet":
            return NotYet(text)
        case "next":
            return Next()
        case "help":
            return Help()
        case "how":
            return How()
        case "later":
            return Later()
    return None


def _negated(text: str, negations: Meanings) -> bool:
    """Whether a no stands anywhere, even inside what Slack's marks would hide."""
    words = plain_words(text)
    return any(negations.starting(words, at) for at in range(len(words)))


def _without_courtesies(words: tuple[str, ...], courtesies: Meanings) -> tuple[str, ...]:
    return _without_ends(words, courtesies)[0]


def _without_ends(words: tuple[str, ...], phrases: Meanings) -> tuple[tuple[str, ...], bool]:
    """The words without the phrases at either end, and whether there were any."""
    first, last = 0, len(words)
    while first < last and (found := phrases.starting(words[:last], first)):
        first = found[1]
    while first < last and (start := phrases.ending(words[first:last])) is not None:
        last = first + start
    return words[first:last], (first, last) != (0, len(words))


def _time(text: str, words: tuple[str, ...], phrases: Phrases, now: datetime, zone: ZoneInfo, locale: str) -> Heard | None:
    """The whole text says when: a time, or a wish to be reminded at what is no time."""
    if len(words) > LONGEST_TIME:
        return None
    core = _without_courtesies(words, phrases.courtesies)
    wished = False
    for vocabulary in _languages(phrases, locale):
        rest, asked = _without_wishes(core, vocabulary)
        reading = read_when(rest, vocabulary, now, zone, asked=asked)
        if reading is not None:
            return Snooze(reading.until) if reading.until else NotATime(text)
        wished = wished or asked
    return NotATime(text) if wished and "?" not in text else None


def _languages(phrases: Phrases, locale: str) -> Iterator[Mapping[str, Meanings]]:
    """The words of times in the person's own language, then in the others."""
    own = locale.replace("_", "-").partition("-")[0].lower()
    for language in sorted(phrases.times, key=lambda language: language != own):
        yield phrases.times[language]


def _without_wishes(words: tuple[str, ...], vocabulary: Mapping[str, Meanings]) -> tuple[tuple[str, ...], bool]:
    """The words without what asks for a reminder and what is said around a time; whether they asked."""
    asked = False
    while True:
        rest, wished = _without_ends(words, vocabulary.get("remind", NOTHING))
        rest, filled = _without_ends(rest, vocabulary.get("fillers", NOTHING))
        asked = asked or wished
        if not (wished or filled):
            return rest, asked
        words = rest


def _wants_human(words: tuple[str, ...], phrases: Phrases) -> bool:
    """Whether a person is asked for anywhere, outside of phrases that only sound like it ("human resources")."""
    sounds_like_it: set[int] = set()
    for at in range(len(words)):
        if found := phrases.not_human.starting(words, at):
            sounds_like_it.update(range(at, found[1]))
    for at in range(len(words)):
        found = phrases.human_anywhere.starting(words, at)
        if found and sounds_like_it.isdisjoint(range(at, found[1])):
            return True
    return False
