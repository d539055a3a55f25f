"""Two workspaces behind one Slack: the app comes in by OAuth, keeps its tokens fresh, and leaves again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_sdk.errors import SlackApiError
from two_teams import SCOPES

from bot.playground.installing import Browser
from bot.playground.post import Refused
from bot.playground.seed import acme_world


def refusal(call: Any) -> Any:
    with pytest.raises(SlackApiError) as refused:
        call()
    return refused.value.response


# Coming in


def test_ben_adds_the_app_to_his_workspace_and_it_answers_him_there(teams):
    arrived = teams.install("T_ACME", "U_BEN")
    assert arrived.status == 200
    assert teams.acme.installed
    assert not teams.workspaces.first.installed
    teams.acts("T_ACME").say("U_BEN", "hi")
    assert [message.text for message in teams.acme.dm("U_BEN")] == ["hi", "Hello from T_ACME"]


def test_what_is_said_in_one_workspace_stays_there(teams):
    teams.install("T_ACME", "U_BEN")
    teams.install("T_PLAYGROUND", "U_MAYA")
    teams.acts("T_ACME").say("U_BEN", "hi")
    teams.acts("T_PLAYGROUND").say("U_MAYA", "hi")
    assert teams.acme.dm("U_BEN")[-1].text == "Hello from T_ACME"
    assert teams.workspaces.first.dm("U_MAYA")[-1].text == "Hello from T_PLAYGROUND"
    assert refusal(lambda: teams.in_team("T_ACME").users_info(user="U_MAYA"))["error"] == "user_not_found"
    assert {call.method for call in teams.acme.calls} >= {"auth.test", "chat.postMessage", "users.info"}


def test_each_token_belongs_to_one_workspace_and_a_made_up_one_to_none(teams):
    teams.install("T_ACME", "U_BEN")
    teams.install("T_PLAYGROUND", "U_MAYA")
    assert [teams.in_team(team).auth_test()["team_id"] for team in ("T_ACME", "T_PLAYGROUND")] == ["T_ACME", "T_PLAYGROUND"]
    assert refusal(lambda: teams.client("xoxb-guessed").auth_test())["error"] == "invalid_auth"


def test_ben_changes_his_mind_and_nothing_is_installed(teams):
    arrived = teams.install("T_ACME", "U_BEN", answer="cancel")
    assert "error=access_denied" in arrived.url
    assert not teams.acme.installed


def test_where_an_admin_has_to_approve_ben_reads_that_his_request_was_sent(teams):
    teams.acme.installation = replace(teams.acme.installation, approved=False)
    arrived = teams.install("T_ACME", "U_BEN")
    assert "Your request was sent" in arrived.text
    assert "/slack/oauth/v2/authorize" in arrived.url
    assert not teams.acme.installed


def test_the_page_asks_only_for_the_workspace_that_the_link_names(teams):
    asked = urlencode({"client_id": teams.registration.client_id, "scope": "chat:write", "team": "T_ACME"})
    page = Browser().get(f"{teams.desk.app_url}/slack/oauth/v2/authorize?{asked}").text
    assert "Install Handrail in Acme?" in page
    assert "Ben Sato" in page
    assert "Maya Chen" not in page


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"client_id": "9.9"}, "invalid_client_id"),
        ({"scope": ""}, "invalid_scope"),
        ({"redirect_uri": "https://elsewhere.test/"}, "bad_redirect_uri"),
        ({"team": "T_NOWHERE"}, "invalid_team_for_non_distributed_app"),
    ],
)
def test_a_wrong_link_leads_nowhere_and_says_why(teams, wrong, error):
    asked = urlencode({"client_id": teams.registration.client_id, "scope": "chat:write"} | wrong)
    page = Browser().get(f"{teams.desk.app_url}/oauth/v2/authorize?{asked}")
    assert (page.status, error in page.text) == (400, True)


def test_a_code_is_good_once_and_says_what_bolt_needs_to_know(teams):
    code = teams.allowed("chat:write,users:read")
    told = teams.exchanged(code)
    token = told.data.pop("access_token")
    assert told.data == {
        "ok": True,
        "app_id": "A_HANDRAIL",
        "authed_user": {"id": "U_BEN"},
        "scope": "chat:write,users:read",
        "token_type": "bot",
        "bot_user_id": "U_HANDRAIL_ACME",
        "team": {"id": "T_ACME", "name": "Acme"},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    assert teams.client(token).auth_test()["bot_id"] == "B_HANDRAIL_ACME"
    assert refusal(lambda: teams.exchanged(code))["error"] == "invalid_code"


def test_only_the_app_itself_can_exchange_a_code_and_only_for_the_address_it_was_sent_to(teams):
    code = teams.allowed()
    stranger = teams.client()
    assert refusal(lambda: stranger.oauth_v2_access(client_id="9.9", client_secret="x", code=code))["error"] == "invalid_client_id"
    known = teams.registration.client_id
    assert refusal(lambda: stranger.oauth_v2_access(client_id=known, client_secret="x", code=code))["error"] == "bad_client_secret"
    assert refusal(lambda: teams.exchanged(code, redirect_uri="http://127.0.0.1/else"))["error"] == "bad_redirect_uri"


# Scopes


def test_what_the_app_was_not_given_it_may_not_do_and_slack_names_the_scope(teams):
    client = teams.client(teams.exchanged(teams.allowed("chat:write,im:write,users:read"))["access_token"])
    refused = refusal(lambda: client.users_lookupByEmail(email="ben@acme.test"))
    assert (refused["error"], refused["needed"]) == ("missing_scope", "users:read.email")
    assert refused["provided"] == "chat:write,im:write,users:read"
    borrowed = refusal(lambda: client.chat_postMessage(channel="D_BEN", text="Hi", username="Maya Chen"))
    assert borrowed["needed"] == "chat:write.customize"
    assert "email" not in client.users_info(user="U_BEN")["user"]["profile"]
    assert client.auth_test().headers["x-oauth-scopes"] == "chat:write,im:write,users:read"


def test_maya_speaks_under_her_own_name_and_face_where_the_scope_allows(teams):
    client = teams.client(teams.exchanged(teams.allowed("chat:write,chat:write.customize"))["access_token"])
    client.chat_postMessage(channel="D_BEN", text="Hi", username="Maya Chen", icon_url="https://vendor.test/maya.png")
    [message] = teams.acme.dm("U_BEN")
    assert (message.username, message.icon) == ("Maya Chen", "https://vendor.test/maya.png")


# Tokens that rotate


def test_a_token_that_rotates_dies_when_the_next_one_is_fetched(rotating_teams):
    teams = rotating_teams
    first = teams.exchanged(teams.allowed())
    assert first["access_token"].startswith("xoxe.xoxb-1-")
    assert (first["refresh_token"][:7], first["expires_in"]) == ("xoxe-1-", 43200)
    keys = {"client_id": teams.registration.client_id, "client_secret": teams.registration.client_secret}
    renew = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = teams.client().oauth_v2_access(**keys, **renew)
    assert teams.client(second["access_token"]).auth_test()["team_id"] == "T_ACME"
    assert refusal(lambda: teams.client(first["access_token"]).auth_test())["error"] == "token_expired"
    assert refusal(lambda: teams.client().oauth_v2_access(**keys, **renew))["error"] == "invalid_refresh_token"


def test_after_twelve_hours_a_token_is_refused_until_it_is_renewed(rotating_teams):
    teams = rotating_teams
    first = teams.exchanged(teams.allowed())
    teams.acme.grants.expire()
    assert refusal(lambda: teams.client(first["access_token"]).auth_test())["error"] == "token_expired"
    keys = {"client_id": teams.registration.client_id, "client_secret": teams.registration.client_secret}
    second = teams.client().oauth_v2_access(**keys, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert teams.client(second["access_token"]).auth_test()["ok"]


def test_a_token_for_ever_can_be_exchanged_for_one_that_rotates(teams):
    first = teams.exchanged(teams.allowed())["access_token"]
    keys = {"client_id": teams.registration.client_id, "client_secret": teams.registration.client_secret}
    second = teams.client().oauth_v2_exchange(token=first, **keys)
    assert second["refresh_token"].startswith("xoxe-1-")
    assert refusal(lambda: teams.client(first).auth_test())["error"] == "token_expired"


# Leaving


def test_an_admin_removes_the_app_and_it_hears_so_and_is_let_in_no_more(teams):
    teams.install("T_ACME", "U_BEN")
    client = teams.in_team("T_ACME")
    teams.acts("T_ACME").uninstall()
    assert teams.events("app_uninstalled")[0]["team_id"] == "T_ACME"
    assert teams.events("tokens_revoked")[0]["event"]["tokens"] == {"oauth": [], "bot": ["U_HANDRAIL_ACME"]}
    assert refusal(lambda: client.auth_test())["error"] == "account_inactive"
    with pytest.raises(Refused, match="not installed"):
        teams.acts("T_ACME").shortcut("U_BEN", "open_case")


def test_the_app_can_leave_by_itself(teams):
    teams.install("T_ACME", "U_BEN")
    client = teams.in_team("T_ACME")
    client.apps_uninstall(client_id=teams.registration.client_id, client_secret=teams.registration.client_secret)
    assert teams.eventually_heard("app_uninstalled")["team_id"] == "T_ACME"
    assert not teams.acme.installed


def test_a_token_taken_back_is_told_of_and_the_other_workspace_goes_on(teams):
    teams.install("T_ACME", "U_BEN")
    teams.install("T_PLAYGROUND", "U_MAYA")
    client = teams.in_team("T_ACME")
    assert client.auth_revoke(test=True)["revoked"] is False
    assert client.auth_revoke()["revoked"] is True
    assert teams.eventually_heard("tokens_revoked")["team_id"] == "T_ACME"
    assert refusal(lambda: client.auth_test())["error"] == "token_revoked"
    assert teams.in_team("T_PLAYGROUND").auth_test()["ok"]


def test_ben_can_add_the_app_again_after_it_was_removed(teams):
    teams.install("T_ACME", "U_BEN")
    before = teams.in_team("T_ACME")
    teams.acts("T_ACME").uninstall()
    teams.install("T_ACME", "U_LIA")
    assert teams.in_team("T_ACME").auth_test()["ok"]
    assert refusal(lambda: before.auth_test())["error"] == "account_inactive"


def test_who_installed_what_outlives_a_kill(tmp_path):
    world = acme_world(path=tmp_path / "acme.jsonl")
    token = world.grants.give(SCOPES, "U_BEN", rotates=False).token
    world.grants.refuse("token_revoked")
    again = acme_world(path=tmp_path / "acme.jsonl")
    grant = again.grants.find(token)
    assert grant is not None
    assert (grant.installer, grant.refusal, again.installed) == ("U_BEN", "token_revoked", False)
    again.close()
    world.close()


# Faults in one workspace only


def test_one_workspace_is_told_to_slow_down_and_the_other_is_not(teams):
    teams.install("T_ACME", "U_BEN")
    teams.install("T_PLAYGROUND", "U_MAYA")
    teams.acme.faults.next("chat.postMessage", "rate_limited", seconds=7, times=2)
    refused = refusal(lambda: teams.in_team("T_ACME").chat_postMessage(channel="D_BEN", text="Hi"))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")
    assert teams.in_team("T_PLAYGROUND").chat_postMessage(channel="D_MAYA", text="Hi")["ok"]
    assert teams.acme.faults.met("chat.postMessage") == 1


def test_a_workspace_with_markup_in_its_name_stays_a_name(teams):
    teams.acme.installation = replace(teams.acme.installation, name='<img src=x onerror="alert(1)">')
    asked = urlencode({"client_id": teams.registration.client_id, "scope": "<b>chat:write</b>", "team": "T_ACME", "state": '"><b>'})
    page = Browser().get(f"{teams.desk.app_url}/slack/oauth/v2/authorize?{asked}").text
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page
    assert "<b>" not in page
