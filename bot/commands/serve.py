"""`handrail run`, `web`, `clock`, `worker` and `migrate`: Handrail as it is deployed."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable

import uvicorn

from bot.main import House, build
from bot.settings import Settings, read_settings, require_running
from storage.database import lock_file
from storage.migrate import upgrade

log = logging.getLogger("handrail")

GRACE = 3
"""Seconds that requests under way get when we are told to end."""
CLOCK_BEATS = ("tick", "sweep", "undecided", "reload", "tokens", "guard")
WORKER_BEATS = ("deliver", "sweep", "reconcile", "reload")


def run() -> None:
    """Everything in one process. Raises AlreadyRunning when another one runs on the same SQLite file."""
    settings = _settings()
    with lock_file(settings.database_url):
        house = build(settings)
        house.delivery.sweep(all_dead=True)
        house.start()
        try:
            _serve(house)
        finally:
            house.stop()


def web() -> None:
    """Only the web app: Slack's requests, the product's events, people's pages."""
    house = build(_settings())
    house.start("reload", "socket", "notice")
    try:
        _serve(house)
    finally:
        house.stop()


def clock() -> None:
    """Only the clock: wakes people whose moment has come."""
    _beat(CLOCK_BEATS)


def worker() -> None:
    """Only the delivery."""
    _beat(WORKER_BEATS)


def migrate() -> None:
    """Bring the database up to date."""
    upgrade(read_settings().database_url)


def _settings() -> Settings:
    settings = read_settings()
    notes = require_running(settings)
    log_to_stderr()
    for note in notes:
        log.warning("%s", note)
    return settings


def _serve(house: House) -> None:
    host, port = house.settings.host, house.settings.port
    log.info("Handrail listens on http://%s:%d", host, port)
    config = uvicorn.Config(
        house.web, host=host, port=port, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACE
    )
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn ends on it, then raises it again; the house has to be put in order first
    uvicorn.Server(config).run()


def _beat(names: tuple[str, ...]) -> None:
    house = build(_settings())
    house.start(*names)
    log.info("Handrail's %s beats", " and ".join(names))
    _until_told(house.stop)


def _until_told(stop: Callable[[], None]) -> None:
    ended = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: ended.set())
    ended.wait()
    stop()


def log_to_stderr() -> None:
    """Log what matters, without anybody's words or addresses."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("apscheduler", "slack_bolt", "slack_sdk", "httpx", "python_http_client"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
