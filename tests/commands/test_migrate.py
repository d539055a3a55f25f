"""`handrail migrate`, and what everybody hears who comes with another release than the database's, on both databases."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest
from databases import on_sqlite

from bot.commands.demo import state_folder
from bot.commands.serve import ENDINGS
from storage.database import address, connect, lock_file
from storage.migrate import downgrade, open_database, revisions
from tests.commands.conftest import Handrail

BEFORE, HEAD = revisions()[-2:]
SETTINGS = {
    "SENDGRID_API_KEY": "SG.key", "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "secret", "HANDRAIL_FROM_EMAIL": "hello@tally.test",
    "HANDRAIL_POSTAL_ADDRESS": "1 Harbour Street", "HANDRAIL_SECRET_KEY": "a-secret-key-for-this-test", "HANDRAIL_WRITE_KEY": "write",
}  # fmt: skip
OPENING = [
    "run", "web", "clock", "worker", "why ana", "segments ana", "events", "content", "keys list", "keys add product", "tasks",
    "suppressions list", "suppressions add ana@acme.test", "people ids ana", "move ana smb", "risk train",
]  # fmt: skip
"""Commands that open the database. `import` and `inbound` ask for a file first, and say the same."""


@pytest.fixture
def handrail(handrail: Handrail, url: str, monkeypatch: pytest.MonkeyPatch) -> Handrail:
    monkeypatch.setenv("DATABASE_URL", url)
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("bot.commands.serve.set_up", lambda *_: None)  # logging is the whole process's
    return handrail


@pytest.mark.parametrize("command", OPENING)
def test_no_command_touches_a_database_of_an_older_release(handrail: Handrail, url: str, command: str) -> None:
    downgrade(url, BEFORE)
    said = handrail(*command.split())
    assert (said.code, said.out) == (1, "")
    assert said.err.strip().splitlines() == [
        f"The database is of an older release: it is at {BEFORE}, and this one needs {HEAD}; run: handrail migrate"
    ]
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, []) & ENDINGS  # what is started after a refusal can still be told to end


def test_migrate_says_from_where_to_where_and_goes_back_for_an_older_release(handrail: Handrail, url: str) -> None:
    assert handrail("migrate").out == f"The database is up to date, at {HEAD}.\n"
    assert handrail("migrate", "--to", BEFORE).out == f"The database went back from {HEAD} to {BEFORE}.\n"
    assert handrail("migrate", "--to", BEFORE).out == f"The database is at {BEFORE} already.\n"
    assert handrail("migrate").out == f"The database went forward from {BEFORE} to {HEAD}.\n"
    assert handrail("migrate", "--to", "yesterday").err == f"There is no revision yesterday; this release knows 0001 to {HEAD}\n"
    open_database(url).close()


def test_an_empty_database_is_set_up_by_migrate(handrail: Handrail, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_url)
    assert handrail("migrate").out == f"The database is set up, at {HEAD}.\n"
    open_database(empty_url).close()


def test_a_database_of_a_newer_release_is_not_touched_by_migrate_either(handrail: Handrail, url: str) -> None:
    with connect(url).write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for command in ("migrate", "events"):
        assert handrail(command).err == (
            f"The database belongs to a newer release: it is at 9999, and this one knows it up to {HEAD}; start that release, "
            f"or let it take the database back first: handrail migrate --to {HEAD}\n"
        )


def test_a_file_that_handrail_runs_on_is_not_migrated_under_its_feet(handrail: Handrail, url: str) -> None:
    with lock_file(url):
        said = handrail("migrate")
    if address(url).get_backend_name() == "sqlite":
        assert "already runs on" in said.err
    else:
        assert said.code == 0  # PostgreSQL has several processes, and no file to lock


@on_sqlite
def test_a_demo_that_another_release_left_is_begun_anew(handrail: Handrail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    left = f"sqlite:///{state_folder(port)}/handrail.db"
    state_folder(port).mkdir()
    open_database(left).close()
    downgrade(left, BEFORE)
    assert handrail("demo", "--port", str(port), "--no-browser").err == (
        "The last demo was cut off under another release, and this one can't go on with it; begin anew with --fresh.\n"
    )
