"""Which tasks are remembered: those of two people who turn out to be one, and those that come again and again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from stories import Story, day
from taskwork import BY, Firm, joined_both, one, task

from flows.decide import decide
from flows.decision import Decision
from flows.events import MeetingPlanned, Merged, TaskDone
from flows.journeys import MERGED
from flows.people import Subject
from flows.task_book import ROUNDS
from flows.tasks import tasks_of

CALL = "{task: call, title: A call, scope: person, due: 3 working days, meeting: {agenda: a, invitation: invites}}"


def become_one(firm: Firm) -> Decision:
    """Ben turns out to be Ana."""
    ana, ben = firm.ana, firm.ben
    event = Merged(source="identity", key="m", who="ana", at=ana.now, other="ben", because="by Tom")
    decision = decide(ana.playbooks, replace(ana.subject, other=ben.subject), event, ana.now)
    ana.subject = Subject(person=decision.person, account=decision.account, activity=decision.activity)
    return decision


def plans(ben: Story) -> None:
    plan = MeetingPlanned(source="slack", key="plan", who="ben", at=ben.now, task="call", starts=day(3), minutes=30, link="", **BY)
    ben.decide(plan)


def test_of_two_calls_with_ana_and_ben_who_are_one_the_second_ends_and_no_row_stays_open() -> None:
    firm = joined_both(one(CALL))
    decision = become_one(firm)
    known = {t.uid: (t.state, t.note) for t in tasks_of(firm.ana.subject)}
    assert known == {"ana/1:call": ("open", ""), "ben/1:call": ("dropped", MERGED)}
    assert task(firm.ana, "call").uid == "ana/1:call"
    assert "ben:call" in {draw.ref for draw in decision.draws}, "both cards show the one that is left"
    firm.ana.happens(TaskDone, task="call", **BY)
    firm.ana.until(day(6))
    assert {t.state for t in tasks_of(firm.ana.subject)} == {"done", "dropped"}, "and none opens again"


def test_the_call_that_has_a_date_is_the_one_that_stays() -> None:
    firm = joined_both(one(CALL))
    plans(firm.ben)
    become_one(firm)
    call = task(firm.ana, "call")
    assert (call.uid, call.state, call.meeting_at, call.anchor) == ("ben/1:call", "open", day(3), "ana")


def test_a_call_that_was_held_with_ben_is_not_to_be_held_with_ana_again() -> None:
    firm = joined_both(one(CALL))
    firm.ben.decide(TaskDone(source="slack", key="d", who="ben", at=firm.ben.now, task="call", **BY))  # type: ignore[arg-type]
    become_one(firm)
    assert {t.uid: t.state for t in tasks_of(firm.ana.subject)} == {"ben/1:call": "done", "ana/1:call": "dropped"}
    assert task(firm.ana, "call").state == "done"


def test_of_two_calls_with_a_date_the_second_is_called_off_and_ana_is_told() -> None:
    firm = joined_both(one(CALL))
    plans(firm.ben)
    firm.ana.happens(MeetingPlanned, task="call", starts=day(2), minutes=30, link="", **BY)
    decision = become_one(firm)
    assert "meeting_called_off" in [say.message for say in decision.says]
    assert task(firm.ana, "call").uid == "ana/1:call"


def test_of_what_is_done_every_day_the_last_rounds_are_remembered() -> None:
    ana = Story(one("{task: daily, title: Daily, when: days_in < 40, every: 1 working days, due: 1 working hours}"))
    ana.joins()
    for n in range(29):
        ana.until(day(n))
        for open_one in [t for t in tasks_of(ana.subject) if t.state == "open" and ana.now - t.opened_at < timedelta(hours=5)]:
            ana.happens(TaskDone, task=open_one.id, **BY)
    kept = tasks_of(ana.subject)
    assert len(kept) == ROUNDS
    assert kept[-1].round == 21, "and the count goes on"
