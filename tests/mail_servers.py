"""A mail server over real sockets: it speaks SMTP with STARTTLS or TLS and logins, and has bad days on order."""

from __future__ import annotations

import asyncio
import ssl
import threading
import warnings
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session, syntax
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True)
class Received:
    """A mail as the server took it."""

    sender: str
    to: str
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        """As a mail program reads it."""
        read = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(read, EmailMessage)
        return read


@dataclass
class MailServer:
    """`says`: what it answers to a command (MAIL, RCPT, DATA, END) instead of taking it, one call after the other; "" takes it.

    `cut` and `hang` are commands at which the line is cut, or no answer comes. At END the mail was taken before.
    """

    security: Security = "none"
    login: tuple[str, str] | None = None
    says: dict[str, deque[str]] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    hang: set[str] = field(default_factory=set)
    mails: list[Received] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    lines: list[Any] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    @property
    def url(self) -> str:
        """As SMTP_URL names it."""
        scheme, tail = ("smtps" if self.security == "tls" else "smtp"), ("?tls=none" if self.security == "none" else "")
        user = ":".join(quote(part, safe="") for part in self.login) + "@" if self.login else ""
        return f"{scheme}://{user}127.0.0.1:{self.port}{tail}"

    def answers(self, command: str, *lines: str) -> None:
        """What it says to the next of these commands."""
        self.says[command] = deque(lines)

    def cut_all(self) -> None:
        """Every connection is cut, as a server does that was started again."""
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: ([line.abort() for line in self.lines], self.lines.clear(), done.set()))
        assert done.wait(5)

    async def at(self, command: str, server: SMTP, to: str = "") -> str:
        """What befalls a command; '' when it is taken."""
        self.tried.append(f"{command} {to}".strip())
        if command in self.cut:
            server.transport.abort()
            return "421 gone"
        if command in self.hang:
            await asyncio.sleep(30)
        said = self.says.get(command)
        return said.popleft() if said else ""

    # What aiosmtpd asks

    async def handle_MAIL(self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if said := await self.at("MAIL", server, address):
            return said
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]) -> str:
        if said := await self.at("RCPT", server, address):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        if "END" in self.says and self.says["END"] and (said := await self.at("END", server)):
            return said
        assert isinstance(envelope.original_content, bytes)
        for to in envelope.rcpt_tos:
            self.mails.append(Received(envelope.mail_from or "", to, envelope.original_content))
        return await self.at("END", server) or "250 Queued"

    def authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == self.login
        return AuthResult(success=good, handled=False)


class _Spoken(SMTP):
    """One connection."""

    def connection_made(self, transport: Any) -> None:
        home = self.event_handler
        home.connections += transport not in home.lines and not self._over_ssl_again(transport)
        home.lines.append(transport)
        super().connection_made(transport)

    def _over_ssl_again(self, transport: Any) -> bool:
        return self.event_handler.security == "starttls" and transport.get_extra_info("sslcontext") is not None

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        if said := await self.event_handler.at("DATA", self):
            await self.push(said)
            return
        await super().smtp_DATA(arg)


@contextmanager
def mail_server(certificate: Path | None = None, **wanted: Any) -> Iterator[MailServer]:
    """A server that runs in a thread of its own. With `security` other than none it shows the certificate."""
    home = MailServer(**wanted)
    secret = None
    if home.security != "none":
        assert certificate is not None
        secret = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        secret.load_cert_chain(certificate)

    def spoken() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of what is tried here on purpose: logins without TLS
            return _Spoken(
                home,
                hostname="mail.tally.test",
                tls_context=secret if home.security == "starttls" else None,
                require_starttls=home.security == "starttls",
                authenticator=home.authenticate if home.login else None,
                auth_required=home.login is not None,
                auth_require_tls=home.security == "starttls",
                loop=home.loop,
            )

    listening = home.loop.run_until_complete(
        home.loop.create_server(spoken, "127.0.0.1", 0, ssl=secret if home.security == "tls" else None)
    )
    home.port = listening.sockets[0].getsockname()[1]
    thread = threading.Thread(target=home.loop.run_forever, name="mail-server", daemon=True)
    thread.start()
    try:
        yield home
    finally:
        home.cut_all()
        asyncio.run_coroutine_threadsafe(_ended(listening), home.loop).result(5)
        home.loop.call_soon_threadsafe(home.loop.stop)
        thread.join(5)
        home.loop.close()


async def _ended(listening: asyncio.Server) -> None:
    listening.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def a_certificate(folder: Path, *names: str) -> Path:
    """A certificate that signed itself, with its key, for these names or this machine. The file is good for both sides."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tally's mail")])
    now = datetime.now(UTC)
    known = [x509.DNSName(one) for one in names] or [x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(known), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(plain + made.public_bytes(serialization.Encoding.PEM))
    return file
