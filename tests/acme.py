"""The example project of Acme Dispatch for tests: its books, its sixty people, and the month of each as the engine lives it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.drawing import see
from bot.facts import message_facts
from bot.links import Links
from bot.render import Rendered, render
from bot.shelf import Books, read_books
from bot.slack.cards import message_blocks
from flows.decision import Say
from flows.events import AnyEvent, Joined, Left, ProductEvent, Traits
from flows.people import Account, Person, Subject
from flows.simulate import Turn, after, live

ACME = Path(__file__).resolve().parent.parent / "examples" / "acme"
END = datetime(2026, 4, 10, tzinfo=UTC)
"""When the last of the sixty journeys is over."""

_LINKS = Links("https://hello.example.com", "a secret of at least sixteen")


@cache
def people() -> dict[str, dict[str, str]]:
    """The rows of people.csv by name."""
    with (ACME / "people.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


@cache
def lines() -> list[dict[str, Any]]:
    """The lines of events.jsonl in the order in which they arrive."""
    return [json.loads(line) for line in (ACME / "events.jsonl").read_text(encoding="utf-8").splitlines()]


def moment(line: dict[str, Any]) -> datetime:
    """When the event of a line happened, in UTC."""
    return datetime.fromisoformat(line["timestamp"]).astimezone(UTC)


@cache
def books() -> Books:
    """The project's books; nothing may be wrong with them."""
    found, problems = read_books(ACME)
    assert not problems, "\n".join(str(problem) for problem in problems)
    return found


@dataclass(frozen=True)
class Month:
    """What Handrail does for one person when each of their events arrives as it happens. Teammates do nothing."""

    turns: list[Turn]
    zone: ZoneInfo

    def says(self) -> Iterator[tuple[datetime, Say]]:
        """Everything said to them or about them, in their local time."""
        for turn in self.turns:
            for say in turn.decision.says:
                yield turn.at.astimezone(self.zone), say

    def diary(self) -> list[str]:
        """The same in words: the day, the message, its variant."""
        return [f"{at:%a %d} {say.message}{f' ({say.variant})' if say.variant else ''}" for at, say in self.says()]

    def clock(self, message: str) -> list[str]:
        """At what time of their day a message was said."""
        return [f"{at:%H:%M}" for at, say in self.says() if say.message == message]

    def skipped(self) -> dict[str, str]:
        """The rules that had their chance and did not speak, with the reason."""
        return {r.rule: r.because for turn in self.turns for r in turn.decision.reasons if r.result == "skipped"}

    def end(self) -> Subject:
        """How they stand when all is over."""
        return after(self.turns[-1].decision)

    def why_it_ended(self) -> str:
        """Why the journey ended."""
        journey = self.end().person.journey
        return journey.ended_why if journey else "never enrolled"


@cache
def month_of(name: str) -> Month:
    """One person's month."""
    row = people()[name]
    who = row["external_id"]
    subject = Subject(person=Person(id=who, external_id=who, slack="T1/U1" if row["email"] else ""), account=Account(id=row["account"]))
    turns = list(live(books().playbooks, subject, _events(row), END))
    sight = see(books(), after(turns[-1].decision), END)
    assert sight is not None
    return Month(turns, sight.zone)


def events_of(name: str) -> tuple[Subject, list[AnyEvent]]:
    """Somebody before anything was heard of them, and all that then is, each once."""
    row = people()[name]
    who = row["external_id"]
    return Subject(person=Person(id=who, external_id=who), account=Account(id=row["account"])), _events(row)


def _events(row: dict[str, str]) -> list[AnyEvent]:
    who, joined = row["external_id"], datetime.fromisoformat(row["joined_at"])
    told = {key: value for key, value in row.items() if value}
    person = {key.removeprefix("person."): value for key, value in told.items() if "." not in key or key.startswith("person.")}
    account = {key.removeprefix("account."): value for key, value in told.items() if key.startswith("account.")}
    mine = {line["messageId"]: line for line in lines() if line["userId"] == who}
    return [
        Traits(source="import", key="traits", who=who, at=joined, person=person, account=account, account_id=row["account"]),
        Joined(source="import", key="joined", who=who, at=joined),
        *(_product(who, line) for line in mine.values()),
    ]


def _product(who: str, line: dict[str, Any]) -> AnyEvent:
    if line["event"] == "user.deactivated":
        return Left(source="product", key=line["messageId"], who=who, at=moment(line))
    return ProductEvent(source="product", key=line["messageId"], who=who, at=moment(line), name=line["event"])


@dataclass(frozen=True)
class Reading:
    """A message as one of them reads it; `blocks` is all that Slack gets to show, as JSON."""

    mail: Rendered
    blocks: str


def reads(name: str, message: str, *, on: datetime) -> Reading:
    """What they read when that message is said to them at that moment."""
    lived = [turn for turn in month_of(name).turns if turn.at <= on]
    sight = see(books(), after(lived[-1].decision), on)
    assert sight is not None
    journey, links = sight.person.journey, _LINKS.of(sight.person.id, on)
    survey = next((s for s in sight.playbook.surveys if s.message == message), None)
    asks = {"survey": survey.survey, "answers": list(survey.answers)} if survey else {"text": ""}
    facts = message_facts(sight.playbook, sight.subject, sight.checklist, asks, company="Acme Dispatch", now=on, words=books().words)
    read = render(
        books().messages,
        message=message,
        facts=facts,
        checklist=sight.checklist,
        links=links,
        variants=[segment.name for segment in journey.segments.values()] if journey else (),
        locale=sight.person.locale,
    )
    blocks = message_blocks(read.slack_parts, read.button, read.choices, sight.checklist, sight.person.id, sight.speak, step=read.step)
    return Reading(read, json.dumps([blocks, read.slack_text], ensure_ascii=False))
