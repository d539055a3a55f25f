"""One request to a provider's API, over a line of its own: what surely never left is told apart, and the key goes nowhere else."""

from __future__ import annotations

import http.client
import urllib.request
from collections.abc import Callable
from typing import Any

from python_http_client import Client

CONNECTING = 5.0
"""Seconds for one address of the provider to answer, and to agree on a secret. No mail is lost by it: it is tried again."""


class NeverLeft(OSError):
    """The line to the provider did not come about, so nothing was said on it. `trouble` is why."""

    def __init__(self, trouble: OSError) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


class OneCall(Client):  # type: ignore[misc]  # the library has no types
    """The library's client with our lines under it. A redirection is an answer: raised as HTTPError, never followed."""

    def _build_client(self, name: str | None = None) -> OneCall:
        return OneCall(
            host=self.host,
            version=self._version,
            request_headers=self.request_headers,
            url_path=[*self._url_path, name] if name else self._url_path,
            append_slash=self.append_slash,
            timeout=self.timeout,
        )

    def _make_request(self, opener: object, request: urllib.request.Request, timeout: float | None = None) -> Any:  # noqa: ARG002
        return super()._make_request(_OPENER, request, timeout=timeout)


class _Plain(http.client.HTTPConnection):
    def connect(self) -> None:
        """Reach the server. Raises NeverLeft."""
        _connect(self, super().connect)


class _Secret(http.client.HTTPSConnection):
    def connect(self) -> None:
        """Reach the server and agree on a secret with it. Raises NeverLeft."""
        _connect(self, super().connect)


class _PlainLines(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Send a request over a line that tells how far it came."""
        return self.do_open(_Plain, req)


class _SecretLines(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Send a request over an encrypted line that tells how far it came."""
        return self.do_open(_Secret, req)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Another host would get the key, and a GET that brings no mail."""


_OPENER = urllib.request.build_opener(_PlainLines, _SecretLines, _NoRedirects)


def _connect(line: http.client.HTTPConnection, connect: Callable[[], None]) -> None:
    """The wait for an answer is longer than the wait for a line."""
    patience = line.timeout
    line.timeout = min(CONNECTING, patience) if patience else CONNECTING
    try:
        connect()
    except OSError as trouble:
        raise NeverLeft(trouble) from trouble
    finally:
        line.timeout = patience
    line.sock.settimeout(patience)
