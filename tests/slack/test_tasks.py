"""What our own people have to do, in Slack: the card of a task, its dialogs, and who may press."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from in_slack import dialog, interacts, newcomer
from tasking import card, fills, labels, presses, row, task_of, write_project
from town import Town, a_town

from bot.playground.values import Message, User


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town whose playbook asks three things of us for every newcomer; a Monday at ten."""
    project = write_project(tmp_path_factory.mktemp("project") / "ours")
    with a_town(tmp_path_factory.mktemp("town"), project) as found:
        yield found


def company(user: str) -> str:
    """How the company of a newcomer is called: that of Ina0 is Ina0 Ltd."""
    return f"{user.removeprefix('U_').title()} Ltd"


@pytest.fixture
def ina(town: Town) -> Iterator[str]:
    """She signed up a moment ago; her Slack user. Whoever has a dialog open closes it in the end."""
    yield newcomer(town)
    for user in ("U_MAYA", "U_TOM"):
        town.acts.close_modal(user)


def theirs(town: Town, ina: str, title: str) -> Message:
    """The card of a task with that title for her company, as it is now."""
    return card(town, title, company(ina))


def text_of(message: Message) -> str:
    return json.dumps(message.blocks, ensure_ascii=False)


def refused(town: Town, user: str = "U_MAYA", **fields: str) -> dict[str, str]:
    """What is said beside the fields of a dialog that is not taken."""
    view = dialog(town, user)
    with pytest.raises(Exception, match="look at what you entered") as error:
        town.acts.submit(user, view["id"], {name: {name: text} for name, text in fields.items()})
    errors: dict[str, str] = error.value.errors  # type: ignore[attr-defined]
    return errors


def test_the_card_says_what_for_whom_why_and_until_when_and_offers_what_can_be_done(town: Town, ina: str):
    found = theirs(town, ina, "Hold the kickoff")
    for words in ("Hold the kickoff", company(ina), "A plan that both sides wrote", "not planned yet", "nobody yet", "Due"):
        assert words in text_of(found)
    assert labels(found) == ["Done", "Plan the meeting", "Agenda", "Take it", "Postpone", "Not needed", "Timeline"]
    assert labels(theirs(town, ina, "Say hello")) == ["Done", "Take it", "Postpone", "Not needed", "Timeline"]


def test_what_asks_for_nothing_is_done_with_one_press_and_the_card_says_who_did_it(town: Town, ina: str):
    presses(town, theirs(town, ina, "Say hello"), "Done")
    task = task_of(town, ina, "say_hello")
    assert (task.state, task.by) == ("done", "U_MAYA")
    assert "Done by Maya Chen" in text_of(theirs(town, ina, "Say hello"))
    assert labels(theirs(town, ina, "Say hello")) == ["Timeline"]


def test_a_kickoff_is_done_with_a_summary_and_what_was_agreed_which_the_customer_gets(town: Town, ina: str):
    presses(town, theirs(town, ina, "Hold the kickoff"), "Done")
    assert "The customer gets the summary" in json.dumps(dialog(town))
    fills(town, note="They start with one team.", actions="- Ina sends the export\n\n• We import it")
    task = task_of(town, ina, "kickoff")
    assert (task.state, task.note, task.actions) == ("done", "They start with one team.", ("Ina sends the export", "We import it"))
    assert "They start with one team." in text_of(theirs(town, ina, "Hold the kickoff"))
    assert "We import it" in json.dumps([m.blocks for m in town.heard(ina)], ensure_ascii=False)


def test_the_hand_off_of_sales_asks_its_questions_and_the_next_card_knows_the_answers(town: Town, ina: str):
    presses(town, theirs(town, ina, "Fill in the hand-off"), "Done", "U_TOM")
    view = dialog(town, "U_TOM")
    asked = {block["label"]["text"]: block.get("optional", False) for block in view["blocks"] if block["type"] == "input"}
    assert asked == {"What do they want?": False, "What could go wrong?": True, "Summary": True, "What was agreed": True}
    assert refused(town, "U_TOM", **{"answer.desired_outcome": "   "}) == {"answer.desired_outcome": "This one needs an answer."}
    fills(town, "U_TOM", answer__desired_outcome="Reports on Mondays")
    assert town.workspace.modal("U_TOM") is None
    presses(town, theirs(town, ina, "Hold the kickoff"), "Take it")
    assert "What do they want? Reports on Mondays" in text_of(theirs(town, ina, "Hold the kickoff"))


def test_what_can_be_chosen_is_chosen_and_a_number_is_a_number(town: Town, ina: str):
    presses(town, theirs(town, ina, "Hold it against the goal"), "Done")
    reached = next(block["element"] for block in dialog(town)["blocks"] if block.get("block_id") == "answer.reached")
    assert reached["type"] == "static_select"
    assert [one["text"]["text"] for one in reached["options"]] == ["yes", "partly", "no"]
    wrong = refused(town, **{"answer.reached": "yes", "answer.in_use": "60 %"})
    assert wrong == {"answer.in_use": "This one needs a number alone, such as 60: no sign, no words."}
    fills(town, answer__reached="yes", answer__in_use="60")
    task = task_of(town, ina, "hold_it_up")
    assert (task.state, dict(task.answers)) == ("done", {"reached": "yes", "in_use": "60"})


@pytest.mark.parametrize(
    ("choice", "until"),
    [("Tomorrow at 9", "2026-03-03T08:00"), ("In 3 days", "2026-03-05T08:00"), ("Monday at 9", "2026-03-09T08:00")],
)
def test_a_task_is_put_off_until_nine_where_the_team_is(town: Town, ina: str, choice: str, until: str):
    presses(town, theirs(town, ina, "Say hello"), choice)
    assert task_of(town, ina, "say_hello").due_at.isoformat().startswith(until)
    assert "Put off" in text_of(theirs(town, ina, "Say hello"))


def test_a_task_is_put_off_until_a_day_that_lies_ahead(town: Town, ina: str):
    presses(town, theirs(town, ina, "Say hello"), "On a day")
    assert refused(town, day="2020-01-01") == {"day": "Choose a day from tomorrow on, within a year."}
    fills(town, day="2026-03-20")
    assert task_of(town, ina, "say_hello").due_at == datetime(2026, 3, 20, 8, 0, tzinfo=UTC)


def test_what_is_not_needed_is_said_with_a_reason_that_the_card_keeps(town: Town, ina: str):
    presses(town, theirs(town, ina, "Say hello"), "Not needed")
    fills(town, why="we met last week")
    assert task_of(town, ina, "say_hello").state == "dropped"
    found = theirs(town, ina, "Say hello")
    assert "Not needed, says Maya Chen" in text_of(found)
    assert "we met last week" in text_of(found)
    assert labels(found) == ["Timeline"]


def test_a_meeting_gets_a_date_in_the_teams_zone_and_can_be_moved(town: Town, ina: str):
    presses(town, theirs(town, ina, "Hold the kickoff"), "Plan the meeting")
    view = dialog(town)
    assert "Europe/Berlin" in json.dumps(view)
    assert "https://meet.example.com/room" in json.dumps(view)
    when = {"day": "2026-03-04", "clock": "14:30", "minutes": "60", "link": "https://meet.example.com/abc"}
    wrong = refused(town, day="2020-03-04", clock="14:30", minutes="600", link="in our office")
    assert set(wrong) == {"day", "minutes", "link"}
    assert "has passed in Europe/Berlin" in wrong["day"]
    fills(town, **when)
    task = task_of(town, ina, "kickoff")
    assert (task.meeting_at, task.meeting_minutes) == (datetime(2026, 3, 4, 13, 30, tzinfo=UTC), 60)
    found = theirs(town, ina, "Hold the kickoff")
    assert "Wed 4 March, 14:30, 60 minutes" in text_of(found)
    assert "Move the meeting" in labels(found)


def test_the_agenda_opens_to_be_read_with_what_is_known_of_the_account(town: Town, ina: str):
    presses(town, theirs(town, ina, "Hold the kickoff"), "Agenda")
    assert "Success, in their words" in json.dumps(dialog(town))
    assert company(ina) in json.dumps(dialog(town))


def test_of_two_who_take_it_the_second_hears_who_was_faster(town: Town, ina: str):
    before = theirs(town, ina, "Say hello")
    presses(town, before, "Take it")
    assert task_of(town, ina, "say_hello").assignee == "U_MAYA"
    assert "Take it" not in labels(theirs(town, ina, "Say hello"))
    pressed_as_it_was(town, before, "task_take", "U_TOM")
    assert task_of(town, ina, "say_hello").assignee == "U_MAYA"
    assert town.whispers("U_TOM")[-1].text == "Maya Chen was faster and has this one."


def test_of_two_who_fill_in_done_the_second_keeps_their_words_and_hears_who_did_it(town: Town, ina: str):
    presses(town, theirs(town, ina, "Hold the kickoff"), "Done")
    presses(town, theirs(town, ina, "Hold the kickoff"), "Done", "U_TOM")
    fills(town, "U_TOM", note="From Tom.", actions="")
    fills(town, "U_MAYA", note="What I wrote for ten minutes.", actions="")
    assert task_of(town, ina, "kickoff").note == "From Tom."
    told = json.dumps(dialog(town), ensure_ascii=False)
    assert "Tom Okafor did this already" in told
    assert "What I wrote for ten minutes." in told


def test_an_old_button_of_a_task_that_is_done_says_so_kindly(town: Town, ina: str):
    before = theirs(town, ina, "Say hello")
    presses(town, before, "Done")
    for action in ("task_done", "task_drop", "task_postpone"):
        pressed_as_it_was(town, before, action, "U_TOM")
        assert town.whispers("U_TOM")[-1].text.startswith("Maya Chen did this already, today")
    assert task_of(town, ina, "say_hello").by == "U_MAYA"


def test_a_press_on_a_task_that_never_was_changes_nothing(town: Town, ina: str):
    found = theirs(town, ina, "Say hello")
    pressed_as_it_was(town, found, "task_done", "U_MAYA", value='{"p": "nobody", "t": "nothing"}')
    assert town.whispers("U_MAYA")[-1].text == "This task is no longer here. Nothing was changed."


def test_customers_and_guests_can_do_nothing_with_our_tasks(town: Town, ina: str):
    found = theirs(town, ina, "Hold the kickoff")
    guest = User(id="U_GUS", name="Gus Guest", email="gus@agency.test", guest="single")
    town.workspace.users[guest.id] = guest
    town.workspace.join(town.workspace.channels[found.channel], guest.id)
    for who in (ina, "U_GUS"):
        for action in ("task_done", "task_take", "task_drop", "task_plan", "task_agenda", "task_postpone"):
            pressed_as_it_was(town, found, action, who)
            assert town.workspace.modal(who) is None
    task = task_of(town, ina, "kickoff")
    assert (task.state, task.assignee) == ("open", "")
    assert town.whispers("U_GUS")[-1].text == "This is for the people of our team. Nothing was changed."


def test_what_is_due_is_said_in_the_cards_thread_to_whoever_has_it(town: Town, ina: str):
    presses(town, theirs(town, ina, "Hold the kickoff"), "Take it", "U_TOM")
    before = town.demo.now()
    town.until(before + timedelta(days=9))
    found = theirs(town, ina, "Hold the kickoff")
    said = [m for m in town.workspace.history(found.channel) if m.thread_ts == found.ts]
    assert said, "nobody was reminded"
    assert said[0].text.startswith("<@U_TOM> Hold the kickoff")
    assert company(ina) in said[0].text


def pressed_as_it_was(town: Town, message: Message, action: str, user: str, *, value: str = "") -> None:
    """Somebody presses what stood on a card when they looked at it, whatever stands there now."""
    element: dict[str, Any] = next(one for one in row(message) if one["action_id"] == action)
    used = element | {"block_id": "b", "action_ts": "1.1"} | ({"value": value} if value else {})
    if "options" in element:
        used |= {"selected_option": element["options"][0]}
    place = {
        "container": {"type": "message", "message_ts": message.ts, "channel_id": message.channel},
        "channel": {"id": message.channel},
    }
    trigger = f"{action}-{user}-{message.ts}-{len(town.whispers(user))}"
    assert interacts(town, user, "block_actions", trigger_id=trigger, actions=[used], **place) == 200
    town.settle()


def part_of_home(town: Town, heading: str, user: str = "U_MAYA") -> list[dict[str, Any]]:
    """The blocks under a heading of somebody's Home, as it stands there now."""
    view = town.workspace.home(user)
    assert view is not None
    blocks = view["blocks"]
    start = next(n for n, block in enumerate(blocks) if f"*{heading}*" in json.dumps(block))
    ends = (n for n, block in enumerate(blocks) if n > start and block["type"] == "divider")
    return blocks[start + 1 : next(ends, len(blocks))]


def presses_at_home(town: Town, label: str, title: str, user: str = "U_MAYA") -> None:
    """A colleague presses a button beneath a task with that title in their Home."""
    view = town.workspace.home(user)
    assert view is not None
    blocks = view["blocks"]
    rows = [below for line, below in pairwise(blocks) if title in json.dumps(line) and below["type"] == "actions"]
    found, element = next((b, one) for b in rows for one in b["elements"] if one.get("text", {}).get("text") == label)
    town.acts.click_view(user, view["id"], (found["block_id"], element["action_id"]))
    town.settle()


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town of its own, in which nobody has any task but those for Ana."""
    project = write_project(tmp_path_factory.mktemp("project") / "ours")
    with a_town(tmp_path_factory.mktemp("fresh"), project) as found:
        yield found


def test_a_colleague_without_a_task_reads_kind_words_and_what_nobody_has(fresh: Town):
    fresh.opens_home("U_MAYA")
    assert "Nothing to do for an account." in json.dumps(part_of_home(fresh, "Your tasks"))
    unowned = json.dumps(part_of_home(fresh, "Tasks nobody has yet"))
    for words in ("Say hello", "Hold the kickoff", "Fill in the hand-off", "Take it"):
        assert words in unowned


def test_tasks_are_taken_and_done_from_home_and_stand_there_by_day_the_overdue_first(fresh: Town):
    fresh.opens_home("U_MAYA")
    for title in ("Say hello", "Hold the kickoff", "Fill in the hand-off", "Hold it against the goal"):
        presses_at_home(fresh, "Take it", title)
    assert "Tasks nobody has yet" not in json.dumps(fresh.workspace.home("U_MAYA"))
    fresh.until(fresh.demo.now() + timedelta(days=2))
    fresh.opens_home("U_MAYA")
    said = json.dumps(part_of_home(fresh, "Your tasks"))
    order = [said.index(words) for words in ("Overdue", "Say hello", "Later", "Hold the kickoff")]
    assert order == sorted(order)
    assert "late by 1 day" in said
    presses_at_home(fresh, "Done", "Say hello")
    assert "Say hello" not in json.dumps(part_of_home(fresh, "Your tasks"))
    assert "Done by Maya Chen" in text_of(card(fresh, "Say hello", "Acme"))
