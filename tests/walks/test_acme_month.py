"""Acme's sixty people through the whole app: what holds for every one of them, after a week and after the month."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from acme import people
from replay import BOB, DESK, MONTH, Replay

from flows.hours import is_open, local_date
from flows.playbook import Playbook
from storage.rebuild import rebuild

NO = ("Lucía Prieto", "Wiremu Kingi", "Tiago Lima", "Earl Simms")
"""Their record says that they want no messages."""
NO_ADDRESS = ("Ella Fraser", "鈴木 大輔")
NOT_OURS = ("Gail Novak", "Pete Sorenson", "Rick Yamada")
"""Their depot is larger than any playbook takes."""
ANSWERS = {"welcome", "driver_welcome", "on_the_road", "completion", "driver_done", "claimed", "csm_reply", "resolved", "solved_thanks",
           "answer_thanks", "stuck", "nobody_free"}  # fmt: skip
"""What answers something they did, and may come at any hour."""
TRIGGERED = {"on_the_road", "try_notifications", "completion", "driver_done"}


def test_teammates_are_in_the_same_arm_of_the_experiment_and_germans_in_none(acme: Replay):
    arms: dict[str, set[str]] = {}
    for name, row in people().items():
        arms.setdefault(row["account"], set()).update(m["variant"] for m in acme.told(name) if m["message"] == "day3")
    assert arms["spree-kurier"] == arms["alpenblick"] == {""}
    developers = {m["variant"] for m in acme.told("Iván Flores") if m["message"] == "day3"}
    assert developers == {""}  # the experiment is among the guided
    mixed = {account: found - {""} for account, found in arms.items() if len(found - {""}) > 1}
    assert mixed == {}
    assert {arm for found in arms.values() for arm in found} == {"", "example", "hints"}


def test_marcus_unsubscribed_with_one_click_and_gets_no_mail_after_it(acme: Replay):
    assert acme.diary("Marcus Bell") == ["Mon 02 welcome by email", "Tue 03 day1 by email", "Thu 05 day3 by email"]
    assert acme.reasons("Marcus Bell", "opted_out") == [("stopped", "email, by page")]
    assert ("held", "they stopped messages") in acme.reasons("Marcus Bell", "sequence.day5")


def test_every_event_counts_once_however_often_and_late_it_came(acme: Replay):
    house = acme.town.house
    for name, row in people().items():
        heard = Counter(event["name"] for event in acme.why(name) if event["kind"] == "ProductEvent")
        assert heard == Counter(line["event"] for line in acme.unique.get(row["external_id"], [])), name
        subject = house.door.view(acme.person(name).id)
        assert subject is not None
        plain = {key for key, need in house.door.playbooks().needs.by_key.items() if need.events == {key}}
        assert {event: tally.n for event, tally in subject.activity.items() if tally.n and event in plain} == {
            event: n for event, n in heard.items() if event in subject.activity
        }, name


def test_news_of_the_day_before_yesterday_fires_nothing(acme: Replay):
    late = [e for name in people() for e in acme.why(name) if e["kind"] == "ProductEvent" and age(e) > timedelta(days=1)]
    assert len(late) >= 5
    assert not [m for event in late for m in event["messages"] if m["message"] in TRIGGERED]


def test_what_they_did_not_ask_for_comes_when_it_is_day_where_they_are(acme: Replay):
    for name, playbook in playbooks(acme):
        for at, m in unasked(acme, name):
            assert is_open(playbook.hours, at, acme.zone(name)), (name, at, m["message"])


def test_nobody_gets_more_of_it_than_the_budget_has_room_for(acme: Replay):
    for name, playbook in playbooks(acme):
        days = Counter(local_date(at, acme.zone(name)) for at, _ in unasked(acme, name))
        assert max(days.values(), default=0) <= playbook.limit.per_day, name
        assert all(in_a_week(days, day) <= playbook.limit.per_week for day in days), name


@pytest.mark.parametrize("name", NO)
def test_who_said_no_hears_nothing_and_why_says_so(acme: Replay, name: str):
    assert acme.told(name) == []
    assert acme.town.inbox(people()[name]["email"]) == []
    assert set(acme.skipped(name).values()) <= {"they did not agree to messages"}
    first = "sequence.driver_welcome" if people()[name]["person.role"] == "driver" else "sequence.welcome"
    assert acme.reasons(name, first)[0] == ("held", "they did not agree to messages")


@pytest.mark.parametrize("name", NO_ADDRESS)
def test_who_has_no_address_is_counted_and_not_written_to(acme: Replay, name: str):
    assert acme.told(name) == []
    assert acme.reasons(name, "sequence.driver_welcome")[0] == ("held", "no channel they can be reached by")
    assert acme.person(name).journey.ended_why == "completed"


@pytest.mark.parametrize("name", NOT_OURS)
def test_the_largest_depot_is_left_to_a_person(acme: Replay, name: str):
    assert acme.told(name) == []
    assert acme.person(name).journey is None
    assert acme.reasons(name, "enrol.dispatch") == [
        (
            "quiet",
            "person.role != 'driver' and account.vehicles < 100: account.vehicles is 180, person.role is " + people()[name]["person.role"],
        )
    ]


def test_a_name_with_markup_in_it_pings_nobody_and_is_bold_nowhere(acme: Replay):
    calls = [json.dumps(call.payload) for call in acme.town.demo.workspace.calls if call.method != "mail.send"]
    assert sum("&lt;!channel&gt;" in call for call in calls) >= 2
    assert not [call for call in calls if "<!" in call or "<b>" in call]
    welcome = acme.town.inbox("bob@harbour-care.test")[0]
    assert "&lt;!channel&gt;" in welcome.html
    assert "<!channel>" not in welcome.html
    assert "<b>Bob" not in welcome.html


def test_every_dated_message_was_said_or_the_reason_why_not_is_told(acme: Replay):
    for name, playbook in playbooks(acme):
        journey, skipped = acme.person(name).journey, acme.skipped(name)
        assert journey is not None
        for rule in dated(playbook):
            sent = journey.sent.get(rule)
            if sent and sent.rounds:
                assert any(m["key"].startswith(sent.key) for m in acme.told(name)), (name, rule)
            elif sent and sent.skipped:
                assert skipped[rule] == sent.skipped, (name, rule)
            else:
                held = any(result == "held" for result, _ in acme.reasons(name, rule))
                assert journey.ended_at or held or acme.town.demo.now() < MONTH, (name, rule)


def test_everything_in_the_outbox_came_to_an_end(acme: Replay):
    states = Counter(m["state"] for name in people() for event in acme.why(name) for m in event["messages"])
    assert set(states) <= {"sent", "failed", "expired", "withdrawn", "suppressed"}
    assert states["failed"] == 0
    assert acme.town.house.reports.health(acme.town.demo.now()).pending == 0


def test_ten_of_them_can_be_built_again_from_what_happened(acme: Replay):
    house = acme.town.house
    for name in (
        BOB,
        "Ana Quispe",
        "Jorge Huamán",
        "Íñigo Ruiz",
        "Carmen Vidal",
        "Marcus Bell",
        "June Castle",
        "佐藤 美咲",
        "Mia Thompson",
        "Theo Grant",
    ):
        assert rebuild(house.store, house.shelf.playbooks(), acme.person(name).id) == acme.person(name), name


# The rest of the month


@pytest.mark.gate
def test_the_month_of_ana_jorge_june_and_bob(month: Replay):
    assert month.diary("Ana Quispe")[3:] == [
        "Mon 09 gone_quiet by email",
        "Tue 10 ask_ease by email",  # she is back, and plans her first route
        "Tue 10 on_the_road by email",
        "Thu 12 day10 by email",
        "Fri 13 completion by email",
    ]
    later = month.diary("Jorge Huamán")[4:]
    assert (later[0], later[2:]) == ("Tue 10 gone_quiet by email", ["Mon 23 ask_better by email"])
    assert later[1] in (
        "Thu 12 day10 by email",
        "Fri 13 day10 by email",
    )  # by his minutes of the days before
    assert month.diary("June Castle")[:2] == ["Sun 08 welcome by email", "Wed 11 day3 by email"]
    # She is back on Thursday at 11:31. If the minute at which she is looked after came before, she was asked; if not, she is there again.
    assert month.diary("June Castle")[2] in ("Thu 12 gone_quiet by email", "Fri 13 day5 by email")
    assert month.clock("June Castle", "day3") == ["08:30"]
    assert month.diary(BOB)[-2:] == ["Wed 11 try_notifications by slack", "Thu 12 completion by slack"]


@pytest.mark.gate
@pytest.mark.parametrize("name", ["Mia Thompson", "Curtis Hale"])
def test_who_leaves_is_left_alone(month: Replay, name: str):
    assert month.person(name).journey.ended_why == "they left"
    left = month.person(name).left_at
    assert left is not None
    assert all(at <= left for at, _ in month.sent(name))
    assert not [line for line in month.town.channel(DESK) if name in line.text]


@pytest.mark.gate
def test_the_desk_is_asked_to_look_after_those_who_never_start(month: Replay):
    cards = [str(m.blocks) for m in month.town.channel(DESK)]
    for name in ("Jorge Huamán", "Lars Haugen", "田中 健"):
        assert any(name in card and "Nine quiet days" in card for card in cards), name


@pytest.mark.gate
def test_all_journeys_are_over_and_nobody_is_woken_again(month: Replay):
    ended = Counter(p.journey.ended_why for name in people() if (p := month.person(name)).journey)
    assert ended == {"completed": 42, "28 days are over": 11, "14 days are over": 2, "they left": 2}
    assert not [name for name in people() if month.person(name).wake_at]


def age(event: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(event["decided_at"]) - datetime.fromisoformat(event["at"])


def playbooks(replay: Replay) -> Iterator[tuple[str, Playbook]]:
    """Everybody who is guided, and by which playbook."""
    for name in people():
        if journey := replay.person(name).journey:
            yield name, replay.town.house.shelf.playbooks()[journey.playbook]


def dated(playbook: Playbook) -> list[str]:
    return [
        *(f"sequence.{rule.message}" for rule in playbook.sequence),
        *(f"survey.{rule.survey}" for rule in playbook.surveys if rule.after),
    ]


def unasked(replay: Replay, name: str) -> list[tuple[datetime, dict[str, Any]]]:
    """What was sent to somebody that answers nothing they did."""
    return [(at, m) for at, m in replay.sent(name) if m["message"] not in ANSWERS]


def in_a_week(days: Counter[date], last: date) -> int:
    return sum(n for day, n in days.items() if last - timedelta(days=7) < day <= last)
