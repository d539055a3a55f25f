"""Signed links open for whom they were written, for that purpose, as long as they last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.links import BadLink, Links

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
LINKS = Links("https://hello.example.com/", "a secret of at least sixteen")


def token_of(address: str) -> str:
    return address.rpartition("/")[2]


def test_anas_page_opens_for_ana():
    page = LINKS.page("ana", MONDAY)
    assert page.startswith("https://hello.example.com/p/")
    assert LINKS.read(token_of(page), "page", MONDAY + timedelta(days=29)) == "ana"


def test_a_page_closes_after_thirty_days_and_not_a_second_before():
    token = token_of(LINKS.page("ana", MONDAY))
    assert LINKS.read(token, "page", MONDAY + timedelta(days=30, seconds=-1)) == "ana"
    with pytest.raises(BadLink):
        LINKS.read(token, "page", MONDAY + timedelta(days=30))


def test_unsubscribing_works_from_a_mail_ten_years_old():
    token = token_of(LINKS.unsubscribe("ana"))
    assert LINKS.read(token, "unsubscribe", MONDAY + timedelta(days=3650)) == "ana"


def test_the_link_that_stops_mail_does_not_open_the_page():
    with pytest.raises(BadLink):
        LINKS.read(token_of(LINKS.unsubscribe("ana")), "page", MONDAY)


def test_another_house_with_another_secret_cannot_write_links():
    theirs = Links("https://hello.example.com", "another secret of sixteen")
    with pytest.raises(BadLink):
        LINKS.read(token_of(theirs.page("ana", MONDAY)), "page", MONDAY)


@pytest.mark.parametrize("spoil", ["", ".", "x", "é.ü", "\udcff.\udcff", "MC5hbmE", "a.b.c", "=" * 200])
def test_nonsense_gets_the_same_answer_as_a_forgery(spoil: str):
    with pytest.raises(BadLink) as nonsense:
        LINKS.read(spoil, "page", MONDAY)
    assert str(nonsense.value) == ""


def test_no_letter_of_a_token_can_be_changed():
    token = token_of(LINKS.page("ana", MONDAY))
    for at, letter in enumerate(token):
        forged = token[:at] + ("A" if letter != "A" else "B") + token[at + 1 :]
        with pytest.raises(BadLink):
            LINKS.read(forged, "page", MONDAY)


def test_a_person_id_of_any_letters_survives():
    for who in ("a.b|c", "ünï", "x" * 200, "0.0"):
        assert LINKS.read(token_of(LINKS.page(who, MONDAY)), "page", MONDAY) == who


def test_an_action_is_asked_on_the_page_and_does_nothing_by_itself():
    address = LINKS.do("ana", "answer", MONDAY, {"survey": "ease", "value": 3})
    assert address == LINKS.page("ana", MONDAY) + "?do=answer&survey=ease&value=3"


def test_a_short_secret_is_refused():
    with pytest.raises(ValueError, match="16 characters"):
        Links("https://hello.example.com", "short")
