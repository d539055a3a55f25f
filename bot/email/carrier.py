"""Which way mail goes: by SMTP where SMTP_URL is set, else by SendGrid."""

from __future__ import annotations

from typing import Protocol

from bot.channels import Channel
from bot.email.sendgrid import SendGridChannel
from bot.email.smtp import SmtpChannel
from bot.settings import Settings


class Carrier(Channel, Protocol):
    """A channel that carries mail."""

    def close(self) -> None:
        """Let go of what was kept open; nothing is sent any more."""
        ...


def carrier(settings: Settings) -> Carrier | None:
    """The way mail goes, None when e-mail is off. Raises ValueError for a SMTP_URL that can't be read."""
    if not settings.email_on or settings.from_email is None:
        return None
    if server := settings.smtp_server:
        return SmtpChannel(server, from_email=settings.from_email)
    assert settings.sendgrid_api_key is not None
    return SendGridChannel(
        settings.sendgrid_api_key.get_secret_value(),
        host=settings.sendgrid_host,
        from_email=settings.from_email,
        sandbox=settings.sendgrid_sandbox,
    )
