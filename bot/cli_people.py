"""`handrail people …`: how it is asked for. What the commands do is in `bot.commands.merge_people`."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="Who is who: the ids of a person, two who are one, one who is two.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else there.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it. Without, it is only said what would happen.")]
WHO = "An e-mail address, an external id, TEAM/USER of Slack, an anonymous id, or our id."


@app.command()
def ids(who: Annotated[str, typer.Argument(help=WHO)], as_json: AsJson = False) -> None:
    """Say by which ids somebody is known, and which merges they are made of."""
    from bot.commands.merge_people import ids as tell

    tell(who, as_json=as_json)


@app.command()
def merge(
    one: Annotated[str, typer.Argument(help=WHO)],
    other: Annotated[str, typer.Argument(help="The same person under another name.")],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make one person of two: their ids, histories and an open case go on together. It can be undone."""
    from bot.commands.merge_people import merge as join

    join(one, other, yes=yes, as_json=as_json)


@app.command()
def split(who: Annotated[str, typer.Argument(help=WHO)], yes: Yes = False, as_json: AsJson = False) -> None:
    """Undo the latest merge that somebody was part of: both are again who they would be without it."""
    from bot.commands.merge_people import split as part

    part(who, yes=yes, as_json=as_json)
