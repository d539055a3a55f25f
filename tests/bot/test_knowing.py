"""One person, many ids: who is meant, who is merged, and who never is."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from knowing import Street
from stories import MONDAY

import bot.handle
from bot.knowing import Ids
from flows.decision import Decision
from flows.events import AnyEvent, Merged, ProductEvent, Tick
from flows.library import Playbooks
from flows.people import Subject, Tally
from storage.reports import Reports

HOUR = timedelta(hours=1)


@pytest.fixture
def street() -> Iterator[Street]:
    street = Street()
    yield street
    street.close()


def test_ana_looks_around_signs_up_and_is_one_person(street: Street) -> None:
    visitor = street.does("page.viewed", anonymous="a-1")
    ana = street.joins(external="42", anonymous="a-1", email="ana@acme.test")
    assert ana == visitor
    assert street.called(ana) == {("external", "42"), ("anonymous", "a-1"), ("email", "ana@acme.test")}
    assert street.person(ana).external_id == "42"
    assert street.subject(ana).activity["page.viewed"].n == 1


def test_who_ana_was_on_her_phone_becomes_part_of_her_when_she_signs_in_there(street: Street) -> None:
    ana = street.joins(external="42", email="ana@acme.test")
    street.does("page.viewed", external="42")
    phone = street.does("page.viewed", anonymous="phone", at=MONDAY - HOUR)
    assert phone != ana
    assert street.who(external="42", anonymous="phone") == ana
    assert street.who(anonymous="phone") == ana
    assert street.person(phone).id == ana
    assert street.subject(ana).activity["page.viewed"].n == 2
    assert street.holds(ana)
    assert street.holds(ana)


def test_the_same_said_again_merges_nothing_more(street: Street) -> None:
    ana, phone = street.joins(external="42"), street.does("page.viewed", anonymous="phone")
    for _ in range(3):
        street.who(external="42", anonymous="phone")
    assert [(one.kept, one.gone, one.refused) for one in street.merges(ana)] == [(ana, phone, "")]


def test_bens_and_anas_shared_computer_stays_with_whom_it_first_came_with(street: Street) -> None:
    ana = street.joins(external="42", anonymous="desk")
    ben = street.joins(external="43", anonymous="desk")
    assert ana != ben
    assert street.who(anonymous="desk") == ana
    assert street.merges(ana) == []


def test_an_address_of_somebody_with_another_external_id_stays_there_and_that_is_noted_once(street: Street) -> None:
    ana = street.joins(external="42", email="team@acme.test")
    for _ in range(3):
        ben = street.who(external="43", email="team@acme.test")
    assert ben != ana
    assert street.who(email="team@acme.test") == ana
    assert [(one.kept, one.gone, one.refused) for one in street.merges(ana)] == [(ben, ana, "they have different external ids")]
    assert street.person(ben).reasons["identity"][0] == "refused"
    assert street.holds(ben)


def test_an_address_joins_somebody_without_an_external_id(street: Street) -> None:
    imported = street.joins(email="ana@acme.test")
    assert street.joins(external="42", email="Ana@ACME.test") == imported


def test_two_slack_users_of_two_workspaces_and_a_device_are_anas(street: Street) -> None:
    ana = street.joins(external="42", slack="T1/U1")
    assert street.who(external="42", slack="T2/U9", device="iphone") == ana
    assert street.who(slack="T2/U9") == ana
    assert street.who(device="iphone") == ana


def test_who_came_first_is_kept_when_nobody_has_an_external_id(street: Street) -> None:
    first = street.joins(email="ana@acme.test", at=MONDAY - HOUR)
    second = street.joins(anonymous="a-1")
    assert street.who(email="ana@acme.test", anonymous="a-1") == first
    assert street.person(second).id == first


def test_an_alias_of_an_anonymous_id_merges_the_history_once(street: Street) -> None:
    visitor, ana = street.does("page.viewed", anonymous="a-1"), street.joins(external="42")
    assert street.knowing.alias("a-1", "42") == ana == street.knowing.alias("a-1", "42")
    assert street.person(visitor).id == ana
    assert street.subject(ana).activity["page.viewed"].n == 1


def test_an_alias_gives_ana_a_second_external_id_when_nobody_knew_it(street: Street) -> None:
    ana = street.joins(external="ana@old.test")
    assert street.knowing.alias("ana@old.test", "42") == ana
    assert street.who(external="42") == street.who(external="ana@old.test") == ana
    assert street.person(ana).external_id == "ana@old.test"


def test_an_alias_before_anybody_came_is_remembered(street: Street) -> None:
    ana = street.knowing.alias("a-1", "42")
    assert street.does("page.viewed", anonymous="a-1") == street.joins(external="42") == ana


def test_an_alias_of_two_people_who_are_known_by_different_ids_is_refused_and_recorded(street: Street) -> None:
    ana, ben = street.joins(external="42"), street.joins(external="43")
    assert street.knowing.alias("43", "42") == ana
    assert street.who(external="43") == ben
    assert [one.refused for one in street.merges(ana)] == ["they have different external ids"]


def test_an_alias_of_nothing_or_of_itself_is_just_that_person(street: Street) -> None:
    ana = street.joins(external="42")
    assert street.knowing.alias("42", "42") == street.knowing.alias("", "42") == ana


def test_nobody_at_all_is_refused(street: Street) -> None:
    with pytest.raises(ValueError, match="without any identity"):
        street.who(external=" ")


def test_a_batch_in_which_ana_comes_under_three_names_before_they_are_told_to_be_one(street: Street) -> None:
    one, two, three, ben = street.knowing.who_all(
        [Ids(anonymous="a-1"), Ids(email="ana@acme.test"), Ids(external="42", email="ana@acme.test", anonymous="a-1"), Ids(external="43")]
    )
    assert one == two == three != ben
    assert street.merges(one) == []


def test_people_known_before_are_merged_in_the_order_of_the_batch(street: Street) -> None:
    visitor, mail, ana = street.does("page.viewed", anonymous="a-1"), street.joins(email="ana@acme.test"), street.joins(external="42")
    found = street.knowing.who_all([Ids(anonymous="a-1", email="ana@acme.test"), Ids(anonymous="a-1"), Ids(external="42", anonymous="a-1")])
    assert found == [ana] * 3
    assert {street.person(who).id for who in (visitor, mail, ana)} == {ana}
    assert street.holds(ana)


def test_eight_doors_hear_at_once_that_two_are_one(street: Street) -> None:
    ana, phone = street.joins(external="42"), street.does("page.viewed", anonymous="phone")
    with ThreadPoolExecutor(8) as doors:
        found = set(doors.map(lambda _: street.who(external="42", anonymous="phone"), range(24)))
    assert found == {ana}
    assert [one.gone for one in street.merges(ana) if not one.refused] == [phone]
    assert street.subject(ana).activity["page.viewed"].n == 1
    assert street.holds(ana)


def test_events_that_come_while_ana_is_merged_are_all_counted(street: Street) -> None:
    ana, phone = street.joins(external="42"), street.does("page.viewed", anonymous="phone")

    def one(n: int) -> None:
        if n == 7:
            street.who(external="42", anonymous="phone")
        street.hears(ProductEvent, phone if n % 2 else ana, key=f"k{n}", name="page.viewed")

    with ThreadPoolExecutor(6) as doors:
        list(doors.map(one, range(24)))
    assert street.subject(ana).activity["page.viewed"].n == 25
    assert street.holds(ana)


def test_who_only_looks_costs_one_question(street: Street) -> None:
    street.joins(external="42", anonymous="a-1", email="ana@acme.test")
    with street.counted() as statements:
        street.who(external="42", anonymous="a-1", email="ana@acme.test")
    assert len(statements) == 1


def test_fifty_newcomers_cost_a_handful(street: Street) -> None:
    with street.counted() as statements:
        street.knowing.who_all([Ids(external=str(n), anonymous=f"a-{n}", email=f"p{n}@acme.test") for n in range(50)])
    assert len(statements) <= 5


def test_an_account_is_known_by_its_id_and_by_the_domain_it_claimed(street: Street) -> None:
    acme = street.knowing.account(external="acme", domain="acme.test")
    assert acme
    assert street.knowing.account(domain="www.ACME.test") == acme
    assert street.knowing.account(external="acme") == acme
    assert street.knowing.accounts_of_domains(["ACME.test", "other.test"]) == {"ACME.test": acme}


@pytest.mark.parametrize("domain", ["gmail.com", "GMX.de", "nonsense", "a@b.test", ""])
def test_a_public_mail_domain_or_none_never_makes_an_account(street: Street, domain: str) -> None:
    assert street.knowing.account(domain=domain) is None
    acme = street.knowing.account(external="acme", domain=domain)
    assert street.knowing.account(external="globex", domain=domain) != acme
    assert street.knowing.accounts_of_domains([domain]) == {}


def test_a_domain_stays_with_the_company_that_claimed_it_first(street: Street) -> None:
    acme = street.knowing.account(external="acme", domain="acme.test")
    globex = street.knowing.account(external="globex", domain="acme.test")
    assert globex != acme
    assert street.knowing.account(domain="acme.test") == acme


def test_a_company_known_by_its_domain_gets_its_id_and_stays_the_same(street: Street) -> None:
    acme = street.knowing.account(domain="acme.test")
    assert acme
    ana = street.joins(external="42", account=acme)
    assert street.knowing.account(external="acme", domain="acme.test") == acme
    account = street.subject(ana).account
    assert account
    assert account.external_id == "acme"


def test_the_people_of_a_domain_come_over_when_it_turns_out_to_be_a_company_we_know(street: Street) -> None:
    by_domain, acme = street.knowing.account(domain="acme.test"), street.knowing.account(external="acme")
    ana = street.joins(external="42", account=by_domain)
    assert street.knowing.account(external="acme", domain="acme.test") == acme
    assert street.person(ana).account_id == acme
    assert street.knowing.account(domain="acme.test") == acme
    assert street.holds(ana)


PEOPLE = st.integers(0, 2)
KINDS = ("anonymous", "device", "email", "slack")


def of(n: int, external: bool) -> st.SearchStrategy[Ids]:
    """Some of the names of the n-th person, one at least; the last of the three has no external id."""
    own = {kind: st.sampled_from(["", *(f"{kind[0]}{n}{k}" for k in "ab")]) for kind in KINDS}
    own["slack"] = st.sampled_from(["", f"T1/U{n}", f"T2/U{n}"])
    own["email"] = st.sampled_from(["", f"p{n}@acme.test", f"p{n}@home.test"])
    own["external"] = st.sampled_from(["", f"x{n}"]) if external else st.just("")
    return st.builds(Ids, **own).filter(lambda ids: ids.named)


def a_call(ids: Ids) -> st.SearchStrategy[tuple[str, Ids, int]]:
    return st.tuples(st.sampled_from(["who", "track", "alias"]), st.just(ids), st.integers(0, 5))


CALLS = st.lists(PEOPLE.flatmap(lambda n: of(n, external=n < 2)).flatmap(a_call), min_size=1, max_size=7)
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _views(street: Street, who: str) -> int:
    return street.subject(who).activity.get("page.viewed", Tally()).n


def lived(calls: list[tuple[str, Ids, int]]) -> tuple[set[frozenset[tuple[str, str]]], dict[frozenset[tuple[str, str]], int]]:
    """Who there is after these calls: their names, and how often they looked at a page. Everything holds what its events come to."""
    street = Street()
    try:
        for kind, ids, n in calls:
            if kind == "alias" and ids.external and ids.anonymous:
                street.knowing.alias(ids.anonymous, ids.external)
            who = street.who(**{name: getattr(ids, name) for name in ("external", "anonymous", "email", "slack", "device")})
            if kind == "track":
                street.hears(ProductEvent, who, key=f"t{n}{ids}", name="page.viewed", at=MONDAY - n * HOUR)
        everybody = {row["id"] for row in street.all()}
        found = {who: frozenset(street.called(who)) for who in everybody}
        assert all(street.holds(who) for who in everybody)
        return set(found.values()), {names: _views(street, who) for who, names in found.items()}
    finally:
        street.close()


@given(CALLS, st.randoms(use_true_random=False))
@QUICK
def test_any_order_of_what_is_heard_ends_in_the_same_people_who_did_the_same(calls: list[tuple[str, Ids, int]], luck: object) -> None:
    other = [*calls, *calls[:2]]
    luck.shuffle(other)  # type: ignore[attr-defined]
    assert lived(calls) == lived(other)


MIXED = st.builds(
    Ids,
    external=st.sampled_from(["", "x1", "x2", "x3"]),
    anonymous=st.sampled_from(["", "a1", "a2"]),
    email=st.sampled_from(["", "p1@acme.test", "p2@acme.test"]),
    slack=st.sampled_from(["", "T1/U1", "T2/U2"]),
).filter(lambda ids: ids.named)


@given(st.lists(st.tuples(MIXED, st.booleans()), min_size=1, max_size=8))
@QUICK
def test_never_two_different_external_ids_in_one_person_whatever_is_said(calls: list[tuple[Ids, bool]]) -> None:
    street = Street()
    try:
        for ids, tracks in calls:
            who = street.knowing.who(ids)
            if tracks:
                street.hears(ProductEvent, who, name="page.viewed")
            if ids.external:
                assert ("external", ids.external) in street.called(who)
        for row in street.all():
            assert sum(kind == "external" for kind, _ in street.called(row["id"])) <= 1
            assert street.holds(row["id"])
        assert sum(_views(street, row["id"]) for row in street.all()) == sum(tracks for _, tracks in calls)
    finally:
        street.close()


def test_a_tick_for_who_was_merged_wakes_who_they_became(street: Street) -> None:
    ana, phone = street.joins(external="42"), street.does("page.viewed", anonymous="phone")
    street.who(external="42", anonymous="phone")
    before = street.person(ana)
    street.hears(Tick, phone)
    assert replace(street.person(ana), wake_at=None, version=0) == replace(before, wake_at=None, version=0)
    assert street.person(ana).version == before.version + 1


def test_a_merge_that_cannot_be_decided_keeps_both_and_is_tried_once_until_the_defect_is_gone(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, phone = street.joins(external="42"), street.does("page.viewed", anonymous="phone")
    right = bot.handle.decide

    def broken(playbooks: Playbooks, subject: Subject, event: AnyEvent, now: datetime) -> Decision:
        if isinstance(event, Merged):
            raise ZeroDivisionError("a rule divides by the number of seats")
        return right(playbooks, subject, event, now)

    monkeypatch.setattr(bot.handle, "decide", broken)
    for _ in range(3):
        assert street.who(external="42", anonymous="phone") == ana
    assert (street.person(phone).id, Reports(street.store.database).health(street.now).undecided) == (phone, 1)
    monkeypatch.setattr(bot.handle, "decide", right)
    assert street.who(external="42", anonymous="phone") == ana
    assert (street.person(phone).id, Reports(street.store.database).health(street.now).undecided) == (ana, 0)
    assert street.split(ana)[1].id == phone
    street.who(external="42", anonymous="phone")
    assert street.person(phone).id == ana
