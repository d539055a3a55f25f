"""Who may tell us something: real signatures hold, and everything near them does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from starlette.datastructures import Headers as Given
from stripe import WebhookSignature

from bot.hooks.signatures import SIGNED
from bot.hooks.signatures.request import Sent
from bot.hooks.sources import Signing
from tests.hooks import signing

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
URI = "https://hello.example.com/v1/hooks/crm"
BODY = '{"type": "customer.created", "name": "Ana Núñez"}'.encode()

WAYS: dict[Signing, tuple[str, Callable[[bytes, datetime], signing.Headers]]] = {
    "stripe": (signing.STRIPE_SECRET, signing.by_stripe),
    "zendesk": (signing.ZENDESK_SECRET, signing.by_zendesk),
    "hubspot": (signing.HUBSPOT_SECRET, lambda raw, at: signing.by_hubspot(raw, at, URI)),
    "standard": (signing.STANDARD_SECRET, signing.by_standard),
}
every_way = pytest.mark.parametrize("way", WAYS)


def holds(way: Signing, headers: signing.Headers, *, secret: str = "", raw: bytes = BODY, now: datetime = NOW, uri: str = URI) -> bool:
    return SIGNED[way](Sent(uri=uri, headers=Given(headers), raw=raw), secret or WAYS[way][0], now)


@every_way
def test_what_a_system_signed_just_now_is_theirs(way: Signing) -> None:
    _, signed = WAYS[way]
    assert holds(way, signed(BODY, NOW))
    assert holds(way, signed(BODY, NOW - timedelta(minutes=4)))
    assert holds(way, signed(b"", NOW), raw=b"")


@every_way
def test_an_old_request_and_one_of_tomorrow_are_refused(way: Signing) -> None:
    _, signed = WAYS[way]
    assert not holds(way, signed(BODY, NOW - timedelta(minutes=5, seconds=2)))
    assert not holds(way, signed(BODY, NOW + timedelta(days=1)))


@every_way
def test_another_body_or_another_secret_is_refused(way: Signing) -> None:
    _, signed = WAYS[way]
    assert not holds(way, signed(BODY, NOW), raw=BODY.replace(b"created", b"deleted"))
    assert not holds(way, signed(BODY, NOW), secret="whsec_b3RoZXI=")


@every_way
def test_a_header_that_is_missing_is_refused(way: Signing) -> None:
    _, signed = WAYS[way]
    headers = signed(BODY, NOW)
    for name in headers:
        if name != "X-Zendesk-Webhook-Id":
            assert not holds(way, {k: v for k, v in headers.items() if k != name}), name
    assert not holds(way, {})


@given(way=st.sampled_from([*SIGNED]), text=st.text(alphabet=st.characters(max_codepoint=255), max_size=60), at=st.integers(0, 10**15))
def test_no_header_however_odd_makes_it_fall_over(way: Signing, text: str, at: int) -> None:
    names = {name for _, signed in WAYS.values() for name in signed(BODY, NOW)} | {"Authorization", "X-Handrail-Secret"}
    for value in (text, f"t={at},v1={text}", f"v1,{text} v1", str(at)):
        assert SIGNED[way](Sent(uri=URI, headers=Given(dict.fromkeys(names, value)), raw=BODY), "a secret of some length", NOW) is False


# What is particular


def test_the_example_that_hubspot_publishes_with_its_library_holds() -> None:
    sent = Sent(
        uri="https://www.example.com/webhook_uri",
        raw=b"{'example_field':'example_value'}",
        headers=Given(
            {
                "X-HubSpot-Signature-v3": "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=",
                "X-HubSpot-Request-Timestamp": "1693657560000",
            }
        ),
    )
    assert SIGNED["hubspot"](sent, signing.HUBSPOT_SECRET, datetime.fromtimestamp(1693657560, UTC))


def test_hubspot_signs_the_address_too_so_that_a_request_to_another_source_is_refused() -> None:
    headers = signing.by_hubspot(BODY, NOW, URI)
    assert not holds("hubspot", headers, uri=URI + "2")


def test_while_stripes_secret_is_changed_either_of_its_signatures_will_do() -> None:
    old, new = signing.by_stripe(BODY, NOW, "whsec_old")["Stripe-Signature"], signing.by_stripe(BODY, NOW, "whsec_new")["Stripe-Signature"]
    both = {"Stripe-Signature": f"{old},{new.partition(',')[2]},v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"}
    assert holds("stripe", both, secret="whsec_old")
    assert holds("stripe", both, secret="whsec_new")
    assert not holds("stripe", both, secret="whsec_third")


def test_a_test_signature_of_stripe_is_none() -> None:
    header = signing.by_stripe(BODY, NOW)["Stripe-Signature"].replace("v1=", "v0=")
    assert not holds("stripe", {"Stripe-Signature": header})


def test_stripes_own_library_agrees() -> None:
    now = datetime.now(UTC)
    header = signing.by_stripe(BODY, now)["Stripe-Signature"]
    assert WebhookSignature.verify_header(BODY.decode(), header, signing.STRIPE_SECRET, tolerance=300)
    assert holds("stripe", {"Stripe-Signature": header}, now=now)


def test_the_reference_library_of_standard_webhooks_agrees() -> None:
    now = datetime.now(UTC)
    headers = signing.by_standard(BODY, now)
    assert Webhook(signing.STANDARD_SECRET).verify(BODY, headers)
    assert holds("standard", headers, now=now)


def test_a_standard_webhook_may_have_several_signatures_and_a_secret_without_padding() -> None:
    headers = signing.by_standard(BODY, NOW, secret="whsec_YWIgc2VjcmV0IG9m")
    several = headers | {"webhook-signature": f"v1a,abc v1,bm90aGluZw== {headers['webhook-signature']}"}
    assert holds("standard", several, secret="YWIgc2VjcmV0IG9m")


def test_a_secret_that_is_no_base64_opens_nothing() -> None:
    assert not holds("standard", signing.by_standard(BODY, NOW), secret="whsec_!!!!")


def test_a_flow_shows_its_secret_in_a_header_or_as_a_bearer() -> None:
    secret = signing.HEADER_SECRET
    assert holds("header", signing.by_header(), secret=secret)
    assert holds("header", {"Authorization": f"Bearer {secret}"}, secret=secret)
    assert not holds("header", signing.by_header("another secret, as long"), secret=secret)
    assert not holds("header", {}, secret=secret)


def test_a_short_secret_and_an_empty_one_open_nothing() -> None:
    assert not holds("header", signing.by_header("short"), secret="short")
    assert not SIGNED["header"](Sent(uri=URI, headers=Given({}), raw=BODY), "", NOW)
