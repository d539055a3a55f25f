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
from flows.once import once
from flows.pace import behind_days
from flows.parts.steps import Module, Step
from flows.parts.times import Hours
from flows.people import Account, Journey, Known, Person, Tally
from flows.playbook import Playbook
from flows.scores import scores
from flows.shares import share_facts
from flows.signals import measured
from flows.task_facts import is_contact, steps_left_out, task_facts


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Facts for conditions, and where each step stands: done (when), skipped, or left out because it does not apply."""

    known: Facts
    done: Mapping[str, datetime]
    applies: frozenset[str]
    settled: frozenset[str]

    @property
    def facts(self) -> Mapping[str, Any]:
        """Every fact there is, for who looks at all of them."""
        return Whole(self.known)

    @property
    def required_left(self) -> tuple[tuple[Module, Step], ...]:
        """What they have to do still, in the order written."""
        left = self.known.playbook.plan.required - self.settled
        return tuple((module, step) for module, step in self.known.playbook.steps() if step.step in left)


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


def standing(playbook: Playbook, subject: Known, now: datetime, zone: ZoneInfo | None = None) -> Standing:
    """Settle where the steps stand; every other fact is found when a condition asks for it. `zone`: theirs, where it is known already."""
    plan, journey, done = playbook.plan, subject.person.journey, steps_done(playbook, subject)
    facts = Facts(playbook, subject, now, done, zone)
    applies = plan.running.union(*[steps for only_when, steps in plan.asked if playbook.holds(only_when, facts)])
    settled = plan.names - applies
    settled |= done.keys()
    if skipped := {name for name, state in journey.steps.items() if state.how == "skipped"} if journey else None:
        settled |= skipped & plan.names
    if left_out := steps_left_out(playbook, subject):
        settled |= left_out & plan.names
    facts.settle(settled, len(plan.required - settled))
    return Standing(known=facts, done=done, applies=applies, settled=settled)


_PERSON = ("name", "email", "locale", "zone", "traits", "last_active", "joined_at", "left_at", "account_id")
_JOURNEY = ("playbook", "started", "moved_at", "steps", "opened", "segments", "answers", "nudged", "first_value_at", "goal_at", "tasks")
_OF_PERSON, _OF_JOURNEY = attrgetter(*_PERSON), attrgetter(*_JOURNEY)

OF_PERSON, OF_JOURNEY = frozenset({*_PERSON, "chosen", "journey"}), frozenset(_JOURNEY)
"""The fields that facts, zone and hours may rest on: what changes no other field of a person or a journey moves none of them.

What was sent counts as far as it is a question (`same_questions`).
"""


def same_questions(playbook: Playbook, one: Journey, other: Journey) -> bool:
    """Whether the same is known of every question that was asked."""
    before, after = one.sent, other.sent
    return before is after or all(before.get(name) == after.get(name) for _, name in playbook.plan.questions)


def same_facts(playbook: Playbook, one: Person, other: Person) -> bool:
    """Whether nothing that facts rest on moved between these two: far more of a person changes than conditions may ask for."""
    before, after = one.journey, other.journey
    if _OF_PERSON(one) != _OF_PERSON(other) or (before is None) != (after is None):
        return False
    if before is None or after is None or before is after:
        return True
    if _OF_JOURNEY(before) != _OF_JOURNEY(after):
        return False
    return same_questions(playbook, before, after)


def steps_done(playbook: Playbook, subject: Known) -> dict[str, datetime]:
    """Which steps are done, and since when: by this person or, for account scope, by a teammate. A renamed step keeps its state."""
    states = subject.person.journey.steps if subject.person.journey else {}
    shared = subject.account.steps if subject.account else {}
    found: dict[str, datetime] = {}
    if not (states or shared):
        return found
    for step, was, accounts in playbook.plan.kept:
        for name in (step, was) if was else (step,):
            state = states.get(name)
            if state and state.at and state.how != "skipped":
                found[step] = state.at
            elif accounts and name in shared:
                found[step] = shared[name]
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
    return known | _traits(person.traits, playbook.traits.person)


def account_facts(playbook: Playbook, account: Account | None) -> dict[str, Any]:
    """The account's traits with the declared defaults."""
    traits = account.traits if account else {}
    known = {"name": account.name if account else ""}
    return known | _traits(traits, playbook.traits.account)


def _traits(told: Mapping[str, Any], guesses: Mapping[str, Any]) -> dict[str, Any]:
    return {name: trait(told[name], guess) if name in told else guess for name, guess in guesses.items()}


def active_days(playbook: Playbook, activity: Mapping[str, Tally], until: date) -> int:
    """On how many of the seven days up to `until` (UTC) something happened that the summary tells of; without one, anything counted."""
    since, counted = until - timedelta(days=6), playbook.summary or {need.key for need in playbook.tally_needs()}
    return len({day for name, tally in activity.items() if name in counted for day in tally.days if since <= day <= until})


class Facts(dict[str, Any]):
    """The facts about one person now. Each is found when somebody asks for it first: there are many, and a decision asks for few.

    It holds what was asked for so far; `Whole` is all there is. Of whom it is about it keeps the parts alone: a decision in the making
    keeps its facts, and two that keep each other are freed by the collector only, which costs more than deciding does.
    """

    def __init__(
        self, playbook: Playbook, subject: Known, now: datetime, done: Mapping[str, datetime], zone: ZoneInfo | None = None
    ) -> None:
        self.playbook, self.now, self.done = playbook, now, done
        self.person, self.journey, self.account = subject.person, subject.person.journey, subject.account
        self.activity, self.company = subject.activity, subject.company
        self.started = self.journey.started if self.journey else self.person.joined_at
        self.settled: Collection[str] = ()
        if zone:
            self.__dict__["zone"] = zone

    @once
    def zone(self) -> ZoneInfo:
        """Where they are, as far as anybody knows."""
        return zone_for(self.playbook, self.person, self.account)

    @once
    def today(self) -> date:
        """The calendar day there."""
        return local_date(self.now, self.zone)

    def settle(self, settled: Collection[str], left: int) -> None:
        """Take in where the steps stand: which are settled, and how many required ones are not."""
        self.settled = settled
        self["steps_left"], self["all_done"] = left, not left

    def __missing__(self, name: str) -> Any:
        signal = self.playbook.signals.get(name)
        found = measured(signal, self.activity, self.now, self.zone) if signal else _FOUND[name](self)
        self[name] = found
        return found


class Traited(dict[str, Any]):
    """What is known of somebody before any journey: their traits, and their account's."""

    def __init__(self, playbook: Playbook, person: Person, account: Account | None) -> None:
        self._playbook, self._person, self._account = playbook, person, account

    def __missing__(self, name: str) -> Any:
        if name not in ("person", "account"):
            raise KeyError(name)
        found = person_facts(self._playbook, self._person) if name == "person" else account_facts(self._playbook, self._account)
        self[name] = found
        return found


class Whole(Mapping[str, Any]):
    """All facts about one person, for who looks at more than conditions ask for."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def __getitem__(self, name: str) -> Any:
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        playbook = self._facts.playbook
        shares = _SHARES if not playbook.asks_shares() else frozenset()
        names = (*_FOUND, *playbook.signals, *self._facts)
        return iter(dict.fromkeys(name for name in names if name not in shares))

    def __len__(self) -> int:
        return len(list(iter(self)))


def _days_idle(at: Facts) -> int:
    active = max((moment for moment in (at.person.last_active, at.started) if moment), default=at.now)
    return max(0, (at.today - local_date(active, at.zone)).days)


def _segments(at: Facts) -> dict[str, str]:
    known = at.journey.segments if at.journey else {}
    return {dimension: known[dimension].name if dimension in known else "" for dimension in at.playbook.segments}


def _shares(at: Facts) -> dict[str, Any]:
    return share_facts(at.playbook, at.company, at.person, at.now)


_FOUND: Mapping[str, Callable[[Facts], Any]] = {
    "person": lambda at: person_facts(at.playbook, at.person),
    "account": lambda at: account_facts(at.playbook, at.account),
    "segment": _segments,
    "done": lambda at: {step: step in at.done for step, _, _ in at.playbook.plan.kept},
    "settled": lambda at: {step: step in at.settled for step, _, _ in at.playbook.plan.kept},
    "answers": lambda at: {name: at.journey.answers.get(name) if at.journey else None for name, _ in at.playbook.plan.questions},
    "tasks": lambda at: task_facts(at.playbook, at),
    "waiting": lambda at: {name: _waiting(at, name, rule) for name, rule in at.playbook.plan.questions},
    "steps_done": lambda at: len(at.done),
    "days_in": lambda at: (at.today - local_date(at.started, at.zone)).days if at.started else 0,
    "days_idle": _days_idle,
    "active_days": lambda at: active_days(at.playbook, at.activity, week_until(at.now, at.zone)),
    "nudges_unanswered": lambda at: _unanswered(at.person, at.journey, at.today, at.zone),
    "share_active": lambda at: _shares(at)["share_active"],
    "share": lambda at: _shares(at)["share"],
    "behind_days": lambda at: behind_days(at.playbook, at.journey, at.settled, at.today, at.zone),
    "criteria": lambda at: criteria_met(at.playbook, at),
    "success_met": lambda at: bool(at["criteria"]) and all(at["criteria"].values()),
    "goal_met": lambda at: goal_met(at.playbook, at.journey, at),
    "score": lambda at: scores(at.playbook, at),
    "contact": lambda at: is_contact(at.playbook, at),
}
"""How each fact is found, but for signals and for where the steps stand."""

_SHARES = frozenset({"share_active", "share"})
"""Facts of which nobody knows anything unless the playbook asks for them: see `Needs.company`."""


def _waiting(at: Facts, survey: str, rule: str) -> int:
    sent = at.journey.sent.get(rule) if at.journey else None
    if at.journey is None or sent is None or sent.last_at is None or survey in at.journey.answers:
        return 0
    return (at.today - local_date(sent.last_at, at.zone)).days


def _unanswered(person: Person, journey: Journey | None, today: date, zone: ZoneInfo) -> int:
    """Nudges since their last activity, those of today left out: who was asked a minute ago has not kept silent."""
    times = journey.nudged if journey else ()
    return sum((person.last_active is None or at > person.last_active) and local_date(at, zone) < today for at in times)
