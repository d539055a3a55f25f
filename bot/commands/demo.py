"""`handrail demo`: the whole job in a browser."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
import webbrowser
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from bot.commands.mistakes import UserError
from bot.house import House
from bot.main import build
from bot.playground.demo import START, Demo
from bot.settings import SHIPPED, Settings, SettingsError
from bot.world import World
from flows.sessions import FILE as SESSIONS
from storage.migrate import OtherRelease

_SESSIONS = """sessions:
  - session: webinar
    title: Your first report, built live
    starts: {webinar:%Y-%m-%d}T15:00
    zone: Europe/Berlin
    minutes: 45
    link: https://meet.example.com/first-report
    recording: https://video.example.com/first-report
  - session: office_hours
    title: Office hours
    starts: {hours:%Y-%m-%d}T16:00
    zone: Europe/Berlin
    minutes: 30
    link: https://meet.example.com/office-hours
"""
"""What is held in the demo: a webinar in Ana's second week, office hours in her third."""


def demo(port: int = 8484, project: Path | None = None, *, open_browser: bool = True, fresh: bool = False) -> None:
    """Serve the playground until interrupted. A demo that was cut off goes on where it was; one that was ended begins anew."""
    folder = state_folder(port)
    if fresh:
        _forget(folder)
    try:
        show = Demo(_build, folder, port=port, project=project or _with_a_team(folder))
    except OSError as error:
        raise SettingsError(f"Port {port} is taken ({error.strerror}); choose another with --port.") from None
    except OtherRelease:
        raise UserError(
            "The last demo was cut off under another release, and this one can't go on with it; begin anew with --fresh."
        ) from None
    show.start()
    console = Console()
    console.print(f"\nHandrail's playground is at [bold]{show.app_url}/[/bold]")
    if show.resumed:
        console.print("The last demo was cut off; this one goes on where it was. Begin anew with --fresh.")
    console.print("No account, no network: Slack and the mailbox live on this machine. End with Ctrl-C.\n")
    if open_browser:
        threading.Thread(target=webbrowser.open, args=(show.app_url,), daemon=True).start()
    ended = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: ended.set())
    ended.wait()
    show.stop()


def state_folder(port: int) -> Path:
    """Where a demo keeps its state while it runs."""
    base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    try:
        (base / "handrail").mkdir(parents=True, exist_ok=True)
    except OSError:
        base = Path(tempfile.mkdtemp(prefix="handrail-"))
    return base / "handrail" / f"demo-{port}"


def _with_a_team(folder: Path) -> Path:
    """A project that says who the demo's colleagues are and when they hold what, and nothing else: all the rest is as shipped."""
    project = folder / "project"
    project.mkdir(parents=True, exist_ok=True)
    shutil.copy(SHIPPED / "templates" / "project" / "csms.yaml", project)
    (project / SESSIONS).write_text(
        _SESSIONS.format(webinar=START + timedelta(days=10), hours=START + timedelta(days=16)), encoding="utf-8"
    )
    return project


def _forget(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _build(settings: Settings, world: World) -> House:
    return build(settings, world=world)
