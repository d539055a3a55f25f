"""The facts a message may use about one person, as plain values. What they mean is told in docs/messages.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal

from bot import week
from bot.case_facts import case_facts
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

MessageFacts = dict[str, Any]
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
    person, journey = subject.person, subject.person.journey
    playbook = playbook.in_language(person.locale) if reader == "person" else playbook
    done = steps_done(playbook, subject)
    theirs = zone_for(playbook, person, subject.account)
    zone = theirs.key if reader == "person" else playbook.team.zone
    until = date.fromisoformat(say_facts["week_until"]) if say_facts.get("week_until") else week_until(now, theirs)
    goal_at = person.traits_at.get("goal")
    facts: MessageFacts = {
        "person": {**person_facts(playbook, person), "first_name": _first(person.name)},
        "account": account_facts(playbook, subject.account),
        "segment": {d: journey.segments[d].name if journey and d in journey.segments else "" for d in playbook.segments},
        "done": {step.step: step.step in done for _, step in playbook.steps()},
        "answered": _Answers(journey.answers if journey else {}),
        "step": _step_meant(str(say_facts.get("step") or ""), checklist, playbook),
        "csm": _csm(subject, say_facts),
        "owner": _owner(subject, playbooks),
        "use_case": _use_case(playbook, subject),
        "week": week.Week(lambda: week.week_facts(playbook, subject, checklist, until)),
        "session": _session(str(say_facts.get("session") or ""), playbooks),
        "meeting": _meeting(say_facts),
        **_OF_TASKS,
        "goal": " ".join(str(person.traits.get("goal", "")).split()),
        "goal_name": checklist.goal if checklist else playbook.goal[-1].name,
        "company": company,
        "postal_address": postal_address,
        "told": {key: value for key, value in say_facts.items() if key not in _MEANT},
        "case_id": str(say_facts.get("case") or (person.case.id if person.case else "")),
        "case": case_facts(subject.case, playbook, subject, checklist, now, words=words) if reader == "team" and subject.case else None,
        "task": _task(str(say_facts.get("task") or ""), playbook, subject, now, words) if reader == "team" else None,
        "at": {
            "now": now,
            "zone": zone,
            "moment": next((datetime.fromisoformat(say_facts[k]) for k in _MOMENTS if say_facts.get(k)), None),
            "goal": goal_at,
        },
    }
    return facts | _progress(checklist, playbook)


def step_facts(view: StepView, playbook: Playbook) -> dict[str, Any]:
    """One step as messages and layouts see it. `asks` is goal when it is done by saying what they want."""
    written = playbook.step(view.step)
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
        "asks": (written.asks if written else None) or "",
    }


def spoken(facts: Mapping[str, Any], words: Words, locale: str, links: PersonLinks | None) -> MessageFacts:
    """The facts with their moments, links and notes said in the language of the message."""
    at = facts["at"]
    when = at["moment"]
    told = facts["told"]
    said = {
        **{key: value for key, value in facts.items() if key not in ("at", "told")},
        **told,
        "week": week.Week(lambda: week.named(facts["week"], words, locale)),
        "session": _session_said(facts["session"], at, locale, words),
        "meeting": _meeting_said(facts["meeting"], at, locale, words),
        "when": moment(when, at["zone"], at["now"], locale, words) if when else "",
        "by_when": deadline(when, at["zone"], at["now"], locale, words) if when else "",
        "goal_on": day_named(at["goal"], at["zone"], at["now"], locale, words) if at["goal"] and facts["goal"] else "",
        "links": {
            "page": links.page if links else "",
            "preferences": links.preferences if links else "",
            "unsubscribe": links.unsubscribe if links else "",
            "slack": links.slack if links else "",
        },
        "number_words": words.listed("time.numbers", locale),
    }
    if "mouth" in told and words.has(f"card.mouth_{told['mouth']}"):
        said["mouth"] = words.get(f"card.mouth_{told['mouth']}", locale)
    if "note" in told and "actions" not in told:
        said["note"] = _note(str(told["note"]), said, words, locale)
    return said


def _session(id: str, playbooks: Playbooks | None) -> Session | None:
    return playbooks.sessions.get(id) if playbooks and id else None


def _session_said(session: Session | None, at: Mapping[str, Any], locale: str, words: Words) -> MessageFacts | None:
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


def _meeting(say_facts: Mapping[str, Any]) -> MessageFacts | None:
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


def _meeting_said(meeting: Mapping[str, Any] | None, at: Mapping[str, Any], locale: str, words: Words) -> MessageFacts | None:
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
    return words.get(f"notes.{key}", locale, unless_told | dict(said) | names)


def _progress(checklist: Checklist | None, playbook: Playbook) -> MessageFacts:
    if checklist is None:
        return {"next": None, "last": None, "steps_done": 0, "steps_left": 0, "total_steps": 0, "minutes_left": 0, "day": 0, "days": 0}
    done = [step for step in checklist.steps if step.status == "done" and step.since]
    last = max(done, key=lambda step: step.since or datetime.min.replace(tzinfo=UTC), default=None)
    return {
        "next": step_facts(checklist.next, playbook) if checklist.next else None,
        "last": step_facts(last, playbook) if last else None,
        "steps_done": checklist.done,
        "steps_left": checklist.total - checklist.done,
        "total_steps": checklist.total,
        "minutes_left": checklist.minutes_left,
        "day": checklist.day,
        "days": checklist.days,
    }


def _step_meant(name: str, checklist: Checklist | None, playbook: Playbook) -> dict[str, Any] | None:
    """The step a message names, else the next one."""
    if not name:
        return step_facts(checklist.next, playbook) if checklist and checklist.next else None
    step = playbook.step(name)
    if step is None:
        return None
    view = next((s for s in checklist.steps if s.step == step.step), None) if checklist else None
    return step_facts(view or _unplaced(step), playbook)


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
