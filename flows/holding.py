"""Escalations: rules that turn true open a case, or are held back on a full day; the riskiest of them open the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from flows.assigning import ask_desk
from flows.casefile import remembered, rule_of, team_is_there, team_zone
from flows.hours import instant, local_date, next_opening
from flows.opening import open_case
from flows.parts.rules import Escalation, Nudge
from flows.people import Held, Person, Sent
from flows.work import Candidate, Work

_SOON = timedelta(minutes=1)


def fired(work: Work) -> Work:
    """Ask every rule; one that has turned true opens a case, and again only after it was false."""
    if work.journey is None or work.person.left_at is not None or work.playbook.paused:
        return _let_go(work, "they are not guided any more") if work.person.held else work
    firing: list[str] = []
    for name, rule in work.playbook.plan.escalations:
        if work.is_quiet(name, rule.when):
            continue
        answer = work.playbook.ask(rule.when, work.facts)
        if not answer.holds:
            work = work.because(name, "quiet", answer)
            continue
        if rule.escalation in work.running.firing:
            firing.append(rule.escalation)
        elif work.case is not None and work.person.case is None:
            work = work.wake(work.now + _SOON)  # a case was closed this very moment; the next one has to be another
        else:
            firing.append(rule.escalation)
            work = _fire(work, rule, answer.because)
    work = work.with_journey(firing=tuple(firing)) if tuple(firing) != work.running.firing else work
    return _instead(_held(work))


def _fire(work: Work, rule: Escalation, because: str) -> Work:
    work = work.because(f"escalation.{rule.escalation}", "fired", because)
    if work.case is not None:
        return work.tell_team("case_note", {"note": "also", "why": rule.title or because})
    return _open_or_hold(work, rule, rule.title or because)


def _open_or_hold(work: Work, rule: Escalation, title: str) -> Work:
    """By night nothing is opened on a team that counts its cases: when its day starts, the riskiest goes first."""
    if work.playbook.team.max_new_cases is not None:
        work, said = ask_desk(work)
        if not said.room:
            return _hold(work, rule, _next_day(work), f"today's {work.playbook.team.max_new_cases} new cases are opened")
        if not team_is_there(work):
            return _hold(work, rule, next_opening(work.playbook.team.hours, work.now, team_zone(work)), "the team's day has not begun")
    closable = rule.close_when is not None and work.playbook.holds(rule.close_when, work.facts)
    return remembered(open_case(work, rule.escalation, title, rule=rule), close_held=closable)


def _hold(work: Work, rule: Escalation, until: datetime, why: str) -> Work:
    """Keep it for later. Of several rules of one person the riskiest is what waits; the others take its place when it is let go."""
    risk = work.playbook.number(rule.risk, work.facts)
    before = work.person.held
    other = before is not None and before.escalation != rule.escalation
    if before is not None and other and before.risk >= risk:
        also = tuple(dict.fromkeys((*before.also, rule.escalation)))
        work = work.with_person(held=replace(before, also=also))
        return work.because(f"escalation.{rule.escalation}", "held", f"{before.escalation} waits already")
    held = Held(
        escalation=rule.escalation,
        team=work.playbook.team.channel,
        risk=risk,
        since=before.since if before is not None and not other else work.now,
        until=until,
        most=work.playbook.team.max_new_cases,
        also=_others(before, rule.escalation),
    )
    work = work.with_person(held=held)
    return work.because(f"escalation.{rule.escalation}", "held", f"{why}; it is asked again when the next day starts (risk {risk:g})")


def _others(before: Held | None, rule: str) -> tuple[str, ...]:
    return tuple(one for one in (before.escalation, *before.also) if one != rule) if before else ()


def _held(work: Work) -> Work:
    """What waited for room: open it when its day has come, or let it go when it is not so any more."""
    held = work.person.held
    if held is None:
        return work
    rule = rule_of(work, held.escalation)
    if rule is None or rule.escalation not in work.running.firing:
        return _next_held(_let_go(work, "it is not so any more"), held)
    return _open_or_hold(work, rule, rule.title) if _is_time(work, held) and work.case is None else work


def _is_time(work: Work, held: Held) -> bool:
    """Its day has come, or the playbook allows more cases than when it was held."""
    most = work.playbook.team.max_new_cases
    more = most is None or (held.most is not None and most > held.most)
    return work.now >= held.until or (more and team_is_there(work))


def _next_held(work: Work, gone: Held) -> Work:
    """Another rule that waited behind the one let go, and still holds."""
    for name in gone.also:
        rule = rule_of(work, name)
        if rule is not None and name in work.running.firing and work.case is None:
            return _open_or_hold(work, rule, rule.title)
    return work


def _let_go(work: Work, why: str) -> Work:
    assert work.person.held is not None
    return work.because(f"escalation.{work.person.held.escalation}", "let_go", why).but(person=unheld(work.person))


def unheld(person: Person) -> Person:
    """Nothing of theirs waits for room any more; the rule that did turns true anew when it holds again."""
    held, journey = person.held, person.journey
    if held is None or journey is None:
        return replace(person, held=None)
    return replace(person, held=None, journey=replace(journey, firing=tuple(one for one in journey.firing if one != held.escalation)))


def _instead(work: Work) -> Work:
    """Meanwhile, the next-best thing that goes by itself: once, as any nudge within hours and budget."""
    held = work.person.held
    rule = rule_of(work, held.escalation) if held else None
    if rule is None or rule.instead is None:
        return work
    name = f"instead.{rule.escalation}"
    if work.running.sent.get(name, Sent()).rounds:
        return work
    return work.but(candidates=(*work.candidates, Candidate(name=name, rule=Nudge(message=rule.instead))))


def _next_day(work: Work) -> datetime:
    zone = team_zone(work)
    tomorrow = instant(local_date(work.now, zone) + timedelta(days=1), time(0), zone)
    return next_opening(work.playbook.team.hours, tomorrow, zone)
