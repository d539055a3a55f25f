"""How much one address may ask: whoever has no key and no link of ours is slowed down, and whoever has is not held up by them."""

from __future__ import annotations

import logging
import math
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from time import monotonic

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.buckets import Buckets

log = logging.getLogger("handrail.web")

BURST, PER_SECOND = 1000.0, 50.0
"""An address may open so many pages at once, and so many a second: a company behind one address, or a scanner of its mail, asks less."""
WRONG = 25.0
"""What an answer costs that says "you have no key" or "there is nothing here": forty of them at once, then two a second."""
UNREAD = 5.0
"""What a body costs that could not be read, which is found before its key is: two hundred at once, then ten a second."""
NEW_STATE = 100.0
"""What beginning to install costs, for it leaves a row behind for some minutes: ten at once, then one in two seconds."""

_NEVER = "/u/"
"""Whoever wants no more mail is never asked to come back: their mail program does not."""
_FREE = ("/static/", "/healthz", "/readyz", "/metrics")
TOOLS = ("/batch", "/capture", "/i/v0/e", "/e", "/track", "/import", "/engage", "/groups", "/2/httpapi", "/identify")
"""Where the clients of other tools send to."""
_KEYED = ("/v1/", "/slack/events", "/email/", *TOOLS)
"""Where a right key or signature is asked for: with one, nothing here is counted."""
_DESCRIPTION = "/v1/openapi.json"
"""Among them, and open to everybody."""
_INSTALL = "/slack/install"
_GUESSED = "/email/inbound/"
_MOST_KNOWN = 5_000


class Throttle:
    """Answers 429 with Retry-After to an address that asked too much. Addresses are counted in this process alone.

    An address of a private network is a proxy's that nobody named (HANDRAIL_TRUSTED_PROXIES) or our own: behind it is everybody, so it is
    not counted, and a line in the log says so once.
    """

    def __init__(self, app: ASGIApp, *, tick: Callable[[], float] = monotonic) -> None:
        self._app = app
        self._buckets = Buckets(BURST, PER_SECOND, tick=tick)
        self._known: OrderedDict[int, None] = OrderedDict()
        self._told = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        client = scope.get("client") if scope["type"] == "http" else None
        name = counted_as(client[0]) if client else ""
        if not name or scope["path"].startswith(_FREE):
            self._tell(scope, client[0] if client else "")
            await self._app(scope, receive, send)
            return
        path, key = scope["path"], _key(scope, name)
        wait = self._buckets.wait(name)
        if wait and not self._opens(scope, key) and not (scope["method"] == "POST" and path.startswith(_NEVER)):
            await _later(wait)(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._answered(name, key, path, message["status"])
            await send(message)

        await self._app(scope, receive, sent)

    def _opens(self, scope: Scope, key: int) -> bool:
        """Whether the request brings a key in a header that opened something before: the others behind its address do not hold it up."""
        if not (_is_keyed(scope["path"]) and _said(scope) and key in self._known):
            return False
        self._known.move_to_end(key)
        return True

    def _answered(self, name: str, key: int, path: str, status: int) -> None:
        keyed = _is_keyed(path)
        if keyed and status < 300:
            self._known[key] = None
            self._known.move_to_end(key)
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        elif cost := _keyed_cost(path, status, known=key in self._known) if keyed else _cost(path, status):
            self._buckets.take(name, cost)

    def _tell(self, scope: Scope, peer: str) -> None:
        if self._told or scope["type"] != "http" or not any(name == b"x-forwarded-for" for name, _ in scope["headers"]):
            return
        self._told = True
        log.warning("requests come through %s: name it in HANDRAIL_TRUSTED_PROXIES, else no address is slowed down", peer or "a proxy")


@lru_cache(maxsize=4096)
def counted_as(address: str) -> str:
    """What an address is counted under: itself, or the network of a line (IPv6, /64); '' for one that may stand for many."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if not ip.is_global:
        return ""
    return f"{int(ip) >> 64:x}/64" if isinstance(ip, IPv6Address) else str(ip)


def _is_keyed(path: str) -> bool:
    return path.startswith(_KEYED) and path != _DESCRIPTION


def _said(scope: Scope) -> bytes:
    return next((value for header, value in scope["headers"] if header == b"authorization"), b"")


def _key(scope: Scope, name: str) -> int:
    """What a sender is remembered as once a key of theirs opened something: an address with the key in its header, if it stands there."""
    return hash((name, _said(scope)))


def _keyed_cost(path: str, status: int, *, known: bool) -> float:
    """What an answer costs where a key is asked for. Behind a right one somebody may well ask for people who are not there."""
    if status in (401, 403) or (status == 404 and path.startswith(_GUESSED)):
        return WRONG
    return (1.0 if known else UNREAD) if status in (400, 408, 413) else 0.0


def _cost(path: str, status: int) -> float:
    """What any other answer costs."""
    if status in (401, 403, 404, 405):
        return WRONG
    return NEW_STATE if path.startswith(_INSTALL) else 1.0


def _later(wait: float) -> PlainTextResponse:
    after = max(1, math.ceil(wait))
    return PlainTextResponse(f"Too much at once. Please come back in {after} seconds.\n", 429, {"Retry-After": str(after)})
