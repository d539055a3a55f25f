"""Installing: Bolt's OAuth flow over our installation store, our states and our pages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any, Literal
from urllib.parse import quote, urlencode, urljoin

from slack_bolt import BoltRequest, BoltResponse
from slack_bolt.oauth import OAuthFlow
from slack_bolt.oauth.callback_options import CallbackOptions, FailureArgs, SuccessArgs
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_sdk import WebClient
from slack_sdk.oauth import OAuthStateStore, OAuthStateUtils
from slack_sdk.oauth.installation_store import Installation

from bot.channels import SendError
from bot.slack.client import called
from bot.slack.installations import Installations
from bot.slack.scopes import SCOPES_CUSTOMER, SCOPES_TEAM, missing
from bot.world import machine_now
from storage.installations import InstallationRows

log = logging.getLogger("handrail.installations")

STATE_LASTS = timedelta(minutes=10)
WAITS_FOR = timedelta(days=30)
"""How long somebody who went to Slack and did not come back is shown as waiting for their admin."""
EXCHANGE = 8
"""Seconds that Slack has for giving us a token."""

Show = Callable[[str, Mapping[str, Any], str], str]
"""Draws a page of ours: template, what it tells, locale."""
WhoseLink = Callable[[str], str | None]
"""The person that a signed link speaks of, None for every kind of wrong."""
_REASONS = frozenset(
    {"invalid_browser", "invalid_code", "invalid_state", "missing_code", "storage_error"}  # Bolt's own
    | {"invalid_request", "invalid_scope", "server_error", "temporarily_unavailable", "unauthorized_client", "unsupported_response_type"}
    | {"bad_redirect_uri", "invalid_client_id", "invalid_team_for_non_distributed_app"}
)
"""Why an installation did not go through, in words that are logged: whoever opens the way back may write any others there."""
VENDORS_WAY = "/slack/install?team=csm"
"""The way in for the vendor's own workspace, which is asked for the team's scopes; everybody else for the customers'."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Landing:
    """How somebody who installed us is thanked. `note`: the words of slack_page about who they are; `email`: a part of their address."""

    locale: str = ""
    note: Literal["", "you", "by_mail", "other_address", "unsure"] = ""
    email: str = ""


Arrived = Callable[[Installation, str], Landing]
"""Somebody installed us; `person` is who came by a link of theirs, else ''."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """Our app as Slack knows it, and the vendor's workspace."""

    client_id: str
    client_secret: str = field(repr=False)
    csm_team: str


class States(OAuthStateStore):
    """States of installations under way, in our database: used once, good for ten minutes."""

    def __init__(self, rows: InstallationRows, machine: Callable[[], datetime] = machine_now) -> None:
        self._rows = rows
        self._machine = machine

    @property
    def logger(self) -> logging.Logger:
        """Where slack_sdk would log."""
        return log

    def issue(self, *args: Any, **kwargs: Any) -> str:  # noqa: ARG002
        """A new state, for nobody we know."""
        return self.issue_for(None)

    def issue_for(self, person: str | None) -> str:
        """A new state for somebody who came by a link of theirs."""
        state, now = token_urlsafe(32), self._machine()
        self._rows.forget_states(now - WAITS_FOR, now)
        self._rows.expect(state, person, now, now + STATE_LASTS)
        return state

    def whose(self, state: str) -> str:
        """Whom a state was issued for, '' when nobody in particular."""
        return self._rows.whose(state)

    def consume(self, state: str) -> bool:
        """Whether it was good; it is not any more."""
        return self._rows.consume(state, self._machine()) is not None


class Browsers(OAuthStateUtils):
    """The cookie that ties a state to the browser that began. Over plain HTTP, on one's own machine, it can't be Secure."""

    def __init__(self, *, secure: bool) -> None:
        super().__init__(expiration_seconds=int(STATE_LASTS.total_seconds()))
        self._secure = secure

    def build_set_cookie_for_new_state(self, state: str) -> str:
        """Lax, so that it comes along when Slack sends the browser back."""
        return self._marked(super().build_set_cookie_for_new_state(state))

    def build_set_cookie_for_deletion(self) -> str:
        """The same for taking it away."""
        return self._marked(super().build_set_cookie_for_deletion())

    def _marked(self, cookie: str) -> str:
        return (cookie if self._secure else cookie.replace("; Secure", "")) + "; SameSite=Lax"


class Installer(OAuthFlow):
    """The way in: `/slack/install` sends to Slack, `/slack/oauth_redirect` takes what Slack gives. Raises nothing; its pages are ours."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        api_url: str,
        base_url: str,
        installations: Installations,
        states: States,
        whose: WhoseLink,
        show: Show,
        arrived: Arrived,
    ) -> None:
        self._credentials = credentials
        self._installations = installations
        self._states = states
        self._whose = whose
        self._show = show
        self._arrived = arrived
        self._authorize_url = urljoin(api_url, "../oauth/v2/authorize")
        settings = OAuthSettings(
            client_id=credentials.client_id,
            client_secret=credentials.client_secret,
            scopes=list(SCOPES_CUSTOMER),
            user_scopes=[],
            redirect_uri=f"{base_url}/slack/oauth_redirect",
            install_page_rendering_enabled=False,
            authorization_url=self._authorize_url,
            installation_store=installations,
            installation_store_bot_only=True,
            state_store=states,
            callback_options=CallbackOptions(success=self._thanked, failure=self._regretted),
            logger=log,
        )
        settings.state_utils = Browsers(secure=base_url.startswith("https://"))
        super().__init__(client=WebClient(base_url=api_url, timeout=EXCHANGE, retry_handlers=[]), logger=log, settings=settings)

    # On the way to Slack

    def issue_new_state(self, request: BoltRequest) -> str:
        """A state that remembers whose link it was."""
        return self._states.issue_for(self._by_link(request))

    def build_authorize_url(self, state: str, request: BoltRequest) -> str:
        """Slack's page. Customers are asked for the few scopes they need; the vendor's own workspace, by its own link, for all."""
        team, csm = _first(request, "team"), self._credentials.csm_team
        team = csm if team == "csm" else team
        asked = {
            "client_id": self._credentials.client_id,
            "scope": ",".join(SCOPES_TEAM if team == csm else SCOPES_CUSTOMER),
            "user_scope": "",
            "redirect_uri": self.settings.redirect_uri or "",
            "state": state,
        }
        return f"{self._authorize_url}?{urlencode(asked | ({'team': team} if team else {}), quote_via=quote)}"

    # And back

    def handle_callback(self, request: BoltRequest) -> BoltResponse:
        """Slack sends the browser back, with a code or with a word of refusal."""
        request.context["came_for"] = self._states.whose(_first(request, "state"))
        return super().handle_callback(request)

    def run_installation(self, code: str) -> Installation | None:
        """A token for a code, None when Slack gives none. The code is kept out of the log."""
        try:
            given = called(
                lambda: self.client.oauth_v2_access(
                    code=code,
                    client_id=self._credentials.client_id,
                    client_secret=self._credentials.client_secret,
                    redirect_uri=self.settings.redirect_uri,
                )
            )
            token = str(given["access_token"])
        except (SendError, KeyError) as error:
            log.warning("an installation could not be finished: %s", error)
            return None
        told = self._more(token)
        org, team = given.get("enterprise") or {}, given.get("team") or {}
        return Installation(
            app_id=given.get("app_id"),
            enterprise_id=org.get("id"),
            enterprise_name=org.get("name"),
            enterprise_url=told.get("url"),
            team_id=team.get("id"),
            team_name=team.get("name"),
            bot_token=token,
            bot_id=told.get("bot_id"),
            bot_user_id=given.get("bot_user_id"),
            bot_scopes=str(given.get("scope") or ""),
            bot_refresh_token=given.get("refresh_token"),
            bot_token_expires_in=given.get("expires_in"),
            user_id=str((given.get("authed_user") or {}).get("id") or ""),
            is_enterprise_install=bool(given.get("is_enterprise_install")),
            token_type=given.get("token_type"),
        )

    def _more(self, token: str) -> Mapping[str, Any]:
        """The bot's id and the workspace's address; nothing when Slack does not say: the token is good without."""
        try:
            told = called(lambda: self.client.auth_test(token=token))
        except SendError as error:
            log.info("an installation is kept without its address: %s", error)
            return {}
        return {name: told.get(name) for name in ("bot_id", "url")}

    def _thanked(self, args: SuccessArgs) -> BoltResponse:
        """They installed it."""
        landing, lacking = Landing(note="unsure"), list[str]()
        try:
            landing = self._arrived(args.installation, str(args.request.context.get("came_for") or ""))
        except SendError as error:
            log.info("who installed us is not known yet: %s", error)
        if args.installation.team_id == self._credentials.csm_team:
            lacking = lacks(args.installation.bot_scopes or ())
        facts = {
            "workspace": args.installation.team_name or args.installation.enterprise_name or "",
            "open_url": self.open_url(args.installation.app_id or "", args.installation.team_id or ""),
            "note": landing.note,
            "email": landing.email,
            "missing": lacking,
            "again_url": VENDORS_WAY,
        }
        return self._page("slack_installed.html", facts, landing.locale, 200)

    def _regretted(self, args: FailureArgs) -> BoltResponse:
        """It did not work, for one of several reasons: of these, they are told what they can do."""
        denied = args.reason == "access_denied"
        if not denied:
            log.info("an installation did not go through: %s", args.reason if args.reason in _REASONS else "for another reason")
        facts = {"state": "denied" if denied else "failed", "install_url": "/slack/install", "workspace": ""}
        return self._page("slack_not_installed.html", facts, "", 200 if denied else 400)

    def open_url(self, app: str, team: str, bot_user: str = "") -> str:
        """Where a browser opens our app in Slack."""
        return open_url(self.client.base_url, app, team, bot_user)

    def _page(self, name: str, facts: Mapping[str, Any], locale: str, status: int) -> BoltResponse:
        headers: dict[str, Any] = {"Content-Type": "text/html; charset=utf-8"}
        headers["Set-Cookie"] = [self.settings.state_utils.build_set_cookie_for_deletion()]
        return BoltResponse(status=status, body=self._show(name, facts, locale), headers=headers)

    def _by_link(self, request: BoltRequest) -> str | None:
        token = _first(request, "for")
        return self._whose(token) if token else None


def lacks(granted: Collection[str]) -> list[str]:
    """The scopes that the vendor's own workspace did not give and the team can't work without."""
    return [scope.name for scope in missing(granted) if not scope.optional]


def open_url(api_url: str, app: str, team: str, bot_user: str = "") -> str:
    """Where a browser opens our app in Slack; by our user there when nobody told the app's id."""
    place = {"app": app} if app else {"channel": bot_user}
    return f"{urljoin(api_url, '../app_redirect')}?{urlencode(place | ({'team': team} if team else {}))}"


def _first(request: BoltRequest, name: str) -> str:
    given = request.query.get(name) or [""]
    return str(given[0])
