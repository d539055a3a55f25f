"""Slack's signature of a request, asked of its bytes before anybody reads what is in them."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bot.world import machine_now

SIGNATURE = "X-Slack-Signature"
TIMESTAMP = "X-Slack-Request-Timestamp"
FRESH = timedelta(minutes=5)
"""How far, in machine time, a request's moment may be from now, as Slack advises: what was overheard is no use later."""

_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


class Signed:
    """Knows an app's signing secret. https://docs.slack.dev/authentication/verifying-requests-from-slack"""

    def __init__(self, secret: str, now: Callable[[], datetime] = machine_now) -> None:
        self._key = secret.encode()
        self._now = now

    def __call__(self, headers: Mapping[str, str], raw: bytes) -> bool:
        """Whether Slack signed the body, byte for byte, within the last minutes. `headers` ignore case. Raises nothing."""
        moment = headers.get(TIMESTAMP, "")
        if not _SECONDS.fullmatch(moment) or abs(self._now().timestamp() - int(moment)) > FRESH.total_seconds():
            return False
        right = "v0=" + hmac.digest(self._key, b"v0:" + moment.encode() + b":" + raw, hashlib.sha256).hex()
        return hmac.compare_digest(right.encode(), headers.get(SIGNATURE, "").encode(errors="replace"))
