"""Where the parts are joined, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter
from pydantic import SecretStr

from bot.alerts import Alerts
from bot.articles import Library
from bot.calendar import Organizer, dates_attached
from bot.channels import Channel
from bot.clock import Knocker
from bot.compose import Composer
from bot.deliver import Delivery
from bot.email.carrier import carrier
from bot.email.inbound import Inbound
from bot.email.inbound_routes import inbound_routes
from bot.email.report_intake import ReportIntake, SoftBounces
from bot.email.report_routes import report_routes
from bot.email.signatures import Signatures
from bot.engine.scaled import Scaled
from bot.figures import registry
from bot.handle import Door
from bot.health import health
from bot.hooks.routes import hook_routes
from bot.hooks.taking import HookIntake
from bot.house import House
from bot.ingest.guarding import Guards, amiss
from bot.ingest.noticing import Noticing
from bot.ingest.taking import Intake
from bot.keys import Keys
from bot.knowing import Knowing
from bot.links import BadLink, Links
from bot.mailbox import Mailbox
from bot.measuring import Measures
from bot.pacing import OwnPace, SharedPace
from bot.rates import read_rate
from bot.retention import Retention
from bot.settings import Settings, SettingsError, secret_named
from bot.shelf import Shelf, read_books
from bot.slack.crossing import WithoutFiles, tell
from bot.slack.side import SlackSide, continuing, installer, slack_side
from bot.telemetry import traced
from bot.web.app import create_web
from bot.web.article_readings import article_readings
from bot.web.help_routes import help_routes
from bot.web.ingest import ingest_routes
from bot.web.ingest_gate import Gate
from bot.web.journey_routes import journey_routes
from bot.web.link_routes import link_routes
from bot.web.metrics_routes import metrics_routes
from bot.web.pages import Pages
from bot.web.probe_routes import probe_routes
from bot.web.readiness import Readiness
from bot.web.slack_routes import continue_routes, install_routes, slack_routes
from bot.web.story_routes import story_routes
from bot.web.timeline_routes import timeline_routes
from bot.web.timing import Timed
from bot.webhooks.channel import WebhookChannel
from bot.world import World, machine_now
from storage.article_search import ArticleSearch
from storage.chores import Chores
from storage.desk_reports import DeskReports
from storage.files import FileStore
from storage.keys import KeyStore
from storage.machine_clock import MachineClock
from storage.outbox import Outbox
from storage.paces import Paces
from storage.reports import Reports
from storage.store import open_store


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
    measures = Measures()
    meters = traced(settings, measures)
    door = Door(store, shelf.playbooks, world, lambda: knocked[0]() if knocked else None, meters=meters)
    told = WebhookChannel(lambda: shelf.playbooks().endpoints, secret_named, private=settings.webhooks_private)
    channels: dict[str, Channel] = {"webhook": told}
    library = Library(ArticleSearch(store.database), shelf.offered)
    library.refresh()
    kept = FileStore(store.database)
    slack = slack_side(settings, store.database, door, shelf, outbox, links, library.find, kept)
    if slack is not None:
        channels["slack"] = slack.channel
    try:
        by_mail = carrier(settings)
    except ValueError as error:
        raise SettingsError(f"SMTP_URL: {error}") from None
    if by_mail is not None:
        channels["email"] = WithoutFiles(by_mail, lambda say: tell(outbox, door, say))
    mailbox = Mailbox(
        domain=(settings.from_email or "").rpartition("@")[2],
        reply_domain=settings.reply_domain or "",
        secret_key=settings.secret_key.get_secret_value(),
    )
    dates = dates_attached(shelf.playbooks, Organizer(name=settings.company, email=settings.from_email or ""))
    composer = Composer(
        links, settings.company, settings.postal_address or "", slack_on=slack is not None, mailbox=mailbox, attachments=dates
    )
    reports_in = _report_intake(settings, door, outbox)
    inbound = Inbound(
        door=door, shelf=shelf, outbox=outbox, mailbox=mailbox, files=kept, find=library.find, report=lambda one: reports_in.take([one])
    )
    embedded = store.database.is_sqlite
    pace = OwnPace(settings.rates) if embedded else SharedPace(Paces(store.database), settings.rates)
    machine = machine_now if embedded else MachineClock(store.database).now
    delivery = Delivery(outbox, door, shelf, channels, composer, machine, pace=pace, meters=meters)
    engine = Scaled(settings.database_url, door, outbox, delivery, settings.worker_threads) if not embedded else None
    knocker = Knocker(lambda: house.knocked())
    knocked.append(knocker.knock)
    pages = Pages(door, shelf, links, settings.company, slack_on=slack is not None)
    keys = Keys(KeyStore(store.database), settings.write_key.get_secret_value())
    knowing = Knowing(door)
    noticing = Noticing(store.database, shelf.playbooks)
    intake = Intake(door, knowing, slack.who.by_email if slack else lambda _: None, noticing)
    watched = [
        probe_routes(
            lambda: health(reports, world, slack, lambda: amiss(store.database)), Readiness(store.database, lambda: house.stage).not_ready
        ),
        metrics_routes(registry(measures, store.database, world), _plain(settings.metrics_token)),
    ]
    web = create_web(
        pages=pages,
        base_url=settings.base_url,
        more=[
            *watched,
            ingest_routes(intake, keys, Gate(settings.ingest_at_once, settings.ingest_waiting, read_rate(settings.ingest_pace))),
            journey_routes(door, shelf, keys),
            help_routes(pages, article_readings(pages)),
            story_routes(pages, DeskReports(store.database)),
            timeline_routes(pages, DeskReports(store.database)),
            *_report_routes(settings, door, reports_in),
            *(_slack_routes(slack, door, settings, links, pages) if slack else ()),
            *_inbound_routes(settings, inbound),
            hook_routes(HookIntake(door, knowing, intake), lambda: shelf.books.sources, secret_named, settings.base_url),
        ],
    )
    web.add_middleware(Timed, meters=meters)
    house = House(
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
        engine=engine,
        chores=Chores(store.database),
        library=library,
        inbound=inbound,
        slack=slack,
        by_mail=by_mail,
        noticing=noticing,
        guards=Guards(store.database, outbox, world, shelf.playbooks, lambda: shelf.books.words),
        alerts=Alerts(
            database=store.database,
            outbox=outbox,
            world=world,
            playbooks=shelf.playbooks,
            words=lambda: shelf.books.words,
            language=settings.alerts_language,
        ),
        retention=Retention(store.database, world, settings.keep_days),
        measures=measures,
        meters=meters,
        web=web,
        watched=watched,
    )
    return house


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _inbound_routes(settings: Settings, inbound: Inbound) -> list[APIRouter]:
    """Where answers to our mails arrive, when anybody said where that is. Raises SettingsError for a key that is none."""
    if settings.inbound_secret is None or not settings.reply_domain:
        return []
    try:
        signed = Signatures(settings.inbound_public_key).hold if settings.inbound_public_key else None
    except ValueError as error:
        raise SettingsError(f"SENDGRID_INBOUND_PUBLIC_KEY: {error}") from None
    return [inbound_routes(inbound, settings.inbound_secret.get_secret_value(), signed)]


def _report_intake(settings: Settings, door: Door, outbox: Outbox) -> ReportIntake:
    """What takes reports of what became of mails. Raises SettingsError for a rule that is none."""
    try:
        return ReportIntake(door, outbox, SoftBounces(*settings.soft_bounce_rule))
    except ValueError as error:
        raise SettingsError(f"HANDRAIL_SOFT_BOUNCES: {error}") from None


def _report_routes(settings: Settings, door: Door, intake: ReportIntake) -> list[APIRouter]:
    """Where SendGrid tells what became of mails, when its key is known. Raises SettingsError for what can't be used."""
    if settings.webhook_public_key is None:
        return []
    try:
        signatures = Signatures(settings.webhook_public_key)
    except ValueError as error:
        raise SettingsError(f"SENDGRID_WEBHOOK_PUBLIC_KEY: {error}") from None
    return [report_routes(door, intake, signatures)]


def _slack_routes(slack: SlackSide, door: Door, settings: Settings, links: Links, pages: Pages) -> list[APIRouter]:
    """Slack's deliveries and the pages around installing."""

    def whose(token: str) -> str | None:
        try:
            return links.read(token, "slack", door.now())
        except (BadLink, ValueError):
            return None

    def show(name: str, facts: Mapping[str, Any], locale: str) -> str:
        return bytes(pages.show(name, facts, locale=locale).body).decode()

    way_in = installer(slack, door, settings.base_url, whose, show)
    found = [continue_routes(continuing(slack, door, whose, show).page, pages.refused)]
    found += [install_routes(way_in)] if way_in else []
    found.append(link_routes(pages, slack.confirming))
    return found + ([slack_routes(slack.dispatch, slack.signed)] if slack.over_http else [])
