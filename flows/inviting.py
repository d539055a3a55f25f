"""Invitations to sessions, and the recording for those who missed one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from flows.hours import local_date, next_opening
from flows.parts.rules import Invitation, Rule
from flows.people import Sent, Tally
from flows.rules import at_their_time, propose, sent_of, skip
from flows.sessions import Session
from flows.work import Candidate, Work

HOUR = timedelta(hours=1)
EARLY = timedelta(minutes=15)
"""Who is there this long before the start was there."""
SETTLE = timedelta(days=1)
"""Who joins later hears of an older session a day after joining, not on top of the welcome."""


def invitations(work: Work) -> Work:
    """Invite to what is ahead; send the recording of what was missed."""
    for rule in work.playbook.invitations if work.underway else ():
        dates = work.sessions.since(work.playbook.playbook, rule.session, work.now - HOUR - work.playbook.ends.span)
        if rule.paused or not dates:
            continue
        work = _ahead(work, rule, dates)
        for session in _recorded(work, rule, dates):
            work = _recording(work, rule, session)
    return work


def invites_still(work: Work) -> bool:
    """Whether an invitation is open whose condition may hold tomorrow."""
    return any(
        session.starts_at - rule.ahead.span <= work.now < session.starts_at - HOUR and not _settled(work, f"invitation.{session.id}")
        for rule in (work.playbook.invitations if work.underway else ())
        if rule.when is not None and not rule.paused
        for session in work.sessions.since(work.playbook.playbook, rule.session, work.now)
    )


def _ahead(work: Work, rule: Invitation, dates: tuple[Session, ...]) -> Work:
    """Invite to each date that is not over. Those after the next moment of speaking can wait for it."""
    soonest: datetime | None = None
    for session in dates:
        if soonest and session.starts_at - rule.ahead.span > soonest:
            break
        if work.now < session.ends_at + HOUR:
            before = len(work.wakes)
            work = _invite(work, rule, session)
            soonest = min((*work.wakes[before:], *filter(None, (soonest,))), default=None)
    return work


def _invite(work: Work, rule: Invitation, session: Session) -> Work:
    name, closes = f"invitation.{session.id}", session.starts_at - HOUR
    sent = sent_of(work, name) or Sent()
    if rule.recording and session.recording:
        work = work.wake(session.ends_at + HOUR)
    if sent.rounds or sent.skipped:
        return work
    if work.now >= closes:
        return skip(work, name, sent.held) if sent.held else work
    opens = _moment(work, max(session.starts_at - rule.ahead.span, work.running.enrolled_at + HOUR), closes, name)
    if work.now < opens:
        return work.wake(opens) if opens < closes else work
    return propose(work, Candidate(name=name, rule=rule, deadline=closes, facts={"session": session.id}))


def _recording(work: Work, rule: Invitation, session: Session) -> Work:
    name = f"recording.{session.id}"
    invited = (sent_of(work, f"invitation.{session.id}") or Sent()).rounds > 0
    over = session.ends_at + HOUR
    offered = _moment(work, over if invited else max(over, work.running.enrolled_at + SETTLE), None, name)
    deadline = over + work.playbook.ends.span
    if work.now >= deadline or _settled(work, name):
        return work
    if work.now < offered:
        return work.wake(offered)
    if _attended(work.activity.get(rule.attended or ""), session):
        return skip(work, name, "they were there")
    own = {key: getattr(rule, key) for key in ("kind", "by", "priority")}
    message = Rule.model_construct(None, message=rule.recording or "", when=None if invited else rule.when, **own)
    return propose(work, Candidate(name=name, rule=message, deadline=deadline, facts={"session": session.id}))


def _recorded(work: Work, rule: Invitation, dates: tuple[Session, ...]) -> Iterator[Session]:
    """The sessions over whose recording is for this person: those they were invited to, and the newest of them in any case."""
    if rule.recording is None:
        return
    over = [one for one in dates if one.recording and one.ends_at + HOUR <= work.now]
    for session in over:
        invited = (sent_of(work, f"invitation.{session.id}") or Sent()).rounds
        if invited or session is over[-1]:
            yield session


def _attended(tally: Tally | None, session: Session) -> bool:
    """Whether the event that tells of it came while it was held. Where only the day is known, it is a day in UTC."""
    since, until = session.starts_at - EARLY, session.ends_at + HOUR
    if tally is None or tally.first_at is None or tally.last_at is None:
        return False
    if any(since <= at <= until for at in (tally.first_at, tally.last_at)):
        return True
    if tally.last_at < since or tally.first_at > until:
        return False
    return any(since.date() <= day <= until.date() for day in tally.days)


def _moment(work: Work, at: datetime, before: datetime | None, name: str) -> datetime:
    """A minute of their own in what is left of the opening hours of that day, or the next open one; never at or after `before`."""
    first = next_opening(work.hours, at, work.zone)
    own = at_their_time(work, local_date(first, work.zone), None, (first.astimezone(work.zone).time(), work.hours.to), name)
    moment = max(first, own)
    return moment if before is None or moment < before else first


def _settled(work: Work, name: str) -> bool:
    sent = sent_of(work, name) or Sent()
    return bool(sent.rounds or sent.skipped)
