"""The team's day as deciding needs it: the open cases, whom they were given to, and how many came today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenCase:
    """A case that is not closed, in brief. `team` is its playbook's channel; `channel` and `thread` are Slack's ids of its card.

    `owner` is the Slack user id of the colleague who has it, `account_owner` whom the account names as its owner.
    """

    id: str
    person_id: str
    who: str
    account_id: str | None
    team: str
    owner: str
    step: str
    opened_at: datetime
    account_owner: str = ""
    channel: str = ""
    thread: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Allotment:
    """What the desk said when a case was to open, kept with the decision: it is all that a decision takes from outside of its subject.

    `room`: the day's number of new cases allows one more. `owner` is a Slack user id, '' when nobody is there to take it. `full`:
    everybody has as many as they may have; `loads` tells how many of how many. `waiting`: others held back for tomorrow. `why` they got it.
    """

    room: bool = True
    owner: str = ""
    owner_name: str = ""
    full: bool = False
    loads: tuple[tuple[int, int], ...] = ()
    waiting: int = 0
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """How things are for the team. Loaded with the subjects, once for a whole batch.

    `accounts`: CSM → how many accounts name them as owner. `last_given`: CSM → when they last got a case. `opened_today`: team's channel
    → cases opened on the team's local day; `held`: team's channel → people whose case waits for room. `said`: an answer given before,
    which stands when a decision is made again from what is stored. `counted`: CSM → how many open cases, for a card, whose desk does not
    hold all of them in `open`.
    """

    open: tuple[OpenCase, ...] = ()
    accounts: Mapping[str, int] = field(default_factory=dict)
    last_given: Mapping[str, datetime] = field(default_factory=dict)
    opened_today: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)
    said: Allotment | None = None
    counted: Mapping[str, int] | None = None

    def cases_of(self, csm: str) -> int:
        """How many open cases a CSM has."""
        if self.counted is not None:
            return self.counted.get(csm, 0)
        return sum(case.owner == csm for case in self.open)

    def of_account(self, account_id: str | None, *, but: str = "") -> tuple[OpenCase, ...]:
        """The open cases of an account, without the person `but`; the oldest first."""
        found = (case for case in self.open if account_id and case.account_id == account_id and case.person_id != but)
        return tuple(sorted(found, key=lambda case: case.opened_at))
