"""Leaving by the link in every mail: in a browser, and with the one click of a mail program (RFC 8058)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from browsing import Page
from on_pages import consent, heard, newcomer, page_of, person, unsubscribe_of
from town import FORM, Answer, Town

from bot.links import Expired
from flows.events import OptedOut

PARTS = (
    b'--cut\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--cut--\r\n',
    {"Content-Type": "multipart/form-data; boundary=cut"},
)
"""The body as RFC 8058 would rather have it."""
LINE = (b"List-Unsubscribe=One-Click", FORM)


def one_click(town: Town, who: str) -> str:
    """Where the mail program of somebody sends its click, as their last mail says."""
    headers = town.inbox(f"{who}@solo.test")[-1].headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return str(re.findall("<(https?://[^>]+)>", headers["List-Unsubscribe"])[0])


def stopping(town: Town, who: str) -> OptedOut:
    """She wrote "stop" in a mail."""
    return OptedOut(source="mail", key=who, who=person(town, who).id, at=town.demo.now(), channel="all", mouth="email", wording="stop")


def leads_on(page: Page) -> bool:
    """Whether a link on it goes to her preferences."""
    return any("/preferences/" in href for _, href in page.links)


def clicks(town: Town, address: str, body: tuple[bytes, dict[str, str]] = LINE) -> Answer:
    return town.fetch("POST", address, body[0], body[1])


# One click


@pytest.mark.parametrize("body", [LINE, PARTS], ids=["urlencoded", "multipart"])
def test_one_click_needs_no_login_no_cookie_and_no_redirect_and_a_second_one_changes_nothing(town: Town, nora: str, body: Any):
    address = one_click(town, nora)
    for _ in range(3):
        answer = clicks(town, address, body)
        assert (answer.status, "set-cookie" in answer.headers, "location" in answer.headers) == (200, False, False)
    assert person(town, nora).opted_out == ("email",)
    assert consent(town, nora) == [("stopped", "email", "List-Unsubscribe=One-Click")]
    assert heard(town, nora).count("OptedOut") == 1


@pytest.mark.parametrize("body", [(b"", {}), (b"{", {"Content-Type": "application/json"}), (b"--x", PARTS[1]), (b"\xff\xfe=%", FORM)])
def test_whatever_the_body_is_a_post_lets_her_go(town: Town, nora: str, body: Any):
    assert clicks(town, one_click(town, nora), body).status == 200
    assert person(town, nora).opted_out == ("email",)


def test_a_click_of_a_mail_program_stops_mail_and_never_more_nor_starts_it(town: Town, nora: str):
    for more in (b"&everything=yes", b"&undo=all"):
        assert clicks(town, one_click(town, nora), (LINE[0] + more, FORM)).status == 200
        assert person(town, nora).opted_out == ("email",)


def test_a_get_or_a_head_of_the_same_address_only_shows(town: Town, nora: str):
    before = person(town, nora)
    for method in ("GET", "HEAD"):
        for query in ("", "?List-Unsubscribe=One-Click", "?undo=all", "?everything=yes"):
            assert town.fetch(method, one_click(town, nora) + query).status == 200
    assert person(town, nora) == before


def test_a_mail_ten_years_old_still_lets_her_go(town: Town, nora: str):
    address = unsubscribe_of(town, nora)
    token = address.rpartition("/")[2]
    later = town.demo.now() + timedelta(days=3650)
    assert town.house.links.read(token, "unsubscribe", later) == person(town, nora).id


# In a browser


def test_unsubscribing_asks_then_does_then_can_be_undone(town: Town, nora: str):
    asked = town.opens(unsubscribe_of(town, nora))
    assert f"{nora}@solo.test" in asked.text
    assert person(town, nora).opted_out == ()
    stopped = town.sends(asked.forms[0])
    assert "No more onboarding e-mails" in stopped.text
    assert person(town, nora).opted_out == ("email",)
    assert "Stopped" in town.opens(unsubscribe_of(town, nora)).text
    assert "You get onboarding e-mails again" in town.sends(stopped.forms[0]).text
    assert person(town, nora).opted_out == ()
    assert "Stop these e-mails?" in town.opens(unsubscribe_of(town, nora)).text
    assert consent(town, nora) == [("stopped", "email", "Stop these e-mails"), ("resumed", "email", "Undo")]


def test_slack_can_be_stopped_with_it_and_both_come_back(town: Town, nora: str):
    stopped = town.sends(town.opens(unsubscribe_of(town, nora)).forms[0], everything="yes")
    assert person(town, nora).opted_out == ("all",)
    assert "in Slack or e-mail" in stopped.text
    town.sends(stopped.forms[0])
    assert person(town, nora).opted_out == ()


def test_undoing_stop_everything_brings_back_no_more_than_it_took(town: Town, nora: str):
    form = town.opens(unsubscribe_of(town, nora)).forms[0]
    town.sends(form)
    both = town.sends(form, everything="yes")
    assert person(town, nora).opted_out == ("all", "email")
    town.sends(both.forms[0])
    assert person(town, nora).opted_out == ("email",)


def test_who_finds_an_old_mail_can_let_her_go_and_nothing_else(towns: Any):
    """The link never expires, so it opens nothing that does."""
    town = towns()
    nora = newcomer(town)
    first = town.opens(unsubscribe_of(town, nora))
    stopped = town.sends(first.forms[0], everything="yes")
    town.days(2)
    page = town.opens(unsubscribe_of(town, nora))
    assert ("Stopped" in page.text, page.forms) == (True, [])
    for again in (page, first):
        assert not leads_on(again)
    for undo in ("all", "email", "slack"):
        answer = Page(clicks(town, unsubscribe_of(town, nora), (f"undo={undo}".encode(), FORM)).text)
        assert ("Stopped" in answer.text, leads_on(answer)) == (True, False)
    assert not leads_on(town.sends(first.forms[0]))
    assert person(town, nora).opted_out == ("all",)
    assert (len(stopped.forms), leads_on(stopped)) == (1, True)


def test_she_can_undo_it_from_the_page_opened_again_the_same_day(town: Town, nora: str):
    town.sends(town.opens(unsubscribe_of(town, nora)).forms[0])
    town.sends(town.opens(unsubscribe_of(town, nora)).forms[0])
    assert person(town, nora).opted_out == ()


def test_what_she_stopped_elsewhere_is_not_undone_there(town: Town, nora: str):
    town.house.door.handle(stopping(town, nora))
    assert town.opens(unsubscribe_of(town, nora)).forms == []
    clicks(town, unsubscribe_of(town, nora), (b"undo=all", FORM))
    assert person(town, nora).opted_out == ("all",)


def test_fewer_instead_of_none_leads_to_her_preferences_for_an_hour(town: Town, nora: str):
    fewer = town.sends(town.opens(unsubscribe_of(town, nora)).forms[0]).link("fewer")
    assert "What you get" in town.opens(fewer).text
    token, links, now = fewer.rpartition("/")[2], town.house.links, town.demo.now()
    assert links.read(token, "preferences", now + timedelta(minutes=59)) == person(town, nora).id
    with pytest.raises(Expired):
        links.read(token, "preferences", now + timedelta(minutes=61))


def test_after_it_no_mail_comes_and_slack_goes_on(towns: Any):
    town = towns()
    vera = town.newcomer("Vera", in_slack=True)
    town.submits(unsubscribe_of(town, vera), **{"List-Unsubscribe": "One-Click"})
    mails, said = len(town.inbox("vera@solo.test")), len(town.heard("U_VERA"))
    town.days(4)
    assert len(town.inbox("vera@solo.test")) == mails
    assert len(town.heard("U_VERA")) >= said + 2


def test_no_other_link_of_hers_unsubscribes(town: Town, nora: str):
    for address in (page_of(town, nora), town.house.links.preferences(person(town, nora).id, town.demo.now())):
        token = address.rpartition("/")[2]
        for answer in (town.fetch("GET", f"/u/{token}"), clicks(town, f"/u/{token}")):
            assert answer.status == 404
            assert "This link no longer opens" in answer.text
    assert person(town, nora).opted_out == ()
