"""What a mail carries besides its words, however nasty the names in it are."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from written_letters import MAILBOX, UNSUBSCRIBE, a_letter

from bot.channels import Attachment, Letter, SendError
from bot.email.letters import headers_of, wire_address, written
from bot.email.parsing import parse_mail

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
INVITATION = Attachment(
    name="office-hours.ics",
    mimetype="text/calendar; method=PUBLISH; charset=UTF-8",
    content="BEGIN:VCALENDAR\r\nSUMMARY:Fragen für alle\r\nEND:VCALENDAR\r\n".encode(),
)


def read(letter: Letter) -> EmailMessage:
    """The mail as its reader's program reads it."""
    mail = message_from_bytes(written(letter, "hello@tally.test", NOON), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


def test_a_mail_has_every_header_a_polite_mail_has():
    mail = read(a_letter())
    assert mail["Date"].datetime == NOON
    assert mail["Message-ID"] == MAILBOX.message_id(7)
    assert mail["References"] == MAILBOX.thread_id("journey", "ana/1")
    assert mail["In-Reply-To"] is None
    assert mail["Reply-To"] == MAILBOX.reply_address(7)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["X-Handrail"] == "1"


def test_both_ways_out_are_whole_though_they_are_long():
    raw = written(a_letter(), "hello@tally.test", NOON)
    assert f"List-Unsubscribe: <{UNSUBSCRIBE}>,\r\n <mailto:{MAILBOX.reply_address(7)}?subject=unsubscribe>\r\n".encode() in raw


def test_without_an_address_for_answers_a_stop_goes_to_the_sender():
    mail = read(a_letter(thread_reply_to=""))
    assert mail["Reply-To"] is None
    assert mail["List-Unsubscribe"] == f"<{UNSUBSCRIBE}>, <mailto:hello@tally.test?subject=unsubscribe>"


def test_a_colleagues_answer_is_no_automatic_mail():
    mail = read(a_letter(message="csm_reply", thread_from_name="Maya at Tally"))
    assert mail["Auto-Submitted"] is None
    assert mail["From"] == "Maya at Tally <hello@tally.test>"
    assert mail["List-Unsubscribe"]


@pytest.mark.parametrize("message", ["welcome", "csm_reply"])
def test_our_own_mail_is_known_when_it_comes_back(message: str):
    raw = written(a_letter(message=message), "hello@tally.test", NOON)
    assert parse_mail(raw).verdict == "loop"


def test_the_text_comes_before_the_html():
    assert [part.get_content_type() for part in read(a_letter()).walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_an_invitation_goes_with_its_method():
    mail = read(a_letter(attachments=(INVITATION,)))
    [calendar] = mail.iter_attachments()
    assert (calendar.get_content_type(), calendar.get_param("method"), calendar.get_filename()) == (
        "text/calendar",
        "PUBLISH",
        "office-hours.ics",
    )
    assert calendar.get_payload(decode=True) == INVITATION.content
    assert [part.get_content_type() for part in mail.walk()][:2] == ["multipart/mixed", "multipart/alternative"]


NASTY = [
    "Ana\r\nBcc: eve@evil.test", "Ana\nSubject: You won", "Ana\x00\x1b", '"Ana" <eve@evil.test>', "Ruiz, Ana; CEO", "Ána Ruíz 🎈",
    "רות כהן",
    "\u202eanA", "A" * 200, "", "=?utf-8?q?Bcc=3A?=", "a\u2028b", "\\", "(comment) Ana", "Ana@acme.test",
]  # fmt: skip


@pytest.mark.parametrize("name", NASTY)
def test_no_name_can_begin_a_header_or_add_a_reader(name: str):
    letter = a_letter(name=name, thread_from_name=name, thread_subject=name)
    mail = read(letter)
    assert sorted(set(mail.keys())) == sorted(set(read(a_letter()).keys()))
    assert [one.addr_spec for one in mail["To"].addresses] == ["ana@acme.test"]
    assert [one.addr_spec for one in mail["From"].addresses] == ["hello@tally.test"]
    assert mail["Bcc"] is None


@pytest.mark.parametrize("name", ["Ána Ruíz 🎈", "Ruiz, Ana; CEO", "רות כהן"])
def test_her_name_arrives_as_she_writes_it(name: str):
    assert read(a_letter(name=name))["To"].addresses[0].display_name == name


@pytest.mark.parametrize("text", ["x" * 5000, "é" * 5000, "a\n.\nb\n..", "🎈" * 400 + "\n" + "y" * 1200, ""])
def test_no_line_is_longer_than_mail_servers_take_and_all_of_it_is_ascii(text: str):
    letter = a_letter(text=text, html=f"<p>{text}</p>", subject="Ä" * 300, attachments=(INVITATION,))
    raw = written(letter, "hello@tally.test", NOON)
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    plain = read(letter).get_body(("plain",))
    assert plain is not None
    assert plain.get_content().replace("\r\n", "\n").rstrip("\n") == text


def test_encoded_words_are_as_short_as_they_must_be():
    raw = written(a_letter(subject="Ä" * 300), "hello@tally.test", NOON)
    assert max(len(line) for line in raw.split(b"\r\n") if b"=?utf-8?" in line) <= 78


def test_a_mail_without_a_subject_has_one():
    assert read(a_letter(subject=""))["Subject"] == "Tally"


def test_nothing_but_the_to_line_says_who_she_is():
    headers = {name: value for name, value in read(a_letter()).items() if name != "To"}
    assert not [name for name, value in headers.items() if "ana" in value.lower().replace("ana/1", "")]


def test_the_domain_of_an_address_travels_in_ascii():
    assert wire_address("ana@bücher.test") == "ana@xn--bcher-kva.test"
    assert read(a_letter(email="ana@bücher.test"))["To"].addresses[0].addr_spec == "ana@xn--bcher-kva.test"


@pytest.mark.parametrize(
    "email", ["", "ana", "@acme.test", "ana@", "a na@acme.test", "ana@acme.test>", "ana@acme.test\n", "ana@@acme.test", "áná@acme.test"]
)
def test_what_is_no_address_is_never_written_to(email: str):
    if email == "ana@acme.test\n":
        assert wire_address(email) == "ana@acme.test"
        return
    with pytest.raises(SendError) as refused:
        written(a_letter(email=email), "hello@tally.test", NOON)
    assert refused.value.permanent
    assert "acme" not in str(refused.value)


def test_a_thread_of_theirs_is_named_whole():
    theirs = "<CAF" + "x" * 200 + "@mail.acme.test>"
    letter = a_letter(thread_in_reply_to=theirs, thread_references=(theirs, "<b@c>"), thread_subject="Re: The report is empty")
    headers = headers_of(letter, "hello@tally.test")
    assert (headers["In-Reply-To"], headers["References"]) == (theirs, f"{theirs} <b@c>")
    raw = written(letter, "hello@tally.test", NOON)
    assert f"In-Reply-To: {theirs}\r\n".encode() in raw
    assert f"References: {theirs}\r\n <b@c>\r\n".encode() in raw
    assert read(letter)["Subject"] == "Re: The report is empty"


def test_a_file_name_can_leave_no_folder():
    [one] = read(a_letter(attachments=(Attachment(name='../../etc/\r\npass"wd', mimetype="text/plain", content=b"x"),))).iter_attachments()
    assert one.get_filename() == 'pass"wd'
