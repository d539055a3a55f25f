"""A person's whole story as a page for colleagues: values for the template, everything in words and in the team's time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.drawing import Sight
from bot.web.story_lines import Happening, happenings
from bot.wording import ago, moment
from bot.words import Words
from flows.facts import account_facts
from flows.hours import zone_named
from flows.mail import is_shut
from flows.people import Case, Person
from flows.portrait import portrait
from storage.desk_reports import Story

MOST = 150
"""Lines of the timeline that stand there at first."""
KINDS = ("did", "messages", "case", "decided")
"""What the timeline can be narrowed to."""
_OWN_FIELDS = ("name", "email", "goal", "timezone", "locale", "consent", "slack")
"""Traits that stand elsewhere on the page."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """How a colleague reads it: our words as shipped, moments in the team's zone."""

    words: Words
    zone: ZoneInfo
    now: datetime

    def say(self, key: str, facts: Mapping[str, Any] | None = None, /) -> str:
        """A phrase."""
        return self.words.get(key, "", facts)

    def when(self, at: datetime | str | None) -> dict[str, str] | None:
        """A moment: in words, how long ago, and exactly."""
        if not at:
            return None
        instant = (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(UTC)
        local = instant.astimezone(self.zone)
        return {
            "iso": instant.isoformat(),
            "words": moment(instant, self.zone, self.now, "", self.words),
            "ago": ago(instant, self.now, "", self.words),
            "exact": self.say("time.exact", {"iso": f"{local:%Y-%m-%d %H:%M:%S}", "zone": self.zone.key}),
        }


def story_view(story: Story, sight: Sight, now: datetime, *, show: str = "", everything: bool = False) -> dict[str, Any]:
    """All that the page says. `show` narrows the timeline to one of KINDS; `everything` leaves no line of it out."""
    eyes = Eyes(sight.books.words, zone_named(sight.playbook.team.zone) or ZoneInfo("UTC"), now)
    person = story.subject.person
    lines = list(happenings(story.happened, sight.playbook, eyes.say))
    wanted = [line for line in reversed(lines) if show not in KINDS or line.kind == show]
    shown = wanted if everything else wanted[:MOST]
    messages = [message for line in reversed(lines) for message in reversed(line.messages) if _theirs(message)]
    told = messages if everything else messages[:MOST]
    return {
        "who": person.name or person.email or person.external_id or person.id,
        "company": story.subject.account.name if story.subject.account else "",
        "zone": eyes.zone.key,
        "about": list(_about(person, sight, eyes)),
        "account": list(_account(story, sight, eyes)),
        "traits": [(name.replace("_", " "), _plain(value)) for name, value in person.traits.items() if name not in _OWN_FIELDS],
        "goal": " ".join(str(person.traits.get("goal", "")).split()),
        "checklist": sight.checklist,
        "segments": list(_segments(story, eyes)),
        "scores": list(_scores(sight, now)),
        "cases": [_case(case, story.words.get(case.id, []), sight, eyes) for case in reversed(story.cases)],
        "messages": [_message(message, eyes) for message in told],
        "more_messages": len(messages) - len(told),
        "timeline": [_line(line, eyes) for line in shown],
        "older": len(wanted) - len(shown),
        "show": show if show in KINDS else "",
        "kinds": KINDS,
    }


def _about(person: Person, sight: Sight, eyes: Eyes) -> Iterator[tuple[str, str]]:
    """Label and words of what is known about them."""
    local = eyes.now.astimezone(sight.zone)
    stopped, shut = ", ".join(person.opted_out), [is_shut(person, channel) for channel in ("email", "slack")]
    rows = [
        ("email", person.email),
        ("local_time", f"{local:%H:%M} ({sight.zone.key})"),
        ("language", person.locale),
        ("slack", eyes.say("story.slack_yes" if person.slack else "story.slack_no")),
        ("joined", moment(person.joined_at, eyes.zone, eyes.now, "", eyes.words) if person.joined_at else ""),
        ("active", ago(person.last_active, eyes.now, "", eyes.words) if person.last_active else eyes.say("story.never")),
        ("left", moment(person.left_at, eyes.zone, eyes.now, "", eyes.words) if person.left_at else ""),
        ("paused", _later(person.snoozed_until, eyes)),
        ("stopped", stopped),
        ("shut", ", ".join(f"{one.address} ({one.reason.replace('_', ' ')})" for one in shut if one)),
        ("no_consent", eyes.say("story.consent_no") if person.consent is False else ""),
    ]
    yield from ((eyes.say(f"story.about_{name}"), value) for name, value in rows if value)


def _later(at: datetime | None, eyes: Eyes) -> str:
    return moment(at, eyes.zone, eyes.now, "", eyes.words) if at and at > eyes.now else ""


def _account(story: Story, sight: Sight, eyes: Eyes) -> Iterator[tuple[str, str]]:
    account = story.subject.account
    if account is None:
        return
    if account.owner:
        yield eyes.say("story.account_owner"), account.owner
    known = account_facts(sight.playbook, account)
    yield from ((name.replace("_", " "), _plain(value)) for name, value in known.items() if name not in ("name", "owner"))


def _segments(story: Story, eyes: Eyes) -> Iterator[dict[str, Any]]:
    """Each dimension: where they are now, and where they were before, the latest first."""
    journey = story.subject.person.journey
    if journey is None:
        return
    for dimension, segment in journey.segments.items():
        before = list(_entered(story, f"segment.{dimension}", eyes))
        yield {
            "dimension": dimension.replace("_", " "),
            "name": segment.name.replace("_", " "),
            "since": eyes.when(segment.since),
            "because": segment.because,
            "before": before[::-1][1:],
        }


def _scores(sight: Sight, now: datetime) -> Iterator[dict[str, Any]]:
    """Each score with what it is made of."""
    for score in portrait(sight.playbook, sight.subject, now).scores if sight.playbook.scores else ():
        parts = [{"points": f"{one.points:+d}", "because": one.because} for one in score.contributions]
        yield {"name": score.name.replace("_", " "), "value": score.value, "parts": parts}


def _entered(story: Story, rule: str, eyes: Eyes) -> Iterator[dict[str, Any]]:
    """Each time they came to another segment of a dimension, oldest first."""
    for event in story.happened:
        for reason in event["reasons"]:
            if reason["rule"] == rule and reason["result"] not in ("error", "quiet"):
                when = eyes.when(event["decided_at"] or event["at"])
                yield {"name": str(reason["result"]).replace("_", " "), "because": reason["because"], "when": when}


def _case(case: Case, words: Sequence[Mapping[str, Any]], sight: Sight, eyes: Eyes) -> dict[str, Any]:
    step = sight.playbook.step(case.step) if case.step else None
    owner = case.claimed_name or case.owner_name
    return {
        "id": case.id,
        "because": case.because,
        "step": step.title if step else "",
        "state": eyes.say(f"card.state_{case.state}", {"owner": owner}),
        "owner": owner,
        "opened": eyes.when(case.opened_at),
        "closed": eyes.when(case.closed_at),
        "reason": case.reason,
        "note": case.note,
        "ended": case.ended_why,
        "words": [_said(one, eyes) for one in words],
    }


def _said(one: Mapping[str, Any], eyes: Eyes) -> dict[str, Any]:
    mouth = one.get("mouth", "")
    return {
        "who": one["who"],
        "role": one["role"],
        "role_words": eyes.say(f"story.role_{one['role']}") if one["role"] in ("customer", "csm", "note") else "",
        "by": eyes.say(f"card.mouth_{mouth}") if mouth in ("slack", "email", "page") else "",
        "when": eyes.when(one["at"]),
        "text": one["text"] or (eyes.say("story.pressed") if one["role"] == "customer" and not one.get("files") else ""),
        "files": [str(file.get("name", "")) for file in one.get("files") or ()],
    }


def _theirs(message: Mapping[str, Any]) -> bool:
    return str(message["to"]).startswith("person:")


def _message(message: Mapping[str, Any], eyes: Eyes) -> dict[str, Any]:
    name = f"{message['message']} ({message['variant']})" if message["variant"] else str(message["message"])
    return {
        "name": name.replace("_", " "),
        "channel": message["channel"],
        "state": eyes.say(f"story.fate_{message['state']}"),
        "bad": message["state"] in ("failed", "unknown", "suppressed"),
        "when": eyes.when(message["sent_at"]),
        "error": message["error"] if message["state"] != "sent" else "",
    }


def _line(line: Happening, eyes: Eyes) -> dict[str, Any]:
    return {
        "when": eyes.when(line.at),
        "kind": line.kind,
        "text": line.text,
        "why": line.why,
        "messages": [_message(message, eyes) | {"to_team": not _theirs(message)} for message in line.messages],
    }


def _plain(value: object) -> str:
    """A trait as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
