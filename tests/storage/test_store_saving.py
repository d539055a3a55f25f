"""A decision is one commit: all of it or nothing, and never twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event as sa_event

from flows.decision import Decision, Draw, Reason
from flows.events import AnyEvent, OptedIn, OptedOut
from flows.people import Segment, Subject
from storage.outbox import Outbox
from storage.reports import Reports
from storage.store import Conflict, Store
from tests.storage.scenes import (
    MONDAY,
    SIGNALS,
    TUESDAY,
    a_journey,
    a_say,
    account,
    decided,
    did,
    hear,
    joined,
    note,
    person,
    saying,
    someone,
    state,
    subject,
    told,
)


def test_every_saving_moves_the_version_by_one(store: Store) -> None:
    ana = someone(store)
    hear(store, did(ana, "1"), did(ana, "2"))
    assert person(store, ana).version == 2
    assert subject(store, ana).activity["report_created"].n == 2


def test_a_repeat_changes_nothing(store: Store, reports: Reports) -> None:
    ana = someone(store)
    hear(store, did(ana, "1"))
    before = subject(store, ana)
    hear(store, did(ana, "1"))
    assert subject(store, ana) == before
    assert [e["key"] for e in reports.why(ana)] == [f"joined:{ana}", "1"]


def test_of_two_decisions_on_the_same_person_the_second_is_taken_again(store: Store) -> None:
    ana = someone(store)
    before = store.load([ana], {}, SIGNALS, MONDAY)
    hear(store, did(ana, "first"))
    late = did(ana, "second")
    with pytest.raises(Conflict):
        store.save([(late, saying(a_say(ana))(before[ana], late, MONDAY))], before, MONDAY)
    assert store.known([late]) == set()
    assert Outbox(store.database).row("hello") is None
    hear(store, late)
    assert subject(store, ana).activity["report_created"].n == 2


def test_an_event_that_another_process_has_just_decided_is_a_conflict(store: Store) -> None:
    ana, ben = someone(store), someone(store, "ben")
    same = did(ana, "same")
    before = store.load([ben], {}, SIGNALS, MONDAY)
    hear(store, same)
    stolen = replace(same, who=ben)
    with pytest.raises(Conflict):
        store.save([(stolen, note(before[ben], stolen, MONDAY))], before, MONDAY)


def test_the_same_event_twice_in_one_batch_is_the_callers_mistake(store: Store) -> None:
    ana = someone(store)
    before = store.load([ana], {}, SIGNALS, MONDAY)
    twice = [(did(ana, "1"), note(before[ana], did(ana, "1"), MONDAY))] * 2
    with pytest.raises(ValueError, match="twice"):
        store.save(twice, before, MONDAY)


def test_a_message_key_is_good_for_one_message_and_the_drop_is_a_reason(store: Store, reports: Reports, outbox: Outbox) -> None:
    ana = someone(store)
    hear(store, did(ana, "1"), decide=saying(a_say(ana, facts={"n": 1})))
    hear(store, did(ana, "2"), decide=saying(a_say(ana, facts={"n": 2})))
    row = outbox.row("hello")
    assert row
    assert row.facts == {"n": 1}
    first, second = reports.why(ana)[1:]
    assert [m["key"] for m in first["messages"]] == ["hello"]
    assert second["messages"] == []
    assert second["reasons"][-1] == {"rule": "hello", "result": "dropped", "because": "it was said before"}


def test_a_key_used_twice_in_one_batch_is_dropped_the_second_time(store: Store, reports: Reports) -> None:
    ana = someone(store)
    hear(store, did(ana, "1"), did(ana, "2"), decide=saying(a_say(ana)))
    assert [[m["key"] for m in e["messages"]] for e in reports.why(ana)] == [[], ["hello"], []]


def test_what_is_withdrawn_does_not_go_out(store: Store, outbox: Outbox) -> None:
    ana = someone(store)
    hear(store, did(ana, "1"), decide=saying(a_say(ana)))
    hear(store, did(ana, "2"), decide=saying(withdraw=["hello", "never said"]))
    assert state(outbox) == "withdrawn"


def test_a_view_that_waits_to_be_drawn_is_not_enqueued_again(store: Store, outbox: Outbox) -> None:
    ana = someone(store)
    home = Draw("home", ana)
    for key in ("1", "2"):
        hear(store, did(ana, key), decide=lambda s, e, now: replace(note(s, e, now), draws=(home, home)))
    rows = outbox.claim(10, MONDAY, MONDAY, timedelta(minutes=1))
    assert [row.draw for row in rows] == [home]
    hear(store, did(ana, "3"), decide=lambda s, e, now: replace(note(s, e, now), draws=(home,)))
    assert outbox.settle_sent(rows[0].id, rows[0].token, provider_id="", channel="slack", at=MONDAY) is False
    assert outbox.fence(rows, rows[0].token, MONDAY, MONDAY) == {rows[0].id}
    assert outbox.settle_sent(rows[0].id, rows[0].token, provider_id="", channel="slack", at=MONDAY)
    assert [row.draw for row in outbox.claim(10, MONDAY, MONDAY, timedelta(minutes=1))] == [home]


def test_a_changed_account_wakes_the_others_and_undoes_decisions_under_way(store: Store) -> None:
    acme = store.account_for("external", "acme")
    ana, ben, eve, dan = (someone(store, name, account_id=acme, wake_at=TUESDAY) for name in ("ana", "ben", "eve", "dan"))
    hear(store, did(eve, "e"), decide=saying(journey=a_journey(eve, ended_at=MONDAY), wake_at=None))
    hear(store, did(dan, "d"), decide=saying(wake_at=None))
    under_way = store.load([ben], {}, SIGNALS, MONDAY)
    hear(store, told(ana, "plan", acme, plan="team"))
    assert [person(store, who).wake_at for who in (ana, ben, eve, dan)] == [TUESDAY, MONDAY, None, MONDAY]
    late = did(ben, "late")
    with pytest.raises(Conflict):
        store.save([(late, note(under_way[ben], late, MONDAY))], under_way, MONDAY)


def test_an_account_told_the_same_again_wakes_nobody(store: Store) -> None:
    acme = store.account_for("external", "acme")
    ana, ben = (someone(store, name, account_id=acme, wake_at=TUESDAY) for name in ("ana", "ben"))
    hear(store, told(ana, "1", acme, plan="team"), now=MONDAY)
    hear(store, did(ben, "b"), decide=saying(wake_at=TUESDAY))
    hear(store, told(ana, "2", acme, plan="team"))
    assert person(store, ben).wake_at == TUESDAY


def test_a_teammate_decided_earlier_in_the_batch_hears_of_the_account_too(store: Store) -> None:
    acme = store.account_for("external", "acme")
    ana, ben = (someone(store, name, account_id=acme, wake_at=TUESDAY) for name in ("ana", "ben"))
    hear(store, did(ben, "1"), told(ana, "2", acme, plan="team"))
    assert person(store, ben).wake_at == MONDAY
    assert account(store, ben).traits == {"plan": "team"}


def test_two_who_change_one_account_at_once_do_not_lose_a_word(store: Store) -> None:
    acme = store.account_for("external", "acme")
    ana, ben = (someone(store, name, account_id=acme) for name in ("ana", "ben"))
    before = store.load([ben], {}, SIGNALS, MONDAY)
    hear(store, told(ana, "1", acme, plan="team"))
    event = told(ben, "2", acme, seats=5)
    with pytest.raises(Conflict):
        store.save([(event, note(before[ben], event, MONDAY))], before, MONDAY)


def test_segments_can_be_asked_for(store: Store, reports: Reports) -> None:
    ana = someone(store)
    early, power = Segment(name="early", since=MONDAY), Segment(name="power", since=TUESDAY)
    hear(store, did(ana, "1"), decide=saying(journey=a_journey(ana, segments={"stage": early, "size": early})))
    hear(store, did(ana, "2"), decide=saying(journey=a_journey(ana, segments={"stage": power})))
    assert reports.people_list()[0]["segments"] == {"stage": "power"}


def test_stopping_is_logged_with_its_words_and_so_is_resuming(store: Store) -> None:
    ana = someone(store)
    stop = OptedOut(source="slack", key="s", who=ana, at=MONDAY, channel="all", wording="stop")
    resume = OptedIn(source="page", key="r", who=ana, at=MONDAY, channel="all", wording="Resume", mouth="page")
    hear(store, stop, decide=saying(opted_out=("all",)))
    assert suppressed(store) == {("slack", "T1/ANA"), ("email", "ana@example.com")}
    hear(store, resume, decide=saying(opted_out=()))
    assert suppressed(store) == set()
    with store.database.read() as connection:
        log = connection.exec_driver_sql("SELECT what, channel, source, wording FROM consent_log ORDER BY id").all()
    assert [tuple(row) for row in log] == [("stopped", "all", "slack", "stop"), ("resumed", "all", "page", "Resume")]


def suppressed(store: Store) -> set[tuple[str, str]]:
    with store.database.read() as connection:
        return {(row.channel, row.address) for row in connection.exec_driver_sql("SELECT channel, address FROM suppressions")}


def test_the_body_an_event_came_in_is_kept(store: Store) -> None:
    ana = someone(store)
    event, before = did(ana, "1"), store.load([ana], {}, SIGNALS, MONDAY)
    store.save([(event, note(before[ana], event, MONDAY))], before, MONDAY, raw={("product", "1"): '{"a": 1}'})
    with store.database.read() as connection:
        assert connection.exec_driver_sql("SELECT raw FROM events WHERE key = '1'").scalar() == '{"a": 1}'


def test_an_event_from_the_future_is_stored_as_happening_now(store: Store, reports: Reports) -> None:
    ana = someone(store)
    hear(store, did(ana, "1", at=TUESDAY), now=MONDAY)
    assert reports.why(ana)[-1]["at"] == MONDAY.isoformat()


def test_words_that_no_database_takes_lose_no_event(store: Store, reports: Reports) -> None:
    ana, nasty = someone(store), "a\x00b\ud83d"
    event = did(ana, nasty, name=nasty, text=nasty)
    store.save_undecided(event, f"KeyError: {nasty}", raw=nasty)
    hear(store, event)
    hear(store, event)
    assert reports.why(ana)[-1]["data"]["properties"] == {"text": "a\ufffdb\ufffd"}


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    sa_event.listen(store.database.engine, "before_cursor_execute", count)
    yield seen
    sa_event.remove(store.database.engine, "before_cursor_execute", count)


def test_three_hundred_people_are_loaded_and_saved_in_a_handful_of_statements(store: Store) -> None:
    who = store.identify_all([[("external", "", str(n))] for n in range(300)])
    acme = store.account_for("external", "acme")
    hear(store, *(joined(one) for one in who), decide=saying(account_id=acme))

    def busy(subject: Subject, event: AnyEvent, now: datetime) -> Decision:
        journey = a_journey(event.who, segments={"stage": Segment(name="early", since=now)})
        decision = saying(a_say(event.who, key=f"{event.who}:{event.key}"), journey=journey, wake_at=TUESDAY)(subject, event, now)
        return replace(decision, draws=(Draw("home", event.who),), reasons=(Reason("day1", "said"),), withdraw=("gone",))

    events = [did(one, f"{one}:{n}") for one in who for n in range(2)]
    with statements(store) as seen:
        before = store.load(who, {}, SIGNALS, MONDAY)
    assert len(seen) <= 6
    batch = decided(before, events, busy, MONDAY)
    with statements(store) as seen:
        store.save(batch, before, MONDAY)
    assert len(seen) <= 15, seen
    assert {s.person.version for s in store.load(who, {}, SIGNALS, MONDAY).values()} == {2}


def test_eight_threads_write_at_once_and_nobody_is_locked_out(store: Store) -> None:
    who = store.identify_all([[("external", "", str(n))] for n in range(8)])

    def work(thread: int) -> None:
        for n in range(10):
            hear(store, did(who[thread], f"{thread}:{n}"))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert {store.load([one], {}, SIGNALS, MONDAY)[one].activity["report_created"].n for one in who} == {10}


def test_eight_threads_on_one_person_decide_again_until_it_holds(store: Store) -> None:
    ana = someone(store)

    def work(thread: int) -> None:
        for n in range(4):
            while True:
                try:
                    hear(store, did(ana, f"{thread}:{n}"))
                    break
                except Conflict:
                    continue

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(8)))
    assert subject(store, ana).activity["report_created"].n == 32
