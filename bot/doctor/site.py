"""The deployment that is looked over: its settings as the checks need them."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from bot.settings import Settings

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Site:
    """Settings, with every secret as plain text: never print one."""

    settings: Settings

    @property
    def bot_token(self) -> str:
        """SLACK_BOT_TOKEN."""
        return plain(self.settings.slack_bot_token)

    @property
    def app_token(self) -> str:
        """SLACK_APP_TOKEN, for Socket Mode."""
        return plain(self.settings.slack_app_token)

    @property
    def signing_secret(self) -> str:
        """SLACK_SIGNING_SECRET."""
        return plain(self.settings.slack_signing_secret)

    @property
    def client_id(self) -> str:
        """SLACK_CLIENT_ID."""
        return self.settings.slack_client_id or ""

    @property
    def client_secret(self) -> str:
        """SLACK_CLIENT_SECRET."""
        return plain(self.settings.slack_client_secret)

    @property
    def csm_team(self) -> str:
        """HANDRAIL_CSM_TEAM: the vendor's workspace."""
        return self.settings.csm_team or ""

    @property
    def many_workspaces(self) -> bool:
        """Whether others are meant to install it by OAuth."""
        return bool(self.client_id or self.client_secret or self.csm_team)

    @property
    def slack_wanted(self) -> bool:
        """Whether anything of Slack is set up."""
        return bool(self.bot_token or self.app_token or self.signing_secret or self.many_workspaces)


def plain(secret: SecretStr | None) -> str:
    """A secret as text, "" for none."""
    return secret.get_secret_value() if secret else ""
