"""`handrail preview … --send`: one message to oneself, by the real channel, and nothing else happens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mail_servers import mail_server
from town import Town

MAIL = {"HANDRAIL_FROM_EMAIL": "hello@tally.test", "HANDRAIL_POSTAL_ADDRESS": "1 Harbour Street", "HANDRAIL_COMPANY": "Tally"}


@pytest.fixture
def at_home(town: Town, handrail: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The terminal of somebody whose mail and Slack are the town's."""
    settings, installation = town.house.settings, town.demo.workspace.installation
    for name, value in (MAIL | {
        "DATABASE_URL": settings.database_url,
        "SENDGRID_API_KEY": installation.mail_key,
        "SENDGRID_API_URL": settings.sendgrid_api_url,
        "SLACK_BOT_TOKEN": installation.token,
        "SLACK_API_URL": settings.slack_api_url,
        "HANDRAIL_BASE_URL": settings.base_url,
    }).items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return handrail


def test_kim_reads_day_three_in_her_own_inbox(at_home: Callable[..., Any], town: Town):
    before, mine = town.messages(), town.inbox()
    said = at_home("preview", "day3", "--send", "kim@tally.test")
    assert (said.code, said.err) == (0, "")
    [mail] = town.inbox("kim@tally.test")
    assert said.out == f"Sent to kim@tally.test by SendGrid: “{mail.subject}”\n"
    assert mail.subject.startswith("[Preview] ")
    assert (mail.sender, mail.reply_to) == ("Tally", None)
    assert town.inbox() == mine
    assert (town.messages(), town.house.reports.find_person("kim@tally.test")) == (before, None)


def test_no_link_of_a_preview_does_anything(at_home: Callable[..., Any], town: Town):
    at_home("preview", "welcome", "--as", "ana@acme.test", "--send", "kim@tally.test")
    [mail] = town.inbox("kim@tally.test")
    way_out = mail.headers["List-Unsubscribe"].split(">")[0].removeprefix("<")
    before = town.why()
    answer = town.submits(way_out, **{"List-Unsubscribe": "One-Click"})
    town.settle()
    assert answer.status >= 400
    assert town.why() == before


def test_it_goes_by_smtp_where_mail_goes_by_smtp(handrail: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    with mail_server(login=("kim", "hunter2")) as server:
        for name, value in (MAIL | {"SMTP_URL": server.url}).items():
            monkeypatch.setenv(name, value)
        said = handrail("preview", "csm_reply", "--send", "kim@tally.test")
        assert said.out == "Sent to kim@tally.test by SMTP (127.0.0.1): “[Preview] Maya answered you”\n"
        [got] = server.mails
        assert (got.to, got.mail["From"]) == ("kim@tally.test", "Maya at Tally <hello@tally.test>")
    assert not (tmp_path / "handrail.db").exists(), "a preview made a database"


@pytest.mark.parametrize(("to", "options"), [("U_MAYA", ()), ("maya@tally.test", ("--by", "slack"))])
def test_maya_reads_it_in_slack_and_its_buttons_do_nothing(at_home: Callable[..., Any], town: Town, to: str, options: tuple[str, ...]):
    if "@" in to:
        to = town.workspace.users["U_MAYA"].email
    said = at_home("preview", "day1", "--send", to, *options)
    assert (said.code, said.out, said.err) == (0, f"Sent to {to} in Slack: day1. Its buttons do nothing.\n", "")
    before = town.messages()
    assert "[Preview] day1" in str(town.last("U_MAYA").blocks)
    town.presses("I'm stuck", "U_MAYA")
    assert (town.messages(), len(town.heard("U_MAYA"))) == (before, 1)


def test_a_teams_message_goes_to_slack_alone(at_home: Callable[..., Any], town: Town):
    said = at_home("preview", "case_card", "--send", "kim@tally.test")
    assert (said.code, said.err) == (1, "case_card is for the team in Slack; --by slack sends it there.\n")
    assert at_home("preview", "case_card", "--send", "U_MAYA").code == 0
    assert "[Preview] case_card" in str(town.last("U_MAYA").blocks)


def test_what_goes_wrong_is_one_line(at_home: Callable[..., Any], town: Town, monkeypatch: pytest.MonkeyPatch):
    def says(*arguments: str) -> str:
        said = at_home("preview", "day3", *arguments)
        assert (said.code, said.out) == (1, "")
        return str(said.err)

    assert says("--send", "kim") == "It was not sent: this is no e-mail address.\n"
    assert says("--by", "slack") == "--by says how --send goes: --send kim@example.com --by slack.\n"
    assert says("--send", "U_NOBODY") == "It was not sent: channel_not_found.\n"
    assert says("--send", "nobody@tally.test", "--by", "slack").startswith("Nobody in your workspace has the address nobody@tally.test;")
    town.demo.workspace.faults.next("mail.send", "invalid_auth")
    assert says("--send", "kim@tally.test").startswith("It was not sent: 401: ")
    town.demo.workspace.faults.next("mail.send", "lost_answer")
    assert says("--send", "kim@tally.test").startswith("Nobody knows whether it was sent: ")
    monkeypatch.delenv("HANDRAIL_FROM_EMAIL")
    assert says("--send", "kim@tally.test") == "E-mail is not set up: set HANDRAIL_FROM_EMAIL.\n"
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    assert says("--send", "U_MAYA").startswith("Slack is not set up in your own workspace;")


def test_in_the_sandbox_it_is_checked_and_said_so(at_home: Callable[..., Any], town: Town, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SENDGRID_SANDBOX", "1")
    said = at_home("preview", "day3", "--send", "kim@tally.test")
    assert said.out.startswith("Checked by SendGrid and not sent, for SENDGRID_SANDBOX is on")
    assert town.inbox("kim@tally.test") == []
