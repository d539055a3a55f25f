"""Whatever stands in a mail or in a report about one: it is read as far as it can be, quickly, and nobody is told how we are made."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from by_mail import WAY_IN, address, envelope, form
from hypothesis import strategies as st

from bot.email.parsing import parse_mail
from tests.security.signed import from_sendgrid
from tests.security.strangers import JSON, NOT_QUITE_JSON, TEXTS, City, all_is_well, as_json, shaped, short_and_long, tried

CHARSETS = st.sampled_from(
    ["utf-8", "utf-7", "utf-16", "idna", "punycode", "rot13", "zlib", "unicode_escape", "x-unknown", "'", "\x00", "a" * 500]
)
ENCODINGS = st.sampled_from(["base64", "quoted-printable", "x-uuencode", "8bit", "binary", "zip", ""])
KINDS = st.sampled_from(
    [
        "text/plain",
        "text/html",
        "text/calendar; method=REPLY",
        "image/png",
        "message/rfc822",
        "message/delivery-status",
        "application/pdf",
        "/",
        "x",
    ]
)
HEADERS = st.sampled_from(
    [
        "From",
        "To",
        "Subject",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Date",
        "Received",
        "Auto-Submitted",
        "List-Id",
        "Content-Type",
        "Reply-To",
    ]
)
WORDS = TEXTS | st.sampled_from(
    [
        "stop",
        "done",
        "=?utf-8?b?AAAA?=",
        "=?x?q?" + "=" * 200 + "?=",
        "=?utf-8?b?" * 50,
        "<a@b>, " * 100,
        '"' * 200,
        "(" * 500,
        "<" * 300,
        "a;b;c",
    ]
)
TEXT_PART = st.builds(
    lambda kind, charset, encoding, text: (
        f'Content-Type: {kind}; charset="{charset}"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'.encode(errors="replace") + text
    ),
    KINDS,
    CHARSETS,
    ENCODINGS,
    st.binary(max_size=80)
    | st.sampled_from([b"stop", b"On Monday Maya wrote:\n> hi", b"<a" * 500, base64.b64encode(b"x" * 60), b"&#x" * 300]),
)


def _several(parts: list[bytes], edge: str, kind: str, closed: bool) -> bytes:
    line = f"--{edge}".encode(errors="replace")
    head = f'Content-Type: multipart/{kind}; boundary="{edge}"\r\n\r\n'.encode(errors="replace")
    return head + b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + (line + b"--\r\n" if closed else b"")


PARTS = st.recursive(
    TEXT_PART | st.binary(max_size=40),
    lambda inner: st.builds(
        _several,
        st.lists(inner, max_size=4),
        st.sampled_from(["x", "y", "x-", "", "=", "a" * 100]),
        st.sampled_from(["mixed", "alternative", "report; report-type=delivery-status", "related", "digest", "signed"]),
        st.booleans(),
    ),
    max_leaves=6,
)
MAILS = st.builds(
    lambda headers, part: b"".join(f"{name}: {value}\r\n".encode(errors="replace") for name, value in headers) + part,
    st.lists(st.tuples(HEADERS, WORDS), max_size=8),
    PARTS,
)
BOMBS: dict[str, bytes] = {
    "headers": b"".join(b"X-%d: y\r\n" % n for n in range(20_000)) + b"\r\nstop",
    "one header of a megabyte": b"Subject: " + b"x" * 1_000_000 + b"\r\n\r\nstop",
    "a header that is folded often": b"Subject: a\r\n" + b" b\r\n" * 50_000 + b"\r\nstop",
    "multiparts within multiparts": b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(2_000)
    ),
    "mails within mails": b"Content-Type: message/rfc822\r\n\r\n" * 2_000 + b"stop",
    "ten thousand parts": b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n' + b"--x\r\n\r\nhi\r\n" * 10_000,
    "reports of everything": b'Content-Type: multipart/report; boundary="x"; report-type=delivery-status\r\n\r\n--x\r\n'
    b"Content-Type: message/delivery-status\r\n\r\n" + b"Action: failed\r\n\r\n" * 20_000,
    "addresses": b"From: " + b"<a@b>, " * 20_000 + b"\r\n\r\nstop",
    "comments in an address": b"From: " + b"(" * 100_000 + b"\r\n\r\nstop",
    "encoded words": b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\r\n\r\nstop",
    "parameters": b"Content-Type: text/plain" + b"; name*0*=utf-8''a" * 5_000 + b"\r\n\r\nstop",
    "quotes": b"\r\n" + b"> " * 100_000,
    "tags": b"Content-Type: text/html\r\n\r\n" + b"<div>" * 50_000,
    "entities": b"Content-Type: text/html\r\n\r\n" + b"&amp" * 100_000,
    "comments": b"Content-Type: text/html\r\n\r\n" + b"<!--" * 50_000,
    "a table": b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>" * 20_000,
}


def takes(city: City, raw: bytes) -> None:
    body, kind = form(("email", "", raw), envelope(_to(city)))
    answer = city.posts(WAY_IN, body, kind["Content-Type"])
    assert answer.status == 200, answer.text
    all_is_well(answer)


def _to(city: City) -> str:
    """Where an answer to a mail of Fay's goes: somebody's own mailbox is the one that a stranger can have."""
    if not city.town.inbox("fay@solo.test"):
        city.town.newcomer("Fay")
    return address(city.town, city.town.inbox("fay@solo.test")[0])


@short_and_long(80, 1500)
def test_any_mail_is_taken(city: City, many: int):
    tried(many, lambda raw: takes(city, raw), raw=MAILS | st.binary(max_size=100))


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_mail_made_to_be_costly_is_taken(city: City, bomb: str):
    takes(city, BOMBS[bomb])


@pytest.mark.gate
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_costly_mail_costs_no_more_than_its_size(bomb: str):
    """Four times as much of it takes about four times as long; a parser that looks back for every line would take sixteen times."""
    import time

    def cost(raw: bytes) -> float:
        began = time.process_time()
        parse_mail(raw)
        return time.process_time() - began

    one, four = BOMBS[bomb], BOMBS[bomb] * 4
    assert cost(four) <= 8 * cost(one) + 2


REPORT = shaped(
    event=st.sampled_from(
        ["bounce", "dropped", "delivered", "open", "click", "spamreport", "unsubscribe", "deferred", "group_resubscribe"]
    ),
    email=st.sampled_from(["fay@solo.test", "nobody@else.test"]) | TEXTS,
    timestamp=JSON,
    sg_event_id=TEXTS,
    sg_message_id=TEXTS,
    handrail_id=JSON,
    reason=TEXTS,
    type=TEXTS,
    useragent=TEXTS,
    url=TEXTS,
)


@short_and_long(80, 1500)
def test_whatever_sendgrid_reports_is_taken(city: City, many: int):
    def check(raw: bytes) -> None:
        answer = from_sendgrid(city, raw)
        assert answer.status in (200, 400), answer.text
        all_is_well(answer)

    tried(many, check, raw=NOT_QUITE_JSON | st.lists(REPORT | JSON, max_size=4).map(as_json) | REPORT.map(as_json))


@pytest.mark.parametrize("deep", range(50, 1000, 50))
def test_a_report_may_be_as_deep_as_json_can_be(city: City, deep: int):
    raw: Any = b'[{"event":"open","x":' + b"[" * deep + b"]" * deep + b"}]"
    assert from_sendgrid(city, raw).status in (200, 400)


@short_and_long(40, 1500)
def test_what_sendgrid_did_not_sign_changes_nothing(city: City, many: int):
    def check(raw: bytes, at: str, signed: str) -> None:
        made = {"X-Twilio-Email-Event-Webhook-Signature": signed, "X-Twilio-Email-Event-Webhook-Timestamp": at}
        answer = city.posts("/email/events", raw, **made)
        all_is_well(answer)
        assert (answer.status, answer.changed) == (401, False)

    odd = st.sampled_from(["", "0", "9" * 12, "9" * 40, "AAAA", "MEUCIQ==", "\u00fc", "=" * 100]) | st.text(max_size=8)
    tried(many, check, raw=st.binary(max_size=40) | REPORT.map(as_json), at=odd, signed=odd)


@short_and_long(40, 1500)
def test_nobody_posts_a_mail_without_knowing_where(city: City, many: int):
    body, kind = form(("email", "", b"\r\nstop"), envelope("x@replies.tally.test"))

    def check(secret: str) -> None:
        answer = city.posts(f"/email/inbound/{secret}", body, kind["Content-Type"])
        assert (answer.status, answer.changed) == (404, False)

    tried(many, check, secret=st.text(max_size=40).filter(lambda text: text != WAY_IN.rpartition("/")[2]))
