"""A town to walk through: the whole app, Slack and SendGrid over real HTTP, and a clock that the test moves."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from browsing import Form, Page

from bot.house import House
from bot.main import build
from bot.playground.acts import Acts, acts_in
from bot.playground.demo import WRITE_KEY, Demo
from bot.playground.installation import Registration, dm_id
from bot.playground.installing import Arrived
from bot.playground.seed import acme_world
from bot.playground.values import Channel, Mail, Message, User
from bot.playground.world import World as Workspace
from bot.settings import Settings
from bot.world import World

BOT = "U_HANDRAIL"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
"""How a browser sends a form."""


@dataclass(frozen=True)
class Answer:
    """What the app answered to one request; redirects are not followed."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Town:
    """Ana, her Slack, her inbox, her product, and the team that helps her."""

    demo: Demo
    team: str | None = None

    def at(self, team: str) -> Town:
        """The same town, seen from another workspace of Slack: who says and presses something is in that one."""
        return replace(self, team=team)

    @property
    def workspace(self) -> Workspace:
        """The Slack workspace that we look at: the vendor's, unless `at` says otherwise."""
        return self.demo.workspace if self.team is None else self.demo.workspaces[self.team]

    @property
    def bot(self) -> str:
        """Who the bot is in this workspace."""
        return self.workspace.installation.bot_user

    def installs(self, user: str, **more: str) -> Arrived:
        """Somebody adds the bot to this workspace, from the app's link over Slack's page and back; the vendor's has a link of its own."""
        start = "/slack/install?team=csm" if self.workspace is self.demo.workspace else "/slack/install"
        return self.demo.install(self.workspace.installation.team, user, **({"start": start} | more))

    def comes_from_mail(self, user: str, email: str = "") -> Arrived:
        """Somebody presses "continue in Slack" in their mail, and adds the bot to this workspace. `email`: whose mail, if not their own."""
        who = self.house.store.resolve("email", "", email or self.workspace.users[user].email)
        assert who is not None
        token = self.house.links.continue_in_slack(who, self.demo.now()).rpartition("/")[2]
        return self.installs(user, start=f"/slack/install?for={token}")

    @property
    def house(self) -> House:
        house = self.demo.house
        assert isinstance(house, House)
        return house

    @property
    def acts(self) -> Acts:
        return acts_in(self.workspace, self.demo)

    def settle(self) -> None:
        self.house.settle()

    # People

    def moves_in(self, user: User) -> None:
        """Somebody more has a Slack user; nobody told the bot."""
        workspace = self.workspace
        workspace.users[user.id] = user
        workspace.channels[dm_id(user.id)] = Channel(id=dm_id(user.id), name=user.id, members=(user.id, self.bot))

    def newcomer(self, name: str, /, *, in_slack: bool = False, **traits: Any) -> str:
        """Somebody signs up: `name` in small letters at solo.test, in Slack as U_NAME. Gives the product's id of them."""
        who = name.lower()
        if in_slack:
            self.moves_in(User(id=f"U_{name.upper()}", name=name, email=f"{who}@solo.test", tz="Europe/Berlin"))
        known = {
            "name": name,
            "email": f"{who}@solo.test",
            "timezone": "Europe/Berlin",
            "consent": True,
            "company": {"id": who, "name": f"{name} Ltd"},
        }
        self.post("/v1/identify", {"userId": who, "traits": known | traits})
        self.settle()
        return who

    def says(self, text: str, user: str = "U_ANA") -> list[str]:
        """Somebody writes to the bot; what the bot answered."""
        before = len(self.dm(user))
        self.acts.say(user, text)
        self.settle()
        return [m.text for m in self.dm(user)[before:] if m.user == self.bot]

    def dm(self, user: str = "U_ANA") -> list[Message]:
        return self.workspace.dm(user)

    def heard(self, user: str = "U_ANA") -> list[Message]:
        """What the bot said to somebody."""
        return [m for m in self.dm(user) if m.user == self.bot]

    def last(self, user: str = "U_ANA") -> Message:
        return self.heard(user)[-1]

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

    def opens_home(self, user: str = "U_ANA") -> str:
        """Somebody opens the bot's Home; what they see."""
        self.acts.open_home(user)
        self.settle()
        return json.dumps(self.workspace.home(user), ensure_ascii=False)

    def uses(self, event: str, user: str = "ana", **more: Any) -> None:
        """Ana's product reports what she did, over HTTP."""
        self.post("/v1/track", {"userId": user, "event": event, **more})
        self.settle()

    def inbox(self, email: str = "ana@acme.test") -> list[Mail]:
        return self.demo.workspace.inbox(email)

    # The team

    def channel(self, name: str = "#csm-smb") -> list[Message]:
        found = self.workspace.find_channel(name)
        assert found is not None
        return [m for m in self.workspace.history(found.id) if not m.thread_ts]

    def thread(self, name: str = "#csm-smb") -> list[Message]:
        """What everybody sees in the thread of the latest card."""
        card = self.channel(name)[-1]
        return [m for m in self.workspace.history(card.channel) if m.thread_ts == card.ts and not m.for_user]

    def whispers(self, user: str) -> list[Message]:
        """What only this colleague sees, in any channel."""
        workspace = self.workspace
        return [m for channel in workspace.channels for m in workspace.history(channel) if m.for_user == user]

    def team_presses(self, label: str, user: str = "U_MAYA", name: str = "#csm-smb") -> None:
        card = self.channel(name)[-1]
        block, element = next((b, e) for b, e in buttons(card.blocks) if e["text"]["text"] == label)
        self.acts.click_message(user, (card.channel, card.ts), (block, element["action_id"]))
        self.settle()

    def team_writes(self, text: str, user: str = "U_MAYA", name: str = "#csm-smb") -> None:
        card = self.channel(name)[-1]
        self.acts.reply(user, card.channel, card.ts, text)
        self.settle()

    # Time and the web

    def goes_on(self, to: Any) -> None:
        self.demo.move(to)

    def days(self, n: float) -> None:
        self.demo.move(self.demo.now() + timedelta(days=n))

    def until(self, moment: datetime) -> None:
        self.demo.move(moment)

    def fetch(
        self, method: str, url: str, body: bytes | str | Iterable[bytes] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request to the app. `url` is a path, or an address of the app's own; a `body` in pieces goes without its length."""
        home = urlsplit(self.demo.app_url)
        path = url.removeprefix(self.demo.app_url)
        line = http.client.HTTPConnection(home.hostname or "", home.port, timeout=20)
        try:
            line.request(method, path, body.encode() if isinstance(body, str) else body, dict(headers or {}))
            answer = line.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode())
        finally:
            line.close()

    def submits(self, url: str, **fields: str) -> Answer:
        """A browser sends a form."""
        return self.fetch("POST", url, urlencode(fields), FORM)

    def opens(self, url: str) -> Page:
        """A browser opens an address."""
        answer = self.fetch("GET", url, headers={"Accept": "text/html"})
        assert answer.status == 200, answer.text
        return Page(answer.text)

    def sends(self, form: Form, **filled: str) -> Page:
        """Somebody presses the button of a form; the page that they come to."""
        answer = self.fetch("POST", form.action, urlencode([*(form.fields | filled).items(), *form.ticked]), FORM)
        return self.opens(answer.headers["location"]) if answer.status == 303 else Page(answer.text)

    def tells(self, path: str, body: Any, *, key: str | None = WRITE_KEY) -> Answer:
        """The product tells us something; `body` is sent as JSON, a text or bytes as they are. Without a `key` it says none."""
        raw = body if isinstance(body, str | bytes) else json.dumps(body)
        token = base64.b64encode(f"{key}:".encode()).decode()
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Basic {token}"} if key is not None else {})
        return self.fetch("POST", path, raw, headers)

    def post(self, path: str, body: Any) -> Any:
        """The product tells us something that is in order."""
        answer = self.tells(path, body)
        assert answer.status == 200, answer.text
        return answer.json

    def why(self, email: str = "ana@acme.test") -> list[dict[str, Any]]:
        person = self.house.reports.find_person(email)
        assert person is not None
        return self.house.reports.why(person.id)

    def messages(self, email: str = "ana@acme.test") -> list[str]:
        """The names of all that was said to somebody or about them, in order."""
        return [message["message"] for event in self.why(email) for message in event["messages"]]


@contextmanager
def a_town(folder: Path, project: Path | None = None, *, settings: Mapping[str, Any] | None = None) -> Iterator[Town]:
    """A town for several tests: each signs up people of its own."""
    demo = Demo(build_town, folder, project=project, beating=False, settings=dict(settings or {}))
    demo.start()
    demo.house.settle()
    try:
        yield Town(demo)
    finally:
        demo.stop(keep=True)


@contextmanager
def two_workspaces(
    folder: Path,
    project: Path | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    rotates: bool = False,
    more: Sequence[Callable[..., Workspace]] = (),
) -> Iterator[Town]:
    """The vendor's workspace (T_PLAYGROUND: Maya, Tom, the team's channels), Acme's (T_ACME: Ben, Lia) and `more`; the bot is in none."""
    registration = Registration(rotates=rotates)
    demo = Demo(
        build_town,
        folder,
        project=project,
        beating=False,
        others=(acme_world, *more),
        registration=registration,
        settings=dict(settings or {}),
    )
    demo.start()
    demo.house.settle()
    try:
        yield Town(demo)
    finally:
        demo.stop(keep=True)


def buttons(blocks: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """The buttons of a message, each with its block's id."""
    return [(b["block_id"], e) for b in blocks if b["type"] == "actions" for e in b["elements"] if e["type"] == "button"]


def build_town(settings: Settings, world: World) -> House:
    """How a demo joins the app it hosts."""
    return build(settings, world=world)
