"""The app without servers, for measuring: the real engine, storage and delivery, and a channel that answers at once."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from bot.channels import Channel, Drawing, Letter, Receipt
from bot.compose import Composer
from bot.deliver import Delivery
from bot.handle import Door
from bot.links import Links
from bot.pacing import OwnPace, SharedPace
from bot.render import Surface
from bot.shelf import Shelf, read_books
from bot.world import World
from flows.decision import To
from flows.events import AnyEvent, Joined, Traits
from flows.people import Subject
from storage.chores import Chores
from storage.outbox import Outbox
from storage.paces import Paces
from storage.store import Store, open_store


class Quiet:
    """A channel that takes everything at once. `kept`, when somebody sets it, gets to see every letter."""

    name = "email"
    surfaces: frozenset[Surface] = frozenset({"html", "text"})

    def __init__(self) -> None:
        self.sent = 0
        self.kept: Callable[[Letter], object] | None = None

    def reaches(self, letter_to: To, subject: Subject) -> bool:
        return bool(letter_to.kind == "person" and subject.person.email)

    def send(self, letter: Letter) -> Receipt:
        self.sent += 1
        if self.kept is not None:
            self.kept(letter)
        return Receipt(provider_id=str(letter.id))

    def draw(self, drawing: Drawing) -> None:
        """Nothing is drawn."""

    def find(self, letter_id: int, letter_to: To, subject: Subject) -> str | None:  # noqa: ARG002
        return None


class QuietSlack(Quiet):
    """Slack as customers have it: all of them are there whose user is known."""

    name = "slack"
    surfaces: frozenset[Surface] = frozenset({"slack"})

    def reaches(self, letter_to: To, subject: Subject) -> bool:
        return bool(letter_to.kind == "person" and subject.person.slack)


class QuietTeam(Quiet):
    """Slack as our own people have it: cards and threads are taken at once, customers are not there."""

    name = "slack"
    surfaces: frozenset[Surface] = frozenset({"slack"})

    def reaches(self, letter_to: To, subject: Subject) -> bool:  # noqa: ARG002
        return letter_to.kind != "person"

    def send(self, letter: Letter) -> Receipt:
        self.sent += 1
        return Receipt(provider_id=f"C_TEAM/{letter.id}")


@dataclass(frozen=True)
class BareHouse:
    store: Store
    shelf: Shelf
    door: Door
    delivery: Delivery
    chores: Chores
    channel: Quiet
    world: World


def an_empty_house(file: Path | None, now: datetime, *, with_team: bool = False, project: Path | None = None) -> BareHouse:
    """A house on its own SQLite file, with world time standing still. `with_team`: what is for our own people arrives."""
    place = file or Path(tempfile.mkdtemp()) / "bench.db"
    return a_house(f"sqlite:///{place}", now, with_team=with_team, project=project)


books_of = cache(read_books)
"""Read once in a process."""


def a_house(
    url: str,
    now: datetime,
    *,
    with_team: bool = False,
    in_slack: bool = False,
    project: Path | None = None,
    knock: Callable[[], None] = lambda: None,
    running: bool = False,
) -> BareHouse:
    """A house on any database, which is migrated when it is SQLite. `running`: world time goes on from `now`.

    `with_team`: Slack is there for our own people; `in_slack`: for customers.
    """
    books, problems = books_of(project)
    assert not problems, problems
    store, shelf, world = open_store(url), Shelf(project, books), World()
    (world.set if running else world.hold)(now)
    door, channel = Door(store, shelf.playbooks, world, knock), Quiet()
    composer = Composer(Links("https://example.test", "a-key-for-measuring-only"), "Tally", "1 Harbour Street")
    slack: dict[str, Channel] = {"slack": QuietTeam() if with_team else QuietSlack()} if with_team or in_slack else {}
    channels: dict[str, Channel] = {"email": channel, **slack}
    pace = OwnPace({}) if store.database.is_sqlite else SharedPace(Paces(store.database), {})
    delivery = Delivery(Outbox(store.database), door, shelf, channels, composer, pace=pace)
    return BareHouse(store, shelf, door, delivery, Chores(store.database), channel, world)


def sign_up(house: BareHouse, n: int, at: datetime) -> list[str]:
    """Let n people join; returns their ids."""
    people = house.store.identify_all([[("external", "", f"u{i}"), ("email", "", f"u{i}@acme.test")] for i in range(n)])
    for start in range(0, n, 250):
        events: list[AnyEvent] = []
        for i, who in list(enumerate(people))[start : start + 250]:
            traits = {"name": f"Person {i}", "email": f"u{i}@acme.test", "timezone": "Europe/Berlin"}
            events.append(Traits(source="bench", key=f"traits{i}", who=who, at=at, person=traits))
            events.append(Joined(source="bench", key=f"joined{i}", who=who, at=at))
        house.door.handle(*events)
    return people
