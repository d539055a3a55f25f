"""Whoever does not want what they get to follow what they do gets what everybody gets."""

from __future__ import annotations

from stories import Story, a_playbook, day, messages

from flows.events import Preferred, Tick
from flows.rules import variant_for
from flows.work import Work

PACE = """  stage:
    - {is: fast, when: steps_done >= 1, keep: true}
    - {is: new}
  size:
    - {is: big, when: account.employees > 10}
    - {is: small, when: account.employees <= 10}
"""


def untailored(ana: Story) -> None:
    ana.changed(chosen={**ana.subject.person.chosen, "tailored": "no"})
    ana.happens(Tick)


def test_ana_is_in_the_default_segment_of_every_dimension_with_the_reason() -> None:
    ana = Story(a_playbook(segments=PACE))
    ana.joins()
    ana.does("source.connected")
    assert ana.journey.segments["stage"].name == "fast"
    untailored(ana)
    assert {name: segment.name for name, segment in ana.journey.segments.items()} == {"stage": "new", "size": "small"}
    assert ana.reasons()["segment.stage"] == ("new", "they asked us not to tailor to what they do")


def test_nothing_she_does_moves_her() -> None:
    ana = Story(a_playbook(segments=PACE))
    ana.changed(chosen={"tailored": "no"})
    ana.joins()
    ana.does("source.connected")
    assert ana.journey.segments["stage"].name == "new"


def test_when_she_wants_it_again_segments_settle_as_usual() -> None:
    ana = Story(a_playbook(segments=PACE))
    ana.joins()
    untailored(ana)
    ana.does("source.connected")
    ana.changed(chosen={})
    ana.happens(Tick)
    assert ana.journey.segments["stage"].name == "fast"


def test_her_choice_is_no_news_that_a_message_would_tell() -> None:
    ana = Story(a_playbook(segments=PACE, triggers="[{message: moved, on: segment.stage}]"))
    ana.joins()
    assert messages(ana.does("source.connected")) == ["moved"]
    assert "moved" not in messages(ana.happens(Preferred, tailored=False, mouth="page"))
    assert "moved" not in messages(ana.happens(Preferred, mouth="page"))


def test_no_experiment_is_made_with_her() -> None:
    trial = """  - experiment: tone
    hypothesis: It matters
    split: {tips: 50, story: 50}
    measure: report
    within: 7 days"""
    ana = Story(a_playbook(experiments=trial, sequence='[{message: day1, after: 1 day, at: "09:30", experiment: tone}]'))
    playbook = next(iter(ana.playbooks))
    work = Work(playbook=playbook, event=Tick(source="t", key="1", who="ana", at=ana.now), now=ana.now, person=ana.subject.person)
    assert variant_for(work, playbook.sequence[0]) in ("tips", "story")
    ana.joins()
    untailored(ana)
    ana.until(day(1))
    assert [say.variant for _, say in ana.said if say.message == "day1"] == [""]
