"""Mail by SendGrid, over real HTTP: what it is told, and what each of its answers means."""

from __future__ import annotations

import base64
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mail_servers import a_certificate, mail_server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from written_letters import MAILBOX, a_letter

from bot.channels import Attachment, SendError
from bot.email import https_line
from bot.email.sendgrid import SendGridChannel
from bot.playground.mail_checks import problems_of_mail
from bot.playground.serve import Served

KEY = "SG.very-secret"


@dataclass
class SendGrid:
    """Answers what the test says, and remembers what it was told."""

    status: int = 202
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: Request) -> Response:
        assert request.headers["authorization"] == f"Bearer {KEY}"
        self.told.append(await request.json())
        return Response(self.body, self.status, self.headers)


Given = Callable[..., tuple[SendGrid, SendGridChannel]]


@pytest.fixture
def given() -> Iterator[Given]:
    with ExitStack() as open_ones:

        def one(*, sandbox: bool = False, **answer: Any) -> tuple[SendGrid, SendGridChannel]:
            home = SendGrid(**answer)
            home.headers = {**home.headers}
            served = open_ones.enter_context(Served(0).start(Starlette(routes=[Route("/v3/mail/send", home.answer, methods=["POST"])])))
            home.url = served.url
            return home, SendGridChannel(KEY, host=served.url, from_email="hello@tally.test", sandbox=sandbox)

        yield one


def refused(channel: SendGridChannel) -> SendError:
    with pytest.raises(SendError) as error:
        channel.send(a_letter())
    return error.value


def kind(error: SendError) -> str:
    return " ".join(name for name in ("permanent", "unknown", "shut") if getattr(error, name)) or "again"


def test_sendgrid_is_told_what_it_needs_and_nothing_about_ana_but_where_she_reads(given: Given):
    home, channel = given(headers={"X-Message-Id": "abc"})
    receipt = channel.send(a_letter())
    [told] = home.told
    assert problems_of_mail(told) == []
    assert told["personalizations"] == [{"to": [{"email": "ana@acme.test", "name": "Ana Ruiz"}], "custom_args": {"handrail_id": "7"}}]
    assert (told["from"], told["reply_to"]) == ({"email": "hello@tally.test", "name": "Tally"}, {"email": MAILBOX.reply_address(7)})
    assert [part["type"] for part in told["content"]] == ["text/plain", "text/html"]
    assert not {"categories", "attachments", "mail_settings", "send_at"} & set(told)
    assert told["tracking_settings"]["click_tracking"]["enable"] is told["tracking_settings"]["subscription_tracking"]["enable"] is False
    assert (receipt.provider_id, receipt.payload) == ("abc", {"subject": "Next: Connect your first data source", "step": "connect"})


def test_a_colleagues_answer_stands_in_her_thread_under_the_colleagues_name(given: Given):
    home, channel = given()
    theirs = "<CAFx@mail.acme.test>"
    letter = a_letter(
        message="csm_reply",
        thread_from_name="Maya at Tally",
        thread_in_reply_to=theirs,
        thread_references=(theirs,),
        thread_subject="Re: It is empty",
    )
    channel.send(letter)
    [told] = home.told
    assert (told["from"]["name"], told["subject"]) == ("Maya at Tally", "Re: It is empty")
    assert (told["headers"]["In-Reply-To"], told["headers"]["References"]) == (theirs, theirs)
    assert "Auto-Submitted" not in told["headers"]


def test_an_invitation_goes_with_its_method_and_no_other_parameter(given: Given):
    home, channel = given()
    invitation = Attachment(
        name="office-hours.ics", mimetype="text/calendar; method=PUBLISH; charset=UTF-8", content=b"BEGIN:VCALENDAR\r\n"
    )
    channel.send(a_letter(attachments=(invitation,)))
    [one] = home.told[0]["attachments"]
    assert (one["type"], one["filename"], one["disposition"]) == ("text/calendar;method=PUBLISH", "office-hours.ics", "attachment")
    assert base64.b64decode(one["content"]) == invitation.content


@pytest.mark.parametrize(
    ("name", "told"), [("Ruiz, Ana", '"Ruiz, Ana"'), ('Ana", <evil@x.test>, "', "\"Ana', <evil@x.test>, '\""),
     ("Ruiz, Ana\\", '"Ruiz, Ana/"'), ("Ana\r\nBcc: eve@evil.test", '"Ana Bcc: eve@evil.test"'), ("A" * 300, "A" * 100)],
)  # fmt: skip
def test_a_name_is_one_name(given: Given, name: str, told: str):
    home, channel = given()
    channel.send(a_letter(name=name))
    assert home.told[0]["personalizations"][0]["to"][0]["name"] == told


def test_without_a_name_there_is_none(given: Given):
    home, channel = given()
    channel.send(a_letter(name=""))
    assert home.told[0]["personalizations"][0]["to"] == [{"email": "ana@acme.test"}]


def test_in_the_sandbox_a_mail_is_checked_and_counts_as_sent(given: Given):
    home, channel = given(sandbox=True, status=200)
    channel.send(a_letter())
    assert home.told[0]["mail_settings"] == {"sandbox_mode": {"enable": True}}


REFUSED = json.dumps({"errors": [{"message": "no good", "field": None, "help": None}]})


@pytest.mark.parametrize(
    ("answer", "means"),
    [
        ({"status": 400, "body": REFUSED}, "permanent"),
        ({"status": 413, "body": "too large"}, "permanent"),
        ({"status": 401, "body": REFUSED}, "shut"),
        ({"status": 403, "body": REFUSED}, "shut"),
        ({"status": 404, "body": "<h1>Not here</h1>"}, "shut"),
        ({"status": 408}, "again"),
        ({"status": 425}, "again"),
        ({"status": 500, "body": "Internal Server Error"}, "unknown"),
        ({"status": 503}, "unknown"),
        ({"status": 200, "body": "<h1>Log in to this network</h1>"}, "unknown"),
        ({"status": 429, "body": "slow down"}, "again"),
        ({"status": 429, "body": REFUSED, "headers": {"X-RateLimit-Reset": "soon"}}, "again"),
    ],
)
def test_an_answer_says_what_became_of_the_mail(given: Given, answer: dict[str, Any], means: str):
    _, channel = given(**answer)
    error = refused(channel)
    assert (kind(error), error.retry_after) == (means, None)
    assert str(answer["status"]) in str(error)


def test_a_busy_sendgrid_says_when_to_come_back_and_is_not_believed_without_end(given: Given):
    def wait(**headers: str) -> float:
        found = refused(given(status=429, headers={name.replace("_", "-"): value for name, value in headers.items()})[1]).retry_after
        assert found is not None
        return found

    def at(**span: float) -> str:
        return str(int((datetime.now(UTC) + timedelta(**span)).timestamp()))

    assert 20 < wait(X_RateLimit_Reset=at(seconds=30)) <= 30
    assert wait(X_RateLimit_Reset=at(seconds=-30)) == 1
    assert wait(X_RateLimit_Reset=at(days=400)) == 600
    assert wait(Retry_After="7") == 7


def test_nobody_listens():
    error = refused(SendGridChannel(KEY, host="http://127.0.0.1:9", from_email="hello@tally.test"))
    assert kind(error) == "again"


@contextmanager
def listening(backlog: int = 5) -> Iterator[socket.socket]:
    """Something that listens where SendGrid should be."""
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as found:
        yield found


def hurried(server: socket.socket, scheme: str, monkeypatch: pytest.MonkeyPatch) -> SendGridChannel:
    monkeypatch.setattr(https_line, "CONNECTING", 0.3)
    return SendGridChannel(KEY, host=f"{scheme}://127.0.0.1:{server.getsockname()[1]}", from_email="hello@tally.test")


def test_behind_a_firewall_that_drops_everything_the_mail_waits_and_is_not_given_up(monkeypatch: pytest.MonkeyPatch):
    with listening(backlog=0) as server, ExitStack() as others:
        for _ in range(4):  # its queue is full: nobody is let in, and nobody is told so
            other = others.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(server.getsockname())
        assert kind(refused(hurried(server, "http", monkeypatch))) == "again"


def test_a_mail_waits_while_no_secret_line_comes_about(monkeypatch: pytest.MonkeyPatch):
    with listening() as server:
        assert kind(refused(hurried(server, "https", monkeypatch))) == "again"


def test_a_mail_waits_while_the_secret_line_is_cut_before_it_stands(monkeypatch: pytest.MonkeyPatch):
    with listening() as server:
        hanging_up = threading.Thread(target=lambda: server.accept()[0].close())
        hanging_up.start()
        assert kind(refused(hurried(server, "https", monkeypatch))) == "again"
        hanging_up.join(5)


def test_a_line_that_is_cut_after_the_mail_has_left_leaves_its_fate_open(monkeypatch: pytest.MonkeyPatch):
    def takes_and_hangs_up(server: socket.socket) -> None:
        line, _ = server.accept()
        line.recv(1_000_000)
        line.close()

    with listening() as server:
        taking = threading.Thread(target=takes_and_hangs_up, args=(server,))
        taking.start()
        assert kind(refused(hurried(server, "http", monkeypatch))) == "unknown"
        taking.join(5)


def test_a_certificate_that_is_not_good_shuts_the_way(tmp_path: Path):
    with mail_server(a_certificate(tmp_path), security="tls") as server:
        channel = SendGridChannel(KEY, host=f"https://127.0.0.1:{server.port}", from_email="hello@tally.test")
        assert kind(refused(channel)) == "shut"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_key_goes_nowhere_but_to_sendgrid(given: Given, status: int):
    elsewhere, _ = given(status=202)
    home, channel = given(status=status)
    home.headers["Location"] = f"{elsewhere.url}/v3/mail/send"
    assert (kind(refused(channel)), elsewhere.told) == ("shut", [])


def test_every_call_has_a_time_limit(given: Given):
    _, channel = given()
    assert channel._client.client.mail.send.timeout == 10


def test_the_key_is_never_in_a_log_even_where_everything_is_logged(given: Given, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    channel = given()[1]
    channel.send(a_letter())
    error = refused(given(status=401, body=REFUSED)[1])
    assert KEY not in caplog.text + str(error) + repr(channel)
    assert "ana@acme.test" not in caplog.text


def test_what_sendgrid_says_of_an_address_is_told_without_it(given: Given):
    said = "The to address ana@acme.test is no good: <Ana.Ruiz@acme.test>"
    _, channel = given(status=400, body=json.dumps({"errors": [{"message": said, "field": "to"}, {"message": "bad\nlines"}]}))
    assert str(refused(channel)) == "400: The to address … is no good: …; bad lines"
