"""/healthz and /readyz: a process is restarted when it is dead, and gets no work while it can't do any."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from town import Town, a_town

from bot.web import readiness
from bot.web.readiness import Readiness, Stage
from storage.chores import Chores
from storage.migrate import downgrade
from storage.reports import Reports
from storage.store import Store, open_store


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with a_town(tmp_path) as found:
        yield found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = open_store(f"sqlite:///{tmp_path / 'handrail.db'}")
    yield found
    found.close()


def test_what_no_restart_mends_does_not_kill_the_process(town: Town):
    town.demo.clock.set(town.demo.now() + timedelta(days=2))
    answer = town.fetch("GET", "/healthz")
    assert (answer.status, answer.json["status"]) == (200, "problems")
    assert answer.json["problems"] == ["the clock or the delivery is behind"]
    assert town.fetch("GET", "/healthz?strict").status == 503


def test_a_provider_that_is_down_kills_nobody(town: Town):
    for fault in ("mail.send", "*"):
        town.workspace.faults.always(fault, "server_error")
    town.newcomer("Ben", in_slack=True)
    assert town.fetch("GET", "/healthz").status == 200


def test_without_its_database_a_process_is_dead(town: Town, monkeypatch: pytest.MonkeyPatch):
    def gone(*_: object) -> None:
        raise OSError("disk I/O error")

    monkeypatch.setattr(Reports, "health", gone)
    assert town.fetch("GET", "/healthz").status == 503


def test_however_often_strangers_ask_how_it_is_the_database_is_asked_a_few_times(town: Town, monkeypatch: pytest.MonkeyPatch):
    asked: list[object] = []
    real = Reports.health
    monkeypatch.setattr(Reports, "health", lambda *given: asked.append(given) or real(*given))
    assert {town.fetch("GET", "/healthz").status for _ in range(100)} == {200}
    assert 1 <= len(asked) < 60


def test_it_is_ready_from_its_start_to_its_end(town: Town):
    def asked() -> tuple[int, object]:
        answer = town.fetch("GET", "/readyz")
        return answer.status, answer.json

    assert asked() == (503, {"status": "not ready", "because": ["it starts"]})
    town.house.start("count")
    assert asked() == (200, {"status": "ready"})
    town.house.stage = "stopping"
    assert asked() == (503, {"status": "not ready", "because": ["it stops"]})


def ready(store: Store, stage: Stage = "up") -> Readiness:
    return Readiness(store.database, lambda: stage)


def test_a_full_disk_sends_the_traffic_elsewhere(store: Store, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Chores, "beat", full)
    assert ready(store).not_ready() == ["the database can't be written"]


def test_a_database_of_another_release_is_not_served(store: Store, tmp_path: Path):
    downgrade(f"sqlite:///{tmp_path / 'handrail.db'}", "0015")
    assert ready(store).not_ready() == ["the database is not migrated to this release"]


def test_while_the_next_release_has_migrated_the_old_one_serves_on(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(readiness, "EVERY", 0.0)
    asked = ready(store)
    assert asked.not_ready() == []
    downgrade(f"sqlite:///{tmp_path / 'handrail.db'}", "0015")
    assert asked.not_ready() == []


def test_a_database_in_which_others_write_is_one_that_can_be_written(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(readiness, "PATIENCE", 0.1)
    other = sqlite3.connect(tmp_path / "handrail.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        assert ready(store).not_ready() == []
    finally:
        other.execute("ROLLBACK")
        other.close()


def test_however_often_somebody_asks_little_is_written(store: Store, monkeypatch: pytest.MonkeyPatch):
    beats = []
    monkeypatch.setattr(Chores, "beat", lambda *given: beats.append(given))
    asked = ready(store)
    assert [asked.not_ready() for _ in range(50)] == [[]] * 50
    assert len(beats) == 1
