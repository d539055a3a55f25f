"""`handrail cohorts`: what became of those who joined in the same week."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from itertools import groupby

from rich.console import Console
from rich.table import Table

from bot.commands.mistakes import UserError
from bot.commands.opening import existing_store
from bot.world import World
from storage.cohorts import WEEK, WEEKS, Cohort, cohorts_of, monday


def show(playbook: str, *, as_json: bool) -> None:
    """Print a line for each week. Raises UserError when nobody ever was on that playbook."""
    with existing_store() as store:
        found = cohorts_of(store.database, playbook)
    if as_json:
        print(json.dumps([{**asdict(one), "week": one.week.isoformat()} for one in found], indent=2))
    elif found:
        _print(found, monday(World().now()))
    elif playbook:
        raise UserError(f"Nobody ever was on a playbook {playbook!r}.")
    else:
        print("Nobody has begun a journey yet.")


def _print(found: Sequence[Cohort], this_week: date) -> None:
    console = Console(highlight=False, markup=False)
    for place, (playbook, weeks) in enumerate(groupby(found, lambda one: one.playbook)):
        if place:
            console.print()
        console.print(_table(playbook, list(weeks), this_week))


def _table(playbook: str, weeks: Sequence[Cohort], this_week: date) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", title=playbook, title_justify="left")
    table.add_column("Week of", no_wrap=True)
    for title in ("Joined", "Done", "Goal", "Left", *(f"W{k}" for k in range(1, WEEKS))):
        table.add_column(title, justify="right", no_wrap=True)
    for one in weeks:
        shares = (_share(n, one.joined) for n in (one.completed, one.goal, one.left))
        active = (_share(n, one.joined) if _is_over(one, k, this_week) else "" for k, n in enumerate(one.active) if k)
        table.add_row(one.week.isoformat(), str(one.joined), *shares, *active)
    return table


def _is_over(one: Cohort, k: int, this_week: date) -> bool:
    """Whether that week is over for all of them; the last joined on a Sunday."""
    return one.week + (k + 2) * WEEK <= this_week


def _share(n: int, of: int) -> str:
    return f"{n / of:.0%}" if of else ""
