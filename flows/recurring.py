"""Messages that come again and again, counted from joining. Each round has one chance, as a dated message has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flows.hours import local_date
from flows.playbook import Dated, Recurring
from flows.rules import dated, moment_of, skip
from flows.work import Work

Round = tuple[str, Dated]
"""One round by its name in `journey.sent`, as the dated message it is."""


def recurring(work: Work) -> Work:
    """Give the round whose moment came last its chance, and note the next. Rounds that a later one has caught up with are over."""
    if work.journey is None:
        return work
    for rule in work.playbook.recurring:
        last = _last(work, rule)
        prefix = f"recurring.{rule.message}#"
        sent = work.running.sent
        known = f"{prefix}{last}" in sent or any(name.startswith(prefix) for name in sent)
        for n in range(1, last):
            work = _caught_up(work, f"{prefix}{n}")
        for name, message in _at_hand(work, rule, last):
            work = dated(work, message, name, known=known)
    return work


def rounds_at_hand(work: Work) -> Iterator[Round]:
    """The round that came last and the next one, of every recurring message."""
    for rule in work.playbook.recurring:
        yield from _at_hand(work, rule, _last(work, rule))


def _at_hand(work: Work, rule: Recurring, last: int) -> list[Round]:
    """The last round and the next. None lies behind the journey's last day: then only an answer is waited for."""
    rounds = [_round(rule, n) for n in (last, last + 1) if n]
    return [(name, one) for name, one in rounds if one.after and one.after.days <= work.playbook.ends.days]


def _last(work: Work, rule: Recurring) -> int:
    """The number of the round whose moment came last, 0 before the first."""
    days = (local_date(work.now, work.zone) - local_date(work.running.started, work.zone)).days
    n = max(0, days // max(1, rule.every.days))
    while n and _due(work, _round(rule, n)) > work.now:
        n -= 1
    return n


def _due(work: Work, one: Round) -> datetime:
    name, message = one
    return moment_of(work, message, name)


def _round(rule: Recurring, n: int) -> Round:
    return f"recurring.{rule.message}#{n}", rule.round(n)


def _caught_up(work: Work, name: str) -> Work:
    sent = work.running.sent.get(name)
    if sent is None or sent.rounds or sent.skipped:
        return work
    return skip(work, name, sent.held or "the next one has come")
