"""Mail by SendGrid, over real HTTP: what it is told, and what each of its answers means."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from written_letters import MAILBOX, a_letter

from bot.channels import Attachment, SendError
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
            served = open_ones.enter_context(Served(0).start(Starlette(routes=[Route("/v3/mail/send", home.answer, methods=["POST"])])))
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
    ("name", "told"), [("Ruiz, Ana", '"Ruiz, Ana"'), ("Ana\r\nBcc: eve@evil.test", "Ana Bcc: eve@evil.test"), ("A" * 300, "A" * 100)]
)
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
