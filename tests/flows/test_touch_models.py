"""The two guided touch models as people live them, the customer's and ours: read the files in golden/ aloud, each is a mailbox."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from months import BERLIN, answered, diary, did, on, said, team_heard
from readers import AGREED, SESSIONS, shipped
from stories import MONDAY, Story, a_text, messages

from flows.checklist import checklist
from flows.events import Answered, AnyEvent, Joined, SaysStuck, TaskDone, Tick, Traits
from flows.hours import is_open, local_date
from flows.library import Playbooks
from flows.people import Account
from flows.reading import read_playbook
from flows.simulate import Turn, live
from flows.tasks import task_in

GOLDEN = Path(__file__).parent / "golden"
MID, ENTERPRISE = {"employees": 250, "acv": 24000}, {"employees": 4000, "acv": 120000}
LITTLE = {
    "goal": "{name: g, when: done.a}",
    "experiments": "[]",
    "sequence": "[]",
    "triggers": "[]",
    "nudges": "[]",
    "surveys": "[]",
    "escalations": "[]",
}
"""What the little playbook says of steps that others do not have."""
UNASKED = {
    "before_kickoff", "homework", "first_lesson", "come_back", "help_with_data", "how_to_schedule", "weekly_summary", "invite_session",
    "session_recording", "ask_ease", "ask_goal_reached", "ask_testimonial",
}  # fmt: skip
"""What comes without their asking: in their hours, and out of one budget."""


def playbooks() -> Playbooks:
    return shipped()[0].planned(SESSIONS)


def ours(day: float, task: str, name: str = "Maya Chen", *, words: bool = True, **answers: str) -> AnyEvent:
    """A colleague does a task."""
    told: dict[str, Any] = {"note": AGREED["note"], "actions": tuple(AGREED["actions"])} if words else {}
    return TaskDone(source="test", key=f"{task} {day}", who="ana", at=on(day), task=task, by="U9", name=name, answers=answers, **told)


def lived(events: Sequence[AnyEvent], account: dict[str, Any], days: int, *, well: bool = True, **traits: Any) -> list[Turn]:
    """Weeks of Ana in Berlin, whose company the CRM tells as she joins. When it goes `well`, ours do all that they have to, in time."""
    books = playbooks()
    joining: list[AnyEvent] = [
        Traits(source="test", key="traits", who="ana", at=MONDAY, person={"role": "lead"} | traits, account=account),
        Joined(source="test", key="joined", who="ana", at=MONDAY),
    ]
    return list(live(books, Story(books).subject, [*joining, *events], MONDAY + timedelta(days=days), tasks_done=well))


GOES_WELL = [
    answered(0.1, "goal", "the numbers of all shops every Monday"),
    ours(0.9, "sales_hand_off", "Sam Hill", words=False, bought_for="Monday numbers without Excel", worries=""),
    ours(3.1, "kickoff", first_win="Revenue by shop", active_wanted="60", who_decides="The head of sales"),
    *did((4, "source.connected"), (4.1, "member.invited"), (4.2, "member.invited"), (5, "member.invited"), (7, "report.created")),
    ours(11.0, "weekly_check_in"),
    *did((9, "report.opened"), (11, "report.created"), (11.1, "report.shared"), (14, "report.opened"), (15, "lesson.completed reports")),
    ours(17.9, "weekly_check_in#2", words=False),
    *did((18, "lesson.completed sharing"), (21, "report.created"), (24.2, "training.attended"), (25, "report.opened")),
    ours(24.9, "weekly_check_in#3"),
    ours(29, "go_live"),
    *did((30, "report.opened"), (32, "report.opened"), (36, "report.scheduled"), (38, "report.opened"), (43, "report.opened")),
    ours(43.9, "check_in"),
    *did((46, "report.opened"), (50, "report.opened")),
    answered(50.1, "goal_reached", "yes"),
    ours(51.0, "review", outcome="Mondays take ten minutes", outcome_met="yes", next_steps="The warehouse"),
    ours(52.0, "hand_over", outcome="Three reports in 12 shops", open_points="None", next_steps="The warehouse"),
]
NEVER_COMES: list[AnyEvent] = [ours(0.9, "sales_hand_off", "Sam Hill", words=False, worries="They are busy until April")]
BIG_GOES_WELL = [
    answered(1.1, "goal", "one set of numbers for all regions"),
    ours(0.9, "sales_hand_off", "Sam Hill", words=False, bought_for="One set of numbers", key_people="CFO, head of IT"),
    ours(7.1, "exec_kickoff", outcomes="Close in 5 days", pilot_department="Finance", active_wanted="60"),
    ours(9, "stakeholder_map", words=False, sponsor="The CFO", doubts="Head of IT"),
    ours(11, "requirements", words=False, systems="SAP", rules="EU only", waves="Sales, then Operations"),
    *did((14, "source.connected"), (15, "app.opened"), *((20 + n / 10, "member.invited") for n in range(5)), (21, "sso.enabled")),
    *did((24.2, "training.attended"), (29, "app.opened"), (33, "app.opened"), (37, "app.opened")),
    ours(35, "migration", words=False),
    ours(39, "pilot_live"),
    *did((40, "report.created"), (41, "lesson.completed reports"), (42, "lesson.completed sharing"), (42.1, "report.opened")),
    *(ours(39.9 + n, f"daily_live#{n + 1}" if n else "daily_live", words=False) for n in range(2)),
    ours(46, "pilot_week", words=False),
    *did((46, "report.shared"), (49, "report.scheduled"), (53, "report.opened")),
    ours(57, "pilot_review"),
    *did((58, "report.opened"), (64, "report.opened"), (70, "report.opened")),
    ours(72, "rollout_first", words=False),
    *did(*((74 + n, "report.created") for n in range(4)), (81, "report.opened")),
    ours(85, "rollout_second"),
    *did((86, "report.opened"), (91, "report.opened")),
    ours(95, "business_review", outcome="Close in 4 days", outcome_met="yes"),
    ours(98, "hand_over", words=False, history="By the book", open_points="None", health="Good", expansion="Asia"),
]


@pytest.mark.parametrize(
    ("who", "events", "account", "days"),
    [
        ("mid_market", GOES_WELL, MID, 67),
        ("mid_market_quiet", NEVER_COMES, MID, 67),
        ("enterprise", BIG_GOES_WELL, ENTERPRISE, 130),
        ("enterprise_quiet", NEVER_COMES, ENTERPRISE, 130),
    ],
)
def test_their_weeks_read_as_they_did(who: str, events: list[AnyEvent], account: dict[str, Any], days: int):
    """When the weeks were meant to change: WRITE_GOLDEN=1 on this test, and read the difference."""
    file, now = GOLDEN / f"month_{who}.txt", diary(lived(events, account, days, well="quiet" not in who))
    if "WRITE_GOLDEN" in os.environ:
        file.write_text(now, encoding="utf-8")
    assert now == file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("events", "account"), [(GOES_WELL, MID), (NEVER_COMES, MID), (BIG_GOES_WELL, ENTERPRISE), (NEVER_COMES, ENTERPRISE)]
)
@pytest.mark.parametrize("well", [True, False])
def test_nobody_gets_more_than_the_budget_or_when_it_is_night(events: list[AnyEvent], account: dict[str, Any], well: bool):
    turns = lived(events, account, 130, well=well)
    playbook = playbooks()[turns[5].decision.person.journey.playbook]  # type: ignore[union-attr]
    unasked = [(at, message) for at, message in said(turns) if message in UNASKED]
    assert all(is_open(playbook.hours, at, BERLIN) for at, _ in unasked)
    days = Counter(local_date(at, BERLIN) for at, _ in unasked)
    assert max(days.values(), default=0) <= 1
    week = playbook.limit.per_week
    assert all(sum(n for other, n in days.items() if timedelta() <= day - other < timedelta(days=7)) <= week for day in days)


# Who gets which


@pytest.mark.parametrize(
    ("account", "playbook"),
    [
        ({}, "smb"),
        ({"employees": 12, "plan": "starter"}, "smb"),
        ({"employees": 99, "plan": "team", "acv": 9999}, "smb"),
        ({"employees": 100}, "mid_market"),
        ({"employees": 999, "acv": 50000}, "mid_market"),
        ({"employees": 30, "acv": 10000}, "mid_market"),
        ({"employees": 1000}, "enterprise"),
        ({"employees": 30, "acv": 50001}, "enterprise"),
    ],
)
def test_size_and_contract_decide_who_goes_which_way(account: dict[str, Any], playbook: str):
    story = Story(playbooks())
    story.happens(Traits, account=account)
    story.joins()
    assert story.journey.playbook == playbook


def test_no_two_playbooks_would_take_the_same_company():
    for employees in (1, 99, 100, 500, 999, 1000, 20000):
        for acv in (0, 9999, 10000, 50000, 50001):
            facts = {"person": {"role": "lead"}, "account": {"employees": employees, "acv": acv, "plan": "starter"}}
            takes = [book.playbook for book in playbooks() if book.ask(book.enroll_when, facts).holds]
            assert len(takes) == 1, (employees, acv, takes)


def test_somebody_who_grows_out_of_smb_moves_on_and_is_not_welcomed_again():
    story = joined({"employees": 12, "plan": "team"})
    story.does("source.connected")
    story.now += timedelta(days=2)
    story.happens(Traits, account={"employees": 250})
    assert story.journey.playbook == "mid_market"
    assert "connect_source" in done(story)
    assert [message for message in told(story) if message.startswith("welcome")] == ["welcome"]


# What the field expects of automation


def joined(account: dict[str, Any], **person: Any) -> Story:
    story = Story(playbooks())
    story.happens(Traits, person=person, account=account)
    story.joins()
    return story


def told(story: Story) -> list[str]:
    return list(dict.fromkeys(say.message for _, say in story.said if say.to.kind == "person"))


def cards(story: Story) -> list[str]:
    return [str(say.facts["task"]) for _, say in story.said if say.message == "task_card"]


def done(story: Story) -> set[str]:
    return {step.step for step in checklist(playbooks()[story.journey.playbook], story.subject, story.now).steps if step.status == "done"}


def finishes(story: Story, task: str, **answers: str) -> list[str]:
    """A colleague does a task; what the customer hears."""
    by: dict[str, Any] = {"by": "U9", "name": "Maya Chen", "note": AGREED["note"], "actions": tuple(AGREED["actions"])}
    return messages(story.happens(TaskDone, task=task, answers=answers, **by))


@pytest.mark.parametrize(("account", "kickoff"), [(MID, "kickoff"), (ENTERPRISE, "exec_kickoff")])
def test_contract_signed_then_they_are_welcomed_and_sales_hands_over_within_a_day(account: dict[str, Any], kickoff: str):
    story = joined(account)
    assert [message for message in told(story) if message.startswith("welcome")]
    assert set(cards(story)) == {kickoff, "sales_hand_off"}
    task = task_in(story.subject, "sales_hand_off")
    assert task is not None
    assert (task.owner, task.due_at) == ("sales", MONDAY + timedelta(hours=24))
    finishes(story, "sales_hand_off", bought_for="One set of numbers", worries="A new head of IT")
    assert story.subject.account is not None
    assert story.subject.account.traits["bought_for"] == "One set of numbers"


@pytest.mark.parametrize(
    ("account", "kickoff", "rhythm"), [(MID, "kickoff", "weekly_check_in"), (ENTERPRISE, "exec_kickoff", "weekly_lead")]
)
def test_kickoff_done_then_they_read_what_was_agreed_and_the_check_ins_begin(account: dict[str, Any], kickoff: str, rhythm: str):
    story = joined(account)
    story.now += timedelta(days=3)
    assert "kickoff_done" in finishes(story, kickoff, active_wanted="70")
    [summary] = [say for _, say in story.said if say.message == "kickoff_done"]
    assert (summary.facts["note"], summary.facts["actions"]) == (AGREED["note"], AGREED["actions"])
    assert rhythm in cards(story)
    assert kickoff in done(story)
    assert story.journey.segments["phase"].name in ("in_progress", "pilot")
    assert story.subject.account is not None
    assert int(story.subject.account.traits["active_wanted"]) == 70


def test_a_kickoff_is_never_done_by_itself():
    story = joined(MID)
    story.happens(TaskDone, task="nonsense", by="U9", name="Maya")
    story.until(MONDAY + timedelta(days=30))
    assert "kickoff" not in done(story)
    assert "kickoff_done" not in told(story)


@pytest.mark.parametrize("account", [MID, ENTERPRISE])
def test_a_week_without_anybody_then_they_are_asked_and_flagged_and_their_csm_is_to_call(account: dict[str, Any]):
    story = joined(account)
    story.until(MONDAY + timedelta(days=6))
    assert "come_back" not in told(story)
    story.until(MONDAY + timedelta(days=7, hours=12))
    assert "come_back" in told(story)
    assert story.journey.segments["engagement"].name == "asleep"
    assert "call_asleep" in cards(story)


def test_who_did_their_part_and_waits_for_our_kickoff_is_not_called_asleep():
    story = joined(MID)
    story.now += timedelta(hours=2)
    story.happens(Answered, survey="goal", value="numbers on Mondays")
    story.until(MONDAY + timedelta(days=8))
    assert "come_back" not in told(story)
    assert "call_asleep" not in cards(story)


def test_training_done_then_they_are_congratulated_and_the_next_one_opens():
    story = joined(MID)
    for deed in did((1, "source.connected"), (2, "report.created"), (3, "lesson.completed reports")):
        story.now = deed.at
        story.decide(deed)
    assert "training_done" not in told(story)
    assert "Training for admins" not in story.journey.opened
    story.now = on(4)
    story.decide(did((4, "lesson.completed sharing"))[0])
    assert "training_done" in told(story)
    assert "Training for admins" in story.journey.opened


def test_success_then_they_celebrate_are_handed_over_and_asked_for_a_word_to_others():
    turns = lived(GOES_WELL, MID, 67)
    at = {message: when for when, message in said(turns)}
    assert at["celebration"] < at["hand_off"] < at["ask_testimonial"]
    journey = turns[-1].decision.person.journey
    assert journey is not None
    assert [task for when, task in team_heard(turns) if when == journey.done_at] == ["hand_over"]
    assert (journey.ended_why, journey.done_at) == ("completed", at["review_done"])


@pytest.mark.parametrize("word", ["partly", "no"])
def test_what_is_agreed_and_not_reached_keeps_the_journey_open_and_brings_a_human(word: str):
    without = [event for event in GOES_WELL if not isinstance(event, TaskDone) or event.task not in ("review", "hand_over")]
    turns = lived([*without, ours(51.0, "review", outcome="Two of three reports", outcome_met=word)], MID, 58)
    assert "celebration" not in [message for _, message in said(turns)]
    assert "not_there" in [task for _, task in team_heard(turns)]
    last = turns[-1].decision
    assert last.person.journey is not None
    assert last.person.journey.done_at is None


def test_who_says_before_the_review_that_they_are_not_there_gets_a_human():
    told = [event for event in GOES_WELL if event.at < on(50)] + [answered(50.1, "goal_reached", "partly")]
    last = lived(told, MID, 52, well=False)[-1].decision
    assert last.case is not None
    assert last.case.escalation == "not_there"


def test_a_look_back_is_a_choice_of_three_words():
    """What success asks for word by word is never typed."""
    for book in (playbooks()["mid_market"], playbooks()["enterprise"]):
        asked = [rule.form["outcome_met"] for rule in book.ours if "outcome_met" in rule.form]
        assert len(asked) == 2
        assert all(question.options == ("yes", "partly", "no") for question in asked)


def test_in_go_live_week_somebody_of_ours_asks_every_working_day_and_no_longer():
    turns = lived(BIG_GOES_WELL, ENTERPRISE, 130)
    daily = [local_date(at, BERLIN) for at, task in team_heard(turns) if task.startswith("daily_live")]
    assert len(daily) == 5
    assert all(day.weekday() < 5 for day in daily)


# Who works with it and sets up nothing


def test_a_user_hears_nothing_before_their_department_starts_and_then_one_welcome():
    story = joined({**ENTERPRISE, "pilot_department": "Finance"}, role="user", department="Finance")
    story.until(MONDAY + timedelta(days=21))
    assert told(story) == []
    assert "come_back" not in told(story)
    assert isinstance(story.subject.account, Account)
    live = {**story.subject.account.steps, "exec_kickoff": story.now, "connect_source": story.now, "pilot_live": story.now}
    story.subject = replace(story.subject, account=replace(story.subject.account, steps=live))
    story.happens(Tick)
    story.until(MONDAY + timedelta(days=22))
    assert told(story) == ["welcome_user"]


def test_a_user_of_another_department_waits_for_the_rollout():
    story = joined({**ENTERPRISE, "pilot_department": "Finance"}, role="user", department="Sales")
    assert isinstance(story.subject.account, Account)
    story.subject = replace(story.subject, account=replace(story.subject.account, steps={"pilot_live": story.now}))
    story.until(MONDAY + timedelta(days=3))
    assert told(story) == []


@pytest.mark.parametrize("account", [MID, ENTERPRISE])
def test_a_user_sees_no_step_of_the_project(account: dict[str, Any]):
    story = joined(account, role="user")
    steps = {step.step for step in checklist(playbooks()[story.journey.playbook], story.subject, story.now).steps}
    assert steps == {"first_report", "share_report", "lesson_reports", "lesson_sharing"}


def test_a_user_is_done_with_what_is_theirs_and_the_company_goes_on():
    story = joined(MID, role="user")
    assert isinstance(story.subject.account, Account)
    story.subject = replace(story.subject, account=replace(story.subject.account, steps={"connect_source": story.now}))
    for deed in did((1, "report.created"), (2, "report.shared"), (3, "lesson.completed reports"), (4, "lesson.completed sharing")):
        story.now = deed.at
        story.decide(deed)
    assert "completion" in told(story)
    assert "celebration" not in told(story)


@pytest.mark.parametrize("account", [MID, ENTERPRISE])
def test_who_is_stuck_gets_a_human_in_every_touch_model(account: dict[str, Any]):
    story = joined(account)
    decision = story.happens(SaysStuck, step="", text="which firewall?")
    assert decision.case is not None
    assert decision.case.team == playbooks()[story.journey.playbook].team.channel


def test_after_completion_a_hand_over_stays_until_somebody_did_it_and_the_rounds_are_over():
    events = [event for event in GOES_WELL if not (isinstance(event, TaskDone) and event.task == "hand_over")]
    turns = lived(events, MID, 67, well=False)
    tasks = {task.id: task.state for task in (turns[-1].decision.account or Account(id="")).tasks.values()}
    assert tasks["hand_over"] == "open"
    assert "open" not in {state for task, state in tasks.items() if task != "hand_over"}
    assert len([task for _, task in team_heard(turns, "task_due") if task == "hand_over"]) >= 3


def test_they_live_on_in_their_own_language():
    for name in ("mid_market", "enterprise"):
        german = playbooks()[name].in_language("de")
        texts = [text for module in german.checklist for text in (module.title, module.objective, *(s.title for s in module.steps))]
        written = playbooks()[name]
        same = [text for module in written.checklist for text in (module.objective, *(s.title for s in module.steps)) if text in texts]
        assert same == []
        assert all(one.title not in {other.title for other in written.success} for one in german.success)


def test_of_whom_nothing_is_known_a_small_companys_team_hears():
    story = Story(playbooks())
    decision = story.happens(SaysStuck, step="", text="hello?")
    assert decision.case is not None
    assert decision.case.team == "#csm-smb"


def test_a_module_may_wait_for_what_one_of_the_company_does_for_all():
    waits = """
  - module: A
    steps:
      - {step: a, title: A, done_by: source.connected, scope: SCOPE, only_when: person.role == 'lead'}
  - {module: B, opens_when: done.a, steps: [{step: b, title: B, done_by: their word}]}
"""
    found = {
        scope: read_playbook(a_text(checklist=waits.replace("SCOPE", scope), **LITTLE), "little.yaml")[1] for scope in ("account", "person")
    }
    told = {scope: [problem.message for problem in problems if "can be left out" in problem.message] for scope, problems in found.items()}
    assert told == {"account": [], "person": ["a can be left out, and then “B” never opens; write settled.a"]}


def test_a_module_that_waits_for_a_step_of_ours_opens_when_a_colleague_says_that_it_is_not_needed():
    waits = """
  - {module: A, steps: [{step: a, title: A, owner: csm, scope: account}]}
  - {module: B, opens_when: WORD.a, steps: [{step: b, title: B, done_by: their word}]}
"""
    found = {word: read_playbook(a_text(checklist=waits.replace("WORD", word), **LITTLE), "little.yaml")[1] for word in ("done", "settled")}
    told = {word: [problem.message for problem in problems if "can be left out" in problem.message] for word, problems in found.items()}
    assert told == {"settled": [], "done": ["a can be left out, and then “B” never opens; write settled.a"]}


def test_a_playbook_says_one_thing_of_a_module_otherwise_and_the_rest_stays_translated():
    modules = {module.module: module for module in playbooks()["mid_market"].in_language("de").checklist}
    assert modules["Bring your data in"].title == "Eure Daten kommen dazu"
    assert modules["Bring your data in"].locked == "Öffnet sich mit dem Kickoff, spätestens nach fünf Tagen"
