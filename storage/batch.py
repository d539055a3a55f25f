"""What a batch of decisions comes to: the last word on every person, account and case. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from flows.decision import Decision
from flows.events import AnyEvent
from flows.people import Account, Case, Person, Subject, Tally, TaskState
from flows.shares import moved

Decided = Sequence[tuple[AnyEvent, Decision]]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Events with their decisions in the order they were taken, and the people as they were loaded.

    Everything is sorted by id, so that two batches wait for each other and never in a circle.
    An account that one decision changed is what the caller shows to the next decision about its people.
    """

    decided: Decided
    before: Mapping[str, Subject]
    now: datetime

    def __post_init__(self) -> None:
        keys = [(event.source, event.key) for event, _ in self.decided]
        if len(set(keys)) != len(keys):
            raise ValueError("an event can't be decided twice in one batch")

    @cached_property
    def last(self) -> dict[str, Decision]:
        """The last decision about each person."""
        latest = {event.who: decision for event, decision in self.decided}
        return {who: latest[who] for who in sorted(latest)}

    @cached_property
    def accounts(self) -> dict[str, Account]:
        """Accounts that changed."""
        known = self.known_accounts
        changed = {d.account.id: d.account for _, d in self.decided if d.account and d.account != known.get(d.account.id)}
        return dict(sorted(changed.items()))

    @cached_property
    def known_accounts(self) -> dict[str, Account]:
        """Accounts as they were loaded."""
        return {s.account.id: s.account for s in self.before.values() if s.account}

    @cached_property
    def news(self) -> list[str]:
        """Accounts of which their people should hear."""
        known = self.known_accounts
        return [one for one, account in self.accounts.items() if news(known.get(one), account)]

    @cached_property
    def cases(self) -> dict[str, Case]:
        """Cases that are new or changed."""
        known = {s.case.id: s.case for s in self.before.values() if s.case}
        changed = {d.case.id: d.case for _, d in self.decided if d.case and d.case != known.get(d.case.id)}
        return dict(sorted(changed.items()))

    @cached_property
    def counted(self) -> dict[str, Mapping[str, Tally]]:
        """Whose activity changed, and what it is now: of what somebody needs, see `Subject.kept`."""
        before = {who: self.before[who].activity for who in self.last}
        found = {who: {**before[who], **d.activity} for who, d in self.last.items() if d.activity is not before[who]}
        return {who: activity for who, activity in found.items() if activity != before[who]}

    @cached_property
    def moves(self) -> dict[tuple[str, str], int]:
        """How the counts of accounts change: (account, what) → how many more or fewer."""
        change: Counter[tuple[str, str]] = Counter()
        for who, decision in self.last.items():
            change.update(moved(self.before[who].person, decision.person, self.now))
        return {place: n for place, n in change.items() if n}

    def person_as_saved(self, who: str) -> Person:
        """The person to store: woken now when a later decision of the batch changed the account theirs rested on."""
        decision = self.last[who]
        place = decision.person.account_id
        rested_on = decision.account if decision.account and decision.account.id == place else None
        stale = place in self.news and news(rested_on, self.accounts[place])
        return woken(decision.person, self.now) if stale else decision.person


def news(before: Account | None, after: Account) -> bool:
    """Whether an account's people should hear of a change: when something is new besides the moment a trait was last told.

    A reminder of a task, or a new one, is no news to them.
    """
    if before is None or before.tasks == after.tasks:
        return before is None or replace(before, traits_at={}) != replace(after, traits_at={})
    more = _heard_of(after) - _heard_of(before)
    return bool(more) or replace(before, traits_at={}, tasks={}) != replace(after, traits_at={}, tasks={})


def _heard_of(account: Account) -> set[tuple[str, str, bool, int, str]]:
    """What of an account's tasks its people should hear: one is over, waits with somebody who did not open it, or with nobody, or its
    meeting has a date."""
    return {one for one in map(_told, account.tasks.values()) if one[1:] != ("open", False, 0, "")}


def _told(task: TaskState) -> tuple[str, str, bool, int, str]:
    nobody = task.state == "open" and task.anchor_gone is not None
    given = task.anchor if task.state == "open" and task.found_by != task.anchor else ""
    return task.id, task.state, nobody, task.planned, given


def woken(person: Person, now: datetime) -> Person:
    """The person, to be asked again now unless their journey is over."""
    over = person.journey is not None and person.journey.ended_at is not None
    return person if over else replace(person, wake_at=min(person.wake_at or now, now))
