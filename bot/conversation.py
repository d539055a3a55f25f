"""What a person said or pressed, as events. The same for Slack, the signed page and mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol
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
from bot.phrases import Phrases, load_phrases
from bot.saying_when import chosen
from bot.understanding import understand
from flows.checklist import Checklist
from flows.events import (
    Answered,
    AnyEvent,
    ArticleRead,
    Asked,
    File,
    Mail,
    Mouth,
    OptedIn,
    OptedOut,
    Replied,
    SaysStuck,
    Snoozed,
    StepDone,
    StepSkipped,
)
from flows.people import Person

__all__ = ["Heard", "Phrases", "Speaker", "events_for", "load_phrases", "pressed", "understand"]

SOLVED = ("yes", "not_yet")
HELPED = ("yes", "no")

_LONGEST_NAME = 100

Finder = Callable[[str, str], tuple[str, ...]]
"""Finds help articles for what somebody wrote, in their language: names, the likeliest first, at most three."""


class Speaker(Protocol):
    """Our words in one person's language: `speak("button.done")`, with facts where the phrase has braces. Plain text, not escaped."""

    def __call__(self, key: str, facts: Mapping[str, Any] | None = None, /) -> str: ...


def found_nothing(text: str, locale: str) -> tuple[str, ...]:  # noqa: ARG001
    """A finder without any articles."""
    return ()


def events_for(
    heard: Heard,
    *,
    person: Person,
    checklist: Checklist | None,
    source: str,
    key: str,
    at: datetime,
    mouth: Mouth,
    find: Finder = found_nothing,
    files: tuple[File, ...] = (),
    step: str | None = None,
    mail: Mail | None = None,
) -> list[AnyEvent]:
    """What their words change or ask. While a human has their case, all that is no clear command is for the human.

    `find` is asked for help articles when nobody else would answer. `files` came with the words. `step` is the one they speak of, where
    that is known; else it is the next one. `mail` is the mail they were written in.
    """
    common: dict[str, Any] = {"source": source, "key": key, "who": person.id, "at": at, "mouth": mouth}
    sent: dict[str, Any] = {"mail": mail} if mail else {}
    step = step or (checklist.next.step if checklist and checklist.next else None)
    match heard:
        case Yes() | NotYet() if person.case and person.case.asked_solved_at:
            return [Answered(survey="solved", value="yes" if isinstance(heard, Yes) else "not_yet", **common)]
        case Human(text) | Stuck(text) | NotATime(text) | Hello(text) | Thanks(text) if person.case:
            return [Replied(text=text, files=files, **sent, **common)]
        case Words(text) if not person.case and person.asked != "goal":
            return [Replied(text=text, files=files, found=find(text, person.locale), **sent, **common)]
        case Words(text) | Yes(text) | NotYet(text):
            return [Replied(text=text, files=files, **sent, **common)]
        case Stuck(bare=True):
            return [SaysStuck(step=step, files=files, **sent, **common)]
        case Human(text) | Stuck(text):
            return [SaysStuck(step=step, text=text, files=files, **sent, **common)]
        case Thanks():
            return []
        case Done() if step:
            return [StepDone(step=step, typed=True, **common)]
        case Skip() if step:
            return [StepSkipped(step=step, typed=True, **common)]
        case Stop(text):
            return [OptedOut(channel="all", wording=text, **common)]
        case Undo(text) if person.opted_out:
            return [OptedIn(channel="all", wording=text, **common)]
        case Snooze(until):
            return [Snoozed(until=until, **common)]
        case NotATime(text):
            return [Asked(about="not_a_time", text=text, **sent, **common)]
    return [Asked(about=_question(heard), step=step, **sent, **common)]


def _question(heard: Heard) -> str:
    """What they ask, or would ask when there is nothing that their command could change."""
    match heard:
        case Hello():
            return "hello"
        case How():
            return "how"
        case Later():
            return "later"
        case Help() | Undo():
            return "help"
        case Next() | Done() | Skip():
            return "next"
    raise TypeError(f"{heard!r} is no question")


def pressed(
    action: str,
    value: Mapping[str, Any],
    *,
    person: Person,
    checklist: Checklist | None,
    source: str,
    key: str,
    at: datetime,
    mouth: Mouth,
    zone: ZoneInfo,
    speak: Speaker,
) -> list[AnyEvent]:
    """What a press on one of the person's buttons changes or asks; nothing for a link or a button we do not know.

    `action` may carry a number ("later:2"). `value` is what the button carries: s step, q survey, v answer, u choice of time, a article.
    Whose press it is, the caller has checked: `person` is taken, never the value's own claim.
    """
    common: dict[str, Any] = {"source": source, "key": key, "who": person.id, "at": at, "mouth": mouth}
    step = str(value["s"]) if value.get("s") else checklist.next.step if checklist and checklist.next else None
    match action.partition(":")[0]:
        case "done" | "elsewhere" as how if step:
            return [StepDone(step=step, elsewhere=how == "elsewhere", **common)]
        case "skip" if step:
            return [StepSkipped(step=step, **common)]
        case "failed":
            return [SaysStuck(step=step, text=speak("button.failed"), **common)]
        case "stuck" | "human":
            return [SaysStuck(step=step, **common)]
        case "snooze":
            until = chosen(str(value.get("u", "")), at, zone)
            return [Snoozed(until=until, **common) if until else Asked(about="later", **common)]
        case "stop":
            return [OptedOut(channel="all", wording=speak("button.stop"), **common)]
        case "undo":
            return [OptedIn(channel="all", wording=speak("button.undo"), **common)]
        case "solved" if value.get("v") in SOLVED:
            return [Answered(survey="solved", value=value["v"], case=str(value.get("c", "")), **common)]
        case "article" if value.get("a"):
            return [ArticleRead(article=_article(value), **common)]
        case "helped" if value.get("a") and value.get("v") in HELPED:
            return [ArticleRead(article=_article(value), helped=value["v"], **common)]
        case "answer" if value.get("q") and value.get("v") is not None:
            return [Answered(survey=str(value["q"]), value=_answer(value["v"]), **common)]
        case "done" | "elsewhere" | "skip":
            return [Asked(about="next", **common)]
        case "how" | "later" | "next" | "help" | "goal" as about:
            return [Asked(about=about, step=step, **common)]
    return []


def _article(value: Mapping[str, Any]) -> str:
    return str(value["a"])[:_LONGEST_NAME]


def _answer(value: Any) -> str | int:
    """An answer as the playbook writes it: a number stays one, also when a form made it text."""
    if isinstance(value, int):
        return value
    return int(value) if str(value).isdecimal() and len(str(value)) < 3 else str(value)
