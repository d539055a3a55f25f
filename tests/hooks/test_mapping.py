"""What a payload means: by the rules of a project or of its kind, whatever the JSON is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hooks.expressions import evaluate, holds
from bot.hooks.mapping import Meaning, domain_in, meaning
from bot.hooks.payloads import items_in
from bot.hooks.reading import defaults, source_in
from bot.hooks.sources import HookSource
from bot.ingest.calls import Company
from bot.ingest.reading import Unreadable
from bot.knowing import Ids
from flows.grammar import ConditionError
from tests.hooks import payloads
from tests.hooks.payloads import hubspot_change, hubspot_signed, zendesk_event, zendesk_ticket

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
KINDS = ("hubspot", "stripe", "zendesk", "salesforce")


def a_source(kind: str = "webhook", takes: str = "") -> HookSource:
    found, problems = source_in(f"source: {kind}\nkind: {kind}\nsecret: A_SECRET\n{takes}", "sources/x.yaml")
    assert found is not None
    assert problems == []
    return found


def means(kind: str, body: dict[str, Any]) -> Meaning:
    found = meaning(a_source(kind), body)
    assert found is not None
    return found


# What the vendors send


def test_a_deal_that_is_won_in_hubspot_is_a_contract_with_ana_as_its_contact() -> None:
    told = means("hubspot", hubspot_signed())
    assert (told.event, told.at, told.joins) == ("contract.signed", MONDAY, True)
    assert told.ids == Ids(email="ana@acme.test")
    assert told.name == "Ana Ruiz"
    assert told.company == Company(
        sender_id="hubspot:901", domain="acme.test", traits={"name": "Acme", "plan": "team", "employees": 250, "acv": 24000}
    )


def test_a_change_of_a_company_in_hubspot_is_a_trait_of_that_account() -> None:
    told = means("hubspot", hubspot_change(1, "numberofemployees", "250"))
    assert told.company == Company(sender_id="hubspot:901", traits={"employees": 250})
    assert (told.event, told.ids.named, told.at) == ("", False, MONDAY)


def test_hubspots_event_ids_are_not_unique_so_two_changes_with_one_id_are_two() -> None:
    keys = {means("hubspot", hubspot_change(1, "name", "Acme", object_id=place)).key for place in (901, 902)}
    assert len(keys) == 2


def test_what_hubspot_tells_of_a_deal_alone_names_nobody() -> None:
    assert meaning(a_source("hubspot"), hubspot_change(1, "dealstage", "closedwon", of="deal")) is None


def test_a_checkout_at_stripe_names_who_paid_and_creates_nobody() -> None:
    told = means("stripe", payloads.CHECKOUT)
    assert (told.event, told.key, told.at, told.creates) == ("checkout.completed", "evt_1", MONDAY, "accounts")
    assert told.ids == Ids(email="ana@acme.test")
    assert told.company == Company(sender_id="stripe:cus_Acme")


def test_a_subscription_at_stripe_is_a_plan_and_its_seats() -> None:
    told = means("stripe", payloads.SUBSCRIPTION)
    assert told.event == "subscription.created"
    assert told.company == Company(sender_id="stripe:cus_Acme", traits={"plan": "team", "seats": 25, "subscription": "active"})
    changed = payloads.SUBSCRIPTION | {"type": "customer.subscription.updated"}
    ended = payloads.SUBSCRIPTION | {"type": "customer.subscription.deleted"}
    assert [means("stripe", body).event for body in (changed, ended)] == ["subscription.changed", "subscription.ended"]


def test_a_payment_that_failed_at_stripe_counts_its_attempts() -> None:
    told = means("stripe", payloads.PAYMENT_FAILED)
    assert (told.event, told.properties) == ("payment.failed", {"amount": 24000, "currency": "eur", "attempt": 2})
    assert means("stripe", payloads.PAYMENT_FAILED | {"type": "invoice.paid"}).event == "payment.made"


def test_a_ticket_of_zendesks_trigger_is_its_requesters() -> None:
    told = means("zendesk", zendesk_ticket(7))
    assert (told.event, told.key) == ("ticket.opened", "ticket.opened:7:2026-03-02T10:07:00Z")
    assert told.ids == Ids(sender="zendesk:20978392", email="ana@acme.test")
    assert (told.joins, told.creates) == (False, "nobody")
    assert means("zendesk", zendesk_ticket(7, "ticket.rated_bad")).event == "ticket.rated_bad"


def test_zendesks_event_subscriptions_name_their_own_id_and_users_say_whose_it_is() -> None:
    ticket = means("zendesk", zendesk_event("ticket.created", {"id": "35436", "requester_id": "20978392", "priority": "HIGH"}))
    user = means("zendesk", zendesk_event("user.created", {"id": "20978392", "email": "ana@acme.test", "role": "end-user"}))
    assert (ticket.event, ticket.ids) == ("ticket.opened", Ids(sender="zendesk:20978392"))
    assert (user.event, user.ids) == ("", Ids(sender="zendesk:20978392", email="ana@acme.test"))
    solved = zendesk_event("ticket.status_changed", {"id": "35436", "requester_id": "1"}, current="SOLVED", previous="OPEN")
    assert means("zendesk", solved).event == "ticket.solved"


def test_a_flow_of_salesforce_says_who_signed_and_where() -> None:
    told = means("salesforce", payloads.SALESFORCE)
    assert (told.event, told.at, told.joins, told.name) == ("contract.signed", MONDAY, True, "Ana Ruiz")
    assert told.company == Company(
        sender_id="salesforce:0015g00000XyZ", domain="acme.test", traits={"name": "Acme", "plan": "enterprise", "employees": 800}
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_no_rule_is_about_means_nothing(kind: str) -> None:
    for body in ({}, {"type": "ping"}, {"event": None}, {"event": ["contract.signed"]}, {"subscriptionType": {}, "subject": 1}):
        assert meaning(a_source(kind), body) is None


# A project's own rules


OWN = """
takes:
  - when: body.kind == 'signed'
    event: contract.signed
    key: body.id
    at: body.at
    person: {id: body.user.id, email: body.user.email, name: body.user.first ~ ' ' ~ body.user.last}
    account: {id: body.org, domain: body.site}
    traits: {person: {role: body.user.role or 'admin'}, account: {seats: body.seats, vip: body.seats > 100, source: "'crm'"}}
    numbers: [seats]
  - event_from: body.kind
    person: {id: body.user.id}
"""


def test_the_first_rule_that_holds_is_taken() -> None:
    source = a_source(takes=OWN)
    signed = meaning(source, {"kind": "signed", "id": 7, "user": {"id": 12, "first": "Ana", "last": "Ruiz"}, "org": "a", "seats": "120"})
    other = meaning(source, {"kind": "form.sent", "user": {"id": 12}})
    assert signed is not None
    assert other is not None
    assert (signed.take, signed.event, signed.key, signed.ids.external, signed.name) == (0, "contract.signed", "7", "12", "Ana Ruiz")
    assert signed.traits == {"role": "admin"}
    assert signed.company is not None
    assert signed.company.traits == {"seats": 120, "vip": False, "source": "crm"}
    assert (other.take, other.event) == (1, "form.sent")


def test_half_a_name_is_no_name_and_half_an_id_is_no_id() -> None:
    found = meaning(a_source(takes=OWN), {"kind": "signed", "user": {"id": 12, "first": "Ana"}})
    assert found is not None
    assert found.name == ""


def test_without_a_key_the_id_of_the_delivery_counts_and_without_that_what_says_the_same_is_the_same() -> None:
    source = a_source(takes=OWN)
    one = {"kind": "form.sent", "user": {"id": 12}}
    keys = [meaning(source, body, delivery) for body, delivery in ((one, "msg_1:0"), (one, ""), (dict(reversed(one.items())), ""))]
    assert [found.key if found else None for found in keys[:1]] == ["msg_1:0"]
    assert keys[1] == keys[2]
    assert keys[1] != meaning(source, one | {"n": 1})


@pytest.mark.parametrize(
    ("said", "at"),
    [
        ("2026-03-02T11:00:00+01:00", MONDAY),
        (1772445600, MONDAY),
        (1772445600000, MONDAY),
        ("1772445600000", MONDAY),
        ("yesterday", None),
        (None, None),
        ({"at": 1}, None),
        (-5, None),
        (True, None),
    ],
)
def test_a_moment_is_read_as_senders_write_it(said: Any, at: datetime | None) -> None:
    found = meaning(a_source(takes=OWN), {"kind": "signed", "at": said, "user": {"id": 12}})
    assert found is not None
    assert found.at == at


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("acme.test", "acme.test"),
        ("ana@Acme.test", "acme.test"),
        ("https://www.acme.test/about?x=1", "acme.test"),
        ("http://ana:pw@app.acme.co.uk:8080", "app.acme.co.uk"),
        ("Acme", ""),
        ("acme test", ""),
        ("", ""),
        ("a." * 3000 + "test", ""),
    ],
)
def test_a_domain_is_found_in_addresses_and_pages(text: str, domain: str) -> None:
    assert domain_in(text) == domain


# Any JSON


def test_true_is_not_1_and_a_missing_part_is_none() -> None:
    body = {"yes": True, "one": 1, "list": [{"a": 0}], "": 5}
    assert not holds("body.yes == 1", body)
    assert holds("body.one in [1, 2] and not body.two", body)
    assert not holds("body.yes in [1]", body)
    assert evaluate("body.two.three[4].five", body) is None
    assert evaluate("body.list[0].a or body.one", body) == 1
    assert evaluate("body.list[0]['a']", body) == 0
    assert not holds("body.two > 1 or body.two < 1 or body.yes > 0 or '2' > 1", body)


@pytest.mark.parametrize("text", ["body.a()", "body|length", "body.a is none", "body[0:2]", "body[body.a]", "body.a if body.b else 1"])
def test_what_is_more_than_a_path_and_a_question_is_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        evaluate(text, {"a": {"b": 1}})


@pytest.mark.parametrize(
    "text", ["a.b", "team", "{{ body.a }}", "-body.a", "body.a + 1", "body.a; 1", "", "(" * 999, "{'a': 1}", "[x for x]"]
)
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        evaluate(text, {"a": {"b": 1}})


def test_the_deepest_expression_that_is_read_is_answered() -> None:
    assert evaluate("not " * 240 + "body.a", {"a": 1}) is True
    assert evaluate("body" + ".a" * 490, {"a": 1}) is None


numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
keys = st.sampled_from(["event", "type", "data", "object", "detail", "items", "id", "email", "customer", "created", "metadata", ""])
any_json = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys | st.text(max_size=8), inner, max_size=6),
    max_leaves=25,
)
PATHS = ["body.id", "body.data.object.id", "body.items[0].id", "body['event'][1]", "body", "body.items.data[0].price", "body.0.1"]
parts = st.sampled_from([*PATHS, "1", "'a'", "none", "true", "[1, 'a', none]"])
expressions = st.recursive(
    parts,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["==", "!=", "<", ">=", "in", "not in", "and", "or", "~"]), inner).map(
            lambda three: f"({' '.join(three)})"
        )
        | inner.map(lambda one: f"(not {one})")
    ),
    max_leaves=8,
)


@given(expression=expressions, body=any_json)
def test_an_expression_asked_of_any_json_gives_json_and_never_an_error(expression: str, body: Any) -> None:
    found = evaluate(expression, body)
    assert found is None or isinstance(found, str | int | float | bool | list | dict)
    assert evaluate(expression, body) == found


@given(kind=st.sampled_from(KINDS), body=any_json, data=st.data())
def test_no_payload_makes_a_vendors_rules_fall_over(kind: str, body: Any, data: st.DataObject) -> None:
    own = {
        "hubspot": hubspot_signed(),
        "stripe": payloads.SUBSCRIPTION,
        "zendesk": zendesk_ticket(1),
        "salesforce": payloads.SALESFORCE,
    }[kind]
    broken = own | {data.draw(st.sampled_from([*own])): body}
    for sent in (broken, body if isinstance(body, dict) else {"body": body}):
        found = meaning(a_source(kind), sent)
        if found:
            assert found.ids.named or found.company
            assert found.key
            assert found.at is None or found.at.tzinfo is UTC


def test_every_kind_but_anybodys_has_rules_of_its_own() -> None:
    assert all(defaults(kind) for kind in KINDS)  # type: ignore[arg-type]
    assert defaults("webhook") == ()


# What is read at all


def test_a_list_is_many_things_and_an_infinite_number_is_none() -> None:
    assert items_in(b'[{"a": 1e999}, {"b": NaN, "c": 1.5}]') == [{"a": None}, {"b": None, "c": 1.5}]


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"no", b"[1]", b'"text"', b"\xff\xfe", b'{"a":' * 30 + b"1" + b"}" * 30, b"[" * 100_000, b"[" + b"{}," * 600 + b"{}]"],
)
def test_what_is_no_json_too_deep_or_too_much_is_refused_in_words(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        items_in(raw)
