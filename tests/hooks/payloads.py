"""Bodies as the systems send them, shortened where nobody looks."""

from __future__ import annotations

from typing import Any

MARCH_2 = 1772445600
"""Seconds: Monday, 2 March 2026, 10:00 UTC."""


def hubspot_change(number: int, property: str, value: str, *, of: str = "company", object_id: int = 901) -> dict[str, Any]:
    """One item of what an app that subscribed to changes is sent. It names a record and nobody."""
    return {
        "eventId": number,
        "subscriptionId": 12345,
        "portalId": 62515,
        "appId": 54321,
        "occurredAt": MARCH_2 * 1000,
        "subscriptionType": f"{of}.propertyChange",
        "attemptNumber": 0,
        "objectId": object_id,
        "propertyName": property,
        "propertyValue": value,
        "changeSource": "CRM_UI",
    }


def hubspot_signed(**more: Any) -> dict[str, Any]:
    """The body of a workflow's webhook, as docs/sources.md says to write it."""
    return {
        "event": "contract.signed",
        "deal_id": "9087",
        "closed_at": str(MARCH_2 * 1000),
        "contact_email": "ana@acme.test",
        "contact_name": "Ana Ruiz",
        "company_id": "901",
        "company_name": "Acme",
        "company_domain": "acme.test",
        "plan": "team",
        "employees": "250",
        "amount": "24000",
        "owner": "",
    } | more


def stripe_event(type: str, object: dict[str, Any], id: str = "evt_1") -> dict[str, Any]:
    return {
        "id": id,
        "object": "event",
        "api_version": "2026-02-25.clover",
        "created": MARCH_2,
        "livemode": True,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": type,
        "data": {"object": object},
    }


CHECKOUT = stripe_event(
    "checkout.session.completed",
    {
        "id": "cs_live_1",
        "object": "checkout.session",
        "amount_total": 24000,
        "client_reference_id": None,
        "currency": "eur",
        "customer": "cus_Acme",
        "customer_details": {"email": "ana@acme.test", "name": "Ana Ruiz", "tax_exempt": "none", "tax_ids": []},
        "customer_email": None,
        "metadata": {},
        "mode": "subscription",
        "payment_status": "paid",
        "subscription": "sub_1",
    },
)

SUBSCRIPTION = stripe_event(
    "customer.subscription.created",
    {
        "id": "sub_1",
        "object": "subscription",
        "customer": "cus_Acme",
        "status": "active",
        "metadata": {},
        "items": {
            "object": "list",
            "data": [{"id": "si_1", "quantity": 25, "price": {"id": "price_1", "lookup_key": "team", "nickname": "Team, monthly"}}],
        },
    },
    "evt_2",
)

PAYMENT_FAILED = stripe_event(
    "invoice.payment_failed",
    {
        "id": "in_1",
        "object": "invoice",
        "amount_due": 24000,
        "attempt_count": 2,
        "currency": "eur",
        "customer": "cus_Acme",
        "customer_email": "ana@acme.test",
        "customer_name": "Acme GmbH",
    },
    "evt_3",
)


def zendesk_ticket(number: int, event: str = "ticket.opened", email: str = "ana@acme.test", **more: Any) -> dict[str, Any]:
    """The body of a trigger, as docs/sources.md says to write it."""
    return {
        "event": event,
        "ticket_id": str(number),
        "requester_id": "20978392",
        "requester_email": email,
        "requester_external_id": "",
        "priority": "normal",
        "updated_at": f"2026-03-02T10:0{number % 10}:00Z",
    } | more


def zendesk_event(type: str, detail: dict[str, Any], id: str = "01HNX", **event: Any) -> dict[str, Any]:
    """What an event subscription is sent."""
    return {
        "account_id": 12514403,
        "detail": detail,
        "event": event,
        "id": id,
        "subject": f"zen:{type.partition('.')[0]}:{detail['id']}",
        "time": "2026-03-02T10:00:00Z",
        "type": f"zen:event-type:{type}",
        "zendesk_event_version": "2022-11-06",
    }


SALESFORCE = {
    "event": "contract.signed",
    "opportunity_id": "0065g00000AbCdE",
    "closed_at": "2026-03-02T10:00:00Z",
    "account_id": "0015g00000XyZ",
    "account_name": "Acme",
    "account_website": "https://www.acme.test/about",
    "contact_email": "ana@acme.test",
    "contact_name": "Ana Ruiz",
    "plan": "enterprise",
    "employees": 800,
}
