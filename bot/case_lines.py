"""Lines of the CSM's card about the case itself: who has it, what else is open, what happened lately."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.wording import moment
from bot.words import Words
from flows.parts.rules import Escalation
from flows.people import Case, CaseEntry, Subject
from flows.playbook import Playbook

SHOWN = 5
"""Lines of the timeline on the card."""

_OF_BEING_STUCK = ("behind_days", "days_idle", "nudges_unanswered", "segment.pace")


@dataclass(frozen=True, slots=True)
class Teller:
    """Our words for the team, with moments in the team's zone."""

    words: Words
    locale: str
    zone: str
    now: datetime

    def say(self, key: str, **facts: Any) -> str:
        """A phrase."""
        return self.words.get(key, self.locale, facts)

    def when(self, at: datetime) -> str:
        """A moment in words."""
        return moment(at, self.zone, self.now, self.locale, self.words)


def case_lines(case: Case, playbook: Playbook, subject: Subject, tell: Teller) -> dict[str, Any]:
    """Facts of the card that are lines; what has nothing to say is '', or an empty list."""
    step = playbook.step(case.step) if case.step else None
    stuck = about_being_stuck(case, playbook)
    return {
        "severity": case.severity,
        "severity_line": tell.say(f"card.severity_{case.severity}") if case.severity in ("high", "low") else "",
        "stuck_at": step.title if step and stuck else "",
        "next_is": step.title if step and not stuck else "",
        "owner_line": _owner(case, tell),
        "full_line": _full(case, tell),
        "waiting_more": tell.say("card.waiting", n=case.waiting) if case.waiting and case.state == "open" else "",
        "snoozed": tell.when(case.snoozed_until) if case.snoozed_until and case.state != "closed" else "",
        "suggested": case.suggested if case.state != "closed" else "",
        "reason": case.reason,
        "note": case.note,
        "opened_by": case.opened_by_name or case.opened_by,
        "related": list(_related(case, playbook, subject)),
        "timeline": [_line(entry, tell) for entry in case.timeline[-SHOWN:]] if len(case.timeline) > 1 else [],
        "link": thread_link(case.channel, case.thread),
    }


def about_being_stuck(case: Case, playbook: Playbook) -> bool:
    """Whether it is about being stuck at a step, and not, say, about an answer they gave."""
    rule: Escalation | None = next((e for e in playbook.escalations if e.escalation == case.escalation), None)
    if rule is None or rule.when is None:
        return True
    return rule.on == "says_stuck" or any(name in rule.when for name in _OF_BEING_STUCK)


def thread_link(channel: str, thread: str) -> str:
    """Where a case's card stands in Slack; '' until it was posted."""
    return f"https://slack.com/archives/{channel}/p{thread.replace('.', '')}" if channel and thread else ""


def is_late(case: Case, now: datetime) -> bool:
    """Whether the answer was due, and nobody has said a word."""
    return case.respond_by is not None and case.respond_by < now and case.our_word_at is None and case.state in ("open", "claimed")


def _owner(case: Case, tell: Teller) -> str:
    if case.claimed_name:
        return case.claimed_name
    return tell.say("card.owner_unclaimed", owner=case.owner_name) if case.owner_name else tell.say("card.nobody_yet")


def _full(case: Case, tell: Teller) -> str:
    if not case.full or case.owner or case.state != "open":
        return ""
    loads = ", ".join(tell.say("card.load_of", n=n, most=most) for n, most in case.loads)
    return tell.say("card.full", loads=loads) if loads else tell.say("card.full_unnumbered")


def _related(case: Case, playbook: Playbook, subject: Subject) -> Iterator[dict[str, str]]:
    for other in subject.desk.of_account(case.account_id, but=case.person_id):
        step = playbook.step(other.step) if other.step else None
        link = thread_link(other.channel, other.thread)
        yield {"id": other.id, "who": other.who or other.person_id, "step": step.title if step else "", "link": link}


def _line(entry: CaseEntry, tell: Teller) -> str:
    if not tell.words.has(f"timeline.{entry.what}"):
        return f"{tell.when(entry.at)} · {entry.what}"
    return tell.say(f"timeline.{entry.what}", when=tell.when(entry.at), who=entry.who, more=entry.more)
