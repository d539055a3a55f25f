"""One POST to an address that somebody wrote into a file: no redirect is followed, and nobody inside our network is reached by it."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from threading import Timer
from time import monotonic
from urllib.parse import urlsplit

CONNECTING = 5.0
WITHIN = 15.0
"""Seconds we wait for a line to one address, and until everything is said and answered, whatever they drip meanwhile.

A name is looked up before, in the time the machine's resolver takes; together less than a lease.
"""

_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"), IPv6Network("::/96"), IPv6Network("::ffff:0:0:0/96"))
"""Addresses that stand for one of the old kind, which may be a private one (NAT64, RFC 4291 2.5.5.1, RFC 2765)."""
_SET_ASIDE = (IPv4Network("192.0.0.0/24"), IPv6Network("3fff::/20"), IPv6Network("5f00::/16"))
"""For protocols, documentation and segment routing: not every Python we run on knows them as no part of the open internet."""

_Place = tuple[socket.AddressFamily, str, int]


class NotSent(OSError):
    """Nothing was said: there was no line, or it led where we do not go."""


class Forbidden(NotSent):
    """The address leads into a private network, or is not encrypted, and nobody allowed that."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status, and after how many seconds they want to be asked again, if they said so."""

    status: int
    retry_after: float | None = None


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool = False, within: float = WITHIN) -> Reply:
    """Say `body` there, and hear the answer's head `within` so many seconds.

    `private`: addresses of private networks and http:// are allowed, as on one's own machine.
    Raises NotSent when surely nothing was said, OSError or http.client.HTTPException when nobody knows.
    """
    where = urlsplit(url)
    if where.scheme != "https" and not private:
        raise Forbidden("only https:// is spoken to")
    line = _Line(where.hostname or "", where.port, secret=where.scheme == "https", private=private, within=within)
    try:
        line.connect()
        target = (where.path or "/") + (f"?{where.query}" if where.query else "")
        line.request("POST", target, body, {"Content-Type": "application/json", "User-Agent": "Handrail", **headers})
        answer = line.getresponse()
        line.in_time()
        return Reply(answer.status, _seconds(answer.getheader("Retry-After")))
    finally:
        line.close()


def is_open(address: str) -> bool:
    """Whether an IP address is one on the open internet: no private one in any disguise, and one machine only."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped:
            return is_open(str(ip.ipv4_mapped))
        if ip.sixtofour or ip.is_site_local or any(ip in network for network in _TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _SET_ASIDE)


class _Line(http.client.HTTPConnection):
    """Looks at who would really be there before a word is said: a name may lead anywhere, and elsewhere a moment later."""

    def __init__(self, host: str, port: int | None, *, secret: bool, private: bool, within: float) -> None:
        super().__init__(host, port or (443 if secret else 80))
        self._secret = secret
        self._private = private
        self._within = within
        self._late = False
        self._watch: Timer | None = None

    def connect(self) -> None:
        """From here on time runs. Raises NotSent."""
        try:
            places = self._places()
            self._watch = Timer(self._within, self._cut)
            self._watch.daemon = True
            self._watch.start()
            self.sock = _reached(places, monotonic() + self._within)
            self.sock.settimeout(self._within)
            if self._secret:
                secret = ssl.create_default_context()
                self.sock = secret.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
                self.in_time()  # the watch may have looked at the socket that this one took the place of
                self.sock.do_handshake()
            self.in_time()
        except NotSent:
            raise
        except OSError as trouble:
            raise NotSent(f"no line: {type(trouble).__name__}") from trouble

    def in_time(self) -> None:
        """Raises TimeoutError when the line was cut: what seems to be an answer may be half of one."""
        if self._late:
            raise TimeoutError("no answer in time")

    def close(self) -> None:
        """Hang up; nobody watches any more."""
        if self._watch:
            self._watch.cancel()
        super().close()

    def _places(self) -> list[_Place]:
        """The addresses that the name leads to and that may be spoken to."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        places: list[_Place] = [(family, str(there[0]), int(there[1])) for family, _, _, _, there in found]
        allowed = [place for place in places if self._private or is_open(place[1])]
        if places and not allowed:
            raise Forbidden("the address leads into a private network")
        return allowed

    def _cut(self) -> None:
        """Whoever waits at this line waits no more. The bare socket: TLS would say goodbye first, and wait for theirs."""
        self._late = True
        line = self.sock
        if line is not None:
            with suppress(OSError):
                socket.socket.shutdown(line, socket.SHUT_RDWR)


def _reached(places: list[_Place], until: float) -> socket.socket:
    """A line to the first that takes one, by then. Raises OSError."""
    trouble = OSError("the name leads nowhere")
    for family, address, port in places:
        left = min(CONNECTING, until - monotonic())
        if left <= 0:
            break
        line = socket.socket(family, socket.SOCK_STREAM)
        try:
            line.settimeout(left)
            line.connect((address, port))
        except OSError as error:
            line.close()
            trouble = error
        else:
            return line
    raise trouble


def _seconds(text: str | None) -> float | None:
    """Only the number form: a date would have to be read against their clock."""
    return float(min(int(text), 3600)) if text and text.isascii() and text.isdigit() and len(text) < 7 else None
