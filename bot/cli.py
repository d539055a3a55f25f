"""`handrail …`: what can be asked for, and how its help reads. What the commands do is in `bot.commands`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.cli_keys import app as keys
from bot.cli_people import app as people
from bot.cli_risk import app as risk
from bot.cli_sources import app as sources
from bot.cli_suppressions import app as suppressions
from bot.cli_tasks import app as tasks
from bot.cli_unknown import app as unknown

app = typer.Typer(
    name="handrail",
    help="Guides new users through their first weeks, in Slack and by e-mail, and calls a human when one is needed.",
    epilog="New here? `handrail demo` shows all of it in a browser. Every command explains itself: handrail COMMAND --help",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

TRY, WRITE, PEOPLE, RUN = "Try it", "Write playbooks and messages", "People", "Run it"

Project = Annotated[
    Path | None, typer.Option("--project", metavar="DIR", help="A project; else HANDRAIL_PROJECT, else the current folder.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout and nothing else there.")]
Form = Literal["all", "html", "text", "slack"]


@app.callback()
def handrail(
    asked: typer.Context,
    version: Annotated[bool, typer.Option("--version", is_eager=True, help="Say which version this is.")] = False,
) -> None:
    if version:
        from importlib.metadata import version as installed

        print(f"handrail {installed('handrail')}")
        raise typer.Exit
    if asked.invoked_subcommand is None:
        print(asked.get_help())


@app.command(rich_help_panel=TRY)
def demo(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where it answers on this machine.")] = 8484,
    project: Project = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only serve it; open nothing.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget a demo that was cut off and begin anew.")] = False,
) -> None:
    """See the whole job in a browser: Slack, an inbox and a clock to move, all on this machine."""
    from bot.commands.demo import demo as show

    show(port, project, open_browser=not no_browser, fresh=fresh)


@app.command(rich_help_panel=TRY)
def simulate(
    playbook: Annotated[str, typer.Argument(help="The playbook's id, such as smb.")],
    project: Project = None,
    traits: Annotated[str, typer.Option("--as", metavar="TRAITS", help='Who they are: "plan=team, employees=20, role=developer".')] = "",
    zone: Annotated[str | None, typer.Option(help="Where they live, such as America/Lima; else the playbook's zone.")] = None,
    start: Annotated[str | None, typer.Option(help="When they join; else 2026-03-02T10:00Z, a Monday.")] = None,
    days: Annotated[int, typer.Option(min=0, max=3660, help="How long to look.")] = 30,
    events: Annotated[Path | None, typer.Option(metavar="FILE.jsonl", help="What they do: one event a line.")] = None,
    user: Annotated[str | None, typer.Option(metavar="ID", help="Whose events of that file; else those of the first user in it.")] = None,
    tasks_done: Annotated[bool, typer.Option("--tasks-done", help="Our own people do each task when it is due; else nobody does.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read the diary of one person's weeks with a playbook, each line with its reason. Nothing is sent."""
    from bot.commands.simulate import simulate as tell

    tell(
        playbook,
        project=project,
        traits=traits,
        zone=zone,
        start=start,
        days=days,
        events=events,
        user=user,
        tasks_done=tasks_done,
        as_json=as_json,
    )


@app.command(rich_help_panel=WRITE)
def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")]) -> None:
    """Write a small project of your own: a playbook with comments, a message, an article."""
    from bot.commands.init import init as write

    write(folder)


@app.command(rich_help_panel=WRITE)
def check(
    project: Annotated[
        Path | None, typer.Argument(metavar="[PROJECT]", help="A project; else HANDRAIL_PROJECT, else the current folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say everything that is wrong in a project's files, with file and line. Leaves with 1 when anything is."""
    from bot.commands.check import check as look

    look(project, as_json=as_json)


@app.command(rich_help_panel=WRITE)
def preview(
    message: Annotated[str, typer.Argument(help="The message's name, such as day3.")],
    who: Annotated[
        str, typer.Option("--as", metavar="WHO", help='Traits of an invented person, "role=developer", or the e-mail of a real one.')
    ] = "",
    variant: Annotated[str, typer.Option(metavar="V", help="The variant to read.")] = "",
    locale: Annotated[str, typer.Option(metavar="TAG", help="The reader's language, such as de.")] = "",
    project: Project = None,
    form: Annotated[Form, typer.Option(help="What to print: one form alone, or a look at all.")] = "all",
    open_it: Annotated[bool, typer.Option("--open", help="Show the mail in a browser.")] = False,
    send: Annotated[
        str, typer.Option("--send", metavar="ADDRESS", help="Send it to this address alone, or to a Slack user's id. Its links do nothing.")
    ] = "",
    by: Annotated[Literal["email", "slack"] | None, typer.Option(help="How to send it; else by mail, to a Slack id in Slack.")] = None,
) -> None:
    """Read a message as somebody would get it: the mail, its text, and Slack."""
    from bot.commands.preview import preview as show

    show(message, who=who, variant=variant, locale=locale, project=project, form=form, open_browser=open_it, send=send, by=by)


@app.command(rich_help_panel=WRITE)
def schema() -> None:
    """Print the JSON Schema of the playbook language, so that an editor can help."""
    from bot.commands.schema import schema as write

    write()


@app.command("import", rich_help_panel=PEOPLE)
def import_people(
    file: Annotated[Path, typer.Argument(metavar="PEOPLE.csv", help="One person a line, with a line of headings.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring people in from a CSV file. Bad lines are named and left out; the same file twice changes nothing.

    Columns: external_id, email, name, timezone, account, joined_at, consent; person.x and account.y are traits.
    A joined_at without a time counts as 10:00 where the person is.
    """
    from bot.commands.import_people import import_people as bring_in

    bring_in(file, dry_run=dry_run, as_json=as_json)


@app.command(rich_help_panel=PEOPLE)
def why(
    person: Annotated[str, typer.Argument(help="Their e-mail address or external id.")],
    as_json: AsJson = False,
) -> None:
    """Tell all that happened to one person, in order: events, decisions with their reasons, messages and their fate."""
    from bot.commands.why import why as tell

    tell(person, as_json=as_json)


@app.command(rich_help_panel=PEOPLE)
def segments(
    person: Annotated[str, typer.Argument(help="Their e-mail address or external id.")],
    as_json: AsJson = False,
) -> None:
    """Say where one person stands in each dimension, since when and why, with the history, their signals and their scores."""
    from bot.commands.segments import segments as tell

    tell(person, as_json=as_json)


app.add_typer(tasks, name="tasks", rich_help_panel=PEOPLE)
app.add_typer(people, name="people", rich_help_panel=PEOPLE)


@app.command(rich_help_panel=PEOPLE)
def move(
    person: Annotated[str, typer.Argument(help="Their e-mail address or external id.")],
    playbook: Annotated[str, typer.Argument(help="The playbook that guides them from now on, whatever their traits say.")] = "",
    account: Annotated[bool, typer.Option("--account", help="Choose for their whole company.")] = False,
    back: Annotated[bool, typer.Option("--back", help="Lift the choice: their traits decide again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Choose the playbook that guides somebody. What they did stays done, and nobody welcomes them again."""
    from bot.commands.move import move as choose

    choose(person, playbook, account=account, back=back, as_json=as_json)


app.add_typer(suppressions, name="suppressions", rich_help_panel=PEOPLE)


@app.command(rich_help_panel=RUN)
def run() -> None:
    """Run everything in one process: web, Slack, clock and delivery."""
    from bot.commands.serve import run as serve

    serve()


@app.command(rich_help_panel=RUN)
def web() -> None:
    """Answer HTTP: Slack's events, the product's, the pages."""
    from bot.commands.serve import web as serve

    serve()


@app.command(rich_help_panel=RUN)
def clock() -> None:
    """Wake people when their moment has come."""
    from bot.commands.serve import clock as serve

    serve()


@app.command(rich_help_panel=RUN)
def worker() -> None:
    """Deliver what waits in the outbox."""
    from bot.commands.serve import worker as serve

    serve()


@app.command(rich_help_panel=RUN)
def inbound(
    to: Annotated[
        list[str] | None, typer.Option("--to", metavar="ADDRESS", help="Whom it is for, as the mail server says; may repeat.")
    ] = None,
    sender: Annotated[str | None, typer.Option("--from", metavar="ADDRESS", help='Where it came from, "" for nowhere.')] = None,
) -> None:
    """Take in one answer by mail from standard input, as a mail server hands it to a program.

    Without --to the headers Delivered-To, X-Original-To and To say whom it is for. Leaves with 0 when the mail was taken or is none we
    act on, 75 when it could not be kept and should be tried again, 64 for a mistake in how it was called.
    """
    from bot.commands.inbound import inbound as take

    take(to or [], sender)


@app.command(rich_help_panel=RUN)
def migrate(
    to: Annotated[str, typer.Option(metavar="REVISION", help="Another revision, before an older release is installed.")] = "head",
) -> None:
    """Bring the database up to this release."""
    from bot.commands.migrate import migrate as bring

    print(bring(to))


@app.command(rich_help_panel=RUN)
def manifest(
    url: Annotated[str, typer.Option(metavar="https://…", help="Where Slack reaches Handrail: its public address.")],
    name: Annotated[str, typer.Option(help="The app's name in Slack, at most 35 characters.")] = "Handrail",
    socket: Annotated[bool, typer.Option("--socket", help="For one workspace by Socket Mode: Slack needs no way in.")] = False,
    single: Annotated[bool, typer.Option("--single", help="For one workspace whose bot token you put into SLACK_BOT_TOKEN.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the manifest from which Slack makes the app: features, events and scopes."""
    from bot.commands.manifest import show

    show(url, name=name, socket_mode=socket, single=single, as_json=as_json)


app.add_typer(risk, name="risk", rich_help_panel=PEOPLE)
app.add_typer(keys, name="keys", rich_help_panel=RUN)
app.add_typer(sources, name="sources", rich_help_panel=RUN)


@app.command(rich_help_panel=RUN)
def events(
    project: Project = None,
    unknown: Annotated[bool, typer.Option("--unknown", help="Only what no playbook names.")] = False,
    source: Annotated[str, typer.Option("--source", metavar="NAME", help="Only what came from there, such as product:website.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say which events come in from where, how many, with which properties, and which playbook names them."""
    from bot.commands.events import show

    show(project, source=source, unknown=unknown, as_json=as_json)


@app.command(rich_help_panel=WRITE)
def content(
    project: Project = None,
    unused: Annotated[bool, typer.Option("--unused", help="Only what nobody ever opened.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say which articles and videos people open, which help, and which nobody needs."""
    from bot.commands.content import show

    show(project, unused=unused, as_json=as_json)


@app.command(rich_help_panel=RUN)
def status(as_json: AsJson = False) -> None:
    """Say how it stands: clock, lateness, outbox, events, channels. From the database alone; leaves with 1 when something is wrong."""
    from bot.commands.status import status as tell

    tell(as_json=as_json)


@app.command(rich_help_panel=PEOPLE)
def cohorts(
    playbook: Annotated[str, typer.Argument(help="Only this playbook.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say, week by week of joining, how many finished, reached the goal, left, and were active one to eight weeks later."""
    from bot.commands.cohorts import show

    show(playbook, as_json=as_json)


app.add_typer(unknown, name="unknown", rich_help_panel=RUN)


@app.command(rich_help_panel=RUN)
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to put it; one that is there is replaced.")],
    keep: Annotated[int, typer.Option(min=1, max=1000, help="So many in all: the earlier ones are FILE.1, FILE.2 and so on.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Copy the SQLite database while Handrail runs, and check the copy. For PostgreSQL it says what to run."""
    from bot.commands.backup import backup as copy

    copy(file, keep=keep, as_json=as_json)


@app.command(rich_help_panel=RUN)
def restore(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="What handrail backup made.")] = None,
    here: Annotated[bool, typer.Option("--here", help="It was put back already, as by pg_restore: only hold what may be out.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also send what may have been sent since the backup, perhaps twice.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the database's place, which is kept aside. Handrail must not run. Nobody gets a message twice by it."""
    from bot.commands.backup import restore as put_back

    put_back(file, here=here, again=again, as_json=as_json)


@app.command(rich_help_panel=RUN)
def doctor(as_json: AsJson = False) -> None:
    """Look over a deployment: settings, database, Slack, e-mail, keys. Says what to do, and leaves with 1 when anything is wrong."""
    from bot.commands.doctor import doctor as look

    look(as_json=as_json)


@app.command(rich_help_panel=RUN)
def bench(
    works: Annotated[list[str] | None, typer.Argument(metavar="[WORK]...", help="Only these, such as messages or tick; else all.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A few seconds each.")] = False,
    full: Annotated[bool, typer.Option("--full", help="100,000 people, a million enrolled; tens of minutes.")] = False,
    database: Annotated[
        Literal["sqlite", "postgresql"] | None, typer.Option("--on", help="Only this database; else both, where PostgreSQL is at hand.")
    ] = None,
    postgres: Annotated[str, typer.Option(metavar="URL", help="A server on which databases may be created; else one of its own.")] = "",
    folder: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the databases are, on the disk that counts.")] = None,
    profile: Annotated[bool, typer.Option("--profile", help="Show on stderr where the time goes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Measure this machine: messages, events and ticks, beside hand-written code and other tools. From a checkout only."""
    from bot.commands.bench import bench as measure

    flags = {"--quick": quick, "--full": full, "--profile": profile, "--json": as_json}
    values = {"--on": database, "--postgres": postgres}
    options = [flag for flag, on in flags.items() if on] + [part for name, value in values.items() if value for part in (name, value)]
    measure(works or [], options, folder)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `handrail`. What its user can put right is one line on stderr and 1, never a traceback."""
    try:
        code = app(args=arguments, prog_name="handrail", standalone_mode=False)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        said = _in_a_line(error)
        if not said:
            raise
        print(said, file=sys.stderr)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _in_a_line(error: Exception) -> str:
    """What its user can do about an error; '' for a defect of ours."""
    from bot.commands.mistakes import UserError
    from bot.settings import SettingsError
    from storage.database import StorageError

    if isinstance(error, typer.TyperException):
        return f"{error.format_message()} See handrail --help."
    if isinstance(error, UserError | SettingsError | StorageError):
        return str(error)
    return f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else ""
