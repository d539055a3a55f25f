"""The four ways through the house, each from a person's hand to a person's eye, over real HTTP."""

from __future__ import annotations

from in_slack import passes, resolves
from town import Town


def test_a_done_click_moves_the_card_to_the_next_step(town: Town) -> None:
    town.presses("Done")  # the product has not reported the source yet, so it is not simply believed
    assert "I don't see" in town.last().text
    town.presses("Done elsewhere")
    welcome = town.dm()[0]
    assert "Tell us what you want to measure" in str(welcome.blocks)
    assert welcome.edited


def test_a_product_event_by_http_ticks_the_step_everywhere(town: Town) -> None:
    town.acts.open_home("U_ANA")
    town.uses("source.connected")
    home = str(town.demo.workspace.home("U_ANA"))
    assert "1 of 4 done" in home
    assert "Tell us what you want to measure" in str(town.dm()[0].blocks)


def test_day_3_reaches_ana_at_half_past_nine_her_time(town: Town) -> None:
    town.days(3)
    told = [m for m in town.why() for m in m["messages"] if m["message"] == "day3"]
    assert [m["sent_at"][:16] for m in told] == ["2026-03-05T08:30"]
    assert told[0]["state"] == "sent"


def test_stuck_claimed_answered_resolved(town: Town) -> None:
    answer = town.says("I'm stuck, it says invalid host")
    assert len(answer) == 1
    assert "answers by 14:00 your time" in answer[0]
    assert "Ana Ruiz" in town.channel()[-1].text
    town.team_presses("Claim")
    assert "Maya Chen has your question" in town.last().text
    town.team_writes("Use the read-only user, port 5432.")
    passes(town, seconds=10)  # until then she could undo it
    assert "Use the read-only user" in town.last().text
    assert town.thread()[0].reactions
    town.says("works now, thank you!")
    assert "works now" in town.thread()[-1].text
    resolves(town)
    assert "Maya" in town.last().text
    town.presses("Not yet")
    assert "not solved yet" in town.thread()[-1].text
    resolves(town)
    town.presses("Yes")
    assert town.house.reports.cases_open() == []
