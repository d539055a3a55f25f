"""What a customer changes or deletes after they wrote it: the thread of their case hears of it, for the words stand there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from slack_bolt import Ack

from bot.slack.callers import Body, Caller
from bot.slack.crossing import tell
from bot.slack.plain import plain_text
from bot.slack.reception import Reception
from flows.decision import Say, To
from flows.people import Case
from storage.outbox import Outbox

_BEFORE = timedelta(minutes=10)
"""Words that were written so long before a case have led to it."""


@dataclass(frozen=True, slots=True)
class Corrections:
    """Edits and deletions in the conversation between a customer and us. Without a case nobody has to know."""

    at: Reception
    outbox: Outbox

    def changed(self, event: Body, caller: Caller, ack: Ack) -> None:
        """They edited their words; an unfurled link is no edit."""
        message, before = event.get("message") or {}, event.get("previous_message") or {}
        if message.get("text") != before.get("text"):
            text = plain_text(str(message.get("text") or ""))
            stamp = (message.get("edited") or {}).get("ts") or event.get("ts")
            self._note("they_changed", {**before, **message}, event, caller, f"edited:{stamp}", text)
        ack()

    def deleted(self, event: Body, caller: Caller, ack: Ack) -> None:
        """They deleted their words: the thread keeps them, and our team should know that they did not mean to say that."""
        before = event.get("previous_message") or {}
        self._note("they_deleted", {"ts": event.get("deleted_ts"), **before}, event, caller, "deleted")
        ack()

    def _note(self, note: str, message: Body, event: Body, caller: Caller, what: str, text: str = "") -> None:
        user = str(message.get("user") or "")
        person = self.at.who.person(replace(caller, user=user)) if user and not message.get("bot_id") else None
        subject = self.at.door.view(person) if person else None
        place = f"{event.get('channel', '')}/{message.get('ts') or ''}"
        if subject is not None and subject.case is not None and _is_about(subject.case, str(message.get("ts") or "")):
            tell(self.outbox, self.at.door, _say(subject.case, note, f"{place}:{what}", text))


def _is_about(case: Case, ts: str) -> bool:
    """Whether words with this id of Slack's, which tells when they were written, were for the case."""
    try:
        written = datetime.fromtimestamp(float(ts), UTC)
    except (ValueError, OverflowError, OSError):
        return False
    return written >= case.opened_at - _BEFORE


def _say(case: Case, note: str, key: str, text: str) -> Say:
    return Say(
        key=f"case:{case.id}:case_note:{key}",
        to=To("case", case.id),
        message="case_note",
        person=case.person_id,
        facts={"case": case.id, "note": note, "text": text},
        priority=50,
        essential=True,
        if_unknown="resend",
    )
