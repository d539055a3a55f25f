"""What a task's card says: what is to do, for whom, why, until when, who has it, and what is known from the hand-off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.wording import date_written, deadline, moment, span
from bot.words import Words, shipped_words
from flows.hours import zone_named
from flows.parts.tasks import Meeting
from flows.parts.tasks import Question as Asked
from flows.people import Subject, TaskState
from flows.playbook import Playbook
from flows.task_rules import task_rule, task_rules

KNOWN = 8
"""Answers of hand-offs that a card shows."""
OPTIONAL = "(optional)"
"""How a question of a form ends that may stay without an answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question of a task's form: the trait that its answer becomes, its words, what may be chosen, and whether it needs an answer.

    `guess` is the trait's declared default: what is answered has to read as its type.
    """

    trait: str
    words: str
    options: tuple[str, ...] = ()
    optional: bool = False
    guess: Any = ""


def meeting_of(playbook: Playbook, task: TaskState) -> Meeting | None:
    """The meeting that goes with a task."""
    rule = task_rule(playbook, task)
    return rule.meeting if rule else None


def questions(playbook: Playbook, form: Mapping[str, Asked]) -> tuple[Question, ...]:
    """A form's questions in order. One that ends with "(optional)" needs no answer."""
    return tuple(
        Question(
            trait=trait,
            words=one.ask.strip().removesuffix(OPTIONAL).strip(),
            options=tuple(map(str, one.options)),
            optional=one.ask.strip().endswith(OPTIONAL),
            guess=playbook.traits.account.get(trait, ""),
        )
        for trait, one in form.items()
    )


def questions_of(playbook: Playbook, task: TaskState) -> tuple[Question, ...]:
    """What is asked when a task is done; nothing when the rule is gone."""
    rule = task_rule(playbook, task)
    return questions(playbook, rule.form) if rule else ()


def asks(playbook: Playbook, task: TaskState) -> bool:
    """Whether pressing Done asks for anything: a form, a summary of a meeting, or words that the customer gets."""
    rule = task_rule(playbook, task)
    return rule is not None and bool(rule.form or rule.says or rule.meeting)


def says(playbook: Playbook, task: TaskState) -> bool:
    """Whether the customer gets words of ours when it is done."""
    rule = task_rule(playbook, task)
    return rule is not None and bool(rule.says)


def team_zone(playbook: Playbook) -> ZoneInfo:
    """Where the team is."""
    return zone_named(playbook.team.zone) or ZoneInfo("UTC")


def task_facts(task: TaskState, playbook: Playbook, subject: Subject, now: datetime, *, words: Words | None = None) -> dict[str, Any]:
    """The card's lines in words, with times in the team's zone. A line that has nothing to say is ''."""
    tell = _Teller(words or shipped_words(), team_zone(playbook), now)
    rule, person, account = task_rule(playbook, task), subject.person, subject.account
    who = person.name or person.email or person.external_id or person.id
    own = bool(person.journey and task.id in person.journey.tasks)
    company = account.name if account else ""
    late = task.state == "open" and task.due_at < now
    return {
        "id": task.id,
        "state": task.state,
        "title": task.title,
        "round": task.round if task.round > 1 else "",
        "who": who,
        "company": company,
        "whom": " · ".join(filter(None, (who, company))) if own or not company else company,
        "contact": "" if own or not company else who,
        "why": rule.why if rule else "",
        "by_whom": tell.say(f"by_{task.owner}") if task.owner in ("csm", "specialist", "sales") else "",
        "due": tell.deadline(task.due_at) if task.state == "open" else "",
        "late": tell.say("late", span=span(now - task.due_at, "", tell.words)) if late else "",
        "postponed": tell.moment(task.postponed_until) if task.postponed_until and task.postponed_until > now else "",
        "owner_line": task.assignee_name or tell.say("nobody"),
        "known": list(_known(playbook, subject)),
        "meeting": _meeting(task, tell),
        "meeting_link": task.meeting_link,
        "to_plan": tell.say("to_plan") if rule and rule.meeting and not task.meeting_at and task.state == "open" else "",
        "ended": _ended(task, tell),
        "note": task.note,
        "actions": list(task.actions),
        "hint": tell.say("hint_ask" if asks(playbook, task) else "hint") if task.state == "open" else "",
    }


@dataclass(frozen=True, slots=True)
class _Teller:
    """How things are said to the team."""

    words: Words
    zone: ZoneInfo
    now: datetime

    def say(self, key: str, **facts: Any) -> str:
        return self.words.get(f"task.{key}", "", facts)

    def moment(self, at: datetime) -> str:
        return moment(at, self.zone, self.now, "", self.words)

    def deadline(self, at: datetime) -> str:
        return deadline(at, self.zone, self.now, "", self.words)


def _known(playbook: Playbook, subject: Subject) -> Iterator[dict[str, str]]:
    """What the account's hand-offs brought, by question: whoever goes on should not ask again."""
    traits = subject.account.traits if subject.account else {}
    forms = {question.trait: question.words for rule in task_rules(playbook) for question in questions(playbook, rule.form)}
    answered = [(words, " ".join(str(traits[trait]).split())) for trait, words in forms.items() if str(traits.get(trait, "")).strip()]
    yield from ({"question": words, "answer": answer} for words, answer in answered[:KNOWN])


def _meeting(task: TaskState, tell: _Teller) -> str:
    if task.meeting_at is None:
        return ""
    over = task.meeting_at + timedelta(minutes=task.meeting_minutes) < tell.now
    when = date_written(task.meeting_at, tell.zone, tell.now, "", tell.words)
    return tell.say("meeting_was" if over else "meeting_is", when=when, minutes=task.meeting_minutes)


def _ended(task: TaskState, tell: _Teller) -> str:
    if task.state not in ("done", "dropped"):
        return ""
    when = tell.moment(task.done_at) if task.done_at else ""
    return tell.say(f"ended_{task.state}", who=task.by_name, when=when)
