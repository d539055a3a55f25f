"""`handrail sources …`: how it is asked for. What the commands do is in `bot.commands.sources`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Business systems that tell us things by webhook: which there are, and what a payload would become.")

Project = Annotated[
    Path | None, typer.Option("--project", metavar="DIR", help="A project; else HANDRAIL_PROJECT, else the current folder.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else there.")]


@app.callback(invoke_without_command=True)
def show(asked: typer.Context, project: Project = None, as_json: AsJson = False) -> None:
    """Say which business systems may tell us things: where, and when each was last heard."""
    if asked.invoked_subcommand is None:
        from bot.commands.sources import show as tell

        tell(project, as_json=as_json)


@app.command("try")
def try_one(
    name: Annotated[str, typer.Argument(help="The source's name.")],
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="A body as the system sends it.")],
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Say what a payload would become. Nothing is done, and no signature is asked for."""
    from bot.commands.sources import try_one as tell

    tell(name, file, project, as_json=as_json)
