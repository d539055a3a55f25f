"""The month of examples/acme as the whole app lives it: sixty people, their product's events in order of arrival, and a few who do more."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from acme import ACME, lines, moment, people
from town import Town, build_town

from bot import knowing
from bot.commands.import_people import let_in
from bot.commands.people_file import read_people
from bot.drawing import see
from bot.playground.demo import WRITE_KEY, Demo
from flows.people import Person
from storage import account_names, identities
from storage.reports import Told

MONDAY = datetime(2026, 3, 1, 21, 0, tzinfo=UTC)
"""Eight o'clock on Monday where the first of them works."""

WEEK, MONTH = datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 4, 10, tzinfo=UTC)
"""A week later, and when the last of the sixty journeys is over."""

BOB, DESK = "<!channel> & <b>Bob</b>", "#dispatch-desk"

_HOUR = timedelta(hours=1)
_ON_THE_WAY = timedelta(seconds=5)

Act = tuple[datetime, Callable[[Town], object]]
"""What somebody does at a moment."""


@dataclass
class Replay:
    """Acme's people in a town of their own. World time stands still between events, so that two runs tell the same story."""

    town: Town
    product: http.client.HTTPConnection
    _said: dict[str, list[Told]] = field(default_factory=dict)

    def live(self, until: datetime, acts: Sequence[Act]) -> None:
        """Everything that reaches the app up to that moment, each at its moment; what falls due on the way happens in between."""
        due = [*self._imports(), *self._arrivals(), *acts]
        for at, act in sorted((act for act in due if act[0] <= until), key=lambda act: act[0]):
            self._wait(at)
            act(self.town)
        self._wait(until)

    def person(self, name: str) -> Person:
        """Somebody as saved, by their name in people.csv."""
        found = self.town.house.reports.find_person(people()[name]["external_id"])
        assert found is not None, name
        return found

    def zone(self, name: str) -> ZoneInfo:
        """Where the app takes somebody to be."""
        door = self.town.house.door
        sight = see(self.town.house.shelf.books, door.view(self.person(name).id), door.now())
        assert sight is not None
        return sight.zone

    def why(self, name: str) -> list[Told]:
        """All that happened to somebody, asked once."""
        if name not in self._said:
            self._said[name] = self.town.house.reports.why(self.person(name).id)
        return self._said[name]

    def told(self, name: str) -> list[Told]:
        """The messages to somebody, in the order in which they were decided."""
        return [m for event in self.why(name) for m in event["messages"] if m["to"].startswith("person:")]

    def diary(self, name: str) -> list[str]:
        """The same in words: the day where they are, the message, the channel."""
        return [f"{at:%a %d} {m['message']} by {m['channel']}" for at, m in self.sent(name)]

    def clock(self, name: str, message: str) -> list[str]:
        """At what time of their day a message was sent."""
        return [f"{at:%H:%M}" for at, m in self.sent(name) if m["message"] == message]

    def sent(self, name: str) -> list[tuple[datetime, Told]]:
        """What was sent to somebody, and when, in their zone."""
        zone = self.zone(name)
        return [(datetime.fromisoformat(m["sent_at"]).astimezone(zone), m) for m in self.told(name) if m["sent_at"]]

    def reasons(self, name: str, rule: str) -> list[tuple[str, str]]:
        """What was found of one rule, in order: the result and why."""
        return [(r["result"], r["because"]) for event in self.why(name) for r in event["reasons"] if r["rule"] == rule]

    def skipped(self, name: str) -> dict[str, str]:
        """The rules that had their chance and did not speak, with the reason."""
        return {r["rule"]: r["because"] for event in self.why(name) for r in event["reasons"] if r["result"] == "skipped"}

    @cached_property
    def unique(self) -> dict[str, list[dict[str, Any]]]:
        """What each did, by external id: the lines that have arrived, each once."""
        now, found = self.town.demo.now(), dict[str, dict[str, dict[str, Any]]]()
        for at, line in arrivals():
            if at <= now:
                found.setdefault(line["userId"], {}).setdefault(line["messageId"], line)
        return {who: list(mine.values()) for who, mine in found.items()}

    def _wait(self, until: datetime) -> None:
        house, clock = self.town.house, self.town.demo.clock
        while (due := house.store.next_due()) and due <= until:
            clock.hold(max(clock.now(), due))
            house.settle()
        clock.hold(until)

    def _imports(self) -> Iterator[Act]:
        """Each full hour of the first week the same file comes again; who has not joined yet stays out."""
        joined = sorted(datetime.fromisoformat(row["joined_at"]) for row in people().values())
        hours = dict.fromkeys(at.replace(minute=0, second=0) + _HOUR for at in joined)
        return ((at, lambda _: self._import()) for at in hours)

    def _import(self) -> None:
        house = self.town.house
        file = read_people(ACME / "people.csv", house.shelf.playbooks(), self.town.demo.now())
        assert all("lies ahead" in why for _, why in file.bad)
        let_in(house.store, house.shelf.playbooks(), file.rows, self.town.demo.now())

    def _arrivals(self) -> Iterator[Act]:
        token = base64.b64encode(f"{WRITE_KEY}:".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {token}"}

        def tells(line: dict[str, Any]) -> None:
            self.product.request("POST", "/v1/track", json.dumps(line).encode(), headers)
            answer = self.product.getresponse()
            assert (answer.status, answer.read()) == (200, b'{"success":true}'), line

        return ((at, lambda _, line=line: tells(line)) for at, line in arrivals())


def arrivals() -> Iterator[tuple[datetime, dict[str, Any]]]:
    """When each line reaches the app: the file's clock is its latest timestamp so far."""
    newest = MONDAY
    for line in lines():
        newest = max(newest, moment(line))
        yield newest + _ON_THE_WAY, line


@contextmanager
def acme_town(folder: Path) -> Iterator[Replay]:
    """A town with Acme's playbooks in which nobody has signed up yet, on that Monday. Ids are the same each time."""
    folder.mkdir(parents=True)
    (folder / "clock.json").write_text(json.dumps({"now": MONDAY.isoformat()}))
    chance = Random("acme")
    with pytest.MonkeyPatch.context() as patch:
        for ids in (identities, account_names, knowing):
            patch.setattr(ids, "uuid4", lambda: UUID(int=chance.getrandbits(128), version=4))
        demo = Demo(build_town, folder, project=ACME, beating=False)
        demo.clock.hold(MONDAY)
        demo.start()
        home = urlsplit(demo.app_url)
        with closing(http.client.HTTPConnection(home.hostname or "", home.port, timeout=20)) as product:
            yield Replay(Town(demo), product)
        demo.stop(keep=True)
