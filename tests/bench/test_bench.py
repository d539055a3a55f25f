"""The measuring instrument itself: every work runs, and tells what programs and people rely on."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bench.databases import SqliteFiles
from bench.figures import NAMES, Figure, as_json
from bench.floors.mail import mail_for
from bench.house import a_house, books_of
from bench.measuring import on
from bench.moments import DAY, PROJECT
from bench.population import Crowd
from bench.report.chart import chart
from bench.report.page import write
from bench.report.table import as_text
from bench.run import Run
from bench.serving import SETTINGS, Server
from bench.sizes import TINY
from bot.clock import tick
from bot.main import build
from bot.playground.serve import Served
from bot.settings import Settings


def _here(order: Mapping[str, Any]) -> tuple[list[dict[str, Any]], float]:
    """What `children.together` does for one work, within this process."""
    module, _, function = order["work"].partition(":")
    go = getattr(importlib.import_module(module), function)(
        **{name: value for name, value in order.items() if name not in ("work", "profile")}
    )
    began = time.perf_counter()
    told = go()
    took = time.perf_counter() - began
    return [{"seconds": took, "peak_mb": 1.0, **told}], took


@contextmanager
def _served_here(server: Server, _: Path, settings: Mapping[str, str]) -> Iterator[int]:
    """What `serving.served` does, in threads of this process."""
    with Served() as place:
        match server:
            case "handrail web":
                house = build(Settings(_env_file=None, **{**SETTINGS, **settings}))
                place.start(house.web)
                yield place.port
                house.stop()
            case "by hand":
                place.start(importlib.import_module("bench.floors.events_app").app_on(settings["DATABASE_URL"]))
                yield place.port
            case "playground":
                place.start(importlib.import_module("bench.play").app_at(place.url, int(settings["BENCH_PEOPLE"])))
                yield place.port


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> list[Figure]:
    """Everything on SQLite, on a handful of people."""
    folder = tmp_path_factory.mktemp("bench")
    words: list[str] = []
    run = Run(SqliteFiles(folder), TINY, folder, say=words.append, together=_here, served=_served_here, celery=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.main.read_books", books_of)  # once is enough for all the houses that are built here
        found = list(on(run))
    assert not [line for line in words if "could not" in line], words
    return found


def test_a_program_gets_one_figure_for_each_work_under_the_names_it_relies_on(figures: list[Figure]) -> None:
    told = json.loads(as_json(figures))
    assert [one["name"] for one in told] == [name for name in NAMES if name != "workers"]
    for one in told:
        assert list(one) == ["name", "database", "value", "unit", "floor_ratio", "vs"]
        assert one["database"] == "sqlite"
        assert one["value"] > 0
        assert one["unit"]


def test_messages_stand_beside_their_floor_and_their_peers(figures: list[Figure]) -> None:
    [messages] = [json.loads(as_json([one]))[0] for one in figures if one.name == "messages"]
    assert messages["floor_ratio"] > 0
    assert messages["vs"]["apscheduler"] > 0
    [lateness] = [json.loads(as_json([one]))[0] for one in figures if one.name == "lateness" and one.chief]
    assert lateness["floor_ratio"] is None
    assert lateness["vs"] == {}


def test_people_get_a_table_a_picture_and_a_page_that_keeps_what_others_wrote_on_it(figures: list[Figure], tmp_path: Path) -> None:
    assert all(one.how in as_text(figures) for one in figures)
    ElementTree.fromstring(chart(figures))
    (tmp_path / "benchmarks.md").write_text(
        "Before.\n<!-- measured: written by `make bench ARGS=--write` -->\nold\n<!-- /measured -->\nAfter.\n"
    )
    write(figures, TINY, docs=tmp_path)
    page = (tmp_path / "benchmarks.md").read_text()
    assert page.startswith("Before.")
    assert page.endswith("After.\n")
    assert "| messages | sqlite |" in page
    assert "old" not in page
    assert json.loads((tmp_path / "benchmarks.json").read_text())


def test_the_floor_renders_the_mail_that_ann_gets_from_us(tmp_path: Path) -> None:
    url = Crowd(SqliteFiles(tmp_path)).of(9)
    house = a_house(url, DAY, project=PROJECT)
    sent: list[Any] = []
    house.channel.kept = sent.append
    tick(house.door, house.chores)
    house.delivery.drain()
    house.store.close()
    ours = sent[0].rendered
    floor = mail_for({"id": sent[0].subject.person.id, "name": sent[0].subject.person.name, "email": sent[0].subject.person.email})
    assert len(sent) == 9
    assert {one.message for one in sent} == {"bench_day1", "bench_day3", "bench_day7"}
    assert 2_700 < len(ours.html) < 3_300
    assert abs(len(ours.html) - len(floor.html)) < 100
    assert abs(len(ours.text) - len(floor.text)) < 100
    assert "Ann O&#39;Neil" in ours.html
    assert "Ann O&#39;Neil" in floor.html
