"""What our own people have to do: opened by the playbook, reminded of, done, put off, handed over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from stories import MONDAY, Story, a_playbook, a_text, day
from taskwork import BY, WITH_TASKS, Firm, at, join, joined_both, one, ours, task, tick, told_team

from flows.checks.tasks import missing_messages
from flows.csms import Csm, Roster
from flows.decision import Draw
from flows.events import (
    CaseOpened,
    Left,
    OptedOut,
    ProductEvent,
    StepDone,
    TaskAssigned,
    TaskDone,
    TaskDropped,
    TaskPostponed,
    Traits,
)
from flows.people import Account
from flows.reading import read_playbook
from flows.tasks import task_in, tasks_of


def test_the_hand_off_is_asked_of_sales_when_ana_joins() -> None:
    ana = Story(ours())
    ana.joins()
    [card] = [say for say in told_team(ana, "task_card") if say.facts["task"] == "handoff"]
    assert (card.to.kind, card.to.ref) == ("channel", "#csm")
    assert card.facts["task_title"] == "Hand-off from sales"
    assert card.facts["person"] == "ana"
    assert card.if_unknown == "resend"
    assert task(ana, "handoff").due_at == MONDAY + timedelta(days=1)


def test_a_card_is_drawn_as_things_are_once_it_is_posted() -> None:
    ana = Story(ours())
    ana.joins()
    [card] = told_team(ana, "task_card")
    assert card.when_sent == Draw("task", "ana:handoff")


def test_a_task_that_is_due_is_reminded_of_three_times_and_then_once_a_working_day() -> None:
    ana = Story(one("{task: plan, title: A plan, due: 2 working hours, remind_after: 3 working hours}"))
    ana.joins()
    ana.until(day(4, "23:00"))
    times = [when for when, say in ana.said if say.message == "task_due"]
    assert times == [at(2, 12), at(2, 15), at(3, 9), at(4, 9), at(5, 9), at(6, 9)]


def test_the_first_reminder_is_for_who_has_it_and_the_next_for_everybody() -> None:
    books = one("{task: plan, title: A plan, due: 2 working hours}")
    ana = Story(replace(books, roster=Roster(csms=(Csm(csm="UTOM", name="Tom"),))))
    ana.subject = replace(ana.subject, account=replace(ana.subject.account, owner="Tom"))  # type: ignore[type-var]
    ana.joins()
    assert task(ana, "plan").assignee == "UTOM"
    ana.until(day(2, "23:00"))
    assert [say.facts["ping"] for say in told_team(ana, "task_due")][:2] == ["UTOM", ""]


def test_a_task_put_off_keeps_quiet_until_then() -> None:
    ana = Story(one("{task: plan, title: A plan, due: 2 working hours}"))
    ana.joins()
    ana.happens(TaskPostponed, task="plan", until=at(5, 11), **BY)
    ana.until(at(5, 10))
    assert told_team(ana, "task_due") == []
    ana.until(at(5, 12))
    assert len(told_team(ana, "task_due")) == 1


def test_a_weekly_check_in_comes_again_a_week_after_the_last_one_opened() -> None:
    ana = Story(ours())
    ana.joins()
    ana.does("source.connected")
    assert task(ana, "check_in").opened_at == MONDAY
    ana.until(at(3, 9))
    ana.happens(TaskDone, task="check_in", **BY)
    ana.until(at(9, 9, 30))
    assert task_in(ana.subject, "check_in#2") is None
    ana.until(at(9, 11))
    assert task(ana, "check_in#2").round == 2


def test_no_second_check_in_piles_up_while_the_first_is_open_and_the_rhythm_stays() -> None:
    ana = Story(ours())
    ana.joins()
    ana.does("source.connected")
    ana.until(at(10, 12))
    assert [t.id for t in tasks_of(ana.subject) if t.rule == "check_in"] == ["check_in"]
    ana.happens(TaskDone, task="check_in", **BY)
    ana.until(at(16, 9))
    assert task_in(ana.subject, "check_in#2") is None
    ana.until(at(17, 9))
    assert task(ana, "check_in#2").opened_at == at(16, 10)


def test_daily_check_ins_leave_out_the_weekend() -> None:
    ana = Story(one("{task: daily, title: Daily, when: days_in < 8, every: 1 days, due: 1 working hours}"))
    ana.joins()
    for _ in range(7 * 24):
        ana.until(ana.now + timedelta(hours=1))
        ana.now += timedelta(hours=1)
        for t in tasks_of(ana.subject):
            if t.state == "open":
                ana.happens(TaskDone, task=t.id, **BY)
    days = [t.opened_at.date().day for t in tasks_of(ana.subject)]
    assert days[:6] == [2, 3, 4, 5, 6, 9]


def test_the_answers_of_the_form_become_traits_of_the_account() -> None:
    ana = Story(ours())
    ana.joins()
    ana.happens(TaskDone, task="handoff", answers={"goals": " Ten leads a week "}, note="All clear", **BY)
    assert ana.subject.account is not None
    assert ana.subject.account.traits["goals"] == "Ten leads a week"
    done = task(ana, "handoff")
    assert (done.state, done.by_name, done.note) == ("done", "Tom", "All clear")


def test_a_task_is_done_once_and_the_second_press_is_refused_with_the_reason() -> None:
    ana = Story(ours())
    ana.joins()
    ana.happens(TaskDone, task="handoff", **BY)
    again = ana.happens(TaskDone, task="handoff", note="again", by="UEVA", name="Eva")
    assert ("task.handoff", "refused", "it is done already") in [(r.rule, r.result, r.because) for r in again.reasons]
    assert task(ana, "handoff").by_name == "Tom"
    unknown = ana.happens(TaskDropped, task="nothing", **BY)
    assert unknown.reasons[0].because == "there is no such task"


def test_what_the_customer_gets_when_the_kickoff_is_done() -> None:
    ana = Story(one("{task: kickoff, title: Kickoff, says: kickoff_summary}"))
    ana.joins()
    ana.happens(TaskDone, task="kickoff", note="We agreed on two goals", actions=("Send the data", "Invite the team"), **BY)
    [say] = told_team(ana, "kickoff_summary")
    assert say.to.ref == "ana"
    assert say.facts == {
        "task": "kickoff",
        "task_title": "Kickoff",
        "note": "We agreed on two goals",
        "actions": ["Send the data", "Invite the team"],
        "by_name": "Tom",
    }
    assert ana.subject.person.spent == () or all(s.message != "kickoff_summary" for s in ana.subject.person.spent)


def test_a_check_in_of_which_nothing_was_noted_sends_nobody_an_empty_mail() -> None:
    ana = Story(one("{task: check_in, title: Check-in, every: 7 days, when: not goal_met, says: task_summary}"))
    ana.joins()
    ana.happens(TaskDone, task="check_in", by="U_MAYA", name="Maya")
    assert told_team(ana, "task_summary") == []
    ana.until(day(8))
    ana.happens(TaskDone, task="check_in#2", by="U_MAYA", name="Maya", note="The import is fixed.")
    assert [say.facts["note"] for say in told_team(ana, "task_summary")] == ["The import is fixed."]


def test_who_opted_out_gets_no_summary_but_the_task_goes_on() -> None:
    ana = Story(one("{task: kickoff, title: Kickoff, says: kickoff_summary, due: 2 working hours}"))
    ana.joins()
    ana.happens(OptedOut, channel="all")
    ana.until(at(2, 13))
    assert len(told_team(ana, "task_due")) == 1
    ana.happens(TaskDone, task="kickoff", note="Talked", **BY)
    assert told_team(ana, "kickoff_summary") == []
    assert task(ana, "kickoff").state == "done"


def test_an_open_case_does_not_silence_tasks() -> None:
    ana = Story(one("{task: plan, title: A plan, due: 2 working hours}"))
    ana.joins()
    ana.happens(CaseOpened, text="help", by="UTOM", name="Tom", place="")
    ana.until(at(2, 13))
    assert len(told_team(ana, "task_due")) == 1


def test_a_paused_task_is_not_opened() -> None:
    ana = Story(one("{task: plan, title: A plan, paused: true}"))
    ana.joins()
    ana.until(day(5))
    assert tasks_of(ana.subject) == []


OUR_STEP = """
  - module: Set up
    steps:
      - {step: source, title: Connect a source, done_by: source.connected}
      - {step: kickoff, title: Kickoff, owner: csm, by: human, needs: [source], scope: account, due: 3 days}
      - {step: after, title: After it, done_by: member.invited, needs: [kickoff], optional: true}
  - module: Value
    opens_when: settled.kickoff
    steps:
      - {step: report, title: Build a report, done_by: report.created, milestone: true}
"""
STEPS = {"checklist": OUR_STEP, "tasks": "[]", "triggers": "[{message: well_done, on: milestone}]"}


def test_a_step_of_ours_becomes_a_task_when_what_it_needs_is_done() -> None:
    ana = Story(a_playbook(**STEPS))
    ana.joins()
    assert tasks_of(ana.subject) == []
    ana.does("source.connected")
    kickoff = task(ana, "kickoff")
    assert kickoff.step
    assert kickoff.due_at == at(5, 10)


def test_what_stays_human_is_finished_by_no_event_but_by_a_colleague() -> None:
    ana = Story(a_playbook(**STEPS))
    ana.joins()
    ana.does("source.connected")
    ana.does("report.created")
    assert task(ana, "kickoff").state == "open"
    ana.happens(TaskDone, task="kickoff", **BY)
    assert ana.subject.person.journey is not None
    assert ana.subject.person.journey.steps["kickoff"].how == "team"
    assert "Value" in ana.subject.person.journey.opened
    assert ana.subject.account is not None
    assert ana.subject.account.steps_by["kickoff"] == "Tom"


def test_a_step_of_ours_that_is_not_needed_holds_nobody_up() -> None:
    ana = Story(a_playbook(**STEPS))
    ana.joins()
    ana.does("source.connected")
    ana.happens(TaskDropped, task="kickoff", why="They know us", **BY)
    ana.until(ana.now + timedelta(days=1))
    assert ana.subject.person.journey is not None
    assert ana.subject.person.journey.steps["kickoff"].how == "skipped"
    assert "Value" in ana.subject.person.journey.opened
    assert task(ana, "kickoff").state == "dropped"


def test_a_step_that_a_colleague_ticks_elsewhere_leaves_no_task() -> None:
    ana = Story(a_playbook(**STEPS))
    ana.joins()
    ana.does("source.connected")
    ana.happens(StepDone, step="kickoff", by="Tom")
    assert task(ana, "kickoff").state == "done"


def test_a_trigger_may_wait_for_a_task_and_a_condition_may_ask_for_it() -> None:
    books = one("{task: kickoff, title: Kickoff}", triggers="[{message: well_done, on: task.kickoff, when: tasks.kickoff}]")
    ana = Story(books)
    ana.joins()
    done = ana.happens(TaskDone, task="kickoff", **BY)
    assert "well_done" in [say.message for say in done.says]


def test_a_task_is_given_to_a_colleague_and_their_home_is_drawn_anew() -> None:
    ana = Story(ours())
    ana.joins()
    given = ana.happens(TaskAssigned, task="handoff", to="UEVA", to_name="Eva", **BY)
    assert task(ana, "handoff").assignee == "UEVA"
    assert {("team", "UEVA"), ("task", "ana:handoff")} <= {(draw.surface, draw.ref) for draw in given.draws}


def test_an_account_has_a_task_once_whoever_joins_later() -> None:
    firm = joined_both(ours())
    assert [t.id for t in tasks_of(firm.ben.subject)] == ["handoff"]
    assert told_team(firm.ben, "task_card") == []


def test_ben_takes_over_what_waited_with_ana_when_she_leaves() -> None:
    firm = joined_both(one("{task: plan, title: A plan, due: 2 working days}"))
    firm.ana.happens(Left)
    assert task(firm.ana, "plan").anchor_gone is not None
    firm.share(firm.ana)
    tick(firm.ben)
    assert (task(firm.ben, "plan").anchor, task(firm.ben, "plan").anchor_gone) == ("ben", None)
    assert firm.ben.subject.person.wake_at is not None
    assert firm.ben.subject.person.wake_at <= task(firm.ben, "plan").due_at


def test_a_task_that_nobody_takes_over_is_dropped_as_not_needed() -> None:
    ana = Story(one("{task: plan, title: A plan, due: 3 working days}"))
    ana.joins()
    ana.happens(Left)
    ana.until(day(2))
    plan = task(ana, "plan")
    assert (plan.state, plan.note) == ("dropped", "nobody needs it any more")
    assert ana.subject.person.wake_at is None


def test_a_task_of_one_person_ends_with_their_journey() -> None:
    ana = Story(one("{task: call, title: A call, scope: person, due: 3 working days}"))
    ana.joins()
    assert ana.subject.account is not None
    assert not ana.subject.account.tasks
    ana.happens(Left)
    assert task(ana, "call").state == "dropped"


def test_the_summary_reaches_ana_although_ben_is_named_by_the_press() -> None:
    firm = joined_both(one("{task: kickoff, title: Kickoff, says: kickoff_summary}"))
    firm.ben.decide(TaskDone(source="slack", key="p", who="ben", at=firm.ben.now, task="kickoff", note="Hello", **BY))  # type: ignore[arg-type]
    assert told_team(firm.ben, "kickoff_summary") == []
    firm.share(firm.ben)
    tick(firm.ana)
    assert [say.to.ref for say in told_team(firm.ana, "kickoff_summary")] == ["ana"]


@pytest.mark.parametrize("every", ["3 hours", "30 minutes", "4 working hours"])
def test_a_check_in_more_often_than_daily_is_refused(every: str) -> None:
    text = a_text(**{**WITH_TASKS, "tasks": f"\n  - {{task: plan, title: A plan, when: days_in < 3, every: {every}}}\n"})
    _, problems = read_playbook(text, "little.yaml")
    assert any("the shortest is 1 working day" in str(problem) for problem in problems)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{task: plan, title: A plan, form: {golas: What they want}}", "unknown trait golas, did you mean goals?"),
        ("{task: source, title: A plan}", "source is the name of a step already"),
        ("{task: plan, title: A plan, every: 7 days}", "plan would come for ever"),
        ("{task: plan, title: A plan, when: tasks.paln}", "tasks.paln"),
    ],
)
def test_what_is_wrong_with_a_task_is_said_with_its_line(written: str, said: str) -> None:
    _, problems = read_playbook(a_text(**{**WITH_TASKS, "tasks": f"\n  - {written}\n"}), "little.yaml")
    assert any(said in str(problem) for problem in problems), [str(problem) for problem in problems]


def test_a_message_of_a_task_that_is_not_there_is_named() -> None:
    books = one("{task: kickoff, title: Kickoff, says: kickoff_sumary, meeting: {agenda: agenda_x, invitation: meeting_invitation}}")
    playbook = next(books.taking())
    found = [said for _, said in missing_messages(playbook, ["kickoff_summary", "meeting_invitation"])]
    assert [said.split(" (")[0] for said in found] == [
        "unknown message kickoff_sumary, did you mean kickoff_summary?",
        "unknown message agenda_x",
    ]


def test_a_task_goes_to_the_owner_of_the_account_only_when_it_is_a_csms() -> None:
    books = replace(ours(), roster=Roster(csms=(Csm(csm="UTOM", name="Tom"),)))
    ana = Story(books)
    ana.subject = replace(ana.subject, account=Account(id="acme", name="Acme", owner="tom"))
    ana.joins()
    ana.does("source.connected")
    assert (task(ana, "handoff").assignee, task(ana, "check_in").assignee) == ("", "UTOM")


def test_who_is_given_a_task_that_was_reminded_of_gets_a_reminder_of_their_own() -> None:
    ana = Story(one("{task: plan, title: A plan, due: 2 working hours}"))
    ana.joins()
    ana.until(at(2, 13))
    ana.happens(TaskAssigned, task="plan", to="UEVA", to_name="Eva", **BY)
    ana.until(at(4, 9))
    first, second = told_team(ana, "task_due")[:2]
    assert second.facts["ping"] == "UEVA"
    assert first.key != second.key, "the outbox says nothing twice"


def test_a_check_in_that_is_no_longer_called_for_is_dropped_and_opens_again_when_it_is() -> None:
    books = ours("\n  - {task: call, title: Call them, when: days_idle >= 3, due: 1 working days}\n")
    ana = Story(books)
    ana.joins()
    ana.until(at(6, 12))
    assert task(ana, "call").state == "open"
    ana.happens(ProductEvent, name="page.viewed")
    ana.until(at(6, 14))
    assert (task(ana, "call").state, task(ana, "call").note, task(ana, "call").by) == ("dropped", "it is no longer called for", "")
    before = len(told_team(ana, "task_due"))
    ana.until(at(11, 12))
    assert len(told_team(ana, "task_due")) >= before
    assert task(ana, "call#2").state == "open"


def test_a_call_to_ana_alone_is_dropped_the_moment_she_comes_back() -> None:
    ana = Story(one("{task: call, title: Call her, scope: person, when: days_idle >= 3, due: 1 working days}"))
    ana.joins()
    ana.until(at(6, 12))
    ana.happens(ProductEvent, name="page.viewed")
    assert task(ana, "call").state == "dropped"


def test_what_is_called_for_by_ben_goes_to_him_when_it_is_not_by_ana() -> None:
    text = """
  - {task: plan, title: A plan}
  - {task: win, title: An early win, when: person.role == 'admin'}
"""
    firm = Firm(ours(text))
    firm.ana.joins()
    firm.share(firm.ana)
    firm.ben.subject = replace(firm.ben.subject, person=replace(firm.ben.subject.person, traits={"role": "admin"}))
    join(firm.ben)
    assert task(firm.ben, "win").anchor == "ana", "she is the contact"
    for story in (firm.ana, firm.ben, firm.ana, firm.ben):
        firm.share(firm.ben if story is firm.ana else firm.ana)
        tick(story)
    assert (task(firm.ben, "win").anchor, task(firm.ben, "win").state) == ("ben", "open")
    assert [t.id for t in tasks_of(firm.ben.subject)] == ["plan", "win"], "it goes to and fro no longer"


FOR_LEADS = """
  - module: Set up
    steps:
      - {step: source, title: Connect a source, done_by: source.connected, scope: account}
      - {step: word, title: Say hello, done_by: their word}
      - {step: kickoff, title: Kickoff, owner: csm, by: human, scope: account, due: 10 days, only_when: person.role != 'user'}
      - step: review
        title: Review
        owner: csm
        by: human
        scope: account
        needs: [kickoff, source]
        due: 20 days
        says: kickoff_summary
        only_when: person.role != 'user'
"""
LEADS = {"checklist": FOR_LEADS, "tasks": "[]", "goal": "{name: hello, when: done.word}", "triggers": "[]", "surveys": "[]"}
LEADS |= {"escalations": "[{escalation: asked, on: says_stuck, respond_within: 4 working hours}]", "sequence": "[]", "nudges": "[]"}
LEADS |= {"complete_when": "done.word"}


def test_a_kickoff_that_is_not_for_cat_waits_for_another_lead_and_is_not_lost() -> None:
    firm = Firm(a_playbook(**LEADS))
    firm.ana.joins()
    firm.share(firm.ana)
    firm.ben.subject = replace(firm.ben.subject, person=replace(firm.ben.subject.person, traits={"role": "user"}))
    join(firm.ben)
    firm.ana.happens(Left)
    firm.share(firm.ana)
    tick(firm.ben)
    assert (task(firm.ben, "kickoff").anchor, task(firm.ben, "kickoff").state) == ("ana", "open")
    firm.ben.decide(Traits(source="test", key="r", who="ben", at=firm.ben.now, person={"role": "lead"}))
    assert (task(firm.ben, "kickoff").anchor, task(firm.ben, "kickoff").id) == ("ben", "kickoff")


def test_who_becomes_a_user_leaves_the_kickoff_to_whom_it_is_for() -> None:
    firm = joined_both(a_playbook(**LEADS))
    firm.ana.told(role="user")
    kickoff = task(firm.ana, "kickoff")
    assert (kickoff.state, kickoff.anchor_gone is not None) == ("open", True)
    firm.share(firm.ana)
    tick(firm.ben)
    assert (task(firm.ben, "kickoff").anchor, task(firm.ben, "kickoff").state) == ("ben", "open")


def test_ana_who_was_at_the_kickoff_hears_of_the_review_although_the_developer_opened_it() -> None:
    firm = joined_both(a_playbook(**LEADS))
    firm.ana.happens(TaskDone, task="kickoff", **BY)
    firm.share(firm.ana)
    firm.ben.decide(ProductEvent(source="test", key="s", who="ben", at=firm.ben.now, name="source.connected"))
    review = task(firm.ben, "review")
    assert (review.anchor, review.card) == ("ana", "ana")
    [card] = [say for say in told_team(firm.ben, "task_card") if say.facts["task"] == "review"]
    assert (card.person, card.facts["person"]) == ("ana", "ana")


def test_the_next_task_goes_to_who_is_still_there() -> None:
    firm = joined_both(a_playbook(**LEADS))
    firm.ana.happens(TaskDone, task="kickoff", **BY)
    firm.ana.happens(Left)
    firm.share(firm.ana)
    firm.ben.decide(ProductEvent(source="test", key="s", who="ben", at=firm.ben.now, name="source.connected"))
    assert task(firm.ben, "review").anchor == "ben"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("{ask: How many, options: [60, many]}", "many is no number, as employees is under traits.account"),
        ("{ask: How many, options: [60]}", "employees needs at least two different options"),
    ],
)
def test_options_that_cannot_be_read_are_said_with_their_line(question: str, said: str) -> None:
    text = a_text(**{**WITH_TASKS, "tasks": f"\n  - task: plan\n    title: A plan\n    form: {{employees: {question}}}\n"})
    _, problems = read_playbook(text, "little.yaml")
    assert any(said in str(problem) for problem in problems), [str(problem) for problem in problems]


def test_a_question_may_have_options_or_be_a_text() -> None:
    books = ours("\n  - task: plan\n    title: A plan\n    form: {goals: {ask: Reached, options: [yes, partly, no]}, plan: Which}\n")
    [plan] = next(books.taking()).tasks
    assert [(one.ask, one.options) for one in plan.form.values()] == [("Reached", ("yes", "partly", "no")), ("Which", ())]


def test_what_tom_says_without_a_name_is_done_once() -> None:
    ana = Story(one("{task: plan, title: A plan}"))
    ana.joins()
    ana.happens(TaskDone, task="plan", by="", name="")
    ana.until(day(3))
    assert [t.id for t in tasks_of(ana.subject)] == ["plan"]


def test_a_task_whose_rule_is_paused_reminds_nobody_until_it_goes_on() -> None:
    ana = Story(one("{task: plan, title: A plan, due: 2 working hours}"))
    ana.joins()
    ana.playbooks = one("{task: plan, title: A plan, due: 2 working hours, paused: true}")
    ana.until(at(5, 12))
    assert told_team(ana, "task_due") == []
    ana.playbooks = one("{task: plan, title: A plan, due: 2 working hours}")
    ana.until(at(6, 18))
    assert len(told_team(ana, "task_due")) == 1


def test_who_left_gets_no_summary_of_what_was_done_afterwards() -> None:
    ana = Story(one("{task: kickoff, title: Kickoff, says: kickoff_summary}"))
    ana.joins()
    ana.happens(Left)
    ana.happens(TaskDone, task="kickoff", note="Talked", **BY)
    assert told_team(ana, "kickoff_summary") == []
    assert ana.reasons()["answer.kickoff_summary"] == ("held", "they left")


def test_a_teammate_who_wakes_first_after_a_long_night_takes_nothing_from_ana_who_is_there() -> None:
    firm = joined_both(one("{task: plan, title: A plan, due: 2 working days}"))
    firm.ben.now = at(9, 10)
    tick(firm.ben)
    firm.share(firm.ben)
    tick(firm.ana)
    firm.share(firm.ana)
    firm.ben.now = at(9, 12)
    tick(firm.ben)
    assert (task(firm.ben, "plan").anchor, task(firm.ben, "plan").anchor_gone) == ("ana", None)
    assert told_team(firm.ben, "task_card") == []


def test_what_nobody_heard_of_for_days_is_taken_over_with_a_card_of_its_own() -> None:
    firm = joined_both(one("{task: plan, title: A plan, due: 2 working days}"))
    firm.ben.now = at(9, 10)
    tick(firm.ben)
    assert firm.ben.subject.person.wake_at == at(9, 11)
    firm.ben.until(at(9, 11))
    assert (task(firm.ben, "plan").anchor, task(firm.ben, "plan").card) == ("ben", "ben")
    assert len(told_team(firm.ben, "task_card")) == 1


def test_a_task_goes_along_when_ana_moves_to_another_playbook_and_its_team_gets_a_card() -> None:
    big = ours(playbook="big", team='{channel: "#csm-big", zone: Europe/Berlin}', enroll_when="account.employees >= 100")
    small = ours(enroll_when="account.employees < 100")
    books = replace(small, by_name={**small.by_name, **big.by_name})
    ana = Story(books)
    ana.joins()
    ana.happens(Traits, person={}, account={"employees": 500}, account_id="acme")
    assert ana.journey.playbook == "big"
    ana.until(ana.now + timedelta(hours=2))
    assert [(say.facts["task"], say.to.ref) for say in told_team(ana, "task_card")] == [("handoff", "#csm"), ("handoff", "#csm-big")]
    assert len({say.key for say in told_team(ana, "task_card")}) == 2
    assert (task(ana, "handoff").playbook, task(ana, "handoff").team) == ("big", "#csm-big")
    ana.until(at(4, 12))
    assert {say.to.ref for say in told_team(ana, "task_due")} == {"#csm-big"}


def test_a_step_of_ours_is_due_so_long_after_they_came_to_its_playbook() -> None:
    start = {**LEADS, "enroll_when": "account.employees >= 100", "playbook": "big"}
    big, small = a_playbook(**start), a_playbook(enroll_when="account.employees < 100")
    ana = Story(replace(small, by_name={**small.by_name, **big.by_name}))
    ana.joins()
    ana.until(at(6, 12))
    ana.happens(Traits, person={}, account={"employees": 500}, account_id="acme")
    assert task(ana, "kickoff").due_at == at(16, 12)
