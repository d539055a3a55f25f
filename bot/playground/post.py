"""How the playground calls the app: signed as Slack signs, patient as Slack is patient, and refusing in words."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bot.playground.faults import Faults
from bot.playground.host import Host
from bot.playground.mail_account import MailAccount
from bot.playground.sockets import Kind, Sockets, Unacknowledged
from bot.playground.values import Json

PATIENCE = 3.0
"""Seconds of machine time in which the app has to answer, as with Slack."""
RETRIES_AFTER = (0.0, 1.0, 5.0)
"""Seconds of machine time before Slack's three retries; the real one waits 0, 60 and 300."""

FORM = "application/x-www-form-urlencoded"

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the app is next door, whatever the environment says


class Refused(Exception):
    """What a person wanted did not come about; says why, in words for the page."""

    def __init__(self, words: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.errors = dict(errors or {})


@dataclass(frozen=True, slots=True)
class Post:
    """Calls one app: over its Socket Mode connection where it opened one, else over HTTP.

    `patience` and `retries_after` are in seconds of machine time.
    """

    host: Host
    faults: Faults
    patience: float = PATIENCE
    retries_after: tuple[float, ...] = RETRIES_AFTER
    sockets: Sockets = field(default_factory=Sockets)

    def interaction(self, payload: Json) -> str:
        """A click, a submission, a shortcut: what the app answered. Slack does not try these twice."""
        if self.sockets.on:
            return self._by_socket("interactive", payload)
        return self._signed(urlencode({"payload": json.dumps(payload)}), FORM, {})

    def command(self, fields: Mapping[str, str]) -> str:
        """A slash command: what the app answered."""
        if self.sockets.on:
            return self._by_socket("slash_commands", dict(fields))
        return self._signed(urlencode(fields), FORM, {})

    def event(self, envelope: Json) -> None:
        """An event of the Events API, with retries until the app acknowledges or Slack would give up."""
        for number, wait in enumerate((*self.retries_after, None)):
            try:
                self.once(envelope, retry=number)
                return
            except Refused:
                if wait is None:
                    raise
                time.sleep(wait)

    def once(self, envelope: Json, *, retry: int = 0) -> None:
        """Deliver an event one time. `retry`: which of Slack's repetitions this is, none for the first delivery."""
        fault = self.faults.take("events")
        if fault is None or fault.accepts:
            if self.sockets.on:
                self._by_socket("events_api", envelope, retry)
            else:
                again = {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"} if retry else {}
                self._signed(json.dumps(envelope), "application/json", again)
        if fault is not None:
            raise Refused("The app's acknowledgement got lost on the way.")

    def product_event(self, body: Json) -> None:
        """What the product reports, by the app's own HTTP API."""
        key = b64encode(f"{self.host.write_key}:".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {key}"}
        self._sent(f"{self.host.app_url}/v1/track", json.dumps(body).encode(), headers)

    def mail_reports(self, account: MailAccount, reports: Sequence[Json]) -> None:
        """A batch of SendGrid's event webhook, again until the app says that it has it or SendGrid would give up. Raises Refused."""
        raw = json.dumps(list(reports)).encode()

        def once() -> None:
            headers = {"Content-Type": "application/json"} | account.signed(raw, str(int(time.time())))
            self._through("mail.events", lambda: self._sent(f"{self.host.app_url}/email/events", raw, headers))

        self._patiently(once)

    def inbound(self, account: MailAccount, body: bytes, headers: Mapping[str, str]) -> None:
        """A mail that came in for the app, again until it takes it or SendGrid would give up. Raises Refused."""
        address = f"{self.host.app_url}/email/inbound/{account.inbound_secret}"
        self._patiently(lambda: self._through("mail.inbound", lambda: self._sent(address, body, headers)))

    def _through(self, route: str, deliver: Callable[[], object]) -> None:
        """Deliver once; a misfortune ordered for this route loses the delivery, or the answer to it."""
        fault = self.faults.take(route)
        if fault is None or fault.accepts:
            deliver()
        if fault is not None:
            raise Refused("The app's answer got lost on the way.")

    def _patiently(self, once: Callable[[], object]) -> None:
        for wait in (*self.retries_after, None):
            try:
                once()
                return
            except Refused:
                if wait is None:
                    raise
                time.sleep(wait)

    def _by_socket(self, kind: Kind, payload: Json, retry: int = 0) -> str:
        try:
            said = self.sockets.deliver(kind, payload, self.patience, retry)
        except Unacknowledged as late:
            raise Refused(str(late)) from None
        return json.dumps(said) if said else ""

    def _signed(self, body: str, kind: str, headers: Mapping[str, str]) -> str:
        raw, stamp = body.encode(), str(int(time.time()))
        signed = {"Content-Type": kind, "X-Slack-Request-Timestamp": stamp} | dict(headers)
        signed["X-Slack-Signature"] = signature(self.host.signing_secret, stamp, raw)
        return self._sent(f"{self.host.app_url}/slack/events", raw, signed)

    def _sent(self, url: str, body: bytes, headers: Mapping[str, str]) -> str:
        request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")
        try:
            with _opener.open(request, timeout=self.patience) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as refusal:
            said = refusal.read(200).decode(errors="replace").strip()
            raise Refused(_in_words(refusal.code, said)) from None
        except TimeoutError:
            raise Refused(f"The app did not answer within {self.patience:g} seconds.") from None
        except (urllib.error.URLError, http.client.HTTPException, OSError) as trouble:
            if isinstance(getattr(trouble, "reason", None), TimeoutError):
                raise Refused(f"The app did not answer within {self.patience:g} seconds.") from None
            raise Refused("The app could not be reached.") from None


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Slack's signature of a request: `stamp` is its time in seconds since the epoch."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()


def answered(body: str) -> Any:
    """What an app's acknowledgement says, if it says something in JSON."""
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body


def _in_words(code: int, said: str) -> str:
    match code:
        case 401 | 403:
            return f"The app refused it ({code}): signature or key are not what it expects."
        case 404:
            return "The app has nobody listening for this (404)."
        case _:
            return f"The app answered {code}{': ' + said if said else ''}."
