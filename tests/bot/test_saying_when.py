"""When people say when: where they are, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.conversation import load_phrases, understand
from bot.heard import Heard, NotATime, Snooze, Words
from bot.saying_when import chosen

PHRASES, _ = load_phrases([Path(__file__).parents[2] / "templates"])
BERLIN = ZoneInfo("Europe/Berlin")
LIMA = ZoneInfo("America/Lima")
NEW_YORK = ZoneInfo("America/New_York")
MONDAY_AT_TEN = datetime(2026, 3, 2, 10, tzinfo=BERLIN).astimezone(UTC)


def hear(text: str, *, now: datetime = MONDAY_AT_TEN, zone: ZoneInfo = BERLIN, locale: str = "en") -> Heard:
    return understand(text, phrases=PHRASES, now=now, zone=zone, locale=locale)


def local(text: str, *, now: datetime = MONDAY_AT_TEN, zone: ZoneInfo = BERLIN, locale: str = "en") -> str:
    """The moment heard, as the person's own clock shows it."""
    heard = hear(text, now=now, zone=zone, locale=locale)
    assert isinstance(heard, Snooze), heard
    return heard.until.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("tomorrow", "Tue 2026-03-03 09:00"),
        ("remind me tomorrow at 9", "Tue 2026-03-03 09:00"),
        ("tomorrow at 9:45", "Tue 2026-03-03 09:45"),
        ("tomorrow 3pm", "Tue 2026-03-03 15:00"),
        ("tomorrow at 3 p.m.", "Tue 2026-03-03 15:00"),
        ("tomorrow at 12am", "Tue 2026-03-03 00:00"),
        ("tomorrow at 12 pm", "Tue 2026-03-03 12:00"),
        ("tomorrow morning", "Tue 2026-03-03 09:00"),
        ("tomorrow afternoon at 3", "Tue 2026-03-03 15:00"),
        ("9:30 tomorrow", "Tue 2026-03-03 09:30"),
        ("the day after tomorrow", "Wed 2026-03-04 09:00"),
        ("today at 14:00", "Mon 2026-03-02 14:00"),
        ("this afternoon", "Mon 2026-03-02 14:00"),
        ("tonight", "Mon 2026-03-02 20:00"),
        ("tonight at 9", "Mon 2026-03-02 21:00"),
        ("in 2 hours", "Mon 2026-03-02 12:00"),
        ("in half an hour", "Mon 2026-03-02 10:30"),
        ("in a quarter of an hour", "Mon 2026-03-02 10:15"),
        ("snooze for 90 minutes", "Mon 2026-03-02 11:30"),
        ("in 3 days", "Thu 2026-03-05 09:00"),
        ("in three days at 14:00", "Thu 2026-03-05 14:00"),
        ("in a week", "Mon 2026-03-09 09:00"),
        ("in a fortnight", "Mon 2026-03-16 09:00"),
        ("next week", "Mon 2026-03-09 09:00"),
        ("tuesday next week", "Tue 2026-03-10 09:00"),
        ("friday", "Fri 2026-03-06 09:00"),
        ("on friday", "Fri 2026-03-06 09:00"),
        ("this friday", "Fri 2026-03-06 09:00"),
        ("next friday", "Fri 2026-03-13 09:00"),
        ("friday 10am", "Fri 2026-03-06 10:00"),
        ("next monday at 14:30", "Mon 2026-03-09 14:30"),
        ("monday", "Mon 2026-03-09 09:00"),
        ("at 15:00", "Mon 2026-03-02 15:00"),
        ("at 08:00", "Tue 2026-03-03 08:00"),
        ("at 9", "Tue 2026-03-03 09:00"),
        ("at 03:00", "Tue 2026-03-03 03:00"),
        ("11 o'clock", "Mon 2026-03-02 11:00"),
        ("at noon", "Mon 2026-03-02 12:00"),
        ("in the morning", "Tue 2026-03-03 09:00"),
        ("on 3 March", "Tue 2026-03-03 09:00"),
        ("on the 3rd of March", "Tue 2026-03-03 09:00"),
        ("March 5th at 10", "Thu 2026-03-05 10:00"),
        ("on 5 January 2027", "Tue 2027-01-05 09:00"),
        ("on the 15th", "Sun 2026-03-15 09:00"),
        ("on the 1st", "Wed 2026-04-01 09:00"),
        ("2026-03-05 10:00", "Thu 2026-03-05 10:00"),
        ("2026-03-05", "Thu 2026-03-05 09:00"),
    ],
)
def test_english_moments(text: str, moment: str) -> None:
    assert local(text) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("erinnere mich morgen", "Di 03.03. 09:00"),
        ("übermorgen um 14:30 Uhr", "Mi 04.03. 14:30"),
        ("uebermorgen", "Mi 04.03. 09:00"),
        ("morgen um 9", "Di 03.03. 09:00"),
        ("morgen früh", "Di 03.03. 09:00"),
        ("morgen früh um 8", "Di 03.03. 08:00"),
        ("morgen Nachmittag um 3", "Di 03.03. 15:00"),
        ("heute Abend", "Mo 02.03. 18:00"),
        ("heute um 15 Uhr", "Mo 02.03. 15:00"),
        ("um 16 Uhr 30", "Mo 02.03. 16:30"),
        ("in zwei Stunden", "Mo 02.03. 12:00"),
        ("in einer halben Stunde", "Mo 02.03. 10:30"),
        ("in einer Woche", "Mo 09.03. 09:00"),
        ("nächste Woche", "Mo 09.03. 09:00"),
        ("nächste Woche Dienstag", "Di 10.03. 09:00"),
        ("am Freitag", "Fr 06.03. 09:00"),
        ("am kommenden Freitag um 14.30 Uhr", "Fr 06.03. 14:30"),
        ("am nächsten Montag", "Mo 09.03. 09:00"),
        ("am 5. März", "Do 05.03. 09:00"),
        ("5.3. um 10", "Do 05.03. 10:00"),
        ("am 5.3.2026", "Do 05.03. 09:00"),
        ("am 15.", "So 15.03. 09:00"),
        ("bis Donnerstag", "Do 05.03. 09:00"),
    ],
)
def test_german_moments(text: str, moment: str) -> None:
    for english, german in zip(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"), strict=True):
        moment = moment.replace(f"{german} ", f"{english} ")
    heard = hear(text, locale="de-DE")
    assert isinstance(heard, Snooze)
    assert heard.until.astimezone(BERLIN).strftime("%a %d.%m. %H:%M") == moment


@pytest.mark.parametrize(
    "text",
    [
        "remind me soonish",
        "remind me on the 31st of Feb",
        "remind me at 9 or 10",
        "remind me 3/4",
        "31 February",
        "30.2.",
        "at 25:00",
        "tomorrow at 13pm",
        "at 3",
        "tomorrow at 5:30",
        "um 3",
        "today at 8",
        "today",
        "on 1 March",
        "5 January",
        "2026-03-01",
        "2028-03-05",
        "in 0 minutes",
        "in 900 days",
        "in 99999999 weeks",
        "in 2 hours tomorrow",
        "9999-12-31",
    ],
)
def test_what_is_no_time_is_refused_never_guessed(text: str) -> None:
    assert hear(text) == NotATime(text)


@pytest.mark.parametrize(
    "text",
    ["9", "9:", "may", "2 days", "week", "tomorrow is better, and how do I start?", "the report of monday is empty", "h", "next month"],
)
def test_what_only_looks_like_a_time_stays_words(text: str) -> None:
    assert hear(text) == Words(text)


def test_tomorrow_at_nine_is_nine_where_ana_lives() -> None:
    heard = hear("tomorrow at 9", zone=LIMA)
    assert heard == Snooze(datetime(2026, 3, 3, 14, tzinfo=UTC))


def test_late_in_the_evening_tomorrow_is_her_tomorrow_not_ours() -> None:
    late_in_lima = datetime(2026, 3, 4, 3, tzinfo=UTC)
    assert local("tomorrow", now=late_in_lima, zone=LIMA) == "Wed 2026-03-04 09:00"


def test_an_hour_that_the_clock_skips_is_the_first_instant_after_it() -> None:
    saturday = datetime(2026, 3, 7, 15, tzinfo=UTC)
    assert hear("tomorrow at 02:30", now=saturday, zone=NEW_YORK) == Snooze(datetime(2026, 3, 8, 7, tzinfo=UTC))


def test_of_an_hour_that_comes_twice_the_first_is_meant() -> None:
    saturday = datetime(2026, 10, 31, 15, tzinfo=UTC)
    assert hear("tomorrow at 01:30", now=saturday, zone=NEW_YORK) == Snooze(datetime(2026, 11, 1, 5, 30, tzinfo=UTC))


def test_in_two_hours_is_two_hours_even_over_a_change_of_clocks() -> None:
    before_the_gap = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)
    assert hear("in 2 hours", now=before_the_gap, zone=NEW_YORK) == Snooze(datetime(2026, 3, 8, 8, 30, tzinfo=UTC))


def test_on_sunday_next_monday_is_tomorrow() -> None:
    assert local("next monday", now=datetime(2026, 3, 8, 12, tzinfo=UTC)) == "Mon 2026-03-09 09:00"


def test_the_31st_is_in_the_next_month_that_has_one() -> None:
    assert local("on the 31st", now=datetime(2026, 4, 2, 12, tzinfo=UTC)) == "Sun 2026-05-31 09:00"


def test_the_language_of_the_person_is_tried_first() -> None:
    assert local("am 10.", locale="de") == "Tue 2026-03-10 09:00"
    assert local("10 am", locale="en", now=MONDAY_AT_TEN) == "Tue 2026-03-03 10:00"


@pytest.mark.parametrize(
    ("choice", "moment"),
    [("3_hours", "Mon 2026-03-02 13:00"), ("tomorrow", "Tue 2026-03-03 09:00"), ("next_week", "Mon 2026-03-09 09:00")],
)
def test_the_choices_of_time(choice: str, moment: str) -> None:
    until = chosen(choice, MONDAY_AT_TEN, BERLIN)
    assert until is not None
    assert until.astimezone(BERLIN).strftime("%a %Y-%m-%d %H:%M") == moment


def test_there_are_no_other_choices() -> None:
    assert chosen("whenever", MONDAY_AT_TEN, BERLIN) is None
