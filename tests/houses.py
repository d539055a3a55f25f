"""A house without wires: the real engine, storage and delivery; channels that do what the test says, and two clocks it moves."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Literal

from stories import MONDAY, a_text

from bot.channels import Drawing, Letter, Receipt, SendError
from bot.clock import tick
from bot.compose import Composer
from bot.deliver import Delivery
from bot.handle import Door
from bot.links import Links
from bot.mailbox import Mailbox
from bot.render import Surface
from bot.shelf import Books, Shelf, read_books
from bot.world import World
from flows.decision import Decision, Draw, To
from flows.events import AnyEvent, Joined, Traits
from flows.people import Person, Subject
from storage.chores import Chores
from storage.outbox import Outbox, Row
from storage.store import open_store

Fate = Literal["taken", "refused", "busy", "not yet", "unreachable", "lost", "answer lost", "defect", "killed before", "killed after"]
"""What becomes of a call: `lost` never arrived and nobody knows, `answer lost` arrived and nobody knows."""

_TROUBLE: dict[Fate, Callable[[], BaseException]] = {
    "refused": lambda: SendError("account_inactive", permanent=True),
    "busy": lambda: SendError("429", busy=True, retry_after=90),
    "not yet": lambda: SendError("its card is not posted yet", retry_after=30),
    "unreachable": lambda: SendError("connection refused"),
    "lost": lambda: SendError("timed out", unknown=True),
    "answer lost": lambda: SendError("timed out", unknown=True),
    "defect": lambda: RuntimeError("this channel has a bug"),
    "killed before": lambda: Killed(),
    "killed after": lambda: Killed(),
}
ARRIVES: tuple[Fate, ...] = ("taken", "answer lost", "killed after")


class Killed(BaseException):
    """The process is gone at this point, as with kill -9: nothing catches it."""


@dataclass
class Clocks:
    """World time, held still, and machine time. `passes` moves both, as on an ordinary day."""

    world: World = field(default_factory=World)
    machine: datetime = MONDAY
    now: datetime = MONDAY

    def __post_init__(self) -> None:
        self.world.hold(self.now)

    def machine_now(self) -> datetime:
        return self.machine

    def at(self, moment: datetime) -> None:
        """The playground moves world time alone."""
        self.now = moment
        self.world.hold(moment)

    def passes(self, span: timedelta) -> None:
        self.at(self.now + span)
        self.machine += span


@dataclass(frozen=True)
class Taken:
    """A message that a provider accepted, at `at` of world time."""

    id: int
    key: str
    message: str
    person: str
    at: datetime
    to: To
    text: str


class Post:
    """A channel and what it took. `fates` come true one call after the other; afterwards all is well."""

    def __init__(self, name: str, clocks: Clocks) -> None:
        self.name = name
        self.surfaces: frozenset[Surface] = frozenset({"slack"} if name == "slack" else {"html", "text"})
        self.clocks = clocks
        self.taken: list[Taken] = []
        self.drawn: list[Drawing] = []
        self.fates: deque[Fate] = deque()
        self.drawing_fates: deque[Fate] = deque()
        self.searched: list[int] = []
        self.before_fence: Callable[[], None] = lambda: None
        self.before_taking: Callable[[Letter], None] = lambda _: None
        self.search_fails: Exception | None = None

    def reaches(self, letter_to: To, subject: Subject) -> bool:
        self.before_fence()
        return letter_to.kind != "person" or bool(getattr(subject.person, self.name))

    def send(self, letter: Letter) -> Receipt:
        self.before_taking(letter)
        fate = self.fates.popleft() if self.fates else "taken"
        if fate in ARRIVES:
            text = letter.rendered.slack_text or letter.rendered.text
            who = letter.subject.person.id
            self.taken.append(Taken(letter.id, letter.key, letter.message, who, self.clocks.now, letter.to, text))
        if fate != "taken":
            raise _TROUBLE[fate]()
        return Receipt(provider_id=self._place(letter.id), payload={"blocks": [letter.id]})

    def draw(self, drawing: Drawing) -> None:
        fate = self.drawing_fates.popleft() if self.drawing_fates else "taken"
        if fate in ARRIVES:
            self.drawn.append(drawing)
        if fate != "taken":
            raise _TROUBLE[fate]()

    def find(self, letter_id: int, letter_to: To, subject: Subject) -> str | None:  # noqa: ARG002
        self.searched.append(letter_id)
        if self.search_fails:
            raise self.search_fails
        return self._place(letter_id) if any(one.id == letter_id for one in self.taken) else None

    @staticmethod
    def _place(letter_id: int) -> str:
        return f"C1/{letter_id}"


class WatchedDoor(Door):
    """Remembers what was decided. `before` and `after` are called around every commit and may end the process there."""

    decided: list[tuple[datetime, Decision]]
    before: Callable[[tuple[AnyEvent, ...]], None]
    after: Callable[[tuple[AnyEvent, ...]], None]

    def decide(self, *events: AnyEvent, raw: str | Mapping[tuple[str, str], str] = "") -> list[Decision]:
        self.before(events)
        decisions = super().decide(*events, raw=raw)
        self.decided += [(self.now(), decision) for decision in decisions]
        self.after(events)
        return decisions


class House:
    """One process: it can be dropped at any point and another be opened on the same file."""

    def __init__(self, file: Path | str, clocks: Clocks, slack: Post, email: Post | None = None, shelf: Shelf | None = None) -> None:
        """`file` is SQLite's, or the address of any database."""
        self.clocks, self.slack, self.email, self.file = clocks, slack, email, file
        self.shelf = shelf or Shelf(None, little_books())
        self.store = open_store(file if isinstance(file, str) else f"sqlite:///{file}")
        self.outbox = Outbox(self.store.database)
        self.chores = Chores(self.store.database)
        self.door = WatchedDoor(self.store, self.shelf.playbooks, clocks.world)
        self.door.decided, self.door.before, self.door.after = [], lambda _: None, lambda _: None
        self.channels = {"slack": slack} | ({"email": email} if email else {})
        mailbox = Mailbox(domain="tally.test", reply_domain="reply.tally.test", secret_key="a secret of at least sixteen")
        links = Links("https://hello.test", "a secret of at least sixteen")
        self.composer = Composer(links, "Tally", "1 Harbour Street, Hamburg", mailbox=mailbox)
        self.delivery = Delivery(self.outbox, self.door, self.shelf, self.channels, self.composer, machine=clocks.machine_now)
        self._n = itertools.count()

    def another(self) -> House:
        """A second process on the same file."""
        return House(self.file, self.clocks, self.slack, self.email, self.shelf)

    def hears(self, kind: type[AnyEvent], who: str, /, *, at: datetime | None = None, key: str = "", **what: Any) -> None:
        """Something happens to somebody, now or at `at`."""
        event = kind(source="test", key=key or f"{id(self)}.{next(self._n)}", who=who, at=at or self.clocks.now, **what)
        self.door.handle(event)

    def joins(
        self, name: str = "ana", *, slack: bool = True, email: bool = True, account: str = "acme", zone: str = "Europe/Berlin"
    ) -> str:
        """Somebody signs up; their name is their id, so that every run gives them the same minutes."""
        traits: dict[str, Any] = {"name": name.title(), "timezone": zone, "consent": True}
        traits |= ({"email": f"{name}@acme.test"} if email else {}) | ({"slack": f"T1/{name.upper()}"} if slack else {})
        self.hears(Traits, name, person=traits, account_id=account)
        self.hears(Joined, name)
        return name

    def settle(self) -> None:
        """Wake, decide and send all that is due now."""
        while tick(self.door, self.chores) + self.delivery.drain():
            pass

    def goes_on(self, to: datetime) -> None:
        """Time passes, and everything happens when it is due."""
        self.settle()
        while self.clocks.now < to:
            due = self.store.next_due()
            stop = due if due and due > self.clocks.now else self.clocks.now + timedelta(hours=6)
            self.clocks.passes(min(stop, to) - self.clocks.now)
            self.settle()

    def row(self, who: str, message: str) -> Row:
        """The last thing said to or about them with that name."""
        rows = [row for row in self.rows() if row.message == message and row.person == who]
        assert rows, f"nobody said {message}"
        return rows[-1]

    def rows(self) -> list[Row]:
        """The whole outbox, oldest first."""
        return all_rows(self.outbox)

    def person(self, who: str) -> Person:
        found = self.door.view(who)
        assert found is not None
        return found.person

    def draws(self, surface: str, who: str) -> list[Drawing]:
        return [d for d in self.slack.drawn if d.draw == Draw(surface, who)]  # type: ignore[arg-type]


def all_rows(outbox: Outbox) -> list[Row]:
    with outbox._database.read() as connection:  # a question no part of the house asks
        from sqlalchemy import select

        from storage.queued import queued
        from storage.tables import outbox as table

        return [queued(row) for row in connection.execute(select(table).order_by(table.c.id))]


def write_little(project: Path, **changed: str) -> None:
    """The little playbook, perhaps with some parts changed, and a message of its own, as a project."""
    (project / "playbooks").mkdir(parents=True)
    (project / "playbooks" / "little.yaml").write_text(a_text(**changed))
    (project / "templates" / "messages").mkdir(parents=True)
    (project / "templates" / "messages" / "saw_page.md").write_text("---\nsubject: That page\n---\nYou looked at a page.\n")


@cache
def little_books(**changed: str) -> Books:
    """That project as it is read, with the shipped messages."""
    project = Path(mkdtemp())
    write_little(project, **changed)
    books, problems = read_books(project)
    assert not problems, "\n".join(map(str, problems))
    return books
