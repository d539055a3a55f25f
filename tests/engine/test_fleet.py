"""Clocks, workers and web processes on PostgreSQL, as they are deployed: together they say everything once."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg
from fleet import Fleet
from mail_provider import MailProvider
from sqlalchemy import make_url

from bot.deliver import FENCE
from storage.jobs import Jobs


def test_two_clocks_and_two_workers_wake_everybody_once_and_send_everything_once(fleet: Fleet) -> None:
    people = fleet.join(120)
    fleet.ask("UPDATE people SET wake_at = now()")
    for role in ("worker", "worker", "clock", "clock"):
        fleet.start(role)
    fleet.until(lambda: fleet.count("people", "wake_at <= now() OR wake_lease IS NOT NULL") == 0, "everybody to be woken")
    fleet.settle()
    assert dict(fleet.ask("SELECT person_id, count(*) FROM events WHERE kind = 'Tick' GROUP BY person_id")) == dict.fromkeys(people, 1)
    assert set(fleet.provider.taken.values()) == {1}
    assert fleet.states() == {"sent": len(fleet.provider.taken)}
    fleet.until(lambda: fleet.count("procrastinate_jobs") == 0, "finished jobs to be gone")


def test_a_worker_killed_in_the_middle_of_a_batch_loses_nothing_and_repeats_nothing(fleets: Callable[..., Fleet]) -> None:
    fleet = fleets(MailProvider(delay=lambda _: 0.01))
    fleet.join(150)
    first = fleet.start("worker")
    fleet.start("clock")
    fleet.until(lambda: len(fleet.provider.taken) >= 30, "the first mails")
    first.kill()
    first.join()
    time.sleep(0.1)  # the call that was under way arrives
    fleet.start("worker")
    fleet.ask("UPDATE outbox SET lease_until = now() WHERE state IN ('claimed', 'sending')")
    fleet.house.delivery.sweep()
    fleet.settle()
    states = fleet.states()
    assert max(fleet.provider.taken.values()) == 1
    assert states["sent"] + states["unknown"] == 150
    assert states["unknown"] <= FENCE
    assert states["sent"] <= len(fleet.provider.taken) <= 150
    fleet.ask("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute' WHERE id <= 2")
    assert Jobs(fleet.house.store.database).forget() == 1
    fleet.until(lambda: fleet.count("procrastinate_jobs") == 0, "the last job to be gone")


def test_a_worker_told_to_end_settles_the_call_at_hand_and_hands_back_the_rest(fleets: Callable[..., Fleet]) -> None:
    fleet = fleets(MailProvider(delay=lambda _: 0.3))
    fleet.join(60)
    worker = fleet.start("worker")
    clock = fleet.start("clock")
    fleet.until(lambda: len(fleet.provider.taken) >= 3, "the first mails")
    began = time.monotonic()
    worker.terminate()
    worker.join(timeout=12)
    assert worker.exitcode == 0, fleet.logs()
    assert time.monotonic() - began < 10
    states = fleet.states()
    assert states == {"sent": len(fleet.provider.taken), "pending": 60 - len(fleet.provider.taken)}
    assert fleet.count("procrastinate_jobs", "status = 'doing'") == 0
    fleet.provider.delay = lambda _: 0.0
    fleet.start("worker")
    fleet.settle()
    assert fleet.states() == {"sent": 60}
    assert set(fleet.provider.taken.values()) == {1}
    clock.terminate()
    clock.join(timeout=10)
    assert clock.exitcode == 0


def test_processes_told_to_end_while_they_begin_end_in_order(fleet: Fleet) -> None:
    processes = [fleet.start(role) for role in ("worker", "clock") for _ in range(3)]
    fleet.until(lambda: all("ready" in log or "ticks" in log for log in fleet.each_log()), "them to begin", within=40)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(10)
    assert {process.exitcode for process in processes} == {0}


def test_four_workers_are_told_no_oftener_than_one_that_they_are_too_fast(fleets: Callable[..., Fleet]) -> None:
    provider = MailProvider(per_second=40, burst=80)
    fleet = fleets(provider, HANDRAIL_EMAIL_PACE="40 a second")
    for role in ("worker", "worker", "worker", "worker"):
        fleet.start(role)
    fleet.join(120)
    fleet.wait_for_workers(4)
    fleet.start("clock")
    fleet.settle()
    assert provider.refused == 0
    assert fleet.states() == {"sent": 120}
    assert set(provider.taken.values()) == {1}
    assert provider.moments[-1] - provider.moments[0] > 1.5  # 40 at once, the others at 40 a second


def test_a_worker_and_a_clock_outlive_the_database(fleet: Fleet) -> None:
    fleet.join(1)
    worker, clock = fleet.start("worker"), fleet.start("clock")
    fleet.settle()
    fleet.house.store.close()
    with an_outage(fleet.url):
        time.sleep(4)
    fleet.join(5, first=1)
    fleet.settle()
    assert fleet.states() == {"sent": 6}
    assert (worker.exitcode, clock.exitcode) == (None, None)
    for log in ("worker0.log", "clock1.log"):
        told = (fleet.folder / log).read_text()
        assert told.count("can't be reached") == 1, told
        assert "ERROR" not in told


class an_outage:
    """Within, nobody is connected to this database and nobody can be."""

    def __init__(self, url: str) -> None:
        address = make_url(url)
        self._name = address.database
        self._line = psycopg.connect(address.set(database="postgres").render_as_string(hide_password=False), autocommit=True)

    def __enter__(self) -> None:
        self._line.execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS false".encode())
        self._line.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [self._name])

    def __exit__(self, *_: object) -> None:
        self._line.execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS true".encode())
        self._line.close()
