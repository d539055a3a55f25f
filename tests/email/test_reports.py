"""SendGrid's webhook, read: every kind of event, every kind of nonsense, and whether it is SendGrid who speaks."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from bot.email.reports import LONGEST_WORDS, NotJson, Report, read_reports
from bot.email.signatures import SIGNATURE, TIMESTAMP, Signatures

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
A_MINUTE_AGO = NOW - timedelta(minutes=1)
THEIRS = ec.generate_private_key(ec.SECP256R1())


def told(event: str, **more: Any) -> dict[str, Any]:
    """One event as SendGrid writes it."""
    common = {
        "email": "ana@acme.test",
        "timestamp": int(A_MINUTE_AGO.timestamp()),
        "sg_event_id": f"e-{event}",
        "sg_message_id": "m1.filter0",
    }
    return common | {"event": event, "handrail_id": "42", "category": ["a", "b"]} | more


def read(*items: object) -> list[Report]:
    return [*read_reports(json.dumps(items).encode(), NOW).reports]


def one(event: str, **more: Any) -> Report:
    [found] = read(told(event, **more))
    return found


# What it says


def test_a_delivery_tells_whose_mail_when_and_which() -> None:
    assert one("delivered", response="250 OK") == Report(
        key="e-delivered", what="delivered", at=A_MINUTE_AGO, address="ana@acme.test", row=42, mail="m1", why="250 OK", name="delivered"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("event", "more", "what", "lost"),
    [
        ("delivered", {}, "delivered", False),
        ("deferred", {}, "deferred", False),
        ("bounce", {"type": "bounce"}, "bounced", True),
        ("bounce", {}, "bounced", True),
        ("bounce", {"type": "blocked"}, "blocked", True),
        ("dropped", {"reason": "Invalid"}, "dropped", True),
        ("dropped", {"reason": "Bounced Address"}, "bounced", True),
        ("dropped", {"reason": "Unsubscribed Address"}, "unsubscribed", True),
        ("dropped", {"reason": "Spam Reporting Address"}, "complained", True),
        ("dropped", {"reason": "Spam Content (if Spam Checker app enabled)"}, "other", True),
        ("dropped", {"reason": "Recipient List over Package Quota"}, "other", True),
        ("spamreport", {}, "complained", False),
        ("unsubscribe", {}, "unsubscribed", False),
        ("group_unsubscribe", {"asm_group_id": 1}, "unsubscribed", False),
        ("group_resubscribe", {"asm_group_id": 1}, "resubscribed", False),
        ("open", {}, "opened", False),
        ("click", {"url": "https://x.test"}, "clicked", False),
        ("processed", {}, "other", False),
        ("teleported", {}, "other", False),
    ],
)
def test_every_word_of_theirs_has_one_of_ours(event: str, more: dict[str, Any], what: str, lost: bool) -> None:
    found = one(event, **more)
    assert (found.what, found.lost, found.name) == (what, lost, event)


@pytest.mark.parametrize(
    ("event", "more", "why"),
    [
        ("open", {"sg_machine_open": True}, "SendGrid says that a program opened it"),
        ("open", {"sg_machine_open": "true"}, "SendGrid says that a program opened it"),
        (
            "click",
            {"useragent": "Mozilla/5.0 (compatible; BarracudaCentral)"},
            "a program, by its name: Mozilla/5.0 (compatible; BarracudaCentral)",
        ),
        ("click", {"useragent": "python-requests/2.32"}, "a program, by its name: python-requests/2.32"),
    ],
)
def test_programs_that_open_and_click_are_seen_through(event: str, more: dict[str, Any], why: str) -> None:
    found = one(event, **more)
    assert (found.machine, found.why) == (True, why)


def test_who_clicks_every_link_within_a_second_is_a_scanner() -> None:
    links = [told("click", url=f"https://x.test/{n}", sg_event_id=f"c{n}") for n in range(3)]
    assert [(r.machine, r.why) for r in read(*links)] == [(True, "3 links or more within a second")] * 3
    assert [r.machine for r in read(*links[:2])] == [False, False]


def test_ana_opening_her_mail_is_no_program() -> None:
    assert not one("open", sg_machine_open=False, useragent="Mozilla/5.0 (Macintosh)").machine


def test_they_come_in_the_order_of_their_moments_and_each_once() -> None:
    second, first = told("open"), told("delivered", timestamp=int(A_MINUTE_AGO.timestamp()) - 5)
    assert [r.what for r in read(second, first, second)] == ["delivered", "opened"]


# What cannot be read


@pytest.mark.parametrize("body", ['"hello"', "3", "null", "true", '[1, "x", null, [], [[]]]', "[{}]", '[{"event": 5}]', '{"event": ""}'])
def test_what_is_no_event_is_counted_and_left_out(body: str) -> None:
    found = read_reports(body.encode(), NOW)
    assert found.reports == ()
    assert found.skipped >= 1


def test_an_object_alone_is_taken_too() -> None:
    assert [r.what for r in read_reports(json.dumps(told("open")).encode(), NOW).reports] == ["opened"]


@pytest.mark.parametrize("body", [b"", b"[", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(NotJson):
        read_reports(body, NOW)


@pytest.mark.parametrize("category", ["one", ["one", "two"], 5, None, {"a": 1}])
def test_a_category_may_be_anything(category: object) -> None:
    assert one("open", category=category).what == "opened"


@pytest.mark.parametrize("moment", [None, "", "soon", True, -5, 10**30, 1e400, "1e9", {}, [], "9" * 5000])
def test_a_moment_nobody_can_read_is_now(moment: object) -> None:
    assert one("open", timestamp=moment).at == NOW


@pytest.mark.parametrize("row", [None, "", "x", "-1", True, 1.5, "٤٢", "²", "9" * 40, {}, []])
def test_a_row_nobody_can_read_is_none(row: object) -> None:
    assert one("open", handrail_id=row).row is None


@pytest.mark.parametrize("address", [None, 5, [], "a" * 400])
def test_an_address_nobody_can_read_is_none(address: object) -> None:
    assert one("open", email=address).address == ""


def test_without_an_id_of_theirs_equal_events_are_one() -> None:
    nameless = told("open")
    del nameless["sg_event_id"]
    assert len(read(nameless, nameless, nameless | {"url": "other"})) == 2


def test_what_no_database_takes_is_replaced_and_long_words_end() -> None:
    found = one("bounce", email="a\x00na@acme.test", reason="x" * 5000, sg_event_id="k\ud800")
    assert (found.address, found.key, len(found.why)) == ("a\ufffdna@acme.test", "k\ufffd", LONGEST_WORDS)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("event", "email", "timestamp", "sg_event_id", "sg_message_id", "handrail_id", "category", "type", "reason", "useragent", "url")


@settings(max_examples=300, deadline=None)
@given(st.lists(ANYTHING | st.dictionaries(st.sampled_from(FIELDS), ANYTHING), max_size=5) | ANYTHING)
def test_whatever_is_json_is_read_or_counted(body: Any) -> None:
    found = read_reports(json.dumps(body).encode(), NOW)
    assert len(found.reports) + found.skipped <= (len(body) if isinstance(body, list) else 1)


# Who speaks


def public(key: Any = THEIRS) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def signed(raw: bytes, at: datetime = NOW, by: ec.EllipticCurvePrivateKey = THEIRS) -> dict[str, str]:
    moment = str(int(at.timestamp()))
    return {TIMESTAMP: moment, SIGNATURE: base64.b64encode(by.sign(moment.encode() + raw, ec.ECDSA(SHA256()))).decode()}


def holds(headers: Mapping[str, str], raw: bytes = b"[]") -> bool:
    return Signatures(public(), lambda: NOW).hold(Headers(headers), raw)


def test_what_sendgrid_signed_holds_byte_for_byte() -> None:
    raw = '[{"name": "Zoë"}]\r\n'.encode()
    assert holds(signed(raw), raw)
    assert not holds(signed(raw), raw.strip())
    assert not holds(signed(raw), json.dumps(json.loads(raw)).encode())


@pytest.mark.parametrize("away", [timedelta(minutes=9), timedelta(minutes=-9)])
def test_clocks_may_differ_a_little(away: timedelta) -> None:
    assert holds(signed(b"[]", NOW + away))


@pytest.mark.parametrize("away", [timedelta(minutes=11), timedelta(minutes=-11), timedelta(days=400)])
def test_what_was_signed_long_ago_or_ahead_is_refused(away: timedelta) -> None:
    assert not holds(signed(b"[]", NOW + away))


WRONG: dict[str, dict[str, str]] = {
    "no signature": {TIMESTAMP: "1772445600"},
    "no moment": {SIGNATURE: signed(b"[]")[SIGNATURE]},
    "nothing": {},
    "no base64": signed(b"[]") | {SIGNATURE: "*not base64*"},
    "odd base64": signed(b"[]") | {SIGNATURE: "abc"},
    "no signature in it": signed(b"[]") | {SIGNATURE: base64.b64encode(b"hello").decode()},
    "not ascii": signed(b"[]") | {SIGNATURE: "é"},
    "of another key": signed(b"[]", by=ec.generate_private_key(ec.SECP256R1())),
    "of another body": signed(b"{}"),
    "another moment": signed(b"[]") | {TIMESTAMP: str(int(NOW.timestamp()) + 1)},
    "no number": signed(b"[]") | {TIMESTAMP: "soon"},
    "an endless number": signed(b"[]") | {TIMESTAMP: "1" * 5000},
    "other digits": signed(b"[]") | {TIMESTAMP: "١٧٧٢٤٤٥٦٠٠"},
}


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG.keys())
def test_every_kind_of_wrong_does_not_hold(headers: dict[str, str]) -> None:
    latin = {name: value.encode("utf-8").decode("latin-1") for name, value in headers.items()}
    assert not holds(latin)


@pytest.mark.parametrize(
    "key",
    ["", "hello", "*", public(ec.generate_private_key(ec.SECP384R1())), public(rsa.generate_private_key(65537, 2048))],
)
def test_a_key_that_is_none_of_theirs_is_refused_at_the_start(key: str) -> None:
    with pytest.raises(ValueError, match="verification key as SendGrid shows it"):
        Signatures(key)


def test_a_key_may_be_broken_into_lines() -> None:
    text = public()
    assert Signatures(f" {text[:40]}\n{text[40:]} ", lambda: NOW).hold(Headers(signed(b"[]")), b"[]")
