"""App Home: the whole checklist, drawn from the person as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.conversation import Speaker
from bot.preference_words import chosen_words
from bot.preferences import preferences_of
from bot.slack.cards import step_card
from bot.slack.home_news import news
from bot.slack.kit import actions, bold, button, context, divider, header, link_button, section, shown
from bot.slack.limits import BLOCKS_IN_VIEW, Json, fit
from bot.slack.rail import module_text, progress, rail
from bot.wording import deadline, moment
from bot.words import Words, language_named
from flows.checklist import Checklist
from flows.people import CaseRef, Person

BY_MAIL = "mail"
"""A stranger presses that they are who Slack says, and gets a link by mail."""


def home(checklist: Checklist | None, person: Person, words: Words, *, now: datetime, zone: ZoneInfo, page_url: str = "") -> Json:
    """The Home view of one person, in their language and zone. `checklist` is None before enrolment; `page_url` is their own page."""
    eyes = _Reader(person, words, now, zone)
    blocks = [header(eyes.speak("home.title")), section(shown(_greeting(person, eyes.speak)), "home.greeting")]
    blocks += _state(person, eyes)
    blocks += _news(checklist, person, eyes) if checklist else []
    blocks += _way(checklist, person, eyes) if checklist else [section(shown(eyes.speak("home.not_enrolled")), "home.empty")]
    blocks += _goal(checklist, person, eyes.speak) if checklist else []
    blocks += _preferences(person, eyes)
    blocks += _doors(person, eyes.speak, page_url)
    return {"type": "home", "blocks": fit(blocks, at_most=BLOCKS_IN_VIEW)}


def stranger_home(company: str, speak: Speaker, email: str = "") -> Json:
    """The Home of a Slack user whom we know from nowhere."""
    return {"type": "home", "blocks": fit([header(speak("home.title")), *stranger_blocks(company, speak, email)], at_most=BLOCKS_IN_VIEW)}


def unknown_words(company: str, email: str, speak: Speaker) -> str:
    """That we don't know them; `email` is what Slack says, the same whether anybody is known by it."""
    return speak("home.unconfirmed" if email else "home.unknown_person", {"company": company, "email": email})


def stranger_blocks(company: str, speak: Speaker, email: str = "") -> list[Json]:
    """We don't know them, and ask: is it that address, or another?"""
    ask = button("who", speak("button.who_other" if email else "button.who"), {}, primary=not email)
    by_mail = [button("who", speak("button.who_mail"), {"by": BY_MAIL}, primary=True)] if email else []
    return [section(shown(unknown_words(company, email, speak)), "who.text"), actions([*by_mail, ask], "who.ask")]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Whose eyes these are: how words and moments are said to them."""

    person: Person
    words: Words
    now: datetime
    zone: ZoneInfo

    def speak(self, key: str, facts: Mapping[str, Any] | None = None, /) -> str:
        return self.words.get(key, self.person.locale, facts)

    def language(self, tag: str) -> str:
        return language_named(self.words, tag)

    def moment(self, at: datetime) -> str:
        return moment(at, self.zone, self.now, self.person.locale, self.words)

    def deadline(self, at: datetime) -> str:
        return deadline(at, self.zone, self.now, self.person.locale, self.words)


def _greeting(person: Person, speak: Speaker) -> str:
    first = (person.name.split() or [""])[0]
    hello = speak("home.greeting", {"name": first}) if first else speak("home.greeting_nobody")
    return f"{hello}. {speak('home.intro')}"


def _state(person: Person, eyes: _Reader) -> Iterator[Json]:
    """What holds just now: a human has their case, we are silent, they stopped us."""
    if person.case:
        yield section(shown(_case_line(person.case, eyes)), "home.case")
        if person.case.asked_solved_at:
            about = {"p": person.id, "c": person.case.id}
            answers = {"yes": "button.solved_yes", "not_yet": "button.solved_not_yet"}
            yield actions([button("solved", eyes.speak(key), {**about, "v": v}) for v, key in answers.items()], "home.solved")
    if {"all", "slack"} & set(person.opted_out):
        yield section(shown(eyes.speak("home.stopped")), "home.stopped")
        yield actions([button("undo", eyes.speak("button.resume"), {"p": person.id})], "home.undo")
    elif person.snoozed_until and person.snoozed_until > eyes.now:
        yield context(shown(eyes.speak("home.snoozed", {"when": eyes.moment(person.snoozed_until)})), "home.snoozed")


def _news(checklist: Checklist, person: Person, eyes: _Reader) -> Iterator[Json]:
    """What happened since they last looked, in the last days; no heading over nothing."""
    lines = news(checklist, person, eyes.now, eyes.speak, eyes.moment)
    if lines:
        yield section("\n".join([bold(eyes.speak("home.new_heading")), *(f"•  {shown(line)}" for line in lines)]), "home.new")


def _preferences(person: Person, eyes: _Reader) -> Iterator[Json]:
    """What they get, and the way to change it."""
    now, value = preferences_of(person, eyes.now), {"p": person.id}
    parts = chosen_words(now, eyes.speak, eyes.moment, eyes.language)
    line = eyes.speak("home.chosen", {"what": ", ".join(parts)}) if parts else eyes.speak("home.quiet_line")
    buttons = [button("preferences", eyes.speak("button.preferences"), value)]
    buttons += [] if now.usual else [button("usual", eyes.speak("button.usual"), value)]
    yield divider()
    yield section(f"{bold(eyes.speak('home.quiet_heading'))}\n{shown(line)}", "home.preferences")
    yield actions(buttons, "home.preferences.change")


def _case_line(case: CaseRef, eyes: _Reader) -> str:
    if case.asked_solved_at:
        return eyes.speak("home.case_asked", {"csm": case.claimed_name})
    if case.claimed_name:
        return eyes.speak("home.case_claimed", {"csm": case.claimed_name})
    if case.respond_by and case.respond_by > eyes.now:
        return eyes.speak("home.case_open", {"by_when": eyes.deadline(case.respond_by)})
    return eyes.speak("home.case_open_no_time")


def _way(checklist: Checklist, person: Person, eyes: _Reader) -> Iterator[Json]:
    """The rail, the next step with its buttons, then every module."""
    day = eyes.speak("home.day", {"day": checklist.day, "days": checklist.days})
    yield section(rail(checklist, eyes.speak), "home.rail")
    yield context(f"{progress(checklist, eyes.speak)} · {shown(day)}", "home.progress")
    yield divider()
    if checklist.next:
        yield context(shown(eyes.speak("home.next_heading")), "home.next")
    yield from step_card(checklist, person.id, eyes.speak)
    yield divider()
    when = {step.step: eyes.moment(step.since) for step in checklist.steps if step.since}
    for place, module in enumerate(checklist.modules):
        yield section(module_text(module, eyes.speak, when), f"home.module.{place}")


def _goal(checklist: Checklist | None, person: Person, speak: Speaker) -> Iterator[Json]:
    goal = checklist.goal_words if checklist else ""
    text = shown(speak("home.quoted", {"text": goal})) if goal.strip() else shown(speak("home.goal_none"))
    yield divider()
    yield section(f"{bold(speak('home.goal_heading'))}\n{text}", "home.goal")
    yield actions([button("goal", speak("button.goal_change" if goal.strip() else "button.goal"), {"p": person.id})], "home.goal.change")


def _doors(person: Person, speak: Speaker, page_url: str) -> Iterator[Json]:
    """The ways out: a human, the page, no more messages."""
    value = {"p": person.id}
    stopped = {"all", "slack"} & set(person.opted_out)
    yield divider()
    yield section(f"{bold(speak('home.help_heading'))}\n{shown(speak('home.help_line'))}", "home.help")
    page = link_button("open", speak("button.checklist"), page_url, value)
    stop = [] if stopped else [button("stop", speak("button.stop"), value)]
    yield actions([button("human", speak("button.human"), value), *page, *stop], "home.doors")
