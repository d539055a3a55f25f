"""The page behind "Timeline": how far an account is, for colleagues to read and to print, and nothing on it to press."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from browsing import Page
from in_slack import newcomer, person
from tasking import card, fills, presses, write_project
from town import Town, a_town

STEPS = """
  - module: Set up
    objective: Data flows
    steps:
      - {step: source, title: Connect a source, done_by: source.connected, scope: account, due: 3 days, minutes: 5}
      - {step: word, title: Say hello back, done_by: their word, due: 5 days}
  - module: Value
    opens_when: done.source
    steps:
      - {step: report, title: Build a report, done_by: report.created, milestone: true, due: 14 days}
      - {step: invite, title: Invite two, done_by: {event: member.invited, times: 2}, optional: true}
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    project = write_project(tmp_path_factory.mktemp("project") / "ours", checklist=STEPS.strip("\n"))
    with a_town(tmp_path_factory.mktemp("way"), project) as found:
        yield found


@pytest.fixture
def ina(town: Town) -> str:
    """She signed up a moment ago; her Slack user."""
    return newcomer(town)


def company(user: str) -> str:
    return f"{user.removeprefix('U_').title()} Ltd"


def opens(town: Town, user: str) -> Page:
    return town.opens(town.house.links.timeline(person(town, user).id, town.demo.now()))


def test_a_card_leads_to_the_accounts_way_with_its_phases_and_days(town: Town, ina: str):
    found = card(town, "Hold the kickoff", company(ina))
    url = next(e["url"] for b in found.blocks if b["type"] == "actions" for e in b["elements"] if e["action_id"] == "task_timeline")
    text = town.opens(url).text
    for words in (company(ina), "On track", "Nothing is overdue.", "Set up", "Value", "Connect a source", "milestone", "due Thu 5 March"):
        assert words in text
    assert "Hold the kickoff our team due Mon 9 March" in text


def test_what_was_done_stands_there_with_its_day_and_who_did_it(town: Town, ina: str):
    town.uses("source.connected", user=ina.removeprefix("U_").lower())
    presses(town, card(town, "Hold the kickoff", company(ina)), "Plan the meeting")
    fills(town, day="2026-03-04", clock="14:30", minutes="45", link="")
    presses(town, card(town, "Say hello", company(ina)), "Done")
    text = opens(town, ina).text
    for words in (
        "Connect a source customer done Mon 2 March",
        "Wed 4 March, 14:30",
        "Say hello our team done Mon 2 March · by Maya Chen",
        "1 of 2 done",
    ):
        assert words in text


def test_everybody_of_the_account_on_the_playbook_is_on_it_and_how_many_have_done_a_step(town: Town, ina: str):
    name = ina.removeprefix("U_").lower()
    traits = {"name": "Bo Second", "email": f"bo-{name}@solo.test", "company": {"id": name.title(), "name": company(ina)}}
    town.post("/v1/identify", {"userId": f"bo-{name}", "traits": traits})
    town.settle()
    page = opens(town, ina)
    assert "Bo Second" in page.text
    assert "0 of 2 people" in page.text
    assert [href for said, href in page.links if said.startswith("The whole story of Bo Second") and "/t/" in href]


def test_it_says_in_words_what_is_behind_and_later_that_it_is_at_risk(tmp_path_factory: pytest.TempPathFactory):
    project = write_project(tmp_path_factory.mktemp("project") / "ours", checklist=STEPS.strip("\n"))
    with a_town(tmp_path_factory.mktemp("late"), project) as town:
        ana = town.house.reports.find_person("ana@acme.test")
        assert ana is not None
        town.days(5)
        text = town.opens(town.house.links.timeline(ana.id, town.demo.now())).text
        assert "Behind" in text
        assert "overdue, the longest by" in text
        assert "late by" in text
        town.days(10)
        assert "At risk" in town.opens(town.house.links.timeline(ana.id, town.demo.now())).text


def test_nothing_on_it_changes_anything_and_no_link_of_the_customers_is_on_it(town: Town, ina: str):
    page = opens(town, ina)
    assert not page.forms
    assert not [href for _, href in page.links if "/p/" in href or "/u/" in href]


def test_the_story_of_a_person_leads_to_it(town: Town, ina: str):
    who, now = person(town, ina).id, town.demo.now()
    assert "/timeline/" in town.opens(town.house.links.story(who, now)).link("account's timeline")


@pytest.mark.parametrize("wrong", ["somebody-elses", "forged", "story", "old"])
def test_a_link_that_is_not_ours_does_not_open(town: Town, ina: str, wrong: str):
    links, who, now = town.house.links, person(town, ina).id, town.demo.now()
    path = {
        "forged": f"{links.timeline(who, now)[:-2]}xx",
        "story": links.story(who, now).replace("/t/", "/timeline/"),
        "old": links.timeline(who, now - timedelta(days=7, seconds=1)),
    }.get(wrong, f"/timeline/{wrong}")
    answer = town.fetch("GET", path, headers={"Accept": "text/html"})
    assert answer.status == 404
    assert "no longer opens" in answer.text
