"""Whatever a business system signs is taken or refused in words, and what is not signed changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from tests.hooks import signing
from tests.security.signed import from_a_system
from tests.security.strangers import JSON, NOT_QUITE_JSON, TEXTS, City, all_is_well, as_json, shaped, short_and_long, tried

PEOPLE = st.sampled_from(["ben@acme.test", "new@else.test", "@"]) | TEXTS
STRIPE = shaped(
    id=TEXTS,
    type=st.sampled_from(
        ["checkout.session.completed", "customer.created", "customer.subscription.updated", "invoice.paid", "invoice.payment_failed"]
    ),
    created=JSON,
    data=shaped(
        object=shaped(
            id=TEXTS,
            customer=TEXTS,
            email=PEOPLE,
            customer_email=PEOPLE,
            customer_details=shaped(email=PEOPLE, name=TEXTS),
            metadata=shaped(account_id=TEXTS, user_id=TEXTS, email=PEOPLE),
            items=shaped(data=st.lists(JSON, max_size=2)),
            status=TEXTS,
            amount_due=JSON,
        )
    ),
)
HUBSPOT = shaped(
    event=st.just("contract.signed"),
    subscriptionType=st.sampled_from(["company.propertyChange", "contact.propertyChange", "object.propertyChange"]),
    propertyName=st.sampled_from(["domain", "name", "numberofemployees", "email"]),
    propertyValue=JSON,
    objectId=JSON,
    eventId=JSON,
    subscriptionId=JSON,
    occurredAt=JSON,
    contact_email=PEOPLE,
    contact_name=TEXTS,
    company_domain=TEXTS,
    account_id=TEXTS,
    deal_id=JSON,
    plan=JSON,
    employees=JSON,
)
SALESFORCE = shaped(event=TEXTS, id=TEXTS, contact_email=PEOPLE, account_id=TEXTS, account_website=TEXTS, at=JSON, amount=JSON)
ZENDESK = shaped(
    type=st.sampled_from(["zen:event-type:ticket.created", "ticket.created"]), detail=JSON, event=JSON, subject=TEXTS, id=TEXTS
)
BODIES = {"stripe": STRIPE, "hubspot": HUBSPOT | st.lists(HUBSPOT, max_size=3), "salesforce": SALESFORCE, "zendesk": ZENDESK}


@short_and_long(100, 1500)
def test_whatever_a_system_signs_is_taken_or_refused_in_words(city: City, many: int):
    def check(sent: tuple[str, bytes]) -> None:
        source, raw = sent
        answer = from_a_system(city, source, raw)
        assert answer.status in (200, 400), (answer.status, answer.text)
        all_is_well(answer)

    bodies = {source: body.map(as_json) | NOT_QUITE_JSON for source, body in BODIES.items() if source != "zendesk"}
    bodies["zendesk"] = ZENDESK.map(as_json)
    tried(many, check, sent=st.sampled_from(sorted(bodies)).flatmap(lambda source: st.tuples(st.just(source), bodies[source])))


HEADERS = (
    "X-HubSpot-Signature-v3",
    "X-HubSpot-Request-Timestamp",
    "Stripe-Signature",
    "X-Zendesk-Webhook-Signature",
    "X-Zendesk-Webhook-Signature-Timestamp",
    "X-Handrail-Secret",
    "Authorization",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
)
ODD = st.sampled_from(
    ["", "t=1,v1=x", "t=1,t=2", "v1," * 50, "9" * 40, "2026-03-02T09:00:00Z", "Bearer ", "0001-01-01", "\u00fc", "a" * 2000]
)


@short_and_long(60, 1500)
def test_what_nobody_signed_gets_one_answer_and_changes_nothing(city: City, many: int):
    def check(source: str, raw: bytes, headers: dict[str, str]) -> None:
        answer = city.posts(f"/v1/hooks/{source}", raw, **headers)
        all_is_well(answer)
        assert (answer.status, answer.json["code"], answer.changed) == (401, "refused", False)

    tried(
        many,
        check,
        source=st.sampled_from([*BODIES, "nobody", "%00", "..", "stripe\x00", "\u0130"]),
        raw=st.binary(max_size=50) | NOT_QUITE_JSON | STRIPE.map(as_json),
        headers=st.dictionaries(st.sampled_from(HEADERS), ODD, max_size=4),
    )


@pytest.mark.parametrize("secret", [signing.HEADER_SECRET[:-1], signing.HEADER_SECRET + " x", signing.HEADER_SECRET.upper(), " "])
def test_a_secret_that_is_nearly_right_is_wrong(city: City, secret: str):
    assert city.posts("/v1/hooks/salesforce", b"{}", **signing.by_header(secret)).status == 401
