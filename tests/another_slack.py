"""A Slack that is not our playground: the little of its API that a small server speaks, and a socket. It shares no code with Handrail."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import itertools
import json
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

Json = dict[str, Any]
BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-another", "xapp-another", "another-signing-secret"
TEAM, BOT = "T0ANOTHER", "U0BOT"
PATIENCE = 20.0


@dataclass
class Call:
    method: str
    given: Mapping[str, Any]


@dataclass
class AnotherSlack:
    """Takes what the app says and remembers it. `users` are e-mail addresses by Slack user id; `channels` ids by name."""

    users: dict[str, str]
    channels: dict[str, str]
    calls: list[Call] = field(default_factory=list)
    acked: list[str] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _numbers: Any = field(default_factory=itertools.count)
    _sockets: list[ServerConnection] = field(default_factory=list)

    def __enter__(self) -> AnotherSlack:
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._ws: Server = serve(self._connected, "127.0.0.1", 0)
        for target in (self._http.serve_forever, self._ws.serve_forever):
            threading.Thread(target=target, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ws.shutdown()
        self._http.shutdown()
        self._http.server_close()

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/api"

    # What the app did

    def said_to(self, place: str) -> list[Json]:
        """What was posted to a user or a channel, the newest last."""
        with self._changed:
            return [dict(c.given) for c in self.calls if c.method == "chat.postMessage" and c.given.get("channel") == place]

    def awaited(self, find: Callable[[], Any]) -> Any:
        """Wait until there is something to find."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if found := find():
                return found
            time.sleep(0.02)
        raise AssertionError(f"it never came; the last calls were {[c.method for c in self.calls[-12:]]}")

    # What Slack tells the app

    def posts(self, url: str, body: str, kind: str) -> int:
        """A signed request over HTTP; the status it is answered with."""
        stamp = str(int(time.time()))
        signed = hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {"Content-Type": kind, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signed}"}
        with urllib.request.urlopen(urllib.request.Request(f"{url}/slack/events", body.encode(), headers), timeout=10) as answer:
            return int(answer.status)

    def event_by_http(self, url: str, event: Json) -> int:
        return self.posts(url, json.dumps(self.wrapped(event)), "application/json")

    def press_by_http(self, url: str, user: str, action: str, channel: str, **value: str) -> int:
        return self.posts(
            url, f"payload={quote(json.dumps(self.press(user, action, channel, **value)))}", "application/x-www-form-urlencoded"
        )

    def by_socket(self, kind: str, payload: Json) -> None:
        """Send an envelope on the newest socket and wait until the app has acknowledged it."""
        envelope = f"env-{next(self._numbers)}"
        line = self.awaited(lambda: self._sockets[-1] if self._sockets else None)
        line.send(json.dumps({"envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": False}))
        self.awaited(lambda: envelope in self.acked)

    def hangs_up(self) -> None:
        """The newest connection is cut, as networks do."""
        self._sockets.pop().socket.shutdown(socket.SHUT_RDWR)

    @property
    def connections(self) -> int:
        return len(self._sockets)

    def words(self, user: str, text: str) -> Json:
        """Somebody writes to the app directly."""
        ts = f"1772445600.{next(self._numbers):06d}"
        where = {"channel": f"D{user}", "channel_type": "im"}
        return {"type": "message", "user": user, "text": text, "ts": ts, "event_ts": ts, "client_msg_id": f"c{ts}", "team": TEAM} | where

    def wrapped(self, event: Json) -> Json:
        number = next(self._numbers)
        return {
            "type": "event_callback",
            "token": "t",
            "team_id": TEAM,
            "api_app_id": "A0ANOTHER",
            "event": event,
            "event_id": f"Ev{number}",
            "event_time": int(time.time()),
            "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": BOT, "is_bot": True, "is_enterprise_install": False}],
        }

    def press(self, user: str, action: str, channel: str, **value: str) -> Json:
        return {
            "type": "block_actions",
            "user": {"id": user, "username": user.lower(), "team_id": TEAM},
            "team": {"id": TEAM, "domain": "another"},
            "api_app_id": "A0ANOTHER",
            "token": "t",
            "trigger_id": f"{next(self._numbers)}.trigger",
            "container": {"type": "message", "message_ts": "1.1", "channel_id": channel},
            "channel": {"id": channel, "name": "somewhere"},
            "actions": [{"type": "button", "action_id": action, "block_id": "b", "action_ts": "1.1", "value": json.dumps(value)}],
        }

    # The API

    def answer(self, method: str, token: str, given: Mapping[str, Any]) -> Json:
        if token not in (BOT_TOKEN, APP_TOKEN):
            return {"ok": False, "error": "invalid_auth"}
        with self._changed:
            self.calls.append(Call(method, given))
        match method:
            case "auth.test":
                return {"ok": True, "url": "https://another.example/", "team": "Another", "team_id": TEAM, "user_id": BOT, "bot_id": "B0"}
            case "users.info" if given.get("user") in self.users:
                user = given["user"]
                profile = {"real_name": user.title(), "email": self.users[user]}
                return {"ok": True, "user": {"id": user, "team_id": TEAM, "name": user, "tz": "Europe/Berlin", "profile": profile}}
            case "users.lookupByEmail":
                found = next((user for user, email in self.users.items() if email == given.get("email")), None)
                return {"ok": True, "user": {"id": found, "team_id": TEAM}} if found else {"ok": False, "error": "users_not_found"}
            case "chat.postMessage":
                place = str(given["channel"])
                channel = self.channels.get(place.removeprefix("#"), f"D{place}" if place.startswith("U") else place)
                return {"ok": True, "channel": channel, "ts": f"1772445700.{next(self._numbers):06d}", "message": {}}
            case "chat.update" | "views.publish" | "reactions.add" | "chat.postEphemeral":
                return {"ok": True}
            case "conversations.open":
                return {"ok": True, "channel": {"id": f"D{given.get('users')}"}}
            case "apps.connections.open" if token == APP_TOKEN:
                return {"ok": True, "url": f"ws://127.0.0.1:{self._ws.socket.getsockname()[1]}/link/?ticket=1"}
        return {"ok": False, "error": "unknown_method"}

    def _connected(self, line: ServerConnection) -> None:
        line.send(json.dumps({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0ANOTHER"}, "debug_info": {}}))
        self._sockets.append(line)
        try:
            for said in line:
                if isinstance(said, str) and "envelope_id" in said:
                    self.acked.append(json.loads(said)["envelope_id"])
        except (ConnectionClosed, OSError):
            return


def _handler(slack: AnotherSlack) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            kind = self.headers.get("Content-Type", "")
            given = json.loads(raw or "{}") if kind.startswith("application/json") else dict(parse_qsl(raw))
            token = self.headers.get("Authorization", "").removeprefix("Bearer ") or str(given.get("token", ""))
            body = json.dumps(slack.answer(urlsplit(self.path).path.rpartition("/")[2], token, given)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            """Nobody reads along."""

    return Handler
