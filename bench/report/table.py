"""The figures as a table for a terminal, and for a page."""

from __future__ import annotations

from collections.abc import Sequence

from bench.figures import Figure

_TITLES = ("work", "database", "how", "value", "by floor", "by peers", "asked for")


def as_text(figures: Sequence[Figure]) -> str:
    """Columns that stand below each other."""
    rows = [_TITLES, *(_row(figure) for figure in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_TITLES))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def as_markdown(figures: Sequence[Figure]) -> str:
    """The same in Markdown."""
    lines = [_TITLES, tuple("---" for _ in _TITLES), *(_row(figure) for figure in figures)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def spoken(value: float, unit: str) -> str:
    """A number as people read it, with its unit."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def _row(figure: Figure) -> tuple[str, ...]:
    held = {True: "reached", False: "not reached", None: ""}[figure.held]
    floor = "" if figure.floor_ratio is None else f"{figure.floor_ratio:.2f} of {spoken(figure.floor or 0.0, figure.unit)}"
    vs = ", ".join(f"{ratio:,.0f} × {peer}" for peer, ratio in figure.vs.items())
    asked = f"{figure.bar}: {held}" if figure.bar else ""
    return figure.name, figure.database, figure.how, spoken(figure.value, figure.unit), floor, vs, asked
