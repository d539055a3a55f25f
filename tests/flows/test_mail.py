"""What the mail provider tells, and addresses that are shut: nobody is written to in vain, and none of it is their doing."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from stories import MONDAY, Story, day, messages

from flows.decision import Decision
from flows.events import AddressLifted, AddressShut, MailReported, OptedIn, OptedOut, SaysStuck
from flows.mail import is_shut

ANAS = "ana@acme.test"


@pytest.fixture
def ana() -> Story:
    story = Story()
    story.joins()
    return story


def reported(story: Story, what: str, address: str = ANAS, **more: Any) -> Decision:
    return story.happens(MailReported, what=what, address=address, **more)


def shut(story: Story, **more: Any) -> Decision:
    given = {"channel": "email", "address": ANAS, "reason": "by_hand", "by": "handrail suppressions"} | more
    return story.happens(AddressShut, **given)


def lifted(story: Story, channel: str = "email", address: str = ANAS) -> Decision:
    return story.happens(AddressLifted, channel=channel, address=address, by="handrail suppressions")


def why_shut(story: Story, channel: str = "email") -> str:
    found = is_shut(story.subject.person, channel)
    return found.reason if found else ""


# Shut


@pytest.mark.parametrize("what", ["bounced", "dropped", "complained"])
def test_an_address_that_fails_for_good_is_not_written_to(ana: Story, what: str) -> None:
    ana.changed(slack="")
    reported(ana, what, why="550 no such user", message="welcome")
    assert why_shut(ana) == what
    assert ana.reasons()["mail.welcome"] == (what, "550 no such user")
    assert ana.until(day(5)) == []


def test_what_was_due_by_mail_goes_to_slack_instead(ana: Story) -> None:
    ana.changed(chosen={"by": "email"})
    reported(ana, "bounced")
    ana.until(day(1))
    assert ana.said[-1][1].message == "day1"
    assert ana.said[-1][1].to.via == ("slack",)


@pytest.mark.parametrize("what", ["blocked", "deferred", "delivered", "opened", "clicked", "other", "unsubscribed"])
def test_what_may_pass_shuts_nothing(ana: Story, what: str) -> None:
    reported(ana, what, why="mailbox full")
    assert why_shut(ana) == ""


@pytest.mark.parametrize("what", ["delivered", "opened", "clicked", "bounced", "blocked", "other"])
@pytest.mark.parametrize("machine", [True, False])
def test_nothing_that_a_provider_tells_is_activity_of_theirs(ana: Story, what: str, machine: bool) -> None:
    ana.until(day(3))
    before = ana.subject.person
    decision = reported(ana, what, row=7, message="day1", machine=machine)
    after = decision.person
    assert (after.last_active, after.last_mouth, after.joined_at) == (before.last_active, before.last_mouth, before.joined_at)
    assert decision.activity == {}
    assert decision.says == ()


def test_opens_by_mail_do_not_keep_the_bot_from_asking_where_they_are(ana: Story) -> None:
    for n in range(1, 6):
        ana.until(day(n, "08:00"))
        reported(ana, "opened")
    assert "gone_quiet" in ana.until(day(8))


def test_a_colleague_or_a_list_can_shut_an_address_in_slack_too(ana: Story) -> None:
    shut(ana, channel="slack", address="T1/U1", why="their admin asked")
    assert why_shut(ana, "slack") == "by_hand"
    assert ana.reasons()["address.slack"] == ("shut", "a colleague said so: their admin asked")
    ana.until(day(1))
    assert {say.to.via for at, say in ana.said if at > MONDAY} == {("email",)}


def test_even_an_answer_does_not_go_where_nothing_arrives(ana: Story) -> None:
    reported(ana, "bounced")
    ana.happens(SaysStuck, text="invalid host", mouth="email")
    answers = [say for _, say in ana.said if say.message == "stuck"]
    assert [say.to.via for say in answers] == [("slack",)]


# Whose address it is


def test_a_new_address_is_written_to_again(ana: Story) -> None:
    ana.changed(slack="")
    reported(ana, "bounced")
    ana.told(email="ana.ruiz@acme.test")
    assert why_shut(ana) == ""
    assert "day1" in ana.until(day(1))


def test_a_late_report_about_an_address_they_had_before_shuts_nothing_of_theirs(ana: Story) -> None:
    ana.told(email="ana.ruiz@acme.test")
    reported(ana, "bounced", why="550 no such user")
    assert why_shut(ana) == ""
    told = ana.reasons()["address.email"]
    assert told == ("elsewhere", "the mail came back: 550 no such user; it is not the address they have now")


def test_capitals_make_no_other_address(ana: Story) -> None:
    reported(ana, "bounced", "Ana@ACME.test")
    assert why_shut(ana) == "bounced"
    lifted(ana, address="ANA@acme.test")
    assert why_shut(ana) == ""


# Lifted


@pytest.mark.parametrize("what", ["bounced", "dropped"])
def test_a_human_can_lift_it(ana: Story, what: str) -> None:
    reported(ana, what)
    lifted(ana)
    assert why_shut(ana) == ""
    assert ana.reasons()["address.email"] == ("lifted", "by handrail suppressions")


def test_nobody_lifts_a_complaint(ana: Story) -> None:
    reported(ana, "complained")
    lifted(ana)
    assert why_shut(ana) == "complained"
    assert ana.reasons()["address.email"] == ("refused", "they reported us as spam; only they can take that back")


def test_a_complaint_stays_one_whatever_comes_later(ana: Story) -> None:
    reported(ana, "complained")
    reported(ana, "bounced")
    shut(ana, reason="imported")
    lifted(ana)
    assert why_shut(ana) == "complained"


def test_what_is_not_shut_is_not_lifted(ana: Story) -> None:
    lifted(ana)
    assert ana.reasons()["address.email"] == ("refused", "it is not shut")


def test_lifting_one_channel_leaves_the_other_shut(ana: Story) -> None:
    reported(ana, "bounced")
    shut(ana, channel="slack", address="T1/U1")
    lifted(ana, "slack", "T1/U1")
    assert (why_shut(ana), why_shut(ana, "slack")) == ("bounced", "")


def test_in_whatever_order_reports_come_the_same_address_is_shut_for_the_same_reason() -> None:
    said = [("bounced", 1), ("dropped", 2), ("complained", 3), ("bounced", 4)]
    ends = set()
    for order in permutations(said):
        story = Story()
        story.joins()
        story.now = day(1)
        for what, hour in order:
            reported(story, what, at=day(0, f"1{hour}:00"), why=f"{what} {hour}")
        ends.add(story.subject.person.shut["email"])
    assert len(ends) == 1
    assert ends.pop().why == "complained 3"


# Unsubscribed at the provider


def by_provider(story: Story, kind: type[OptedOut | OptedIn]) -> Decision:
    event = kind(source="sendgrid", key=f"{kind.__name__}1", who="ana", at=story.now, channel="email", wording="there", mouth="email")
    return story.decide(event)


def test_who_unsubscribes_at_the_provider_is_not_mailed_an_answer(ana: Story) -> None:
    ana.changed(last_mouth="slack")
    decision = by_provider(ana, OptedOut)
    assert decision.person.opted_out == ("email",)
    assert messages(decision) == []
    assert decision.person.last_mouth == "slack"
    decision = by_provider(ana, OptedIn)
    assert (decision.person.opted_out, messages(decision)) == ((), [])


def test_who_writes_stop_in_a_mail_is_answered_as_ever(ana: Story) -> None:
    assert messages(ana.happens(OptedOut, channel="email", mouth="email", wording="stop")) == ["stopped"]


def test_a_list_of_opt_outs_is_obeyed_and_not_answered(ana: Story) -> None:
    decision = ana.happens(OptedOut, channel="email", mouth="import", wording="on a list")
    assert (decision.person.opted_out, messages(decision)) == (("email",), [])


def test_a_shut_address_is_remembered_with_who_said_so(ana: Story) -> None:
    ana.decide(MailReported(source="sendgrid", key="x", who="ana", at=ana.now, what="bounced", address=ANAS, why="550"))
    found = is_shut(ana.subject.person, "email")
    assert found is not None
    assert replace(found, at=MONDAY) == replace(found, by="sendgrid", reason="bounced", why="550", at=MONDAY)
