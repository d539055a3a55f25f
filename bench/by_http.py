"""The day of (a) with every message through real HTTP: the whole app with Bolt's and SendGrid's clients, or by hand."""

from __future__ import annotations

import http.client
import itertools
import json
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from bench.floors.mail import Mail
from bench.moments import DAY, PROJECT

MAIL_KEY, TOKEN = "SG.playground", "xoxb-playground"


def ours(url: str, play: str) -> Callable[[], dict[str, Any]]:
    """The app as it is deployed, in one process, with no limit on rates; `play` is where Slack and SendGrid are."""
    from bot.clock import tick
    from bot.main import build
    from bot.settings import Settings
    from bot.world import World

    world = World()
    world.hold(DAY)
    house = build(Settings(_env_file=None, **_settings(url, play)), world=world)

    def go() -> dict[str, Any]:
        while tick(house.door, house.chores) + house.delivery.drain():
            pass
        with house.store.database.read() as connection:
            done = "SELECT count(*) FROM outbox WHERE state = 'sent' AND sent_at = (SELECT max(sent_at) FROM outbox)"
            sent = connection.exec_driver_sql(done).scalar_one()
        house.store.close()
        return {"sent": sent}

    return go


def _settings(url: str, play: str) -> dict[str, Any]:
    return {
        "DATABASE_URL": url,
        "HANDRAIL_PROJECT": PROJECT,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": "the-playgrounds-signing-secret",
        "SLACK_API_URL": f"{play}/slack/api/",
        "SENDGRID_API_KEY": MAIL_KEY,
        "SENDGRID_API_URL": play,
        "HANDRAIL_FROM_EMAIL": "hello@tally.test",
        "HANDRAIL_POSTAL_ADDRESS": "1 Harbour Street",
        "HANDRAIL_COMPANY": "Tally",
        "HANDRAIL_SECRET_KEY": "a-secret-key-for-measuring-only-32",
        "HANDRAIL_WRITE_KEY": "a-write-key-for-measuring-only",
        "HANDRAIL_SLACK_PACE": "no limit",
        "HANDRAIL_EMAIL_PACE": "no limit",
    }


def by_hand(url: str, play: str, slack_user: str) -> Callable[[], dict[str, Any]]:
    """The floor, with one connection that is kept open: every second message is a mail, the others go to a Slack user."""
    from bench.floors import day_on_postgres, day_on_sqlite

    address = urlsplit(play)
    line = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
    line.connect()
    numbers = itertools.count()

    def send(mail: Mail) -> str:
        if next(numbers) % 2:
            blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": part}} for part in mail.text.split("\n\n") if part.strip()]
            told = _told(line, "/slack/api/chat.postMessage", TOKEN, {"channel": slack_user, "text": mail.subject, "blocks": blocks})
            return str(json.loads(told)["ts"])
        _told(line, "/v3/mail/send", MAIL_KEY, _mail(mail))
        return mail.to

    the_day = day_on_sqlite.the_day if url.startswith("sqlite:///") else day_on_postgres.the_day

    def go() -> dict[str, Any]:
        with closing(line):
            return {"sent": the_day(url.removeprefix("sqlite:///"), DAY, send)}

    return go


def _mail(mail: Mail) -> dict[str, Any]:
    return {
        "personalizations": [{"to": [{"email": mail.to}]}],
        "from": {"email": "hello@tally.test", "name": "Tally"},
        "subject": mail.subject,
        "content": [{"type": "text/plain", "value": mail.text}, {"type": "text/html", "value": mail.html}],
    }


def _told(line: http.client.HTTPConnection, path: str, key: str, body: dict[str, Any]) -> bytes:
    line.request("POST", path, json.dumps(body).encode(), {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    answer = line.getresponse()
    said = answer.read()
    if answer.status not in (200, 202) or said.startswith(b'{"ok":false'):
        raise RuntimeError(f"{path} answered {answer.status}: {said[:200]!r}")
    return said
