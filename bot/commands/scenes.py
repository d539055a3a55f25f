"""The moment at which somebody gets a message: found by living through it with the real engine, nothing of it saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from bot.commands.invented import START, Told, arrival, invented
from bot.commands.provoking import PROVOKED, Act, when_to_act
from flows.events import Answered, AnyEvent, ProductEvent, StepDone
from flows.library import Playbooks
from flows.meetings import CALLED_OFF, DAY_BEFORE, INVITATION
from flows.parts.rules import Survey
from flows.parts.steps import Step
from flows.people import Subject
from flows.playbook import Playbook
from flows.simulate import Turn, after, live
from flows.task_rules import task_rules

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Scene:
    """Who gets a message, when, with which facts and variant. `lived`: the engine said it; else it is as if it did."""

    subject: Subject
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    variant: str = ""
    lived: bool = True


def scene_of_ana(playbook: Playbook, message: str, told: Told, steps_done: int | None) -> Scene:
    """Ana's life up to that message: with one step done, or as many as named; else with none or all, when it needs that."""
    every = len(list(playbook.steps()))
    tried = [steps_done] if steps_done is not None else [1, 0, every]
    for done in tried:
        turns = list(_life(playbook, message, told, done))
        if message in PROVOKED:
            turns = [turn for turn in turns if turn.at <= START + 3 * _DAY]
            found = scene_from(playbook, message, after(turns[-1].decision), START + 3 * _DAY)
        else:
            found = _said_in(turns, message)
        if found:
            return found
    at = START + 3 * _DAY
    before = [turn for turn in _life(playbook, message, told, tried[0]) if turn.at <= at]
    return Scene(after(before[-1].decision), at, _facts(playbook, message), lived=False)


def scene_from(playbook: Playbook, message: str, subject: Subject, at: datetime) -> Scene | None:
    """Somebody as they are, and what they must do now for an answer of that name; None when that does not bring it."""
    provoke = PROVOKED.get(message)
    if provoke is None:
        return None
    act = Act(playbook, subject, when_to_act(playbook, message, at))
    asleep = replace(subject, person=replace(subject.person, wake_at=None))
    return _said_in(live(_only(playbook), asleep, provoke(act), act.at + _HOUR), message)


def scene_now(playbook: Playbook, message: str, subject: Subject, at: datetime) -> Scene:
    """Somebody as they are, as if the message were due now."""
    return scene_from(playbook, message, subject, at) or Scene(subject, at, _facts(playbook, message), lived=False)


def _only(playbook: Playbook) -> Playbooks:
    return Playbooks({playbook.playbook: playbook})


def _said_in(turns: Iterable[Turn], message: str) -> Scene | None:
    for turn in turns:
        for say in turn.decision.says:
            if say.message == message:
                return Scene(_as_it_was(turn), turn.at, say.facts, say.variant)
    return None


def _as_it_was(turn: Turn) -> Subject:
    """The subject as a message of this turn finds it: with the case, also one that was just closed."""
    decision = turn.decision
    return Subject(person=decision.person, account=decision.account, case=decision.case, activity=decision.activity)


def _life(playbook: Playbook, message: str, told: Told, steps_done: int) -> Iterator[Turn]:
    steps = [step for _, step in playbook.steps()][:steps_done]
    moments = (START + n * _HOUR for n in count(1))
    events = [*arrival(playbook, told, START)]
    events += [event for step, at in zip(steps, moments, strict=False) for event in _finished(step, at)]
    events += [_did(rule.on, START + 2 * _DAY) for rule in playbook.triggers if rule.message == message and rule.on in playbook.events]
    if any(rule.message == message for rule in playbook.recurring):
        events += _busy_week(playbook)
    if steps_done:
        events += [event for survey in playbook.surveys if survey.after and survey.message != message for event in _answered(survey)]
    return live(_only(playbook), invented(told, None), events, START + playbook.ends.span + 14 * _DAY)


def _busy_week(playbook: Playbook) -> list[AnyEvent]:
    """Something of everything that the weekly summary tells."""
    begin = START + 8 * _DAY
    times = [(name, k) for n, name in enumerate(playbook.summary) for k in range(1 + n % 3)]
    return [_did(name, begin + (n % 5) * _DAY + k * _HOUR) for n, (name, k) in enumerate(times)]


def _finished(step: Step, at: datetime) -> Iterator[AnyEvent]:
    if step.asks == "goal":
        yield Answered(source="invented", key=f"{step.step}", who="ana", at=at, survey="goal", value="weekly revenue for my boss")
    elif step.by_events:
        proof = step.by_events[0]
        yield from (_did(proof.event, at + n * timedelta(seconds=1)) for n in range(proof.times))
    else:
        yield StepDone(source="invented", key=step.step, who="ana", at=at, step=step.step)


def _answered(survey: Survey) -> Iterator[AnyEvent]:
    assert survey.after is not None
    at = START + survey.after.span + 4 * _DAY
    yield Answered(source="invented", key=survey.survey, who="ana", at=at, survey=survey.survey, value=survey.answers[0])


def _did(name: str, at: datetime) -> ProductEvent:
    return ProductEvent(source="invented", key=f"{name} {at}", who="ana", at=at, name=name)


def _facts(playbook: Playbook, message: str) -> dict[str, Any]:
    """What the engine would tell a message that nothing brought about."""
    survey = next((s for s in playbook.surveys if s.message == message), None)
    if survey:
        return {"survey": survey.survey, "answers": list(survey.answers)}
    if message in ("skipped", "step_done", "done_unseen", "how"):
        steps = [step for _, step in playbook.steps()]
        return {"step": next((step.step for step in steps if step.optional), steps[0].step)}
    helps = [step.help for _, step in playbook.steps() if step.help]
    if message == "file_not_passed":
        return {"file": "red-test.png", "too_large": True}
    if message == "found":
        return {"text": "it says invalid host", "found": helps[:3]}
    if message in ("article", "article_helped", "article_no_help"):
        return {"article_name": next(iter(helps), "")}
    if message == "link_slack":
        return {"confirm": "https://handrail.example.com/slack/link/a-token", "slack_name": "Ana Ruiz", "workspace": "Acme"}
    if found := _of_a_task(playbook, message):
        return found
    if message == "all_busy":
        return {"text": "", "respond_by": (START + 3 * _DAY + 5 * _HOUR).isoformat()}
    return {"text": "smb.yaml:31: unknown trait account.employes, did you mean employees?"} if message == "ops_note" else {}


def _of_a_task(playbook: Playbook, message: str) -> dict[str, Any]:
    """What a colleague of ours would have written or planned, for a message that tells of it."""
    rules = list(task_rules(playbook))
    meeting = next((rule for rule in rules if rule.meeting and message in (rule.meeting.invitation, rule.meeting.agenda)), None)
    if meeting or message in (INVITATION, DAY_BEFORE, CALLED_OFF, "meeting_agenda"):
        minutes, link = (
            (meeting.meeting.minutes, meeting.meeting.link) if meeting and meeting.meeting else (45, "https://meet.example.com/kickoff")
        )
        return {
            "task_title": meeting.title if meeting else "Kickoff",
            "task_uid": "preview",
            "meeting_at": (START + 5 * _DAY).isoformat(),
            "meeting_minutes": minutes,
            "meeting_link": link,
            "by_name": "Maya Chen",
        }
    told = next((rule for rule in rules if rule.says == message), None)
    if told is None and message != "task_summary":
        return {}
    actions = ["You send us last month's numbers by Thursday", "We set up the first dashboard with them"]
    title = told.title if told else "Kickoff"
    return {"task_title": title, "note": "The first report goes to the board on the 28th.", "actions": actions, "by_name": "Maya Chen"}
