"""Strangers who send anything at all, and how we look whether something was changed by it."""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url
from town import Town

from bot.playground.demo import WRITE_KEY

Pairs = Sequence[tuple[str, str]]

FORM = "application/x-www-form-urlencoded"
AT_HOME = "127.0.0.1"
HOLES = ("Traceback (most recent call last)", 'File "', "sqlalchemy", "sqlite3", "/site-packages/", "Internal Server Error")
"""What an answer never holds: how we are made inside."""


@dataclass(frozen=True)
class Said:
    """What was answered. Header names are in lower case; of several of one name the last."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    changed: bool

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class City:
    """A town with every door of ours in it, knocked at without wires in between: bytes go in as they are."""

    town: Town
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        file = make_url(self.town.house.settings.database_url).database
        assert file is not None
        self._watch = sqlite3.connect(file, isolation_level=None)

    def end(self) -> None:
        self._watch.close()
        self.runner.close()

    def writes(self) -> int:
        """A number that is another one once anybody wrote into the database."""
        return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def asks(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | Pairs = (),
        *,
        query: str = "",
        peer: str | None = AT_HOME,
        pieces: Sequence[bytes] | None = None,
    ) -> Said:
        """One request. `path` is as the app sees it, already decoded. What the app raises is raised here too."""
        pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(errors="replace"),
            "query_string": query.encode("latin-1", errors="replace"),
            "root_path": "",
            "headers": [(name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in pairs],
            "client": (peer, 5000) if peer else None,
            "server": ("127.0.0.1", 80),
        }
        before = self.writes()
        status, told, sent = self.runner.run(_called(self.town.house.web, scope, pieces if pieces is not None else [body]))
        return Said(status, told, sent, self.writes() != before)

    def posts(self, path: str, body: bytes, kind: str = "application/json", *, query: str = "", **headers: str) -> Said:
        told = [("content-type", kind), ("content-length", str(len(body))), *((n.replace("_", "-"), v) for n, v in headers.items())]
        return self.asks("POST", path, body, told, query=query)

    def submits(self, path: str, fields: Pairs, *, query: str = "") -> Said:
        """A form, as a browser sends it."""
        return self.posts(path, urlencode(fields, errors="replace").encode(), FORM, query=query)

    def tells(self, path: str, body: Any, key: str = WRITE_KEY) -> Said:
        """The product says something."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.posts(path, raw, authorization=basic(key))


async def _called(app: Any, scope: dict[str, Any], pieces: Sequence[bytes]) -> tuple[int, dict[str, str], bytes]:
    waiting = [{"type": "http.request", "body": piece, "more_body": n < len(pieces) - 1} for n, piece in enumerate(pieces)]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    head = next(one for one in sent if one["type"] == "http.response.start")
    told = {name.decode("latin-1"): value.decode("latin-1") for name, value in head["headers"]}
    return head["status"], told, b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body")


def basic(key: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:".encode(errors="replace")).decode()


def all_is_well(said: Said, *, may_change: bool = False) -> None:
    """The promise to whoever sends anything: no 5xx, nothing about our inside, and what is refused changed nothing.

    `may_change`: an answer that refuses something may follow a change, as when one call of several is refused.
    """
    assert said.status < 500, (said.status, said.text[:300])
    for hole in HOLES:
        assert hole not in said.text, said.text[:300]
    if said.status >= 400 and not may_change:
        assert not said.changed, (said.status, said.text[:300])


def short_and_long(short: int, long: int) -> Any:
    """A test that sends a few things whenever tests run, and many behind the gate: its argument `many` says how many."""
    return pytest.mark.parametrize("many", [pytest.param(short, id="a few"), pytest.param(long, id="many", marks=pytest.mark.gate)])


def tried(many: int, check: Callable[..., None], **given_: st.SearchStrategy[Any]) -> None:
    """Ask `check` with so many different things.

    A few are always the same few: what they find is found everywhere. Many are other ones each time, but in CI, where Hypothesis repeats
    itself: what lands does not hang on luck, and what is found by luck is found on somebody's desk.
    """
    same = many < 500 or settings().derandomize
    rules = settings(
        max_examples=many, deadline=None, database=None, derandomize=same, suppress_health_check=[*HealthCheck], print_blob=False
    )
    rules(given(**given_)(check))()


# What strangers write

TEXTS = st.text(max_size=20) | st.sampled_from(
    [
        "",
        "\x00",
        "\ud800",
        "ana",
        "Ana <!channel>",
        "{{7*7}}",
        "' OR 1=1 --",
        "../../etc/passwd",
        "a@b.c",
        "T1/U1",
        "1",
        "x" * 300,
        "\u202e",
        "null",
    ]
)
NUMBERS = (
    st.integers()
    | st.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**30, 10**308, 253402300800, 1_700_000_000, 1_700_000_000_000])
    | st.floats(allow_nan=False, allow_infinity=False)
)
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=8)
NOT_QUITE_JSON = st.sampled_from(
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"',
        b"\xff\xfe",
        b"{" * 50_000,
        b"[" * 100_000,
        b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
        b"[" * 900 + b"]" * 900,
        b"[" * 300 + b"]" * 300,
        b"1" * 5_000,
        b"-" + b"9" * 4_299,
        b"1e999999",
        b"NaN",
        b"-Infinity",
        b'{"a":1,"a":2}',
        b'"\\ud800"',
        b"\xef\xbb\xbf{}",
        "ü".encode("utf-16"),
        "{}".encode("utf-32"),
    ]
)


def shaped(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with some of these fields, nearly always as they should be and seldom anything else, and with fields that nobody knows."""
    return st.builds(
        lambda known, more: more | known,
        st.fixed_dictionaries({}, optional={name: st.one_of(*[field] * 15, JSON) for name, field in fields.items()}),
        st.just({}) | st.dictionaries(st.text(max_size=6), JSON, max_size=2),
    )


def as_json(body: Any) -> bytes:
    """JSON as lenient as Python writes it."""
    return json.dumps(body).encode()


def file_of(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path
