"""Modular paths: what comes before what, who does it, by when, in which order, and what success is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from stories import MONDAY, Story, a_playbook, a_text, messages

from flows.checklist import Checklist, checklist
from flows.events import StepDone, StepSkipped, TaskDone, TaskDropped, Traits
from flows.reading import read_playbook

NEEDS = """  - module: Set up
    steps:
      - {step: export, title: Export your data, done_by: data.exported, minutes: 20, due: 5 days, outcome: A file lies ready}
      - {step: kickoff, title: Kickoff, owner: csm, by: human}
      - {step: load, title: Load it, done_by: data.loaded, needs: [export, kickoff], expect_within: 2 days}
      - {step: look, title: Look around, done_by: their word, optional: true}
  - module: More
    sooner_when: segment.speed == 'fast'
    steps:
      - {step: api, title: The API, done_by: api.used, later_when: segment.speed == 'slow'}
      - {step: own, title: Your own report, done_when: reports >= 2, milestone: true}
"""
EVENTS = "{data.exported: e, data.loaded: l, api.used: a, report.created: r}"
REST = {
    "events": EVENTS,
    "signals": "{reports: {event: report.created}}",
    "goal": "{name: loaded, when: done.load}",
    "segments": "  speed:\n    - {is: late, when: behind_days >= 1}\n    - {is: fast, when: person.role == 'fast'}\n    - {is: slow}",
    "sequence": "[{message: welcome, right_away: true}]",
    "triggers": "[{message: loaded, on: done.load}]",
    "nudges": "[]",
    "surveys": "[]",
    "escalations": "[]",
}


def with_needs(**changed: str) -> Story:
    ana = Story(a_playbook(**{**REST, "checklist": NEEDS, **changed}))
    ana.joins()
    return ana


def drawn(ana: Story, playbook: str = "little") -> Checklist:
    return checklist(ana.playbooks[playbook], ana.subject, ana.now)


def status(ana: Story, step: str) -> str:
    return next(one.status for one in drawn(ana).steps if one.step == step)


def next_of(ana: Story) -> str:
    step = drawn(ana).next
    return step.step if step else ""


def wrong(**changed: str) -> list[str]:
    _, problems = read_playbook(a_text(**{**REST, "checklist": NEEDS, **changed}), "little.yaml")
    return [f"{problem.where}: {problem.message}" for problem in problems]


def test_a_step_is_locked_until_those_before_it_are_settled_and_says_which() -> None:
    ana = with_needs()
    load = next(one for one in drawn(ana).steps if one.step == "load")
    assert (load.status, load.needs) == ("locked", ("Export your data", "Kickoff"))
    ana.does("data.exported")
    ana.happens(StepDone, step="kickoff", by="U9")
    assert status(ana, "load") == "current"


def test_a_step_of_ours_is_seen_and_never_asked_of_the_customer() -> None:
    ana = with_needs()
    kickoff = next(one for one in drawn(ana).steps if one.step == "kickoff")
    assert (kickoff.status, kickoff.owner) == ("ours", "csm")
    ana.does("data.exported")
    assert next_of(ana) == "own"
    for event in (StepDone, StepSkipped):
        ana.happens(event, step="kickoff")
        assert status(ana, "kickoff") == "ours"
    assert ana.reasons()["step.kickoff"] == ("refused", "it is a step of ours")


def test_the_minutes_left_are_the_customers_own() -> None:
    assert drawn(with_needs()).minutes_left == 20


def test_a_step_is_done_once_its_condition_holds() -> None:
    ana = with_needs()
    ana.does("report.created")
    assert status(ana, "own") == "open"
    ana.does("report.created")
    assert status(ana, "own") == "done"


def test_segments_that_follow_from_a_proven_step_are_settled_in_the_same_moment() -> None:
    segments = (
        "  speed:\n    - {is: fast, when: reports >= 2}\n    - {is: slow}\n  proof:\n    - {is: some, when: done.own}\n    - {is: none_yet}"
    )
    ana = with_needs(segments=segments, checklist=NEEDS.replace("reports >= 2", "segment.speed == 'fast'"))
    ana.does("report.created")
    ana.does("report.created")
    assert status(ana, "own") == "done"
    assert ana.journey.segments["proof"].name == "some"


def test_modules_and_steps_come_sooner_or_later_for_a_segment() -> None:
    ana = with_needs()
    assert [one.step for one in drawn(ana).steps] == ["export", "kickoff", "load", "look", "own", "api"]
    ana.told(role="fast")
    assert [one.step for one in drawn(ana).steps] == ["api", "own", "export", "kickoff", "load", "look"]
    assert next_of(ana) == "api"


def test_the_recommended_step_is_the_one_of_highest_priority() -> None:
    ana = with_needs(checklist=NEEDS.replace("done_by: api.used", "done_by: api.used, priority: 5"))
    assert next_of(ana) == "api"


def test_a_due_day_is_counted_from_joining_and_makes_an_active_person_late() -> None:
    ana = with_needs()
    export = drawn(ana).steps[0]
    assert (export.due, export.outcome) == ((MONDAY + timedelta(days=5)).date(), "A file lies ready")
    for _ in range(7):
        ana.until(ana.now + timedelta(days=1))
        ana.does("report.created")
    assert ana.journey.segments["speed"].name == "late"


def test_a_day_that_passes_makes_her_late_by_itself_although_nothing_else_is_due() -> None:
    ana = with_needs()
    ana.until(MONDAY + timedelta(days=8))
    assert ana.journey.segments["speed"].name == "late"


def test_what_waits_for_us_makes_nobody_late() -> None:
    ana = with_needs()
    ana.does("data.exported")
    ana.until(MONDAY + timedelta(days=9))
    assert ana.journey.segments["speed"].name == "slow"


def test_finishing_a_step_happens_for_triggers_by_its_name() -> None:
    ana = with_needs()
    assert messages(ana.does("data.loaded")) == ["loaded"]


CRITERIA = """
  - {criterion: reports, title: Three reports, when: reports >= 3}
  - {criterion: loaded, title: The data is in, when: done.load}
"""


def test_all_criteria_together_complete_the_journey_however_early() -> None:
    ana = with_needs(success=CRITERIA)
    ana.does("data.loaded")
    assert ana.reasons()["criteria.loaded"][0] == "met"
    assert ana.journey.done_at is None
    for _ in range(3):
        ana.does("report.created")
    assert ana.journey.done_at is not None
    assert ana.reasons()["journey"][0] in ("completed", "ended")


def test_criteria_may_be_asked_and_a_goal_may_be_their_sum() -> None:
    ana = with_needs(success=CRITERIA, goal="{name: all of it, when: success_met}", complete_when="criteria.loaded and not success_met")
    ana.does("data.loaded")
    assert ana.journey.done_at is not None
    assert ana.journey.goal_at is None


GOALS = """
  - {name: a script runs, when: done.api, among: person.role == 'fast'}
  - {name: the data is in, when: done.load}
"""


def test_of_several_goals_each_has_the_first_that_is_theirs() -> None:
    ana, ben = with_needs(goal=GOALS), with_needs(goal=GOALS)
    ben.told(role="fast")
    assert (drawn(ana).goal, drawn(ben).goal) == ("the data is in", "a script runs")
    ben.does("api.used")
    ana.does("api.used")
    assert ben.reasons()["goal"] == ("met", "a script runs")
    assert ana.journey.goal_at is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"checklist": NEEDS.replace("[export, kickoff]", "exprt")}, "> load > needs: unknown step exprt, did you mean export?"),
        (
            {"checklist": NEEDS.replace("outcome: A", "needs: load, outcome: A")},
            "export can never be done: it needs load, which needs export",
        ),
        ({"checklist": NEEDS.replace("[export, kickoff]", "load")}, "load can never be done: it needs load"),
        ({"checklist": NEEDS.replace("by: human", "by: human, done_by: api.used")}, "by: human says that no event finishes it"),
        ({"checklist": NEEDS.replace("due: 5 days", "due: 5 hours")}, "`due` counts days of the calendar: write 7 days, not 5 hours"),
        ({"checklist": NEEDS.replace("reports >= 2", "done.own")}, "done.own cannot be asked here: this is what decides it"),
        ({"checklist": NEEDS.replace("'slow'", "'slwo'")}, "segment.speed is one of late, fast, slow, never 'slwo', did you mean 'slow'?"),
        ({"triggers": "[{message: loaded, on: done.laod}]"}, "unknown event done.laod, did you mean done.load?"),
        ({"success": "[{criterion: a, title: A, when: goal_met}]"}, "goal_met cannot be asked here: the criteria decide it"),
        ({"success": "[{criterion: a, title: A, when: reports >= 1}]", "complete_when": "criteria.b"}, "unknown criterion criteria.b"),
        ({"goal": "[{name: a, when: done.load}, {name: b, when: done.api}]"}, "nobody gets here: a above is everybody's goal"),
        ({"goal": "{name: a, when: done.laod}"}, "goal > when: unknown step done.laod, did you mean done.load?"),
        ({"goal": "{name: a, whn: done.load}"}, "goal > whn: unknown key `whn`, did you mean when?"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(changed: dict[str, str], said: str) -> None:
    assert [line for line in wrong(**changed) if said in line], wrong(**changed)


def test_a_goal_written_alone_is_pointed_at_by_its_line() -> None:
    text = a_text(**{**REST, "checklist": NEEDS, "goal": "\n  name: loaded\n  when: done.laod"})
    _, problems = read_playbook(text, "little.yaml")
    [problem] = problems
    assert text.splitlines()[problem.line - 1].strip() == "when: done.laod"


def test_a_step_behind_a_module_that_never_opens_is_told() -> None:
    locked = NEEDS.replace("    sooner_when: segment.speed == 'fast'", "    opens_when: done.load").replace("[export, kickoff]", "[api]")
    told = wrong(checklist=locked)
    assert any("“More” can never open" in line for line in told)
    assert any("load needs api, which is inside “More”, and that never opens" in line for line in told)


def test_role_is_told_by_the_product() -> None:
    ana = with_needs()
    ana.happens(Traits, person={"role": "fast"})
    assert ana.journey.segments["speed"].name == "fast"


LOCKED = """  - module: Set up
    steps:
      - {step: export, title: Export your data, done_by: data.exported}
      - {step: kickoff, title: Kickoff, owner: csm, by: human}
  - module: Roll out
    opens_when: settled.kickoff
    steps:
      - {step: load, title: Load it, done_by: data.loaded, due: 5 days}
"""


def test_a_module_that_only_we_can_open_makes_ana_late_from_its_opening_on_and_not_before() -> None:
    late = "  speed:\n    - {is: late, when: behind_days >= 3}\n    - {is: slow}"
    ana = with_needs(checklist=LOCKED, segments=late)
    ana.until(MONDAY + timedelta(days=9))
    ana.happens(TaskDone, task="kickoff", by="UTOM", name="Tom")
    ana.until(MONDAY + timedelta(days=11))
    assert ana.journey.segments["speed"].name == "slow"
    ana.until(MONDAY + timedelta(days=15))
    assert ana.journey.segments["speed"].name == "late"


def test_a_step_of_ours_that_is_not_needed_counts_neither_for_ana_nor_for_her_teammate() -> None:
    ana = with_needs(checklist=LOCKED.replace("owner: csm", "owner: csm, scope: account"))
    assert drawn(ana).total == 3
    ana.happens(TaskDropped, task="kickoff", by="UTOM", name="Tom", why="They know us")
    ben = Story(ana.playbooks)
    ben.subject = replace(ben.subject, account=ana.subject.account)
    ben.joins()
    for one in (ana, ben):
        assert (drawn(one).total, status(one, "kickoff")) == (2, "skipped")


def test_a_step_of_ours_that_was_not_needed_stays_so_under_its_new_name_for_her_teammate() -> None:
    ana = with_needs(checklist=LOCKED.replace("owner: csm", "owner: csm, scope: account"))
    ana.happens(TaskDropped, task="kickoff", by="UTOM", name="Tom", why="They know us")
    was = "step: start, was: kickoff, title: Kickoff, owner: csm, scope: account"
    renamed = LOCKED.replace("step: kickoff, title: Kickoff, owner: csm", was)
    ben = Story(a_playbook(**{**REST, "checklist": renamed.replace("settled.kickoff", "settled.start")}))
    ben.subject = replace(ben.subject, account=ana.subject.account)
    ben.joins()
    assert status(ben, "start") == "skipped"
    assert "Roll out" in ben.journey.opened


DEPARTMENTS = """
  - module: Set up
    steps:
      - {step: source, title: Connect a source, done_by: source.connected, scope: account}
  - module: Ours
    opens_when: done.source
    steps:
      - {step: invite, title: Invite two, done_by: member.invited, only_when: person.role != 'user'}
  - module: Reports
    opens_when: views >= 2
    steps:
      - {step: report, title: Build a report, done_by: report.created}
"""


def test_cat_who_works_with_reports_hears_of_a_module_when_it_has_something_for_her() -> None:
    cat = Story(a_playbook(checklist=DEPARTMENTS, triggers="\n  - {message: well_done, on: module_opened, once: true}\n"))
    cat.told(role="user")
    cat.joins()
    assert "well_done" not in messages(cat.does("source.connected"))
    assert "Ours" in cat.journey.opened
    cat.does("page.viewed")
    assert "well_done" in messages(cat.does("page.viewed"))
