"""How the house stands, as figures: asked from the database at the moment somebody looks at /metrics."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric

from bot.measuring import Measures
from bot.world import World, machine_now
from storage.database import Database
from storage.standing import Standing, standing

log = logging.getLogger("handrail.metrics")


def registry(measures: Measures, database: Database, world: World) -> CollectorRegistry:
    """Everything that /metrics tells: what this process did, how the house stands, and what the process itself uses."""
    found = CollectorRegistry(auto_describe=False)
    found.register(measures)
    found.register(Figures(database, world))
    ProcessCollector(registry=found)
    return found


class Figures:
    """Asks at every look. Each process tells the same of the house: whoever adds processes up takes the highest and no sum."""

    def __init__(self, database: Database, world: World, machine: Callable[[], datetime] = machine_now) -> None:
        self._database = database
        self._world = world
        self._machine = machine

    def collect(self) -> Iterator[Metric]:
        """The figures; when the database can't be asked, only that."""
        now = self._machine()
        try:
            found = standing(self._database, self._world.now(), now)
        except Exception as error:
            log.error("the database can't be asked how it stands: %s", type(error).__name__)
            yield _one("handrail_database_up", "Whether the database answers", 0)
            return
        yield _one("handrail_database_up", "Whether the database answers", 1)
        yield from figures(found, now)


def figures(found: Standing, now: datetime) -> Iterator[Metric]:
    """Each number of the standing under its name."""
    yield _many("handrail_outbox_rows", "Rows of the outbox that are not over", "state", found.rows)
    yield _one("handrail_outbox_waiting_again", "Pending rows that wait for another try", found.waiting_again)
    yield _one("handrail_outbox_oldest_seconds", "For how long the longest waiting row is due", found.outbox_age)
    yield _one("handrail_outbox_oldest_untried_seconds", "The same without rows that wait for another try", found.untried_age)
    yield _one("handrail_unknown_open", "Messages of unknown fate that nobody has settled", found.unknown_open)
    yield _one("handrail_people_due", "People whose moment has come", found.due_people)
    yield _one("handrail_wake_oldest_seconds", "For how long the longest waiting person is due", found.wake_age)
    yield _one("handrail_events_undecided", "Events that wait to be decided again", found.undecided)
    yield _one("handrail_events_parked", "Events that wait for a person", found.parked)
    yield _one("handrail_cases_open", "Cases that are not closed", found.open_cases)
    if found.clock_age is not None:
        yield _one("handrail_clock_age_seconds", "Since the clock beat last", found.clock_age)
    if found.backup_at is not None:
        yield _one("handrail_backup_age_seconds", "Since the last backup", (now - found.backup_at).total_seconds())
    if found.jobs:
        yield _many("handrail_jobs", "Jobs of the engine that are not over", "status", found.jobs)


def _one(name: str, help: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help, value=value)


def _many(name: str, help: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
