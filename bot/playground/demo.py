"""The demo: the unmodified app beside the playground, a person who signed up a minute ago, and a clock that can be moved."""

from __future__ import annotations

import base64
import json
import shutil
import threading
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.playground.acts import acts_in
from bot.playground.host import Move
from bot.playground.installation import Registration
from bot.playground.installing import Arrived, install
from bot.playground.mail_account import MailAccount
from bot.playground.mail_reports import Pump
from bot.playground.seed import ANA, demo_world
from bot.playground.sendgrid_api import SENDER
from bot.playground.serve import Served
from bot.playground.server import create_playground
from bot.playground.values import Channel, Json
from bot.playground.workspaces import Workspaces
from bot.playground.world import World as Workspace
from bot.settings import Settings
from bot.world import World

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday, ten o'clock where Ana lives."""

SIGNING_SECRET = "the-playgrounds-signing-secret"
WRITE_KEY = "playground-write-key"
INBOUND_SECRET = "the-playgrounds-inbound-secret"
REPLY_DOMAIN = "reply.tally.test"
STEP = timedelta(hours=1)
_SHOWN = 400

Opening = Callable[[Callable[[], datetime], Path], Workspace]
"""How a workspace begins: from the world's clock, and the file that keeps it over a kill. See `seed.acme_world`."""


class Running(Protocol):
    """The app as the demo drives it: bot.house.House."""

    @property
    def web(self) -> ASGIApp: ...

    @property
    def store(self) -> Any: ...

    @property
    def reports(self) -> Any: ...

    @property
    def shelf(self) -> Any: ...

    def settle(self) -> None: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Demo:
    """Hosts the app for the playground's page (see `Host`). State lives in `folder`, so that a killed demo goes on where it was.

    Not `beating`, nothing happens by itself: whoever holds it settles the house, as tests do. With `others`, the workspaces of
    customers, the app is installed nowhere yet, and comes in by OAuth (`install`). `settings` go before the demo's own.
    """

    def __init__(
        self,
        build: Callable[[Settings, World], Running],
        folder: Path,
        *,
        port: int = 0,
        project: Path | None = None,
        beating: bool = True,
        others: Sequence[Opening] = (),
        registration: Registration | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self._beating = beating
        self._build = build
        self._folder = folder
        self._project = project
        self._given = dict(settings or {})
        self._served = Served(port)
        self._moving = threading.Lock()
        self.clock = World()
        self.app_url = self._served.url
        self.signing_secret = SIGNING_SECRET
        self.write_key = WRITE_KEY
        self.resumed = (folder / "clock.json").exists()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        at, database = self._remembered()
        self._database = folder / database
        self.clock.set(at)
        self.workspace: Workspace = demo_world(self.clock.now, folder / "playground.jsonl", installed=not others)
        self.workspaces = Workspaces(self.workspace, *self._opened(others), registration=registration)
        self._account = MailAccount()
        self._reporting = Pump(self.workspace.reports, self._tell_reports)
        try:
            self.house = self._new_house()
        except BaseException:
            self._let_go()
            raise
        self._open_team_channels()

    def start(self) -> None:
        """Serve, and let Ana sign up when she has not yet."""
        self._served.start(create_playground(self.workspaces, self, self._hosted))
        if self._beating:
            self.house.start()
            self._reporting.start()
        if not self.resumed:
            self._sign_up()
        self._remember()

    def stop(self, *, keep: bool = False) -> None:
        """End. Without `keep` the next demo begins anew."""
        self._reporting.stop()
        self.house.stop()
        self._let_go()
        if not keep:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _let_go(self) -> None:
        self._served.stop()
        for workspace in self.workspaces:
            workspace.close()

    def start_over(self) -> None:
        """Forget everything and begin again on that Monday, on a database of its own: whoever still looks at the old one may finish."""
        with self._moving:
            before, old = self.house, self._database
            before.stop()
            self.clock.set(START)
            for workspace in self.workspaces:
                workspace.clear()
            self._database = self._folder / f"handrail-{uuid4().hex[:8]}.db"
            self.house = self._new_house()
            if self._beating:
                self.house.start()
            self._remember()
            for part in old.parent.glob(f"{old.name}*"):
                part.unlink(missing_ok=True)
        self._sign_up()

    def install(self, team: str, user: str, **more: str) -> Arrived:
        """Somebody adds the app to their workspace, by the routes that a browser would take; where that ends. See `installing.install`."""
        return install(self.app_url, team, user, **more)

    # What the page asks

    @property
    def product_events(self) -> Sequence[Mapping[str, str]]:
        """The buttons of her product: the events of her playbook."""
        playbook = self.house.shelf.playbooks().common
        return [{"event": event, "label": known.title} for event, known in playbook.events.items()] if playbook else []

    @property
    def csm_channels(self) -> Sequence[str]:
        """The team's channels, as the playbooks name them; that of her own playbook first."""
        books = self.house.shelf.playbooks()
        playbooks = sorted(books.taking(), key=lambda playbook: playbook is not books.common)
        return list(dict.fromkeys([*(p.team.channel for p in playbooks), *(p.owner for p in playbooks if p.owner)]))

    def now(self) -> datetime:
        """World time."""
        return self.clock.now()

    def next_due(self) -> str | None:
        """When something happens by itself."""
        due = self.house.store.next_due()
        return due.isoformat() if due else None

    def lateness(self) -> float:
        """Seconds by which the oldest due thing is late."""
        due = self.house.store.next_due()
        return max(0.0, (self.now() - due).total_seconds()) if due else 0.0

    def move(self, to: Move) -> None:
        """Move world time forward, stopping at every due moment and sending all that follows before the next."""
        with self._moving:
            self.house.settle()
            target = self._target(to)
            while (now := self.now()) < target:
                due = self.house.store.next_due()
                stop = due if due and due > now else now + STEP
                self.clock.set(min(max(stop, now), target))
                self.house.settle()
                self._remember()
                self.workspace.touch()
                if stop >= target:
                    break

    def why(self, after: int) -> Sequence[Mapping[str, Any]]:
        """Decisions as they were taken."""
        return [
            {
                "n": found["id"],
                "at": found["at"],
                "person": found["name"],
                "event": found["event"] or found["kind"],
                "reasons": found["reasons"],
                "says": [_message(key) for key in found["says"]],
            }
            for found in self.house.reports.decisions_after(after, _SHOWN)
        ]

    def people(self) -> Sequence[Mapping[str, Any]]:
        """The customers that have a Slack user or an inbox here."""
        return [
            {
                "id": found["id"],
                "name": found["name"],
                "email": found["email"],
                "slack_user": found["slack"].rpartition("/")[2],
                "external_id": found["external_id"],
                "account": found["account_name"],
            }
            for found in self.house.reports.people_list()
        ]

    # Inside

    async def _hosted(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.house.web(scope, receive, send)

    def _new_house(self) -> Running:
        return self._build(self._settings(), self.clock)

    def _tell_reports(self, reports: Sequence[Json]) -> None:
        acts_in(self.workspace, self).post.mail_reports(self.workspace.account, reports)

    def _settings(self) -> Settings:
        installation = self.workspace.installation
        several = not installation.installed
        given: dict[str, Any] = {
            "DATABASE_URL": f"sqlite:///{self._database}",
            "SLACK_BOT_TOKEN": None if several else installation.token,
            "SLACK_APP_TOKEN": None,
            "SLACK_CLIENT_ID": self.workspaces.registration.client_id if several else None,
            "SLACK_CLIENT_SECRET": self.workspaces.registration.client_secret if several else None,
            "HANDRAIL_CSM_TEAM": installation.team if several else None,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": f"{self.app_url}/slack/api/",
            "SENDGRID_API_KEY": installation.mail_key,
            "SENDGRID_API_URL": self.app_url,
            "SENDGRID_SANDBOX": False,
            "HANDRAIL_SLACK_PACE": "no limit",  # a week passes here in a second, and a pace goes by the clock on the wall
            "SMTP_URL": None,
            "SENDGRID_WEBHOOK_PUBLIC_KEY": self._account.public_key,
            "HANDRAIL_FROM_EMAIL": SENDER,
            "HANDRAIL_REPLY_DOMAIN": REPLY_DOMAIN,
            "HANDRAIL_INBOUND_SECRET": INBOUND_SECRET,
            "HANDRAIL_POSTAL_ADDRESS": "Tally Inc., 1 Harbour Street, 20457 Hamburg",
            "HANDRAIL_BASE_URL": self.app_url,
            "HANDRAIL_SECRET_KEY": "the-playgrounds-secret-key",
            "HANDRAIL_WRITE_KEY": WRITE_KEY,
            "HANDRAIL_COMPANY": "Tally",
            "HANDRAIL_PROJECT": self._project,
        }
        names = {name: str(known.alias) for name, known in Settings.model_fields.items()}
        settings = Settings(_env_file=None, **(given | {names.get(name, name): value for name, value in self._given.items()}))
        self._open_account(settings)
        return settings

    def _open_account(self, settings: Settings) -> None:
        """SendGrid knows what the app was set up with."""
        self.workspace.account = replace(
            self._account,
            reports=settings.webhook_public_key is not None,
            reply_domain=settings.reply_domain or "",
            inbound_secret=settings.inbound_secret.get_secret_value() if settings.inbound_secret else "",
        )

    def _opened(self, others: Sequence[Opening]) -> list[Workspace]:
        return [opening(self.clock.now, self._folder / f"playground-{n}.jsonl") for n, opening in enumerate(others, start=2)]

    def _open_team_channels(self) -> None:
        """The channels that the playbooks name, with the team in them."""
        team = tuple(user.id for user in self.workspace.users.values() if user.role != "customer")
        for name in self.csm_channels:
            if self.workspace.find_channel(name) is None:
                mark = "C_" + name.removeprefix("#").upper().replace("-", "_")
                self.workspace.channels[mark] = Channel(id=mark, name=name.removeprefix("#"), members=team)

    def _target(self, to: Move) -> datetime:
        now = self.now()
        match to:
            case "hour":
                return now + timedelta(hours=1)
            case "day":
                return now + timedelta(days=1)
            case "next":
                return self.house.store.next_due() or now
            case _:
                return to

    def _sign_up(self) -> None:
        """Ana signs up with the product, which tells us as it tells everybody: over HTTP."""
        body = {
            "userId": "ana",
            "messageId": "sign-up-ana",
            "traits": {
                "name": ANA.name,
                "email": ANA.email,
                "timezone": ANA.tz,
                "consent": True,
                "createdAt": (self.now() - timedelta(minutes=1)).isoformat(),
                "company": {**self._guesses(), "id": "acme", "name": "Acme GmbH", "employees": 12},
            },
        }
        token = base64.b64encode(f"{WRITE_KEY}:".encode()).decode()
        request = urllib.request.Request(
            f"{self.app_url}/v1/identify",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Basic {token}"},
        )
        with urllib.request.urlopen(request, timeout=20):
            self.house.settle()

    def _guesses(self) -> dict[str, Any]:
        """What the playbook takes an account to be while nobody says: the demo's product says just that."""
        playbook = self.house.shelf.playbooks().common
        return dict(playbook.traits.account) if playbook else {}

    def _remember(self) -> None:
        path = self._folder / "clock.json"
        path.with_suffix(".new").write_text(json.dumps({"now": self.now().isoformat(), "database": self._database.name}))
        path.with_suffix(".new").replace(path)

    def _remembered(self) -> tuple[datetime, str]:
        try:
            known = json.loads((self._folder / "clock.json").read_text())
            return datetime.fromisoformat(known["now"]), str(known["database"])
        except (OSError, ValueError, KeyError):
            return START, "handrail.db"


def _message(key: str) -> str:
    """The readable part of a message's key."""
    match key.split(":"):
        case ["case" | "hook", _, name, *_]:
            return name
        case ["task", _, task, what, *_]:
            return {"card": "task_card", "due": "task_due"}.get(what, task)
        case [_, name, *_]:
            return name
    return key
