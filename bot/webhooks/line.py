"""One POST to an address that somebody wrote into a file: no redirect is followed, and nobody inside our network is reached by it."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

CONNECTING = 5.0
ANSWERING = 10.0
"""Seconds we wait for a line, and then for an answer: together less than half a lease."""


class NotSent(OSError):
    """Nothing was said: there was no line, or it led where we do not go."""


class Forbidden(NotSent):
    """The address leads into a private network, or is not encrypted, and nobody allowed that."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status, and after how many seconds they want to be asked again, if they said so."""

    status: int
    retry_after: float | None = None


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool = False) -> Reply:
    """Say `body` there. `private`: addresses of private networks and http:// are allowed, as on one's own machine.

    Raises NotSent when surely nothing was said, OSError or http.client.HTTPException when nobody knows.
    """
    where = urlsplit(url)
    if where.scheme != "https" and not private:
        raise Forbidden("only https:// is spoken to")
    line = _Line(where.hostname or "", where.port, secret=where.scheme == "https", private=private)
    try:
        line.connect()
        target = (where.path or "/") + (f"?{where.query}" if where.query else "")
        line.request("POST", target, body, {"Content-Type": "application/json", "User-Agent": "Handrail", **headers})
        answer = line.getresponse()
        return Reply(answer.status, _seconds(answer.getheader("Retry-After")))
    finally:
        line.close()


class _Line(http.client.HTTPConnection):
    """Looks at who is really there before a word is said: a name may lead anywhere, and elsewhere a moment later."""

    def __init__(self, host: str, port: int | None, *, secret: bool, private: bool) -> None:
        super().__init__(host, port or (443 if secret else 80), timeout=CONNECTING)
        self._secret = secret
        self._private = private

    def connect(self) -> None:
        """Raises NotSent."""
        try:
            super().connect()
            if not self._private and not ip_address(self.sock.getpeername()[0].partition("%")[0]).is_global:
                raise Forbidden("the address leads into a private network")
            if self._secret:
                self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
        except NotSent:
            raise
        except OSError as trouble:
            raise NotSent(f"no line: {type(trouble).__name__}") from trouble
        self.sock.settimeout(ANSWERING)


def _seconds(text: str | None) -> float | None:
    """Only the number form: a date would have to be read against their clock."""
    return float(min(int(text), 3600)) if text and text.isascii() and text.isdigit() and len(text) < 7 else None
