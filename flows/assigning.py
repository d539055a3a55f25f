"""Who takes a case: the account's owner, else whose turn it is or who has most room, among those who are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flows.casefile import later, noted, open_one, remembered, remind_after, to_person
from flows.csms import Csm, Roster
from flows.decision import Decision
from flows.desk import Allotment, Desk, OpenCase
from flows.events import CaseAssigned
from flows.hours import next_opening, zone_named
from flows.people import Account, Case, Person
from flows.relaying import after_replies, unsaid_waiting
from flows.work import Work

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def ask_desk(work: Work, opened_by: str = "") -> tuple[Work, Allotment]:
    """What the desk says to one more case of this person; asked once in a decision, and kept with it."""
    if work.allotment is not None:
        return work, work.allotment
    said = work.desk.said or allot(work.roster, work.desk, work.account, work.playbook.team.channel, work.now, opened_by=opened_by)
    most = work.playbook.team.max_new_cases
    if work.desk.said is None and most is not None:
        said = replace(said, room=work.desk.opened_today.get(work.playbook.team.channel, 0) < most)
    return work.but(allotment=said), said


def allot(roster: Roster, desk: Desk, account: Account | None, team: str, now: datetime, *, opened_by: str = "") -> Allotment:
    """Who takes a new case of an account in a team's channel. A colleague who opens one by hand has it."""
    everybody = roster.of(team)
    waiting = desk.held.get(team, 0)
    if own := roster.csm(opened_by):
        return Allotment(owner=own.csm, owner_name=own.name, waiting=waiting, why="they opened it")
    if not everybody:
        return Allotment(waiting=waiting)
    owner = roster.owner(account.owner) if account and account.owner else None
    if owner in everybody and owner is not None and _has_place(owner, desk):
        return Allotment(owner=owner.csm, owner_name=owner.name, waiting=waiting, why="the account is theirs")
    free = [one for one in everybody if _has_place(one, desk) and _takes_account(one, desk, account)]
    chosen = _next([one for one in free if not one.overflow] or free, roster, desk, now)
    if chosen is None:
        return Allotment(full=True, loads=_loads(everybody, desk), waiting=waiting, why="everybody has as many as they may have")
    why = "it is their turn" if roster.assign == "round_robin" else "they have most room"
    return Allotment(owner=chosen.csm, owner_name=chosen.name, waiting=waiting, why=why)


def _next(free: Sequence[Csm], roster: Roster, desk: Desk, now: datetime) -> Csm | None:
    """Somebody whose hours are open, else who opens first; then by turn, or by room."""

    def rank(one: Csm) -> tuple[datetime, float, datetime]:
        opens = next_opening(one.hours, now, zone_named(one.zone) or ZoneInfo("UTC"))
        room = float("inf") if one.max_open_cases is None else one.max_open_cases - desk.cases_of(one.csm)
        last = desk.last_given.get(one.csm, _LONG_AGO)
        return opens, -room if roster.assign == "capacity" else 0.0, last

    return min(free, key=rank, default=None)


def _has_place(one: Csm, desk: Desk) -> bool:
    return one.max_open_cases is None or desk.cases_of(one.csm) < one.max_open_cases


def _takes_account(one: Csm, desk: Desk, account: Account | None) -> bool:
    if one.max_accounts is None or account is None or one.known_as(account.owner):
        return True
    return account.id in _working_for(one, desk) or _accounts(one, desk) < one.max_accounts


def _working_for(one: Csm, desk: Desk) -> set[str]:
    return {case.account_id for case in desk.open if case.owner == one.csm and case.account_id}


def _accounts(one: Csm, desk: Desk) -> int:
    """The accounts that name them, and those of other owners whose case they have."""
    others = {c.account_id for c in desk.open if c.owner == one.csm and c.account_id and not one.known_as(c.account_owner)}
    return desk.accounts.get(one.csm, 0) + len(others)


def _loads(everybody: Sequence[Csm], desk: Desk) -> tuple[tuple[int, int], ...]:
    return tuple((desk.cases_of(one.csm), one.max_open_cases) for one in everybody if one.max_open_cases is not None)


def assigned(work: Work, event: CaseAssigned) -> Work:
    """A colleague gives it to another, or back to everybody. The person hears of it only if they had been told a name."""
    found = open_one(work, event.case)
    if found is None:
        return work.because("case", "refused", "it is closed")
    case, ref = found
    if event.to == case.owner and (event.to == case.claimed_by or not ref.claimed_by):
        return work.because("case.owner", "refused", f"{event.to_name or 'everybody'} has it already")
    changes: dict[str, Any] = {"owner": event.to, "owner_name": event.to_name, "given_at": work.now if event.to else None, "full": False}
    if ref.claimed_by:
        taken: dict[str, Any] = {"claimed_by": event.to, "claimed_name": event.to_name, "claimed_at": work.now if event.to else None}
        ends = later(work, work.playbook.team.claim_lasts) if event.to else None
        changes |= taken | {"state": case.state if event.to else "open", "claim_ends_at": ends}
        work = remembered(work, **taken)
        work = _another_has_it(work) if event.to else remembered(work, asked_solved_at=None, reopened_at=work.now)
    what = "assigned" if event.to else "back"
    work = noted(work, what, event.name, event.to_name, **changes)
    work = work.because("case.owner", "assigned", f"to {event.to_name or 'nobody'} by {event.name}").redraw()
    work = work.tell_team("case_note", {"note": what, "by": event.name, "owner": event.to_name, "ping": event.to})
    due = after_replies(work)
    return to_person(work, "handed_over", {"csm": event.to_name, "case": case.id}, due_at=due) if ref.claimed_by else work


def _another_has_it(work: Work) -> Work:
    """What was answered stays answered; who has it now gets a while before they are reminded."""
    ref = work.person.case
    if ref is None or ref.remind_at is None:
        return unsaid_waiting(work)
    return remembered(unsaid_waiting(work), remind_at=max(ref.remind_at, later(work, remind_after(work))))


def after(desk: Desk, person: Person, case: Case | None, decision: Decision) -> Desk:
    """The desk once a decision is taken, for the next one of its batch. `person` and `case` are as they were before it."""
    new = decision.case
    if new is not None and new != case:
        desk = _with_case(desk, new, decision, first=case is None or case.id != new.id)
    held = dict(desk.held)
    for one, step in ((person.held, -1), (decision.person.held, 1)):
        if one is not None:
            held[one.team] = max(0, held.get(one.team, 0) + step)
    return replace(desk, held=held) if person.held != decision.person.held else desk


def _with_case(desk: Desk, case: Case, decision: Decision, *, first: bool) -> Desk:
    others = tuple(one for one in desk.open if one.id != case.id)
    mine = () if case.state == "closed" else (_in_brief(case, decision),)
    given = {case.owner: case.given_at} if case.owner and case.given_at else {}
    today = desk.opened_today.get(case.team, 0) + first
    return replace(desk, open=others + mine, last_given={**desk.last_given, **given}, opened_today={**desk.opened_today, case.team: today})


def _in_brief(case: Case, decision: Decision) -> OpenCase:
    return OpenCase(
        id=case.id,
        person_id=case.person_id,
        who=decision.person.name,
        account_id=case.account_id,
        team=case.team,
        owner=case.owner,
        step=case.step,
        opened_at=case.opened_at,
        account_owner=decision.account.owner if decision.account else "",
        channel=case.channel,
        thread=case.thread,
    )
