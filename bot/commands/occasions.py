"""What a rule waits for, in words, and what people call it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flows.parts.rules import Dated, Rule, Survey, Trigger
from flows.playbook import Playbook


def rule_name(rule: str) -> str:
    """A rule as its reasons name it, without what only tells it from others: `sequence.day3` is day3, `recurring.weekly#2` weekly."""
    family, _, name = rule.partition(".")
    if family == "series":
        return name.rpartition(".")[2]
    return name.partition("#" if family == "recurring" else "@")[0]


def occasion(playbook: Playbook, rule: str, zone: ZoneInfo) -> str:
    """Why a rule speaks when it does, '' where its condition says it all. Days of sessions are told in `zone`."""
    family, _, name = rule.partition(".")
    match family:
        case "series":
            return f"a day of series {name.partition('.')[0]}"
        case "recurring":
            message, _, round = name.partition("#")
            every = next((one.every for one in playbook.recurring if one.message == message), "")
            return f"round {round}, every {every}"
        case "invitation" | "recording":
            return f"{'invites to' if family == 'invitation' else 'the recording of'} {_session(name, zone)}"
    return _of_rule(_rules(playbook).get(rule))


def _of_rule(rule: Rule | None) -> str:
    match rule:
        case Survey(on="left"):
            return "they leave"
        case Dated(right_away=True):
            return "they joined"
        case Dated(after=length) if length:
            return f"{length} after joining"
        case Trigger(on=event, wait=length):
            return f"{length} after {event}" if length else event
    return ""


def _rules(playbook: Playbook) -> dict[str, Rule]:
    return {
        **{f"sequence.{rule.message}": rule for rule in playbook.sequence},
        **{f"trigger.{rule.message}": rule for rule in playbook.triggers},
        **{f"survey.{rule.survey}": rule for rule in playbook.surveys},
    }


def _session(id: str, zone: ZoneInfo) -> str:
    name, _, starts = id.partition("@")
    return f"{name}, {datetime.fromisoformat(starts).replace(tzinfo=UTC).astimezone(zone):%d.%m. %H:%M}"
