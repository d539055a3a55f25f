"""The shape of the database, and what happens at a start."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from databases import on_postgresql, on_sqlite

from storage.article_search import is_model
from storage.database import AlreadyRunning, StorageError, address, connect, lock_file
from storage.migrate import NOTHING, Moved, OtherRelease, downgrade, is_current, move, open_database, revisions, upgrade
from storage.tables import METADATA
from tests.storage.shapes import differences, fill, lost, rows, shape

BEFORE, HEAD = revisions()[-2:]
ANEW = {
    "0004": {"people.version", "people.wake_at"},  # whoever has a case is asked again
    "0007": {"people.kept", *(f"activity.{column}" for column in ("person_id", "name", "day", "n", "totals", "first_at", "last_at"))},
}
"""What a step forward changes, by the revision that it leaves: it is counted anew from the events, or asked again."""
RENAMED = {"0004": {"cases.content"}}
"""What a step forward calls by another name, and a step back by the old one."""


# Models and migrations


def test_migrations_and_models_agree(url: str, empty_url: str) -> None:
    made, said = connect(url), connect(empty_url)
    METADATA.create_all(said.engine)
    assert differences(said.engine, made.engine) == []
    with made.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"include_name": is_model}), METADATA) == []


def test_a_model_that_no_migration_knows_is_named_in_words(url: str, empty_url: str) -> None:
    made, said = connect(url), connect(empty_url)
    METADATA.create_all(said.engine)
    with said.write() as connection:
        connection.exec_driver_sql("ALTER TABLE strays ADD COLUMN colour TEXT")
        connection.exec_driver_sql("DROP INDEX ix_cases_open")
    first, second = differences(said.engine, made.engine)
    assert first.startswith("strays.colour: the models say TEXT()")
    assert first.endswith("the migrations make nothing of it")
    assert second.startswith("the index ix_cases_open: the models say nothing of it, the migrations make cases (opened_at) where ")


# Forwards and backwards


def test_from_every_revision_a_step_forward_and_back_and_forward_again_loses_nothing(empty_url: str) -> None:
    for n, (at, following) in enumerate(pairwise(revisions())):
        upgrade(empty_url, at)
        tables = fill(empty_url, n)
        kept, looked = rows(empty_url, tables), shape(empty_url)
        upgrade(empty_url, following)
        downgrade(empty_url, at)
        assert shape(empty_url) == looked, f"{at} to {following} and back"
        assert lost(kept, rows(empty_url, tables)) <= ANEW.get(at, set()), f"{at} to {following} and back"
    upgrade(empty_url)
    fill(empty_url, len(revisions()))
    assert {len(kept) for name, kept in rows(empty_url).items() if name in ("people", "events", "outbox", "cases")} == {len(revisions())}


@pytest.mark.parametrize("revision", ["0001", *(pytest.param(one, marks=pytest.mark.gate) for one in revisions()[1:-1])])
def test_data_of_every_release_comes_to_this_one_at_once(empty_url: str, url: str, revision: str) -> None:
    upgrade(empty_url, revision)
    fill(empty_url, 1)
    kept = rows(empty_url)
    upgrade(empty_url)
    assert shape(empty_url) == shape(url)
    changed = {what for at, columns in [*ANEW.items(), *RENAMED.items()] if at >= revision for what in columns}
    assert lost(kept, rows(empty_url)) <= changed
    downgrade(empty_url, BEFORE)
    upgrade(empty_url)
    assert lost(kept, rows(empty_url)) <= changed


def test_up_down_and_up_again(empty_url: str) -> None:
    upgrade(empty_url)
    fill(empty_url, 1)
    downgrade(empty_url, NOTHING)
    assert shape(empty_url) == {}
    upgrade(empty_url)
    assert is_current(connect(empty_url))


def test_two_who_migrate_at_once_are_one_after_the_other(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        moved = list(threads.map(lambda _: move(empty_url), range(4)))
    assert sorted(one.before for one in moved) == [HEAD, HEAD, HEAD, NOTHING]
    assert {one.after for one in moved} == {HEAD}


@on_sqlite
@pytest.mark.usefixtures("as_in_production")
def test_who_opens_a_new_file_that_somebody_is_at_work_on_waits_for_them(empty_url: str) -> None:
    with closing(sqlite3.connect(address(empty_url).database or "", isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE theirs (x)")
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO theirs VALUES (1)")
        done = threading.Timer(0.2, other.execute, ["COMMIT"])
        done.start()
        with connect(empty_url).read() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        done.join()


def test_a_database_goes_back_for_an_older_release_and_says_from_where_to_where(url: str) -> None:
    assert move(url, BEFORE) == Moved(before=HEAD, after=BEFORE)
    assert move(url, BEFORE) == Moved(before=BEFORE, after=BEFORE)
    assert move(url) == Moved(before=BEFORE, after=HEAD)
    with pytest.raises(StorageError, match=f"no revision 12; this release knows 0001 to {HEAD}"):
        move(url, "12")


# At a start


@on_sqlite
@pytest.mark.usefixtures("as_in_production")
def test_a_fresh_sqlite_file_migrates_itself_at_the_start(empty_url: str) -> None:
    assert is_current(open_database(empty_url))


@on_sqlite
@pytest.mark.usefixtures("as_in_production")
def test_so_does_a_file_that_is_empty(empty_url: str) -> None:
    Path(address(empty_url).database or "").touch()
    assert is_current(open_database(empty_url))


@on_sqlite
def test_a_file_that_somebody_else_keeps_tables_in_is_left_alone(empty_url: str) -> None:
    with connect(empty_url).write() as connection:
        connection.exec_driver_sql("CREATE TABLE recipes (name TEXT)")
    with pytest.raises(OtherRelease, match=r"not been set up yet; run: handrail migrate$"):
        open_database(empty_url)


@on_sqlite
def test_a_file_that_is_no_database_is_refused_in_one_line(empty_url: str) -> None:
    Path(address(empty_url).database or "").write_text("Dear diary, today nothing happened. " * 200)
    with pytest.raises(StorageError, match=r"^The database can't be opened: .*not a database$"):
        open_database(empty_url)


@on_postgresql
def test_a_fresh_postgresql_waits_for_handrail_migrate(empty_url: str) -> None:
    with pytest.raises(OtherRelease, match=r"^The database has not been set up yet; run: handrail migrate$"):
        open_database(empty_url)


def test_a_database_of_an_older_release_is_refused_in_one_line_and_left_as_it_is(url: str) -> None:
    downgrade(url, BEFORE)
    with pytest.raises(OtherRelease) as refused:
        open_database(url)
    assert str(refused.value) == f"The database is of an older release: it is at {BEFORE}, and this one needs {HEAD}; run: handrail migrate"
    assert move(url).before == BEFORE


def test_a_database_of_a_newer_release_is_refused_in_one_line(url: str) -> None:
    with connect(url).write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for tried in (open_database, move):
        with pytest.raises(OtherRelease) as refused:
            tried(url)
        assert str(refused.value) == (
            f"The database belongs to a newer release: it is at 9999, and this one knows it up to {HEAD}; start that release, "
            f"or let it take the database back first: handrail migrate --to {HEAD}"
        )


@on_sqlite
@pytest.mark.usefixtures("as_in_production")
def test_sqlite_is_set_up_to_lose_nothing(url: str) -> None:
    with connect(url).read() as connection:
        modes = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert modes == ["wal", 2, 1]


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/handrail", "nonsense"])
def test_a_database_we_cannot_use_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(StorageError) as refused:
        open_database(url)
    assert "\n" not in str(refused.value)


def test_a_folder_that_is_not_there_is_named_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="can't be opened"):
        open_database(f"sqlite:///{tmp_path / 'nowhere' / 'handrail.db'}")


@pytest.mark.parametrize("url", ["postgres://u:p@host/db", "postgresql://u:p@host/db"])
def test_the_usual_names_of_postgresql_get_the_driver_we_use(url: str) -> None:
    assert address(url).drivername == "postgresql+psycopg"


@on_sqlite
def test_handrail_runs_once_on_a_file_and_again_when_the_first_is_gone(url: str) -> None:
    with lock_file(url), pytest.raises(AlreadyRunning, match="already runs"), lock_file(url):
        pass
    with lock_file(url):
        pass


def test_carls_stop_still_holds_after_the_move_to_domains_in_ascii(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    upgrade(url, "0006")
    with connect(url).write() as connection:
        insert = "INSERT INTO suppressions (channel, address, reason, source, at) VALUES ('email', ?, 'opt-out', 'person', 0)"
        connection.exec_driver_sql(insert, [("carl@bücher.test",), ("ana@acme.test",)])
    upgrade(url)
    with connect(url).read() as connection:
        kept = connection.exec_driver_sql("SELECT address FROM suppressions ORDER BY address").scalars().all()
    assert kept == ["ana@acme.test", "carl@xn--bcher-kva.test"]


def test_acmes_people_are_counted_and_their_activity_begins_anew_after_the_move_to_one_document(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    upgrade(url, "0007")
    ana = '{"id": "ana", "joined_at": "2026-03-02T10:00:00Z", "last_active": "2026-03-03T23:30:00-02:00", "journey": {"playbook": "smb", \
"steps": {"invite": {"at": "2026-03-02T10:00:00Z", "how": "skipped"}, "report": {"at": "2026-03-02T10:00:00Z", "how": "product"}}}}'
    with connect(url).write() as connection:
        connection.exec_driver_sql("INSERT INTO accounts (id, version, owner, external_id, state) VALUES ('acme', 1, '', 'acme', '{}')")
        insert = """INSERT INTO people (id, version, account_id, active, external_id, email, slack, name, kept, state)
            VALUES (?, 1, 'acme', 1, '', '', '', '', '["report.created"]', ?)"""
        connection.exec_driver_sql(insert, [("ana", ana), ("ben", '{"id": "ben", "joined_at": null}')])
        connection.exec_driver_sql("INSERT INTO activity VALUES ('ana', 'report.created', '', 1, NULL, 0, 0)")
        connection.exec_driver_sql("INSERT INTO people_segments (person_id, dimension, segment, since) VALUES ('ana', 'stage', 'new', 7)")
    upgrade(url, "0008")
    with connect(url).read() as connection:
        counts = dict(connection.exec_driver_sql("SELECT what, n FROM account_counts WHERE account_id = 'acme'").all())
        assert counts == {"people": 1, "active:2026-03-04": 1, "in:smb": 1, "done:smb:report": 1}
        assert connection.exec_driver_sql("SELECT DISTINCT kept FROM people").scalars().all() == ["[]"]
        assert connection.exec_driver_sql("SELECT dimension, segment, at FROM segment_changes").all() == [("stage", "new", 7)]
    downgrade(url, "0007")
    with connect(url).read() as connection:
        assert connection.exec_driver_sql("SELECT n, day FROM activity").all() == []
