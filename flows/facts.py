"""What a condition may ask about one person now, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flows.goals import success_facts
from flows.hours import local_date, week_until, zone_named
from flows.pace import behind_days
from flows.parts.steps import Module, Step
from flows.parts.times import Hours
from flows.people import Account, Journey, Person, Subject, Tally
from flows.playbook import Playbook
from flows.scores import scores
from flows.shares import share_facts
from flows.signals import measured
from flows.task_facts import steps_left_out, task_facts


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Facts for conditions, and where each step stands: done (when), skipped, or left out because it does not apply."""

    facts: dict[str, Any]
    done: Mapping[str, datetime]
    applies: frozenset[str]
    settled: frozenset[str]
    required_left: tuple[tuple[Module, Step], ...]


def zone_for(playbook: Playbook, person: Person, account: Account | None) -> ZoneInfo:
    """The zone now known: the person's, else the account's, else the playbook's, else UTC."""
    hours = playbook.hours.zone
    if hours != "theirs" and (fixed := zone_named(hours)):
        return fixed
    names = (person.zone, account.zone if account else "", playbook.zone, "UTC")
    return next(zone for name in names if (zone := zone_named(name)))


def hours_for(playbook: Playbook, person: Person) -> Hours:
    """When we may speak to somebody: the playbook's hours, narrowed to what they chose; where the two never meet, what they chose."""
    hours = playbook.hours
    if not person.chosen.get("since") or not person.chosen.get("until"):
        return hours
    since, until = time.fromisoformat(person.chosen["since"]), time.fromisoformat(person.chosen["until"])
    closing = hours.to if hours.to > hours.from_ else time.max
    start, end = max(since, hours.from_), min(until, closing)
    if start >= end:
        start, end = since, until
    return hours.model_copy(update={"from_": start, "to": end})


def standing(playbook: Playbook, subject: Subject, now: datetime) -> Standing:
    """Settle what is known, from plain facts to the derived ones (left, behind, goal met)."""
    person, journey = subject.person, subject.person.journey
    done = steps_done(playbook, subject)
    zone = zone_for(playbook, person, subject.account)
    facts = _plain(playbook, subject, journey, done, now, zone)
    if playbook.asks_shares():
        facts |= share_facts(playbook, subject.company, person, now)
    skipped = {name for name, state in journey.steps.items() if state.how == "skipped"} if journey else set()
    skipped |= steps_left_out(subject)
    steps = [(m, s) for m, s in playbook.steps() if not (m.paused or s.paused)]
    applies = frozenset(s.step for _, s in steps if playbook.ask(s.only_when, facts).holds)
    settled = frozenset(s.step for _, s in playbook.steps() if s.step in done or s.step in skipped or s.step not in applies)
    left = tuple((m, s) for m, s in steps if s.step not in settled and not (m.optional or s.optional))
    facts["settled"] = {s.step: s.step in settled for _, s in playbook.steps()}
    facts["steps_left"] = len(left)
    facts["all_done"] = not left
    facts["behind_days"] = behind_days(playbook, journey, settled, local_date(now, zone), zone)
    facts |= success_facts(playbook, journey, facts)
    facts["score"] = scores(playbook, facts)
    return Standing(facts=facts, done=done, applies=applies, settled=settled, required_left=left)


def steps_done(playbook: Playbook, subject: Subject) -> dict[str, datetime]:
    """Which steps are done, and since when: by this person or, for account scope, by a teammate. A renamed step keeps its state."""
    journey, account = subject.person.journey, subject.account
    found: dict[str, datetime] = {}
    for _, step in playbook.steps():
        for name in (step.step, step.was):
            state = journey.steps.get(name) if journey and name else None
            if state and state.at and state.how != "skipped":
                found[step.step] = state.at
            elif name and step.scope == "account" and account and name in account.steps:
                found[step.step] = account.steps[name]
    return found


def trait(value: Any, default: Any) -> Any:
    """A trait as its declared default's type, the default when it cannot be read so."""
    if isinstance(value, type(default)) and isinstance(value, bool) == isinstance(default, bool):
        return value
    if isinstance(default, bool):
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(str(value).lower(), default)
    try:
        if isinstance(default, int) and isinstance(value, float):
            return value
        return type(default)(value) if isinstance(value, str | int | float) else default
    except ValueError:
        return default


def person_facts(playbook: Playbook, person: Person) -> dict[str, Any]:
    """The person's traits with the declared defaults, and what everybody has."""
    known = {"name": person.name, "email": person.email, "locale": person.locale, "zone": person.zone}
    return known | {name: trait(person.traits.get(name, guess), guess) for name, guess in playbook.traits.person.items()}


def account_facts(playbook: Playbook, account: Account | None) -> dict[str, Any]:
    """The account's traits with the declared defaults."""
    traits = account.traits if account else {}
    known = {"name": account.name if account else ""}
    return known | {name: trait(traits.get(name, guess), guess) for name, guess in playbook.traits.account.items()}


def active_days(playbook: Playbook, activity: Mapping[str, Tally], until: date) -> int:
    """On how many of the seven days up to `until` (UTC) something happened that the summary tells of; without one, anything counted."""
    since, counted = until - timedelta(days=6), playbook.summary or {need.key for need in playbook.tally_needs()}
    return len({day for name, tally in activity.items() if name in counted for day in tally.days if since <= day <= until})


def _plain(
    playbook: Playbook, subject: Subject, journey: Journey | None, done: Mapping[str, datetime], now: datetime, zone: ZoneInfo
) -> dict[str, Any]:
    person = subject.person
    today = local_date(now, zone)
    started = journey.started if journey else person.joined_at
    active = max((at for at in (person.last_active, started) if at), default=now)
    return {
        "person": person_facts(playbook, person),
        "account": account_facts(playbook, subject.account),
        **{name: measured(signal, subject.activity, now, zone) for name, signal in playbook.signals.items()},
        "segment": {d: journey.segments[d].name if journey and d in journey.segments else "" for d in playbook.segments},
        "done": {s.step: s.step in done for _, s in playbook.steps()},
        "answers": {s.survey: journey.answers.get(s.survey) if journey else None for s in playbook.surveys},
        "tasks": task_facts(playbook, subject),
        "waiting": {s.survey: _waiting(journey, s.survey, today, zone) for s in playbook.surveys},
        "steps_done": len(done),
        "days_in": (today - local_date(started, zone)).days if started else 0,
        "days_idle": max(0, (today - local_date(active, zone)).days),
        "active_days": active_days(playbook, subject.activity, week_until(now, zone)),
        "nudges_unanswered": _unanswered(person, journey, today, zone),
    }


def _waiting(journey: Journey | None, survey: str, today: date, zone: ZoneInfo) -> int:
    sent = journey.sent.get(f"survey.{survey}") if journey else None
    if journey is None or sent is None or sent.last_at is None or survey in journey.answers:
        return 0
    return (today - local_date(sent.last_at, zone)).days


def _unanswered(person: Person, journey: Journey | None, today: date, zone: ZoneInfo) -> int:
    """Nudges since their last activity, those of today left out: who was asked a minute ago has not kept silent."""
    times = journey.nudged if journey else ()
    return sum((person.last_active is None or at > person.last_active) and local_date(at, zone) < today for at in times)
