"""The dialog in which somebody chooses what they get."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.conversation import Speaker
from bot.preferences import BY, Preferences
from bot.slack.kit import checkboxes, clock_picker, moment_picker, question, select
from bot.slack.limits import Json
from bot.slack.modals import answer, modal, read_moment
from flows.parts.rules import KINDS
from flows.people import Person

USUAL = "usual"
"""The option that chooses nothing: Slack's lists have no empty value."""
_UNTAILORED = "untailored"


def preferences_modal(now: Preferences, person: Person, languages: Sequence[str], speak: Speaker, named: Callable[[str], str]) -> Json:
    """What holds now, to be changed. `languages` are the tags there is a choice of, `named` what each calls itself."""
    where = {USUAL: speak("modal.by_usual")} | {by: speak(f"modal.by_{by}") for by in BY}
    asked = [
        question(speak("modal.by_label"), select("by", where, now.by or USUAL), "by"),
        _kinds(now, speak),
        question(speak("modal.quiet_label"), moment_picker("pause", now.pause), "pause", hint=speak("modal.quiet_hint"), optional=True),
        question(speak("modal.since_label"), clock_picker("since", now.since), "since", optional=True),
        question(speak("modal.until_label"), clock_picker("until", now.until), "until", hint=speak("modal.hours_hint"), optional=True),
    ]
    if languages:
        spoken = {USUAL: speak("modal.locale_usual")} | {tag: named(tag) for tag in languages}
        asked.append(question(speak("modal.locale_label"), select("locale", spoken, now.locale or USUAL), "locale"))
    asked.append(_tailored(now, speak))
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
        without=tuple(kind for kind in KINDS if kind not in _ticked(view, "kinds")) if answer(view, "kinds", "kinds") else (),
        tailored=_UNTAILORED not in _ticked(view, "tailored"),
    )


def _kinds(now: Preferences, speak: Speaker) -> Json:
    """What they get, a tick for each kind."""
    kinds: dict[str, tuple[str, str]] = {kind: (speak(f"kinds.{kind}"), speak(f"kinds.{kind}_hint")) for kind in KINDS}
    ticked = [kind for kind in KINDS if kind not in now.without]
    return question(speak("modal.kinds_label"), checkboxes("kinds", kinds, ticked), "kinds", hint=speak("kinds.always"), optional=True)


def _tailored(now: Preferences, speak: Speaker) -> Json:
    option = {_UNTAILORED: (speak("modal.untailored"), speak("modal.untailored_hint"))}
    ticked = [] if now.tailored else [_UNTAILORED]
    return question(speak("modal.tailored_label"), checkboxes("tailored", option, ticked), "tailored", optional=True)


def _ticked(view: Json, name: str) -> list[str]:
    return [str(option.get("value", "")) for option in answer(view, name, name).get("selected_options") or ()]


def _option(view: Json, name: str) -> str:
    return str((answer(view, name, name).get("selected_option") or {}).get("value", ""))
