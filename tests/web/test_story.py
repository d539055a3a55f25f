"""The page behind "Open page": everything about a person, for colleagues to read, and nothing on it to press."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from browsing import Page
from in_slack import newcomer, passes, person, resolves
from town import Town, a_town, buttons


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with a_town(tmp_path_factory.mktemp("story")) as found:
        yield found


@pytest.fixture(scope="module")
def ina(town: Town) -> str:
    """She was helped once with a file and a note beside it, and went quiet."""
    ina = newcomer(town, goal="weekly revenue for my boss")
    town.says("I'm stuck, it says <b>invalid host</b>", ina)
    town.team_presses("Claim")
    town.team_writes("Use the read-only user.")
    passes(town, seconds=11)
    town.team_writes("they always forget the port", user="U_TOM")
    town.acts.share_file(ina, ina, "error.png", b"\x89PNG", "see here")
    town.settle()
    resolves(town, note="firewall")
    town.presses("Yes", ina)
    town.uses("source.connected", user=ina.removeprefix("U_").lower())
    town.days(3)
    return ina


def page_of(town: Town, card_of: str = "#csm-smb") -> str:
    """Where "Open page" on the latest card leads."""
    return str(next(e["url"] for _, e in buttons(town.channel(card_of)[-1].blocks) if e["text"]["text"] == "Open page"))


def opens(town: Town, ina: str, query: str = "") -> Page:
    return town.opens(town.house.links.story(person(town, ina).id, town.demo.now()) + query)


def test_a_colleague_reads_who_she_is_what_she_wants_and_how_far_she_is(town: Town, ina: str):
    text = opens(town, ina).text
    for words in (
        ina.removeprefix("U_").title(),
        "weekly revenue for my boss",
        "1 of 4 done",
        "Connect your first data source done",
        "pace",
        "plan",
    ):
        assert words in text


def test_every_word_of_her_case_stands_there_as_it_was_said(town: Town, ina: str):
    text = opens(town, ina).text
    for words in (
        "I'm stuck, it says <b>invalid host</b>",
        "Use the read-only user.",
        "to the customer",
        "they always forget the port",
        "stays with the team",
        "error.png",
        "Something was set up wrong: firewall",
    ):
        assert words in text


def test_what_happened_can_be_narrowed_without_a_script(town: Town, ina: str):
    everything, messages = opens(town, ina), opens(town, ina, "?show=messages")
    assert "in the product: A data source answered its first query" in everything.text
    assert "in the product: A data source answered its first query" not in messages.text
    assert "Message “stuck”" in messages.text
    assert messages.link("What they did").endswith("?show=did#timeline")
    assert opens(town, ina, "?show=<script>").text == everything.text


def test_nothing_on_it_changes_anything_and_her_own_link_is_not_on_it(town: Town, ina: str):
    page = opens(town, ina)
    assert not page.forms
    assert not [href for _, href in page.links if "/p/" in href or "/u/" in href]


def test_the_card_leads_to_it_and_not_to_the_page_where_she_acts(town: Town, ina: str):
    town.says("talk to a human", ina)
    assert "/t/" in page_of(town)
    assert town.opens(page_of(town)).text


@pytest.mark.parametrize("wrong", ["somebody-elses", "", "forged", "hers"])
def test_a_link_that_is_not_ours_does_not_open(town: Town, ina: str, wrong: str):
    links, who, now = town.house.links, person(town, ina).id, town.demo.now()
    token = {"hers": links.page(who, now).rpartition("/")[2], "forged": links.story(who, now).rpartition("/")[2][:-2] + "xx"}.get(
        wrong, wrong
    )
    answer = town.fetch("GET", f"/t/{token}", headers={"Accept": "text/html"})
    assert answer.status == 404
    assert "no longer opens" in answer.text or not token


def test_it_opens_for_seven_days(town: Town, ina: str):
    who, now = person(town, ina).id, town.demo.now()
    old = town.house.links.story(who, now - timedelta(days=7, seconds=1))
    assert town.fetch("GET", old, headers={"Accept": "text/html"}).status == 404
    assert town.fetch("GET", town.house.links.story(who, now - timedelta(days=6))).status == 200


def test_a_newcomer_has_a_story_too(town: Town):
    nele = newcomer(town)
    text = opens(town, nele).text
    assert "They never needed a person." in text
    assert "They have not said what they want." in text


def test_a_long_story_shows_its_newest_part_first_and_the_rest_on_demand(town: Town):
    busy = newcomer(town)
    for n in range(160):
        town.post("/v1/track", {"userId": busy.removeprefix("U_").lower(), "event": "report.viewed", "messageId": f"{busy}-{n}"})
    town.settle()
    page = opens(town, busy)
    older = page.link("older")
    assert "joined" not in page.text.partition("What happened")[2].partition("it is for the team")[0].split("in the product")[-1]
    assert len(town.opens(older.partition("#")[0]).text) > len(page.text)
