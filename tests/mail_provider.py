"""SendGrid as far as a fleet needs it: it takes a mail, remembers whose row it was, and may be slow or say that it has had enough."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class MailProvider:
    """`per_second`: more than that in a second, and what is in the bucket, is answered 429. `delay`: seconds that each answer takes."""

    def __init__(self, *, per_second: float | None = None, burst: float = 20.0, delay: Callable[[str], float] = lambda _: 0.0) -> None:
        self.taken: Counter[str] = Counter()
        self.moments: list[float] = []
        self.refused = 0
        self.under_way = 0
        self.delay = delay
        self._rate, self._burst = per_second, burst
        self._tokens, self._at = burst, time.monotonic()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, mail: dict[str, Any]) -> int:
        """The status to answer with."""
        person = mail["personalizations"][0]
        with self._lock:
            self.under_way += 1
        time.sleep(self.delay(person["to"][0]["email"]))
        with self._lock:
            self.under_way -= 1
            if self._rate is not None and not self._has_room(self._rate):
                self.refused += 1
                return 429
            self.taken[person["custom_args"]["handrail_id"]] += 1
            self.moments.append(time.monotonic())
            return 202

    def _has_room(self, rate: float) -> bool:
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + rate * (now - self._at))
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def _handler(provider: MailProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = provider.take(body)
            self.send_response(status)
            self.send_header("X-Message-Id", body["personalizations"][0]["custom_args"]["handrail_id"])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler
