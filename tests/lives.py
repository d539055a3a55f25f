"""Many people's weeks on the little playbook, from which a model of risk can learn: keen ones, and ones who go quiet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from stories import LITTLE, MONDAY, a_text

from flows.events import AnyEvent, Joined, ProductEvent
from flows.hindsight import Lived
from flows.library import Playbooks
from flows.people import Person, Subject
from flows.simulate import after, live

SIGNALS = """
  views: {event: page.viewed, in: 7 days}
  quiet: {event: any, counts: since_last}
"""
TEXT = a_text(
    LITTLE,
    signals=SIGNALS,
    triggers="[]",
    surveys="[]",
    escalations="[]",
    sequence="[{message: welcome, right_away: true}]",
    ends="20 days",
)
OVER = timedelta(days=24)


def doings(who: str, chance: Random) -> list[AnyEvent]:
    """What one of them does: how keen they are decides how often they look at pages, and whether there is a report in the end."""
    keen = chance.random()

    def does(name: str, day: float) -> AnyEvent:
        return ProductEvent(source="product", key=f"{who} {name} {day:.3f}", who=who, at=MONDAY + timedelta(days=day), name=name)

    did: list[AnyEvent] = [Joined(source="product", key=f"{who} joins", who=who, at=MONDAY)]
    did += [does("page.viewed", day + chance.random() / 3) for day in range(16) if chance.random() < 0.6 * keen]
    if chance.random() < keen:
        did.append(does("source.connected", 6 * chance.random()))
    if chance.random() < 0.1 + 0.8 * keen:
        did.append(does("report.created", 8 + 10 * chance.random()))
    return did


def lives(playbooks: Playbooks, n: int, seed: int = 11) -> Iterator[Lived]:
    """The whole journeys of so many people, by the real engine."""
    chance = Random(seed)
    for number in range(n):
        who = f"p{number:03}"
        subject, heard = Subject(person=Person(id=who)), []
        for turn in live(playbooks, subject, doings(who, chance), MONDAY + OVER):
            subject = after(turn.decision)
            heard.append((turn.event, turn.at))
        yield Lived(person=subject.person, account=None, heard=heard)
