"""How good a model of risk is, in plain words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table as Grid

from bot.commands.mistakes import counted
from bot.commands.projects import from_here
from flows.risk_model import Feature, RiskModel

if TYPE_CHECKING:
    from bot.commands.risk_training import Trained  # it needs the extra

BINS = 5
COIN = 0.6
"""An AUC below which a model is hardly better than a coin."""


def report(trained: Trained, place: Path) -> Iterator[str | Grid]:
    """The lines for who has to decide whether to use it."""
    model = trained.model
    seen, lost = counted(model.journeys, "past journey"), _percent(model.lost / model.journeys)
    yield f"{model.playbook}: {seen}, each looked at on {day_words(model.days)} if it was underway then."
    yield f"{model.lost} of them ({lost}) were over without their goal and without completion. That is what is foreseen."
    yield "\nHow good it is with journeys it had not seen:"
    yield f"  AUC {model.auc:.2f}: of one who got there and one who did not, it knows which in {_percent(model.auc)}; a coin in 50 %."
    yield f"  Brier score {model.brier:.3f}: how far off its chances are, 0 is best; telling all the average gives {trained.plain:.3f}."
    if model.auc < COIN or model.brier >= trained.plain:
        yield "  That is hardly better than a coin. We would not use it."
    yield "\nWhat it said, and what came of it:"
    yield _calibration(trained)
    yield "\nWhat it looks at. The weight is for one usual step up; above 0 it means more risk:"
    yield _weights(model)
    if trained.table.left_out:
        yield f"\nThe same for everybody, so left out: {', '.join(trained.table.left_out)}."
    yield f"\nWritten: {from_here(str(place.resolve()))}. It does nothing until a playbook says scores: {{risk: {{model: {place.name}}}}}."


def plain(trained: Trained, place: Path) -> dict[str, Any]:
    """The same for programs. `lost` and `came` are shares or counts of those who did not get there."""
    model = trained.model
    return {
        "file": str(place),
        "playbook": model.playbook,
        "days": list(model.days),
        "journeys": model.journeys,
        "lost": model.lost,
        "auc": model.auc,
        "brier": model.brier,
        "brier_of_the_average": trained.plain,
        "calibration": [{"from": a, "to": b, "looks": n, "said": said, "came": came} for a, b, n, said, came in _bins(trained)],
        "features": [{"feature": one.title, "weight": _weight(model, one), "mean": one.mean} for one in _weightiest(model)],
        "left_out": list(trained.table.left_out),
    }


def day_words(days: Sequence[int]) -> str:
    """day 7; day 3, 7 and 14."""
    *most, last = [str(day) for day in days]
    return f"day {', '.join(most)} and {last}" if most else f"day {last}"


def _calibration(trained: Trained) -> Grid:
    grid = Grid("it said", "looks", "on average", "did not get there", box=None, padding=(0, 2), header_style="dim")
    for low, high, n, said, came in _bins(trained):
        told = ("", "") if said is None or came is None else (_percent(said), _percent(came))
        grid.add_row(f"{low} to {high} %", str(n), *told)
    return grid


def _bins(trained: Trained) -> Iterator[tuple[int, int, int, float | None, float | None]]:
    """Fifths of the scale: from, to (percent), how many looks, what was said on average, and what share did not get there."""
    told = list(zip(trained.said, trained.table.lost, strict=True))
    for place in range(BINS):
        here = [one for one in told if min(int(one[0] * BINS), BINS - 1) == place]
        said, came = (sum(column) / len(here) for column in zip(*here, strict=True)) if here else (None, None)
        yield 100 * place // BINS, 100 * (place + 1) // BINS, len(here), said, came


def _weights(model: RiskModel) -> Grid:
    grid = Grid("feature", "weight", "on average", "one step", box=None, padding=(0, 2), header_style="dim")
    for one in _weightiest(model):
        grid.add_row(one.title, f"{_weight(model, one):+.2f}", f"{one.mean:.2g}", f"{one.scale:.2g}")
    return grid


def _weightiest(model: RiskModel) -> list[Feature]:
    return sorted(model.features, key=lambda one: (-abs(one.weight), one.title))


def _weight(model: RiskModel, feature: Feature) -> float:
    """The weight as it comes out of the sigmoid."""
    return -model.a * feature.weight


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
