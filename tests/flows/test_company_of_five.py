"""A company of five on mid_market: who hears what, and what our people are told of. Three leads, one of whom speaks with us; two users."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from houses import Clocks, House, Post
from stories import MONDAY

from bot.shelf import Shelf, read_books
from flows.events import Answered, Joined, MeetingPlanned, ProductEvent, TaskDone, TaskDropped, Traits

ROLES = {"ana": "lead", "ben": "lead", "eva": "developer", "cat": "user", "dan": "user"}


class Five(House):
    """Acme with 300 people, of whom we know five."""

    def day(self, day: float) -> None:
        self.goes_on(MONDAY + timedelta(days=day))

    def ours(self, task: str, note: str = "It goes well", actions: tuple[str, ...] = ("Ben asks IT",), **answers: str) -> None:
        """Maya does a task of the account that is open."""
        state = self.door.view("ana").account.tasks[task]
        assert state.state == "open", task
        self.hears(TaskDone, state.anchor, task=task, by="U1", name="Maya Chen", note=note, actions=actions, answers=answers)

    def did(self, who: str, *names: str, lesson: str = "") -> None:
        for name in names:
            self.hears(ProductEvent, who, name=name, properties={"lesson": lesson} if lesson else {})

    def are_there(self) -> None:
        """Three of five look at their reports."""
        for who in ("ana", "cat", "eva"):
            self.did(who, "report.opened")

    def heard(self, who: str) -> list[str]:
        """What somebody was told on their own channels, in order; what came on two channels at once is one."""
        told = sorted((t.at, t.id, t.message) for t in self.slack.taken + self.email.taken if t.person == who and t.to.kind == "person")
        return [message for _, message in dict.fromkeys((at, message) for at, _, message in told)]

    def cards(self) -> list[str]:
        """The tasks that our people got a card of, with who came with each."""
        return [f"{t.key.split(':')[2]} {t.person}" for t in self.slack.taken if t.message == "task_card"]

    def cases(self) -> list[str]:
        return [t.person for t in self.slack.taken if t.message == "case_card"]


@pytest.fixture
def five(tmp_path: Path) -> Five:
    books, problems = read_books(None)
    assert not problems
    clocks = Clocks()
    house = Five(tmp_path / "a.db", clocks, Post("slack", clocks), Post("email", clocks), Shelf(None, books))
    for who, role in ROLES.items():
        person = {"name": who.title(), "email": f"{who}@acme.test", "slack": f"T1/{who}", "consent": True, "role": role}
        acme = {"name": "Acme", "employees": 300}
        house.hears(Traits, who, person=person | {"timezone": "Europe/Berlin"}, account_id="acme", account=acme)
    for who in ROLES:
        house.hears(Joined, who)
    house.settle()
    return house


def goes_well_until_the_review(five: Five) -> None:
    """Ana leads it, Eva connects the source, Cat works with it; Ben and Dan have other things to do."""
    five.hears(Answered, "ana", survey="goal", value="fewer spreadsheets", mouth="page")
    five.day(1)
    five.ours("sales_hand_off", bought_for="Mondays", promised="Help with data", key_people="Ana")
    five.day(7.1)
    five.ours("kickoff", active_wanted="50", first_win="Revenue by shop", who_decides="Ben")
    five.day(8)
    five.did("eva", "source.connected")
    five.did("ana", *3 * ["member.invited"])
    five.day(12)
    for who in ("ana", "cat"):
        five.did(who, "report.created", "report.shared")
    five.did("ana", "report.created", "report.created", "report.scheduled")
    five.day(14)
    five.ours("weekly_check_in")
    five.day(18)
    for who in ("ana", "cat"):
        five.did(who, "lesson.completed", lesson="reports")
        five.did(who, "lesson.completed", lesson="sharing")
    five.day(21.1)
    five.ours("go_live")
    five.are_there()
    five.day(25.1)


def test_users_hear_nothing_until_the_data_is_in_and_then_what_they_can_begin(five: Five):
    five.day(7.5)
    assert (five.heard("cat"), five.heard("dan")) == ([], [])
    five.ours("kickoff", active_wanted="50", first_win="Revenue by shop", who_decides="Ben")
    five.day(8)
    assert five.heard("cat") == []
    five.did("eva", "source.connected")
    five.day(8.5)
    assert five.heard("cat") == five.heard("dan") == ["welcome_user"]
    welcome = next(t for t in five.slack.taken if t.message == "welcome_user")
    assert "Build your first report" in welcome.text


def test_somebody_who_joins_when_the_data_is_in_is_welcomed_at_once(five: Five):
    five.did("eva", "source.connected")
    five.day(2)
    five.hears(Traits, "fay", person={"name": "Fay", "slack": "T1/fay", "consent": True, "role": "user"}, account_id="acme")
    five.hears(Joined, "fay")
    five.day(2.1)
    assert five.heard("fay") == ["welcome_user"]


def test_one_lead_answers_for_the_company_and_the_others_are_not_asked_again(five: Five):
    five.hears(Answered, "ana", survey="goal", value="fewer spreadsheets", mouth="page")
    five.day(10)
    for who in ("ben", "eva"):
        assert five.heard(who) == ["welcome_guided"]


def test_a_company_that_does_nothing_is_called_once_and_not_each_of_its_leads(five: Five):
    five.day(12)
    assert len([card for card in five.cards() if card.startswith("call_asleep")]) == 1
    five.did("eva", "source.connected")
    five.day(13)
    assert five.door.view("ana").account.tasks["call_asleep"].state == "dropped"


def test_all_leads_of_a_company_get_there_together_and_one_of_them_celebrates(five: Five):
    goes_well_until_the_review(five)
    five.are_there()
    review = five.door.view("ana").account.tasks["review"]
    at = MONDAY + timedelta(days=30)
    five.hears(MeetingPlanned, review.anchor, task="review", starts=at, minutes=45, by="U1", name="Maya Chen", link="")
    five.day(29)
    five.are_there()
    five.day(30.1)
    five.ours("review", outcome="Mondays take ten minutes", outcome_met="yes", next_steps="The warehouse")
    five.day(31.1)
    five.ours("hand_over", outcome="Three reports", open_points="None", next_steps="The warehouse")
    five.day(75)
    assert five.heard("ana") == [
        "welcome_guided", "goal_set", "kickoff_done", "well_done", "check_in_done", "training_done", "live_now", "ask_goal_reached",
        "ask_ease", "meeting_invitation", "weekly_summary", "meeting_tomorrow", "review_done", "celebration", "hand_off", "ask_testimonial",
    ]  # fmt: skip
    assert five.heard("ben") == ["welcome_guided", "first_lesson", "company_there"]
    assert five.heard("eva") == ["welcome_guided", "first_lesson", "weekly_summary", "company_there"]
    assert five.heard("cat") == ["welcome_user", "well_done", "training_done", "completion"]
    assert five.heard("dan") == ["welcome_user", "come_back", "first_lesson", "come_back"]
    assert {card.split()[1] for card in five.cards()} == {"ana"}
    assert len(five.cards()) == len(set(five.cards()))
    assert five.cases() == []
    assert [five.person(who).journey.ended_why for who in ("ana", "ben", "eva", "cat")] == ["completed"] * 4


def test_a_review_that_ends_with_partly_is_one_task_of_ours_and_a_later_yes_brings_them_there(five: Five):
    goes_well_until_the_review(five)
    five.ours("review", outcome="Two of three", outcome_met="partly", next_steps="The third report")
    five.day(28)
    assert [card for card in five.cards() if card.startswith("not_there")] == ["not_there ana"]
    assert five.cases() == []
    assert "celebration" not in five.heard("ana")
    five.are_there()
    five.ours("not_there", open_points="None", outcome_met="yes")
    five.day(30)
    assert "celebration" in five.heard("ana")
    assert "company_there" in five.heard("ben")


def test_a_company_that_does_not_get_there_hears_who_looks_after_it_all_the_same(five: Five):
    goes_well_until_the_review(five)
    five.day(55)
    five.ours("hand_over", outcome="Two reports", open_points="The third", next_steps="More people")
    five.day(57)
    assert "hand_off" in five.heard("ana")
    assert not any("hand_off" in five.heard(who) for who in ("ben", "eva", "cat", "dan"))


def test_where_a_colleague_says_that_going_live_needs_no_look_the_review_opens(five: Five):
    five.ours("kickoff", active_wanted="50", first_win="Revenue", who_decides="Ben")
    five.did("eva", "source.connected")
    five.did("ana", *3 * ["report.created"])
    five.day(3)
    five.hears(TaskDropped, "ana", task="go_live", by="U1", name="Maya Chen", why="They are live since Monday")
    five.day(20)
    assert "review ana" in five.cards()


@pytest.mark.parametrize("actions", [(), ("Ben asks IT",)])
def test_a_summary_of_one_word_is_that_word_also_where_a_note_of_ours_has_that_name(five: Five, actions: tuple[str, ...]):
    five.ours("kickoff", "late", actions, active_wanted="50", first_win="Revenue", who_decides="Ben")
    five.day(0.1)
    [said] = [t.text for t in five.slack.taken if t.message == "kickoff_done"]
    assert "late" in said.split()
    assert "nobody has claimed it" not in said
