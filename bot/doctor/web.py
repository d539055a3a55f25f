"""Checks from outside: the address that people and Slack use, and that the app there shares our signing secret."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.doctor.asking import Answer, Unanswered, ask
from bot.doctor.finding import Finding
from bot.doctor.site import LOOPBACK, Site

_START = "start Handrail (handrail run), and look again"


def address(site: Site) -> Iterator[Finding]:
    """Whether the base URL is one that others can use."""
    url = site.settings.base_url
    parts = urlsplit(url)
    if parts.hostname in LOOPBACK:
        todo = "for people and for Slack, set HANDRAIL_BASE_URL to the public https address"
        yield Finding("base URL", "off", f"{url}: only this machine reaches it", todo)
    elif parts.scheme != "https":
        yield Finding("base URL", "wrong", f"{url} is not encrypted", "put https in front of it, and into HANDRAIL_BASE_URL")
    else:
        yield Finding("base URL", "ok", url)


def health(site: Site) -> Iterator[Finding]:
    """Whether Handrail answers at its address, and is well."""
    url = f"{site.settings.base_url}/healthz"
    try:
        answer = ask(url)
    except Unanswered as why:
        yield Finding("app", "wrong", f"{url}: {why}", _START)
        return
    told = answer.json
    if not isinstance(told, dict) or "problems" not in told:
        todo = "HANDRAIL_BASE_URL, or the proxy there, leads elsewhere"
        yield Finding("app", "wrong", f"{url} answers {answer.status}, and not as Handrail does", todo)
    elif told["problems"]:
        yield Finding("app", "wrong", "; ".join(map(str, told["problems"])), "see docs/delivery.md, and the app's log")
    else:
        yield Finding("app", "ok", f"{url} answers, all is well")


def signing_secret(site: Site) -> Iterator[Finding]:
    """Whether the running app takes what is signed with our secret. Whether it is Slack's can't be asked: its form is all there is."""
    check, secret = "signing secret", site.signing_secret
    if site.app_token and not site.many_workspaces:
        yield Finding(check, "off", "not needed: Socket Mode brings Slack's requests")
        return
    if not secret:
        todo = "set SLACK_SIGNING_SECRET; Slack shows it under Basic Information, App Credentials"
        yield Finding(check, "wrong" if site.slack_wanted else "off", "not set", todo if site.slack_wanted else "")
        return
    try:
        answer = _signed(f"{site.settings.base_url}/slack/events", secret)
    except Unanswered as why:
        yield Finding(check, "unknown", f"the app can't be asked: {why}", _START)
        return
    yield _proved(answer, bool(re.fullmatch(r"[0-9a-f]{32}", secret)))


def _signed(url: str, secret: str) -> Answer:
    body = json.dumps({"type": "url_verification", "challenge": secrets.token_hex(8)}).encode()
    at = str(int(time.time()))
    signature = "v0=" + hmac.new(secret.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature}
    return ask(url, headers=headers, body=body)


def _proved(answer: Answer, looks_right: bool) -> Finding:
    check = "signing secret"
    form = "" if looks_right else "; Slack's own have 32 hexadecimal digits, this one has not"
    match answer.status:
        case 200:
            return Finding(check, "ok", f"the running app takes what is signed with it{form}")
        case 401 | 403:
            return Finding(
                check, "wrong", "the running app refuses what is signed with it", "restart it with the same SLACK_SIGNING_SECRET"
            )
        case 404:
            return Finding(check, "wrong", "the running app has no /slack/events", "restart it with these settings: there Slack is off")
        case status:
            return Finding(check, "unknown", f"/slack/events answers {status}", "see the app's log")
