"""`handrail run`, `web`, `clock` and `worker`: Handrail as it is deployed."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from bot.collecting import collect_rarely
from bot.house import House
from bot.logs import set_up
from bot.main import build
from bot.settings import Settings, read_settings, require_running
from bot.telemetry import start_sentry
from bot.web.wire import wired
from storage.database import lock_file

log = logging.getLogger("handrail")

GRACE = 3
"""Seconds that requests under way get when we are told to end."""
ENDINGS = {signal.SIGINT, signal.SIGTERM}
SHUTDOWN = 9.0
"""Seconds after which we end, whatever a provider still keeps us waiting for: platforms kill whoever takes longer than ten."""
WATCH = ("watch", "count")
CLOCK = ("tick", "sweep", "undecided", "reload", "tokens", "guard", "retain", *WATCH)
WORKER = ("deliver", "sweep", "reconcile", "reload", *WATCH)
WEB = ("reload", "socket", "notice", *WATCH)
"""On SQLite."""
MANY_CLOCKS = (*CLOCK, "give up", "tidy")
MANY_WORKERS = ("knock", "sweep", "reconcile", "files", *WATCH)
MANY_WEBS = ("knock", "files", "socket", "notice", *WATCH)
"""On PostgreSQL, where any number of each runs."""


def run() -> None:
    """Everything in one process. Raises AlreadyRunning when another one runs on the same SQLite file."""
    with _endings_held():
        settings = _settings()
        with lock_file(settings.database_url):
            house = _built(settings)
            house.delivery.sweep(all_dead=True)
            house.start()
            _serve(house)


def web() -> None:
    """Only the web app: Slack's requests, the product's events, people's pages."""
    with _endings_held():
        house = _built(_settings())
        house.start(*(MANY_WEBS if house.engine else WEB))
        _serve(house)


def clock() -> None:
    """Only the clock: finds who and what is due. On PostgreSQL workers do the rest, else it wakes people itself."""
    with _endings_held():
        house = _built(_settings())
        house.start(*(MANY_CLOCKS if house.engine else CLOCK))
        log.info("Handrail's clock ticks")
        _wait_for_the_end()
        house.stop()


def worker() -> None:
    """Only the work: decides for people whose moment has come, and sends. On SQLite it only sends."""
    with _endings_held():
        house = _built(_settings())
        hands = house.engine.worker() if house.engine else None
        house.start(*(MANY_WORKERS if hands else WORKER))
        if hands:
            hands.start()
        log.info("Handrail's worker is ready")
        _wait_for_the_end()
        if hands:
            hands.stop()
        house.stop()


def _built(settings: Settings) -> House:
    house = build(settings)
    collect_rarely()
    return house


def _settings() -> Settings:
    settings = read_settings()
    notes = require_running(settings)
    set_up(settings)
    start_sentry(settings)
    for note in notes:
        log.warning("%s", note)
    return settings


def _serve(house: House) -> None:
    """Answer requests until we are told to end, and end."""
    host, port = house.settings.host, house.settings.port
    log.info("Handrail listens on http://%s:%d", host, port)
    server = uvicorn.Server(wired(house.web, host, port, grace=GRACE, trusted=house.settings.trusted_proxies))

    def end() -> None:
        _wait_for_the_end()
        server.should_exit = True

    threading.Thread(target=end, name="ending", daemon=True).start()
    try:
        server.run()
    finally:
        house.stop()


def _wait_for_the_end() -> None:
    """Until we are told to end. From then on there is SHUTDOWN left, whatever is under way: its end is the process's."""
    signal.sigwait(ENDINGS)
    last = threading.Timer(SHUTDOWN, _cut_off)
    last.daemon = True
    last.start()


def _cut_off() -> None:
    log.warning("a provider has not answered within %.0f seconds: whether it took those messages is found out later", SHUTDOWN)
    logging.shutdown()
    os._exit(0)  # threads in a call can't be ended otherwise


@contextmanager
def _endings_held() -> Iterator[None]:
    """Being told to end waits until somebody waits for it, in all threads that begin within.

    A handler would have to wake the main thread, and one that runs just as that begins to wait finds its lock taken, for ever. Afterwards
    the mask is as before: children inherit it, and one that can't be told to end has to be killed.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    try:
        yield
    finally:
        while signal.sigtimedwait(ENDINGS, 0):  # told twice is told once
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
