"""`handrail status`, `unknown`, `backup` and `restore`, as whoever runs Handrail types them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from houses import Clocks, House, Post

import bot.commands.backup  # noqa: F401 - with the real migrations: those that the suite puts in their place set a file up anew
from bot.cli import main
from bot.world import machine_now
from storage import sendings
from storage.alerts import Alert, keep
from storage.sendings import Sending

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


Handrail = Callable[..., Ran]


@pytest.fixture
def handrail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Handrail:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'handrail.db'}")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: str) -> Ran:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        told = capsys.readouterr()
        return Ran(int(ended.value.code or 0), told.out, told.err)

    return run


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house whose clock has just beaten, on the machine's own time."""
    clocks = Clocks()
    clocks.machine = machine_now()
    clocks.at(clocks.machine)
    found = House(tmp_path / "handrail.db", clocks, Post("slack", clocks))
    found.chores.beat("tick", clocks.machine)
    yield found
    found.store.close()


def loses(house: House, *names: str) -> list[str]:
    """Slack's answers about the welcomes of these people get lost. Gives the messages' keys."""
    house.slack.fates.extend(["lost"] * len(names))
    for name in names:
        house.joins(name, email=False)
    house.delivery.drain()
    return [row.key for row in house.rows() if row.state == "unknown" and row.key]


def counted(house: House, channel: str, fate: str, n: int, **more: Any) -> None:
    minute = machine_now().replace(second=0, microsecond=0)
    sendings.add(house.store.database, [Sending(channel=channel, fate=fate, minute=minute, n=n, **more)])


def test_all_is_well_and_says_so(handrail: Handrail, house: House):
    counted(house, "email", "sent", 1200, late_n=1200, late_ms=9000, late_most_ms=4200)
    ran = handrail("status")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith("✓ clock        it beat ")
    assert "✓ outbox       0 pending, 0 claimed, 0 sending; the oldest waits 0 s" in lines
    assert "✓ last hour    1,200 messages sent, the latest 4 s after it was due" in lines
    assert "✓ email        1,200 sent" in lines
    assert lines[-1] == "All is well."


def test_what_is_wrong_is_told_and_leaves_with_1(handrail: Handrail, house: House):
    house.chores.beat("tick", machine_now() - timedelta(hours=3))
    counted(house, "email", "failed", 7, late_n=7)
    ran = handrail("status")
    assert ran.code == 1
    assert "✗ clock        it has stood still for 3 h" in ran.out
    assert "✗ email        7 failed; it could not be reached, or refuses what we send" in ran.out
    assert ran.out.splitlines()[-1] == "2 things wrong; docs/operations.md says what to do."


def test_while_a_providers_alert_stands_all_is_not_well(handrail: Handrail, house: House):
    keep(house.store.database, [Alert(kind="refuses:email", since=machine_now(), told=True, told_at=machine_now())])
    ran = handrail("status")
    assert ran.code == 1
    assert "✗ email        nothing sent; it could not be reached, or refuses what we send" in ran.out
    counted(house, "email", "retried", 3, late_n=3)
    assert "✗ email        3 retried; it could not be reached, or refuses what we send" in handrail("status").out
    keep(house.store.database, [Alert(kind="refuses:email")])
    assert handrail("status").out.endswith("All is well.\n")


def test_what_waits_for_another_try_is_no_lateness_and_is_told(handrail: Handrail, house: House):
    house.slack.fates.extend(["busy"] * 2)
    for name in ("ana", "ben"):
        house.joins(name, email=False)
    house.delivery.drain()
    waiting = json.loads(handrail("status", "--json").out)["outbox"]["waiting_again"]
    ran = handrail("status")
    assert waiting >= 2
    assert f"– lateness     on time; {waiting} wait for another try\n" in ran.out
    assert ran.code == 0


def test_what_no_provider_saw_is_no_channels(handrail: Handrail, house: House):
    counted(house, "", "failed", 3)
    [told] = json.loads(handrail("status", "--json").out)["last_hour"]
    assert (told["channel"], told["fate"], told["n"]) == (None, "failed", 3)


def test_a_program_reads_the_same_numbers(handrail: Handrail, house: House):
    loses(house, "ana")
    ran = handrail("status", "--json")
    told = json.loads(ran.out)
    assert (ran.code, told["status"], told["problems"], told["unknown_open"]) == (0, "ok", [], 1)
    assert told["outbox"] == {"pending": 0, "claimed": 0, "sending": 0, "unknown": 1, "waiting_again": 0}
    house.chores.beat("tick", machine_now() - timedelta(minutes=5))
    ran = handrail("status", "--json")
    assert (ran.code, json.loads(ran.out)["problems"]) == (1, ["clock: it has stood still for 5 min"])


def test_colour_is_for_terminals(handrail: Handrail, house: House):
    assert "\x1b" not in handrail("status").out
    assert house.store


def test_without_a_database_there_is_one_line(handrail: Handrail):
    ran = handrail("status")
    assert (ran.code, ran.out) == (1, "")
    assert len(ran.err.splitlines()) == 1


def test_unknown_ones_are_listed_with_what_happened(handrail: Handrail, house: House):
    [key] = loses(house, "ana")
    out = handrail("unknown", "list").out
    assert key in out
    assert "welcome → slack, Ana" in out
    assert "timed out" in out
    [told] = json.loads(handrail("unknown", "list", "--json").out)
    assert (told["key"], told["message"], told["channel"]) == (key, "welcome", "slack")


def test_one_is_sent_again_and_only_then(handrail: Handrail, house: House):
    first, second = loses(house, "ana", "ben")
    house.delivery.drain()
    assert house.slack.taken == []
    assert handrail("unknown", "resend", first).out == "1 message in the outbox again.\n"
    house.delivery.drain()
    assert [one.key for one in house.slack.taken] == [first]
    ran = handrail("unknown", "resend", first)
    assert (ran.code, ran.err) == (1, f"{first} is sent: there is nothing to settle.\n")
    assert second in handrail("unknown", "list").out


def test_one_is_left_and_not_listed_any_more(handrail: Handrail, house: House):
    first, second = loses(house, "ana", "ben")
    assert handrail("unknown", "leave", first, first).out == "1 message left.\n"
    assert handrail("unknown", "leave", first).out == "0 messages left.\n"
    assert first not in handrail("unknown", "list").out
    assert json.loads(handrail("status", "--json").out)["unknown_open"] == 1
    assert handrail("unknown", "leave", "--all").out == "1 message left.\n"
    assert handrail("unknown", "list").out == "Of every message it is known what became of it.\n"
    assert json.loads(handrail("unknown", "resend", second, "--json").out) == [second]


def test_what_to_settle_has_to_be_said(handrail: Handrail, house: House):
    for arguments in (("resend",), ("leave",), ("resend", "x", "--all")):
        assert handrail("unknown", *arguments).err == "Name the keys of messages, or --all of them.\n"
    assert "There is no message with the key nothing" in handrail("unknown", "resend", "nothing").err
    assert house.store


def test_a_backup_is_made_while_the_house_is_open_and_put_back_when_it_is_not(handrail: Handrail, house: House, tmp_path: Path):
    house.joins("ana")
    ran = handrail("backup", "night.db", "--keep", "2")
    assert ran.code == 0
    assert ran.out.startswith("night.db holds the database as of 20")
    assert ran.out.endswith(" MB, checked.\n")
    assert "✓ backup       the last one is " in handrail("status").out
    refused = handrail("restore", "night.db")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.endswith("open: stop every process of Handrail first\n")
    house.joins("ben")
    house.store.close()
    told = json.loads(handrail("restore", "night.db", "--json").out)
    assert (told["database_before_readable"], told["held"]) == (True, 0)
    with closing(sqlite3.connect(tmp_path / "handrail.db")) as there:
        assert there.execute("SELECT count(*) FROM people").fetchone() == (1,)


def test_a_restore_says_what_it_means(handrail: Handrail, house: House, tmp_path: Path):
    house.joins("ana")
    handrail("backup", "night.db")
    house.store.close()
    out = handrail("restore", "night.db").out
    for words in ("is in place. What came in since then is not in it", "The database before is kept in", "none of them is sent again"):
        assert words in out
    (tmp_path / "handrail.db").unlink()
    out = handrail("restore", "night.db").out
    assert "1 message may have been sent since then. None is sent again by itself: handrail unknown list" in out


@pytest.mark.parametrize(
    "name", [".", "/", "..", "handrail.db", "handrail.db-wal", "handrail.db-shm", "handrail.db-journal", "handrail.db.lock"]
)
def test_no_backup_takes_the_place_of_something_else(handrail: Handrail, house: House, name: str):
    house.joins("ana")
    ran = handrail("backup", name)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.endswith("give the backup another name\n" if name.startswith("handrail") else "is a folder; name a file in it\n")
    assert house.person("ana").name == "Ana"


def test_nor_does_one_that_is_kept_beside_it(handrail: Handrail, house: House, tmp_path: Path):
    (tmp_path / "link").symlink_to(tmp_path / "handrail.db-wal")
    (tmp_path / "night.db.2").symlink_to(tmp_path / "handrail.db")
    for arguments in (("link",), ("night.db", "--keep", "3")):
        assert "the database itself or belongs to it" in handrail("backup", *arguments).err
    assert handrail("backup", "night.db", "--keep", "2").code == 0
    assert house.store


def test_the_database_is_no_backup_of_itself(handrail: Handrail, house: House):
    house.joins("ana")
    house.store.close()
    ran = handrail("restore", "handrail.db")
    assert (ran.code, ran.out, ran.err) == (1, "", "handrail.db is the database itself or belongs to it, and no backup\n")


def test_a_backup_may_have_any_name(handrail: Handrail, house: House):
    house.joins("ana")
    assert handrail("backup", "o?dd#1%20.db").code == 0
    house.store.close()
    assert handrail("restore", "o?dd#1%20.db").code == 0


def test_for_postgresql_the_command_to_run_is_named(handrail: Handrail, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:secret@db.test/handrail")
    ran = handrail("backup", "night.dump")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == 'PostgreSQL makes its own backups: pg_dump --format=custom --file=night.dump --dbname="$DATABASE_URL"\n'
