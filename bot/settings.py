"""The one place that reads the environment; every missing or bad name is reported at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.links import SHORTEST_KEY

SHIPPED = Path(__file__).resolve().parent.parent
"""Where the shipped playbooks and templates lie, found by path beside this package."""


_LOST = {"Slack": " Until then no case reaches your team."}
"""What a channel that is off costs beyond itself."""


class SettingsError(Exception):
    """What is missing or wrong in the environment, in words, all at once."""


class Settings(BaseSettings):
    """Handrail's settings. A channel whose settings are missing is off."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, populate_by_name=True, env_ignore_empty=True)

    database_url: str = Field("sqlite:///handrail.db", alias="DATABASE_URL", repr=False)  # it may hold a password
    slack_bot_token: SecretStr | None = Field(None, alias="SLACK_BOT_TOKEN")
    slack_app_token: SecretStr | None = Field(None, alias="SLACK_APP_TOKEN")
    slack_signing_secret: SecretStr | None = Field(None, alias="SLACK_SIGNING_SECRET")
    slack_api_url: str = Field("https://slack.com/api/", alias="SLACK_API_URL")
    sendgrid_api_key: SecretStr | None = Field(None, alias="SENDGRID_API_KEY")
    sendgrid_api_url: str = Field("https://api.sendgrid.com", alias="SENDGRID_API_URL")
    from_email: str | None = Field(None, alias="HANDRAIL_FROM_EMAIL")
    postal_address: str | None = Field(None, alias="HANDRAIL_POSTAL_ADDRESS")
    base_url: str = Field("http://127.0.0.1:8000", alias="HANDRAIL_BASE_URL")
    secret_key: SecretStr | None = Field(None, alias="HANDRAIL_SECRET_KEY")
    write_key: SecretStr | None = Field(None, alias="HANDRAIL_WRITE_KEY")
    company: str = Field("our team", alias="HANDRAIL_COMPANY")
    project: Path | None = Field(None, alias="HANDRAIL_PROJECT")
    given_port: int | None = Field(None, alias="PORT", ge=0, le=65535)

    @field_validator("base_url", "slack_api_url", "sendgrid_api_url")
    @classmethod
    def _with_scheme(cls, url: str) -> str:
        if not re.match(r"https?://[^/\s]", url):
            raise ValueError("it must begin with https:// or http://")
        return url

    @field_validator("from_email")
    @classmethod
    def _an_address(cls, email: str | None) -> str | None:
        if email and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", email):
            raise ValueError("it must be an address such as hello@example.com")
        return email

    @field_validator("slack_api_url")
    @classmethod
    def _with_slash(cls, url: str) -> str:
        return url if url.endswith("/") else url + "/"

    @field_validator("base_url", "sendgrid_api_url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @property
    def port(self) -> int:
        """Where the web app listens."""
        return 8000 if self.given_port is None else self.given_port

    @property
    def host(self) -> str:
        """Every address where a platform gave us a PORT, for it routes to us from outside; else this machine only."""
        return "127.0.0.1" if self.given_port is None else "0.0.0.0"

    @property
    def slack_on(self) -> bool:
        """Whether Slack is set up."""
        return self.slack_bot_token is not None and self.slack_signing_secret is not None

    @property
    def email_on(self) -> bool:
        """Whether e-mail is set up."""
        return self.sendgrid_api_key is not None and self.from_email is not None and self.postal_address is not None

    @property
    def project_dir(self) -> Path | None:
        """The project's folder: HANDRAIL_PROJECT, else the current folder when it looks like one."""
        if self.project:
            return self.project
        here = Path.cwd()
        return here if (here / "playbooks").is_dir() else None


def read_settings(**given: Any) -> Settings:
    """Read the environment (and `.env`). Raises SettingsError naming every bad value."""
    try:
        return Settings(**given)
    except ValidationError as error:
        bad = ", ".join(f"{e['loc'][0]} ({e['msg'].lower().removeprefix('value error, ')})" for e in error.errors())
        raise SettingsError(f"These settings can't be read: {bad}") from None


def require_running(settings: Settings) -> list[str]:
    """What must be there before anything is served. Returns a line about each channel that is off.

    Raises SettingsError naming everything that is missing or can't be used.
    """
    missing = [
        name for name, value in (("HANDRAIL_SECRET_KEY", settings.secret_key), ("HANDRAIL_WRITE_KEY", settings.write_key)) if value is None
    ]
    slack = {
        "SLACK_BOT_TOKEN": settings.slack_bot_token,
        "SLACK_SIGNING_SECRET": settings.slack_signing_secret,
    }
    email = {
        "SENDGRID_API_KEY": settings.sendgrid_api_key,
        "HANDRAIL_FROM_EMAIL": settings.from_email,
        "HANDRAIL_POSTAL_ADDRESS": settings.postal_address,
    }
    notes = []
    for channel, names in (("Slack", slack), ("E-mail", email)):
        absent = [name for name, value in names.items() if value is None]
        if absent and len(absent) < len(names):
            missing += absent
        elif absent:
            notes.append(f"{channel} is off: set {', '.join(absent)} to switch it on.{_LOST.get(channel, '')}")
    lines = []
    if len(notes) == 2:
        lines, missing = ["Neither Slack nor e-mail is set up, so there is nothing to run."], [*missing, *slack, *email]
    lines += [f"Missing: {', '.join(missing)}."] if missing else []
    if bad := _unusable(settings):
        lines.append(f"These can't be used: {', '.join(bad)}.")
    if lines:
        raise SettingsError(" ".join(lines))
    return notes


def _unusable(settings: Settings) -> list[str]:
    """What is there and would not do: found before anything is opened."""
    bad = []
    if settings.secret_key and len(settings.secret_key.get_secret_value()) < SHORTEST_KEY:
        bad.append(f"HANDRAIL_SECRET_KEY (it needs at least {SHORTEST_KEY} characters)")
    if settings.project and not settings.project.is_dir():
        bad.append(f"HANDRAIL_PROJECT (there is no folder {settings.project})")
    return bad
