"""What an answer by mail means: its first line as a command, its words, and the question or the step that our mail spoke of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.drawing import Sight
from bot.email.farewells import before_farewell
from bot.heard import Done, Heard, Hello, Human, Next, NotATime, NotYet, Skip, Stop, Stuck, Thanks, Undo, Words, Yes
from bot.plain_words import plain_words
from flows.events import Answered
from storage.queued import Row

UNSUBSCRIBE = "unsubscribe"
"""The subject that our List-Unsubscribe gives a mail program."""
OF_A_COLLEAGUE = "csm_reply"
WHETHER_SOLVED = "resolved"
MOST_GREETINGS = 3

_RATED = re.compile(r"\W*(\d{1,2})(?:\s*(?:/|of|out of|von|sur|de)\s*\d{1,2})?\W*", re.IGNORECASE)

Listen = Callable[[str], Heard]


@dataclass(frozen=True, kw_only=True, slots=True)
class Meant:
    """What the words come to.

    `line` is the one that was read as a command; `rest` the words below it, without greetings and farewells. `subject`: it was the subject.
    """

    heard: Heard
    line: str
    rest: str
    subject: bool = False

    @property
    def stops(self) -> bool:
        """Whether they want no more messages."""
        return isinstance(self.heard, Stop)


@dataclass(frozen=True, slots=True)
class Speaking:
    """What is to be heard, and the step it is about; None for the next one."""

    heard: Heard
    step: str | None


def meant(text: str, listen: Listen, name: str = "") -> Meant:
    """The first line that is no greeting may be a command; else all of it is words. `name` is the person's: a farewell may end with it."""
    places = [place for place, line in enumerate(text.splitlines()) if line.strip()]
    lines = [text.splitlines()[place].strip() for place in places]
    lines = lines[: before_farewell(lines, name, listen)]
    for at, line in enumerate(lines[: MOST_GREETINGS + 1]):
        heard = listen(line)
        if isinstance(heard, Hello | Thanks) and at + 1 < len(lines):
            continue
        below = next((n for n in range(at + 1, len(lines)) if not isinstance(listen(lines[n]), Hello | Thanks)), len(lines))
        rest = "\n".join(text.splitlines()[places[below] : places[len(lines) - 1] + 1]) if below < len(lines) else ""
        return Meant(heard=_whole(heard, text.strip(), listen) if len(lines) > 1 else heard, line=line, rest=rest.strip())
    return Meant(heard=Words(text.strip()), line=lines[0] if lines else "", rest="")


def _whole(heard: Heard, text: str, listen: Listen) -> Heard:
    """What was said in the first line, with all of their words where words count."""
    match heard:
        case Words():
            return listen(text)
        case Stuck():
            return Stuck(text)
        case Human() | Yes() | NotYet() | Hello() | Thanks():
            return replace(heard, text=text)
        case NotATime():
            return Words(text)
    return heard


def beside(said: Meant, listen: Listen) -> Heard | None:
    """What the words below a command mean on their own; None where that adds nothing to it.

    Who stopped our messages gets an answer to a question, and a human when they ask for one, and is not asked what they meant.
    """
    heard = listen(said.rest) if said.rest else None
    match heard:
        case Human() | Stuck():
            return heard
        case None | Done() | Skip() | Next() | Yes() | NotYet() | Undo() | Thanks() | Hello():
            return None
        case Words(text) | NotATime(text):
            return Words(text) if "?" in text or not said.stops else None
    return None if said.stops else heard


def wants_no_mail(subject: str, text: str, listen: Listen) -> bool:
    """Whether a mail program, or somebody by the subject alone, unsubscribes."""
    plain = subject.strip()
    return plain.casefold() == UNSUBSCRIBE or (not text.strip() and isinstance(listen(plain), Stop))


def answer_of(row: Row, said: Meant, sight: Sight) -> Answered | None:
    """Their answer to the question that our mail asked, None when it asked none or this is none. Its origin is the caller's."""
    known = {"source": "", "key": "", "who": sight.person.id, "at": datetime.min.replace(tzinfo=UTC)}
    if row.message == WHETHER_SOLVED and isinstance(said.heard, Yes | NotYet):
        solved = "yes" if isinstance(said.heard, Yes) else "not_yet"
        return Answered(survey="solved", value=solved, case=str(row.facts.get("case") or ""), **known)  # type: ignore[arg-type]
    survey, answers = str(row.facts.get("survey") or ""), row.facts.get("answers")
    if not survey or not isinstance(answers, list):
        return None
    value = next((v for v, written in _written(survey, answers, sight) if _says(said, v, written)), None)
    return None if value is None else Answered(survey=survey, value=value, text=said.rest, **known)  # type: ignore[arg-type]


def _written(survey: str, answers: list[str | int], sight: Sight) -> Iterator[tuple[str | int, frozenset[tuple[str, ...]]]]:
    """Each answer with the ways to write it: as it is, and as its button says it in any language."""
    words = sight.books.words
    for value in answers:
        labels = [text for key in (f"choices.{survey}_{value}", f"choices.{value}") for text in words.in_every_language(key)]
        yield value, frozenset(plain_words(text) for text in (str(value).replace("_", " "), *labels))


def _says(said: Meant, value: str | int, written: frozenset[tuple[str, ...]]) -> bool:
    if isinstance(value, int):
        rated = _RATED.fullmatch(said.line)
        if rated:
            return int(rated[1]) == value
    if plain_words(said.line) in written:
        return True
    return (value == "yes" and isinstance(said.heard, Yes)) or (value == "no" and isinstance(said.heard, NotYet))


def speaks_of(row: Row, said: Meant, sight: Sight) -> Speaking:
    """The step that our mail spoke of, where it can still be done.

    "Done" about one that is done already, or gone, ticks no other: they are told what is next. Words to a colleague whose case was closed
    meanwhile ask for that colleague's team again.
    """
    about = str((row.sent_payload or {}).get("step") or row.facts.get("step") or "")
    view = next((s for s in sight.checklist.steps if s.step == about), None) if sight.checklist and about else None
    heard = said.heard
    if row.message in (OF_A_COLLEAGUE, WHETHER_SOLVED) and not sight.person.case and isinstance(heard, Words | NotYet | Hello):
        return Speaking(Human(heard.text), about or None)
    if view is None or view.status in ("done", "skipped", "locked"):
        return Speaking(heard, about if about and isinstance(heard, Done | Skip) else None)
    return Speaking(heard, about)
