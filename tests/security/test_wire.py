"""On the wire: what every answer says to browsers, how much one address may ask, and how long somebody who says nothing is waited for."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Scope

from bot.commands import serve
from bot.rates import Rate
from bot.web import throttle
from bot.web.buckets import Buckets
from bot.web.headers import Headed
from bot.web.ingest_gate import Full, Gate
from bot.web.slow_bodies import SlowBodies
from bot.web.throttle import Throttle, counted_as
from bot.web.wire import MOST_LINES, Line, wired
from tests.security.strangers import City, basic

EVE, MAYA = "93.184.216.7", "93.184.216.34"
"""Two addresses of the open internet."""

# Headers


@pytest.mark.parametrize("path", ["/healthz", "/p/x", "/help/nothing", "/v1/openapi.json", "/nothing", "/u/x", "/slack/install"])
def test_every_answer_says_what_browsers_may_do_with_it(city: City, path: str):
    told = city.asks("GET", path).headers
    assert told["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in told["content-security-policy"]
    assert "unsafe" not in told["content-security-policy"]
    assert told["x-content-type-options"] == "nosniff"
    assert told["x-frame-options"] == "DENY"
    assert told["referrer-policy"] == "no-referrer"
    assert told["cross-origin-opener-policy"] == told["cross-origin-resource-policy"] == "same-origin"
    assert "camera=()" in told["permissions-policy"]
    assert told["cache-control"] == "no-store"
    assert "server" not in told


def test_a_page_behind_a_link_is_not_to_be_indexed_and_help_may_be(city: City):
    assert city.asks("GET", "/p/x").headers["x-robots-tag"] == "noindex, nofollow"
    assert "x-robots-tag" not in city.asks("GET", "/help/nothing").headers


def test_what_is_large_or_wrong_has_them_too(city: City):
    for answer in (city.posts("/v1/track", b"x" * 2_000_000), city.asks("POST", "/healthz"), city.tells("/v1/track", b"{")):
        assert answer.status >= 400
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(("secret", "told"), [(True, "max-age=31536000"), (False, None)])
def test_browsers_keep_to_https_where_that_is_our_address(secret: bool, told: str | None):
    status, headers, _ = asyncio.run(_asked(Headed(Starlette(), secret=secret), _scope("/")))
    assert (status, headers.get("strict-transport-security")) == (404, told)


def test_no_page_sets_a_cookie_and_only_adding_the_app_does(city: City):
    for path in ("/healthz", "/p/x", "/help/nothing", "/u/x"):
        assert "set-cookie" not in city.asks("GET", path).headers
    cookie = city.asks("GET", "/slack/install").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


# How much an address may ask


def from_(city: City, peer: str, path: str = "/p/guess", method: str = "GET", **headers: str) -> int:
    return city.asks(method, path, headers=headers, peer=peer).status


@pytest.fixture
def fresh(city: City) -> City:
    """Nobody asked anything yet."""
    app: Any = city.town.house.web.middleware_stack
    while app is not None and not isinstance(app, Throttle):
        app = getattr(app, "app", None) or getattr(app, "_app", None)
    assert isinstance(app, Throttle)
    app._buckets._held.clear()
    app._known.clear()
    return city


def test_who_guesses_links_is_slowed_down_and_nobody_else_is(fresh: City):
    answers = [from_(fresh, EVE) for _ in range(60)]
    assert answers[:40] == [404] * 40
    assert answers[-1] == 429
    assert from_(fresh, MAYA) == 404
    refused = fresh.asks("GET", "/p/guess", peer=EVE)
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_mail_program_that_unsubscribes_somebody_is_never_asked_to_come_back(fresh: City):
    for _ in range(60):
        from_(fresh, EVE)
    assert from_(fresh, EVE) == 429
    assert from_(fresh, EVE, "/u/x", "POST") == 404


def test_who_guesses_keys_is_slowed_down_and_the_product_behind_the_same_address_is_not(fresh: City):
    good = {"authorization": basic(fresh.town.demo.write_key), "content-type": "application/json"}
    raw = b'{"userId": "zoe", "event": "x"}'
    assert fresh.asks("POST", "/v1/track", raw, good, peer=EVE).status == 200
    answers = [from_(fresh, EVE, "/v1/track", "POST", authorization=basic(f"guess {n}")) for n in range(60)]
    assert (answers[0], answers[-1]) == (401, 429)
    assert fresh.asks("POST", "/v1/track", raw, good, peer=EVE).status == 200


def test_a_header_that_opened_nothing_does_not_let_anybody_guess(fresh: City):
    junk = {"authorization": "junk"}
    assert from_(fresh, EVE, "/v1/openapi.json", **junk) == 200
    assert [from_(fresh, EVE, **junk) for _ in range(60)][-1] == 429
    assert [from_(fresh, MAYA, "/v1/track", "POST", **junk) for _ in range(60)][-1] == 429


def test_a_right_key_opens_no_other_door_for_whoever_guesses(fresh: City):
    good = {"authorization": basic(fresh.town.demo.write_key), "content-type": "application/json"}
    assert fresh.asks("POST", "/v1/track", b'{"userId": "zoe", "event": "x"}', good, peer=EVE).status == 200
    assert [from_(fresh, EVE, authorization=good["authorization"]) for _ in range(60)][-1] == 429


def test_a_key_that_is_used_is_remembered_however_many_others_come(fresh: City, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(throttle, "_MOST_KNOWN", 5)
    right = fresh.town.demo.write_key

    def tells(header: str) -> int:
        raw = json.dumps({"api_key": right, "event": "x", "distinct_id": "zoe"}).encode()
        return fresh.asks("POST", "/capture", raw, {"authorization": header, "content-type": "application/json"}, peer=EVE).status

    for n in range(20):
        assert (tells(basic(right)), tells(f"other {n}")) == (200, 200)
    for _ in range(60):
        from_(fresh, EVE)
    assert (tells(basic(right)), tells("other 0")) == (200, 429)


def test_who_sends_what_cannot_be_read_and_has_no_key_is_slowed_down(fresh: City):
    def half(peer: str) -> int:
        return fresh.asks("POST", "/batch", b'{"batch": [1,', {"content-type": "application/json"}, peer=peer).status

    answers = [half(EVE) for _ in range(230)]
    assert (answers[0], answers[150], answers[-1]) == (400, 400, 429)
    whole = json.dumps({"api_key": fresh.town.demo.write_key, "event": "x", "distinct_id": "zoe"}).encode()
    assert fresh.asks("POST", "/capture", whole, {"content-type": "application/json"}, peer=MAYA).status == 200
    assert {half(MAYA) for _ in range(230)} == {400}


def test_who_begins_to_add_the_app_again_and_again_fills_no_table(fresh: City):
    answers = [from_(fresh, EVE, "/slack/install") for _ in range(15)]
    assert 10 <= answers.count(302) <= 12
    assert answers[-1] == 429


def test_a_product_that_asks_for_people_who_are_not_there_is_not_slowed_down(fresh: City):
    good = {"authorization": basic(fresh.town.demo.write_key), "content-type": "application/json"}
    answers = {fresh.asks("POST", "/v1/track", b"{}", good, peer=EVE).status for _ in range(80)}
    assert answers == {400}


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.1.2.3", "::1", "fd00::1", "100.64.0.1", "testclient", ""])
def test_an_address_that_may_stand_for_everybody_is_not_counted(peer: str):
    assert counted_as(peer) == ""


def test_an_address_of_the_new_kind_is_counted_by_its_line():
    assert counted_as("2a00:1450:4001:81b::200e") == counted_as("2a00:1450:4001:81b:ffff::1") != counted_as("2a00:1450:4001:81c::1")
    assert counted_as("::ffff:93.184.216.34") == counted_as("93.184.216.34") == "93.184.216.34"


def test_a_proxy_that_nobody_named_is_told_of_once(fresh: City, caplog: pytest.LogCaptureFixture):
    for _ in range(3):
        from_(fresh, "10.0.0.1", "/healthz", **{"x-forwarded-for": "6.6.6.6"})
    assert [record.message for record in caplog.records if "HANDRAIL_TRUSTED_PROXIES" in record.message][1:] == []


def test_however_many_ask_no_more_is_remembered_than_fits():
    buckets = Buckets(10, 1, most=100)
    for n in range(10_000):
        buckets.take(f"address {n}")
    assert len(buckets) == 100


def test_a_bucket_fills_with_time():
    now = [0.0]
    buckets = Buckets(2, 0.5, tick=lambda: now[0])
    for _ in range(2):
        assert buckets.wait("eve") == 0
        buckets.take("eve")
    assert buckets.wait("eve") == 2
    now[0] = 2.1
    assert buckets.wait("eve") == 0


def test_a_source_that_runs_wild_leaves_room_for_the_others():
    gate = Gate(4, 100, Rate(3))
    for _ in range(6):
        gate.charge("product:wild")
    with pytest.raises(Full) as full:
        gate.charge("product:wild")
    assert full.value.after >= 1
    gate.charge("product:calm")


# Who sends slowly


def _scope(path: str, method: str = "GET") -> Scope:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "scheme": "http",
        "http_version": "1.1",
        "root_path": "",
    }


async def _asked(app: ASGIApp, scope: Scope, receive: Callable[[], Any] | None = None) -> tuple[int, dict[str, str], bytes]:
    sent: list[Message] = []

    async def nothing() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive or nothing, send)
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent[1:])


async def _echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


def _listener(patience: float, **more: Any) -> ASGIApp:
    app = Starlette(routes=[Route("/", _echo, methods=["POST"])])
    app.add_middleware(SlowBodies, patience=patience, **more)
    return app


def test_a_body_that_drips_is_waited_for_only_so_long():
    async def drips() -> Message:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    status, headers, _ = asyncio.run(_asked(_listener(0.1), _scope("/", "POST"), drips))
    assert (status, headers["connection"]) == (408, "close")


def test_a_large_body_that_comes_steadily_has_its_time():
    left = [8]

    async def steady() -> Message:
        await asyncio.sleep(0.02)
        left[0] -= 1
        return {"type": "http.request", "body": b"x" * 32 * 1024, "more_body": left[0] > 0}

    assert asyncio.run(_asked(_listener(0.1), _scope("/", "POST"), steady))[0] == 200


def test_of_many_bodies_that_never_end_the_oldest_make_room():
    app, never = _listener(10.0, most=250_000), asyncio.Event

    async def piece_by_piece(size: int, *, ends: bool) -> int:
        there = [{"type": "http.request", "body": b"x" * size, "more_body": not ends}]

        async def receive() -> Message:
            if not there:
                await never().wait()
            return there.pop()

        status, headers, _ = await _asked(app, _scope("/", "POST"), receive)
        assert status == 200 or (status, headers["connection"], headers["retry-after"]) == (503, "close", "2")
        return status

    async def all_at_once() -> tuple[list[int], int, int]:
        strangers = [asyncio.create_task(piece_by_piece(100_000, ends=False)) for _ in range(5)]
        await asyncio.sleep(0.05)
        cut = [task.result() for task in strangers if task.done()]
        honest = await piece_by_piece(200_000, ends=True)
        for task in strangers:
            task.cancel()
        await asyncio.gather(*strangers, return_exceptions=True)
        return cut, [task.done() for task in strangers].index(True), honest

    assert asyncio.run(all_at_once()) == ([503] * 3, 0, 200)


def test_who_hangs_up_in_the_middle_of_a_body_is_no_error_of_ours():
    said: list[Message] = [{"type": "http.disconnect"}, {"type": "http.request", "body": b"half", "more_body": True}]
    answered: list[Message] = []

    async def receive() -> Message:
        return said.pop()

    async def send(message: Message) -> None:
        answered.append(message)

    asyncio.run(_listener(1.0)(_scope("/", "POST"), receive, send))
    assert answered == []


@contextmanager
def _serving(app: ASGIApp, monkeypatch: pytest.MonkeyPatch, most: int = MOST_LINES) -> Iterator[tuple[int, uvicorn.Server]]:
    """As it is deployed, with less patience."""
    monkeypatch.setattr(Line, "head_within", 0.3)
    monkeypatch.setattr(Line, "read_within", 0.3)
    config = wired(app, "127.0.0.1", 0, grace=1, trusted="127.0.0.1")
    config.limit_concurrency, config.timeout_keep_alive = most, 1
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield listening.getsockname()[1], server
        server.should_exit = True
        thread.join(10)


@contextmanager
def _served(app: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    with _serving(app, monkeypatch) as (port, _):
        yield port


def _hung_up(port: int, said: bytes, more: bytes = b"", pieces: int = 0) -> bytes:
    """What comes back until they hang up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(said)
        for _ in range(pieces):
            try:
                line.sendall(more)
            except OSError:
                break
            threading.Event().wait(0.05)
        heard = b""
        try:
            while piece := line.recv(1000):
                heard += piece
        except ConnectionResetError:
            pass
        return heard


def test_a_line_on_which_nothing_is_said_is_hung_up(monkeypatch: pytest.MonkeyPatch):
    async def answers(scope: Scope, receive: Any, send: Any) -> None:
        await PlainTextResponse("hello")(scope, receive, send)

    with _served(answers, monkeypatch) as port:
        assert _hung_up(port, b"") == b""
        assert _hung_up(port, b"GET / HTTP/1.1\r\nHost: x\r\n") == b""
        assert _hung_up(port, b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-A: b\r\n", 40) == b""
        assert b"400" in _hung_up(port, b"GET / HTTP/1.1\r\n" + b"X-A: " + b"b" * 100_000 + b"\r\n\r\n").partition(b"\r\n")[0]
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:  # who asks again in time is heard
            for _ in range(3):
                line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                heard = b""
                while b"hello" not in heard:
                    heard += line.recv(1000)
                threading.Event().wait(0.15)


def test_of_more_lines_than_fit_the_rest_are_cut_at_once(monkeypatch: pytest.MonkeyPatch):
    with _serving(Starlette(), monkeypatch, most=3) as (port, server), ExitStack() as lines:
        monkeypatch.setattr(Line, "head_within", 30.0)
        for _ in range(3):
            lines.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5)).sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * 1000)
        assert [_hung_up(port, b"") for _ in range(5)] == [b""] * 5
        assert len(server.server_state.connections) == 3


@pytest.mark.parametrize("size", [45_000, 2_000_000])
@pytest.mark.parametrize("asks", [1, 100])
def test_who_never_takes_what_they_asked_for_is_not_kept(monkeypatch: pytest.MonkeyPatch, size: int, asks: int):
    async def answers(scope: Scope, receive: Any, send: Any) -> None:
        await PlainTextResponse("x" * size)(scope, receive, send)

    with _serving(answers, monkeypatch) as (port, server), socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        line.connect(("127.0.0.1", port))
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n" * asks)
        _soon(lambda: server.server_state.connections)
        _soon(lambda: not server.server_state.connections)


def test_who_takes_it_in_pieces_gets_all_of_it(monkeypatch: pytest.MonkeyPatch):
    async def answers(scope: Scope, receive: Any, send: Any) -> None:
        pieces = iter([b"x" * 50_000] * 10)
        await StreamingResponse(_slowly(pieces))(scope, receive, send)

    with _served(answers, monkeypatch) as port:
        heard = _hung_up(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert heard.count(b"x") == 500_000


async def _slowly(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        await asyncio.sleep(0.05)
        yield piece


def _soon(true: Callable[[], object]) -> None:
    for _ in range(200):
        if true():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not come to that within ten seconds")


def test_the_app_is_served_with_all_of_it():
    config = wired(Starlette(), "127.0.0.1", 0, grace=3, trusted="10.0.0.0/8")
    assert config.http is Line
    assert (config.limit_concurrency, config.h11_max_incomplete_event_size) == (1000, 32 * 1024)
    assert (config.forwarded_allow_ips, config.ws, config.access_log) == ("10.0.0.0/8", "none", False)
    assert serve.wired is wired


def test_of_an_address_only_a_proxy_that_was_named_is_believed():
    """An address that somebody wrote into X-Forwarded-For themselves counts as theirs only if we know who passed it on."""
    seen: list[str] = []

    async def answers(scope: Scope, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])
        await PlainTextResponse("hello")(scope, receive, send)

    for trusted, expected in (("127.0.0.1", "6.6.6.6"), ("10.0.0.0/8", "127.0.0.1")):
        config = wired(answers, "127.0.0.1", 0, grace=1, trusted=trusted)
        config.load()
        scope = {**_scope("/"), "headers": [(b"x-forwarded-for", b"6.6.6.6")]}
        asyncio.run(_asked(config.loaded_app, scope))
        assert seen[-1] == expected
