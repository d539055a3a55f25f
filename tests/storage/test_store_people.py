"""Who is who, and what is loaded about them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from flows.people import Person, Tally
from flows.tallies import Needs
from storage.reports import Reports
from storage.store import Store
from tests.storage.scenes import MONDAY, TUESDAY, account, did, hear, person, someone, subject, told


def test_a_newcomer_gets_an_id_of_ours_and_keeps_it(store: Store) -> None:
    ana = store.identify([("external", "", "42")])
    assert store.identify([("external", "", "42")]) == ana
    assert store.resolve("external", "", "42") == ana
    assert store.resolve("external", "", "43") is None


def test_mail_addresses_are_the_same_in_any_case(store: Store) -> None:
    ana = store.identify([("email", "", "Ana@Example.com ")])
    assert store.resolve("email", "", "ana@example.COM") == ana


def test_a_slack_user_belongs_to_a_team(store: Store) -> None:
    assert store.identify([("slack", "T1", "U1")]) != store.identify([("slack", "T2", "U1")])


def test_what_else_is_told_about_someone_is_attached_to_them(store: Store) -> None:
    ana = store.identify([("email", "", "ana@example.com")])
    assert store.identify([("external", "", "42"), ("email", "", "ana@example.com"), ("slack", "T1", "U1")]) == ana
    assert store.resolve("slack", "T1", "U1") == ana
    assert person(store, ana).external_id == "42"


def test_an_identity_is_never_taken_from_someone_else(store: Store) -> None:
    ana = store.identify([("external", "", "42"), ("email", "", "team@example.com")])
    ben = store.identify([("external", "", "43")])
    assert store.identify([("external", "", "43"), ("email", "", "team@example.com")]) == ben
    assert store.resolve("email", "", "team@example.com") == ana


def test_nobody_at_all_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="without any identity"):
        store.identify([])


def test_eight_doors_meet_the_same_newcomer_and_she_is_one_person(store: Store) -> None:
    with ThreadPoolExecutor(8) as doors:
        found = set(doors.map(lambda _: store.identify([("external", "", "42"), ("email", "", "ana@example.com")]), range(24)))
    assert len(found) == 1


def test_many_newcomers_come_in_together(store: Store) -> None:
    groups = [[("external", "", "1")], [("external", "", "2")], [("email", "", "a@b.c"), ("external", "", "1")]]
    one, two, three = store.identify_all(groups)
    assert one == three != two


def test_an_account_is_found_by_its_name(store: Store) -> None:
    acme = store.account_for("external", "acme")
    assert store.account_for("external", "acme") == acme
    assert store.identify([("external", "", "acme")]) != acme
    ana = someone(store)
    hear(store, told(ana, "1", acme, plan="team"))
    assert (account(store, ana).external_id, account(store, ana).traits) == ("acme", {"plan": "team"})


def test_someone_nobody_stored_yet_comes_as_a_blank_page(store: Store) -> None:
    assert subject(store, "nobody").person == Person(id="nobody")
    hear(store, did("nobody", "1"))
    assert person(store, "nobody").version == 1


def test_the_account_that_the_event_names_is_the_one_that_is_loaded(store: Store) -> None:
    ana, acme = someone(store), store.account_for("external", "acme")
    loaded = store.load([ana], {ana: acme}, Needs(), MONDAY)[ana]
    assert loaded.person.account_id is None
    assert loaded.account
    assert loaded.account.id == acme


def test_days_are_counted_beside_the_whole(store: Store) -> None:
    ana = someone(store)
    hear(store, did(ana, "1", at=MONDAY - timedelta(days=1)), did(ana, "2"), did(ana, "3", at=MONDAY + timedelta(hours=1)), now=TUESDAY)
    tally = subject(store, ana).activity["report_created"]
    days = {date(2026, 3, 1): 1, date(2026, 3, 2): 2}
    assert tally == Tally(n=3, n_days=2, first_at=MONDAY - timedelta(days=1), last_at=MONDAY + timedelta(hours=1), days=days)


def test_late_events_find_their_day(store: Store) -> None:
    ana = someone(store)
    hear(store, did(ana, "now"))
    for key in ("1", "2"):
        hear(store, did(ana, key, at=MONDAY - timedelta(days=30)))
    assert subject(store, ana).activity["report_created"].days == {date(2026, 1, 31): 2, date(2026, 3, 2): 1}


def test_what_no_playbook_asks_about_is_not_counted(store: Store) -> None:
    ana = someone(store)
    hear(store, did(ana, "1", name="page_viewed"))
    assert subject(store, ana, Needs.named("report_created")).activity == {}


def test_a_new_signal_is_filled_from_what_happened_before(store: Store) -> None:
    ana, later = someone(store), Needs.named("report_created", "page_viewed")
    for n in range(3):
        hear(store, did(ana, str(n), name="page_viewed", at=MONDAY + timedelta(days=n)), now=MONDAY + timedelta(days=n))
    tally = subject(store, ana, later).activity["page_viewed"]
    assert (tally.n, tally.first_at, len(tally.days)) == (3, MONDAY, 3)
    hear(store, did(ana, "more", name="page_viewed"), signals=later)
    assert subject(store, ana, later).activity["page_viewed"].n == 4


def test_a_count_missed_by_a_process_with_the_old_playbook_is_made_up_for(store: Store) -> None:
    ana, later = someone(store), Needs.named("report_created", "page_viewed")
    hear(store, did(ana, "1", name="page_viewed"), signals=later)
    hear(store, did(ana, "2", name="page_viewed"))
    assert subject(store, ana, later).activity["page_viewed"].n == 2


def test_people_are_found_by_mail_by_external_id_and_by_ours(store: Store, reports: Reports) -> None:
    ana = someone(store)
    for text in ("Ana@example.com", "u-ana", ana):
        found = reports.find_person(text)
        assert found
        assert found.id == ana
    assert reports.find_person("nobody@example.com") is None
