"""Answers to our mails: who they are from, what they mean, and what is left alone."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from by_mail import SETTINGS, address, answers, arrives, envelope, heard, mailbox, person, posts, row_of, written
from pictures import a_picture
from town import Town, a_town

from bot.playground.values import Mail
from flows.decision import Say, To
from storage.suppressions import Suppression, Suppressions

_n = count()


def welcome(town: Town, email: str) -> Mail:
    return town.inbox(email)[0]


def last(town: Town, email: str) -> Mail:
    return town.inbox(email)[-1]


def what(town: Town, email: str) -> tuple[str, dict[str, Any]]:
    """The last thing that a mail of theirs became."""
    event = heard(town, email)[-1]
    return event["kind"], event["data"]


def asks(town: Town, email: str, message: str, **facts: Any) -> Mail:
    """We send somebody a message that says or asks something."""
    who = person(town, email).id
    say = Say(key=f"{who}:{message}:{next(_n)}", to=To("person", who, ("email",)), message=message, person=who, facts=facts, essential=True)
    town.house.outbox.enqueue(say, town.demo.now())
    town.settle()
    return last(town, email)


# What they write


@pytest.mark.parametrize(
    ("text", "kind", "more"),
    [
        ("Done, thanks!\n\nIda", "StepDone", {"step": "connect_source"}),
        ("Hi there,\n\ndone.\n\nBest regards\nIda", "StepDone", {"step": "connect_source"}),
        ("skip", "StepSkipped", {"step": "connect_source"}),
        ("What's next?", "Asked", {"about": "next"}),
        ("Show me how", "Asked", {"about": "how", "step": "connect_source"}),
        ("later", "Asked", {"about": "later"}),
        ("later until friday", "Snoozed", {}),
        ("am Freitag um 14:30", "Snoozed", {}),
        ("help", "Asked", {"about": "help"}),
        ("I'm stuck", "SaysStuck", {"text": "", "step": "connect_source"}),
        ("I'm stuck\n\nIt says: invalid host", "SaysStuck", {"text": "I'm stuck\n\nIt says: invalid host"}),
        ("Dear bot,\n\ncan I talk to a human about prices?", "SaysStuck", {"text": "Dear bot,\n\ncan I talk to a human about prices?"}),
        ("Not done yet, the host is wrong", "Replied", {"text": "Not done yet, the host is wrong"}),
        ("stop", "OptedOut", {"channel": "all"}),
    ],
)
def test_words_mean_in_a_mail_what_they_mean_in_slack(mail_town: Town, ida: str, text: str, kind: str, more: dict[str, Any]) -> None:
    assert answers(mail_town, welcome(mail_town, ida), text) == ["taken"]
    became, data = what(mail_town, ida)
    assert became == kind
    assert data | more == data
    assert data["mouth"] == "email"


def test_what_stood_below_is_not_theirs(mail_town: Town, ida: str) -> None:
    quoted = "\n\nOn Mon, 2 Mar 2026 at 10:00, Tally wrote:\n> Say stop to end these messages\n> I'm stuck\n"
    answers(mail_town, welcome(mail_town, ida), "Where do I find the host name?" + quoted)
    assert what(mail_town, ida)[1]["text"] == "Where do I find the host name?"


def test_a_question_is_answered_with_articles_in_the_same_thread(mail_town: Town, ida: str) -> None:
    text = "How do I connect a source behind a firewall?"
    answers(mail_town, welcome(mail_town, ida), text, subject="My firewall", headers={"Message-ID": "<firewall@solo.test>"})
    found = last(mail_town, ida)
    assert mail_town.messages(ida)[-1] == "found"
    assert found.headers["In-Reply-To"] == "<firewall@solo.test>"
    assert found.subject == "Re: My firewall"


def test_done_about_a_step_that_is_done_already_ticks_no_other(mail_town: Town, ida: str) -> None:
    mail_town.uses("source.connected", user=ida.partition("@")[0])
    answers(mail_town, welcome(mail_town, ida), "done")
    assert what(mail_town, ida)[1]["step"] == "connect_source"
    journey = person(mail_town, ida).journey
    assert journey is not None
    assert set(journey.steps) == {"connect_source"}
    assert mail_town.messages(ida)[-1] == "next_step"


def test_done_to_an_older_mail_is_about_the_step_of_that_mail(mail_town: Town, ida: str) -> None:
    user = ida.partition("@")[0]
    older = asks(mail_town, ida, "next_step", step="share_report")
    mail_town.uses("source.connected", user=user)
    assert answers(mail_town, older, "done") == ["taken"]
    assert what(mail_town, ida)[1]["step"] == "share_report"


@pytest.mark.parametrize(
    "text", ["unsubscribe", "STOP.", "abmelden", "Bitte keine E-Mails mehr", "désabonner", "darme de baja", "Hello\nstop"]
)
def test_stop_in_any_language_is_an_opt_out_at_once(mail_town: Town, ida: str, text: str) -> None:
    answers(mail_town, welcome(mail_town, ida), text)
    assert person(mail_town, ida).opted_out == ("all",)


def test_a_question_about_stopping_stops_nothing(mail_town: Town, ida: str) -> None:
    answers(mail_town, welcome(mail_town, ida), "How do I stop the nightly import?")
    assert person(mail_town, ida).opted_out == ()


def test_a_mail_program_unsubscribes_by_the_subject_alone(mail_town: Town, ida: str) -> None:
    answers(mail_town, welcome(mail_town, ida), "", subject="unsubscribe")
    assert person(mail_town, ida).opted_out == ("email",)


def test_a_program_that_goes_on_saying_stop_is_not_answered_for_ever(mail_town: Town, ida: str) -> None:
    fates = [answers(mail_town, welcome(mail_town, ida), "stop")[0] for _ in range(22)]
    assert fates[-1] == "ignored"
    before = len(mail_town.inbox(ida))
    answers(mail_town, welcome(mail_town, ida), "", subject="unsubscribe")
    assert len(mail_town.inbox(ida)) == before


def test_a_picture_with_a_command_reaches_the_human_too(mail_town: Town, ida: str) -> None:
    answers(mail_town, welcome(mail_town, ida), "I'm stuck")
    answers(mail_town, welcome(mail_town, ida), "done", files=[("shot.png", "image/png", a_picture())])
    assert mail_town.thread()[-1].files


def test_undo_takes_back_a_stop_that_is_older_than_her_address_with_us(mail_town: Town, ida: str) -> None:
    mail, before = last(mail_town, ida), person(mail_town, ida)
    new = f"old.{ida}"
    stop = Suppression(channel="email", address=new, reason="opt-out", source="old list", at=mail_town.demo.now())
    listed = Suppressions(mail_town.house.store.database)
    listed.add([stop])
    mail_town.post("/v1/identify", {"userId": before.external_id, "traits": {"email": new}})
    mail_town.settle()
    assert person(mail_town, new).opted_out == ("email",)
    answers(mail_town, mail, "undo")
    assert (person(mail_town, new).opted_out, listed.of([stop.place])) == ((), {})


def test_undo_takes_a_stop_back(mail_town: Town, ida: str) -> None:
    answers(mail_town, welcome(mail_town, ida), "stop")
    answers(mail_town, last(mail_town, ida), "undo")
    assert person(mail_town, ida).opted_out == ()


def test_thanks_alone_changes_nothing_and_is_not_answered(mail_town: Town, ida: str) -> None:
    before = len(mail_town.inbox(ida))
    assert answers(mail_town, welcome(mail_town, ida), "Thank you!") == ["taken"]
    assert len(mail_town.inbox(ida)) == before


def test_a_mail_of_html_alone_is_read_too(mail_town: Town, ida: str) -> None:
    html = "<p>done</p><blockquote>stop</blockquote>"
    arrives(mail_town, written(html=html), address(mail_town, welcome(mail_town, ida)))
    assert what(mail_town, ida)[0] == "StepDone"


# Questions of ours


@pytest.mark.parametrize(("text", "value"), [("4", 4), ("**4**", 4), ("4/5", 4), ("5!\n\nIda", 5)])
def test_a_number_answers_the_question_of_that_mail(mail_town: Town, ida: str, text: str, value: int) -> None:
    question = asks(mail_town, ida, "ask_ease", survey="ease", answers=[1, 2, 3, 4, 5])
    answers(mail_town, question, text)
    became, data = what(mail_town, ida)
    assert (became, data["survey"], data["value"]) == ("Answered", "ease", value)


@pytest.mark.parametrize(("text", "value"), [("Yes", "yes"), ("partly", "partly"), ("No", "no"), ("yes, thanks", "yes"), ("nein", "no")])
def test_a_word_answers_the_question_after_a_month(mail_town: Town, ida: str, text: str, value: str) -> None:
    question = asks(mail_town, ida, "goal_check", survey="goal_reached", answers=["yes", "partly", "no"])
    answers(mail_town, question, text)
    became, data = what(mail_town, ida)
    assert (became, data["survey"], data["value"]) == ("Answered", "goal_reached", value)


def test_a_number_that_answers_nothing_is_asked_about(mail_town: Town, ida: str) -> None:
    question = asks(mail_town, ida, "ask_ease", survey="ease", answers=[1, 2, 3, 4, 5])
    answers(mail_town, question, "7")
    assert what(mail_town, ida)[0] == "Replied"
    answers(mail_town, welcome(mail_town, ida), "4")
    assert what(mail_town, ida)[0] == "Replied"


def test_what_they_add_below_a_number_stays_with_the_answer(mail_town: Town, ida: str) -> None:
    question = asks(mail_town, ida, "ask_ease", survey="ease", answers=[1, 2, 3, 4, 5])
    answers(mail_town, question, "2\n\nThe CSV import kept failing.\n\nBest regards\nIda")
    assert what(mail_town, ida)[1]["text"] == "The CSV import kept failing."
    journey = person(mail_town, ida).journey
    assert journey is not None
    assert journey.added == {"ease": "The CSV import kept failing."}


# Words beside a command


def test_a_question_below_done_is_answered_though_nobody_has_a_case(mail_town: Town, ida: str) -> None:
    answers(mail_town, welcome(mail_town, ida), "Done\n\nBut how do I connect a source behind a firewall?\n\nThanks\nIda")
    assert [event["kind"] for event in heard(mail_town, ida)][-2:] == ["StepDone", "Replied"]
    assert what(mail_town, ida)[1]["text"] == "But how do I connect a source behind a firewall?"
    assert mail_town.messages(ida)[-1] == "found"


def test_trouble_below_done_reaches_a_human(mail_town: Town, ida: str) -> None:
    answers(mail_town, welcome(mail_town, ida), "Done\n\nCan I talk to a human about the export?")
    assert what(mail_town, ida)[0] == "SaysStuck"
    assert "about the export" in str(mail_town.channel()[-1].blocks)


@pytest.mark.parametrize(
    "below",
    [
        "Ida",
        "Best regards\nIda",
        "Thanks a lot!",
        "Thanks!\nIda Lopez\nHead of Data",
        "Viele Grüße\nIda",
        "Cheers,\nI.",
        "/Ida",
        "Mit freundlichen Grüßen",
    ],
)
def test_a_farewell_below_a_command_is_no_question(mail_town: Town, ida: str, below: str) -> None:
    answers(mail_town, welcome(mail_town, ida), f"Done\n\n{below}")
    assert [event["kind"] for event in heard(mail_town, ida)] == ["StepDone"]


def test_a_farewell_below_a_command_does_not_disturb_the_human(mail_town: Town, ida: str) -> None:
    answers(mail_town, welcome(mail_town, ida), "I'm stuck")
    answers(mail_town, welcome(mail_town, ida), "Done\n\nBest regards\nIda")
    assert what(mail_town, ida)[0] == "StepDone"


def test_thanks_with_a_name_below_is_not_answered(mail_town: Town, ida: str) -> None:
    before = len(mail_town.inbox(ida))
    assert answers(mail_town, welcome(mail_town, ida), "Thank you!\n\nIda") == ["taken"]
    assert len(mail_town.inbox(ida)) == before


def test_words_below_a_stop_reach_the_human_who_has_the_case(mail_town: Town, ida: str) -> None:
    answers(mail_town, welcome(mail_town, ida), "I'm stuck")
    files = [("shot.png", "image/png", a_picture())]
    answers(mail_town, welcome(mail_town, ida), "Stop\n\nI cannot log in at all, please call me on 0170 1234", files=files)
    assert person(mail_town, ida).opted_out == ("all",)
    assert any("please call me on 0170 1234" in one.text for one in mail_town.thread())
    assert mail_town.thread()[-1].files


def test_a_question_below_a_stop_is_answered_and_a_remark_is_kept(mail_town: Town, ida: str) -> None:
    answers(mail_town, welcome(mail_town, ida), "Stop\n\nHow do I connect a source behind a firewall?")
    assert person(mail_town, ida).opted_out == ("all",)
    assert mail_town.messages(ida)[-1] == "found"
    answers(mail_town, welcome(mail_town, ida), "undo")
    before = len(mail_town.inbox(ida))
    answers(mail_town, welcome(mail_town, ida), "Stop\n\nI have left the company.")
    assert what(mail_town, ida) == ("OptedOut", {"channel": "all", "wording": "Stop\n\nI have left the company.", "mouth": "email"})
    assert len(mail_town.inbox(ida)) == before + 1


def test_words_in_a_mail_that_unsubscribes_by_its_subject_are_kept(mail_town: Town, ida: str) -> None:
    before = len(mail_town.inbox(ida))
    answers(mail_town, welcome(mail_town, ida), "This message was generated by Mail.\n\nIt unsubscribes.", subject="unsubscribe")
    assert what(mail_town, ida)[1]["wording"] == "unsubscribe\n\nThis message was generated by Mail.\n\nIt unsubscribes."
    assert len(mail_town.inbox(ida)) <= before + 1


def test_words_in_such_a_mail_reach_the_human_who_has_the_case(mail_town: Town, ida: str) -> None:
    answers(mail_town, welcome(mail_town, ida), "I'm stuck")
    answers(mail_town, welcome(mail_town, ida), "I cannot log in at all.", subject="unsubscribe")
    assert person(mail_town, ida).opted_out == ("email",)
    assert "I cannot log in at all." in mail_town.thread()[-1].text


def test_words_below_a_yes_reach_the_human_before_the_case_is_closed(mail_town: Town, ida: str) -> None:
    answers(mail_town, welcome(mail_town, ida), "I'm stuck")
    case = person(mail_town, ida).case
    assert case is not None
    question = asks(mail_town, ida, "resolved", csm="Maya Chen", case=case.id)
    answers(mail_town, question, "Yes, thanks!\n\nYou may want to say so on the page about ports.")
    assert any("on the page about ports" in one.text for one in mail_town.thread())
    assert person(mail_town, ida).case is None


# Cases


def test_while_a_case_is_open_everything_but_commands_reaches_the_human(mail_town: Town, ida: str) -> None:
    answers(mail_town, welcome(mail_town, ida), "I'm stuck")
    for text in ("It says invalid host.", "hello?", "thanks", "still not working"):
        answers(mail_town, last(mail_town, ida), text)
        assert text in mail_town.thread()[-1].text
    answers(mail_town, welcome(mail_town, ida), "done")
    assert what(mail_town, ida)[0] == "StepDone"


def test_words_after_a_command_reach_the_human_too(mail_town: Town, ida: str) -> None:
    answers(mail_town, welcome(mail_town, ida), "I'm stuck")
    answers(mail_town, welcome(mail_town, ida), "Done!\n\nBut now the chart is empty.")
    assert [event["kind"] for event in heard(mail_town, ida)][-2:] == ["StepDone", "Replied"]
    assert "But now the chart is empty." in mail_town.thread()[-1].text


def test_words_to_a_colleague_after_the_case_was_closed_ask_for_the_team_again(mail_town: Town, ida: str) -> None:
    answer = asks(mail_town, ida, "csm_reply", csm="Maya Chen", text="Use port 5432.", face="", files=[], case="gone.1")
    answers(mail_town, answer, "Thanks, but it still says invalid host")
    assert what(mail_town, ida)[0] == "SaysStuck"
    assert person(mail_town, ida).case is not None


def test_not_yet_to_an_old_question_whether_it_is_solved_opens_a_case_again(mail_town: Town, ida: str) -> None:
    question = asks(mail_town, ida, "resolved", csm="Maya Chen", case="gone.1")
    answers(mail_town, question, "no")
    assert what(mail_town, ida)[1]["value"] == "not_yet"
    assert person(mail_town, ida).case is not None


def test_pictures_go_on_and_of_other_files_their_names(mail_town: Town, ida: str) -> None:
    files = [("shot.png", "image/png", a_picture()), ("evil.png", "image/png", b"<svg/>"), ("report.pdf", "application/pdf", b"%PDF")]
    answers(mail_town, welcome(mail_town, ida), "I'm stuck, see here", files=files)
    thread = mail_town.thread()
    assert [file.name for m in thread for one in m.files if (file := mail_town.workspace.file(one))] == ["shot.png"]
    assert [m.text.partition(":")[0] for m in thread if "not passed on" in m.text] == ["evil.png", "report.pdf"]
    assert not any("couldn't pass on" in mail.text for mail in mail_town.inbox(ida))


def test_a_picture_without_words_reaches_the_human(mail_town: Town, ida: str) -> None:
    answers(mail_town, welcome(mail_town, ida), "I'm stuck")
    answers(mail_town, last(mail_town, ida), "", files=[("shot.png", "image/png", a_picture())])
    assert mail_town.thread()[-1].files


def test_after_mails_slack_goes_on_as_before(mail_town: Town) -> None:
    mail_town.newcomer("Both", in_slack=True)
    mail_town.says("hello", "U_BOTH")
    mail = asks(mail_town, "both@solo.test", "next_step")
    answers(mail_town, mail, "I'm stuck")
    assert last(mail_town, "both@solo.test").at
    assert mail_town.says("the host is wrong", "U_BOTH") == []
    assert "the host is wrong" in mail_town.thread()[-1].text
    assert mail_town.says("what's next?", "U_BOTH")


# Who it is


def test_the_token_says_who_and_the_sender_nothing(mail_town: Town, ida: str) -> None:
    arrives(mail_town, written("stop", sender="boss@acme.test"), address(mail_town, welcome(mail_town, ida)), sender="boss@acme.test")
    assert person(mail_town, ida).opted_out == ("all",)
    assert mail_town.house.reports.find_person("boss@acme.test") is None


def test_servers_may_write_the_address_in_capitals_or_on_another_domain(mail_town: Town, ida: str) -> None:
    to = address(mail_town, welcome(mail_town, ida)).upper().replace("@REPLIES.TALLY.TEST", "@mx.elsewhere.test")
    assert arrives(mail_town, written("done"), f"<{to}>") == ["taken"]


def test_without_an_envelope_the_mail_says_whom_it_is_for(mail_town: Town, ida: str) -> None:
    raw = written("done", headers={"To": f"Tally <{address(mail_town, welcome(mail_town, ida))}>"})
    assert posts(mail_town, ("email", "", raw)).json == {"mails": ["taken"]}


def forged(town: Town, email: str) -> list[str]:
    mail = welcome(town, email)
    good = address(town, mail)
    token = good.partition("+")[2].partition("@")[0]
    team = next(
        row for row in range(1, row_of(mail) + 50) if (found := town.house.outbox.by_id(row)) and found.to and found.to.kind == "case"
    )
    return [
        f"reply+{token[:-1]}{'a' if token[-1] != 'a' else 'b'}@replies.tally.test",
        f"reply+{'a' * 24}@replies.tally.test",
        f"reply+{token[:8]}@replies.tally.test",
        f"reply+{token}.x@replies.tally.test",
        "reply@replies.tally.test",
        "hello@tally.test",
        "",
        mailbox(town).reply_address(2**39),
        mailbox(town).reply_address(team),
    ]


def test_mail_to_nobody_is_kept_as_a_stray_and_nothing_else(mail_town: Town, ida: str) -> None:
    answers(mail_town, welcome(mail_town, ida), "I'm stuck")
    before = mail_town.why(ida)
    for to in forged(mail_town, ida):
        assert arrives(mail_town, written("stop"), to) == ["stray"], to
    assert mail_town.why(ida) == before


def test_a_mail_that_comes_twice_is_heard_once(mail_town: Town, ida: str) -> None:
    raw, to = written("done"), address(mail_town, welcome(mail_town, ida))
    assert arrives(mail_town, raw, to) == ["taken"]
    inbox = len(mail_town.inbox(ida))
    assert arrives(mail_town, raw, to) == ["repeat"]
    assert arrives(mail_town, raw, to, to.upper()) == ["repeat"]
    assert len(mail_town.inbox(ida)) == inbox
    assert len(heard(mail_town, ida)) == 1


def test_a_mail_to_nobody_that_comes_twice_is_one_stray(mail_town: Town) -> None:
    raw = written("hello")
    assert arrives(mail_town, raw, "x@replies.tally.test") == ["stray"]
    assert arrives(mail_town, raw, "x@replies.tally.test") == ["repeat"]


def test_one_mail_to_two_of_our_threads_is_heard_in_both(mail_town: Town, ida: str) -> None:
    mail_town.newcomer("Otto")
    both = [address(mail_town, welcome(mail_town, one)) for one in (ida, "otto@solo.test")]
    assert arrives(mail_town, written("stop"), *both) == ["taken", "taken"]


# What nobody wrote by hand

NOT_BY_HAND = {
    "an absence note": ({"Auto-Submitted": "auto-replied"}, "auto_reply"),
    "an absence note of Exchange": ({"X-Auto-Response-Suppress": "All", "X-Autoreply": "yes"}, "auto_reply"),
    "bulk": ({"Precedence": "bulk"}, "list"),
    "a mailing list": ({"List-Id": "<friends.example.org>"}, "list"),
}


@pytest.mark.parametrize(("headers", "why"), NOT_BY_HAND.values(), ids=NOT_BY_HAND)
def test_what_nobody_wrote_by_hand_is_kept_and_not_answered(mail_town: Town, ida: str, headers: dict[str, str], why: str) -> None:
    before = len(mail_town.inbox(ida))
    assert answers(mail_town, welcome(mail_town, ida), "done", headers=headers) == ["ignored"]
    assert what(mail_town, ida) == ("MailIgnored", {"why": why, "subject": f"Re: {welcome(mail_town, ida).subject}", "mouth": "email"})
    assert len(mail_town.inbox(ida)) == before


def test_mail_from_nowhere_is_not_answered(mail_town: Town, ida: str) -> None:
    assert arrives(mail_town, written("done"), address(mail_town, welcome(mail_town, ida)), sender="") == ["ignored"]


def test_our_own_mail_that_comes_back_is_not_answered(mail_town: Town, ida: str) -> None:
    mail = welcome(mail_town, ida)
    raw = written("done", headers={"Message-ID": mailbox(mail_town).message_id(row_of(mail))})
    assert arrives(mail_town, raw, address(mail_town, mail)) == ["ignored"]
    assert what(mail_town, ida)[1]["why"] == "loop"


def test_an_empty_mail_is_not_answered(mail_town: Town, ida: str) -> None:
    assert answers(mail_town, welcome(mail_town, ida), "  \n\n") == ["ignored"]
    assert answers(mail_town, welcome(mail_town, ida), "> only what we wrote") == ["ignored"]


def test_an_absence_note_is_no_activity(mail_town: Town, ida: str) -> None:
    before = person(mail_town, ida)
    answers(mail_town, welcome(mail_town, ida), "I am away", headers={"Auto-Submitted": "auto-replied"})
    assert person(mail_town, ida).last_active == before.last_active
    assert person(mail_town, ida).opted_out == ()


def report(action: str, status: str, to: str) -> bytes:
    """What a mail server writes that could not deliver ours (RFC 3464)."""
    lines = [
        "From: MAILER-DAEMON@mx.solo.test",
        "Subject: Undelivered Mail",
        f"Message-ID: <{next(_n)}@mx.solo.test>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"',
        "",
        "--x",
        "",
        "Sorry.",
        "--x",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.solo.test",
        "",
        f"Final-Recipient: rfc822; {to}",
        f"Action: {action}",
        f"Status: {status}",
        "Diagnostic-Code: smtp; 550 no such user",
        "",
        "--x--",
        "",
    ]
    return "\r\n".join(lines).encode()


def test_a_mailbox_that_is_gone_shuts_the_address(mail_town: Town, ida: str) -> None:
    mail = welcome(mail_town, ida)
    assert arrives(mail_town, report("failed", "5.1.1", ida), address(mail_town, mail), sender="") == ["taken"]
    became, data = what(mail_town, ida)
    assert (became, data["what"], data["row"], data["address"], data["message"]) == (
        "MailReported",
        "bounced",
        row_of(mail),
        ida,
        "welcome",
    )
    assert person(mail_town, ida).shut["email"].reason == "bounced"


def test_a_full_mailbox_shuts_nothing(mail_town: Town, ida: str) -> None:
    assert arrives(mail_town, report("failed", "4.2.2", ida), address(mail_town, welcome(mail_town, ida)), sender="") == ["taken"]
    assert what(mail_town, ida)[1]["what"] == "blocked"
    assert not person(mail_town, ida).shut


def test_a_mail_that_was_refused_as_spam_shuts_nothing(mail_town: Town, ida: str) -> None:
    arrives(mail_town, report("failed", "5.7.1", ida), address(mail_town, welcome(mail_town, ida)), sender="")
    assert what(mail_town, ida)[1]["what"] == "blocked"


def test_a_full_mailbox_for_the_third_time_is_taken_for_good(mail_town: Town, ida: str) -> None:
    for _ in range(3):
        arrives(mail_town, report("failed", "4.2.2", ida), address(mail_town, welcome(mail_town, ida)), sender="")
    assert person(mail_town, ida).shut["email"].reason == "bounced"


def test_nobody_shuts_the_address_of_somebody_else(mail_town: Town, ida: str) -> None:
    mail_town.newcomer("Victor", email="victor@elsewhere.test")
    arrives(mail_town, report("failed", "5.1.1", "victor@elsewhere.test"), address(mail_town, welcome(mail_town, ida)), sender="")
    assert not person(mail_town, "victor@elsewhere.test").shut
    assert not person(mail_town, ida).shut
    asks(mail_town, "victor@elsewhere.test", "next_step")
    assert mail_town.why("victor@elsewhere.test")[-1]["kind"] != "MailReported"


@pytest.mark.parametrize("told", ["gone.member@solo.test", "", "somebody@elsewhere.test"])
def test_a_report_about_a_member_of_a_list_shuts_nothing(mail_town: Town, ida: str, told: str) -> None:
    assert arrives(mail_town, report("failed", "5.1.1", told), address(mail_town, welcome(mail_town, ida)), sender="") == ["taken"]
    assert not person(mail_town, ida).shut


def test_a_forward_that_is_gone_shuts_the_address_that_forwards(mail_town: Town, ida: str) -> None:
    raw = report("failed", "5.1.1", "ida@home.test").replace(b"Final-Rec", f"Original-Recipient: rfc822;{ida}\r\nFinal-Rec".encode())
    arrives(mail_town, raw, address(mail_town, welcome(mail_town, ida)), sender="")
    assert person(mail_town, ida).shut["email"].reason == "bounced"


def test_a_server_names_an_address_as_servers_do(mail_town: Town) -> None:
    mail_town.newcomer("Carl", email="carl@bücher.test")
    mail = welcome(mail_town, "carl@xn--bcher-kva.test")
    arrives(mail_town, report("failed", "5.1.1", "carl@xn--bcher-kva.test"), address(mail_town, mail), sender="")
    row = mail_town.house.outbox.by_id(row_of(mail))
    assert row is not None
    subject = mail_town.house.door.view(row.person)
    assert subject is not None
    assert subject.person.shut["email"].reason == "bounced"


def test_a_report_of_a_delay_is_ignored(mail_town: Town, ida: str) -> None:
    assert arrives(mail_town, report("delayed", "4.4.1", ida), address(mail_town, welcome(mail_town, ida)), sender="") == ["ignored"]


def test_after_twenty_mails_in_an_hour_the_others_are_kept_and_not_answered(mail_town: Town, ida: str) -> None:
    mail = welcome(mail_town, ida)
    fates = [answers(mail_town, mail, "what's next?")[0] for _ in range(21)]
    assert fates == ["taken"] * 20 + ["ignored"]
    assert what(mail_town, ida)[1]["why"] == "too_many"
    assert answers(mail_town, mail, "stop") == ["taken"]
    assert person(mail_town, ida).opted_out == ("all",)


def test_a_robot_that_says_the_same_again_is_answered_once(mail_town: Town, ida: str) -> None:
    text = "Thank you for your message. We got it, and it has the number 5512."
    before = len(mail_town.inbox(ida))
    assert [answers(mail_town, welcome(mail_town, ida), text)[0] for _ in range(4)] == ["taken", "ignored", "ignored", "ignored"]
    assert what(mail_town, ida)[1]["why"] == "loop"
    assert len(mail_town.inbox(ida)) == before + 1
    answers(mail_town, welcome(mail_town, ida), "I'm stuck")
    for _ in range(2):
        assert answers(mail_town, welcome(mail_town, ida), text) == ["taken"]  # it goes to the human, who can tell


def test_the_same_question_the_day_after_is_answered_again(tmp_path: Any) -> None:
    with a_town(tmp_path / "again", settings=SETTINGS) as town:
        town.newcomer("Olga")
        mail, email, text = welcome(town, "olga@solo.test"), "olga@solo.test", "Zebras eat purple clouds."
        assert answers(town, mail, text) == ["taken"]
        town.demo.clock.set(town.demo.now() + timedelta(hours=13))
        assert answers(town, mail, text) == ["taken"]
        assert town.messages(email).count("did_you_mean") == 2


def test_after_sixty_mails_in_a_day_the_others_are_kept_and_not_answered(tmp_path: Any) -> None:
    with a_town(tmp_path / "many", settings=SETTINGS) as town:
        town.newcomer("Olga")
        mail = welcome(town, "olga@solo.test")
        fates: list[str] = []
        for _ in range(4):
            fates += [
                answers(town, mail, "done\n\nAnd the chart is round.")[0] if n == 0 else answers(town, mail, "help")[0] for n in range(18)
            ]
            town.demo.clock.set(town.demo.now() + timedelta(hours=2))
        assert fates == ["taken"] * 60 + ["ignored"] * 12


def test_an_address_older_than_half_a_year_gets_a_fresh_link_and_still_stops(tmp_path: Any) -> None:
    with a_town(
        tmp_path / "old", settings={"reply_domain": "replies.tally.test", "inbound_secret": "a-secret-that-only-sendgrid-knows"}
    ) as town:
        town.newcomer("Olga")
        mail, email = welcome(town, "olga@solo.test"), "olga@solo.test"
        town.demo.clock.set(town.demo.now() + timedelta(days=181))
        raw = written("done")
        assert arrives(town, raw, address(town, mail)) == ["taken"]
        assert what(town, email)[1]["about"] == "fresh_link"
        assert arrives(town, raw, address(town, mail)) == ["repeat"]
        assert town.messages(email).count("fresh_link") == 1
        answers(town, mail, "stop")
        assert person(town, email).opted_out == ("all",)


# As SendGrid takes it apart


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
def test_a_mail_taken_apart_is_read_in_its_charset(mail_town: Town, ida: str, charset: str) -> None:
    text = "Was heißt »ungültiger Host« für mich?"
    headers = f"Message-ID: <apart-{next(_n)}@solo.test>\nSubject: Frage\nContent-Type: text/plain; charset=us-ascii\n"
    charsets = f'{{"to":"UTF-8","text":"{charset}"}}'
    parts = (("headers", "", headers.encode()), ("text", "", text.encode(charset)), ("charsets", "", charsets.encode()))
    answer = posts(mail_town, *parts, envelope(address(mail_town, welcome(mail_town, ida))))
    assert answer.json == {"mails": ["taken"]}
    assert what(mail_town, ida)[1]["text"] == text


def test_files_of_a_mail_taken_apart_come_along(mail_town: Town, ida: str) -> None:
    parts = (
        ("headers", "", b"Message-ID: <apart-files@solo.test>\nSubject: stuck"),
        ("text", "", b"I'm stuck, see the picture"),
        ("html", "", b"<p>I'm stuck, see the picture</p>"),
        ("attachments", "", b"2"),
        ("attachment1", "image/png;shot.png", a_picture()),
        ("attachment2", "application/pdf;report.pdf", b"%PDF"),
    )
    posts(mail_town, *parts, envelope(address(mail_town, welcome(mail_town, ida))))
    assert [(one["name"], bool(one["url"])) for one in what(mail_town, ida)[1]["files"]] == [("shot.png", True), ("report.pdf", False)]


def test_an_absence_note_taken_apart_is_not_answered(mail_town: Town, ida: str) -> None:
    headers = b"Message-ID: <apart-away@solo.test>\nAuto-Submitted: auto-replied\nSubject: Away"
    parts = (("headers", "", headers), ("text", "", b"I am away"), envelope(address(mail_town, welcome(mail_town, ida))))
    assert posts(mail_town, *parts).json == {"mails": ["ignored"]}


def test_a_mail_without_a_name_that_comes_again_taken_apart_is_the_same(mail_town: Town, ida: str) -> None:
    parts = (("headers", "", b"Subject: hello"), ("text", "", b"done"), ("html", "", b"<p>done</p>"))
    to = envelope(address(mail_town, welcome(mail_town, ida)))
    assert [posts(mail_town, *parts, to).json["mails"] for _ in range(2)] == [["taken"], ["repeat"]]
