"""Messages that have had their time: an old card becomes one quiet line, an answered question shows its answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.conversation import Speaker
from bot.drawing import Sight
from bot.slack.cards import CARD, redraw
from bot.slack.kit import context, shown
from bot.slack.limits import Json, fit
from flows.checklist import Checklist
from flows.people import CaseRef

RETIRED = "retired"
ANSWERED = "answered"


def drawn_again(blocks: Sequence[Json], sight: Sight, *, newer: bool, about: str = "") -> list[Json]:
    """A message of ours as things are now. `newer`: another card stands below it; `about`: the step that its card was sent for."""
    journey, person = sight.person.journey, sight.person
    fresh = retire(blocks, sight.checklist, sight.speak, about) if newer else redraw(blocks, sight.checklist, person.id, sight.speak)
    return settle(fresh, journey.answers if journey else {}, person.case, sight.speak)


def has_card(blocks: Iterable[Json]) -> bool:
    """Whether anything in a message is drawn from the checklist."""
    return any(str(block.get("block_id", "")).startswith(CARD) for block in blocks)


def retire(blocks: Iterable[Json], checklist: Checklist | None, speak: Speaker, about: str = "") -> list[Json]:
    """The same when a newer card stands below: one quiet line in place of what was drawn, and no buttons that do things twice."""
    kept: list[Json] = []
    said = False
    for block in blocks:
        if not str(block.get("block_id", "")).startswith(CARD):
            kept.append(block)
        elif not said:
            said = True
            kept.append(context(_farewell(about, checklist, speak), RETIRED))
    return fit(kept)


def _farewell(about: str, checklist: Checklist | None, speak: Speaker) -> str:
    """What became of the step that the card was about."""
    step = next((s for s in checklist.steps if s.step == about and s.status == "done"), None) if checklist else None
    return shown(speak("step.retired_done", {"title": step.title}) if step else speak("step.retired"))


def is_live(blocks: Iterable[Json]) -> bool:
    """Whether anything in a message may have to change later: a card, or a question that waits for its answer."""
    listed = list(blocks)
    return has_card(listed) or any(_asks(element) for block in listed for element in block.get("elements", ()))


def settle(blocks: Iterable[Json], answers: Mapping[str, str | int], case: CaseRef | None, speak: Speaker) -> list[Json]:
    """A message whose questions have been answered since, with the answer in place of the buttons.

    `answers` are those to surveys. Whether a case is solved is asked as long as it is open and we asked last.
    """
    settled = []
    for block in blocks:
        asked = [element for element in block.get("elements", ()) if _asks(element)]
        told = _told(asked, answers, case, speak) if asked else None
        if told is None:
            settled.append(block)
            continue
        settled.append(context(told, ANSWERED))
        if rest := [element for element in block["elements"] if element not in asked]:
            settled.append(block | {"elements": rest})
    return fit(settled)


def _asks(element: Json) -> bool:
    return str(element.get("action_id", "")).partition(":")[0] in ("answer", "solved")


def _told(asked: Sequence[Json], answers: Mapping[str, str | int], case: CaseRef | None, speak: Speaker) -> str | None:
    """What was answered, as a line; None while it was not."""
    about = value_of(asked[0])
    if survey := about.get("q"):
        if survey not in answers:
            return None
        chosen = next((e for e in asked if value_of(e).get("v") == answers[str(survey)]), None)
    else:
        if case and case.asked_solved_at and about.get("c") in ("", None, case.id):
            return None
        open_again = case is not None and about.get("c") == case.id
        chosen = next((e for e in asked if value_of(e).get("v") == "not_yet"), None) if open_again else None
    return shown(speak("step.answered", {"answer": chosen["text"]["text"]}) if chosen else speak("step.answer_kept"))


def value_of(element: Mapping[str, Any]) -> dict[str, str | int]:
    """What a button of ours carries."""
    try:
        value = json.loads(element.get("value") or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
