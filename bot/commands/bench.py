"""`handrail bench`: Handrail measured beside hand-written code and beside what one would pick up instead."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from bot.settings import SHIPPED


def bench(works: Sequence[str], options: Sequence[str], folder: Path | None = None) -> None:
    """Measure, in a process of its own. Leaves with 1 where there is nothing to measure with: only a checkout has it."""
    if not (SHIPPED / "bench" / "__main__.py").is_file():
        print(
            "Measuring needs a checkout of the repository: what it measures with is not installed. See docs/benchmarks.md.", file=sys.stderr
        )
        raise typer.Exit(1)
    where = ["--folder", str(folder.resolve())] if folder else []
    done = subprocess.run([sys.executable, "-m", "bench", *works, *options, *where], cwd=SHIPPED, check=False)
    if done.returncode:
        raise typer.Exit(done.returncode)
