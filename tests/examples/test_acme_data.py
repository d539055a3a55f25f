"""The example project of Acme Dispatch: its two data files, and what its playbooks make of the people in them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from acme import ACME, books, lines, moment, month_of, people, reads

from flows.events import Left

FIRST_WEEK = {date(2026, 3, day) for day in range(2, 9)}


def test_the_month_is_written_again_byte_for_byte(tmp_path: Path):
    subprocess.run([sys.executable, "-B", str(ACME / "make_data.py"), str(tmp_path)], check=True)
    for file in ("people.csv", "events.jsonl"):
        assert (tmp_path / file).read_bytes() == (ACME / file).read_bytes()


def test_sixty_people_of_fifteen_companies_joined_in_the_first_week_of_march():
    rows = people().values()
    assert len(rows) == 60
    assert len({row["account"] for row in rows}) == 15
    assert all(row["email"].endswith(f"@{row['account']}.test") for row in rows if row["email"])
    assert len({row["account.timezone"] for row in rows}) >= 12
    first = {datetime.fromisoformat(row["joined_at"]).astimezone(ZoneInfo(row["account.timezone"])).date() for row in rows}
    assert first == FIRST_WEEK


def test_among_them_are_those_whose_data_breaks_things():
    rows = people()
    assert rows["<!channel> & <b>Bob</b>"]["email"] == "bob@harbour-care.test"
    assert rows["June Castle"]["timezone"] == "Mars/Olympus"
    assert max(map(len, rows)) == 60
    assert any(re.search("[\u0600-\u06ff]", name) for name in rows)
    assert [name for name, row in rows.items() if not row["email"]] == ["Ella Fraser", "鈴木 大輔"]
    assert Counter(row["consent"] for row in rows.values()) == {"yes": 54, "no": 4, "": 2}
    assert {row["person.locale"] for row in rows.values()} == {"", "de", "de-AT"}
    assert {name for name, row in rows.items() if not row["account.vehicles"]} == {"佐藤 美咲", "田中 健", "鈴木 大輔"}


def test_the_month_arrives_as_months_do_with_repeats_and_news_from_days_ago():
    found = lines()
    assert 1_500 <= len(found) <= 2_500
    assert all(line.keys() == {"event", "timestamp", "userId", "properties", "messageId"} for line in found)
    repeats = len(found) - len({line["messageId"] for line in found})
    newest, late, disordered = moment(found[0]), 0, 0
    for line in found:
        late += newest - moment(line) > timedelta(days=1)
        disordered += newest > moment(line)
        newest = max(newest, moment(line))
    assert 0.01 < repeats / len(found) < 0.03
    assert 0.02 < late / len(found) < 0.04
    assert disordered > late + repeats
    assert {line["userId"] for line in found} < {row["external_id"] for row in people().values()}


def test_planners_and_drivers_get_a_playbook_of_their_own_and_the_largest_depot_gets_a_person():
    entered = {name: (month_of(name).end().person.journey, row) for name, row in people().items()}
    by_role = Counter((row["person.role"], journey.playbook if journey else "") for journey, row in entered.values())
    assert by_role == {
        ("ops_lead", "dispatch"): 14,
        ("dispatcher", "dispatch"): 19,
        ("developer", "dispatch"): 5,
        ("driver", "drivers"): 19,
        ("ops_lead", ""): 1,
        ("dispatcher", ""): 1,
        ("developer", ""): 1,
    }
    assert {row["account"] for journey, row in entered.values() if journey is None} == {"northbound"}


def test_ana_goes_quiet_after_two_days_is_nudged_and_comes_back():
    ana = month_of("Ana Quispe")
    assert ana.diary() == [
        "Mon 02 welcome",
        "Thu 05 day3 (example)",
        "Sat 07 day5",  # her third quiet day as well, but one message a day is enough, and Sunday is closed
        "Mon 09 gone_quiet",
        "Tue 10 ask_ease",  # she is back, and plans her first route
        "Tue 10 on_the_road",
        "Thu 12 day10",
        "Fri 13 completion",  # the third route
    ]
    assert ana.clock("welcome") == ["10:00"]
    assert ana.clock("day3") == ["08:30"]
    assert ana.skipped() == {"sequence.day1": "not done.import_stops: done.import_stops is true"}
    assert ana.why_it_ended() == "completed"


def test_jorge_never_starts_and_a_person_is_asked_to_look_after_him():
    jorge = month_of("Jorge Huamán")
    said = jorge.diary()
    assert said[:7] == [
        "Mon 02 welcome",
        "Tue 03 day1",
        "Thu 05 day3 (example)",  # the same as Ana: an experiment is by account
        "Fri 06 gone_quiet",
        "Sat 07 day5",
        "Tue 10 gone_quiet",  # four days after the first
        "Wed 11 case_card",
    ]
    # Nobody claims him: his owner is reminded, the bot speaks again, and the channel hears of it.
    assert [entry.split()[2] for entry in said[7:]] == ["case_note", "day10", "case_note", "case_late", "ask_better"]
    assert said[-1] == "Mon 23 ask_better"
    assert jorge.why_it_ended() == "28 days are over"


def test_aroha_does_everything_in_one_morning_and_hears_no_more_than_that():
    aroha = month_of("Aroha Ngata")
    assert aroha.diary() == ["Tue 03 welcome", "Tue 03 on_the_road", "Tue 03 completion"]
    assert aroha.clock("welcome") == ["09:00"]  # in Auckland, where it is still Monday in Greenwich
    assert aroha.why_it_ended() == "completed"


def test_theo_drives_his_first_tour_the_day_after_and_is_left_alone():
    theo = month_of("Theo Grant")
    assert theo.diary() == ["Wed 04 driver_welcome", "Thu 05 driver_done"]


def test_iñigo_fails_to_plan_three_times_and_his_case_closes_when_a_plan_comes_out():
    said = month_of("Íñigo Ruiz").diary()
    assert said[:2] == ["Tue 03 welcome", "Thu 05 case_card"]
    assert "Mon 09 case_note" in said
    assert month_of("Íñigo Ruiz").end().person.case is None


def test_mia_leaves_and_nothing_follows_her():
    mia = month_of("Mia Thompson")
    assert mia.why_it_ended() == "they left"
    left = next(turn.at for turn in mia.turns if isinstance(turn.event, Left))
    assert all(at <= left for at, _ in mia.says())


@pytest.mark.parametrize("name", ["Wiremu Kingi", "Earl Simms", "Tiago Lima", "Lucía Prieto", "Ella Fraser", "鈴木 大輔"])
def test_who_did_not_agree_or_has_no_address_hears_nothing(name: str):
    assert month_of(name).diary() == []


def test_the_size_of_a_fleet_nobody_tells_is_waited_for_one_hour():
    misaki = month_of("佐藤 美咲")
    assert people()["佐藤 美咲"]["joined_at"] == "2026-03-02T00:45:00Z"
    assert misaki.clock("welcome") == ["10:45"]


def test_who_lives_on_mars_is_spoken_to_when_it_is_day_at_the_office():
    june = month_of("June Castle")
    assert june.zone == ZoneInfo("America/Denver")
    assert june.clock("day1") == ["08:30"]


def test_nobody_hears_more_than_one_message_a_day_that_they_did_not_ask_for():
    answers = {"welcome", "driver_welcome", "on_the_road", "completion", "driver_done"}
    for name in people():
        theirs = [(at, say) for at, say in month_of(name).says() if say.to.kind == "person" and say.message not in answers]
        days = Counter(at.date() for at, _ in theirs)
        assert max(days.values(), default=0) <= 1, name
        assert all(8 <= at.hour < 18 and at.weekday() < 6 for at, say in theirs if say.message != "driver_day2"), name


def test_a_name_with_markup_in_it_pings_nobody_and_is_bold_nowhere():
    bob, wednesday = "<!channel> & <b>Bob</b>", datetime(2026, 3, 4, 3, tzinfo=UTC)
    playbook = books().playbooks["dispatch"]
    rules = (*playbook.sequence, *playbook.triggers, *playbook.nudges, *playbook.surveys)
    for message in (*(rule.message for rule in rules), "hello", "next_step", "stuck", "how"):
        read = reads(bob, message, on=wednesday)
        assert "<!" not in read.blocks, message
        assert "<b>Bob" not in read.blocks + read.mail.html, message
    assert "Hi &lt;!channel&gt;." in reads(bob, "welcome", on=wednesday).blocks


def test_jürgen_reads_german_where_it_is_written_and_english_elsewhere():
    tuesday = datetime(2026, 3, 3, 12, tzinfo=UTC)
    welcome, day3 = (reads("Jürgen Kessel", message, on=tuesday) for message in ("welcome", "day3"))
    assert "Guten Tag, Jürgen. Noch drei Schritte, zusammen etwa 10 Minuten" in welcome.mail.text
    assert "ist erledigt, das Gröbste liegt hinter dir" in day3.mail.text
    assert '"Ich komme nicht weiter"' in day3.blocks
    assert month_of("Jürgen Kessel").diary()[1] == "Thu 05 day3"  # in no arm: the experiment speaks English
    assert reads("Franz Gruber", "welcome", on=tuesday + timedelta(days=1)).mail.locale == "de"  # de-AT falls back to de
    assert reads("Jürgen Kessel", "day10", on=tuesday).mail.locale == ""


def test_a_depot_reads_of_bays_where_a_small_fleet_reads_of_one_van():
    thursday = datetime(2026, 3, 5, 12, tzinfo=UTC)
    assert "the vans of one bay" in reads("Carmen Vidal", "day5", on=thursday).mail.text
    assert "one van leaves with a plan" in reads("Dana Whitfield", "day5", on=thursday).mail.text


def test_both_arms_of_the_experiment_have_people():
    said = {say.variant for name in people() for _, say in month_of(name).says() if say.message == "day3"}
    assert said == {"example", "hints", ""}
