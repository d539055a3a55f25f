"""A backup made while people come and go, and put back without anybody getting a message twice."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from houses import Clocks, House, Post
from stories import MONDAY

from bot.clock import tick
from bot.commands.backup import catch_up
from flows.events import OptedOut
from storage import restoring
from storage.backup import take_backup
from storage.database import AlreadyRunning, Database, StorageError, lock_file
from storage.migrate import downgrade, revisions
from storage.restoring import Restored, restore
from storage.standing import standing
from storage.suppressions import Suppression, Suppressions
from storage.tables import suppressions
from storage.unknowns import leave, unsettled

DAY = timedelta(days=1)


class Town:
    """A house on a file, whose people get messages for days, and its operator."""

    def __init__(self, folder: Path) -> None:
        self.file, self.backup = folder / "handrail.db", folder / "backup.db"
        self.url = f"sqlite:///{self.file}"
        self.clocks = Clocks()
        self.slack = Post("slack", self.clocks)
        self.house = House(self.file, self.clocks, self.slack)

    def backs_up(self, keep: int = 1) -> None:
        take_backup(self.url, self.backup, self.clocks.machine, keep)

    def restores(self, *, again: bool = False) -> Restored:
        """Handrail ends, the backup is put back, and it starts again."""
        self.house.store.close()
        found = restore(self.url, self.backup, self.clocks.machine, self._catch_up, again=again)
        self.house = House(self.file, self.clocks, self.slack, shelf=self.house.shelf)
        self.house.delivery.sweep(all_dead=True)
        return found

    def _catch_up(self, database: Database) -> int:
        return catch_up(database, self.house.shelf.books, self.clocks.world)

    def loses_its_disk(self) -> None:
        """What is left of the database can't be read."""
        self.house.store.close()
        for end in ("-wal", "-shm"):
            Path(f"{self.file}{end}").unlink(missing_ok=True)
        self.file.write_bytes(b"\0" * 4096)

    def got(self) -> Counter[str]:
        """How often each message to a customer reached them, by its key."""
        return Counter(one.key for one in self.slack.taken if one.to.kind == "person")

    def states(self) -> Counter[str]:
        return Counter(row.state for row in self.house.rows() if row.kind == "say")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    found = Town(tmp_path)
    yield found
    found.house.store.close()


def test_a_backup_is_whole_although_people_write_all_the_time(town: Town):
    ended = threading.Event()
    joined = []

    def people_come() -> None:
        while not ended.is_set():
            joined.append(town.house.joins(f"person{len(joined)}"))

    writer = threading.Thread(target=people_come)
    writer.start()
    try:
        while len(joined) < 5:
            pass
        for _ in range(3):
            before = len(joined)
            town.backs_up()
            with closing(sqlite3.connect(town.backup)) as made:
                assert made.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert made.execute("PRAGMA foreign_key_check").fetchall() == []
                assert made.execute("SELECT count(*) FROM people").fetchone()[0] >= before
    finally:
        ended.set()
        writer.join()
    assert not list(town.backup.parent.glob(".*part*"))


def test_only_its_owner_reads_it_and_it_stands_alone(town: Town):
    town.house.joins()
    town.backs_up()
    assert stat.S_IMODE(town.backup.stat().st_mode) == 0o600
    with closing(sqlite3.connect(town.backup)) as made:
        assert made.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert {path.name for path in town.backup.parent.iterdir()} <= {"handrail.db", "handrail.db-wal", "handrail.db-shm", "backup.db"}


def test_earlier_ones_are_kept_as_many_as_were_asked_for(town: Town):
    for name in ("ana", "ben", "lia", "nora"):
        town.house.joins(name)
        town.backs_up(keep=3)
    people = []
    for file in (town.backup, Path(f"{town.backup}.1"), Path(f"{town.backup}.2")):
        with closing(sqlite3.connect(file)) as made:
            people.append(made.execute("SELECT count(*) FROM people").fetchone()[0])
    assert people == [4, 3, 2]
    assert not Path(f"{town.backup}.3").exists()


def test_when_it_was_made_is_known_to_whoever_asks_how_things_are(town: Town):
    town.backs_up()
    assert standing(town.house.store.database, town.clocks.now, town.clocks.machine).backup_at == MONDAY


def test_a_damaged_database_does_not_overwrite_a_good_backup(town: Town):
    town.backs_up()
    good = town.backup.read_bytes()
    town.loses_its_disk()
    with pytest.raises(StorageError, match=r"damaged|not a database"):
        town.backs_up()
    assert town.backup.read_bytes() == good


@pytest.mark.parametrize("disk", ["is fine", "is gone"])
def test_nothing_is_sent_twice_after_a_restore(town: Town, disk: str):
    for name in ("ana", "ben", "lia"):
        town.house.joins(name)
    town.house.goes_on(MONDAY + DAY / 2)
    town.house.joins("nora")  # her welcome waits while the backup is made, and goes out a moment later
    town.backs_up()
    town.house.goes_on(MONDAY + 4 * DAY)
    before = town.got()
    assert len(before) > 8
    if disk == "is gone":
        town.loses_its_disk()
    found = town.restores()
    town.house.goes_on(MONDAY + 20 * DAY)
    assert max(town.got().values()) == 1
    assert len(town.got()) > len(before)
    assert found.readable == (disk == "is fine")
    assert (found.told > 0, found.held > 0) == ((True, False) if found.readable else (False, True))
    assert town.states()["unknown"] == sum(1 for row in town.house.rows() if row.state == "unknown" and row.if_unknown == "leave")


def test_what_was_never_sent_is_sent_when_the_database_before_says_so(town: Town):
    town.house.joins("ana")
    town.backs_up()
    assert town.got() == Counter()
    found = town.restores()
    assert (found.told, found.held) == (0, 0)
    town.house.settle()
    assert list(town.got().values()) == [1]


def test_without_the_database_before_a_person_decides_and_may_send_it(town: Town):
    town.house.joins("ana")
    town.backs_up()
    town.loses_its_disk()
    assert town.restores().held == 1
    town.house.settle()
    assert town.got() == Counter()
    [welcome] = [row for row in town.house.rows() if row.state == "unknown"]
    assert town.house.outbox.resend(welcome.id)
    town.house.settle()
    assert town.got() == {welcome.key: 1}


def test_slack_is_asked_whether_it_has_what_waited_in_the_backup(town: Town):
    town.house.joins("ana")
    town.backs_up()
    town.house.settle()
    assert len(town.got()) == 1
    town.loses_its_disk()
    town.restores()
    town.house.delivery.reconcile()
    assert town.states() == {"sent": 1}


def test_whoever_would_rather_say_it_twice_can(town: Town):
    town.house.joins("ana")
    town.backs_up()
    town.house.settle()
    town.loses_its_disk()
    assert town.restores(again=True).held == 0
    town.house.settle()
    assert list(town.got().values()) == [2]


def test_new_messages_have_numbers_that_no_provider_knows(town: Town):
    town.house.joins("ana")
    town.backs_up()
    town.house.goes_on(MONDAY + 2 * DAY)
    last = town.house.rows()[-1].id
    town.loses_its_disk()
    town.restores()
    town.house.joins("ben")
    assert town.house.row("ben", "welcome").id > last


def test_who_said_stop_since_then_stays_unwritten_to(town: Town):
    town.house.joins("ana")
    town.house.settle()
    town.backs_up()
    town.house.hears(OptedOut, "ana", channel="slack")
    before = len(town.got())
    town.restores()
    town.house.goes_on(MONDAY + 5 * DAY)
    assert len(town.got()) == before
    assert town.house.store.database


@pytest.mark.parametrize(
    ("then", "since", "now"),
    [
        ("soft", "complained", "complained"),
        ("soft", "opt-out", "opt-out"),
        ("opt-out", "soft", "opt-out"),
        ("opt-out", "complained", "complained"),
        ("bounced", "soft", "soft"),
        ("", "bounced", "bounced"),
        ("bounced", "", "bounced"),
    ],
)
def test_an_address_that_only_its_owner_opens_again_stays_so(town: Town, then: str, since: str, now: str):
    def shuts(reason: str) -> None:
        with town.house.store.database.write() as connection:
            connection.execute(suppressions.delete())
        if reason:
            one = Suppression(channel="email", address="ana@acme.test", reason=reason, source="import", at=town.clocks.now)
            Suppressions(town.house.store.database).add([one])

    shuts(then)
    town.backs_up()
    shuts(since)
    town.restores()
    kept = Suppressions(town.house.store.database)
    assert [one.reason for one in kept.all()] == [now]
    assert kept.lift("email", "ana@acme.test") == (now not in ("complained", "opt-out"))


def test_what_somebody_left_is_left_after_a_restore(town: Town):
    town.slack.fates.extend(["lost"] * 2)
    for name in ("ana", "ben"):
        town.house.joins(name, email=False)
    town.backs_up()
    town.house.settle()
    first, second = unsettled(town.house.store.database, 10)
    leave(town.house.store.database, first.id, town.clocks.machine)
    town.restores()
    assert [row.key for row in unsettled(town.house.store.database, 10)] == [second.key]


def test_it_is_refused_while_handrail_runs_and_while_anybody_has_the_file_open(town: Town):
    town.house.joins("ana")
    town.backs_up()
    with lock_file(town.url), pytest.raises(AlreadyRunning):
        restore(town.url, town.backup, town.clocks.machine, town._catch_up)
    with pytest.raises(StorageError, match="stop every process"):
        restore(town.url, town.backup, town.clocks.machine, town._catch_up)
    assert not list(town.file.parent.glob("*.before-restore-*"))


def test_a_backup_of_a_newer_release_is_refused_and_one_of_an_older_is_brought_up_to_date(town: Town):
    town.house.joins("ana")
    town.backs_up()
    with closing(sqlite3.connect(town.backup)) as made, made:
        made.execute("UPDATE alembic_version SET version_num = '9999'")
    town.house.store.close()
    with pytest.raises(StorageError, match="a newer release"):
        restore(town.url, town.backup, town.clocks.machine, town._catch_up)
    with closing(sqlite3.connect(town.backup)) as made, made:
        made.execute("UPDATE alembic_version SET version_num = ?", (revisions()[-1],))
    downgrade(f"sqlite:///{town.backup}", "0015")
    town.restores()
    assert town.house.person("ana").name == "Ana"


def test_another_file_is_no_backup(town: Town, tmp_path: Path):
    (tmp_path / "letter.txt").write_text("Dear Ana")
    with pytest.raises(StorageError, match="no backup of Handrail's"):
        restore(town.url, tmp_path / "letter.txt", town.clocks.machine, town._catch_up)
    with pytest.raises(StorageError, match="There is no file"):
        restore(town.url, tmp_path / "nowhere.db", town.clocks.machine, town._catch_up)


def test_cut_off_at_any_moment_the_database_before_is_still_in_its_place(town: Town, monkeypatch: pytest.MonkeyPatch):
    town.house.joins("ana")
    town.backs_up()
    town.house.joins("ben")
    town.house.store.close()

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for step in ("copy", "upgrade", "_caught_up", "_fates", "_stand_alone", "_as_readable_as", "_put_aside"):
        with monkeypatch.context() as patched:
            patched.setattr(restoring, step, cut)
            with pytest.raises(KeyboardInterrupt):
                restore(town.url, town.backup, town.clocks.machine, town._catch_up)
        with closing(sqlite3.connect(town.file)) as there:
            assert there.execute("SELECT count(*) FROM people").fetchone() == (2,)
    assert not list(town.file.parent.glob(".*part*"))


def test_the_database_before_is_kept_aside_and_whole(town: Town):
    town.house.joins("ana")
    town.backs_up()
    town.house.joins("ben")
    found = town.restores()
    assert found.aside is not None
    assert found.aside.name == "handrail.db.before-restore-20260302T100000Z"
    with closing(sqlite3.connect(found.aside)) as aside:
        assert aside.execute("SELECT count(*) FROM people").fetchone() == (2,)
    assert stat.S_IMODE(town.file.stat().st_mode) == stat.S_IMODE(found.aside.stat().st_mode)


def test_postgresql_is_told_what_to_run():
    url = "postgresql://handrail:secret@db.test/handrail"
    with pytest.raises(StorageError, match=r'pg_dump --format=custom --file=x.dump --dbname="\$DATABASE_URL"'):
        take_backup(url, Path("x.dump"), datetime.now(UTC))
    with pytest.raises(StorageError, match=r'pg_restore --clean --if-exists --dbname="\$DATABASE_URL" x.dump'):
        restore(url, Path("x.dump"), datetime.now(UTC), lambda _: 0)


def test_the_clock_beats_on_after_a_restore(town: Town):
    town.backs_up()
    town.restores()
    assert tick(town.house.door, town.house.chores) == 0
