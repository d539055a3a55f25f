"""Mails as they arrive: from people, from programs that answer for them, from servers, and from whoever wants to break us."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.email.parsing import Dsn, InboundMail, parse_mail
from bot.mailbox import Mailbox

HEAD = (
    b"From: Ana Lopez <ana@customer.test>\r\nTo: reply+abc@reply.acme.test\r\n"
    b"Subject: Re: Your first step\r\nMessage-ID: <a1@customer.test>\r\n"
)

DSN = b"""Return-Path: <>
From: MAILER-DAEMON@mx.customer.test (Mail Delivery System)
To: reply+abc@reply.acme.test
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <dsn1@mx.customer.test>
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="B1"

--B1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.test
Arrival-Date: Mon,  2 Mar 2026 10:00:00 +0100 (CET)

Final-Recipient: rfc822; BO@customer.test
Original-Recipient: rfc822;bo@customer.test
Action: delayed
Status: 4.4.1
Diagnostic-Code: X-Postfix; connect to mx2: Connection timed out

Final-Recipient: rfc822; ana@customer.test
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.customer.test
Diagnostic-Code: smtp; 550 5.1.1 <ana@customer.test>: Recipient address
    rejected: User unknown

--B1
Content-Description: Undelivered Message
Content-Type: message/rfc822

From: hello@acme.test
Subject: Your first step
Message-ID: <kqw2y4zt6mnb5vcx3lkj2hgf@acme.test>

Hi Ana
--B1--
"""


def mail(*headers: str, body: str = "done\n") -> InboundMail:
    return parse_mail(HEAD + "".join(f"{each}\r\n" for each in headers).encode() + b"\r\n" + body.encode())


def test_anas_answer_is_hers() -> None:
    found = mail("Delivered-To: reply+xyz@inbound.test", "Cc: Bo <BO@customer.test>")
    assert (found.verdict, found.sender, found.subject, found.message_id) == (
        "",
        "ana@customer.test",
        "Re: Your first step",
        "<a1@customer.test>",
    )
    assert found.recipients == ("reply+xyz@inbound.test", "reply+abc@reply.acme.test", "bo@customer.test")
    assert found.text.strip() == "done"
    assert found.key == found.message_id


@pytest.mark.parametrize(
    "headers",
    [
        *(["Auto-Submitted: auto-replied"], ["Auto-Submitted: AUTO-GENERATED; x=1"], ["X-Autoreply: yes"], ["X-Autorespond: away"]),
        *(["Precedence: auto_reply"], ["Return-Path: <>"], ["Subject: ignored", "X-Autoresponder: 1"]),
        ['Content-Type: multipart/report; report-type="disposition-notification"; boundary=x'],
        ["Content-Type: text/calendar; method=REPLY"],
    ],
)
def test_a_program_that_answers_for_ana_gets_no_answer(headers: list[str]) -> None:
    assert mail(*headers).verdict == "auto_reply"


@pytest.mark.parametrize("headers", [["Precedence: bulk"], ["Precedence: list"], ["Precedence: Junk"], ["List-Id: <all.customer.test>"]])
def test_a_list_gets_no_answer(headers: list[str]) -> None:
    assert mail(*headers).verdict == "list"


@pytest.mark.parametrize(
    "headers",
    [["Auto-Submitted: no"], ["Precedence: first-class"], ["X-Auto-Response-Suppress: All"], ["Return-Path: <ana@customer.test>"]],
)
def test_headers_that_people_have_too_say_nothing(headers: list[str]) -> None:
    assert mail(*headers).verdict == ""


@pytest.mark.parametrize(
    "subject", ["Automatic reply: Your first step", "Out of office", "Abwesenheitsnotiz: Ihr Schritt", "Réponse automatique : x"]
)
def test_a_subject_of_absence_counts_only_beside_a_header(subject: str) -> None:
    head = b"From: ana@customer.test\nSubject: " + subject.encode() + b"\nMessage-ID: <a@b>\n"
    assert parse_mail(head + b"\nback on Monday").verdict == ""
    assert parse_mail(head + b"X-Auto-Response-Suppress: All\n\nback on Monday").verdict == "auto_reply"


def test_the_envelopes_null_sender_is_believed() -> None:
    assert parse_mail(HEAD + b"\r\nhello", return_path="").verdict == "auto_reply"
    assert parse_mail(HEAD + b"\r\nhello", return_path="ana@customer.test").verdict == ""


def test_our_own_mail_come_back_is_a_loop() -> None:
    assert parse_mail(HEAD + b"\r\nhello", ours=lambda name: name == "<a1@customer.test>").verdict == "loop"
    assert mail("X-Handrail: 1").verdict == "loop"
    assert mail(*["Received: from a by b"] * 51).verdict == "loop"
    assert mail(*["Received: from a by b"] * 12).verdict == ""


def test_a_colleague_at_our_own_domain_writes_mails_that_are_theirs() -> None:
    mailbox = Mailbox(domain="acme.test", reply_domain="reply.acme.test", secret_key="a secret of at least sixteen")
    ours, theirs = mailbox.message_id(7), "<5a1c8d0e-77b2-4f7c-9d0e-3f2a1b0c9d8e@acme.test>"
    found = [parse_mail(f"From: a@acme.test\nMessage-ID: {name}\n\nhi".encode(), ours=mailbox.is_ours).verdict for name in (ours, theirs)]
    assert found == ["loop", ""]


def test_a_report_tells_who_was_not_reached_and_why() -> None:
    found = parse_mail(DSN)
    diagnostic = "550 5.1.1 <ana@customer.test>: Recipient address rejected: User unknown"
    assert found.verdict == "bounce"
    assert found.dsn == Dsn(action="failed", status="5.1.1", recipient="ana@customer.test", diagnostic=diagnostic)
    assert "could not be delivered" in found.text
    assert [part.mimetype for part in found.attachments] == ["message/rfc822"]


def test_a_report_of_a_delay_says_so() -> None:
    found = parse_mail(DSN.replace(b"Action: failed", b"Action: delivered"))
    assert found.dsn is not None
    assert (found.verdict, found.dsn.action, found.dsn.recipient) == ("bounce", "delayed", "bo@customer.test")


def test_a_report_of_the_old_kind_is_one_too() -> None:
    found = mail("X-Failed-Recipients: ana@customer.test")
    assert found.verdict == "bounce"
    assert found.dsn is not None
    assert (found.dsn.action, found.dsn.recipient) == ("failed", "ana@customer.test")


def test_a_mail_of_nothing_is_empty() -> None:
    assert mail(body=" \n").verdict == "empty"
    assert parse_mail(b"").verdict == "empty"


def test_a_mail_without_a_name_is_known_by_all_it_says() -> None:
    one, other = parse_mail(b"From: a@b.test\n\none"), parse_mail(b"From: a@b.test\n\nother")
    assert one.message_id == other.message_id == ""
    assert one.key == parse_mail(b"From: a@b.test\n\none").key != other.key


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        *(
            ("us-ascii", "schön".encode("latin-1")),
            ("iso-8859-1", "schön".encode()),
            ("utf-8", "schön".encode("cp1252")),
            ("x-none", "schön".encode()),
        ),
        *(("idna", "schön".encode()), ("utf-16", "schön".encode("utf-16")), ("rot13", "schön".encode())),
    ],
)
def test_a_charset_that_lies_is_seen_through(charset: str, body: bytes) -> None:
    mail = parse_mail(HEAD + f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode() + body)
    assert mail.text.lstrip("\ufeff") == "schön"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        *(
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ana\\screen.png", "screen.png"),
            (".htaccess", "htaccess"),
            ("=?utf-8?q?Gr=C3=BC=C3=9Fe.pdf?=", "Grüße.pdf"),
        ),
        *(("a\u202egnp.exe", "a gnp.exe"), ("<b>.txt", "b_.txt"), ("x" * 300 + ".png", "x" * 89 + ".png"), ("", "picture.png")),
    ],
)
def test_a_files_name_is_harmless(said: str, kept: str) -> None:
    part = f'Content-Type: image/png\r\nContent-Disposition: attachment; filename="{said.replace(chr(92), chr(92) * 2)}"\r\n\r\nPNG\r\n'
    found = parse_mail(HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + part.encode() + b"--b--\r\n")
    assert [(each.name, each.mimetype) for each in found.attachments] == [(kept, "image/png")]


def test_text_goes_before_html_and_a_picture_inside_is_a_file() -> None:
    body = (
        "--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain\r\n\r\ndone\r\n"
        "--a\r\nContent-Type: text/html\r\n\r\n<p>done</p>\r\n--a--\r\n"
        "--m\r\nContent-Type: image/png; name=shot.png\r\nContent-ID: <x>\r\nContent-Disposition: inline\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nUE5H\r\n"
        "--m\r\nContent-Type: application/pgp-signature\r\n\r\nsigned\r\n--m--\r\n"
    )
    found = mail("Content-Type: multipart/related; boundary=m", body=body)
    assert (found.text.strip(), found.html.strip()) == ("done", "<p>done</p>")
    assert [(each.name, each.content) for each in found.attachments] == [("shot.png", b"PNG")]


def test_a_mail_with_too_many_parts_or_too_deep_keeps_the_first() -> None:
    many = "".join(f"--b\r\nContent-Type: text/plain; name={n}.txt\r\n\r\n{n}\r\n" for n in range(500))
    assert len(mail("Content-Type: multipart/mixed; boundary=b", body=many).attachments) < 50
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(3000))
    assert parse_mail(b"From: a@b.test\n" + deep).sender == "a@b.test"
    inside = b"Content-Type: message/rfc822\n\n" * 3000
    assert parse_mail(b"From: a@b.test\n" + inside + b"hello").sender == "a@b.test"


def taken_apart(raw: bytes) -> int:
    """Bytes of memory at most, while a mail is read."""
    tracemalloc.start()
    try:
        parse_mail(raw)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_report_about_a_million_people_is_read_as_far_as_anybody_would() -> None:
    blocks = b"Action: x\r\n\r\n" * 300_000
    for kind in (b"message/delivery-status", b"MESSAGE/Delivery-Status; x=1"):
        raw = b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: " + kind + b"\r\n\r\n" + blocks
        assert taken_apart(raw) < 60_000_000
    assert taken_apart(b"Content-Type: message/delivery-status\r\n\r\n" + blocks) < 60_000_000


def test_a_long_report_is_read_whole() -> None:
    long = DSN.replace(b"Hi Ana\n", b"Hi Ana\n\n" * 100)
    assert parse_mail(long).dsn == parse_mail(DSN).dsn


@pytest.mark.parametrize("encoding", ["base64", "x-uuencode", "quoted-printable", "8bit"])
@pytest.mark.parametrize("kind", ["text/plain", "image/png"])
def test_a_mail_of_very_short_lines_does_not_grow(encoding: str, kind: str) -> None:
    part = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + b"QUJD\n" * 1_200_000
    assert taken_apart(b"From: a@b.test\r\n" + part) < 60_000_000
    assert taken_apart(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" + part) < 60_000_000


@given(st.binary(max_size=600))
def test_whatever_arrives_is_read(raw: bytes) -> None:
    assert parse_mail(raw).key


HOSTILE = st.sampled_from(
    [
        *(
            b"Subject: =?utf-8?b?!!!?= =?x?q?=zz?=\n",
            b"From: <<>>@,;:\n",
            b"From: \xff\xfe@x\n",
            b"Content-Type: multipart/mixed\n",
            b"Content-Type: ;;\n",
        ),
        *(
            b"Content-Type: text/plain; charset*=x''%ff\n",
            b"Content-Type: multipart/report; boundary=b\n",
            b"Content-Transfer-Encoding: x-uuencode\n",
        ),
        *(
            b"Content-Disposition: attachment; filename*0*=x'; filename*9=b\n",
            b"Content-Transfer-Encoding: base64\n",
            b"\n",
            b"--b\n",
            b"--b--\n",
            b"=\n",
        ),
        *(
            b"Content-Type: message/delivery-status\n",
            b"Action: failed\n",
            b"begin 666 x\n",
            b"Message-ID: <>\n",
            b"Return-Path:\n",
            b"\r",
            b"\x00",
            b": x\n",
        ),
    ]
)


@given(st.lists(HOSTILE, max_size=25).map(b"".join))
def test_what_is_meant_to_break_us_is_read(raw: bytes) -> None:
    found = parse_mail(raw)
    assert found.key
    assert len(found.attachments) <= 50
    assert "\n" not in found.subject + found.sender + found.message_id
