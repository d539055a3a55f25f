"""The dialog in which somebody chooses what they get."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.conversation import Speaker
from bot.preferences import BY, Preferences
from bot.slack.kit import clock_picker, moment_picker, question, select
from bot.slack.limits import Json
from bot.slack.modals import answer, modal, read_moment
from flows.people import Person

USUAL = "usual"
"""The option that chooses nothing: Slack's lists have no empty value."""


def preferences_modal(now: Preferences, person: Person, languages: Sequence[str], speak: Speaker, named: Callable[[str], str]) -> Json:
    """What holds now, to be changed. `languages` are the tags there is a choice of, `named` what each calls itself."""
    where = {USUAL: speak("modal.by_usual")} | {by: speak(f"modal.by_{by}") for by in BY}
    asked = [
        question(speak("modal.quiet_label"), moment_picker("pause", now.pause), "pause", hint=speak("modal.quiet_hint"), optional=True),
        question(speak("modal.since_label"), clock_picker("since", now.since), "since", optional=True),
        question(speak("modal.until_label"), clock_picker("until", now.until), "until", hint=speak("modal.hours_hint"), optional=True),
        question(speak("modal.by_label"), select("by", where, now.by or USUAL), "by"),
    ]
    if languages:
        spoken = {USUAL: speak("modal.locale_usual")} | {tag: named(tag) for tag in languages}
        asked.append(question(speak("modal.locale_label"), select("locale", spoken, now.locale or USUAL), "locale"))
    title, submit = speak("modal.preferences_title"), speak("modal.preferences_submit")
    return modal("preferences", title, submit, asked, speak, {"p": person.id})


def read_preferences(view: Json, languages: Sequence[str]) -> Preferences:
    """What they filled in; what was no option counts as usual."""
    by, locale = _option(view, "by"), _option(view, "locale")
    return Preferences(
        pause=read_moment(view, "pause"),
        since=str(answer(view, "since", "since").get("selected_time") or ""),
        until=str(answer(view, "until", "until").get("selected_time") or ""),
        by=by if by in BY else "",
        locale=locale if locale in languages else "",
    )


def _option(view: Json, name: str) -> str:
    return str((answer(view, name, name).get("selected_option") or {}).get("value", ""))
