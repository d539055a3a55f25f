"""The facts a message may use about one person, as plain values. What they mean is told in docs/messages.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot import week
from bot.case_facts import case_facts
from bot.found_facts import Facts, Finders
from bot.links import PersonLinks
from bot.task_facts import task_facts
from bot.wording import date_written, day_named, deadline, moment
from bot.words import Words
from flows.checklist import Checklist, StepView
from flows.facts import account_facts, person_facts, steps_done, zone_for
from flows.hours import week_until
from flows.library import Playbooks
from flows.parts.steps import Step
from flows.people import Subject
from flows.playbook import Playbook
from flows.sessions import Session
from flows.tasks import task_in

__all__ = ["MessageFacts", "case_facts", "message_facts", "spoken", "step_facts"]

MessageFacts = Facts
Reader = Literal["person", "team"]


class _Answers(dict[str, str | int]):
    """Their answers by survey; '' to what they were not asked, did not answer, or what their playbook does not ask at all."""

    def __missing__(self, survey: str) -> str:
        return ""


_MEANT = ("step", "csm", "case", "session", "week_until", "task", "person", "account")
"""Facts of a decision that name something; what a message says of it stands under the same name."""
_OF_TASKS: Mapping[str, Any] = {"task_title": "", "note": "", "actions": [], "by_name": ""}
"""What a colleague wrote when a task was done, for the messages that tell the customer; empty in all others."""
_MOMENTS = ("until", "respond_by", "back_at", "meeting_at", "due_at")
"""Facts of a message that are an instant; one message has one of them."""


def message_facts(
    playbook: Playbook,
    subject: Subject,
    checklist: Checklist | None,
    say_facts: Mapping[str, Any],
    *,
    company: str,
    now: datetime,
    postal_address: str = "",
    reader: Reader = "person",
    words: Words | None = None,
    playbooks: Playbooks | None = None,
) -> MessageFacts:
    """Everything one message may say, but for what depends on the language it is found in (`spoken` adds that).

    `say_facts` are those the decision fixed; `company` is who the person signed up with; `now` is world time. `playbooks` know the
    sessions that are planned and the colleagues behind them.
    For the `team` times are in the team's zone, and the facts of the subject's case are there.
    """
    asked = _Asked(
        playbook=playbook.in_language(subject.person.locale) if reader == "person" else playbook,
        subject=subject,
        checklist=checklist,
        told=say_facts,
        now=now,
        reader=reader,
        words=words,
        playbooks=playbooks,
    )
    known = {**_OF_TASKS, "company": company, "postal_address": postal_address}
    return Facts({}, found=_FOR_SPEAKING, about=asked, under=Facts(known, found=_FOUND, about=asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the facts of a message are found from. The playbook is in the language of the reader; `told` is what the decision fixed."""

    playbook: Playbook
    subject: Subject
    checklist: Checklist | None
    told: Mapping[str, Any]
    now: datetime
    reader: Reader
    words: Words | None
    playbooks: Playbooks | None

    def id(self, of: str) -> str:
        """The id of something that the decision named, '' when it named none."""
        return str(self.told.get(of) or "")


def _person(at: _Asked) -> dict[str, Any]:
    person = at.subject.person
    return {**person_facts(at.playbook, person), "first_name": _first(person.name)}


def _segments(at: _Asked) -> dict[str, str]:
    journey = at.subject.person.journey
    return {d: journey.segments[d].name if journey and d in journey.segments else "" for d in at.playbook.segments}


def _done(at: _Asked) -> dict[str, bool]:
    done = steps_done(at.playbook, at.subject)
    return {step.step: step.step in done for _, step in at.playbook.steps()}


def _week(at: _Asked) -> week.Week:
    until = date.fromisoformat(at.told["week_until"]) if at.told.get("week_until") else week_until(at.now, _theirs(at))
    return week.Week(lambda: week.week_facts(at.playbook, at.subject, at.checklist, until))


def _moments(at: _Asked) -> dict[str, Any]:
    """The instants that a message tells, and how the reader reads a clock."""
    return {
        "now": at.now,
        "zone": _theirs(at).key if at.reader == "person" else at.playbook.team.zone,
        "moment": next((datetime.fromisoformat(at.told[k]) for k in _MOMENTS if at.told.get(k)), None),
        "goal": at.subject.person.traits_at.get("goal"),
    }


def _theirs(at: _Asked) -> ZoneInfo:
    return zone_for(at.playbook, at.subject.person, at.subject.account)


def _case(at: _Asked) -> dict[str, Any] | None:
    case = at.subject.case
    return case_facts(case, at.playbook, at.subject, at.checklist, at.now, words=at.words) if at.reader == "team" and case else None


_FOR_SPEAKING: Finders = {
    "told": lambda at: {key: value for key, value in at.told.items() if key not in _MEANT},
    "at": _moments,
}
"""What `spoken` makes facts of."""

_FOUND: Finders = {
    "person": _person,
    "account": lambda at: account_facts(at.playbook, at.subject.account),
    "segment": _segments,
    "done": _done,
    "answered": lambda at: _Answers(at.subject.person.journey.answers if at.subject.person.journey else {}),
    "step": lambda at: _step_meant(at.id("step"), at.checklist, at.playbook),
    "csm": lambda at: _csm(at.subject, at.told),
    "owner": lambda at: _owner(at.subject, at.playbooks),
    "use_case": lambda at: _use_case(at.playbook, at.subject),
    "week": _week,
    "session": lambda at: _session(at.id("session"), at.playbooks),
    "meeting": lambda at: _meeting(at.told),
    "goal": lambda at: " ".join(str(at.subject.person.traits.get("goal", "")).split()),
    "goal_name": lambda at: at.checklist.goal if at.checklist else at.playbook.goal[-1].name,
    "case_id": lambda at: at.id("case") or (at.subject.person.case.id if at.subject.person.case else ""),
    "case": _case,
    "task": lambda at: _task(at.id("task"), at.playbook, at.subject, at.now, at.words) if at.reader == "team" else None,
    "next": lambda at: step_facts(at.checklist.next) if at.checklist and at.checklist.next else None,
    "last": lambda at: _last(at.checklist),
    "steps_done": lambda at: at.checklist.done if at.checklist else 0,
    "steps_left": lambda at: at.checklist.total - at.checklist.done if at.checklist else 0,
    "total_steps": lambda at: at.checklist.total if at.checklist else 0,
    "minutes_left": lambda at: at.checklist.minutes_left if at.checklist else 0,
    "day": lambda at: at.checklist.day if at.checklist else 0,
    "days": lambda at: at.checklist.days if at.checklist else 0,
}
"""How each fact is found, but for what the decision itself tells."""


def step_facts(view: StepView) -> dict[str, Any]:
    """One step as messages and layouts see it. `asks` is goal when it is done by saying what they want."""
    return {
        "step": view.step,
        "title": view.title,
        "why": view.why,
        "link": view.link,
        "help": view.help,
        "minutes": view.minutes or 0,
        "status": view.status,
        "optional": view.optional,
        "by_word": view.by_word,
        "said_done": view.said_done,
        "by_teammate": view.by_teammate,
        "teammate": view.teammate,
        "asks": view.asks,
    }


def spoken(facts: MessageFacts, words: Words, locale: str, links: PersonLinks | None) -> MessageFacts:
    """The facts with their moments, links and notes said in the language of the message."""
    told = facts["told"]
    own = {name: value for name, value in told.items() if name not in _SAID}
    said = Facts(own, found=_SAID, about=_Said(facts, words, locale, links), under=facts.under)
    if "mouth" in told and words.has(f"card.mouth_{told['mouth']}"):
        said = Facts({"mouth": words.get(f"card.mouth_{told['mouth']}", locale)}, under=said)
    if "note" in told and "actions" not in told:
        said = Facts({"note": _note(str(told["note"]), said, words, locale)}, under=said)
    return said


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said in the language of a message is found from its facts, and the words of that language."""

    facts: Mapping[str, Any]
    words: Words
    locale: str
    links: PersonLinks | None

    def at(self, say: Callable[..., str], instant: datetime | None) -> str:
        """An instant in words, '' for none."""
        at = self.facts["at"]
        return say(instant, at["zone"], at["now"], self.locale, self.words) if instant else ""


_SAID: Finders = {
    "week": lambda on: week.Week(lambda: week.named(on.facts["week"], on.words, on.locale)),
    "session": lambda on: _session_said(on.facts["session"], on.facts["at"], on.locale, on.words),
    "meeting": lambda on: _meeting_said(on.facts["meeting"], on.facts["at"], on.locale, on.words),
    "when": lambda on: on.at(moment, on.facts["at"]["moment"]),
    "by_when": lambda on: on.at(deadline, on.facts["at"]["moment"]),
    "goal_on": lambda on: on.at(day_named, on.facts["at"]["goal"]) if on.facts["goal"] else "",
    "links": lambda on: {name: getattr(on.links, name) if on.links else "" for name in ("page", "preferences", "unsubscribe", "slack")},
    "number_words": lambda on: on.words.language(on.locale).numbers,
}
"""How each fact is found that depends on the language the message was found in."""


def _session(id: str, playbooks: Playbooks | None) -> Session | None:
    return playbooks.sessions.get(id) if playbooks and id else None


def _session_said(session: Session | None, at: Mapping[str, Any], locale: str, words: Words) -> dict[str, Any] | None:
    """A session with its moment in the reader's zone; None for one that was moved or taken away."""
    if session is None:
        return None
    return {
        "title": session.title,
        "when": moment(session.starts_at, at["zone"], at["now"], locale, words),
        "starts_on": date_written(session.starts_at, at["zone"], at["now"], locale, words),
        "minutes": session.minutes,
        "link": session.link,
        "recording": session.recording,
        "zone": at["zone"],
    }


def _meeting(say_facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """The meeting with one of us that a message is about."""
    if not say_facts.get("meeting_at"):
        return None
    return {
        "title": str(say_facts.get("task_title") or ""),
        "starts": datetime.fromisoformat(str(say_facts["meeting_at"])),
        "minutes": int(say_facts.get("meeting_minutes") or 0),
        "link": str(say_facts.get("meeting_link") or ""),
        "moved": bool(say_facts.get("moved")),
        "with_name": str(say_facts.get("by_name") or ""),
    }


def _meeting_said(meeting: Mapping[str, Any] | None, at: Mapping[str, Any], locale: str, words: Words) -> dict[str, Any] | None:
    """A meeting with its moment in the reader's zone."""
    if meeting is None:
        return None
    starts, rest = meeting["starts"], {key: value for key, value in meeting.items() if key != "starts"}
    said = {"when": moment(starts, at["zone"], at["now"], locale, words), "zone": at["zone"]}
    return rest | said | {"starts_on": date_written(starts, at["zone"], at["now"], locale, words)}


def _note(key: str, said: Mapping[str, Any], words: Words, locale: str) -> str:
    """A note by its key in words.yaml; a note nobody wrote a phrase for is shown as it came, never lost."""
    if not words.has(f"notes.{key}"):
        return key
    names = {
        "who": said["person"]["name"] or said["person"]["email"] or said["company"],
        "csm": said["csm"]["name"] if said["csm"] else "",
        "step": said["step"]["title"] if said["step"] else "",
    }
    unless_told = {"why": "", "reason": "", "channel": ""}
    needed = {name: said[name] for name in words.language(locale).phrase(f"notes.{key}").names if name in said}
    return words.get(f"notes.{key}", locale, unless_told | needed | names)


def _last(checklist: Checklist | None) -> dict[str, Any] | None:
    """The step done most recently."""
    done = [step for step in checklist.steps if step.status == "done" and step.since] if checklist else []
    last = max(done, key=lambda step: step.since or datetime.min.replace(tzinfo=UTC), default=None)
    return step_facts(last) if last else None


def _step_meant(name: str, checklist: Checklist | None, playbook: Playbook) -> dict[str, Any] | None:
    """The step a message names, else the next one."""
    if not name:
        return step_facts(checklist.next) if checklist and checklist.next else None
    step = playbook.step(name)
    if step is None:
        return None
    view = next((s for s in checklist.steps if s.step == step.step), None) if checklist else None
    return step_facts(view or _unplaced(step))


def _unplaced(step: Step) -> StepView:
    """A step that is not in this person's checklist."""
    return StepView(
        step=step.step,
        title=step.title,
        why=step.why,
        link=step.link,
        help=step.help,
        minutes=step.minutes,
        status="open",
        optional=step.optional,
        by_word=step.by_word,
        asks=step.asks or "",
    )


def _task(id: str, playbook: Playbook, subject: Subject, now: datetime, words: Words | None) -> dict[str, Any] | None:
    """The task a message to the team is about; None for one that is gone."""
    task = task_in(subject, id) if id else None
    return task_facts(task, playbook, subject, now, words=words) if task else None


def _csm(subject: Subject, say_facts: Mapping[str, Any]) -> dict[str, str] | None:
    name = str(say_facts.get("csm") or "") or (subject.person.case.claimed_name if subject.person.case else "")
    return {"name": name, "first_name": _first(name)} if name else None


def _owner(subject: Subject, playbooks: Playbooks | None) -> dict[str, str] | None:
    """The colleague who looks after their account, None when nobody we know is named."""
    named = subject.account.owner if subject.account else ""
    owner = playbooks.roster.owner(named) if playbooks and named else None
    return {"name": owner.name, "first_name": _first(owner.name)} if owner else None


def _use_case(playbook: Playbook, subject: Subject) -> str:
    """What they chose when the playbook's intake asked for their use case, in the words they chose it by; '' for no choice of those."""
    options = next((question.options for question in playbook.intake if question.ask == "use_case"), {})
    return options.get(str(subject.person.traits.get("use_case", "")), "")


def _first(name: str) -> str:
    return (name.split() or [""])[0]
