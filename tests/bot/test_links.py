"""Signed links open for whom they were written, for that purpose, as long as they last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.links import BadLink, Expired, Links, Purpose

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
LINKS = Links("https://hello.example.com/", "a secret of at least sixteen")

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
PEOPLE = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40) | st.sampled_from(["ana", "bo", "0.0", "ana bo", "."])
MOMENTS = st.none() | st.integers(-400, 2_000).map(lambda days: MONDAY + timedelta(days=days))


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


def test_preferences_open_for_sixty_days():
    token = token_of(LINKS.preferences("ana", MONDAY))
    assert LINKS.read(token, "preferences", MONDAY + timedelta(days=60, seconds=-1)) == "ana"
    with pytest.raises(BadLink):
        LINKS.read(token, "preferences", MONDAY + timedelta(days=60))


def test_a_right_link_that_is_too_old_tells_whose_it_was_and_a_wrong_one_never():
    token = token_of(LINKS.page("ana", MONDAY))
    with pytest.raises(Expired) as old:
        LINKS.read(token, "page", MONDAY + timedelta(days=31))
    assert (old.value.person, str(old.value)) == ("ana", "")
    for wrong, purpose in ((token[:-1], "page"), (token, "preferences"), (token, "unsubscribe")):
        with pytest.raises(BadLink) as refused:
            LINKS.read(wrong, purpose, MONDAY + timedelta(days=31))  # type: ignore[arg-type]
        assert type(refused.value) is BadLink


@given(PEOPLE, MOMENTS, st.sampled_from(PURPOSES), st.sampled_from(PURPOSES))
def test_a_token_opens_for_its_person_for_its_purpose_until_its_moment_and_never_else(
    who: str, expires: datetime | None, purpose: Purpose, other: Purpose
):
    token = LINKS.sign(purpose, who, expires)
    if purpose != other:
        with pytest.raises(BadLink) as refused:
            LINKS.read(token, other, MONDAY)
        assert type(refused.value) is BadLink
    elif expires is None or expires > MONDAY:
        assert LINKS.read(token, purpose, MONDAY) == who
    else:
        with pytest.raises(Expired) as old:
            LINKS.read(token, purpose, MONDAY)
        assert old.value.person == who


@given(PEOPLE, MOMENTS, st.sampled_from(PURPOSES), st.data())
def test_no_bit_of_a_token_can_be_flipped(who: str, expires: datetime | None, purpose: Purpose, data: st.DataObject):
    token = bytearray(LINKS.sign(purpose, who, expires).encode())
    token[data.draw(st.integers(0, len(token) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BadLink) as refused:
        LINKS.read(token.decode("latin-1"), purpose, MONDAY)
    assert type(refused.value) is BadLink


@given(PEOPLE, PEOPLE, st.sampled_from(PURPOSES))
def test_the_signature_of_one_person_signs_nobody_else(ana: str, bo: str, purpose: Purpose):
    claim, (_, _, signature) = LINKS.sign(purpose, ana, None).partition(".")[0], LINKS.sign(purpose, bo, None).partition(".")
    if ana != bo:
        with pytest.raises(BadLink):
            LINKS.read(f"{claim}.{signature}", purpose, MONDAY)


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
