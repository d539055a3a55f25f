"""Socket Mode: Slack's deliveries over one connection that we open, for a single workspace without an address of its own."""

from __future__ import annotations

import logging
import select
import threading
import time
from collections.abc import Callable
from datetime import datetime

from slack_bolt import App
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin.connection import Connection
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.app import acknowledged, while_slack_waits
from bot.world import machine_now

log = logging.getLogger("handrail.socket")

PING = 5.0
"""Seconds between pings."""
SILENT = 30.0
"""A line without an answer to our pings for so many seconds is dead, and a new one is opened."""
LOOK = 1.0
TOO_LONG = 120.0
"""Seconds without a line after which /healthz says that we are not well."""
_LONGEST_WAIT = 15.0
OPENING = 8
"""Seconds that Slack has for telling where to connect."""


class Handler(SocketModeHandler):
    """Acknowledges what Bolt answered, which it does after the commit; and also what nobody listens to, else Slack repeats it."""

    def handle(self, client: BaseSocketModeClient, req: SocketModeRequest) -> None:
        """One delivery."""
        began = time.time()
        with while_slack_waits(time.monotonic()):
            answer = run_bolt_app(self.app, req)
        send_response(client, req, acknowledged(answer), began)


class SocketLine:
    """A connection that is watched: slack_sdk reconnects by itself, and when it does not, the whole of it is replaced."""

    def __init__(
        self,
        app: App,
        app_token: str,
        api_url: str,
        *,
        silent: float = SILENT,
        machine: Callable[[], datetime] = machine_now,
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._web = WebClient(base_url=api_url, timeout=OPENING, retry_handlers=[])
        self._silent = silent
        self._machine = machine
        self._handler: Handler | None = None
        self._opened = 0.0
        self._seen = ("", 0.0)
        self._down_since: tuple[float, datetime] | None = (time.monotonic(), machine())
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._watching, name="socket-watch", daemon=True)

    def start(self) -> None:
        """Open the line and keep it open. Returns at once."""
        self._watch.start()

    def stop(self) -> None:
        """Close the line for good, after what is under way."""
        self._ended.set()
        if self._watch.is_alive():
            self._watch.join(timeout=OPENING + 2)
        self._close()

    @property
    def connected(self) -> bool:
        """Whether the line is open and answers."""
        client = self._handler.client if self._handler else None
        session = client.current_session if client else None
        if client is None or session is None or not client.is_connected() or _hung_up(session):
            return False
        if session.session_id != self._seen[0]:
            self._seen = (session.session_id, time.time())
        return time.time() - max(session.last_ping_pong_time or 0.0, self._seen[1]) < self._silent

    def told(self) -> str:
        """How the line is, for /healthz."""
        if not self._watch.is_alive():
            return "off"
        return f"reconnecting since {self._down_since[1].isoformat(timespec='seconds')}" if self._down_since else "connected"

    @property
    def down_for(self) -> float:
        """Seconds without a line; 0 while it is open, and before it was asked for."""
        return time.monotonic() - self._down_since[0] if self._down_since and self._watch.is_alive() else 0.0

    def _watching(self) -> None:
        failures = 0
        while not self._ended.is_set():
            try:
                failures = 0 if self._look() else failures
            except Exception as error:
                failures += 1
                log.warning("the line to Slack could not be opened: %s", type(error).__name__)
            self._ended.wait(min(_LONGEST_WAIT, LOOK * 2**failures) if failures else LOOK)

    def _look(self) -> bool:
        """One look at the line: open it when there is none, replace it when it is dead for long. Whether it is open."""
        if self.connected:
            if self._down_since:
                log.info("the line to Slack is open")
            self._down_since = None
            return True
        if self._down_since is None:
            log.warning("the line to Slack is gone")
            self._down_since = (time.monotonic(), self._machine())
        session = self._handler.client.current_session if self._handler else None
        waited = min(time.time() - self._opened, self.down_for)  # slack_sdk may be about to reconnect by itself
        if self._handler is None or waited > self._silent or (session is not None and _hung_up(session)):
            self._open()
        return self.connected

    def _open(self) -> None:
        self._close()
        handler = Handler(self._app, self._app_token, web_client=self._web, ping_interval=PING, logger=log)
        self._handler, self._opened = handler, time.time()
        try:
            handler.connect()  # type: ignore[no-untyped-call]
        except Exception:
            self._close()
            raise

    def _close(self) -> None:
        handler, self._handler = self._handler, None
        if handler is not None:  # its threads may hang in a dead connection
            threading.Thread(target=handler.close, name="socket-close", daemon=True).start()


def _hung_up(session: Connection) -> bool:
    """Whether the other end is gone without a goodbye: slack_sdk itself notices that only when its pings stay unanswered."""
    sock = session.sock
    if sock is None:
        return False
    signs = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)
    try:
        watch = select.poll()
        watch.register(sock.fileno(), signs)
        return bool(watch.poll(0))
    except (OSError, ValueError):  # it was closed just now
        return True
