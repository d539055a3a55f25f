"""A journey that is complete: its last words are said, whatever the day, and nothing new begins."""

from __future__ import annotations

from stories import LITTLE, Story, a_playbook, day, messages

from flows.events import Answered, StepDone, Tick
from flows.library import Playbooks

LAST = "  - {message: completion, on: completed}\n  - {message: hand_off, on: completed, wait: 1 day, once: true}"


def with_hand_off(**changed: str) -> Playbooks:
    plain = {"complete_when": "done.word", "triggers": LAST, "nudges": "[]", "sequence": "[{message: welcome, right_away: true}]"}
    return a_playbook(LITTLE, **(plain | changed))


def test_after_completion_ana_hears_what_waited_for_it_and_nothing_new() -> None:
    everything = {
        "sequence": '[{message: welcome, right_away: true}, {message: day2, after: 2 days, at: "11:30"}]',
        "nudges": "[{message: tip, when: days_in >= 1, priority: 20}]",
        "recurring": '[{message: daily, every: 1 day, at: "09:30"}]',
        "series": "  - {series: f, from: 1 day, to: 9 days, messages: [{message: sharing}]}\n",
        "surveys": "[{survey: ease, message: ask_ease, when: days_in >= 1, answers: 1 to 5}]",
    }
    ana = Story(with_hand_off(**everything))
    ana.joins()
    ana.now = day(0, "15:00")
    assert "completion" in messages(ana.happens(StepDone, step="word"))
    assert ana.until(day(1, "16:30")) == ["hand_off"]
    assert ana.journey.ended_why == "completed"
    assert ana.subject.person.wake_at is None


def test_what_happens_after_completion_begins_nothing() -> None:
    ana = Story(with_hand_off(triggers=f"{LAST}\n  - {{message: saw_page, on: page.viewed, wait: 2 days}}"))
    ana.joins()
    ana.happens(StepDone, step="word")
    ana.now = day(0, "14:00")
    ana.does("page.viewed")
    assert [wait.rule for wait in ana.journey.waiting] == ["trigger.hand_off"]


def test_what_waits_for_a_paused_rule_is_dropped_and_the_journey_ends() -> None:
    ana = Story(with_hand_off())
    ana.joins()
    ana.happens(StepDone, step="word")
    ana.playbooks = with_hand_off(triggers=LAST.replace("wait: 1 day", "paused: true, wait: 1 day"))
    ana.happens(Tick)
    assert ana.reasons()["trigger.hand_off"] == ("skipped", "paused in the playbook")
    assert ana.journey.ended_why == "completed"


def test_who_completes_on_the_last_day_still_gets_the_last_message_and_counts_as_completed() -> None:
    ana = Story(with_hand_off(grace="6 days", complete_when="answers.ease == 5"))
    ana.joins()
    ana.until(day(36, "12:00"))
    assert "completion" in messages(ana.happens(Answered, survey="ease", value=5))
    assert ana.until(day(40)) == ["hand_off"]
    assert ana.journey.ended_why == "completed"


def test_who_never_completes_ends_with_the_time() -> None:
    ana = Story(with_hand_off())
    ana.joins()
    ana.until(day(40))
    assert ana.journey.ended_why == "30 days are over"
