"""Which playbook guides somebody: the first that takes them, the one a colleague chose, and the way from one to another."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from flows.checks.names import unknown
from flows.events import Tick, Traits
from flows.expressions import Answer
from flows.facts import Traited
from flows.holding import unheld
from flows.hours import closing_of, local_date, open_day_from
from flows.library import Playbooks
from flows.parts.people import WaitFor
from flows.people import Account, Journey, Person, Sent
from flows.playbook import Playbook
from flows.work import Work

BY_HAND = "playbook"
"""The trait, of a person or else of their account, by which a colleague chooses their playbook. It wins, and it is kept."""

BY_CHOICE = "chosen by hand"
"""Why somebody is on a playbook that a colleague chose."""


def enrol(playbooks: Playbooks, work: Work) -> Work:
    """Begin a journey with the first playbook that fits, once what it waits for is known or the wait is over."""
    person = work.person
    if work.journey is not None or person.joined_at is None or person.left_at is not None:
        return work
    if choice := chosen(person, work.account):
        target = _refusal(playbooks, work, choice)
        if isinstance(target, Playbook):
            return _begin(work, target, person.joined_at, BY_CHOICE)
        work = work.because("enrol.choice", "refused", target)
    for playbook in playbooks.taking():
        if playbook.paused or playbook.playbook in person.past:
            continue
        until = person.joined_at + playbook.wait_for.up_to.span if playbook.wait_for else person.joined_at
        if playbook.wait_for and not _known(playbook.wait_for, person, work.account) and work.now < until:
            return work.because("enrol", "waiting", f"for {playbook.wait_for.trait}").wake(until)
        answer = takes(playbook, person, work.account)
        if answer.holds and over(work.but(playbook=playbook), person.joined_at) <= work.now:
            return work.because(f"enrol.{playbook.playbook}", "late", f"they joined more than {playbook.ends} ago")
        if answer.holds:
            return _begin(work, playbook, person.joined_at, answer.because)
        work = work.because(f"enrol.{playbook.playbook}", "quiet", answer)
    return work


def route(playbooks: Playbooks, work: Work) -> Work:
    """Move somebody who is underway to the playbook that takes them now: asked when traits are told, and at wakes, which follow a change
    of their account. The first that takes them wins; none does, and they stay.

    So they do when it is one that they came from: two systems that disagree would send them to and fro. A choice by hand wins, and while
    it stands nobody else asks; one that names no playbook is none, for a product may have a trait of that name.
    """
    if not isinstance(work.event, Traits | Tick) or not work.underway or work.person.left_at is not None:
        return work
    here = work.running.playbook
    if choice := chosen(work.person, work.account):
        target = _refusal(playbooks, work, choice) if choice != here else here
        if isinstance(target, Playbook):
            return _move(work, target, BY_CHOICE)
        if target == here:
            return work
        work = work.because("journey.choice", "refused", target)
        if playbooks.get(choice) is not None:
            return work
    if playbooks.get(here) is None:
        return work
    for playbook in playbooks.taking():
        if playbook.playbook == here:
            if playbook.holds(playbook.enroll_when, Traited(playbook, work.person, work.account)):
                return work
            continue
        answer = takes(playbook, work.person, work.account) if _may(playbook, work) else Answer(False)
        if answer.holds and over(work.but(playbook=playbook), work.running.started) > work.now:
            if playbook.playbook in work.running.moved and not work.running.chosen:
                return work.because("journey.back", "refused", f"they came from {playbook.playbook}, and only a colleague leads back")
            return _move(work, playbook, answer.because)
    return work


def chosen(person: Person, account: Account | None) -> str:
    """The playbook a colleague chose for them, '' for none."""
    return str(person.traits.get(BY_HAND) or (account.traits.get(BY_HAND) if account else "") or "").strip()


def takes(playbook: Playbook, person: Person, account: Account | None) -> Answer:
    """Whether a playbook takes them, by what their traits say."""
    return playbook.ask(playbook.enroll_when, Traited(playbook, person, account))


def over(work: Work, started: datetime) -> datetime:
    """When a journey through the playbook at hand is over, for who joined at `started`: the close of its last day."""
    journey = work.person.journey
    first = work.joined_on if journey and started is journey.started and journey.ended_at is None else local_date(started, work.zone)
    last = first + timedelta(days=work.playbook.ends.days + work.playbook.grace.days)
    return closing_of(work.playbook.hours, open_day_from(work.playbook.hours, last), work.zone)


def _may(playbook: Playbook, work: Work) -> bool:
    """Whether they can come to it at all: it runs, they have not been through it, and what it waits for is known."""
    if playbook.paused or playbook.playbook in work.person.past:
        return False
    return playbook.wait_for is None or _known(playbook.wait_for, work.person, work.account)


def _refusal(playbooks: Playbooks, work: Work, choice: str) -> Playbook | str:
    """The playbook chosen by hand, or why nobody can come to it."""
    playbook = playbooks.get(choice)
    if playbook is None:
        return unknown("playbook", choice, list(playbooks.by_name))
    if playbook.paused or choice in playbooks.resting:
        return f"{choice} takes nobody now"
    if choice in work.person.past:
        return f"they have been through {choice}"
    if work.person.joined_at and over(work.but(playbook=playbook), work.person.joined_at) <= work.now:
        return f"they joined more than {playbook.ends} ago, and {choice} is over by then"
    return playbook


def _begin(work: Work, playbook: Playbook, started: datetime, because: str) -> Work:
    n = max(work.person.journeys, len(work.person.past)) + 1
    journey = Journey(id=f"{work.person.id}/{n}", playbook=playbook.playbook, started=started, enrolled_at=work.now)
    work = work.but(playbook=playbook, person=replace(work.person, journey=journey, journeys=n))
    return work.because("enrol", "entered", f"{playbook.playbook}: {because}").redraw()


def _move(work: Work, playbook: Playbook, because: str) -> Work:
    """The same journey on another way: what was done and said stays, what the old playbook alone was about goes."""
    journey, old = work.running, work.playbook
    work = work.because("journey", "moved", f"{journey.playbook} → {playbook.playbook}: {because}")
    for wait in journey.waiting:
        work = work.because(wait.rule, "skipped", f"they moved to {playbook.playbook}")
    work = work.but(person=unheld(work.person), playbook=playbook)
    modules, cases = {one.module for one in playbook.checklist}, {one.escalation for one in playbook.escalations}
    work = work.with_journey(
        playbook=playbook.playbook,
        moved=(*journey.moved, journey.playbook),
        moved_at=work.now,
        chosen=because == BY_CHOICE,
        opened={module: at for module, at in journey.opened.items() if module in modules},
        waiting=(),
        segments={},
        firing=tuple(one for one in work.running.firing if one in cases),
        first_value_at=None,
        goal_at=None,
    )
    return _no_second_welcome(work, old).redraw()


def _no_second_welcome(work: Work, old: Playbook) -> Work:
    """What only waited for its day is forgotten, so that a day gone by stays gone; who was welcomed is not welcomed again."""
    sent = work.running.sent
    hello = {f"sequence.{rule.message}" for rule in work.playbook.sequence if rule.right_away}
    before = hello | {f"sequence.{rule.message}" for rule in old.sequence if rule.right_away}
    kept = {name: one for name, one in sent.items() if one.rounds or one.skipped or name in hello}
    if any(sent[name].rounds for name in before & sent.keys()):
        for name in sorted(name for name in hello if not kept.get(name, Sent()).rounds):
            kept[name] = Sent(skipped="they were welcomed before")
            work = work.because(name, "skipped", "they were welcomed before")
    return work.with_journey(sent=kept)


def _known(wait: WaitFor, person: Person, account: Account | None) -> bool:
    side, _, name = wait.trait.partition(".")
    traits = person.traits if side == "person" else account.traits if account else {}
    return name in traits
