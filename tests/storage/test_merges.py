"""Merges as they are kept: names follow, old names lead on, and a human can undo them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from knowing import Street
from stories import MONDAY, day

from bot.knowing import merge
from flows.events import CaseClaimed, CaseClosed, OptedOut, ProductEvent, SaysStuck, Snoozed, StepDone, Traits
from flows.people import Person
from storage.account_news import tell_account
from storage.reports import Reports
from storage.splitting import undo
from storage.suppressions import Suppressions

HOUR = timedelta(hours=1)


@pytest.fixture
def street() -> Iterator[Street]:
    street = Street()
    yield street
    street.close()


def as_told(person: Person) -> Person:
    """The person without what only tells when they were saved and when they are asked again."""
    return replace(person, version=0, wake_at=None)


def test_names_follow_and_remember_whose_they_were(street: Street) -> None:
    ana, phone = street.joins(external="42", email="ana@acme.test"), street.does("page.viewed", anonymous="phone", device="iphone")
    street.who(external="42", anonymous="phone")
    assert {(one.kind, one.moved_from) for one in street.names(ana)} == {
        ("external", ""), ("email", ""), ("anonymous", phone), ("device", phone),
    }  # fmt: skip
    assert street.names(phone) == []


def test_an_event_a_link_and_a_click_for_who_ana_was_reach_ana(street: Street) -> None:
    ana, phone = street.joins(external="42"), street.joins(anonymous="phone", email="ana@home.test")
    street.who(external="42", anonymous="phone")
    street.hears(StepDone, phone, step="word")
    assert street.person(phone) == street.person(ana)
    journey = street.person(ana).journey
    assert journey
    assert journey.steps["word"].at == MONDAY
    assert [one["kind"] for one in Reports(street.store.database).why(ana)][-1] == "StepDone"
    assert street.holds(ana)


def test_a_case_of_who_ana_was_is_anas_and_can_be_claimed(street: Street) -> None:
    ana, phone = street.joins(external="42"), street.joins(anonymous="phone", email="ana@home.test")
    street.hears(SaysStuck, phone, text="help")
    case = street.subject(phone).case
    assert case
    street.who(external="42", anonymous="phone")
    found = street.door.view_case(case.id)
    assert found
    assert found.person.id == ana
    street.hears(CaseClaimed, phone, case=case.id, by="U9", name="Maya")
    assert street.subject(ana).case
    assert street.holds(ana)
    kept, gone = street.split(ana)
    assert kept.case is None
    assert gone.case
    assert gone.case.claimed_name == "Maya"
    assert street.subject(phone).case


def test_what_they_stopped_under_one_name_is_stopped_at_every_address(street: Street) -> None:
    street.joins(external="42", email="ana@acme.test")
    phone = street.joins(anonymous="phone", email="ana@home.test", at=MONDAY - HOUR)
    street.hears(OptedOut, phone, channel="all", mouth="email")
    street.who(external="42", anonymous="phone")
    shut = Suppressions(street.store.database).all("email")
    assert {one.address for one in shut} == {"ana@acme.test", "ana@home.test"}


def test_a_new_signal_counts_what_was_done_under_both_names(street: Street) -> None:
    ana = street.joins(external="42")
    street.does("page.viewed", anonymous="phone")
    street.does("page.viewed", external="42")
    street.who(external="42", anonymous="phone")
    with street.store.database.write() as connection:
        connection.exec_driver_sql("UPDATE people SET kept = '[]'")
        connection.exec_driver_sql("DELETE FROM activity")
    assert street.subject(ana).activity["page.viewed"].n == 2


def test_a_split_gives_back_who_they_were(street: Street) -> None:
    ana = street.joins(external="42", email="ana@acme.test")
    street.does("source.connected", external="42")
    phone = street.joins(anonymous="phone", email="ana@home.test", at=MONDAY - HOUR)
    street.does("page.viewed", anonymous="phone")
    before = {who: (as_told(street.person(who)), street.called(who), street.subject(who).activity) for who in (ana, phone)}
    street.who(external="42", anonymous="phone")
    assert street.called(phone) == set()
    street.split(ana)
    for who, (person, called, activity) in before.items():
        assert as_told(street.person(who)) == person
        assert street.called(who) == called
        assert street.subject(who).activity == activity
        assert street.person(who).wake_at == street.now
    assert [one.undone_by for one in street.merges(ana)] == ["maya"]


def test_after_a_split_they_live_on_and_their_events_come_to_what_is_saved(street: Street) -> None:
    ana, phone = street.joins(external="42"), street.joins(anonymous="phone")
    street.who(external="42", anonymous="phone")
    street.split(ana)
    street.at(MONDAY + HOUR)
    for who in (ana, phone):
        street.hears(ProductEvent, who, name="page.viewed")
        assert street.holds(who)
        assert street.subject(who).activity["page.viewed"].n == 1
    assert street.who(anonymous="phone") == phone


def test_what_came_after_the_merge_stays_with_ana(street: Street) -> None:
    ana, phone = street.joins(external="42"), street.does("page.viewed", anonymous="phone")
    street.who(external="42", anonymous="phone")
    street.does("page.viewed", anonymous="phone")
    street.split(ana)
    assert [street.subject(who).activity["page.viewed"].n for who in (ana, phone)] == [1, 1]


def test_what_was_stopped_while_they_were_one_is_stopped_for_both(street: Street) -> None:
    ana, ben = street.joins(external="42", email="ana@acme.test"), street.joins(anonymous="b", email="ben@acme.test")
    street.at(MONDAY + HOUR)
    merge(street.door, ana, ben, "by mistake")
    street.hears(OptedOut, ben, channel="all", mouth="email")
    street.hears(Traits, ben, person={"consent": False}, at=street.now)
    street.hears(Snoozed, ben, until=day(5))
    street.split(ana)
    for who in (ana, ben):
        person = street.person(who)
        assert (person.opted_out, person.consent, person.snoozed_until) == (("all",), False, day(5))
    assert {one.address for one in Suppressions(street.store.database).all("email")} == {"ana@acme.test", "ben@acme.test"}
    street.wakes(ana, ben)
    assert street.holds(ana)
    assert street.holds(ben)


def test_a_case_after_a_split_has_a_number_of_its_own(street: Street) -> None:
    ana, ben = street.joins(external="42", email="ana@acme.test"), street.joins(anonymous="b", email="ben@acme.test")
    case_of(street, ben)
    street.at(street.now + HOUR)
    merge(street.door, ana, ben, "by mistake")
    second = case_of(street, ana)
    street.split(ana)
    third = case_of(street, ana)
    assert third != second
    assert street.holds(ana)


def test_a_merge_that_was_refused_stays_refused_after_a_split(street: Street) -> None:
    visitor, phone, ana = street.does("page.viewed", device="tablet"), street.joins(anonymous="phone"), street.joins(external="42")
    boss = street.joins(external="1", email="boss@acme.test")
    merge(street.door, phone, visitor, "the same browser")
    merge(street.door, ana, phone, "by mistake")
    assert not merge(street.door, ana, boss, "by mistake, too")
    street.split(ana)
    street.split(phone)
    assert street.person(ana).merged == ()
    assert street.person(ana).email == ""
    street.wakes(ana, phone, visitor, boss)
    assert all(street.holds(who) for who in (ana, phone, visitor, boss))


def case_of(street: Street, who: str) -> str:
    """They ask for help and get it, until the case is no more."""
    street.at(street.now + HOUR)
    street.hears(SaysStuck, who, text="help")
    case = street.subject(who).case
    assert case
    street.hears(CaseClosed, who, case=case.id, by="U1", name="Maya", reason="Other")
    street.at(street.now + timedelta(days=6))
    street.wakes(who)
    assert street.subject(who).case is None
    return case.id


def test_what_was_told_of_acme_before_anybody_was_there_is_known_when_ana_comes(street: Street) -> None:
    acme = street.knowing.account(domain="acme.test")
    assert acme
    tell_account(street.store.database, acme, {"plan": "team", "zone": "Europe/Berlin"}, MONDAY - HOUR)
    ana = street.joins(external="42", account=acme)
    account = street.subject(ana).account
    assert account
    assert account.traits["plan"] == "team"
    assert street.holds(ana)


def test_a_merge_is_undone_once(street: Street) -> None:
    ana = street.joins(external="42")
    street.does("page.viewed", anonymous="phone")
    street.who(external="42", anonymous="phone")
    street.split(ana)
    with pytest.raises(ValueError, match="undone already"):
        undo(street.store, street.playbooks, street.merges(ana)[0], street.now, "tom")


def test_two_who_were_split_can_be_merged_again(street: Street) -> None:
    ana, phone = street.joins(external="42"), street.does("page.viewed", anonymous="phone")
    street.who(external="42", anonymous="phone")
    street.split(ana)
    assert merge(street.door, ana, phone, "a colleague said so")
    assert street.subject(ana).activity["page.viewed"].n == 1
    assert street.holds(ana)


def test_a_chain_leads_to_the_last_and_comes_apart_link_by_link(street: Street) -> None:
    tablet = street.does("page.viewed", device="tablet")
    phone = street.joins(anonymous="phone")
    ana = street.joins(external="42")
    street.who(anonymous="phone", device="tablet")
    street.who(external="42", anonymous="phone")
    assert street.person(tablet).id == street.person(phone).id == ana
    assert street.person(ana).merged == (phone, tablet)
    assert street.holds(ana)
    street.split(ana)
    assert street.person(tablet).id == phone
    assert street.called(phone) == {("anonymous", "phone"), ("device", "tablet")}
    street.split(phone)
    assert street.person(tablet).id == tablet
    assert street.called(tablet) == {("device", "tablet")}
    street.wakes(ana, phone, tablet)
    assert all(street.holds(who) for who in (ana, phone, tablet))


def test_the_first_link_of_a_chain_can_be_taken_out_alone(street: Street) -> None:
    tablet, phone, ana = street.does("page.viewed", device="tablet"), street.joins(anonymous="phone"), street.joins(external="42")
    street.who(anonymous="phone", device="tablet")
    street.who(external="42", anonymous="phone")
    first = next(one for one in street.merges(phone) if one.gone == tablet)
    undo(street.store, street.playbooks, first, street.now, "maya")
    assert street.person(tablet).id == tablet
    assert street.person(phone).id == ana
    assert street.person(ana).merged == (phone,)
    assert street.called(ana) == {("external", "42"), ("anonymous", "phone")}
    street.wakes(ana, tablet)
    assert street.holds(ana)
    assert street.holds(tablet)


def test_nobody_is_found_twice(street: Street) -> None:
    ana, phone = street.joins(external="42"), street.joins(anonymous="phone", email="ana@home.test")
    street.who(external="42", anonymous="phone")
    reports = Reports(street.store.database)
    assert [one["id"] for one in street.all()] == [ana]
    for text in (phone, "ana@home.test", "42"):
        found = reports.find_person(text)
        assert found
        assert found.id == ana


def test_messages_of_the_way_that_ended_do_not_go_out(street: Street) -> None:
    street.joins(external="42", email="ana@acme.test")
    phone = street.joins(anonymous="phone", email="ana@home.test", at=MONDAY - HOUR)
    street.at(day(1))
    ana = street.who(external="42")
    for who in (ana, phone):
        street.hears(ProductEvent, who, name="page.viewed")
    waits = {key: street.state_of(key) for who in (ana, phone) for key in (p.key for p in street.person(who).pending if not p.answer)}
    street.who(external="42", anonymous="phone")
    journey = street.person(ana).journey
    assert journey
    for key in waits:
        assert street.state_of(key) == ("pending" if key.startswith(journey.id) else "withdrawn")


DOINGS = st.lists(
    st.tuples(st.booleans(), st.sampled_from(["page.viewed", "source.connected", "report.created"]), st.integers(0, 60)), max_size=6
)


@given(DOINGS, DOINGS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_they_did_a_split_gives_back_who_they_were(
    before: list[tuple[bool, str, int]], after: list[tuple[bool, str, int]]
) -> None:
    street = Street()
    try:
        ana, phone = street.joins(external="42", email="ana@acme.test"), street.joins(anonymous="phone", email="ana@home.test")
        for hers, name, minutes in before:
            street.hears(ProductEvent, ana if hers else phone, name=name, at=MONDAY - timedelta(minutes=minutes))
        gone, names = as_told(street.person(phone)), street.called(phone)
        street.at(MONDAY + HOUR)
        street.who(external="42", anonymous="phone")
        for hers, name, minutes in after:
            street.hears(ProductEvent, ana if hers else phone, name=name, at=street.now - timedelta(minutes=minutes))
        assert street.holds(ana)
        assert sum(tally.n for tally in street.subject(ana).activity.values()) == len(before) + len(after)
        street.split(ana)
        assert (as_told(street.person(phone)), street.called(phone)) == (gone, names)
        assert sum(tally.n for tally in street.subject(ana).activity.values()) == sum(hers for hers, *_ in before) + len(after)
        street.wakes(ana, phone)
        assert street.holds(ana)
        assert street.holds(phone)
    finally:
        street.close()
