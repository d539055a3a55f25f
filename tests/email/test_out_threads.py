"""Which thread a mail stands in, and who signs it: lived through by Ana, whose mails a real mail server takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from houses import Clocks, House, Post
from mail_servers import MailServer, mail_server
from written_letters import MAILBOX

from bot.channels import Attachment
from bot.email.smtp import SmtpChannel
from bot.smtp_url import read_smtp_url
from bot.threads import answering
from flows.events import CaseClaimed, CaseClosed, CsmReplied, Mail, Replied, SaysStuck

THEIRS = Mail(id="<CAFxyz@mail.acme.test>", subject="AW: Re: Next: connect it")


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as one:
        yield one


@pytest.fixture
def house(tmp_path: Path, server: MailServer) -> Iterator[House]:
    """Ana reads mail alone; it goes by SMTP."""
    clocks = Clocks()
    channel = SmtpChannel(read_smtp_url(server.url), from_email="hello@tally.test")
    here = House(tmp_path / "house.db", clocks, Post("slack", clocks), channel)  # type: ignore[arg-type]
    here.joins("ana", slack=False)
    here.settle()
    yield here
    channel.close()


def mail(server: MailServer, house: House, message: str) -> EmailMessage:
    """The last mail with that message."""
    id = MAILBOX.message_id(house.row("ana", message).id)
    return next(got.mail for got in reversed(server.mails) if got.mail["Message-ID"] == id)


def stuck(house: House, theirs: Mail | None = None, mouth: str = "email") -> str:
    house.hears(SaysStuck, "ana", text="it says invalid host", mouth=mouth, mail=theirs)
    house.settle()
    case = house.person("ana").case
    assert case is not None
    house.hears(CaseClaimed, "ana", case=case.id, by="U_MAYA", name="Maya Chen")
    house.settle()
    return case.id


def maya_writes(house: House, case: str) -> None:
    house.hears(CsmReplied, "ana", case=case, by="U_MAYA", name="Maya Chen", text="Leave out the https://.")
    house.clocks.passes(timedelta(minutes=5))
    house.settle()


def test_all_mails_of_one_journey_are_one_thread(house: House, server: MailServer):
    house.goes_on(house.clocks.now + timedelta(days=4))
    journey = house.person("ana").journey
    assert journey is not None
    assert len(server.mails) > 1
    assert {got.mail["References"] for got in server.mails} == {MAILBOX.thread_id("journey", journey.id)}
    assert {got.mail["From"] for got in server.mails} == {"Tally <hello@tally.test>"}
    assert not [got for got in server.mails if got.mail["In-Reply-To"]]


def test_an_answer_stands_under_the_mail_it_answers(house: House, server: MailServer):
    stuck(house, THEIRS)
    answer = mail(server, house, "stuck")
    assert (answer["In-Reply-To"], answer["References"], answer["Subject"]) == (THEIRS.id, THEIRS.id, "Re: Next: connect it")


def test_maya_answers_under_her_name_in_the_cases_thread_and_not_the_campaigns(house: House, server: MailServer):
    case = stuck(house)
    maya_writes(house, case)
    answer = mail(server, house, "csm_reply")
    assert (answer["From"], answer["Subject"]) == ("Maya at Tally <hello@tally.test>", "Maya answered you")
    assert (answer["References"], answer["In-Reply-To"]) == (MAILBOX.thread_id("case", case), None)
    assert answer["Auto-Submitted"] is None
    house.hears(CaseClosed, "ana", case=case, by="U_MAYA", name="Maya Chen")
    house.clocks.passes(timedelta(minutes=5))
    house.settle()
    asked = mail(server, house, "resolved")
    assert (asked["References"], asked["From"]) == (answer["References"], "Tally <hello@tally.test>")
    assert asked["Auto-Submitted"] == "auto-generated"


def test_what_came_in_by_mail_is_answered_in_that_mails_thread(house: House, server: MailServer):
    case = stuck(house, THEIRS)
    maya_writes(house, case)
    answer = mail(server, house, "csm_reply")
    assert (answer["In-Reply-To"], answer["Subject"]) == (THEIRS.id, "Re: Next: connect it")


def test_a_mail_whose_name_would_break_a_header_is_answered_without_it(house: House, server: MailServer):
    house.hears(Replied, "ana", text="hm", mouth="email", mail=Mail(id="<a b@c>\r\nBcc: eve@evil.test", subject="x"))
    house.settle()
    last = server.mails[-1].mail
    assert (last["In-Reply-To"], last["Bcc"]) == (None, None)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("It is empty", "Re: It is empty"),
        ("Re: It is empty", "Re: It is empty"),
        ("AW: RE: re[2]: SV : It is empty", "Re: It is empty"),
        ("Research: it is empty", "Re: Research: it is empty"),
        ("Re: ", ""),
        ("", ""),
        ("a\r\nBcc: eve@evil.test", "Re: a Bcc: eve@evil.test"),
        ("x" * 100_000, "Re: " + "x" * 200),
        ("re:" * 50, ""),
        ("re:" * 100_000, "Re: r"),
    ],
)
def test_an_answers_subject_says_re_once(theirs: str, ours: str):
    assert answering(theirs) == ours


@pytest.mark.usefixtures("house")
def test_her_mail_says_where_to_answer(server: MailServer):
    first = server.mails[0].mail
    plain, html = first.get_body(("plain",)), first.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().startswith("Answer above this line, and I read it.\r\n")
    assert "Answer above this line" in html.get_content()


def test_what_goes_with_a_message_goes_with_its_mail(house: House, server: MailServer):
    house.composer._attachments = lambda message, _, subject, now: (
        Attachment(name=f"{message}.ics", mimetype="text/calendar; method=PUBLISH", content=f"{subject.person.id} {now:%Y}".encode()),
    )
    stuck(house)
    [calendar] = mail(server, house, "stuck").iter_attachments()
    assert (calendar.get_filename(), calendar.get_payload(decode=True)) == ("stuck.ics", b"ana 2026")
