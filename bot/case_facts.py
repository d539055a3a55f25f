"""What the CSM's card says about a case: who, why now, what was tried, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.case_lines import Teller, case_lines, is_late
from bot.wording import deadline, moment, span
from bot.words import Words, shipped_words
from flows.checklist import Checklist
from flows.facts import account_facts, standing
from flows.people import Case, Subject
from flows.playbook import Playbook

_SLACK, _PAGE = ("slack", "csm"), "page"


def case_facts(
    case: Case,
    playbook: Playbook,
    subject: Subject,
    checklist: Checklist | None,
    now: datetime,
    *,
    words: Words | None = None,
    locale: str = "",
) -> dict[str, Any]:
    """The card's lines in words, with times in the team's zone. A line that has nothing to say is ''."""
    words = words or shipped_words()
    person, zone = subject.person, playbook.team.zone
    who = person.name or person.email or person.external_id or person.id
    came = _since(case, playbook, subject)
    since = {"when": moment(came, zone, now, locale, words), "span": span(now - came, locale, words)}
    owner = case.claimed_name
    mouth = words.get(f"card.mouth_{_mouth(person.last_mouth or '')}", locale)
    day, days = (checklist.day, checklist.days) if checklist else (0, playbook.ends.days)
    late = is_late(case, now)
    return {
        "id": case.id,
        "state": case.state,
        "state_line": words.get(f"card.state_{case.state}", locale, {"owner": owner}),
        "who": who,
        "first_name": who.split()[0] if person.name else who,
        "company": subject.account.name if subject.account else "",
        "plan_line": " · ".join([*_plan(playbook, subject, words, locale, day, days), *_risk(playbook, subject, now, words, locale)]),
        "day": day,
        "days": days,
        "step": case.step,
        "since": words.get("card.since", locale, since),
        "why_now": case.because,
        "wants": " ".join(str(person.traits.get("goal", "")).split()),
        "said": case.said,
        "said_where": f"{mouth}, {moment(case.opened_at, zone, now, locale, words)}" if case.said else "",
        "tried": " · ".join(_tried(case, playbook, subject, now, words, locale)) or words.get("card.nothing_tried", locale),
        "answer_by": deadline(case.respond_by, zone, now, locale, words) if case.respond_by else "",
        "late": words.get("card.late", locale, {"span": span(now - case.respond_by, locale, words)}) if late and case.respond_by else "",
        "within": _within(playbook, case),
        "owner": owner,
        "mouth": mouth,
        "hint": _hint(case, who, owner, mouth, now, zone, words, locale),
        **case_lines(case, playbook, subject, Teller(words, locale, zone, now)),
    }


def _since(case: Case, playbook: Playbook, subject: Subject) -> datetime:
    """When they came to the step they are stuck at: its module opened, or the step before it was done."""
    journey = subject.person.journey
    if journey is None:
        return case.opened_at
    before: list[datetime] = []
    for module, step in playbook.steps():
        if step.step == case.step:
            came = [*before, journey.opened.get(module.module, journey.started)]
            return max((at for at in came if at <= case.opened_at), default=case.opened_at)
        state = journey.steps.get(step.step)
        if state and state.at:
            before.append(state.at)
    return case.opened_at


def _plan(playbook: Playbook, subject: Subject, words: Words, locale: str, day: int, days: int) -> Iterator[str]:
    traits = account_facts(playbook, subject.account)
    if traits.get("plan"):
        yield str(traits["plan"])
    if isinstance(people := traits.get("employees"), int):
        yield words.get("card.people", locale, {"n": people})
    yield words.get("card.day", locale, {"day": day, "days": days})


def _risk(playbook: Playbook, subject: Subject, now: datetime, words: Words, locale: str) -> Iterator[str]:
    if "risk" in playbook.scores and (risk := standing(playbook, subject, now).facts["score"]["risk"]):
        yield words.get("card.risk", locale, {"n": risk})


def _tried(case: Case, playbook: Playbook, subject: Subject, now: datetime, words: Words, locale: str) -> Iterator[str]:
    journey = subject.person.journey
    if journey is None:
        return
    if times := journey.helped.get(case.step, 0):
        key = {1: "case.once", 2: "case.twice"}.get(times, "case.times")
        yield words.get("case.tried_article", locale, {"times": words.get(key, locale, {"n": times})})
    state = journey.steps.get(case.step)
    if state and state.said_done_at and not state.at:
        yield words.get("case.tried_said_done", locale)
    sent = [(name, s) for name, s in journey.sent.items() if s.last_at and not name.startswith(("nudge", "instead"))]
    if sent:
        last = max(s.last_at for _, s in sent if s.last_at)
        when = moment(last, playbook.team.zone, now, locale, words)
        yield words.get("case.tried_messages", locale, {"n": sum(s.rounds for _, s in sent), "when": when})
    if journey.nudged:
        active = subject.person.last_active
        answered = active is not None and active - max(journey.nudged) > timedelta(0) and active < case.opened_at
        key = "case.tried_nudges_answered" if answered else "case.tried_nudges"
        yield words.get(key, locale, {"n": len(journey.nudged)})
    for survey, value in journey.answers.items():
        yield words.get("case.tried_answer", locale, {"value": value, "survey": survey})


def _within(playbook: Playbook, case: Case) -> str:
    rule = next((e for e in playbook.escalations if e.escalation == case.escalation), None)
    return str(rule.respond_within) if rule and rule.respond_within else ""


def _hint(case: Case, who: str, owner: str, mouth: str, now: datetime, zone: str, words: Words, locale: str) -> str:
    key = {"claimed": "hint_claimed", "asked": "hint_asked", "closed": "hint_closed"}.get(case.state, "hint")
    closed = moment(case.closed_at, zone, now, locale, words) if case.closed_at else ""
    return words.get(f"card.{key}", locale, {"who": who, "owner": owner, "mouth": mouth, "when": closed})


def _mouth(mouth: str) -> str:
    return "slack" if mouth in _SLACK else "page" if mouth == _PAGE else "email"
