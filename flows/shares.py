"""How many people of an account do something: what each person adds to its counts, and the shares that conditions ask for. Pure.

Shares are percent as whole numbers. The person at hand is counted as they are now; the others as they were when the decision began.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flows.people import Company, Person, Subject
from flows.playbook import Playbook

PEOPLE = "people"
DAYS = 7
"""Who did something on one of the last seven UTC days, today included, is active."""

_KEPT = 9
"""Days of last activity that are counted: older ones ask nobody any more."""


def counts_for(person: Person, now: datetime) -> Counter[str]:
    """What somebody adds to the counts of their account; nothing before they joined and after they left, or were merged."""
    if person.account_id is None or person.joined_at is None or person.left_at is not None or person.merged_into:
        return Counter()
    return Counter(_counted(person, now))


def moved(before: Person, after: Person, now: datetime) -> dict[tuple[str, str], int]:
    """What a decision changes in the counts: (account, what) → how many more or fewer."""
    if _same(before, after):
        return {}
    change: Counter[tuple[str, str]] = Counter()
    for person, sign in ((before, -1), (after, 1)):
        for what, n in counts_for(person, now).items():
            change[person.account_id or "", what] += sign * n
    return {place: n for place, n in change.items() if n}


def oldest_day(now: datetime) -> str:
    """The oldest `active:<day>` that is still counted."""
    return f"active:{(now.astimezone(UTC).date() - timedelta(days=_KEPT - 1)).isoformat()}"


def share_facts(playbook: Playbook, company: Company | None, person: Person, now: datetime) -> dict[str, Any]:
    """`share_active` and `share` as conditions ask for them. Who has no account is alone."""
    own = frozenset(_counted(person, now)) if person.joined_at and person.left_at is None else frozenset()
    others = company.others if company else {}

    def counts(what: str) -> int:
        return max(0, others.get(what, 0) + (what in own))

    today, here = now.astimezone(UTC).date(), playbook.playbook
    active = sum(counts(f"active:{(today - timedelta(days=n)).isoformat()}") for n in range(DAYS))
    inside = counts(f"in:{here}")
    return {
        "share_active": percent(active, counts(PEOPLE)),
        "share": {step: percent(counts(f"done:{here}:{step}"), inside) for step, _, accounts in playbook.plan.kept if not accounts},
    }


def percent(some: int, of: int) -> int:
    """Whole percent, halves upwards; 0 of none."""
    return (200 * some + of) // (2 * of) if of > 0 else 0


def _counted(person: Person, now: datetime) -> Iterator[str]:
    yield PEOPLE
    if person.last_active and (day := f"active:{_day(person.last_active).isoformat()}") >= oldest_day(now):
        yield day
    if journey := person.journey:
        yield f"in:{journey.playbook}"
        done = (name for name, state in journey.steps.items() if state.at and state.how != "skipped")
        yield from (f"done:{journey.playbook}:{step}" for step in done)


def _same(before: Person, after: Person) -> bool:
    """Whether nothing moved that is counted: most decisions, told without counting."""
    one, other = before.journey, after.journey
    return (
        before.account_id == after.account_id
        and (before.joined_at is None) == (after.joined_at is None)
        and (before.left_at is None) == (after.left_at is None)
        and before.merged_into == after.merged_into
        and _active_day(before) == _active_day(after)
        and (one is other or (one is not None and other is not None and one.playbook == other.playbook and one.steps is other.steps))
    )


def _active_day(person: Person) -> date | None:
    return _day(person.last_active) if person.last_active else None


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


class Companies:
    """The counts of accounts as the decisions of one batch move them on. Without a playbook that asks for shares it has none."""

    def __init__(self, subjects: Iterable[Subject], now: datetime) -> None:
        self._now = now
        self._counts: dict[str, Counter[str]] = {}
        for subject in subjects:
            if subject.company is not None and subject.account:
                counts = Counter(subject.company.others)
                self._counts[subject.account.id] = counts + _own(subject.person, subject.account.id, self._now)

    def seen_by(self, subject: Subject) -> Subject:
        """The subject with what the account's others do by now."""
        place = subject.account.id if subject.account else None
        if place is None or place not in self._counts:
            return subject
        return replace(subject, company=others(self._counts[place], subject.person, place, self._now))

    def took(self, before: Person, after: Person) -> None:
        """A decision changed somebody."""
        if self._counts:
            for (account, what), n in moved(before, after, self._now).items():
                if account in self._counts:
                    self._counts[account][what] += n


def others(counts: Counter[str], person: Person, account: str | None, now: datetime) -> Company:
    """What the others of an account do, from what all of its people do."""
    return Company(others=dict(sorted((counts - _own(person, account, now)).items())))


def _own(person: Person, account: str | None, now: datetime) -> Counter[str]:
    return counts_for(person, now) if account is not None and person.account_id == account else Counter()
