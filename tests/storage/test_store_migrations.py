"""The shape of the database, and what happens at a start."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from storage.article_search import is_model
from storage.database import AlreadyRunning, StorageError, address, connect, lock_file
from storage.migrate import downgrade, is_current, open_database, upgrade
from storage.tables import METADATA


def test_migrations_and_models_agree(url: str) -> None:
    with connect(url).read() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"include_name": is_model}), METADATA) == []


def test_up_down_and_up_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    upgrade(url)
    downgrade(url, "base")
    with connect(url).read() as connection:
        assert connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE name LIKE '%people%'").all() == []
    upgrade(url)
    assert is_current(connect(url))


def test_a_fresh_sqlite_file_migrates_itself_at_the_start(tmp_path: Path) -> None:
    assert is_current(open_database(f"sqlite:///{tmp_path / 'fresh.db'}"))


def test_a_database_of_a_newer_release_is_refused_in_one_line(url: str) -> None:
    with connect(url).write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="newer release"):
        open_database(url)


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
