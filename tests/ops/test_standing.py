"""How the house stands, on both databases, and what it costs to ask."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from stories import MONDAY

from flows.decision import Say, To
from flows.events import ProductEvent
from storage import sendings, standing
from storage.alerts import Alert, alerts_kept, drop, keep
from storage.chores import Chores
from storage.outbox import Outbox
from storage.reports import Reports
from storage.restoring import hold_here
from storage.sendings import Sending
from storage.standing import Standing
from storage.store import Store, open_store
from storage.unknowns import leave, unsettled

SECOND = timedelta(seconds=1)
LEASE = timedelta(minutes=1)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    found = open_store(url)
    yield found
    found.close()


def says(store: Store, key: str, at: datetime = MONDAY, priority: int = 0, **more: Any) -> None:
    to = To("channel", f"#{key}")
    Outbox(store.database).enqueue(Say(key=key, to=to, message="ops_note", person="", facts={"text": "x"}, priority=priority, **more), at)


def asked(store: Store, now: datetime = MONDAY) -> Standing:
    return standing.standing(store.database, now, now)


def test_an_empty_house_has_nothing_to_tell(store: Store):
    found = asked(store)
    assert (found.due_people, found.wake_age, found.outbox_age, found.clock_age, found.parked, found.open_cases) == (0, 0, 0, None, 0, 0)
    assert found.rows == {"pending": 0, "claimed": 0, "sending": 0, "unknown": 0}


def test_the_longest_waiting_row_is_found_whatever_its_priority(store: Store):
    says(store, "urgent", MONDAY + 30 * SECOND, priority=90)
    says(store, "old", MONDAY, priority=10)
    says(store, "later", MONDAY + 300 * SECOND, priority=50)
    found = asked(store, MONDAY + 60 * SECOND)
    assert (found.outbox_age, found.untried_age, found.rows["pending"], found.waiting_again) == (60, 60, 3, 0)


def test_rows_that_wait_for_another_try_are_told_apart(store: Store):
    outbox = Outbox(store.database)
    says(store, "old")
    [row] = outbox.claim(1, MONDAY, MONDAY, LEASE)
    assert asked(store).rows["claimed"] == 1
    outbox.settle_retry(row.id, row.token, MONDAY + 90 * SECOND, "429")
    found = asked(store, MONDAY + 60 * SECOND)
    assert (found.outbox_age, found.untried_age, found.waiting_again) == (60, 0, 1)


def test_the_clock_and_the_backup_are_as_old_as_their_last_note(store: Store):
    chores = Chores(store.database)
    chores.beat("tick", MONDAY)
    chores.beat("backup", MONDAY - LEASE)
    found = asked(store, MONDAY + 7 * SECOND)
    assert (found.clock_age, found.backup_at) == (7, MONDAY - LEASE)


def test_events_that_wait_and_events_that_are_parked_are_counted_apart(store: Store):
    def stumbles(key: str, times: int) -> None:
        for _ in range(times):
            store.save_undecided(ProductEvent(source="product", key=key, who="ana", at=MONDAY, name="x"), "ZeroDivisionError")

    stumbles("a", 1)
    stumbles("b", 5)
    assert (asked(store).undecided, asked(store).parked) == (1, 1)
    assert Reports(store.database).health(MONDAY).parked == 1


def test_an_unknown_one_counts_until_somebody_leaves_it(store: Store):
    outbox = Outbox(store.database)
    for key in ("a", "b"):
        says(store, key)
    for row in outbox.claim(2, MONDAY, MONDAY, LEASE):
        outbox.fence([row], row.token, MONDAY, MONDAY)
        outbox.settle_unknown(row.id, row.token, "timed out")
    first, second = unsettled(store.database, 10)
    leave(store.database, first.id, MONDAY)
    leave(store.database, first.id, MONDAY)
    assert [row.id for row in unsettled(store.database, 10)] == [second.id]
    assert (asked(store).rows["unknown"], asked(store).unknown_left, asked(store).unknown_open) == (2, 1, 1)
    outbox.resolve_unknown(first.id, "C1/1", MONDAY)
    assert (asked(store).unknown_left, asked(store).unknown_open) == (0, 1)


def test_one_that_was_left_and_then_sent_again_is_shown_when_nobody_knows_of_it_again(store: Store):
    outbox = Outbox(store.database)

    def is_lost() -> int:
        [row] = outbox.claim(1, MONDAY, MONDAY, LEASE)
        outbox.fence([row], row.token, MONDAY, MONDAY)
        outbox.settle_unknown(row.id, row.token, "timed out")
        return row.id

    says(store, "a")
    id = is_lost()
    assert [leave(store.database, id, MONDAY), leave(store.database, id, MONDAY)] == [True, False]
    assert outbox.resend(id)
    assert is_lost() == id
    assert [row.id for row in unsettled(store.database, 10)] == [id]
    assert (asked(store).unknown_left, asked(store).unknown_open) == (0, 1)


def test_rows_that_wait_for_another_try_do_not_hide_the_one_behind_them(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(standing, "_HEAD", 3)
    outbox = Outbox(store.database)
    for n in range(3):
        says(store, f"again{n}")
    for row in outbox.claim(3, MONDAY, MONDAY, LEASE):
        outbox.settle_retry(row.id, row.token, MONDAY + 900 * SECOND, "429")
    says(store, "untried", MONDAY - 300 * SECOND)
    found = asked(store)
    assert (found.untried_age, found.outbox_age, found.waiting_again) == (300, 300, 3)


def test_nobody_counts_further_than_it_helps(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(standing, "MOST", 3)
    for n in range(5):
        says(store, f"n{n}")
    assert asked(store).rows["pending"] == 3


def test_what_became_of_messages_is_added_up_over_processes_and_minutes(store: Store):
    def became(minutes: int, **more: Any) -> Sending:
        return Sending(**{"channel": "email", "fate": "sent", "minute": MONDAY + minutes * LEASE, "n": 1} | more)

    sendings.add(store.database, [became(0, late_n=1, late_ms=100, late_most_ms=100)])
    sendings.add(store.database, [became(0, late_n=1, late_ms=900, late_most_ms=900), became(1, late_n=1, late_ms=50, late_most_ms=50)])
    sendings.add(store.database, [became(1, fate="failed")])
    failed, sent = sendings.since(store.database, MONDAY)
    assert (failed.fate, failed.n, failed.late_n) == ("failed", 1, 0)
    assert (sent.n, sent.late_n, sent.late_ms, sent.late_most_ms, sent.minute) == (3, 3, 1050, 900, MONDAY + LEASE)
    assert [one.n for one in sendings.since(store.database, MONDAY + LEASE)] == [1, 1]
    sendings.forget(store.database, MONDAY + LEASE)
    sendings.forget(store.database, MONDAY + LEASE)
    assert sum(one.n for one in sendings.since(store.database, MONDAY)) == 2


def test_alerts_are_kept_as_they_stand_now(store: Store):
    keep(store.database, [Alert(kind="clock", since=MONDAY, told=True, told_at=MONDAY, facts={"minutes": 2}), Alert(kind="late")])
    keep(store.database, [Alert(kind="clock", told_at=MONDAY)])
    assert alerts_kept(store.database) == {"clock": Alert(kind="clock", told_at=MONDAY), "late": Alert(kind="late")}
    drop(store.database, ["late"])
    assert list(alerts_kept(store.database)) == ["clock"]


def test_after_a_pg_restore_what_may_be_out_is_held_and_new_rows_have_new_numbers(url: str):
    store = open_store(url)
    outbox = Outbox(store.database)
    to = To("person", "ana", via=("email",))
    store.identify([("external", "", "ana")])
    outbox.enqueue(Say(key="day3", to=to, message="day3", person="", facts={}), MONDAY)
    says(store, "team", if_unknown="resend")
    store.close()
    found = hold_here(url, lambda _: 7)
    assert (found.woken, found.held) == (7, 1)
    again = open_store(url)
    try:
        [row] = unsettled(again.database, 10)
        assert (row.key, row.error) == ("day3", "it may have been sent before the backup was put back")
        says(again, "new")
        new = Outbox(again.database).row("new")
        assert new is not None
        assert new.id > row.id + 999_999
    finally:
        again.close()
