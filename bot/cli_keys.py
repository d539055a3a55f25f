"""`handrail keys …`: how it is asked for. What the commands do is in `bot.commands.keys`."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="Keys for those who send events, or read journeys: add, list, revoke.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else there.")]
Name = Annotated[str, typer.Argument(help="Who uses it, such as backend or website: small letters, digits, and . _ - between them.")]


@app.command()
def add(
    name: Name,
    read: Annotated[bool, typer.Option("--read", help="To read journeys with; else it is for sending events.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a key. It is shown once and kept nowhere: put it where its user finds it."""
    from bot.commands.keys import add as make

    make(name, "read" if read else "write", as_json=as_json)


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """Say which keys there are, and when each was last used."""
    from bot.commands.keys import show as tell

    tell(as_json=as_json)


@app.command()
def revoke(name: Name, as_json: AsJson = False) -> None:
    """Take a key back. Within seconds nobody gets in with it; what it sent stays."""
    from bot.commands.keys import revoke as take_back

    take_back(name, as_json=as_json)
