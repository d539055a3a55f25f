"""The vendor's Slack and Acme's behind one address, and a Bolt app of its own that can be installed in both."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from desk import Desk, bolt_route, oauth_routes
from slack_bolt import App
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk import WebClient
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from starlette.applications import Starlette

from bot.playground.acts import Acts, acts_in
from bot.playground.installation import Registration
from bot.playground.installing import Arrived, Browser, install
from bot.playground.seed import acme_world, demo_world
from bot.playground.serve import Served
from bot.playground.server import create_playground
from bot.playground.workspaces import Workspaces
from bot.playground.world import World

SCOPES = ("chat:write", "im:write", "im:history", "users:read", "files:read")


@dataclass
class TwoTeams:
    """The vendor's Slack and Acme's, and a Bolt app with its own OAuth flow that nobody has installed."""

    workspaces: Workspaces
    desk: Desk
    heard: list[dict[str, Any]] = field(default_factory=list)

    @property
    def acme(self) -> World:
        return self.workspaces["T_ACME"]

    @property
    def registration(self) -> Registration:
        return self.workspaces.registration

    def acts(self, team: str) -> Acts:
        return acts_in(self.workspaces[team], self.desk)

    def install(self, team: str, user: str, **more: str) -> Arrived:
        return install(self.desk.app_url, team, user, **more)

    def client(self, token: str | None = None) -> WebClient:
        return WebClient(token, base_url=f"{self.desk.app_url}/slack/api/", retry_handlers=[], timeout=5)

    def in_team(self, team: str) -> WebClient:
        grant = self.workspaces[team].grants.current
        assert grant is not None
        return self.client(grant.token)

    def allowed(self, scope: str = "chat:write") -> str:
        """Ben allows the app, and nobody has used the code yet."""
        asked = {"client_id": self.registration.client_id, "scope": scope, "redirect_uri": f"{self.desk.app_url}/nowhere", "state": "s"}
        arrived = Browser().send(f"{self.desk.app_url}/slack/oauth/v2/authorize", asked | {"who": "T_ACME/U_BEN", "answer": "allow"})
        return parse_qs(urlsplit(arrived.url).query)["code"][0]

    def exchanged(self, code: str, **more: str) -> Any:
        keys = {"client_id": self.registration.client_id, "client_secret": self.registration.client_secret}
        return self.client().oauth_v2_access(**keys, code=code, **more)

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [body for body in self.heard if body["event"]["type"] == kind]

    def eventually_heard(self, kind: str) -> dict[str, Any]:
        pause = threading.Event()
        for _ in range(600):
            if found := self.events(kind):
                return found[0]
            pause.wait(0.005)
        raise AssertionError(f"nobody heard of {kind}")


def two_teams(folder: Path, registration: Registration) -> Iterator[TwoTeams]:
    served, desk = Served(), Desk()
    desk.app_url = served.url
    workspaces = Workspaces(demo_world(desk.now, installed=False), acme_world(desk.now), registration=registration)
    teams = TwoTeams(workspaces, desk)
    bolt = a_bolt_app(folder, teams)
    served.start(create_playground(workspaces, desk, Starlette(routes=[bolt_route(bolt), *oauth_routes(bolt)])))
    yield teams
    served.stop()


def a_bolt_app(folder: Path, teams: TwoTeams) -> App:
    """An app with Bolt's installation store and revocation listeners; it says who greets it in which team."""
    store = FileInstallationStore(base_dir=str(folder / "installations"))
    client = teams.client()
    bolt = App(
        client=client,
        signing_secret=teams.desk.signing_secret,
        oauth_settings=OAuthSettings(
            client_id=teams.registration.client_id,
            client_secret=teams.registration.client_secret,
            scopes=list(SCOPES),
            installation_store=store,
            state_store=FileOAuthStateStore(expiration_seconds=600, base_dir=str(folder / "states")),
            authorization_url=f"{teams.desk.app_url}/slack/oauth/v2/authorize",
            redirect_uri=f"{teams.desk.app_url}/slack/oauth_redirect",
        ),
        process_before_response=True,
    )
    assert bolt.oauth_flow is not None
    bolt.oauth_flow._client = client
    bolt.enable_token_revocation_listeners()

    @bolt.middleware
    def write_down(body: dict[str, Any], next: Any) -> None:
        teams.heard.append(body)
        next()

    @bolt.event("message")
    def greeted(event: dict[str, Any], body: dict[str, Any], client: WebClient) -> None:
        client.chat_postMessage(channel=event["channel"], text=f"Hello from {body['team_id']}")

    return bolt
