"""Providers, machines, disks, databases and clocks on their bad days, while processes are killed too."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Callable

import pytest
from chaos.bodies import Body
from chaos.body import LEASE, Doom
from chaos.ledger import SENT, SHOWN, Ledger
from chaos.points import MID_SEND
from chaos.server import a_restartable_server
from chaos.town import Town
from chaos.weather import Storms
from databases import NoServer, on_postgresql, on_sqlite

Towns = Callable[..., Town]
Books = Callable[[Town, str], Ledger]
AN_HOUR = 3600.0
A_FLEET = ("web", "clock", "worker", "worker")

pytestmark = pytest.mark.chaos


def start(town: Town) -> list[Body]:
    """A fleet, or on SQLite the one process."""
    return [town.start(role) for role in (("run",) if town.database.is_sqlite else A_FLEET)]


def joined(town: Town, n: int) -> None:
    """So many more people join, and are acknowledged."""
    town.crowd.come(n)
    town.until(lambda: len(town.crowd.acknowledged) == town.crowd.came, "everybody to join", 60)


def test_providers_time_out_and_have_enough_and_break_down_while_processes_die(towns: Towns, url: str, closing_the_books: Books) -> None:
    town = towns(url, people=140)
    points = {"run": ["after fence", MID_SEND, "before settle"], "worker": ["after fence", MID_SEND, "before settle", "after claim"]}
    slots = ["run"] if town.database.is_sqlite else list(A_FLEET)
    with Storms(town.providers, town.chance) as storms:
        town.live_through(slots, {role: points.get(role, []) for role in slots}, each=15)
        time.sleep(4)
    town.notes.append(f"{storms.met} calls met a misfortune; ordered: {dict(storms.ordered)}")
    town.settle(within=120)
    town.retire()
    ledger = closing_the_books(town, f"{town.database.engine.dialect.name}, providers' bad day")
    assert storms.met > 5
    assert ledger.fates[SENT] > 0.5 * (ledger.fates[SENT] + ledger.fates[SHOWN])


@on_postgresql
def test_workers_hang_at_every_point_and_wake_when_their_lease_is_over(towns: Towns, url: str, closing_the_books: Books) -> None:
    town = towns(url, people=160)
    for role in ("web", "clock", "worker"):
        town.start(role)
    points = ("after claim", "after render", "after fence", MID_SEND, "before settle")
    hung = [town.start("worker", Doom(point=point, times=2, by=signal.SIGSTOP)) for point in points]
    deadline = time.monotonic() + 30
    while not all(one.hangs for one in hung) and time.monotonic() < deadline:
        town.crowd.come(3)
        time.sleep(0.3)
    stopped = [one.doom.point for one in hung if one.hangs and one.doom]
    town.notes.append(f"hung until after their leases: {', '.join(stopped)}")
    time.sleep(LEASE.total_seconds() + 2)
    for one in hung:
        one.thaw()
    town.settle()
    town.retire()
    closing_the_books(town, "PostgreSQL, workers that hang and wake")
    assert len(stopped) >= 4


def test_the_database_restarts_three_times(towns: Towns, closing_the_books: Books) -> None:
    try:
        with a_restartable_server() as server:
            town = towns(server.url, people=120)
            start(town)
            for away in (0.0, 0.5, 2.0):
                joined(town, 15)
                town.crowd.come(15)
                time.sleep(town.chance.uniform(0.2, 0.8))
                server.restart(away)
            town.database.close()
            town.notes.append("the database went at once, three times")
            town.settle()
            town.retire()
            closing_the_books(town, "PostgreSQL, whose server restarts")
            town.end()
    except NoServer as error:
        pytest.skip(f"The tests on PostgreSQL DID NOT RUN: {error}")


@on_postgresql
def test_on_postgresql_the_clocks_of_machines_jump_an_hour_and_nobody_waits(towns: Towns, url: str, closing_the_books: Books) -> None:
    town = towns(url, people=120)
    fleet = start(town)
    for shifts in ((0.0, 0.0, AN_HOUR, 0.0), (0.0, AN_HOUR, 0.0, -AN_HOUR), (AN_HOUR, AN_HOUR, AN_HOUR, AN_HOUR)):
        for one, shift in zip(fleet, shifts, strict=True):
            one.clock.value = shift
        joined(town, 25)
        time.sleep(1)
    fleet[0].clock.value = 0.0  # Slack's signatures would be too old for it
    town.notes.append("the clocks of single machines went an hour wrong, both ways, then all went an hour ahead")
    town.settle()
    town.retire()
    ledger = closing_the_books(town, "PostgreSQL, clocks that jump an hour")
    assert not ledger.fates["expired"]


@on_sqlite
def test_on_sqlite_the_clock_jumps_an_hour_and_is_put_right_after_a_kill(towns: Towns, url: str, closing_the_books: Books) -> None:
    town = towns(url, people=80)
    ahead = town.start("run", Doom(point=MID_SEND, times=25))
    joined(town, 8)
    ahead.clock.value = AN_HOUR
    while not ahead.dead:
        town.crowd.come(1)
        time.sleep(0.2)
    town.bury(ahead)
    right = town.start("run")
    joined(town, 10)
    right.clock.value = AN_HOUR
    town.notes.append("the clock went an hour ahead, the process was killed, the clock was put right, and went ahead again")
    town.settle()
    town.retire()
    closing_the_books(town, "SQLite, a clock that jumps an hour")


@on_sqlite
def test_the_disk_is_full_for_a_while(towns: Towns, url: str, closing_the_books: Books) -> None:
    town = towns(url, people=80)
    for again in (False, True):
        process = town.start("run", Doom())
        joined(town, 12)
        _, most = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (64 * 1024, most))
        town.crowd.come(12)
        time.sleep(4)
        if again:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most, most))
        else:
            process.kill()
            town.bury(process)
    town.notes.append("the disk was full twice: once until a kill, once until there was room")
    town.settle()
    town.retire()
    closing_the_books(town, "SQLite, a full disk")
    assert all("OperationalError" in (town.folder / f"run{n:03}.log").read_text() for n in (0, 1)), town.logs()
