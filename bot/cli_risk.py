"""`handrail risk …`: how it is asked for. What the command does is in `bot.commands.risk`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="A model of risk, learned from past journeys. Off until a playbook names it.", no_args_is_help=True)


@app.callback()
def risk() -> None:
    """A model of risk, learned from past journeys. Off until a playbook names it."""


@app.command()
def train(
    playbook: Annotated[str, typer.Option(metavar="PLAYBOOK", help="Whose journeys; else the playbook most newcomers come to.")] = "",
    on_day: Annotated[
        list[int] | None, typer.Option(metavar="N", min=1, max=400, help="Learn on that day of a journey; may repeat. Else 3, 7 and 14.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE.json", help="Where to write it; else risk.json in the project.")] = None,
    project: Annotated[
        Path | None, typer.Option("--project", metavar="DIR", help="A project; else HANDRAIL_PROJECT, else the current folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else there.")] = False,
) -> None:
    """Learn from journeys that are over who does not get there, write the model, and say how good it is. Needs the extra `risk`."""
    from bot.commands.risk import train as learn

    learn(playbook, on_days=on_day or [], out=out, project=project, as_json=as_json)
