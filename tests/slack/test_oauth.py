"""Adding the app to a workspace: from a link of ours over Slack's page and back, by whom, and what becomes of it."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from in_slack import known, signs_up
from town import Town, two_workspaces

from bot.playground.installing import Browser
from bot.slack.scopes import SCOPES_CUSTOMER, SCOPES_TEAM

NOBODY = "This link no longer opens"


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[Town]:
    """The vendor's workspace, where it is installed, and Acme's, where it is not yet."""
    with two_workspaces(tmp_path / "town") as found:
        assert found.installs("U_MAYA").status == 200
        yield found


@pytest.fixture
def acme(vendor: Town) -> Town:
    """The customer's workspace, with Ben and Lia."""
    return vendor.at("T_ACME")


def link(town: Town, email: str = "ben@acme.test") -> str:
    """The address behind "continue in Slack" in their mails, as a path."""
    return town.house.links.continue_in_slack(known(town, email).id, town.demo.now()).removeprefix(town.demo.app_url)


def to_slack(page: str) -> str:
    found = re.search(r'href="(/slack/install\?for=[^"]+)"', page)
    assert found is not None, page
    return html.unescape(found[1])


def asks(town: Town, path: str) -> dict[str, list[str]]:
    """What Slack is asked for when somebody opens that address."""
    answer = town.fetch("GET", path)
    assert answer.status == 302, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)


# The way there and back


def test_a_customer_adds_it_and_is_shown_the_way_into_slack(acme: Town):
    arrived = acme.installs("U_BEN")
    assert arrived.status == 200
    assert "It now lives in Acme" in arrived.text
    assert "app_redirect?app=A_HANDRAIL&amp;team=T_ACME" in arrived.text
    assert acme.house.slack is not None
    assert acme.house.slack.workspaces.teams() == ["T_PLAYGROUND", "T_ACME"]


def test_customers_give_little_and_the_vendor_gives_what_the_csms_need(vendor: Town, acme: Town):
    acme.installs("U_BEN")
    assert set(acme.workspace.scopes) == set(SCOPES_CUSTOMER)
    assert set(vendor.workspace.scopes) == set(SCOPES_TEAM)
    assert asks(vendor, "/slack/install?team=T_PLAYGROUND")["scope"] == [",".join(SCOPES_TEAM)]
    assert "team" not in asks(vendor, "/slack/install")


def test_the_page_of_slack_is_beside_its_api(vendor: Town):
    answer = vendor.fetch("GET", "/slack/install")
    assert answer.headers["location"].startswith(f"{vendor.demo.app_url}/slack/oauth/v2/authorize?")
    told = parse_qs(urlsplit(answer.headers["location"]).query)
    assert told["redirect_uri"] == [f"{vendor.demo.app_url}/slack/oauth_redirect"]


def test_on_ones_own_machine_the_cookie_works_without_https(vendor: Town):
    cookie = vendor.fetch("GET", "/slack/install").headers["set-cookie"]
    assert "Secure" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize(
    "query", ["", "?code=guessed", "?code=guessed&state=guessed", "?error=server_error", "?state=", "?code=&state=%00"]
)
def test_coming_back_without_having_left_gets_nobody_in(vendor: Town, query: str):
    answer = vendor.fetch("GET", f"/slack/oauth_redirect{query}")
    assert answer.status == 400
    assert "Nothing is lost" in answer.text


def test_a_state_is_good_once_and_in_the_browser_that_began(acme: Town):
    arrived = acme.installs("U_BEN")
    again = Browser()
    assert again.get(arrived.url).status == 400
    state = parse_qs(urlsplit(arrived.url).query)["state"][0]
    again.cookies["slack-app-oauth-state"] = state
    assert again.get(arrived.url).status == 400


def test_a_state_is_good_for_ten_minutes(vendor: Town):
    rows = rows_of(vendor)
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    rows.expect("late", None, now, now + timedelta(minutes=10))
    assert rows.consume("late", now + timedelta(minutes=11)) is None
    assert rows.consume("late", now + timedelta(minutes=9)) == ""
    assert rows.consume("late", now + timedelta(minutes=9)) is None


def test_slack_fails_in_the_middle_and_pressing_again_works(acme: Town):
    acme.demo.workspaces.first.faults.next("oauth.v2.access", "server_error")
    arrived = acme.installs("U_BEN")
    assert arrived.status == 400
    assert "That did not work" in arrived.text
    assert acme.installs("U_BEN").status == 200
    assert acme.house.slack is not None
    assert acme.house.slack.workspaces.installed("T_ACME")


def test_nobody_who_opens_the_way_back_writes_into_the_log(vendor: Town, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, logger="handrail"):
        for error in ("server_error", "Ana+Ruiz%0A%1b[31m2026-01-01+ERROR+all+is+lost", "A" * 25_000):
            assert vendor.fetch("GET", f"/slack/oauth_redirect?error={error}&state=x").status == 400
    told = [record.message for record in caplog.records if record.name == "handrail.installations"]
    assert told == [f"an installation did not go through: {why}" for why in ("server_error", *["for another reason"] * 2)]


def test_no_code_and_no_token_gets_into_the_log(acme: Town, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG, logger="handrail"):
        arrived = acme.installs("U_BEN")
    grant = acme.workspace.grants.current
    assert grant is not None
    code = parse_qs(urlsplit(arrived.url).query)["code"][0]
    assert code not in caplog.text
    assert grant.token not in caplog.text


# By whom


def test_ben_goes_on_in_slack_from_his_mail_and_is_known_there(acme: Town):
    signs_up(acme)
    page = acme.fetch("GET", link(acme))
    assert "Add to Slack" in page.text
    arrived = acme.installs("U_BEN", start=to_slack(page.text))
    assert arrived.status == 200
    ben = known(acme)
    assert (ben.slack, ben.slack_ok) == ("T_ACME/U_BEN", "installed")
    assert acme.house.store.resolve("slack", "T_ACME", "U_BEN") == ben.id
    assert "Your checklist is there" in acme.fetch("GET", link(acme)).text


def test_where_a_teammate_proved_it_an_address_needs_no_link(acme: Town):
    signs_up(acme)
    signs_up(acme, "Lia", "lia@acme.test")
    acme.comes_from_mail("U_BEN")
    acme.installs("U_LIA")
    assert (known(acme, "lia@acme.test").slack, known(acme, "lia@acme.test").slack_ok) == ("T_ACME/U_LIA", "installed")


def test_an_address_alone_proves_nobody_in_a_customers_workspace(acme: Town):
    signs_up(acme)
    acme.installs("U_BEN")
    assert known(acme).slack == ""


def test_an_admin_who_got_bens_link_does_not_become_ben(acme: Town):
    signs_up(acme)
    acme.installs("U_LIA", start=to_slack(acme.fetch("GET", link(acme)).text))
    acme.settle()
    assert known(acme).slack == ""
    assert acme.house.store.resolve("slack", "T_ACME", "U_LIA") is None
    mail = acme.inbox("ben@acme.test")[-1]
    assert "“Ben Sato” in the Slack workspace “Acme”" in mail.text
    acme.sends(acme.opens(next(word for word in mail.text.split() if "/slack/link/" in word)).forms[0])
    assert (known(acme).slack, known(acme).slack_ok) == ("T_ACME/U_BEN", "wrote")


def test_a_slack_user_who_is_somebody_else_stays_somebody_else(acme: Town):
    signs_up(acme)
    signs_up(acme, "Old", "old@elsewhere.test")
    acme.comes_from_mail("U_BEN")
    acme.installs("U_BEN", start=to_slack(acme.fetch("GET", link(acme, "old@elsewhere.test")).text))
    assert acme.house.store.resolve("slack", "T_ACME", "U_BEN") == known(acme).id
    assert known(acme, "old@elsewhere.test").slack == ""


def test_a_person_whose_slack_has_another_address_says_so_there(acme: Town):
    signs_up(acme, "Benji", "benji@private.test")
    page = acme.installs("U_BEN", start=to_slack(acme.fetch("GET", link(acme, "benji@private.test")).text))
    assert "Slack knows you by another address than b…@private.test" in page.text
    assert known(acme, "benji@private.test").slack == ""


def test_the_page_says_as_whom_ben_goes_on(acme: Town):
    signs_up(acme)
    assert "You go on as b…@acme.test." in acme.comes_from_mail("U_BEN").text


def test_before_the_vendor_has_it_a_customer_is_asked_for_no_more_than_later(tmp_path: Path):
    with two_workspaces(tmp_path / "early") as found:
        assert asks(found, "/slack/install")["scope"] == [",".join(SCOPES_CUSTOMER)]
        told = asks(found, "/slack/install?team=csm")
        assert (told["scope"], told["team"]) == ([",".join(SCOPES_TEAM)], ["T_PLAYGROUND"])


def test_a_vendor_who_gave_too_little_is_told_on_the_page_and_in_healthz(tmp_path: Path):
    with two_workspaces(tmp_path / "little") as found:
        page = found.installs("U_MAYA", start="/slack/install")
        assert "channels:history" in page.text
        assert "/slack/install?team=csm" in page.text
        assert "did not give channels:read, channels:history: open /slack/install?team=csm" in str(found.fetch("GET", "/healthz").json)
        found.installs("U_MAYA")
        assert found.fetch("GET", "/healthz?strict").status == 200


def test_slack_that_does_not_say_who_we_are_there_loses_no_installation(acme: Town):
    acme.workspace.faults.next("auth.test", "server_error")
    assert acme.installs("U_BEN").status == 200
    assert rows_of(acme).find("T_ACME").bot_user == acme.bot


@pytest.mark.parametrize("damage", [lambda t: t[:-2], lambda t: "x" + t, lambda _: "nonsense"])
def test_a_damaged_link_opens_nothing_and_installs_for_nobody(acme: Town, damage: Callable[[str], str]):
    signs_up(acme)
    token = damage(link(acme).rpartition("/")[2])
    page = acme.fetch("GET", f"/slack/continue/{token}", headers={"Accept": "text/html"})
    assert page.status == 404
    assert NOBODY in page.text
    acme.installs("U_LIA", start=f"/slack/install?for={token}")
    assert known(acme).slack == ""


def test_a_link_for_something_else_is_no_link_into_slack(acme: Town):
    signs_up(acme)
    token = acme.house.links.page(known(acme).id, acme.demo.now()).rpartition("/")[2]
    assert acme.fetch("GET", f"/slack/continue/{token}").status == 404


# When it does not happen


def test_who_presses_cancel_is_told_that_nothing_is_lost(acme: Town):
    signs_up(acme)
    arrived = acme.installs("U_BEN", answer="cancel", start=to_slack(acme.fetch("GET", link(acme)).text))
    assert arrived.status == 200
    assert "your admin has to approve it first. Nothing is lost, mail goes on" in arrived.text
    assert known(acme).slack == ""


def test_while_an_admin_has_to_approve_the_page_says_so(acme: Town):
    signs_up(acme)
    acme.workspace.installation = replace(acme.workspace.installation, approved=False)
    acme.installs("U_BEN", start=to_slack(acme.fetch("GET", link(acme)).text))
    page = acme.fetch("GET", link(acme))
    assert "Waiting for your admin" in page.text
    assert "Nothing is lost" in page.text
    acme.workspace.installation = replace(acme.workspace.installation, approved=True)
    acme.installs("U_BEN", start=to_slack(page.text))
    assert "Your checklist is there" in acme.fetch("GET", link(acme)).text


def test_in_a_single_workspace_there_is_nothing_to_install(town: Town):
    page = town.fetch("GET", link(town, "ana@acme.test"))
    assert page.status == 200
    assert "Open in Slack" in page.text
    assert "/slack/install" not in page.text
    assert town.fetch("GET", "/slack/install").status == 404


def rows_of(town: Town) -> Any:
    slack = town.house.slack
    assert slack is not None
    assert slack.many is not None
    return slack.many.installations.rows
