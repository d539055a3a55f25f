"""(e) `tick`: the same number due among ever more who are enrolled."""

from __future__ import annotations

from collections.abc import Iterator

from bench.children import Order
from bench.figures import Figure
from bench.population import are_due, others_later
from bench.run import Run
from storage.database import connect


def tick(run: Run) -> Iterator[Figure]:
    """Milliseconds to wake and decide for those who are due; the chief figure is the dearest by the cheapest number enrolled."""
    took: dict[int, float] = {}
    floors: dict[int, float] = {}
    for enrolled in run.sizes.enrolled:
        run.say(f"{run.place.kind}: {run.sizes.due:,} due of {enrolled:,} enrolled")
        with run.people(enrolled) as url:
            took[enrolled], floors[enrolled] = _measured(run, url)
        run.crowd.forget(enrolled)
        run.say(f"    {took[enrolled]:,.0f} ms, by hand {floors[enrolled]:,.0f} ms")
        yield Figure(
            name="tick",
            database=run.place.kind,
            value=took[enrolled],
            unit="ms",
            how=f"{run.sizes.due:,} due of {enrolled:,}",
            chief=False,
            floor=floors[enrolled],
            floor_ratio=floors[enrolled] / took[enrolled],
        )
    fewest, highest = min(took), max(took)
    growth, floor = took[highest] / took[fewest], floors[highest] / floors[fewest]
    yield Figure(
        name="tick",
        database=run.place.kind,
        value=growth,
        unit="times",
        how=f"{run.sizes.due:,} due of {highest:,} by those of {fewest:,}",
        floor=floor,
        floor_ratio=floor / growth,
        bar="at most 1.5 times",
        held=growth <= 1.5,
    )


def _measured(run: Run, url: str) -> tuple[float, float]:
    """The best of a few, ours and by hand, each time with other people due."""
    ours: list[float] = []
    floors: list[float] = []
    orders: tuple[tuple[Order, list[float]], ...] = (
        ({"work": "bench.waking:ours", "url": url, "profile": run.profile}, ours),
        ({"work": "bench.waking:by_hand", "url": url}, floors),
    )
    for nth in range(run.sizes.ticks * 2 + 1):  # the first warms the database up
        database = connect(url)
        with database.write() as connection:
            if nth == 0:
                others_later(connection, database.is_sqlite)
            are_due(connection, database.is_sqlite, run.sizes.due, nth)
        database.close()
        order, kept = orders[nth % 2]
        if kept is floors:
            told = run.alone(order)
        else:
            with run.few() as warm:
                told = run.alone({**order, "warm_on": warm})
        if told["woken"] != run.sizes.due:
            raise RuntimeError(f"{told['woken']} were woken instead of {run.sizes.due}")
        if nth:
            kept.append(told["seconds"] * 1000)
    return min(ours), min(floors)
