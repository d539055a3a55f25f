"""A colleague's Home: what waits for them, their cases, what nobody has, their accounts; and Monday's view."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from in_slack import newcomer, passes, resolves
from town import Town, a_town

TUESDAY = timedelta(days=1)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town in which nothing has happened yet."""
    with a_town(tmp_path_factory.mktemp("quiet")) as found:
        yield found


def texts(town: Town, user: str = "U_MAYA") -> list[str]:
    """The words of somebody's Home as it stands there now, block by block."""
    view = town.workspace.home(user)
    assert view is not None
    return [block["text"]["text"] for block in view["blocks"] if "text" in block]


def part(town: Town, heading: str, user: str = "U_MAYA") -> list[str]:
    """The lines under a heading."""
    words = texts(town, user)
    start = next(n for n, text in enumerate(words) if text.startswith(f"*{heading}*"))
    ends = (n for n, text in enumerate(words) if n > start and text.startswith("*"))
    return words[start + 1 : next(ends, len(words))]


def test_a_colleague_without_anything_to_do_reads_kind_words(quiet: Town):
    quiet.opens_home("U_MAYA")
    assert "No case is with you now." in texts(quiet)[1]
    assert part(quiet, "Your cases")[0].startswith("You have no open case.")
    assert part(quiet, "Nobody has these yet") == ["Everybody who asked has somebody."]
    assert part(quiet, "Your accounts")[0].startswith("No account names you as its owner.")


def test_on_monday_the_week_stands_on_top(quiet: Town):
    quiet.opens_home("U_MAYA")
    assert texts(quiet)[2].startswith("*Your week*")


def test_her_cases_stand_there_by_due_time_and_move_when_something_happens(town: Town):
    first, second = newcomer(town), newcomer(town)
    town.opens_home("U_TOM")
    town.says("I'm stuck", first)
    town.team_presses("Claim", user="U_TOM")
    town.says("I'm stuck", second)
    town.opens_home("U_TOM")
    assert any("Ina" in line and "answer by" in line for line in part(town, "Your cases", "U_TOM"))
    unclaimed = part(town, "Nobody has these yet", "U_TOM")
    assert any(second.removeprefix("U_").title() in line for line in unclaimed)
    town.team_presses("Claim", user="U_TOM")  # without opening Home again
    assert len(part(town, "Your cases", "U_TOM")) == 2
    resolves(town, "U_TOM")
    town.presses("Yes", second)
    town.opens_home("U_TOM")
    assert len(part(town, "Your cases", "U_TOM")) == 1


def test_a_case_is_claimed_from_home(town: Town, ina: str):
    town.says("I'm stuck", ina)
    town.opens_home("U_TOM")
    view = town.workspace.home("U_TOM")
    assert view is not None
    name = ina.removeprefix("U_").title()
    block = next(b for b in view["blocks"] if "accessory" in b and name in b["text"]["text"])
    town.acts.click_view("U_TOM", view["id"], (block["block_id"], block["accessory"]["action_id"]))
    town.settle()
    assert any(name in line for line in part(town, "Your cases", "U_TOM"))
    assert "Tom Okafor has your question" in town.last(ina).text


def test_unanswered_words_are_a_task_until_they_are_answered(town: Town, ina: str):
    name = ina.removeprefix("U_").title()
    town.says("I'm stuck", ina)
    town.team_presses("Claim")
    town.says("are you there?", ina)
    town.opens_home()
    town.opens_home("U_MAYA")
    assert any(name in line and "waits for an answer" in line for line in part(town, "Waiting for you"))
    town.team_writes("I am here.")
    passes(town, seconds=11)
    town.opens_home("U_MAYA")
    assert not any(name in line and "waits for an answer" in line for line in part(town, "Waiting for you"))


def test_hundreds_of_cases_fit_and_the_rest_is_counted(town: Town):
    for _ in range(14):
        town.says("I'm stuck", newcomer(town))
    town.opens_home("U_MAYA")
    view = town.workspace.home("U_MAYA")
    assert view is not None
    assert len(view["blocks"]) <= 100
    assert any(e["text"].startswith("and ") for b in view["blocks"] if b["type"] == "context" for e in b["elements"])


def test_a_customer_sees_her_checklist_and_no_desk(town: Town, ina: str):
    assert "Your desk" not in town.opens_home(ina)
    assert "Your checklist" in json.dumps(town.workspace.home(ina))
