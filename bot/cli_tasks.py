"""`handrail tasks …`: how it is asked for. What the commands do is in `bot.commands.tasks`."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="What our own people have to do: list it, or end a task by hand.", invoke_without_command=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else there.")]
TaskId = Annotated[str, typer.Argument(metavar="ID", help="The task's id, as the list writes it.")]
By = Annotated[str, typer.Option(metavar="NAME", help="Who did it.")]


@app.callback()
def show(
    context: typer.Context,
    team: Annotated[str, typer.Option(metavar="CHANNEL", help='Only the tasks of this channel, such as "#csm-mid".')] = "",
    as_json: AsJson = False,
) -> None:
    """Say which tasks are open, the one that is due first at the top."""
    if context.invoked_subcommand is None:
        from bot.commands.tasks import show as tell

        tell(team, as_json=as_json)


@app.command()
def done(
    task: TaskId,
    by: By,
    note: Annotated[str, typer.Option(help="A summary; where the task says so, the customer gets it.")] = "",
    action: Annotated[list[str] | None, typer.Option(help="Something that was agreed; may repeat.")] = None,
    answer: Annotated[list[str] | None, typer.Option(metavar="TRAIT=WORDS", help="An answer of the task's form; may repeat.")] = None,
) -> None:
    """A task is done."""
    from bot.commands.tasks import done as end

    end(task, by, note, action or [], answer or [])


@app.command()
def drop(task: TaskId, by: By, why: Annotated[str, typer.Option(help="Why it is not needed.")] = "") -> None:
    """A task is not needed."""
    from bot.commands.tasks import drop as end

    end(task, by, why)
