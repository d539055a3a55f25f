"""Slack's side of the house, joined: one workspace or many, over HTTP or by Socket Mode."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from slack_bolt import App, BoltRequest, BoltResponse
from slack_sdk import WebClient
from slack_sdk.oauth.token_rotation import TokenRotator

from bot.channels import SendError
from bot.conversation import Finder
from bot.handle import Door
from bot.links import Links
from bot.settings import Settings
from bot.shelf import Shelf
from bot.slack.app import create_slack, dispatch
from bot.slack.arrivals import Arrivals, Continuing
from bot.slack.channel import SlackChannel
from bot.slack.client import TIMEOUT
from bot.slack.confirming import Confirming
from bot.slack.crossing import Crossing, tell
from bot.slack.csm_day import CsmHomes
from bot.slack.files import FilePassing, Kept
from bot.slack.home_pages import HomePages
from bot.slack.installations import Installations
from bot.slack.oauth import VENDORS_WAY, Credentials, Installer, Show, States, lacks
from bot.slack.rotation import KeptTokens
from bot.slack.signed import Signed
from bot.slack.socket import TOO_LONG, SocketLine
from bot.slack.team.membership import Membership
from bot.slack.token_box import token_box
from bot.slack.who import WhoIsWho
from bot.slack.workspaces import QUICK, OneToken, Workspaces
from storage.database import Database
from storage.desk_reports import DeskReports
from storage.installations import InstallationRows
from storage.outbox import Outbox
from storage.task_reports import TaskReports

log = logging.getLogger("handrail.slack")


@dataclass(frozen=True, kw_only=True)
class Many:
    """What there is besides when we are installed in many workspaces."""

    installations: Installations = field(repr=False)
    tokens: KeptTokens = field(repr=False)
    credentials: Credentials = field(repr=False)

    def problems(self) -> list[str]:
        """What somebody has to see to, in words, without a secret."""
        found = []
        csm = self.installations.rows.find(self.credentials.csm_team)
        if csm is not None and not csm.token:
            found.append(f"Handrail was removed from the team's workspace {csm.team} ({csm.removed_why}): no case reaches anybody")
        if csm is not None and csm.token and (lacking := lacks(csm.scopes)):
            found.append(f"the team's workspace did not give {', '.join(lacking)}: open {VENDORS_WAY}")
        found += [f"the token of {team} can't be decrypted with any key" for team in sorted(self.installations.unreadable)]
        found += [
            f"the token of {team} could not be renewed: {why} (if it stays so, open /slack/install?team={team})"
            for team, why in sorted(self.tokens.failing.items())
        ]
        return found


@dataclass(frozen=True, kw_only=True)
class SlackSide:
    """What the house has of Slack. `over_http`: whether Slack's requests are heard over HTTP, for which they must be signed."""

    workspaces: Workspaces
    who: WhoIsWho
    confirming: Confirming = field(repr=False)
    channel: SlackChannel
    app: App = field(repr=False)
    over_http: bool
    api_url: str
    many: Many | None = None
    line: SocketLine | None = field(default=None, repr=False)
    signed: Signed = field(default_factory=lambda: Signed(""), repr=False)

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        """Hear what Slack delivers over HTTP, while it waits."""
        return dispatch(self.app, request)

    def prepare(self) -> None:
        """What has to be done once at a start: ask where we are, so that no listener has to, and move tokens to the newest key."""
        if self.many is None:
            log.info("this is workspace %s", self.workspaces.csm_team or "that Slack does not tell yet")
        if self.many and (done := self.many.installations.rotate_keys()):
            log.info("%d tokens are kept with the newest key now", done)

    def renew_tokens(self) -> None:
        """Renew the tokens that end soon. A chore."""
        if self.many:
            self.many.tokens.renew_all()

    def health(self) -> tuple[dict[str, Any], list[str]]:
        """How Slack is doing: facts for /healthz, and problems in words."""
        facts: dict[str, Any] = {}
        problems: list[str] = []
        if self.line:
            facts["socket"] = self.line.told()
            if self.line.down_for > TOO_LONG:
                problems.append("the line to Slack (Socket Mode) is down")
        if self.many:
            teams = self.workspaces.teams()
            facts["workspaces"] = len(teams)
            facts["csm_team"] = "installed" if self.many.credentials.csm_team in teams else f"not installed: open {VENDORS_WAY}"
            problems += self.many.problems()
        return facts, problems


def slack_side(
    settings: Settings, database: Database, door: Door, shelf: Shelf, outbox: Outbox, links: Links, find: Finder, kept: Kept
) -> SlackSide | None:
    """Join what the settings ask for; None when Slack is off. `find` looks for help articles, `kept` has the files that came by mail.

    Raises ValueError for token keys that are none.
    """
    if settings.slack_mode is None:
        return None
    many = _many(settings, database) if settings.slack_mode == "many" else None
    tokens = many.tokens if many else OneToken(_secret(settings.slack_bot_token), settings.slack_api_url)
    workspaces = Workspaces(tokens, settings.slack_api_url)
    who = WhoIsWho(
        door,
        workspaces,
        names=lambda: {one.csm: one.name for one in shelf.playbooks().roster.csms},
        colleague=lambda caller: members.says(caller),
        nobody=lambda: shelf.books.words.get("case.our_team"),
    )
    members = Membership(shelf, who, workspaces, lambda one: door.store.resolve("slack", one.namespace, one.user) is not None)
    confirming = Confirming(door=door, outbox=outbox, links=links, who=who, workspaces=workspaces)
    secret, pages = _secret(settings.slack_signing_secret), HomePages(workspaces)
    app = create_slack(
        workspaces=workspaces,
        api_url=settings.slack_api_url,
        signing_secret=secret,
        door=door,
        shelf=shelf,
        outbox=outbox,
        who=who,
        company=settings.company,
        pages=pages,
        members=members,
        left=_leaving(workspaces, many),
        confirming=confirming,
        find=find,
    )
    line = SocketLine(app, _secret(settings.slack_app_token), settings.slack_api_url) if settings.slack_mode == "socket" else None
    return SlackSide(
        workspaces=workspaces,
        who=who,
        confirming=confirming,
        channel=SlackChannel(
            workspaces,
            door.world,
            Crossing(workspaces, FilePassing(workspaces, settings.slack_api_url, kept), lambda say: tell(outbox, door, say)),
            CsmHomes(DeskReports(database), TaskReports(database), shelf, who, links, door.world),
            pages,
        ),
        app=app,
        over_http=bool(secret),
        signed=Signed(secret),
        api_url=settings.slack_api_url,
        many=many,
        line=line,
    )


def installer(side: SlackSide, door: Door, base_url: str, whose: Callable[[str], str | None], show: Show) -> Installer | None:
    """The way in; None where there is only one workspace."""
    if side.many is None:
        return None
    rows = side.many.installations.rows
    return Installer(
        side.many.credentials,
        api_url=side.api_url,
        base_url=base_url,
        installations=side.many.installations,
        states=States(rows),
        whose=whose,
        show=show,
        arrived=Arrivals(door=door, who=side.who, rows=rows, confirming=side.confirming).arrived,
    )


def continuing(side: SlackSide, door: Door, whose: Callable[[str], str | None], show: Show) -> Continuing:
    """The page behind "continue in Slack"."""
    rows = side.many.installations.rows if side.many else None
    return Continuing(door=door, workspaces=side.workspaces, rows=rows, api_url=side.api_url, whose=whose, show=show)


def _many(settings: Settings, database: Database) -> Many:
    credentials = Credentials(
        client_id=settings.slack_client_id or "",
        client_secret=_secret(settings.slack_client_secret),
        csm_team=settings.csm_team or "",
    )
    box = token_box(settings.fernet_keys, _secret(settings.secret_key))
    installations = Installations(InstallationRows(database), box)
    rotator = TokenRotator(
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        client=WebClient(base_url=settings.slack_api_url, timeout=TIMEOUT, retry_handlers=[]),
    )
    return Many(installations=installations, tokens=KeptTokens(installations, rotator, credentials.csm_team), credentials=credentials)


def _leaving(workspaces: Workspaces, many: Many | None) -> Callable[[str, str], None]:
    """What to do when Slack says that we were removed somewhere: forget the token, unless it is a newer one that still opens the door.

    What it gives raises SendError while Slack can't say whether it does.
    """

    def left(team: str, why: str) -> None:
        if many is None:
            log.error("Slack says that we were removed from the workspace: %s", why)
            return
        found = many.installations.find(team)
        if found is None:
            return
        try:
            workspaces.call(team, "auth.test", lambda client: client.auth_test(), timeout=QUICK)
        except SendError as error:
            if not error.shut:
                raise  # nobody knows: Slack tells us again, and whoever uses a dead token next is refused
            many.installations.remove(team, why, found=found)
        else:
            log.info("a late %s of %s: it was installed again since", why, team)

    return left


def _secret(value: Any) -> str:
    return str(value.get_secret_value()) if value is not None else ""
