"""Who leaves is asked one question, and then there is silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from stories import LITTLE, Story, a_playbook, day, messages

from flows.events import Answered, CaseClaimed, Joined, Left, OptedOut, ProductEvent, SaysStuck, Snoozed, Tick
from flows.library import Playbooks

WHY = "{survey: why, message: ask_why, on: left, answers: [missing, hard, time]}"


def with_question(question: str = WHY, **changed: str) -> Playbooks:
    asked = "[{escalation: asked, on: says_stuck}]"
    return a_playbook(**({"escalations": asked} | changed), surveys=f"[{question}]")


def ana_here(playbooks: Playbooks | None = None) -> Story:
    ana = Story(playbooks or with_question())
    ana.joins()
    ana.until(day(2))
    return ana


def test_ana_leaves_and_is_asked_once_in_the_decision_that_ends_her_journey() -> None:
    ana = ana_here()
    decision = ana.happens(Left)
    assert messages(decision) == ["ask_why"]
    assert decision.says[0].facts == {"survey": "why", "answers": ["missing", "hard", "time"]}
    assert ana.journey.ended_why == "they left"
    assert ana.until(day(60)) == []


def test_her_answer_is_taken_after_the_end() -> None:
    ana = ana_here()
    ana.happens(Left)
    ana.until(day(4))
    assert messages(ana.happens(Answered, survey="why", value="time", mouth="email")) == ["answer_thanks"]
    assert ana.journey.answers == {"why": "time"}
    assert ana.journey.ended_at is not None
    assert ana.until(day(60)) == []


def test_an_answer_that_is_none_is_refused_after_the_end_too() -> None:
    ana = ana_here()
    ana.happens(Left)
    assert messages(ana.happens(Answered, survey="why", value="nonsense", mouth="page")) == []
    assert ana.journey.answers == {}


def test_the_event_that_says_she_left_asks_as_well() -> None:
    events = "{user.removed: Gone, source.connected: a, member.invited: b, report.created: c, page.viewed: d}"
    ana = ana_here(with_question(events=events, leaves_on="user.removed"))
    assert messages(ana.happens(ProductEvent, name="user.removed")) == ["ask_why"]


def test_at_night_and_with_the_budget_spent_it_is_now_or_never() -> None:
    ana = ana_here(with_question(limit="{per_day: 1, per_week: 1}"))
    ana.now = datetime(2026, 3, 7, 23, 0, tzinfo=UTC)  # Saturday night
    assert messages(ana.happens(Left)) == ["ask_why"]


@pytest.mark.parametrize(
    ("person", "why"),
    [
        ({"opted_out": ("all",)}, "they stopped messages"),
        ({"consent": False}, "they did not agree to messages"),
        ({"chosen": {"without": "questions"}}, "they do without questions"),
    ],
)
def test_who_wants_no_messages_is_not_asked(person: dict[str, object], why: str) -> None:
    ana = ana_here()
    ana.changed(**person)
    assert messages(ana.happens(Left)) == []
    assert ana.journey.sent["survey.why"].skipped == why


def test_who_asked_for_quiet_or_talks_to_a_human_is_not_asked() -> None:
    ana = ana_here()
    ana.happens(Snoozed, until=day(20))
    assert messages(ana.happens(Left)) == []
    ben = ana_here()
    ben.happens(SaysStuck)
    ben.happens(CaseClaimed, case=ben.subject.person.case.id, by="U_MAYA", name="Maya Chen")
    assert "ask_why" not in messages(ben.happens(Left))


def test_of_several_questions_the_first_that_holds_is_asked() -> None:
    early = "{survey: early, message: ask_early, on: left, answers: [a, b], when: days_in > 20}"
    ana = ana_here(with_question(f"{early}, {WHY}, {WHY.replace('why', 'also')}"))
    assert messages(ana.happens(Left)) == ["ask_why"]


def test_nobody_is_asked_before_and_no_clock_runs_for_it() -> None:
    ana = Story(with_question(nudges="[]", sequence="[]", triggers="[]", escalations="[]"))
    ana.joins()
    ana.happens(Tick)
    assert ana.subject.person.wake_at is not None
    assert ana.subject.person.wake_at > day(28)
    assert "ask_why" not in ana.until(day(60))


def test_who_comes_back_and_leaves_again_is_not_asked_again() -> None:
    ana = ana_here()
    ana.happens(Left)
    ana.now = day(5)
    ana.happens(Joined)
    assert messages(ana.happens(Left, at=ana.now + timedelta(seconds=1))) == []


def test_news_of_a_leaving_long_ago_asks_nothing() -> None:
    ana = ana_here()
    assert messages(ana.happens(Left, at=ana.now - timedelta(days=2))) == []


def test_a_message_on_leaving_stays_beside_the_question() -> None:
    ana = ana_here(with_question(triggers="[{message: farewell, on: left}]"))
    assert sorted(messages(ana.happens(Left))) == ["ask_why", "farewell"]


def test_who_stopped_one_channel_is_asked_by_the_other() -> None:
    ana = ana_here()
    ana.happens(OptedOut, channel="slack")
    assert ana.happens(Left).says[0].to.via == ("email",)


def test_an_answer_to_the_last_question_counts_after_the_journey_ran_out() -> None:
    ana = Story(with_question("{survey: there, message: goal_check, after: 29 days, answers: [yes, partly]}"))
    ana.joins()
    ana.until(day(40))
    assert ana.journey.ended_at is not None
    ana.happens(Answered, survey="there", value="yes", mouth="page")
    assert ana.journey.answers == {"there": "yes"}


def test_an_answer_after_the_end_is_thanked_for_without_a_promise_and_told_to_the_open_case() -> None:
    ana = Story(a_playbook(LITTLE))
    ana.joins()
    ana.until(day(40))
    assert ana.journey.ended_at
    assert [say.facts for say in ana.happens(Answered, survey="ease", value=1).says] == [{"survey": "ease", "value": 1, "late": True}]
    ana.happens(SaysStuck)
    decision = ana.happens(Answered, survey="ease", value=2)
    assert [(say.message, say.facts.get("note"), say.facts.get("value")) for say in decision.says] == [
        ("case_note", "late_answer", 2),
        ("answer_thanks", None, 2),
    ]


def test_an_answer_in_time_is_not_late() -> None:
    ana = Story(a_playbook(LITTLE))
    ana.joins()
    (thanks,) = [say for say in ana.happens(Answered, survey="ease", value=3).says if say.message == "answer_thanks"]
    assert "late" not in thanks.facts
