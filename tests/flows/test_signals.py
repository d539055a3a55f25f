"""Signals: what people did, as numbers that conditions may ask."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from stories import LITTLE, MONDAY, Story, a_playbook, a_text, day

from flows.events import BUSINESS, ProductEvent
from flows.portrait import portrait
from flows.reading import read_playbook
from flows.tallies import together

EVENTS = """
  source.connected: A source answered
  report.created: {title: A report was saved, properties: {rows: 0, kind: table, shared: false}}
  member.invited: An invitation went out
  page.viewed: {title: A page was looked at, properties: {seconds: 0, path: ""}}
"""


def a_story(signals: str, **changed: str) -> Story:
    ana = Story(a_playbook(events=EVENTS, signals=signals, **changed))
    ana.joins()
    return ana


def does(ana: Story, name: str, at: datetime | None = None, **properties: Any) -> None:
    ana.happens(ProductEvent, name=name, properties=properties, at=at)


def signal(ana: Story, name: str = "it") -> Any:
    return portrait(ana.playbooks["little"], ana.subject, ana.now).signals[name]


def problems(**changed: str) -> list[str]:
    _, found = read_playbook(a_text(LITTLE, **({"events": EVENTS} | changed)), "little.yaml")
    return [f"{one.where}: {one.message}" for one in found]


def test_times_count_alone_or_within_the_last_days_today_included() -> None:
    ana = a_story("\n  it: {event: page.viewed}\n  week: {event: page.viewed, in: 7 days}")
    for n in (0, 0, 3, 9):
        ana.now = day(n)
        does(ana, "page.viewed")
    assert (signal(ana), signal(ana, "week")) == (4, 2)


def test_days_are_different_days() -> None:
    ana = a_story("\n  it: {event: page.viewed, counts: days}\n  week: {event: page.viewed, counts: days, in: 7 days}")
    for n in (0, 0, 3, 9):
        ana.now = day(n)
        does(ana, "page.viewed")
    assert (signal(ana), signal(ana, "week")) == (3, 2)


def test_a_sum_adds_numbers_and_passes_over_everything_else() -> None:
    ana = a_story("\n  it: {event: report.created, counts: sum, of: rows}")
    for rows in (0.1, 0.2, 3, "12", None, True, float("nan"), float("inf"), 1e300, [4]):
        does(ana, "report.created", rows=rows)
    assert signal(ana) == 3.3
    does(ana, "report.created", rows=0.7)
    assert signal(ana) == 4
    assert isinstance(signal(ana), int)


def test_days_since_are_counted_where_ana_is_and_none_before_anything_happened() -> None:
    ana = a_story("\n  it: {event: page.viewed, counts: since_first}\n  last: {event: page.viewed, counts: since_last}")
    assert (signal(ana), signal(ana, "last")) == (None, None)
    does(ana, "page.viewed", at=MONDAY)
    does(ana, "page.viewed", at=day(2, "22:30"))  # Thursday already, in Berlin in winter 23:30 of Wednesday
    ana.now = day(3, "06:00")
    assert (signal(ana), signal(ana, "last")) == (3, 3)  # the future counted as now, on Monday
    does(ana, "page.viewed", at=day(2, "23:30"))
    assert signal(ana, "last") == 0, "half past midnight in Berlin is today"


def test_any_order_against_a_day_that_never_was_is_false() -> None:
    segments = "\n  stage:\n    - {is: long_gone, when: it >= 5}\n    - {is: fresh, when: it < 5}\n    - {is: never}"
    ana = a_story("\n  it: {event: page.viewed, counts: since_last}", segments=segments)
    assert ana.journey.segments["stage"].name == "never"
    does(ana, "page.viewed")
    assert ana.journey.segments["stage"].name == "fresh"


def test_a_streak_goes_up_to_today_or_yesterday_and_late_news_mend_it() -> None:
    ana = a_story("\n  it: {event: page.viewed, counts: streak}")
    for n in (0, 1, 3, 4):
        ana.now = day(n)
        does(ana, "page.viewed")
    assert signal(ana) == 2
    does(ana, "page.viewed", at=day(2))
    assert signal(ana) == 5
    ana.now = day(5)
    assert signal(ana) == 5, "today has only begun"
    ana.now = day(6)
    assert signal(ana) == 0


def test_minutes_are_different_slots_of_five() -> None:
    ana = a_story("\n  it: {event: any, counts: minutes}\n  today: {event: any, counts: minutes, in: 1 day}")
    for minute in (0, 1, 4, 5, 31, 33):
        does(ana, "page.viewed", at=MONDAY.replace(hour=9, minute=minute))
    ana.now = day(1)
    does(ana, "something.else")
    assert (signal(ana), signal(ana, "today")) == (20, 5)


def test_where_asks_the_properties_and_what_is_of_the_wrong_type_does_not_match() -> None:
    ana = a_story('\n  it: {event: report.created, where: "rows >= 100 and shared"}\n  all_of_them: {event: report.created}')
    for told in ({"rows": 100, "shared": True}, {"rows": "100", "shared": True}, {"rows": 200}, {"rows": 5, "shared": True}, {}):
        does(ana, "report.created", **told)
    assert (signal(ana), signal(ana, "all_of_them")) == (1, 5)


def test_several_events_and_any_event_are_counted_together() -> None:
    both = "\n  it: {event: [page.viewed, report.created], counts: days}\n  all_of_it: {event: any}"
    ana = a_story(both)
    does(ana, "page.viewed")
    does(ana, "report.created")
    does(ana, "never.declared")
    ana.now = day(1)
    does(ana, "report.created")
    assert (signal(ana), signal(ana, "all_of_it")) == (2, 4)


def test_a_step_is_done_at_its_second_invitation_also_when_an_earlier_one_comes_late() -> None:
    ana = a_story("\n  it: {event: page.viewed}")
    ana.now = day(3)
    does(ana, "member.invited", at=day(2))
    does(ana, "member.invited", at=day(3))
    assert ana.journey.steps["invite"].at == day(3)
    does(ana, "member.invited", at=day(1))
    assert ana.journey.steps["invite"].at == day(2)
    assert ana.journey.steps["invite"].how == "product"


def test_a_step_may_ask_how_the_event_was() -> None:
    checklist = """
  - module: Value
    steps:
      - {step: report, title: A big report, done_by: {event: report.created, where: "rows > 10"}}
"""
    ana = a_story("\n  it: {event: page.viewed}", checklist=checklist, **_without_the_other_steps())
    does(ana, "report.created", rows=3)
    assert "report" not in ana.journey.steps
    does(ana, "report.created", rows=30)
    assert "report" in ana.journey.steps


def test_first_value_is_the_earliest_whenever_it_is_told() -> None:
    ana = a_story("\n  it: {event: page.viewed}", first_value="  report.created")
    ana.now = day(3)
    does(ana, "report.created", at=day(2))
    does(ana, "report.created", at=day(1))
    assert ana.journey.first_value_at == day(1)


def test_what_comes_a_month_late_is_heard_and_counts_nowhere() -> None:
    ana = a_story("\n  it: {event: page.viewed}")
    ana.now = day(20)
    does(ana, "page.viewed", at=ana.now - timedelta(days=30))
    does(ana, "page.viewed", at=ana.now - timedelta(days=30, seconds=1))
    assert signal(ana) == 1
    assert ana.reasons()["event.page.viewed"][0] == "too_late"


def test_two_people_who_turn_out_to_be_one_have_done_what_both_did() -> None:
    signals = "\n  it: {event: any, counts: minutes}\n  days: {event: any, counts: days}\n  rows: {event: any, counts: sum, of: rows}"
    ana, ann, both = a_story(signals), a_story(signals), a_story(signals)
    for n, (one, rows) in enumerate([(ana, 1), (ann, 2), (ana, 3), (ann, 4)]):
        for person in (one, both):
            person.now = day(2)
            does(person, "report.created", at=day(n // 2), rows=rows)
    key = "*"
    assert together(ana.subject.activity[key], ann.subject.activity[key]) == both.subject.activity[key]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"signals": "\n  it: {event: page.viewed, counts: streak, in: 7 days}"}, "counts: streak looks at all they did; take `in` away"),
        ({"signals": "\n  it: {event: page.viewed, counts: since_last, in: 7 days}"}, "take `in` away"),
        ({"signals": "\n  it: {event: page.viewed, in: 3 hours}"}, "`in` counts days of the calendar: write 7 days, not 3 hours"),
        ({"signals": "\n  it: {event: page.viewed, counts: sum}"}, "counts: sum and of: <property> go together"),
        ({"signals": "\n  it: {event: report.created, counts: sum, of: row}"}, "unknown property row, did you mean rows?"),
        ({"signals": "\n  it: {event: report.created, counts: sum, of: kind}"}, "kind is a text; only a number can be summed up"),
        ({"signals": "\n  it: {event: member.invited, counts: sum, of: rows}"}, "the event declares no properties"),
        ({"signals": '\n  it: {event: report.created, where: "rowz > 3"}'}, "unknown property rowz, did you mean rows?"),
        ({"signals": "\n  it: {event: report.created, where: \"rows == 'many'\"}"}, "they are never equal"),
        ({"signals": "\n  it: {event: [any, page.viewed]}"}, "event: any is every event; it stands alone"),
        ({"signals": "\n  it: {event: page.viewd}"}, "unknown event page.viewd, did you mean page.viewed?"),
        ({"events": EVENTS.replace("rows: 0", "rows: [1]")}, "the guess for rows should be a text, a number, or true or false"),
        (
            {
                "events": EVENTS.replace('path: ""', 'path: "", rows: ""'),
                "signals": '\n  it: {event: [report.created, page.viewed], where: "rows > 1"}',
            },
            "rows is a number in report.created and a text in page.viewed",
        ),
    ],
)
def test_what_cannot_be_counted_is_said_when_the_playbook_loads(changed: dict[str, str], said: str) -> None:
    assert any(said in one for one in problems(**changed)), problems(**changed)


def _without_the_other_steps() -> dict[str, str]:
    return {
        "sequence": "\n  - {message: welcome, right_away: true}",
        "segments": "\n  stage:\n    - {is: new}",
        "triggers": "\n  - {message: well_done, on: step_done}",
        "surveys": "\n  - {survey: ease, message: ask_ease, when: done.report and days_in >= 7, answers: 1 to 5}",
    }


def test_a_bill_that_was_paid_is_no_day_on_which_ana_did_anything() -> None:
    ana = a_story("\n  it: {event: any, counts: days}\n  seen: {event: page.viewed}")
    ana.decide(ProductEvent(source=f"{BUSINESS}stripe", key="b1", who="ana", at=ana.now, name="invoice.paid"))
    ana.decide(ProductEvent(source=f"{BUSINESS}stripe", key="b2", who="ana", at=ana.now, name="page.viewed"))
    assert (signal(ana), signal(ana, "seen")) == (0, 1)
