"""What a condition may ask about one person now, as plain values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import isfinite
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from flows.goals import criteria_met, goal_met
from flows.hours import local_date, week_until, zone_named
from flows.pace import behind_days
from flows.parts.steps import Module, Step
from flows.parts.times import Hours
from flows.people import Account, Journey, Person, Subject, Tally
from flows.playbook import Playbook
from flows.scores import scores
from flows.shares import share_facts
from flows.signals import measured
from flows.task_facts import is_contact, steps_left_out, task_facts


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Facts for conditions, and where each step stands: done (when), skipped, or left out because it does not apply."""

    facts: Mapping[str, Any]
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
    """Settle where the steps stand; every other fact is found when a condition asks for it."""
    journey, done = subject.person.journey, steps_done(playbook, subject)
    facts = Facts(playbook, subject, now, done)
    skipped = {name for name, state in journey.steps.items() if state.how == "skipped"} if journey else set()
    skipped |= steps_left_out(playbook, subject)
    steps = [(m, s) for m, s in playbook.steps() if not (m.paused or s.paused)]
    applies = frozenset(s.step for _, s in steps if s.only_when is None or playbook.ask(s.only_when, facts).holds)
    settled = frozenset(s.step for _, s in playbook.steps() if s.step in done or s.step in skipped or s.step not in applies)
    left = tuple((m, s) for m, s in steps if s.step not in settled and not (m.optional or s.optional))
    facts.settle(settled, len(left))
    return Standing(facts=facts, done=done, applies=applies, settled=settled, required_left=left)


_OF_PERSON = attrgetter("name", "email", "locale", "zone", "traits", "last_active", "joined_at", "left_at", "account_id")
_OF_JOURNEY = attrgetter(
    "playbook", "started", "moved_at", "steps", "opened", "segments", "answers", "nudged", "first_value_at", "goal_at", "tasks"
)


def same_facts(playbook: Playbook, one: Person, other: Person) -> bool:
    """Whether nothing that facts rest on moved between these two: far more of a person changes than conditions may ask for."""
    before, after = one.journey, other.journey
    if _OF_PERSON(one) != _OF_PERSON(other) or (before is None) != (after is None):
        return False
    if before is None or after is None or before is after:
        return True
    asked = (f"survey.{survey.survey}" for survey in playbook.surveys)
    return _OF_JOURNEY(before) == _OF_JOURNEY(after) and all(before.sent.get(name) == after.sent.get(name) for name in asked)


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


_YES_OR_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def trait(value: Any, default: Any) -> Any:
    """A trait as its declared default's type, the default when it cannot be read so."""
    if type(value) is type(default):
        return value
    if isinstance(default, bool):
        return _YES_OR_NO.get(str(value).lower(), default)
    try:
        if isinstance(default, int) and isinstance(value, float):
            return value
        return type(default)(value) if isinstance(value, str | int | float) else default
    except ValueError:
        return default


def reads(value: Any, default: Any) -> bool:
    """Whether what somebody wrote can be read as a trait whose declared default is this one."""
    if isinstance(default, bool):
        return str(value).lower() in _YES_OR_NO
    if not isinstance(default, int | float):
        return True
    try:
        return isfinite(type(default)(value)) and not isinstance(value, bool)
    except ValueError:
        return False


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


class Facts(Mapping[str, Any]):
    """The facts about one person now. Each is found when somebody asks for it first: there are many, and a decision asks for few."""

    def __init__(self, playbook: Playbook, subject: Subject, now: datetime, done: Mapping[str, datetime]) -> None:
        self.playbook, self.subject, self.now, self.done = playbook, subject, now, done
        self.person, self.journey = subject.person, subject.person.journey
        self.zone = zone_for(playbook, subject.person, subject.account)
        self.today = local_date(now, self.zone)
        self.started = self.journey.started if self.journey else self.person.joined_at
        self.settled: Collection[str] = ()
        self._known: dict[str, Any] = {}

    def settle(self, settled: Collection[str], left: int) -> None:
        """Take in where the steps stand: which are settled, and how many required ones are not."""
        self.settled = settled
        self._known |= {
            "settled": {s.step: s.step in settled for _, s in self.playbook.steps()},
            "steps_left": left,
            "all_done": not left,
        }

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = self._found(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        shares = _SHARES if not self.playbook.asks_shares() else frozenset()
        names = (*_FOUND, *self.playbook.signals, *self._known)
        return iter(dict.fromkeys(name for name in names if name not in shares))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def _found(self, name: str) -> Any:
        if signal := self.playbook.signals.get(name):
            return measured(signal, self.subject.activity, self.now, self.zone)
        return _FOUND[name](self)


def _days_idle(at: Facts) -> int:
    active = max((moment for moment in (at.person.last_active, at.started) if moment), default=at.now)
    return max(0, (at.today - local_date(active, at.zone)).days)


def _segments(at: Facts) -> dict[str, str]:
    known = at.journey.segments if at.journey else {}
    return {dimension: known[dimension].name if dimension in known else "" for dimension in at.playbook.segments}


def _shares(at: Facts) -> dict[str, Any]:
    return share_facts(at.playbook, at.subject.company, at.person, at.now)


_FOUND: Mapping[str, Callable[[Facts], Any]] = {
    "person": lambda at: person_facts(at.playbook, at.person),
    "account": lambda at: account_facts(at.playbook, at.subject.account),
    "segment": _segments,
    "done": lambda at: {s.step: s.step in at.done for _, s in at.playbook.steps()},
    "answers": lambda at: {s.survey: at.journey.answers.get(s.survey) if at.journey else None for s in at.playbook.surveys},
    "tasks": lambda at: task_facts(at.playbook, at.subject),
    "waiting": lambda at: {s.survey: _waiting(at.journey, s.survey, at.today, at.zone) for s in at.playbook.surveys},
    "steps_done": lambda at: len(at.done),
    "days_in": lambda at: (at.today - local_date(at.started, at.zone)).days if at.started else 0,
    "days_idle": _days_idle,
    "active_days": lambda at: active_days(at.playbook, at.subject.activity, week_until(at.now, at.zone)),
    "nudges_unanswered": lambda at: _unanswered(at.person, at.journey, at.today, at.zone),
    "share_active": lambda at: _shares(at)["share_active"],
    "share": lambda at: _shares(at)["share"],
    "behind_days": lambda at: behind_days(at.playbook, at.journey, at.settled, at.today, at.zone),
    "criteria": lambda at: criteria_met(at.playbook, at),
    "success_met": lambda at: bool(at["criteria"]) and all(at["criteria"].values()),
    "goal_met": lambda at: goal_met(at.playbook, at.journey, at),
    "score": lambda at: scores(at.playbook, at),
    "contact": lambda at: is_contact(at.playbook, at.subject),
}
"""How each fact is found, but for signals and for where the steps stand."""

_SHARES = frozenset({"share_active", "share"})
"""Facts of which nobody knows anything unless the playbook asks for them: see `Needs.company`."""


def _waiting(journey: Journey | None, survey: str, today: date, zone: ZoneInfo) -> int:
    sent = journey.sent.get(f"survey.{survey}") if journey else None
    if journey is None or sent is None or sent.last_at is None or survey in journey.answers:
        return 0
    return (today - local_date(sent.last_at, zone)).days


def _unanswered(person: Person, journey: Journey | None, today: date, zone: ZoneInfo) -> int:
    """Nudges since their last activity, those of today left out: who was asked a minute ago has not kept silent."""
    times = journey.nudged if journey else ()
    return sum((person.last_active is None or at > person.last_active) and local_date(at, zone) < today for at in times)
