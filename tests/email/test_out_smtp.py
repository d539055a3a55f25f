"""Mail by SMTP, to a server over real sockets: what arrives, how secret it is, and what each bad day means."""

from __future__ import annotations

import smtplib
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from mail_servers import MailServer, a_certificate, mail_server
from written_letters import MAILBOX, a_letter

from bot.channels import Attachment, SendError
from bot.email import smtp, smtp_line
from bot.email.smtp import SmtpChannel
from bot.smtp_url import read_smtp_url

Servers = Callable[..., tuple[MailServer, SmtpChannel]]
KIM = ("kim@tally.test", "hunter/2 @home")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def servers(certificate: Path) -> Iterator[Servers]:
    """A server and the channel that sends by it."""
    with ExitStack() as open_ones:

        def given(trust: Path | None = certificate, **wanted: Any) -> tuple[MailServer, SmtpChannel]:
            server = open_ones.enter_context(mail_server(certificate, **wanted))
            context = ssl.create_default_context(cafile=trust)
            channel = SmtpChannel(read_smtp_url(server.url), from_email="hello@tally.test", trust=context)
            open_ones.callback(channel.close)
            return server, channel

        yield given


def refused(channel: SmtpChannel, letter: Any = None) -> SendError:
    with pytest.raises(SendError) as error:
        channel.send(letter or a_letter())
    return error.value


def kind(error: SendError) -> str:
    kinds = [name for name in ("permanent", "unknown", "shut") if getattr(error, name)]
    return " ".join(kinds) or "again"


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
@pytest.mark.parametrize("login", [None, KIM])
def test_ana_gets_her_mail(servers: Servers, security: str, login: tuple[str, str] | None):
    server, channel = servers(security=security, login=login)
    receipt = channel.send(a_letter())
    [got] = server.mails
    assert (got.to, got.mail["To"], got.mail["From"]) == ("ana@acme.test", "Ana Ruiz <ana@acme.test>", "Tally <hello@tally.test>")
    assert got.mail["Subject"] == "Next: Connect your first data source"
    assert receipt.provider_id == got.mail["Message-ID"] == MAILBOX.message_id(7)
    assert receipt.payload == {"subject": "Next: Connect your first data source", "step": "connect"}


def test_a_bounce_comes_back_to_the_mail_it_speaks_of(servers: Servers):
    server, channel = servers()
    channel.send(a_letter(id=41))
    channel.send(a_letter(id=42, thread_reply_to=""))
    assert MAILBOX.row(server.mails[0].sender) == 41
    assert server.mails[1].sender == "hello@tally.test"


def test_many_mails_take_one_connection(servers: Servers):
    server, channel = servers(security="starttls", login=KIM)
    for n in range(5):
        channel.send(a_letter(id=n))
    assert (len(server.mails), server.connections) == (5, 1)


def test_a_connection_that_died_at_rest_is_replaced_and_nothing_comes_twice(servers: Servers):
    server, channel = servers(security="tls")
    channel.send(a_letter(id=1))
    server.cut_all()
    channel.send(a_letter(id=2))
    assert [MAILBOX.row(got.sender) for got in server.mails] == [1, 2]
    assert server.connections == 2


def test_a_server_that_says_goodbye_to_a_resting_connection_is_called_again(servers: Servers):
    server, channel = servers()
    channel.send(a_letter(id=1))
    server.answers("MAIL", "421 4.4.2 you were silent for too long")
    channel.send(a_letter(id=2))
    assert (len(server.mails), server.connections) == (2, 2)


def test_after_a_hundred_mails_a_connection_is_done(servers: Servers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smtp, "MOST_MAILS", 2)
    server, channel = servers()
    for n in range(5):
        channel.send(a_letter(id=n))
    assert server.connections == 3


def test_a_long_rest_ends_a_connection(servers: Servers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smtp, "IDLE", 0.0)
    server, channel = servers()
    channel.send(a_letter(id=1))
    channel.send(a_letter(id=2))
    assert server.connections == 2


def test_several_threads_each_have_a_connection(servers: Servers):
    server, channel = servers()
    threads = [threading.Thread(target=channel.send, args=(a_letter(id=n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(MAILBOX.row(got.sender) or 0 for got in server.mails) == list(range(8))


# What each no means


@pytest.mark.parametrize(
    ("command", "answer", "means"),
    [
        ("MAIL", "451 4.3.0 later", "again"),
        ("MAIL", "421 4.3.2 closing", "again"),
        ("MAIL", "550 5.7.1 you may not send as that", "shut"),
        ("MAIL", "530 5.7.0 log in first", "shut"),
        ("MAIL", "552 5.3.4 too large", "permanent"),
        ("RCPT", "450 4.2.1 greylisted", "again"),
        ("RCPT", "421 4.7.0 too many", "again"),
        ("RCPT", "550 5.1.1 nobody of that name", "permanent"),
        ("RCPT", "530 5.7.0 log in first", "shut"),
        ("DATA", "451 4.3.0 later", "again"),
        ("DATA", "554 5.6.0 no", "permanent"),
        ("END", "452 4.3.1 the disk is full", "again"),
        ("END", "421 4.3.2 closing", "again"),
        ("END", "554 5.7.1 looks like spam", "permanent"),
    ],
)
def test_a_refusal_is_surely_no_mail(servers: Servers, command: str, answer: str, means: str):
    server, channel = servers()
    server.answers(command, answer)
    error = refused(channel)
    assert (kind(error), server.mails) == (means, [])
    assert answer[:3] in str(error)


@pytest.mark.parametrize("answer", ["250 2.0.0 queued", "251 2.1.5 forwarded", "200 OK"])
def test_a_server_that_says_yes_in_its_own_words_has_taken_the_mail(servers: Servers, answer: str):
    server, channel = servers()
    server.answers("END", answer)
    assert channel.send(a_letter()).provider_id == MAILBOX.message_id(7)
    channel.send(a_letter(id=8))
    assert server.connections == 1


@pytest.mark.parametrize("answer", ["OK queued as 4711", "354 more", "150 wait", "999 what"])
def test_an_answer_to_the_whole_mail_that_nobody_can_read_leaves_its_fate_open(servers: Servers, answer: str):
    server, channel = servers()
    server.answers("END", answer)
    assert kind(refused(channel)) == "unknown"


def test_the_next_mail_goes_after_one_that_was_refused(servers: Servers):
    server, channel = servers()
    server.answers("RCPT", "550 5.1.1 nobody of that name")
    refused(channel)
    channel.send(a_letter(id=8))
    assert (len(server.mails), server.connections) == (1, 1)


@pytest.mark.parametrize(("command", "means"), [("MAIL", "again"), ("RCPT", "again"), ("END", "unknown")])
def test_a_line_that_is_cut_is_only_a_riddle_once_the_mail_has_left(servers: Servers, command: str, means: str):
    server, channel = servers()
    server.cut.add(command)
    assert kind(refused(channel)) == means
    assert len(server.mails) == (1 if command == "END" else 0)
    assert server.tried.count("END") <= 1


def test_a_line_that_is_cut_within_a_large_mail_is_surely_no_mail(servers: Servers):
    server, channel = servers()
    server.cut.add("DATA")
    large = a_letter(attachments=(Attachment(name="guide.pdf", mimetype="application/pdf", content=bytes(20_000_000)),))
    assert kind(refused(channel, large)) == "again"


@pytest.mark.parametrize(("command", "means"), [("MAIL", "again"), ("DATA", "again"), ("END", "unknown")])
def test_a_server_that_falls_silent_is_not_waited_for(servers: Servers, monkeypatch: pytest.MonkeyPatch, command: str, means: str):
    monkeypatch.setattr(smtp_line, "STEP", 0.3)
    server, channel = servers()
    server.hang.add(command)
    assert kind(refused(channel)) == means
    assert server.tried.count("END") <= 1


def test_the_whole_mail_has_one_time_limit(servers: Servers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(smtp, "LONGEST", 0.2)
    server, channel = servers()
    server.hang.add("RCPT")
    assert kind(refused(channel)) == "again"


class Slow(smtplib.SMTP):
    """A line on which no time is left once the mail was said."""

    line: smtp_line.Line

    def send(self, s: Any) -> None:
        super().send(s)
        if b"Ana" in (s if isinstance(s, bytes) else s.encode()):
            self.line.until = 0.0


def test_a_mail_whose_end_was_never_said_is_surely_no_mail(servers: Servers):
    server, _ = servers(security="none")
    address = read_smtp_url(server.url)
    with Slow(address.host, address.port) as client:
        client.ehlo()
        client.line = smtp_line.Line(client, time.monotonic() + 60)
        client.line.address("hello@tally.test", "ana@acme.test", 100)
        with pytest.raises(SendError) as error:
            client.line.give(b"Subject: Hello\r\n\r\nHello Ana\r\n")
        client.close()
    assert (kind(error.value), server.mails) == ("again", [])


def test_an_answer_that_names_people_is_kept_without_them(servers: Servers):
    server, channel = servers()
    server.answers("RCPT", "550 5.1.1 <ana@acme.test>: mailbox of ana@acme.test not found")
    assert str(refused(channel)) == "550 5.1.1 … mailbox of … not found"


# Secrets


def test_nobody_listens():
    nobody = SmtpChannel(read_smtp_url("smtp://127.0.0.1:9?tls=none"), from_email="hello@tally.test")
    assert kind(refused(nobody)) == "again"
    assert "could not reach" in str(refused(nobody))


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_nobody_vouches_for_gets_no_mail_and_no_password(servers: Servers, security: str):
    server, channel = servers(trust=None, security=security, login=KIM)
    error = refused(channel)
    assert (kind(error), server.tried, server.mails) == ("shut", [], [])
    assert "certificate" in str(error)


def test_a_certificate_for_another_name_is_no_good(tmp_path: Path):
    other = a_certificate(tmp_path, "mail.other.test")
    with mail_server(other, security="starttls") as server:
        trust = ssl.create_default_context(cafile=other)
        channel = SmtpChannel(read_smtp_url(server.url), from_email="hello@tally.test", trust=trust)
        assert kind(refused(channel)) == "shut"


def test_a_server_without_starttls_gets_nothing(servers: Servers):
    server, _ = servers()
    channel = SmtpChannel(read_smtp_url(server.url.removesuffix("?tls=none")), from_email="hello@tally.test")
    error = refused(channel)
    assert (kind(error), server.tried) == ("shut", [])
    assert "STARTTLS" in str(error)


def test_a_wrong_password_closes_this_way_and_is_not_told(servers: Servers):
    server, channel = servers(security="starttls", login=KIM)
    server.login = (KIM[0], "changed meanwhile")
    error = refused(channel)
    assert kind(error) == "shut"
    assert KIM[1] not in str(error)


def test_a_check_connects_and_logs_in_and_sends_nothing(servers: Servers):
    server, channel = servers(security="tls", login=KIM)
    channel.try_out()
    assert (server.connections, server.tried) == (1, [])


def test_who_is_no_address_is_never_tried(servers: Servers):
    server, channel = servers()
    for email in ("ana", "ana@acme.test\r\nRCPT TO:<eve@evil.test>", "ana@acme.test, eve@evil.test", "<ana@acme.test>", "ana@" + "é" * 300):
        assert kind(refused(channel, a_letter(email=email))) == "permanent"
    assert server.tried == []


def test_after_the_end_no_connection_is_open(servers: Servers):
    server, channel = servers()
    channel.send(a_letter())
    channel.close()
    probe = smtplib.SMTP("127.0.0.1", server.port, timeout=5)
    probe.quit()
    assert channel._kept() is None
