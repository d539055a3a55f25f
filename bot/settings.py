"""The one place that reads the environment; every missing or bad name is reported at once."""

from __future__ import annotations

import os
import re
from base64 import b64decode, urlsafe_b64decode
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.links import SHORTEST_KEY
from bot.rates import Rate, read_rate
from bot.secret_files import SecretFiles, from_file
from bot.smtp_url import SmtpServer, read_smtp_url

SHIPPED = Path(__file__).resolve().parent.parent
"""Where the shipped playbooks and templates lie, found by path beside this package."""


_LOST = {"Slack": " Until then no case reaches your team."}
"""What a channel that is off costs beyond itself."""


EU_HOST = "https://api.eu.sendgrid.com"
"""Where SendGrid takes mail that must not leave the European Union."""

_SOFT_BOUNCES = re.compile(r"(\d{1,3}) in (\d{1,3}) days?", re.ASCII)
_DOMAIN = re.compile(r"(?=.{4,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.IGNORECASE | re.ASCII)

SlackMode = Literal["http", "socket", "many"]


Source = PydanticBaseSettingsSource


class SettingsError(Exception):
    """What is missing or wrong in the environment, in words, all at once."""


class Settings(BaseSettings):
    """Handrail's settings. A channel whose settings are missing is off."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, populate_by_name=True, env_ignore_empty=True)

    database_url: str = Field("sqlite:///handrail.db", alias="DATABASE_URL", repr=False)  # it may hold a password
    slack_bot_token: SecretStr | None = Field(None, alias="SLACK_BOT_TOKEN")
    slack_app_token: SecretStr | None = Field(None, alias="SLACK_APP_TOKEN")
    slack_signing_secret: SecretStr | None = Field(None, alias="SLACK_SIGNING_SECRET")
    slack_client_id: str | None = Field(None, alias="SLACK_CLIENT_ID")
    slack_client_secret: SecretStr | None = Field(None, alias="SLACK_CLIENT_SECRET")
    csm_team: str | None = Field(None, alias="HANDRAIL_CSM_TEAM")
    token_keys: SecretStr | None = Field(None, alias="HANDRAIL_TOKEN_KEYS")
    slack_api_url: str = Field("https://slack.com/api/", alias="SLACK_API_URL")
    sendgrid_api_key: SecretStr | None = Field(None, alias="SENDGRID_API_KEY")
    sendgrid_api_url: str = Field("https://api.sendgrid.com", alias="SENDGRID_API_URL")
    sendgrid_region: Literal["global", "eu"] = Field("global", alias="SENDGRID_REGION")
    sendgrid_sandbox: bool = Field(False, alias="SENDGRID_SANDBOX")
    webhook_public_key: str | None = Field(None, alias="SENDGRID_WEBHOOK_PUBLIC_KEY")
    smtp_url: SecretStr | None = Field(None, alias="SMTP_URL")
    from_email: str | None = Field(None, alias="HANDRAIL_FROM_EMAIL")
    reply_domain: str | None = Field(None, alias="HANDRAIL_REPLY_DOMAIN")
    inbound_secret: SecretStr | None = Field(None, alias="HANDRAIL_INBOUND_SECRET")
    inbound_public_key: str | None = Field(None, alias="SENDGRID_INBOUND_PUBLIC_KEY")
    soft_bounces: str = Field("3 in 14 days", alias="HANDRAIL_SOFT_BOUNCES")
    postal_address: str | None = Field(None, alias="HANDRAIL_POSTAL_ADDRESS")
    base_url: str = Field("http://127.0.0.1:8000", alias="HANDRAIL_BASE_URL")
    secret_key: SecretStr | None = Field(None, alias="HANDRAIL_SECRET_KEY")
    write_key: SecretStr | None = Field(None, alias="HANDRAIL_WRITE_KEY")
    company: str = Field("our team", alias="HANDRAIL_COMPANY")
    project: Path | None = Field(None, alias="HANDRAIL_PROJECT")
    webhooks_private: bool = Field(False, alias="HANDRAIL_WEBHOOKS_PRIVATE")
    ingest_at_once: int = Field(4, alias="HANDRAIL_INGEST_AT_ONCE", ge=1, le=32)
    ingest_waiting: int = Field(100, alias="HANDRAIL_INGEST_WAITING", ge=0)
    worker_threads: int = Field(2, alias="HANDRAIL_WORKER_THREADS", ge=1, le=64)
    slack_pace: str = Field("300 a minute", alias="HANDRAIL_SLACK_PACE")
    email_pace: str = Field("10000 a second", alias="HANDRAIL_EMAIL_PACE")
    ingest_pace: str = Field("5000 a second", alias="HANDRAIL_INGEST_PACE")
    trusted_proxies: str = Field("127.0.0.1, ::1", alias="HANDRAIL_TRUSTED_PROXIES")
    given_port: int | None = Field(None, alias="PORT", ge=0, le=65535)
    metrics_token: SecretStr | None = Field(None, alias="HANDRAIL_METRICS_TOKEN")
    metrics_port: int | None = Field(None, alias="HANDRAIL_METRICS_PORT", ge=0, le=65535)
    metrics_host: str = Field("127.0.0.1", alias="HANDRAIL_METRICS_HOST")
    keep_days: int = Field(365, alias="HANDRAIL_KEEP_DAYS", ge=30, le=36500)
    alerts_language: str = Field("", alias="HANDRAIL_ALERTS_LANGUAGE")
    log_form: Literal["text", "json"] = Field("text", alias="HANDRAIL_LOG")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", alias="HANDRAIL_LOG_LEVEL")
    log_words: bool = Field(False, alias="HANDRAIL_LOG_WORDS")
    sentry_dsn: SecretStr | None = Field(None, alias="SENTRY_DSN")
    otel_endpoint: str | None = Field(None, alias="OTEL_EXPORTER_OTLP_ENDPOINT")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: Source,
        env_settings: Source,
        dotenv_settings: Source,
        file_secret_settings: Source,  # noqa: ARG003 - a folder of secrets: ours are named one by one
    ) -> tuple[Source, ...]:
        """What is given, the environment, `.env`, and last the files that NAME_FILE names."""
        return init_settings, env_settings, dotenv_settings, SecretFiles(settings_cls, dotenv_settings)

    @field_validator("base_url", "slack_api_url", "sendgrid_api_url")
    @classmethod
    def _with_scheme(cls, url: str) -> str:
        if not re.match(r"https?://[^/\s]", url):
            raise ValueError("it must begin with https:// or http://")
        return url

    @field_validator("log_form", "log_level", mode="before")
    @classmethod
    def _in_small_letters(cls, word: Any) -> Any:
        return word.strip().lower() if isinstance(word, str) else word

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
    def slack_mode(self) -> SlackMode | None:
        """How Slack is set up: many workspaces, or one over HTTP or by Socket Mode. None when it is off, or only half there."""
        if self._many_wanted:
            return "many" if all(value is not None for value in self._many.values()) else None
        if self.slack_bot_token is None:
            return None
        if self.slack_app_token is not None:
            return "socket"
        return "http" if self.slack_signing_secret is not None else None

    @property
    def slack_on(self) -> bool:
        """Whether Slack is set up."""
        return self.slack_mode is not None

    @property
    def slack_needs(self) -> dict[str, object]:
        """The settings of the mode that is meant, by name; None for what is not there."""
        if self._many_wanted:
            return self._many
        one: dict[str, object] = {"SLACK_BOT_TOKEN": self.slack_bot_token}
        if self.slack_app_token is not None:
            return one | {"SLACK_APP_TOKEN": self.slack_app_token}
        return one | {"SLACK_SIGNING_SECRET": self.slack_signing_secret}

    @property
    def fernet_keys(self) -> list[str]:
        """The keys that tokens at rest are encrypted with, newest first; empty when one is to be derived from HANDRAIL_SECRET_KEY."""
        given = self.token_keys.get_secret_value() if self.token_keys else ""
        return [key.strip() for key in given.split(",") if key.strip()]

    @property
    def _many_wanted(self) -> bool:
        return any(value is not None for value in (self.slack_client_id, self.slack_client_secret, self.csm_team))

    @property
    def _many(self) -> dict[str, object]:
        return {
            "SLACK_CLIENT_ID": self.slack_client_id,
            "SLACK_CLIENT_SECRET": self.slack_client_secret,
            "SLACK_SIGNING_SECRET": self.slack_signing_secret,
            "HANDRAIL_CSM_TEAM": self.csm_team,
        }

    @property
    def email_on(self) -> bool:
        """Whether e-mail is set up."""
        return all(value is not None for value in self.email_needs.values())

    @property
    def email_needs(self) -> dict[str, object]:
        """The settings without which no mail goes out, by name; None for what is not there. One carrier is enough, and all it may be."""
        return {
            "SENDGRID_API_KEY or SMTP_URL": self.sendgrid_api_key or self.smtp_url,
            "HANDRAIL_FROM_EMAIL": self.from_email,
            "HANDRAIL_POSTAL_ADDRESS": self.postal_address,
        }

    @property
    def sendgrid_host(self) -> str:
        """Where SendGrid answers: SENDGRID_API_URL when it is given, else that of the region."""
        given = "sendgrid_api_url" in self.model_fields_set
        return EU_HOST if self.sendgrid_region == "eu" and not given else self.sendgrid_api_url

    @property
    def smtp_server(self) -> SmtpServer | None:
        """The server of SMTP_URL, None when it is not set. Raises ValueError for one that can't be read."""
        return read_smtp_url(self.smtp_url.get_secret_value()) if self.smtp_url else None

    @property
    def soft_bounce_rule(self) -> tuple[int, timedelta]:
        """How many refusals that may pass, within how long, shut an address. Raises ValueError for words that say neither."""
        found = _SOFT_BOUNCES.fullmatch(self.soft_bounces.strip())
        if not found or not int(found[1]) or not int(found[2]):
            raise ValueError('it must be like "3 in 14 days"')
        return int(found[1]), timedelta(days=int(found[2]))

    @property
    def rates(self) -> dict[str, Rate]:
        """How fast each kind of lane may be called: a workspace of Slack, and the carrier of mail. Raises ValueError for other words.

        Slack takes "several hundred" messages a minute in a workspace (https://docs.slack.dev/apis/web-api/rate-limits), SendGrid up to
        10,000 mails a second (https://www.twilio.com/docs/sendgrid/api-reference/mail-send).
        """
        return {"slack": read_rate(self.slack_pace), "email": read_rate(self.email_pace)}

    @property
    def project_dir(self) -> Path | None:
        """The project's folder: HANDRAIL_PROJECT, else the current folder when it looks like one."""
        if self.project:
            return self.project
        here = Path.cwd()
        return here if (here / "playbooks").is_dir() else None


def secret_named(name: str) -> str | None:
    """A secret that a project's file names: NAME, or what is in the file that NAME_FILE points to. None when nobody set it."""
    written = dotenv_values(".env")
    if given := os.environ.get(name) or written.get(name):
        return given.strip()
    try:
        return from_file(name, {**written, **os.environ})
    except ValueError:
        return None


def read_settings(**given: Any) -> Settings:
    """Read the environment (and `.env`). Raises SettingsError naming every bad value."""
    try:
        return Settings(**given)
    except ValidationError as error:
        bad = ", ".join(f"{e['loc'][0]} ({e['msg'].lower().removeprefix('value error, ')})" for e in error.errors())
        raise SettingsError(f"These settings can't be read: {bad}") from None
    except ValueError as error:
        raise SettingsError(f"{error}.") from None


def require_running(settings: Settings) -> list[str]:
    """What must be there before anything is served. Returns a line about each channel that is off.

    Raises SettingsError naming everything that is missing or can't be used.
    """
    missing = [
        name for name, value in (("HANDRAIL_SECRET_KEY", settings.secret_key), ("HANDRAIL_WRITE_KEY", settings.write_key)) if value is None
    ]
    slack = settings.slack_needs
    email = settings.email_needs
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
    if any(not _is_fernet_key(key) for key in settings.fernet_keys):
        bad.append("HANDRAIL_TOKEN_KEYS (each is 32 random bytes in URL-safe base64; `openssl rand -base64 32 | tr +/ -_` writes one)")
    if settings.metrics_token and len(settings.metrics_token.get_secret_value()) < SHORTEST_KEY:
        bad.append(f"HANDRAIL_METRICS_TOKEN (it needs at least {SHORTEST_KEY} characters)")
    if settings.csm_team and not re.fullmatch(r"[TE][A-Z0-9_]+", settings.csm_team):
        bad.append("HANDRAIL_CSM_TEAM (it must be a workspace's id, such as T0123ABCD)")
    if settings._many_wanted and settings.slack_bot_token:
        bad.append("SLACK_BOT_TOKEN (with SLACK_CLIENT_ID every workspace gives its own token: leave it out)")
    if settings._many_wanted and settings.slack_app_token:
        bad.append("SLACK_APP_TOKEN (Socket Mode is for one workspace: leave it out, or leave out SLACK_CLIENT_ID)")
    if settings.project and not settings.project.is_dir():
        bad.append(f"HANDRAIL_PROJECT (there is no folder {settings.project})")
    return bad + _unusable_for_mail(settings)


def _unusable_for_mail(settings: Settings) -> list[str]:
    bad = [
        f"{name} ({error})"
        for name, read in (("SMTP_URL", "smtp_server"), ("HANDRAIL_SOFT_BOUNCES", "soft_bounce_rule"))
        if (error := _wrong(settings, read))
    ]
    bad += [
        f"{name} ({error})"
        for name, words in (
            ("HANDRAIL_SLACK_PACE", settings.slack_pace),
            ("HANDRAIL_EMAIL_PACE", settings.email_pace),
            ("HANDRAIL_INGEST_PACE", settings.ingest_pace),
        )
        if (error := _no_rate(words))
    ]
    if settings.smtp_url and settings.sendgrid_api_key:
        bad.append("SMTP_URL (SENDGRID_API_KEY is set too, and mail goes one way: leave one of them out)")
    if settings.reply_domain and not _DOMAIN.fullmatch(settings.reply_domain):
        bad.append("HANDRAIL_REPLY_DOMAIN (it must be a domain such as reply.example.com)")
    if settings.inbound_secret and not _fits_a_path(settings.inbound_secret.get_secret_value()):
        bad.append(f"HANDRAIL_INBOUND_SECRET (it stands in an address: at least {SHORTEST_KEY} letters, digits, - or _)")
    keys = {"SENDGRID_WEBHOOK_PUBLIC_KEY": settings.webhook_public_key, "SENDGRID_INBOUND_PUBLIC_KEY": settings.inbound_public_key}
    return bad + [
        f"{name} (it must be the key as SendGrid shows it, beginning with MFkw)"
        for name, key in keys.items()
        if key and not _is_public_key(key)
    ]


def _is_fernet_key(key: str) -> bool:
    try:
        return len(urlsafe_b64decode(key.encode())) == 32
    except ValueError:
        return False


def _no_rate(words: str) -> str:
    try:
        read_rate(words)
    except ValueError as error:
        return str(error)
    return ""


def _wrong(settings: Settings, name: str) -> str:
    try:
        getattr(settings, name)
    except ValueError as error:
        return str(error)
    return ""


def _fits_a_path(secret: str) -> bool:
    return re.fullmatch(rf"[A-Za-z0-9_-]{{{SHORTEST_KEY},}}", secret) is not None


def _is_public_key(key: str) -> bool:
    try:
        return isinstance(load_der_public_key(b64decode(key, validate=True)), EllipticCurvePublicKey)
    except (ValueError, UnsupportedAlgorithm):
        return False
