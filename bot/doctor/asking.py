"""One HTTP request with a timeout, for checks: an answer, or why there is none."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.doctor.site import LOOPBACK

TIMEOUT = 8
"""Seconds a check waits for an answer."""
MOST_BYTES = 1024 * 1024


class Unanswered(Exception):
    """Nobody answered; the text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, errors included. `json` is None when it was none."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.text)
        except ValueError:
            return None


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow nothing: a key goes where it was meant to."""


def ask(url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Answer:
    """GET, or POST when there is a body. Redirects are not followed. Raises Unanswered."""
    near = [urllib.request.ProxyHandler({})] if urlsplit(url).hostname in LOOPBACK else []
    opener = urllib.request.build_opener(_Stay, *near)
    try:
        with opener.open(urllib.request.Request(url, data=body, headers=dict(headers or {})), timeout=TIMEOUT) as response:
            return Answer(response.status, response.read(MOST_BYTES).decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read(MOST_BYTES).decode("utf-8", "replace"))
    except urllib.error.URLError as error:
        raise Unanswered(_why(error.reason)) from None
    except (OSError, http.client.HTTPException) as error:
        raise Unanswered(_why(error)) from None


def _why(reason: object) -> str:
    match reason:
        case TimeoutError():
            return f"no answer within {TIMEOUT} seconds"
        case ConnectionRefusedError():
            return "nobody listens there"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not good: {reason.verify_message}"
        case _:
            return f"no connection ({type(reason).__name__})"
