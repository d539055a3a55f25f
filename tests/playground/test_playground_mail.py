"""The playground's SendGrid, spoken to by SendGrid's own client."""

from __future__ import annotations

import json
import urllib.error
from typing import Any

import pytest
from python_http_client.exceptions import BadRequestsError, HTTPError, UnauthorizedError
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Category, CustomArg, From, Header, Mail

HTML = '<html><head><title>x</title></head><body><div style="display:none">Five minutes&nbsp;&#847;</div><a href="/x">Go</a></body></html>'


def a_mail(**changes: Any) -> dict[str, Any]:
    mail = {
        "personalizations": [{"to": [{"email": "ana@acme.test", "name": "Ana"}]}],
        "from": {"email": "hello@vendor.test", "name": "Handrail"},
        "subject": "Your first report",
        "content": [{"type": "text/plain", "value": "Hi Ana"}, {"type": "text/html", "value": HTML}],
    }
    return {name: value for name, value in (mail | changes).items() if value is not None}


def to(*emails: str, **more: Any) -> list[dict[str, Any]]:
    return [{"to": [{"email": email} for email in emails], **more}]


def test_a_mail_written_with_sendgrids_own_library_reaches_anas_inbox(stage):
    mail = Mail(From("hello@vendor.test", "Handrail"), "ana@acme.test", "Your first report", "Hi Ana", HTML)
    mail.add_custom_arg(CustomArg("hr_row", "42"))
    mail.add_category(Category("day3"))
    mail.add_header(Header("List-Unsubscribe", "<https://vendor.test/u>"))
    answer = stage.mail.send(mail)
    [got] = stage.world.inbox("ana@acme.test")
    assert (answer.status_code, answer.body) == (202, b"")
    assert answer.headers["X-Message-Id"] == got.message_id
    assert (got.subject, got.sender, got.text, got.html) == ("Your first report", "Handrail", "Hi Ana", HTML)
    assert (got.custom_args, got.categories) == ({"hr_row": "42"}, ["day3"])
    assert got.headers == {"List-Unsubscribe": "<https://vendor.test/u>"}
    assert got.at == stage.desk.time.isoformat()


def test_two_personalizations_are_two_mails_each_with_its_own_subject_and_arguments(stage):
    people = [*to("ana@acme.test", subject="Hi Ana", custom_args={"n": "1"}), *to("maya@vendor.test", custom_args={"n": "2"})]
    stage.mail.send(a_mail(personalizations=people))
    assert [(m.subject, m.custom_args) for m in stage.world.inbox("ana@acme.test")] == [("Hi Ana", {"n": "1"})]
    assert [(m.subject, m.custom_args) for m in stage.world.inbox("maya@vendor.test")] == [("Your first report", {"n": "2"})]


def test_in_sandbox_mode_a_mail_is_checked_and_not_sent(stage):
    answer = stage.mail.send(a_mail(mail_settings={"sandbox_mode": {"enable": True}}))
    assert answer.status_code == 200
    assert stage.world.inbox("ana@acme.test") == []


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"personalizations": []}, "personalizations", "at least one personalization"),
        ({"personalizations": [{"to": []}]}, "personalizations.0.to", "at least one email object"),
        ({"personalizations": to("ana")}, "personalizations.0.to.0.email", "Does not contain a valid address."),
        ({"personalizations": to("a@b.test", "A@b.test")}, "personalizations.0", "should be unique between to, cc, and bcc"),
        ({"personalizations": to(*[f"{n}@b.test" for n in range(1001)])}, "personalizations", "1000 total recipients"),
        ({"from": None}, "from.email", "The from object must be provided"),
        ({"from": {"email": "nobody"}}, "from.email", "Does not contain a valid address."),
        ({"subject": None}, "subject", "The subject is required."),
        ({"subject": ""}, "subject", "The subject is required."),
        ({"content": None}, "content", "the content parameter is required"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value", "at least one character"),
        ({"content": a_mail()["content"][::-1]}, "content", "text/plain must be first"),
        ({"content": a_mail()["content"] * 2}, "content", "may only be provided once"),
        ({"custom_args": {"row": 42}}, "custom_args.row", "Expected: string, given: integer"),
        ({"custom_args": {"row": "x" * 10_000}}, "custom_args", "10000 bytes"),
        ({"categories": [str(n) for n in range(11)]}, "categories", "more than 10 categories"),
        ({"categories": ["day3", "day3"]}, "categories", "unique"),
        ({"headers": {"Subject": "x"}}, "headers.Subject", "reserved header"),
    ],
)
def test_sendgrid_refuses_and_names_the_field(stage, changes, field, words):
    with pytest.raises(BadRequestsError) as refused:
        stage.mail.send(a_mail(**changes))
    errors = refused.value.to_dict["errors"]
    assert any(error["field"] == field and words in error["message"] for error in errors), errors
    assert stage.world.inbox("ana@acme.test") == []


def test_an_unknown_key_is_refused(stage):
    with pytest.raises(UnauthorizedError) as refused:
        SendGridAPIClient("SG.stolen", host=stage.url).send(a_mail())
    assert "authorization grant is invalid" in refused.value.to_dict["errors"][0]["message"]


def test_what_is_no_json_is_a_bad_request(stage):
    key = {"Authorization": f"Bearer {stage.world.installation.mail_key}"}
    status, said = stage.http("/v3/mail/send", ["not", "a mail"], key)
    assert (status, json.loads(said)["errors"][0]["message"]) == (400, "Bad Request")


def test_more_than_thirty_megabytes_are_too_large(stage):
    key = {"Authorization": f"Bearer {stage.world.installation.mail_key}", "Content-Length": str(31 * 1024 * 1024)}
    status, _ = stage.http("/v3/mail/send", {}, key)
    assert status == 413


@pytest.mark.parametrize(("kind", "status"), [("rate_limited", 429), ("server_error", 500), ("invalid_auth", 401)])
def test_a_bad_day_at_sendgrid_ends_after_as_many_calls_as_ordered(stage, kind, status):
    stage.world.faults.next("mail.send", kind)
    with pytest.raises(HTTPError) as refused:
        stage.mail.send(a_mail())
    assert refused.value.status_code == status
    assert stage.mail.send(a_mail()).status_code == 202
    assert len(stage.world.inbox("ana@acme.test")) == 1


def test_a_lost_answer_leaves_the_mail_in_the_inbox(stage):
    stage.world.faults.next("mail.send", "lost_answer")
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        stage.mail.send(a_mail())
    assert len(stage.world.inbox("ana@acme.test")) == 1
    assert stage.world.calls[-1].fault == "lost_answer"
