"""Claims and the hints that speak of them: what one clock has taken the others don't see, and no more is taken than workers get through."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fleet import KEEPS
from procrastinate.exceptions import ConnectorException
from sqlalchemy import text

from bot.engine import dispatch
from bot.engine.dispatch import Dispatch
from bot.engine.hands import Hands
from bot.house import House
from bot.main import build
from bot.settings import Settings
from flows.decision import Say, To
from flows.events import Joined, Traits
from storage.jobs import BULK, DELIVER, URGENT, WAKE, Jobs, Standing

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)

pytestmark = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)


@pytest.fixture
def house(url: str) -> Iterator[House]:
    house = build(Settings(_env_file=None, **KEEPS, DATABASE_URL=url, SENDGRID_API_URL="http://127.0.0.1:9"))  # type: ignore[arg-type]
    ask(house, "INSERT INTO procrastinate_workers DEFAULT VALUES; INSERT INTO procrastinate_workers DEFAULT VALUES")
    yield house
    house.store.close()


@pytest.fixture
def clock(house: House) -> Dispatch:
    return a_clock(house)


def a_clock(house: House, threads: int = 1) -> Dispatch:
    return Dispatch(house.store, house.outbox, Jobs(house.store.database), house.world, threads)


def join(house: House, n: int) -> list[str]:
    people = house.store.identify_all([[("external", "", f"u{i}"), ("email", "", f"u{i}@acme.test")] for i in range(n)])
    now = house.door.now()
    for i, who in enumerate(people):
        house.door.handle(
            Traits(source="test", key=f"t{i}", who=who, at=now, person={"email": f"u{i}@acme.test", "timezone": "Europe/Berlin"}),
            Joined(source="test", key=f"j{i}", who=who, at=now),
        )
    return people


def ask(house: House, query: str, **given: Any) -> list[tuple[Any, ...]]:
    with house.store.database.write() as connection:
        for one in query.split(";"):
            found = connection.execute(text(one), given)
        return [tuple(row) for row in found] if found.returns_rows else []


def jobs(house: House) -> list[tuple[Any, ...]]:
    hints = ask(house, "SELECT task_name, queue_name, args FROM procrastinate_jobs ORDER BY id")
    return [(kind, queue, json.loads(args)) for kind, queue, args in hints]


def test_a_claim_and_its_hint_are_there_together(house: House, clock: Dispatch) -> None:
    join(house, 3)
    assert clock.messages() == 3
    [(kind, queue, args)] = jobs(house)
    assert (kind, queue) == (DELIVER, BULK)
    assert ask(house, "SELECT DISTINCT token, state FROM outbox") == [(args["token"], "claimed")]
    assert clock.messages() == 0


def test_a_claim_whose_hint_can_not_be_written_did_not_happen(house: House) -> None:
    join(house, 1)
    ask(house, "ALTER FUNCTION procrastinate_defer_jobs_v1 RENAME TO gone")
    with pytest.raises(ConnectorException):
        a_clock(house).messages()
    assert ask(house, "SELECT state, attempt FROM outbox") == [("pending", 0)]


def test_what_somebody_waits_for_is_claimed_although_workers_are_behind(
    house: House, clock: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "ROWS", 2)
    people = join(house, 9)
    assert clock.messages() == 4  # two claims wait for the one thread there is
    assert clock.messages() == 0
    answer = Say(key="answer", to=To("person", people[8], ("email",)), message="day1", person=people[8], priority=100)
    ask(house, "UPDATE outbox SET state = 'sent' WHERE person_id = :who", who=people[8])
    house.outbox.enqueue(answer, house.world.now())
    assert clock.messages() == 1
    assert jobs(house)[-1][:2] == (DELIVER, URGENT)
    assert ask(house, "SELECT priority FROM procrastinate_jobs ORDER BY id DESC LIMIT 1") == [(100,)]


def test_nothing_is_claimed_while_no_worker_is_there(house: House, clock: Dispatch) -> None:
    join(house, 1)
    ask(house, "UPDATE people SET wake_at = now(); UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    assert clock.beat() == 0


def test_two_clocks_lease_everybody_once_and_a_lease_ends_with_the_decision(house: House, clock: Dispatch) -> None:
    people = join(house, 5)
    ask(house, "UPDATE people SET wake_at = now()")
    assert clock.people() == 5
    assert a_clock(house).people() == 0
    [(kind, queue, args)] = jobs(house)
    assert (kind, queue) == (WAKE, BULK)
    assert sorted(args["people"]) == sorted(people)
    until = datetime.fromisoformat(args["until"])
    hands = Hands(house.door, house.delivery, clock)
    ask(house, "UPDATE people SET wake_lease = NULL WHERE id = :who", who=people[0])  # an event of theirs was decided meanwhile
    assert hands.wake(queue, args["people"], until) == 4
    assert ask(house, "SELECT count(*) FROM people WHERE wake_lease IS NOT NULL") == [(0,)]
    assert hands.wake(queue, args["people"], until) == 0


def test_who_is_due_when_a_lease_is_over_is_leased_anew(house: House, clock: Dispatch) -> None:
    join(house, 2)
    ask(house, "UPDATE people SET wake_at = now()")
    assert clock.people() == 2
    ask(house, "UPDATE people SET wake_lease = now() - interval '1 second'")
    assert clock.people() == 2


def test_who_became_due_just_now_need_not_wait_for_a_long_queue(house: House, clock: Dispatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "PEOPLE", 2)
    people = join(house, 8)
    ask(house, "UPDATE people SET wake_at = now() - interval '1 hour'")
    assert clock.people() == 4
    ask(house, "UPDATE people SET wake_at = now() WHERE id = :who", who=people[7])
    assert clock.people() == 1, "two claims wait for the one thread there is, and only who came since then is one more"
    assert clock.people() == 0
    assert [(queue, len(args["people"])) for _, queue, args in jobs(house)] == [(BULK, 2), (BULK, 2), (URGENT, 1)]
    assert jobs(house)[-1][2]["people"] == [people[7]]


def test_who_became_due_just_now_need_not_wait_for_messages_either(house: House, clock: Dispatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "ROWS", 2)
    people = join(house, 9)
    assert clock.messages() == 4
    ask(house, "UPDATE people SET wake_at = now() WHERE id = :who", who=people[8])
    assert clock.people() == 1
    assert jobs(house)[-1][:2] == (WAKE, URGENT)


def test_who_is_one_of_many_newcomers_is_still_one(house: House, clock: Dispatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "PEOPLE", 2)
    monkeypatch.setattr(dispatch, "NEWCOMERS", 1)
    monkeypatch.setattr(dispatch, "JUST_NOW", timedelta())  # however long it takes until there is room for her
    people = join(house, 8)
    ask(house, "UPDATE people SET wake_at = now() - interval '1 hour'")
    assert clock.people() == 4
    ask(house, "UPDATE people SET wake_at = now(), wake_lease = NULL WHERE id IN (:a, :b, :c)", a=people[5], b=people[6], c=people[7])
    assert clock.people() == 2, "more wait for the one worker already"
    ask(house, "DELETE FROM procrastinate_jobs WHERE queue_name = 'handrail_urgent'")
    assert clock.people() == 1


def test_a_crowd_of_newcomers_waits_like_everybody(house: House, clock: Dispatch, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PEOPLE", 2), ("NEWCOMERS", 1), ("CROWD", 2), ("JUST_NOW", timedelta())):
        monkeypatch.setattr(dispatch, name, value)
    people = join(house, 8)
    ask(house, "UPDATE people SET wake_at = now() - interval '1 hour'")
    assert clock.people() == 4
    ask(house, "UPDATE people SET wake_at = now(), wake_lease = NULL WHERE id IN (:a, :b, :c)", a=people[5], b=people[6], c=people[7])
    assert clock.people() == 2
    ask(house, "DELETE FROM procrastinate_jobs WHERE queue_name = 'handrail_urgent'")
    assert clock.people() == 0, "there is room, and she is one of a crowd"
    ask(house, "UPDATE people SET wake_at = clock_timestamp(), wake_lease = NULL WHERE id = :who", who=people[5])
    assert clock.people() == 1, "who comes after them is a newcomer"


def test_what_is_said_to_a_newcomer_goes_before_what_others_wait_for(house: House, clock: Dispatch) -> None:
    house.world.hold(MONDAY)
    ana, ben = join(house, 2)
    ask(house, "UPDATE outbox SET state = 'sent', told = true")
    house.world.hold(MONDAY + timedelta(days=3))
    hands = Hands(house.door, house.delivery, clock)
    for queue, who in ((BULK, ben), (URGENT, ana)):
        ask(house, "UPDATE people SET wake_lease = now() + interval '1 minute' WHERE id = :who", who=who)
        [(until,)] = ask(house, "SELECT wake_lease FROM people WHERE id = :who", who=who)
        assert hands.wake(queue, [who], until) == 1
    known = dict(ask(house, "SELECT person_id, state FROM outbox WHERE told = false"))
    assert known == {ana: "pending", ben: "claimed"}, "the provider is not there; it was asked about Ana's, and Ben's waits in a job"
    assert [(kind, queue) for kind, queue, _ in jobs(house)] == [(DELIVER, BULK)]
    assert ask(house, "SELECT attempt FROM outbox WHERE person_id = :who AND told = false", who=ana) == [(1,)]


def test_only_what_is_for_them_is_sent_to_them_at_once(house: House) -> None:
    people = join(house, 3)
    after = Say(key="after", to=To("person", people[2], ("email",)), message="day1", person=people[2])
    house.outbox.enqueue(after, house.world.now())
    assert house.delivery.send_to([f"person:{people[2]}"]) == 1, "the first one was not taken, and the second stays behind it"
    assert house.delivery.send_to([]) == 0
    assert sorted(ask(house, "SELECT state, attempt FROM outbox WHERE person_id <> :who", who=people[2])) == [("pending", 0)] * 2


def test_a_clock_that_is_ahead_wakes_nobody_before_their_time(house: House, clock: Dispatch) -> None:
    (ana,) = join(house, 1)
    ask(house, "UPDATE people SET wake_at = now() + interval '20 seconds'")
    right = house.world.now()
    hands = Hands(house.door, house.delivery, clock)
    for _ in range(3):
        house.world.hold(right + timedelta(seconds=30))
        assert clock.people() == 1
        house.world.hold(right)
        _, queue, args = jobs(house)[-1]
        assert hands.wake(queue, args["people"], datetime.fromisoformat(args["until"])) == 0
        assert clock.people() == 0
        ask(house, "UPDATE people SET wake_lease = now() WHERE wake_lease < now() + interval '2 seconds'")  # a second passes
    assert ask(house, "SELECT count(*) FROM events WHERE kind = 'Tick' AND person_id = :who", who=ana) == [(0,)]


def test_a_hint_whose_claim_is_over_is_no_work_and_no_failure(house: House, clock: Dispatch) -> None:
    assert Hands(house.door, house.delivery, clock).deliver("a claim that nobody made") == 0


def test_a_worker_told_to_end_hands_back_what_it_has_not_begun(house: House, clock: Dispatch) -> None:
    join(house, 3)
    ask(house, "UPDATE people SET wake_at = now()")
    clock.people()
    clock.messages()
    hands = Hands(house.door, house.delivery, clock)
    hands.stop()
    for kind, queue, args in jobs(house):
        if kind == WAKE:
            hands.wake(queue, args["people"], datetime.fromisoformat(args["until"]))
        else:
            hands.deliver(args["token"])
    assert ask(house, "SELECT DISTINCT state FROM outbox") == [("pending",)]
    assert a_clock(house, threads=4).people() == 3


def test_jobs_in_dead_hands_are_forgotten_and_those_of_the_living_stay(house: House) -> None:
    kept = Jobs(house.store.database)
    insert = "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id) VALUES ('q', 't', 'doing', :who)"
    dead, alive = (row[0] for row in ask(house, "SELECT id FROM procrastinate_workers ORDER BY id"))
    ask(house, insert, who=dead)
    ask(house, insert, who=alive)
    ask(house, "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute' WHERE id = :who", who=dead)
    assert kept.forget() == 1
    assert ask(house, "SELECT worker_id FROM procrastinate_jobs") == [(alive,)]
    assert kept.standing() == Standing(waiting={}, workers=0)  # one of the two queues of a process is no process
