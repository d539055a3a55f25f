"""Where mail goes by SMTP, as one address: smtp://user:password@host:587 or smtps://…"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

Security = Literal["starttls", "tls", "none"]
"""`tls` from the first byte (RFC 8314), `starttls` before anything is said (RFC 3207), `none` in the clear."""

_PORTS = {"smtp": 587, "smtps": 465}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, kw_only=True, slots=True)
class SmtpServer:
    """A server that takes our mail. `user` is '' where nobody logs in."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)


def read_smtp_url(url: str) -> SmtpServer:
    """Read SMTP_URL. Raises ValueError in words that never quote it, for it may hold a password."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise ValueError("it can't be read; write special characters of user and password as %40 and the like") from None
    if parts.scheme not in _PORTS or not host or parts.path not in ("", "/") or parts.fragment:
        raise ValueError("it must look like smtp://user:password@host:587 or smtps://user:password@host")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("a user needs a password, and a password a user")
    if not (user + password).isascii():
        raise ValueError("user and password can only have ASCII characters")
    security = _security(parts)
    if security == "none" and user and host not in _LOOPBACK:
        raise ValueError("with tls=none the password would be read on the way; leave out tls=none, or the user")
    return SmtpServer(host=host, port=port, security=security, user=user, password=password)


def _security(parts: SplitResult) -> Security:
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    if set(asked) - {"tls"} or asked.get("tls", "none") != "none":
        raise ValueError("after the ? there can only be tls=none")
    if parts.scheme == "smtps":
        if asked:
            raise ValueError("smtps:// is TLS from the start; tls=none contradicts it")
        return "tls"
    return "none" if asked else "starttls"
