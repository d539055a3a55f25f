"""`handrail suppressions …`: how it is asked for. What the commands do is in `bot.commands.suppressions`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(help="Addresses that are not written to: list, add, lift, import, export.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else there.")]
Channel = Literal["email", "slack"]
By = Annotated[Channel, typer.Option("--channel", help="Where the address is. In Slack it is TEAM/USER.")]
Kind = Literal["bounced", "dropped", "complained", "imported"]


@app.command("list")
def show(
    channel: Annotated[Channel | None, typer.Option("--channel", help="Only those of one channel.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say which addresses are not written to, and why."""
    from bot.commands.suppressions import show as tell

    tell(channel or "", as_json=as_json)


@app.command()
def add(
    address: Annotated[str, typer.Argument(help="The address.")],
    why: Annotated[str, typer.Option(help="Why, in your words.")] = "",
    channel: By = "email",
    as_json: AsJson = False,
) -> None:
    """Write no more to an address, whoever has it."""
    from bot.commands.suppressions import add as shut

    shut(address, channel, why, as_json=as_json)


@app.command()
def lift(
    address: Annotated[str, typer.Argument(help="The address.")],
    channel: By = "email",
    as_json: AsJson = False,
) -> None:
    """Write to an address again. What its owner said (a complaint, an opt-out) stays."""
    from bot.commands.suppressions import lift as open_again

    open_again(address, channel, as_json=as_json)


@app.command("import")
def bring_in(
    file: Annotated[Path, typer.Argument(metavar="LIST.csv", help="An export of SendGrid's or ours, or one address a line.")],
    kind: Annotated[Kind, typer.Option("--as", help="What the list is, where its lines do not say.")] = "imported",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: AsJson = False,
) -> None:
    """Shut the addresses of a list. Bad lines are named and left out; the same file twice changes nothing."""
    from bot.commands.suppressions import bring_in as take

    take(file, kind, dry_run=dry_run, as_json=as_json)


@app.command()
def export(
    file: Annotated[Path | None, typer.Argument(metavar="[LIST.csv]", help="Where to; else stdout.")] = None,
) -> None:
    """Write the e-mail addresses that are shut as CSV: email, reason, source, created, why."""
    from bot.commands.suppressions import export as write

    write(file)
