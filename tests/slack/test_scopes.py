"""What we ask to be allowed: as little as the features need, and as docs/slack.md tells it."""

from __future__ import annotations

from pathlib import Path

from town import Town

from bot.slack.scopes import SCOPES, SCOPES_CUSTOMER, SCOPES_OPTIONAL, SCOPES_TEAM, missing, scope_table

DOCS = Path(__file__).resolve().parents[2] / "docs" / "slack.md"


def test_the_page_tells_exactly_what_we_ask_for():
    assert scope_table() in DOCS.read_text(encoding="utf-8"), f"put this table into docs/slack.md:\n\n{scope_table()}"


def test_a_customers_workspace_is_asked_for_nothing_about_its_channels():
    assert set(SCOPES_CUSTOMER) < set(SCOPES_TEAM)
    assert not [name for name in SCOPES_CUSTOMER if name.startswith(("channels:", "groups:", "reactions:"))]


def test_every_scope_has_its_reason_its_price_and_one_place():
    assert len({scope.name for scope in SCOPES}) == len(SCOPES)
    for scope in SCOPES:
        assert scope.why.endswith(".")
        assert scope.without.endswith(".")
        assert "|" not in scope.why + scope.without


def test_what_may_be_declined_is_never_what_the_main_job_needs():
    assert not {"chat:write", "im:history", "im:write", "users:read", "users:read.email"} & set(SCOPES_OPTIONAL)


def test_what_is_missing_is_told_with_what_it_costs():
    granted = set(SCOPES_TEAM) - {"commands", "files:read"}
    assert [scope.name for scope in missing(granted)] == ["commands", "files:read"]
    assert [scope.name for scope in missing(SCOPES_CUSTOMER, SCOPES_CUSTOMER)] == []


def test_ana_and_maya_get_through_a_case_with_these_scopes_and_no_other(town: Town):
    town.demo.workspace.grants.narrow(*SCOPES_TEAM)
    town.presses("I'm stuck")
    town.team_presses("Claim")
    town.team_writes("I had a look, and the port was closed.")
    town.days(0.01)  # a colleague's words may be taken back for a moment
    assert any("the port was closed" in message.text for message in town.heard())
    assert not [message for event in town.why() for message in event["messages"] if message["state"] not in ("sent", "withdrawn")]
