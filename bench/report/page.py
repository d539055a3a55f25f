"""`docs/benchmarks.md` with its picture and its JSON, written from one run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure, as_json
from bench.report.chart import chart
from bench.report.machine import machine
from bench.report.table import as_markdown
from bench.sizes import Sizes

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
_BEGIN, _END = "<!-- measured: written by `make bench ARGS=--write` -->", "<!-- /measured -->"


def write(figures: Sequence[Figure], sizes: Sizes, folder: Path | None = None, docs: Path = DOCS) -> None:
    """Put what was measured into the page, between its two marks; what people wrote around them stays."""
    (docs / "images").mkdir(exist_ok=True)
    (docs / "images" / "benchmarks.svg").write_text(chart(figures), encoding="utf-8")
    (docs / "benchmarks.json").write_text(as_json(figures) + "\n", encoding="utf-8")
    page = docs / "benchmarks.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    page.write_text(f"{before}{_BEGIN}\n\n{_measured(figures, sizes, folder)}\n{_END}{rest.partition(_END)[2]}", encoding="utf-8")


def _measured(figures: Sequence[Figure], sizes: Sizes, folder: Path | None) -> str:
    what = f"{sizes.people:,} people on the day, {sizes.by_http:,} over HTTP, {sizes.peer_messages:,} messages for each peer"
    on = "\n".join(f"| {name} | {words} |" for name, words in machine(folder))
    return "\n".join(
        [
            f"Measured on {datetime.now(UTC):%d %B %Y}: {what}; the best of {sizes.rounds}, floor and Handrail in turns.",
            "",
            "| | |",
            "|---|---|",
            on,
            "",
            "![How much of the floor, and how many times the peers](images/benchmarks.svg)",
            "",
            as_markdown(figures),
            "",
        ]
    )
