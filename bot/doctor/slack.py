"""Checks of Slack: the token and its scopes, the clock, the team's channels, Socket Mode, and what OAuth needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from slack_sdk import WebClient

from bot.channels import SendError
from bot.doctor.asking import TIMEOUT
from bot.doctor.channels import Room, channel_findings
from bot.doctor.finding import Finding, Result
from bot.doctor.house import team_channels
from bot.doctor.site import Site
from bot.doctor.workspaces import token_at_home
from bot.shelf import read_books
from bot.slack.client import called, slack_client
from bot.slack.scopes import missing
from bot.world import machine_now

TOKEN, SCOPES, CLOCK, CHANNELS, SOCKET, OAUTH = "Slack token", "Slack scopes", "clock", "team's channels", "Socket Mode", "Slack OAuth"
SKEW = timedelta(minutes=1)
"""From here on it is worth mending; at five minutes every request of Slack's is refused."""

_NO_TOKEN = "not looked at: no token that works"
_TOKEN_REMEDY = "copy it again from Slack: OAuth & Permissions, Bot User OAuth Token, into SLACK_BOT_TOKEN"
_REINSTALL = "add it under OAuth & Permissions and install the app again"


@dataclass(frozen=True, slots=True)
class Greeting:
    """What Slack said to auth.test. `granted` is empty when it did not say."""

    client: WebClient
    team: str
    team_id: str
    bot: str
    granted: frozenset[str]
    date: str


def slack(site: Site) -> Iterator[Finding]:
    """The vendor's own workspace: who we are there, what we may, and the team's channels."""
    token, home = token_at_home(site)
    if home is not None:
        yield home
    if not token:
        yield _none(site)
        return
    client = slack_client(token, site.settings.slack_api_url, timeout=TIMEOUT)
    try:
        greeting = greeted(client)
    except SendError as error:
        yield _refused(error, site)
        yield from (Finding(check, "unknown", _NO_TOKEN) for check in (SCOPES, CLOCK, CHANNELS))
        return
    yield _token(greeting, token == site.bot_token and token.startswith("xoxe."))
    yield from scopes(greeting.granted)
    yield clock(greeting.date, machine_now())
    books, _ = read_books(site.settings.project_dir)
    yield from channel_findings(Room(client, greeting.bot, greeting.granted), team_channels(books))


def _none(site: Site) -> Finding:
    if site.many_workspaces:
        return Finding(TOKEN, "unknown", "none to look with until the app is installed in your own workspace")
    if site.slack_wanted:
        return Finding(TOKEN, "wrong", "SLACK_BOT_TOKEN is not set", _TOKEN_REMEDY)
    return Finding(TOKEN, "off", "Slack is not set up; docs/slack.md tells how. Until then no case reaches your team")


def greeted(client: WebClient) -> Greeting:
    """Say hello. Raises SendError."""
    answer = called(client.auth_test)
    headers: Mapping[str, str] = {name.lower(): _text(value) for name, value in answer.headers.items()}
    granted = frozenset(filter(None, (scope.strip() for scope in headers.get("x-oauth-scopes", "").split(","))))
    return Greeting(
        client=client,
        team=str(answer.get("team", "")),
        team_id=str(answer.get("team_id", "")),
        bot=str(answer.get("user", "handrail")),
        granted=granted,
        date=headers.get("date", ""),
    )


def _text(value: str | Collection[str]) -> str:
    return value if isinstance(value, str) else ",".join(value)


def _refused(error: SendError, site: Site) -> Finding:
    if error.permanent or error.shut:
        todo = f"start Handrail, which renews it; else install it again at {site.settings.base_url}/slack/install"
        return Finding(TOKEN, "wrong", f"Slack refuses it: {error}", todo if site.many_workspaces else _TOKEN_REMEDY)
    if error.retry_after is not None:
        return Finding(TOKEN, "unknown", "Slack asks to slow down", "try again in a minute")
    return Finding(TOKEN, "wrong", f"{site.settings.slack_api_url}: {error}", "see whether this machine may reach it, and SLACK_API_URL")


def _token(greeting: Greeting, ends_soon: bool) -> Finding:
    where = f"{greeting.team} ({greeting.team_id})"
    if ends_soon:
        todo = "it ends within 12 hours: make the app anew with handrail manifest --single, or let it be installed by OAuth"
        return Finding(TOKEN, "wrong", f"it works in {where}, and rotates", todo)
    return Finding(TOKEN, "ok", f"it works in {where}, as @{greeting.bot}")


def scopes(granted: frozenset[str]) -> Iterator[Finding]:
    """What was granted against what we use."""
    if not granted:
        yield Finding(SCOPES, "unknown", "Slack does not say which were granted")
        return
    lacking = missing(granted)
    for scope in lacking:
        result: Result = "off" if scope.optional else "wrong"
        seen = "not granted, which is a choice" if scope.optional else "not granted"
        yield Finding(f"scope {scope.name}", result, f"{seen}. {scope.without}", _REINSTALL)
    if all(scope.optional for scope in lacking):
        yield Finding(SCOPES, "ok", "all that are needed were granted")


def clock(date: str, now: datetime) -> Finding:
    """Our clock against Slack's. `date` is an HTTP Date, `now` an aware instant of machine time."""
    try:
        off = abs(now - parsedate_to_datetime(date))
    except (TypeError, ValueError):
        return Finding(CLOCK, "unknown", "Slack's answer has no date")
    if off >= SKEW:
        todo = "let the machine set its clock by NTP: at 300 seconds, every request of Slack's is refused"
        return Finding(CLOCK, "wrong", f"{off.total_seconds():.0f} seconds off Slack's", todo)
    return Finding(CLOCK, "ok", "as Slack's, to a few seconds")


def socket_mode(site: Site) -> Iterator[Finding]:
    """Whether the app token opens a connection."""
    if not site.app_token:
        yield Finding(SOCKET, "off", "not used: Slack's requests come over HTTP" if site.slack_wanted else "not used")
        return
    client = slack_client(site.app_token, site.settings.slack_api_url, timeout=TIMEOUT)
    todo = "make an app-level token with connections:write (Basic Information) and put it into SLACK_APP_TOKEN"
    try:
        called(lambda: client.apps_connections_open(app_token=site.app_token))
    except SendError as error:
        if str(error) == "unknown_method" or not (error.permanent or error.shut):
            yield Finding(SOCKET, "unknown", f"no connection could be asked for: {error}", "see whether this machine may reach Slack")
        else:
            yield Finding(SOCKET, "wrong", f"Slack refuses SLACK_APP_TOKEN: {error}", todo)
        return
    yield Finding(SOCKET, "ok", "Slack offers a connection")


def oauth(site: Site) -> Iterator[Finding]:
    """Whether others can install the app. Slack is asked to trade in a code that is none: it looks at id and secret first."""
    if not site.many_workspaces:
        yield Finding(OAUTH, "off", "not used: this is an app of one workspace" if site.slack_wanted else "not used")
        return
    needed = {"SLACK_CLIENT_ID": site.client_id, "SLACK_CLIENT_SECRET": site.client_secret, "HANDRAIL_CSM_TEAM": site.csm_team}
    absent = [name for name, value in needed.items() if not value]
    if absent:
        yield Finding(
            "OAuth settings",
            "wrong",
            f"{', '.join(absent)} missing",
            "Slack shows id and secret under Basic Information; see docs/slack.md",
        )
    if site.client_id and site.client_secret:
        yield _credentials(site)


def _credentials(site: Site) -> Finding:
    client = WebClient(base_url=site.settings.slack_api_url, timeout=TIMEOUT, retry_handlers=[])
    try:
        called(lambda: client.oauth_v2_access(client_id=site.client_id, client_secret=site.client_secret, code="doctor"))
    except SendError as error:
        said = str(error)
    else:
        said = "no error"
    match said:
        case "invalid_code" | "code_expired":
            return Finding(OAUTH, "ok", "Slack knows the client id and its secret")
        case "invalid_client_id" | "bad_client_secret":
            return Finding(
                OAUTH, "wrong", f"Slack refuses them: {said}", "copy SLACK_CLIENT_ID and SLACK_CLIENT_SECRET again from Basic Information"
            )
        case _:
            return Finding(OAUTH, "unknown", f"whether id and secret are right can't be asked: {said}")
