"""Where the parts are joined, and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from fastapi import FastAPI
from slack_bolt import App as SlackApp

from bot.channels import Channel
from bot.clock import Knocker, retry_undecided, schedule, tick
from bot.compose import Composer
from bot.deliver import Delivery
from bot.email.sendgrid import SendGridChannel
from bot.handle import Door
from bot.links import Links
from bot.reload import reload
from bot.settings import Settings, SettingsError
from bot.shelf import Shelf, read_books
from bot.slack.app import create_slack
from bot.slack.channel import SlackChannel
from bot.slack.client import slack_client
from bot.slack.who import WhoIsWho
from bot.web.app import create_web
from bot.web.pages import Pages
from bot.world import World
from storage.chores import Chores
from storage.outbox import Outbox
from storage.reports import Reports
from storage.store import Store, open_store

log = logging.getLogger("handrail")

LATE = timedelta(minutes=2)
"""A clock that is later than this is told by /healthz."""


@dataclass(kw_only=True)
class House:
    """Everything that runs, joined. `start` sets the clock and the delivery going, `stop` ends them."""

    settings: Settings
    store: Store
    outbox: Outbox
    reports: Reports
    world: World
    shelf: Shelf
    links: Links
    door: Door
    delivery: Delivery
    knocker: Knocker
    chores: Chores
    slack: SlackApp | None
    web: FastAPI
    _running: BackgroundScheduler | None = field(default=None, repr=False)

    def start(self, *names: str) -> None:
        """Set the beats of those names going, all of them when none is named, and answer knocks."""
        self._running = self.beats(*names)
        self._running.start()
        if not names or "deliver" in names:
            self.knocker.start()

    def stop(self) -> None:
        """Finish the call at hand, hand back what was not sent, and let go of the database."""
        self.delivery.stop()
        if self._running:
            self._running.shutdown(wait=True)
        self.knocker.stop()
        self.store.close()

    def beats(self, *names: str) -> BackgroundScheduler:
        """A scheduler with the beats of those names, all of them when none is named."""
        every: dict[str, tuple[Callable[[], object], float]] = {
            "tick": (lambda: tick(self.door, self.chores), 1),
            "deliver": (self.delivery.drain, 1),
            "sweep": (self.delivery.sweep, 15),
            "reconcile": (self.delivery.reconcile, 30),
            "undecided": (lambda: retry_undecided(self.door), 15),
            "reload": (lambda: reload(self.shelf, self.store, self.outbox, self.world), 1),
        }
        return schedule({name: beat for name, beat in every.items() if not names or name in names})

    def settle(self) -> None:
        """Do now all that is due now: wake, decide, send."""
        while tick(self.door, self.chores) + self.delivery.drain():
            pass


def build(settings: Settings, *, world: World | None = None) -> House:
    """Join the parts. Raises SettingsError for settings or files that can't be used, StorageError for the database."""
    if settings.secret_key is None or settings.write_key is None:
        raise SettingsError("Missing: HANDRAIL_SECRET_KEY, HANDRAIL_WRITE_KEY")
    world = world or World()
    books, problems = read_books(settings.project_dir)
    if problems:
        raise SettingsError("\n".join(["These files can't be used:", *(str(p) for p in problems)]))
    store = open_store(settings.database_url)
    outbox = Outbox(store.database)
    reports = Reports(store.database)
    shelf = Shelf(settings.project_dir, books)
    try:
        links = Links(settings.base_url, settings.secret_key.get_secret_value())
    except ValueError as error:
        raise SettingsError(f"HANDRAIL_SECRET_KEY: {error}") from None
    knocked: list[Callable[[], None]] = []
    door = Door(store, shelf.playbooks, world, lambda: knocked[0]() if knocked else None)
    channels: dict[str, Channel] = {}
    slack: SlackApp | None = None
    who: WhoIsWho | None = None
    if settings.slack_on and settings.slack_bot_token:
        client = slack_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        channels["slack"] = SlackChannel(client, world)
        who = WhoIsWho(door, client)
        secret = settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else ""
        slack = create_slack(client=client, signing_secret=secret, door=door, shelf=shelf, outbox=outbox, who=who, company=settings.company)
    if settings.email_on and settings.sendgrid_api_key and settings.from_email:
        channels["email"] = SendGridChannel(
            settings.sendgrid_api_key.get_secret_value(),
            host=settings.sendgrid_api_url,
            from_email=settings.from_email,
            from_name=settings.company,
        )
    composer = Composer(links, settings.company, settings.postal_address or "")
    delivery = Delivery(outbox, door, shelf, channels, composer)
    knocker = Knocker(delivery.drain)
    knocked.append(knocker.knock)
    web = create_web(
        door=door,
        pages=Pages(door, shelf, links, settings.company),
        write_key=settings.write_key.get_secret_value(),
        find_slack=who.by_email if who else lambda _: None,
        slack_app=slack,
        health=lambda: health(reports, world),
    )
    return House(
        settings=settings,
        store=store,
        outbox=outbox,
        reports=reports,
        world=world,
        shelf=shelf,
        links=links,
        door=door,
        delivery=delivery,
        knocker=knocker,
        chores=Chores(store.database),
        slack=slack,
        web=web,
    )


def health(reports: Reports, world: World) -> dict[str, Any]:
    """What /healthz says: numbers, and the problems in words. Times are ISO 8601, ages in seconds."""
    now = world.now()
    try:
        found = reports.health(now)
    except Exception:
        log.exception("the database can't be asked how it is")
        return {"status": "problems", "database": "unreachable", "problems": ["the database can't be asked"]}
    late = (now - found.oldest_wake).total_seconds() if found.oldest_wake else 0.0
    waiting = (now - found.oldest_pending).total_seconds() if found.oldest_pending else 0.0
    problems = []
    if max(late, waiting) > LATE.total_seconds():
        problems.append("the clock or the delivery is behind")
    if found.parked:
        problems.append(f"{found.parked} {'event' if found.parked == 1 else 'events'} could not be decided")
    told = {name: at.isoformat() if isinstance(at, datetime) else at for name, at in asdict(found).items()}
    return {
        "status": "ok" if not problems else "problems",
        "database": "ok",
        "late_seconds": late,
        "outbox_age_seconds": waiting,
        **told,
        "problems": problems,
    }
