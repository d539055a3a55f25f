"""The rail with its posts, and the checklist below it, in mrkdwn."""

from __future__ import annotations

from collections.abc import Iterator

from bot.conversation import Speaker
from bot.slack.kit import bold, shown
from flows.checklist import Checklist, ModuleView, StepView

_LONG = 12
"""Posts from which the rail between them gets shorter, so that it stays on one line."""
_LONGEST = 40


def rail(checklist: Checklist, speak: Speaker) -> str:
    """●──●──◉──○──· : a post for each step."""
    posts = [_mark(step, speak) for step in checklist.steps]
    return ("──" if len(posts) <= _LONG else "─" if len(posts) <= _LONGEST else "").join(posts)


def progress(checklist: Checklist, speak: Speaker) -> str:
    """How far they are, in words: also what a screen reader reads instead of the posts."""
    said = [speak("rail.progress", {"done": checklist.done, "total": checklist.total})]
    if checklist.minutes_left:
        said.append(speak("rail.minutes_left", {"minutes": checklist.minutes_left}))
    return shown(" · ".join(said))


def module_text(module: ModuleView, speak: Speaker, done_when: dict[str, str] | None = None) -> str:
    """A module's heading and its steps, a line each. `done_when`: when steps were done, in words, by step."""
    about = [] if module.open else [locked_because(module, speak)]
    about += [speak("home.module_optional")] if module.optional else []
    heading = " · ".join([bold(module.title) or "·", *map(shown, about)])
    objective = [shown(module.objective)] if module.objective.strip() else []
    return "\n".join([heading, *objective, *(_line(step, speak, done_when or {}) for step in module.steps)])


def locked_because(module: ModuleView, speak: Speaker) -> str:
    """Why a module is not open yet: its author's words, else the steps that open it, else that it opens later. Plain text."""
    if module.locked.strip():
        return module.locked
    titles = ", ".join(speak("home.quoted", {"text": title}) for title in module.opens_after if title.strip())
    return speak("home.opens_after", {"steps": titles}) if titles else speak("home.module_locked")


def _line(step: StepView, speak: Speaker, done_when: dict[str, str]) -> str:
    title = bold(step.title) if step.status == "current" else shown(step.title)
    return f"{_mark(step, speak)}  " + " · ".join([title or "·", *map(shown, _about(step, speak, done_when))])


def _about(step: StepView, speak: Speaker, done_when: dict[str, str]) -> Iterator[str]:
    if step.status == "done":
        if step.by_teammate:
            yield speak("home.done_by", {"name": step.teammate}) if step.teammate.strip() else speak("home.done_by_teammate")
        elif when := done_when.get(step.step):
            yield speak("home.done_on", {"when": when})
    elif step.status == "skipped":
        yield speak("home.skipped")
    elif step.status == "ours":
        yield on_it(step, speak)
    elif step.said_done:
        yield speak("home.said_done")
    else:
        if step.minutes and step.status != "locked":
            yield speak("step.minutes", {"minutes": step.minutes})
        if step.optional:
            yield speak("step.optional")
        if step.due:
            yield speak("step.due", {"day": step.due.day, "month": speak("time.months").split(", ")[step.due.month - 1]})
        if titles := ", ".join(speak("home.quoted", {"text": title}) for title in step.needs if title.strip()):
            yield speak("step.after", {"steps": titles})


def on_it(step: StepView, speak: Speaker) -> str:
    """Who of us does a step of ours, as far as anybody knows. Plain text."""
    return speak("step.ours_named", {"name": step.colleague}) if step.colleague.strip() else speak("step.ours")


def _mark(step: StepView, speak: Speaker) -> str:
    return shown(speak(f"rail.{step.status}_mark"))
