"""`handrail unknown …`: how it is asked for. What the commands do is in `bot.commands.unknown`."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="Messages of which nobody knows whether they arrived: list, resend, leave.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else there.")]
Keys = Annotated[list[str] | None, typer.Argument(metavar="KEY…", help="The messages' keys, as `handrail unknown list` shows them.")]
All = Annotated[bool, typer.Option("--all", help="All that are listed.")]


@app.command("list")
def show(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many at most, the oldest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Say which messages may have arrived, to whom, and what happened. Those that were left are not shown."""
    from bot.commands.unknown import show as tell

    tell(limit, as_json=as_json)


@app.command()
def resend(keys: Keys = None, all_of_them: All = False, as_json: AsJson = False) -> None:
    """Send these again. Who got one already gets it twice; one that has expired meanwhile is given up, not sent late."""
    from bot.commands.unknown import resend as again

    again(keys or [], all_of_them=all_of_them, as_json=as_json)


@app.command()
def leave(keys: Keys = None, all_of_them: All = False, as_json: AsJson = False) -> None:
    """Leave these as they are: somebody looked. They are not listed or counted any more, and count as said."""
    from bot.commands.unknown import leave as let_be

    let_be(keys or [], all_of_them=all_of_them, as_json=as_json)
