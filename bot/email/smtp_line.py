"""One connection to an SMTP server: opened, made secret, logged in; and what the answers on it mean for a mail."""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from collections.abc import Callable
from typing import TypeVar

from bot.channels import SendError, never_left
from bot.smtp_url import SmtpServer

STEP = 10.0
"""Seconds for one command and its answer."""
_GOODBYE = 1.0

_CLOSING = 421
_ABOUT_US = frozenset({530, 534, 535, 538})
"""Answers about our login, wherever they come (RFC 4954, 6)."""
_ABOUT_THE_MAIL = frozenset({552, 554})
"""Of the refusals of MAIL FROM: this mail is too large, or not to be sent. The others are about who we are."""
_DOT = re.compile(rb"^\.", re.MULTILINE)

Reply = tuple[int, bytes]
T = TypeVar("T")


class Gone(Exception):
    """The connection has ended, and of the mail nothing but its addresses was said."""


class Line:
    """A connection. `until` is the moment (`time.monotonic`) at which the mail at hand has to be over, `mails` how many it has carried."""

    def __init__(self, client: smtplib.SMTP, until: float) -> None:
        self._client = client
        self.until = until
        self.mails = 0

    def begin(self, server: SmtpServer, trust: ssl.SSLContext) -> None:
        """Greet, encrypt, log in. Raises SendError or what smtplib raises: nothing was said of any mail."""
        self._patiently(self._client.ehlo_or_helo_if_needed)
        if server.security == "starttls":
            if not self._client.has_extn("starttls"):
                raise SendError("the mail server offers no STARTTLS", shut=True)
            self._patiently(lambda: self._client.starttls(context=trust))
            self._patiently(self._client.ehlo_or_helo_if_needed)
        if server.user:
            self._patiently(lambda: self._client.login(server.user, server.password))

    def address(self, sender: str, to: str, size: int) -> None:
        """Say who it is from and to. Raises SendError when the server refuses, Gone when it is not there any more."""
        options = [f"size={size}"] if self._client.has_extn("size") else []
        try:
            self._asked(lambda: self._client.mail(sender, options), ours=lambda code: code not in _ABOUT_THE_MAIL)
            self._asked(lambda: self._client.rcpt(to))
        except smtplib.SMTPServerDisconnected as error:
            raise Gone(str(error)) from None

    def give(self, mail: bytes) -> None:
        """The mail itself. Raises SendError: `unknown` from the moment at which its end was sent (RFC 5321, 4.1.1.4).

        After its end any 2xx means that the server has it (4.2.1), and an answer that is neither yes nor no means nothing.
        """
        try:
            code, words = self._patiently(lambda: self._client.docmd("DATA"))
            if code != 354:
                raise refusal(code, words)
            self._patiently(lambda: self._client.send(_DOT.sub(b"..", mail)))
            self._within_time()
        except smtplib.SMTPServerDisconnected as error:
            raise SendError(f"connection lost before the end of the mail: {error}") from None
        try:
            code, words = self._end()
        except (smtplib.SMTPException, OSError) as error:
            raise SendError(f"the mail left, and no answer came: {type(error).__name__}", unknown=True) from None
        match code // 100:
            case 2:
                return
            case 4 | 5:
                raise refusal(code, words)
        raise SendError(f"the mail left, and the answer says nothing: {_line(code, words)}", unknown=True)

    def forget(self) -> bool:
        """Be ready for another mail after a refusal; False when it is not."""
        self.until = time.monotonic() + _GOODBYE
        try:
            return self._patiently(self._client.rset)[0] == 250
        except (smtplib.SMTPException, OSError):
            return False

    def hang_up(self) -> None:
        """Say goodbye, without waiting for long. Raises nothing."""
        self.until = time.monotonic() + _GOODBYE
        try:
            self._patiently(self._client.quit)
        except (smtplib.SMTPException, OSError):
            self._client.close()

    def _end(self) -> Reply:
        self._client.send(b".\r\n")
        return self._client.getreply()

    def _asked(self, say: Callable[[], Reply], *, ours: Callable[[int], bool] = lambda _: False) -> None:
        code, words = self._patiently(say)
        if code == _CLOSING:
            raise smtplib.SMTPServerDisconnected(_line(code, words))
        if code not in (250, 251):
            raise refusal(code, words, ours=ours(code))

    def _patiently(self, say: Callable[[], T]) -> T:
        """Do one thing, no longer than there is time."""
        self._within_time()
        return say()

    def _within_time(self) -> None:
        """Give the next thing what time is left. Raises SMTPServerDisconnected when there is none, or no line: it was not even begun."""
        if self._client.sock is None:
            raise smtplib.SMTPServerDisconnected("it was closed")
        left = min(STEP, self.until - time.monotonic())
        if left <= 0:
            raise smtplib.SMTPServerDisconnected("no time is left")
        self._client.sock.settimeout(left)


def opened(server: SmtpServer, trust: ssl.SSLContext, until: float, *, hello: str) -> Line:
    """A connection that is ready for mail. `hello` is who we say we are. Raises SendError: nothing was said of any mail."""
    patience = min(STEP, max(0.1, until - time.monotonic()))
    try:
        if server.security == "tls":
            client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, local_hostname=hello, timeout=patience, context=trust)
        else:
            client = smtplib.SMTP(server.host, server.port, local_hostname=hello, timeout=patience)
    except (smtplib.SMTPException, OSError) as error:
        raise _unopened(error) from None
    line = Line(client, until)
    try:
        line.begin(server, trust)
    except SendError:
        client.close()
        raise
    except (smtplib.SMTPException, OSError) as error:
        client.close()
        raise _unopened(error) from None
    return line


def refusal(code: int, words: bytes, *, ours: bool = False) -> SendError:
    """What a server's no means. 4xx passes, 5xx stays; `ours`: it is about us and not about the mail, so that all would fare the same."""
    if code < 500:
        return SendError(_line(code, words))
    ours = ours or code in _ABOUT_US
    return SendError(_line(code, words), shut=ours, permanent=not ours)


def _unopened(error: Exception) -> SendError:
    match error:
        case smtplib.SMTPResponseException():
            return refusal(error.smtp_code, _raw(error.smtp_error), ours=True)
        case ssl.SSLCertVerificationError():
            return SendError(f"the mail server's certificate is not good: {error.verify_message}", shut=True)
        case ssl.SSLError():
            return SendError(f"no TLS with the mail server: {error.reason}", shut=True)
        case smtplib.SMTPNotSupportedError():
            return SendError("the mail server takes no login of ours", shut=True)
        case OSError() if never_left(error):
            return SendError(f"could not reach the mail server: {type(error).__name__}")
    return SendError(f"the mail server does not answer: {type(error).__name__}")


def _raw(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()


def _line(code: int, words: bytes) -> str:
    """The server's words for people who ask why, without the addresses in them: they stand in logs."""
    told = words.decode("utf-8", "replace")[:300].split()
    return f"{code} " + " ".join("…" if "@" in word else word for word in told)
