"""What somebody sent from their page: events, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from bot.conversation import pressed
from bot.drawing import Sight
from bot.preferences import wrong_pause
from bot.saying_when import chosen
from flows.events import Answered, AnyEvent, SaysStuck, Snoozed, Traits
from flows.hours import instant

CARRIED = ("s", "q", "v", "u", "c", "a")
"""What a button carries, as in Slack."""
INTAKE = "intake."


class Refused(Exception):
    """Nothing was changed; `str` is the key of words.yaml that says why."""


def events_of(action: str, form: Mapping[str, str], sight: Sight, now: datetime) -> list[AnyEvent]:
    """What changes. Raises Refused for what they can put right; gives nothing for what no page of ours sends."""
    origin: dict[str, Any] = {"source": "page", "key": uuid4().hex, "who": sight.person.id, "at": now, "mouth": "page"}
    text = form.get("text", "").strip()
    match action:
        case "goal":
            return _goal(text, form, sight, origin)
        case "snooze" if form.get("at"):
            return [Snoozed(until=_ahead(form["at"], sight.zone, now), **origin)]
        case "snooze" if chosen(form.get("u", ""), now, sight.zone) is None:
            return []
        case "stuck" if text:
            return [SaysStuck(step=form.get("s") or None, text=text, **origin)]
    return pressed(
        action,
        {key: form[key] for key in CARRIED if key in form},
        person=sight.person,
        checklist=sight.checklist,
        source="page",
        key=origin["key"],
        at=now,
        mouth="page",
        zone=sight.zone,
        speak=sight.speak,
    )


def _goal(words: str, form: Mapping[str, str], sight: Sight, origin: dict[str, Any]) -> list[AnyEvent]:
    """Their words, and what they chose under the playbook's questions; a question left out says nothing."""
    if not words:
        raise Refused("modal.goal_empty")
    told = {ask.ask: value for ask in sight.playbook.intake if (value := form.get(f"{INTAKE}{ask.ask}")) in ask.options}
    plain = {key: value for key, value in origin.items() if key != "mouth"}
    traits = [Traits(**plain | {"key": f"{origin['key']}:traits"}, person=told)] if told else []
    return [*traits, Answered(survey="goal", value=words, **origin)]


def _ahead(written: str, zone: ZoneInfo, now: datetime) -> datetime:
    until = moment_in(written, zone)
    if until is None or (wrong := wrong_pause(until, now)):
        raise Refused(wrong if until else "modal.pick_past")
    return until


def moment_in(written: str, zone: ZoneInfo) -> datetime | None:
    """What a browser sends of a day and a time where they are ("2026-03-03T09:00"), as an instant (UTC); None for what is none."""
    try:
        local = datetime.fromisoformat(written)
        return instant(local.date(), local.time().replace(tzinfo=None), zone)
    except (ValueError, OverflowError):  # the year 1 or 9999 may have no such instant elsewhere
        return None
