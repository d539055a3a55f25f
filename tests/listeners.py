"""A server of somebody else's that we tell things: it keeps what it hears, and answers as the test says."""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Heard:
    """One delivery."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body)


@dataclass
class Listener:
    """What it heard, and the statuses it gives to the next ones (0: it hangs up without an answer)."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: deque[tuple[int, Mapping[str, str]]] = field(default_factory=deque)

    def will(self, status: int, **headers: str) -> None:
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}))

    def told(self, topic: str) -> list[Any]:
        """The data of what was told under that topic."""
        return [one.said["data"] for one in self.heard if one.said["type"] == topic]

    @property
    def topics(self) -> list[str]:
        return [one.said["type"] for one in self.heard]


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers = listener.answers.popleft() if listener.answers else (204, {})
            listener.heard.append(Heard({name.lower(): value for name, value in self.headers.items()}, body))
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def dripping() -> Iterator[str]:
    """The address of a server that begins an answer and never ends it, as long as somebody waits for it."""
    enough = threading.Event()

    def drips() -> None:
        with suppress(OSError):
            line, _ = server.accept()
            with line:
                line.recv(65536)
                line.sendall(b"HTTP/1.1 200 OK\r\n")
                while not enough.wait(0.02):
                    line.sendall(b"X-Wait: a moment\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drips)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/hooks"
        finally:
            enough.set()
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join()
