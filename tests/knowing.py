"""A door with people behind it whom senders call by many names, for tests of who is who."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import event as sa_event
from stories import MONDAY, a_playbook

from bot.handle import Door
from bot.knowing import Ids, Knowing
from bot.world import World
from flows.events import AnyEvent, Joined, ProductEvent, Tick, Traits
from flows.library import Playbooks
from flows.people import Person, Subject
from storage.merges import Merge, Name, names_of, of_person
from storage.migrate import upgrade
from storage.outbox import Outbox
from storage.rebuild import rebuild
from storage.reports import Reports
from storage.splitting import undo
from storage.store import open_store


@cache
def _migrated() -> Path:
    file = Path(mkdtemp()) / "handrail.db"
    upgrade(f"sqlite:///{file}")
    return file


class Street:
    """Where people live who are called by many names. Time stands still until the test moves it."""

    def __init__(self, playbooks: Playbooks | None = None) -> None:
        file = Path(mkdtemp()) / "handrail.db"
        shutil.copy(_migrated(), file)
        self.store = open_store(f"sqlite:///{file}")
        self.playbooks = playbooks or a_playbook()
        self.world = World()
        self.at(MONDAY)
        self.door = Door(self.store, lambda: self.playbooks, self.world)
        self.knowing = Knowing(self.door)
        self._n = itertools.count()

    def at(self, moment: datetime) -> None:
        self.now = moment
        self.world.hold(moment)

    def who(self, **ids: str) -> str:
        return self.knowing.who(Ids(**ids))

    def hears(self, event: type[AnyEvent], who: str, *, at: datetime | None = None, key: str = "", **what: Any) -> None:
        self.door.handle(event(source="test", key=key or f"e{next(self._n)}", who=who, at=at or self.now, **what))

    def joins(self, *, at: datetime | None = None, account: str | None = None, **ids: str) -> str:
        """Somebody signs up: identified, with what is known of them, and joined."""
        who = self.who(**ids)
        told = {name: value for name, value in ids.items() if name in ("email", "slack")}
        self.hears(Traits, who, at=at, person=told, account_id=account)
        self.hears(Joined, who, at=at)
        return who

    def does(self, name: str, *, at: datetime | None = None, key: str = "", **ids: str) -> str:
        who = self.who(**ids)
        self.hears(ProductEvent, who, at=at, key=key, name=name)
        return who

    def subject(self, who: str) -> Subject:
        found = self.door.view(who)
        assert found
        return found

    def person(self, who: str) -> Person:
        return self.subject(who).person

    def called(self, who: str) -> set[tuple[str, str]]:
        """What others call them."""
        return {(one.kind, "/".join(filter(None, (one.namespace, one.value)))) for one in self.names(who)}

    def names(self, who: str) -> list[Name]:
        return names_of(self.store.database, who)

    def merges(self, who: str) -> list[Merge]:
        return of_person(self.store.database, who)

    def wakes(self, *who: str) -> None:
        """The clock comes round."""
        for one in who:
            self.hears(Tick, one)

    def holds(self, who: str) -> bool:
        """Whether what is saved of them is what their events come to."""
        return rebuild(self.store, self.playbooks, who) == self.person(who)

    def split(self, who: str) -> tuple[Person, Person]:
        last = [one for one in self.merges(who) if not one.refused and one.undone_at is None][-1]
        return undo(self.store, self.playbooks, last, self.now, "maya")

    def all(self) -> list[dict[str, Any]]:
        """Everybody there is."""
        return Reports(self.store.database).people_list()

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The statements that are sent meanwhile."""
        sent: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith("BEGIN"):
                sent.append(statement)

        engine = self.store.database.engine
        sa_event.listen(engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            sa_event.remove(engine, "before_cursor_execute", note)

    def state_of(self, key: str) -> str | None:
        row = Outbox(self.store.database).row(key)
        return row.state if row else None

    def close(self) -> None:
        self.store.close()
