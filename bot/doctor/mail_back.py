"""Checks of mail that comes back: what SendGrid reports, and people's answers."""

from __future__ import annotations

from collections.abc import Iterator

from bot.doctor.finding import Finding
from bot.doctor.site import Site


def mail_back(site: Site) -> Iterator[Finding]:
    """Whether bounces and answers can reach us. Nothing to say where no mail goes out."""
    settings = site.settings
    if not settings.email_on:
        return
    if settings.sendgrid_api_key:
        yield _reports(site)
    elif not settings.reply_domain:
        yield Finding("bounces", "off", "what does not arrive is not heard of: bounces go to the sender", "set HANDRAIL_REPLY_DOMAIN")
    yield from _answers(site)


def _reports(site: Site) -> Finding:
    check, address = "event webhook", f"{site.settings.base_url}/email/events"
    if site.settings.webhook_public_key:
        return Finding(check, "ok", f"its key is set; SendGrid's events belong at {address}")
    todo = f"at SendGrid, Settings, Mail Settings, Event Webhook: {address}, signed, and its key into SENDGRID_WEBHOOK_PUBLIC_KEY"
    return Finding(check, "off", "bounces and complaints are not heard of", todo)


def _answers(site: Site) -> Iterator[Finding]:
    check, settings = "answers by mail", site.settings
    if not settings.reply_domain:
        seen = f"they go to {settings.from_email}, where nobody reads them for us"
        yield Finding(check, "off", seen, "set HANDRAIL_REPLY_DOMAIN, and HANDRAIL_INBOUND_SECRET for SendGrid's Inbound Parse")
        return
    if settings.inbound_secret is None:
        todo = "set HANDRAIL_INBOUND_SECRET for SendGrid's Inbound Parse"
        yield Finding(
            check, "off", f"no way in over HTTP for {settings.reply_domain}; handrail inbound takes them from a mail server", todo
        )
    else:
        signed = ", and its signature is checked" if settings.inbound_public_key else ""
        yield Finding(check, "ok", f"taken at {settings.base_url}/email/inbound/…{signed}")
    todo = f"its MX record names who takes them: mx.sendgrid.net, or your own server (dig MX {settings.reply_domain})"
    yield Finding("reply domain", "unknown", f"whether mail for {settings.reply_domain} finds its way can't be asked from here", todo)
