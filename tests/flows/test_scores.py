"""Scores: points with their reasons; and shares, what the account's other people do."""

from dataclasses import replace
from datetime import timedelta

import pytest
from stories import LITTLE, MONDAY, Story, a_playbook, a_text, day

from flows.decide import decide
from flows.events import Joined, ProductEvent
from flows.people import Company, Person, StepState
from flows.portrait import portrait
from flows.reading import read_playbook
from flows.shares import counts_for, moved, percent

SCORES = """
  risk:
    - {points: 10, because: everybody has some}
    - {points: 40, when: days_idle >= 3, because: nothing for three days}
    - {points: 3, per: days_in, up_to: 20}
    - {points: -60, when: done.report}
"""
SEGMENTS = """
  health:
    - {is: at_risk, when: score.risk >= 50}
    - {is: fine}
"""


def parts(ana: Story, name: str = "risk") -> tuple[int, list[tuple[int, str]]]:
    score = next(one for one in portrait(ana.playbooks["little"], ana.subject, ana.now).scores if one.name == name)
    return score.value, [(one.points, one.because) for one in score.contributions]


def problems(**changed: str) -> list[str]:
    return [one.message for one in read_playbook(a_text(LITTLE, **changed), "little.yaml")[1]]


def test_anas_risk_grows_with_the_days_and_says_of_what() -> None:
    ana = Story(a_playbook(scores=SCORES))
    ana.joins()
    assert parts(ana) == (10, [(10, "everybody has some")])
    ana.now = day(2)
    assert parts(ana) == (16, [(10, "everybody has some"), (6, "2 × days_in")])
    ana.now = day(20)
    assert parts(ana) == (70, [(10, "everybody has some"), (40, "nothing for three days"), (20, "20 × days_in")])


def test_a_score_never_leaves_0_to_100() -> None:
    ana = Story(a_playbook(scores="\n  risk:\n    - {points: -60, when: done.report}\n  love:\n    - {points: 99}\n    - {points: 99}"))
    ana.joins()
    ana.does("report.created")
    assert parts(ana) == (0, [(-60, "done.report: done.report is true")])
    assert parts(ana, "love")[0] == 100


def test_a_segment_follows_the_score() -> None:
    ana = Story(a_playbook(scores=SCORES, segments=SEGMENTS))
    ana.joins()
    assert ana.journey.segments["health"].name == "fine"
    ana.until(day(5))
    assert ana.journey.segments["health"].name == "at_risk"
    assert ana.journey.segments["health"].because.startswith("score.risk >= 50: score.risk is ")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"scores": "\n  risk:\n    - {points: 9, when: segment.stage == 'new'}"}, "segment.stage cannot be asked here: segments may ask"),
        (
            {"scores": "\n  a:\n    - {points: 9, when: score.b > 1}\n  b:\n    - {points: 9}"},
            "score.b cannot be asked here: a score may ask",
        ),
        ({"scores": "\n  risk:\n    - {points: 9, per: goal_met}"}, "this is a number"),
        ({"scores": "\n  risk:\n    - {points: 9, up_to: 3}"}, "`up_to` bounds what `per` adds up, and there is no `per` here"),
        ({"scores": "\n  risk: []"}, "risk has no points"),
        ({"scores": SCORES, "goal": "\n  {name: safe, when: score.risk < 10}"}, "score.risk cannot be asked here: scores follow"),
        ({"scores": SCORES, "segments": SEGMENTS.replace("score.risk", "score.rsk")}, "unknown score score.rsk, did you mean score.risk?"),
        ({"segments": SEGMENTS.replace("score.risk >= 50", "share.source > 5")}, "unknown step share.source"),
        ({"segments": SEGMENTS.replace("score.risk >= 50", "share.reprt > 5")}, "unknown step share.reprt, did you mean share.report?"),
    ],
)
def test_what_makes_no_score_is_said_when_the_playbook_loads(changed: dict[str, str], said: str) -> None:
    assert any(one.startswith(said) for one in problems(**changed)), problems(**changed)


COLD = """
  team:
    - {is: cold, when: share_active < 50}
    - {is: building, when: share.report >= 50}
    - {is: warm}
"""


def test_ana_is_counted_as_she_is_now_among_the_others_as_they_were() -> None:
    ana = Story(a_playbook(segments=COLD))
    today = f"active:{MONDAY.date().isoformat()}"
    ana.subject = replace(ana.subject, company=Company(others={"people": 2, "in:little": 1}))
    decision = decide(ana.playbooks, ana.subject, Joined(source="test", key="j", who="ana", at=ana.now), ana.now)
    assert decision.person.journey
    assert decision.person.journey.segments["team"].name == "cold", "of three, nobody did anything yet"
    assert decision.company == ana.subject.company
    ana.subject = replace(ana.subject, person=decision.person, company=Company(others={"people": 2, "in:little": 1, today: 1}))
    made = ProductEvent(source="test", key="r", who="ana", at=ana.now, name="report.created")
    journey = decide(ana.playbooks, ana.subject, made, ana.now).person.journey
    assert journey
    assert journey.segments["team"].name == "building", "two of three are active, and one of two has a report"


def test_who_has_no_account_is_alone() -> None:
    ana = Story(a_playbook(segments=COLD), account=False)
    ana.joins()
    ana.does("page.viewed")
    assert ana.journey.segments["team"].name == "warm"


def test_counts_follow_people_who_come_act_move_and_go() -> None:
    ana = Story()
    nobody = ana.subject.person
    ana.joins()
    ana.does("report.created")
    ana.does("source.connected")
    here = ana.subject.person
    assert moved(nobody, here, ana.now) == {
        ("acme", "people"): 1,
        ("acme", "active:2026-03-02"): 1,
        ("acme", "in:little"): 1,
        ("acme", "done:little:report"): 1,
        ("acme", "done:little:source"): 1,
    }
    assert moved(here, replace(here, name="Ana"), ana.now) == {}
    there = replace(here, account_id="globex")
    assert {(account, n) for (account, _), n in moved(here, there, ana.now).items()} == {("acme", -1), ("globex", 1)}
    assert sum(moved(here, replace(here, left_at=ana.now), ana.now).values()) == -5
    later = replace(here, last_active=here.last_active and here.last_active + timedelta(days=1))
    assert moved(here, later, ana.now) == {("acme", "active:2026-03-02"): -1, ("acme", "active:2026-03-03"): 1}
    assert moved(here, later, day(20)) == {}, "days that nobody asks for any more are not counted"


def test_a_skipped_step_is_not_done() -> None:
    ana = Story()
    ana.joins()
    ana.changed(journey=replace(ana.journey, steps={"invite": StepState(at=MONDAY, how="skipped")}))
    assert "done:little:invite" not in counts_for(ana.subject.person, ana.now)
    assert counts_for(Person(id="zoe", account_id="acme"), ana.now) == {}, "who has not joined is not there"


@pytest.mark.parametrize(("some", "of", "share"), [(0, 0, 0), (1, 3, 33), (2, 3, 67), (1, 8, 13), (3, 3, 100)])
def test_shares_are_whole_percent(some: int, of: int, share: int) -> None:
    assert percent(some, of) == share
