"""Checks of mail that goes out: SendGrid's key and sender, or the SMTP server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.channels import SendError
from bot.doctor.asking import Answer, Unanswered, ask
from bot.doctor.finding import Finding
from bot.doctor.site import Site, plain
from bot.email.smtp import SmtpChannel

_VERIFY = "verify it, or better its domain, at SendGrid: Settings, Sender Authentication"


def mail(site: Site) -> Iterator[Finding]:
    """Whether all of it is set, then the carrier and the sender."""
    settings = site.settings
    given = settings.email_needs
    absent = [name for name, value in given.items() if not value]
    if len(absent) == len(given):
        yield Finding("e-mail", "off", f"not set up; {', '.join(given)} switch it on")
        return
    if absent:
        yield Finding("e-mail", "wrong", f"not all of it is set: {', '.join(absent)} missing", "set what is missing, or nothing of it")
    if settings.smtp_url:
        yield _smtp(site)
    elif settings.sendgrid_api_key:
        yield _key(site)
        yield _sender(site)
        yield from _region(site)


def _smtp(site: Site) -> Finding:
    """The server, its certificate and the login. Sends nothing."""
    check = "SMTP"
    try:
        server = site.settings.smtp_server
    except ValueError as error:
        return Finding(check, "wrong", f"SMTP_URL: {error}", "mend SMTP_URL")
    if server is None or not site.settings.from_email:
        return Finding(check, "unknown", "no HANDRAIL_FROM_EMAIL to send from")
    where = f"{server.host}:{server.port}"
    try:
        SmtpChannel(server, from_email=site.settings.from_email).try_out()
    except SendError as error:
        return Finding(check, "wrong", f"{where}: {error}", "see whether this machine may reach it, and SMTP_URL")
    how = {"starttls": "encrypted by STARTTLS", "tls": "encrypted", "none": "in the clear"}[server.security]
    return Finding(check, "ok", f"{where} answers, {how}" + (", and knows our login" if server.user else ", without a login"))


def _region(site: Site) -> Iterator[Finding]:
    settings = site.settings
    if settings.sendgrid_region == "eu":
        yield Finding("SendGrid region", "ok", f"eu: {settings.sendgrid_host}")
    if settings.sendgrid_sandbox:
        yield Finding("SendGrid sandbox", "off", "it is on: every mail is checked and none is sent", "leave out SENDGRID_SANDBOX to send")


def _key(site: Site) -> Finding:
    check = "SendGrid key"
    try:
        answer = _get(site, "/v3/scopes")
    except Unanswered as why:
        return Finding(
            check, "wrong", f"{site.settings.sendgrid_host}: {why}", "see whether this machine may reach it, and SENDGRID_API_URL"
        )
    if answer.status == 401:
        return Finding(
            check, "wrong", "SendGrid does not know it", "make a new one with Mail Send (Settings, API Keys) for SENDGRID_API_KEY"
        )
    scopes = answer.json.get("scopes") if answer.status == 200 and isinstance(answer.json, dict) else None
    if not isinstance(scopes, list):
        return Finding(check, "unknown", f"what it may do can't be asked (SendGrid answers {answer.status})")
    if "mail.send" not in scopes:
        return Finding(check, "wrong", "it works, and may not send", "give it Mail Send at SendGrid: Settings, API Keys")
    return Finding(check, "ok", "it works, and may send")


def _sender(site: Site) -> Finding:
    check, email = "sender", (site.settings.from_email or "").lower()
    if not email:
        return Finding(check, "unknown", "no HANDRAIL_FROM_EMAIL to look for")
    known: dict[str, bool] = {}
    asked = 0
    for path, name, good in (("/v3/verified_senders", "from_email", "verified"), ("/v3/whitelabel/domains", "domain", "valid")):
        rows = _rows(site, path)
        asked += rows is not None
        known |= {str(row.get(name, "")).lower(): bool(row.get(good)) for row in rows or ()}
    ours = {name: good for name, good in known.items() if name in (email, email.rpartition("@")[2])}
    if any(ours.values()):
        return Finding(check, "ok", f"{email}: {next(name for name, good in ours.items() if good)} is verified")
    if ours:
        return Finding(check, "wrong", f"{email}: begun and not verified yet", _VERIFY)
    if asked < 2:
        return Finding(
            check, "unknown", f"{email}: this key may not look, which is fine", "see for yourself at Settings, Sender Authentication"
        )
    return Finding(check, "wrong", f"{email}: SendGrid does not know this sender", _VERIFY)


def _rows(site: Site, path: str) -> list[dict[str, Any]] | None:
    try:
        answer = _get(site, path)
    except Unanswered:
        return None
    told = answer.json if answer.status == 200 else None
    rows = told.get("results") if isinstance(told, dict) else told
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else None


def _get(site: Site, path: str) -> Answer:
    key = plain(site.settings.sendgrid_api_key)
    return ask(f"{site.settings.sendgrid_host}{path}", headers={"Authorization": f"Bearer {key}"})
