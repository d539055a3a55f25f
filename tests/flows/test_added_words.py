"""What people write beside an answer: it stays with the answer, and reaches the human whom the answer brings."""

from __future__ import annotations

from dataclasses import replace

from casework import HOURS, opened
from stories import Story, a_playbook, day, messages

from flows.desk import Desk
from flows.events import Answered, SaysStuck, Tick

FULL = f'{{channel: "#csm", zone: Europe/Berlin, {HOURS}, max_new_cases: 3}}'
KNOWN = "{person: {role: other}, account: {employees: 1}}"


def ana_under_way(**changed: str) -> Story:
    ana = Story(a_playbook(**changed))
    ana.joins()
    return ana


def test_words_beside_a_bad_answer_are_on_the_card_that_it_brings() -> None:
    case = opened(ana_under_way().happens(Answered, survey="ease", value=1, text="it says invalid host", mouth="page"))
    assert (case.escalation, case.said) == ("hard", "it says invalid host")


def test_on_a_full_day_the_words_wait_with_the_case() -> None:
    ana = ana_under_way(team=FULL, traits=KNOWN)
    ana.subject = replace(ana.subject, desk=Desk(opened_today={"#csm": 3}))
    ana.now = day(1, "10:00")
    assert ana.happens(Answered, survey="ease", value=1, text="it says invalid host").case is None
    ana.subject = replace(ana.subject, desk=Desk())
    ana.now = day(2, "08:00")
    assert opened(ana.happens(Tick)).said == "it says invalid host"


def test_an_open_case_hears_them_at_once() -> None:
    ana = ana_under_way()
    ana.happens(SaysStuck, text="help")
    assert "case_said" in messages(ana.happens(Answered, survey="ease", value=5, text="but the sync stopped", mouth="page"))


def test_another_answer_takes_the_words_of_the_first_along() -> None:
    ana = ana_under_way()
    ana.happens(Answered, survey="ease", value=4, text="the editor")
    assert dict(ana.journey.added) == {"ease": "the editor"}
    ana.happens(Answered, survey="ease", value=5)
    assert (dict(ana.journey.added), dict(ana.journey.answers)) == ({}, {"ease": 5})


def test_an_answer_on_the_page_is_thanked_there_and_not_by_a_message() -> None:
    ana = ana_under_way()
    assert "answer_thanks" not in messages(ana.happens(Answered, survey="ease", value=4, mouth="page"))
    assert "answer_thanks" in messages(ana.happens(Answered, survey="ease", value=4, mouth="slack"))
