"""The first week of Acme's people through the whole app: who got what, when and why."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

from acme import people
from replay import DESK, Replay


def test_charlotte_is_welcomed_in_slack_at_once_and_is_through_by_thursday(week: Replay):
    assert week.diary("Charlotte Ng") == [
        "Mon 02 welcome by slack",  # eight in the morning in Sydney; in Greenwich it is still Sunday
        "Tue 03 on_the_road by slack",
        "Tue 03 try_notifications by slack",
        "Thu 05 completion by slack",
    ]
    assert week.clock("Charlotte Ng", "welcome") == ["08:56"]
    assert week.clock("Charlotte Ng", "try_notifications") == ["17:01"]  # she looked at them at three; two hours later they were off


def test_dana_hears_by_mail_until_she_opens_slack(week: Replay):
    assert week.diary("Dana Whitfield") == [
        "Mon 02 welcome by email",
        "Tue 03 day1 by slack",  # her list of stops is imported, but that news is late
        "Thu 05 day3 by slack",
        "Fri 06 on_the_road by slack",
        "Sat 07 day5 by slack",
        "Mon 09 ask_ease by slack",
        "Mon 09 answer_thanks by slack",
    ]
    assert week.clock("Dana Whitfield", "day1") == week.clock("Dana Whitfield", "day3") == ["08:30"]
    assert "09:00" <= week.clock("Dana Whitfield", "day5")[0] < "11:00"
    assert week.person("Dana Whitfield").journey.answers == {"ease": 5}


def test_ana_goes_quiet_after_two_days_and_is_nudged_a_week_after_she_came(week: Replay):
    assert week.diary("Ana Quispe") == [
        "Mon 02 welcome by email",
        "Thu 05 day3 by email",
        "Sat 07 day5 by email",
        "Mon 09 gone_quiet by email",
    ]
    assert week.skipped("Ana Quispe") == {"sequence.day1": "not done.import_stops: done.import_stops is true"}


def test_jorge_who_never_starts_is_told_no_more_than_four_times_a_week(week: Replay):
    assert week.diary("Jorge Huamán") == [
        "Mon 02 welcome by email",
        "Thu 05 day3 by email",  # Ana imported their stops, so day 1 had nothing to say
        "Fri 06 gone_quiet by email",
        "Sat 07 day5 by email",
    ]


def test_theo_is_written_to_before_his_tour_and_after_it(week: Replay):
    assert week.diary("Theo Grant") == ["Wed 04 driver_welcome by email", "Thu 05 driver_done by email"]
    assert week.diary("Luis Ortega") == ["Wed 04 driver_welcome by email", "Fri 06 driver_day2 by email"]
    assert week.clock("Luis Ortega", "driver_day2") == ["06:30"]


def test_misaki_is_enrolled_when_the_size_of_her_fleet_was_waited_for_long_enough(week: Replay):
    assert week.clock("佐藤 美咲", "welcome") == ["10:45"]  # she joined at a quarter to ten


def test_june_lives_on_mars_and_is_spoken_to_in_denver(week: Replay):
    assert week.zone("June Castle") == ZoneInfo("America/Denver")
    assert week.reasons("June Castle", "zone") == [("unknown", "'Mars/Olympus' is no zone we know; the account's or the playbook's holds")]
    assert week.diary("June Castle") == ["Sun 08 welcome by email"]  # within the hour after she came, so at once


def test_franz_and_jürgen_read_german_and_nobody_else_does(week: Replay):
    town = week.town
    welcome, *_ = town.inbox("jurgen.kessel@spree-kurier.test")
    assert "Guten Tag, Jürgen. Noch drei Schritte" in welcome.text
    assert '<html lang="de"' in welcome.html
    slack = json.dumps([m.blocks for m in town.heard("U_JURGEN")], ensure_ascii=False)
    assert "das Gröbste liegt hinter dir" in slack
    assert "Ich komme nicht weiter" in slack
    assert "Guten Tag, Franz." in town.inbox("franz.gruber@alpenblick.test")[0].text  # de-AT
    german = {mail.to for row in people().values() for mail in town.inbox(row["email"]) if "Guten Tag" in mail.text}
    spoken = {row["email"] for row in people().values() if row["person.locale"] and row["person.role"] != "driver"}
    assert german == spoken


def test_planning_fails_three_times_and_maya_helps_íñigo_in_the_thread(week: Replay):
    card = next(m for m in week.town.channel(DESK) if "Íñigo Ruiz" in m.text)
    thread = [m for m in week.town.demo.workspace.history(card.channel) if m.thread_ts == card.ts and not m.for_user]
    assert "Planning failed three times in two days" in str(card.blocks)
    assert card.at.isoformat()[:16] == "2026-03-05T10:11"  # the third failure, ten past eleven in Madrid
    assert week.diary("Íñigo Ruiz")[1:5] == [f"Thu 05 {said} by slack" for said in ("claimed", "csm_reply", "resolved", "solved_thanks")]
    assert "Lengthen the shift" in week.town.heard("U_INIGO")[1].text
    assert [sorted(m.reactions) for m in thread] == [["white_check_mark"], [], []]
    assert [m.text for m in thread[1:]] == [
        "*Íñigo Ruiz* (Slack)\n> That was it, the shift was too short",
        "Íñigo Ruiz says it is solved. Closed.",
    ]
    assert week.person("Íñigo Ruiz").case is None


def test_carmen_answers_two_from_her_mail_and_a_human_comes(week: Replay):
    assert week.person("Carmen Vidal").journey.answers == {"ease": 2}
    card = next(m for m in week.town.channel(DESK) if "Carmen Vidal" in m.text)
    assert "They find planning hard" in card.text
