"""Messages that come again and again, counted from joining. Each round has one chance, as a dated message has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from flows.parts.rules import Dated, Recurring
from flows.people import Sent
from flows.rules import dated, moment_of, skip
from flows.work import Work

Round = tuple[str, Dated]
"""One round by its name in `journey.sent`, as the dated message it is."""


def recurring(work: Work) -> Work:
    """Give the round whose moment came last its chance, and note the next. Rounds that a later one has caught up with are over."""
    if not work.underway:
        return work
    for rule in work.playbook.recurring:
        noted = _noted(work, rule)
        last = max(_last(work, rule), min((n for n, name in noted.items() if _settled(work, name)), default=0))
        at_hand = _at_hand(work, rule, last)
        work = _caught_up(work.but(rounds=(*work.rounds, *at_hand)), rule, noted, last)
        for name, message in at_hand:
            work = dated(work, message, name, known=bool(noted), a_week=True)
    return work


def _noted(work: Work, rule: Recurring) -> dict[int, str]:
    """The rounds of which something is noted, by number. The first of them that is settled is the oldest that may be asked again."""
    prefix = f"recurring.{rule.message}#"
    return {int(name.removeprefix(prefix)): name for name in work.running.sent if name.startswith(prefix)}


def _at_hand(work: Work, rule: Recurring, last: int) -> list[Round]:
    """The last round and the next. None lies behind the journey's last day: then only an answer is waited for."""
    rounds = [_round(rule, n) for n in (last, last + 1) if n]
    return [(name, one) for name, one in rounds if one.after and one.after.days <= work.playbook.ends.days]


def _last(work: Work, rule: Recurring) -> int:
    """The number of the round whose moment came last, 0 before the first."""
    days = (work.today - work.joined_on).days
    n = max(0, days // max(1, rule.every.days))
    while n and _due(work, _round(rule, n)) > work.now:
        n -= 1
    return n


def _due(work: Work, one: Round) -> datetime:
    name, message = one
    return moment_of(work, message, name)


def _round(rule: Recurring, n: int) -> Round:
    return f"recurring.{rule.message}#{n}", rule.round(n)


def _caught_up(work: Work, rule: Recurring, noted: Mapping[int, str], last: int) -> Work:
    """Rounds that a later one has caught up with are over. Of those long over one line stays, `recurring.<message>`, with their number."""
    for n, name in noted.items():
        if n < last and not _settled(work, name):
            work = skip(work, name, work.running.sent[name].held or "the next one has come")
        elif n < last - 1:
            work = _forgotten(work, name, f"recurring.{rule.message}")
    return work


def _forgotten(work: Work, name: str, past: str) -> Work:
    sent = {**work.running.sent}
    one, before = sent.pop(name), sent.get(past, Sent())
    if one.rounds:
        sent[past] = replace(one, rounds=before.rounds + one.rounds, first_at=before.first_at or one.first_at)
    return work.with_person(
        journey=replace(work.running, sent=sent),
        reasons={rule: why for rule, why in work.person.reasons.items() if rule != name},
    )


def _settled(work: Work, name: str) -> bool:
    sent = work.running.sent[name]
    return bool(sent.rounds or sent.skipped)
