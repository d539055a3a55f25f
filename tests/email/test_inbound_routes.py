"""The way in for mail: who may post there, how much, and what never makes SendGrid try again."""

from __future__ import annotations

import base64
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from by_mail import SECRET, SETTINGS, WAY_IN, address, arrives, envelope, form, posts, written
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from town import Answer, Town, a_town

from bot.email import inbound
from bot.email.inbound_form import NoMail, read_form
from bot.email.parsing import parse_mail
from bot.email.signatures import SIGNATURE, TIMESTAMP

MB = 2**20


def nothing_here(town: Town) -> Answer:
    return town.fetch("POST", "/email/inbounds/x", b"")


@pytest.mark.parametrize(
    "path", ["/email/inbound/", "/email/inbound/guess", f"{WAY_IN}x", WAY_IN[:-1], f"{WAY_IN}/more", "/email/inbound/%00%ff"]
)
def test_whoever_does_not_know_the_secret_finds_nothing(mail_town: Town, path: str) -> None:
    answer, nothing = posts(mail_town, ("email", "", written("stop")), path=path), nothing_here(mail_town)
    assert (answer.status, answer.text) == (nothing.status, nothing.text) == (404, '{"code":"not_found"}')


def test_without_a_reply_domain_there_is_no_way_in(tmp_path: Any) -> None:
    with a_town(tmp_path / "deaf", settings={"inbound_secret": SECRET, "reply_domain": None}) as town:
        assert posts(town, ("email", "", written("stop"))).status == 404


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", ""),
        (b"", "multipart/form-data"),
        (b"{}", "application/json"),
        (b"email=x", "application/x-www-form-urlencoded"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"--x--\r\n", "multipart/form-data; boundary=x"),
        (b"--x\r\n" * 1000, "multipart/form-data; boundary=x"),
        (b"anything", f"multipart/form-data; boundary={'y' * 300}"),
    ],
)
def test_what_is_no_mail_is_taken_and_forgotten(mail_town: Town, body: bytes, kind: str) -> None:
    answer = mail_town.fetch("POST", WAY_IN, body, {"Content-Type": kind})
    assert (answer.status, answer.json) == (200, {"mails": []})


@pytest.mark.parametrize("told", ["[]", "{", '{"to": 5}', '{"to": [5, null]}', '{"to": "x", "from": []}', "[" * 5000])
def test_an_envelope_that_cannot_be_read_is_none(mail_town: Town, told: str) -> None:
    answer = posts(mail_town, ("email", "", written("hello")), ("envelope", "", told.encode()))
    assert answer.json == {"mails": ["stray"]}


def test_a_mail_may_have_thirty_megabytes_and_nothing_else_may(mail_town: Town, ida: str) -> None:
    big = written("done", files=[("film.mp4", "video/mp4", b"x" * (20 * MB))])
    assert arrives(mail_town, big, address(mail_town, mail_town.inbox(ida)[-1])) == ["taken"]
    for path, size in ((WAY_IN, 31 * MB), ("/v1/track", 2 * MB), ("/slack/events", 2 * MB), ("/email/events", 2 * MB)):
        assert mail_town.fetch("POST", path, b"", {"Content-Length": str(size)}).status in (401, 404, 413), path
    assert mail_town.fetch("POST", WAY_IN, b"", {"Content-Length": str(31 * MB)}).status == 413


def test_a_mail_to_nobody_is_not_even_read(mail_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "parse_mail", None)
    raw = written("hello")
    assert arrives(mail_town, raw, "x@replies.tally.test", "hello@tally.test") == ["stray"]
    assert arrives(mail_town, raw, "x@replies.tally.test", "hello@tally.test") == ["repeat"]


def test_of_many_big_mails_two_are_read_at_a_time(mail_town: Town, ida: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once: list[int] = []
    reading = Counter[str]()
    lock = threading.Lock()

    def parse(raw: bytes, **how: Any) -> Any:
        with lock:
            reading["big"] += 1
            at_once.append(reading["big"])
        time.sleep(0.05)
        with lock:
            reading["big"] -= 1
        return parse_mail(raw, **how)

    monkeypatch.setattr(inbound, "parse_mail", parse)
    to = address(mail_town, mail_town.inbox(ida)[-1])
    bodies = [form(("email", "", written("done", files=[(f"{n}.mp4", "video/mp4", b"x" * (2 * MB))])), envelope(to)) for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert [one.status for one in pool.map(lambda one: mail_town.fetch("POST", WAY_IN, *one), bodies)] == [200] * 6
    mail_town.settle()
    assert len(at_once) == 6
    assert max(at_once) == 2


def test_what_could_not_be_kept_is_asked_for_again(tmp_path: Any) -> None:
    with a_town(tmp_path / "broken", settings=SETTINGS) as town:
        with sqlite3.connect(town.house.store.database.engine.url.database) as line:
            line.execute("ALTER TABLE strays RENAME TO elsewhere")
        line.close()
        assert posts(town, ("email", "", written("hello")), envelope("x@replies.tally.test")).status == 503


# Signed


@pytest.fixture(scope="module")
def key() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


@pytest.fixture(scope="module")
def signed_town(tmp_path_factory: pytest.TempPathFactory, key: EllipticCurvePrivateKey) -> Iterator[Town]:
    public = base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    with a_town(tmp_path_factory.mktemp("signed"), settings={**SETTINGS, "inbound_public_key": public}) as found:
        yield found


def signs(key: EllipticCurvePrivateKey, body: bytes, at: float = 0) -> dict[str, str]:
    moment = str(int(at or time.time()))
    return {TIMESTAMP: moment, SIGNATURE: base64.b64encode(key.sign(moment.encode() + body, ECDSA(SHA256()))).decode()}


def test_with_a_key_only_what_sendgrid_signed_is_taken(signed_town: Town, key: EllipticCurvePrivateKey) -> None:
    body, kind = form(("email", "", written("hello")), envelope("x@replies.tally.test"))
    assert signed_town.fetch("POST", WAY_IN, body, kind | signs(key, body)).json == {"mails": ["stray"]}
    wrong = [
        {},
        signs(generate_private_key(SECP256R1()), body),
        signs(key, body + b" "),
        signs(key, body, time.time() - 3600),
        {**signs(key, body), SIGNATURE: "no base64 !"},
        {**signs(key, body), TIMESTAMP: "yesterday"},
    ]
    nothing = nothing_here(signed_town)
    for headers in wrong:
        answer = signed_town.fetch("POST", WAY_IN, body, kind | headers)
        assert (answer.status, answer.text) == (nothing.status, nothing.text)


# Whatever comes

ODD = st.sampled_from(
    [
        b"\r\n",
        b"--x",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x",
        b"Message-ID: <a@b>\r\n",
        b"\0\xff=?x?b?",
        b"Auto-Submitted: auto-replied\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"charset=rot13",
        b"Subject: unsubscribe\r\n",
    ]
)
RAW = st.lists(st.one_of(st.binary(max_size=40), ODD), max_size=25).map(b"".join)


@given(raw=RAW)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_raw_bytes_make_sendgrid_try_again(mail_town: Town, raw: bytes) -> None:
    if not mail_town.inbox("hy@solo.test"):
        mail_town.newcomer("Hy")
    to = address(mail_town, mail_town.inbox("hy@solo.test")[0])
    body, kind = form(("email", "", raw), envelope(to))
    assert mail_town.fetch("POST", WAY_IN, body, kind).status == 200


@given(headers=RAW, text=RAW, charset=st.text(max_size=12), name=st.text(max_size=8), filename=st.text(max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_mail_taken_apart_makes_sendgrid_try_again(
    mail_town: Town, headers: bytes, text: bytes, charset: str, name: str, filename: str
) -> None:
    parts = (("headers", "", headers), ("text", "", text), ("charsets", "", repr({"text": charset}).replace("'", '"').encode()))
    safe = "".join(c for c in f"{name};{filename}" if c.isprintable() and c not in '"\\')
    body, kind = form(*parts, ("attachment1", f"image/png;{safe}", text), envelope("x@replies.tally.test"))
    assert mail_town.fetch("POST", WAY_IN, body, kind).status == 200


@given(body=st.binary(max_size=400), kind=st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_a_form_is_read_or_refused_in_words(body: bytes, kind: str) -> None:
    for told in (kind, "multipart/form-data; boundary=x"):
        with suppress(NoMail):
            read_form(b"--x\r\n" + body + b"\r\n--x--\r\n", told)
