"""What somebody chose, said back to them in words, on every surface."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.conversation import Speaker
from bot.preferences import BY, NOTHING, Preferences


def chosen_words(now: Preferences, speak: Speaker, moment: Callable[[datetime], str], language: Callable[[str], str]) -> list[str]:
    """Each thing they chose, in words; none when all is as usual. `moment` says an instant, `language` names a tag."""
    if now.by == NOTHING:
        return [speak("home.chosen_nothing")]
    parts = [speak("home.chosen_pause", {"when": moment(now.pause)})] if now.pause else []
    parts += [speak("home.chosen_hours", {"since": now.since, "until": now.until})] if now.since else []
    parts += [speak(f"home.chosen_{now.by}")] if now.by in BY else []
    parts += [speak("home.chosen_language", {"language": language(now.locale)})] if now.locale else []
    parts += [speak("home.chosen_without", {"kinds": [speak(f"kinds.{kind}") for kind in now.without]})] if now.without else []
    return parts + ([] if now.tailored else [speak("home.chosen_untailored")])
