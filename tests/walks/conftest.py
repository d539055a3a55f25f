"""A town to walk through: the whole app, Slack and SendGrid over real HTTP, and a clock that the test moves."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.main import House, build
from bot.playground.acts import Acts, acts_in
from bot.playground.demo import WRITE_KEY, Demo
from bot.playground.values import Message
from bot.settings import Settings
from bot.world import World


@dataclass
class Town:
    """Ana, her Slack, her inbox, her product, and the team that helps her."""

    demo: Demo

    @property
    def house(self) -> House:
        house = self.demo.house
        assert isinstance(house, House)
        return house

    @property
    def acts(self) -> Acts:
        return acts_in(self.demo.workspace, self.demo)

    def settle(self) -> None:
        self.house.settle()

    # Ana

    def says(self, text: str, user: str = "U_ANA") -> list[str]:
        """Somebody writes to the bot; what the bot answered."""
        before = len(self.dm(user))
        self.acts.say(user, text)
        self.settle()
        return [m.text for m in self.dm(user)[before:] if m.user == "U_HANDRAIL"]

    def dm(self, user: str = "U_ANA") -> list[Message]:
        return self.demo.workspace.dm(user)

    def last(self, user: str = "U_ANA") -> Message:
        return [m for m in self.dm(user) if m.user == "U_HANDRAIL"][-1]

    def presses(self, label: str, user: str = "U_ANA") -> None:
        """Ana presses a button by the words on it, on the latest message that has it."""
        for message in reversed(self.dm(user)):
            for block, element in buttons(message.blocks):
                if element["text"]["text"] == label:
                    self.acts.click_message(user, (message.channel, message.ts), (block, element["action_id"]))
                    self.settle()
                    return
        raise AssertionError(f"nothing says {label!r}")

    def labels(self, user: str = "U_ANA") -> list[str]:
        return [element["text"]["text"] for _, element in buttons(self.last(user).blocks)]

    def uses(self, event: str, user: str = "ana", **more: Any) -> None:
        """Ana's product reports what she did, over HTTP."""
        self.post("/v1/track", {"userId": user, "event": event, **more})
        self.settle()

    def inbox(self, email: str = "ana@acme.test") -> list[Any]:
        return self.demo.workspace.inbox(email)

    # The team

    def channel(self, name: str = "#csm-smb") -> list[Message]:
        found = self.demo.workspace.find_channel(name)
        assert found is not None
        return [m for m in self.demo.workspace.history(found.id) if not m.thread_ts]

    def thread(self) -> list[Message]:
        card = self.channel()[-1]
        return [m for m in self.demo.workspace.history(card.channel) if m.thread_ts == card.ts and not m.for_user]

    def team_presses(self, label: str, user: str = "U_MAYA") -> None:
        card = self.channel()[-1]
        block, element = next((b, e) for b, e in buttons(card.blocks) if e["text"]["text"] == label)
        self.acts.click_message(user, (card.channel, card.ts), (block, element["action_id"]))
        self.settle()

    def team_writes(self, text: str, user: str = "U_MAYA") -> None:
        card = self.channel()[-1]
        self.acts.reply(user, card.channel, card.ts, text)
        self.settle()

    # Time and the web

    def goes_on(self, to: Any) -> None:
        self.demo.move(to)

    def days(self, n: float) -> None:
        self.demo.move(self.demo.now() + timedelta(days=n))

    def until(self, moment: datetime) -> None:
        self.demo.move(moment)

    def post(self, path: str, body: Any, *, key: str = WRITE_KEY) -> Any:
        import base64

        token = base64.b64encode(f"{key}:".encode()).decode()
        request = urllib.request.Request(
            self.demo.app_url + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Basic {token}"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def why(self, email: str = "ana@acme.test") -> list[dict[str, Any]]:
        person = self.house.reports.find_person(email)
        assert person is not None
        return self.house.reports.why(person.id)


def buttons(blocks: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [(b["block_id"], e) for b in blocks if b["type"] == "actions" for e in b["elements"] if e["type"] == "button"]


def _build(settings: Settings, world: World) -> House:
    return build(settings, world=world)


@pytest.fixture
def towns(tmp_path: Path) -> Iterator[Callable[..., Town]]:
    """Towns on demand; all end with the test."""
    open_ones: list[Demo] = []

    def found(folder: str = "town", project: Path | None = None) -> Town:
        demo = Demo(_build, tmp_path / folder, project=project, beating=False)
        open_ones.append(demo)
        demo.start()
        demo.house.settle()
        return Town(demo)

    yield found
    for demo in open_ones:
        demo.stop(keep=True)


@pytest.fixture
def town(towns: Callable[..., Town]) -> Town:
    """Ana signed up a minute ago."""
    return towns()
