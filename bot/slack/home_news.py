"""What is new in somebody's Home: what opened, what others did, who answered. Nothing when nothing is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from bot.conversation import Speaker
from flows.checklist import Checklist
from flows.people import Journey, Person

RECENT = timedelta(days=7)
MOST = 5
_TOGETHER = timedelta(minutes=5)
"""What opened this soon after they began was never closed for them."""


def news(checklist: Checklist, person: Person, now: datetime, speak: Speaker, said: Callable[[datetime], str]) -> list[str]:
    """Lines of plain text, the newest first. `said` puts an instant into words."""
    journey = person.journey
    found = [*_answers(person, speak, said), *_steps(checklist, journey, speak), *_modules(checklist, journey, speak)]
    recent = [(at, line) for at, line in found if now - RECENT <= at <= now]
    return [line for _, line in sorted(recent, key=lambda pair: pair[0], reverse=True)][:MOST]


def _answers(person: Person, speak: Speaker, said: Callable[[datetime], str]) -> Iterator[tuple[datetime, str]]:
    case = person.case
    if case and case.csm_word_at and case.claimed_name.strip():
        yield case.csm_word_at, speak("home.new_answer", {"csm": case.claimed_name, "when": said(case.csm_word_at)})


def _steps(checklist: Checklist, journey: Journey | None, speak: Speaker) -> Iterator[tuple[datetime, str]]:
    for step in checklist.steps:
        if step.status != "done" or step.since is None or not step.title.strip():
            continue
        state = journey.steps.get(step.step) if journey else None
        if step.by_teammate:
            key = "home.new_teammate" if step.teammate.strip() else "home.new_somebody"
            yield step.since, speak(key, {"step": step.title, "name": step.teammate})
        elif state and state.how == "team":
            yield step.since, speak("home.new_team", {"step": step.title})


def _modules(checklist: Checklist, journey: Journey | None, speak: Speaker) -> Iterator[tuple[datetime, str]]:
    began = journey.enrolled_at if journey else None
    for module in checklist.modules:
        if module.open and module.opened_at and module.title.strip() and (began is None or module.opened_at > began + _TOGETHER):
            yield module.opened_at, speak("home.new_module", {"module": module.title})
