"""POST /v1/hooks/{source}: what is not signed, not theirs, or not of now is one answer, and nothing happens."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from town import Answer

from bot.world import machine_now
from tests.hooks import payloads, signing
from tests.hooks.conftest import Systems
from tests.hooks.payloads import hubspot_signed, zendesk_ticket

REFUSED = {"code": "refused", "message": "the signature is missing, wrong or too old"}


def heard(systems: Systems) -> int:
    """How many events and strays there are."""
    database = systems.town.house.store.database
    with database.read() as connection:
        return sum(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() or 0 for table in ("events", "strays"))


def is_refused(answer: Answer) -> bool:
    return answer.status == 401 and answer.json == REFUSED


def test_every_kind_of_wrong_has_the_same_answer_and_does_nothing(systems: Systems) -> None:
    before, now = heard(systems), machine_now()
    body = hubspot_signed(deal_id="forged", contact_email="eve@forged.test")
    raw = json.dumps(body).encode()
    other = f"{systems.town.house.settings.base_url}/v1/hooks/another"
    wrongs = [
        systems.sends("hubspot", body, headers={}),
        systems.sends("hubspot", body, headers=signing.by_hubspot(raw, now, other)),
        systems.sends("hubspot", body, headers=signing.by_stripe(raw, now)),
        systems.sends("hubspot", body, at=now - timedelta(minutes=6)),
        systems.sends("hubspot", body, at=now + timedelta(minutes=6)),
        systems.sends("stripe", body, headers=signing.by_stripe(raw, now, "whsec_another")),
        systems.sends("stripe", raw + b" ", headers=signing.by_stripe(raw, now)),
        systems.sends("salesforce", body, headers=signing.by_header("not the secret of the Flow")),
        systems.sends("nobody", body, headers=signing.by_header()),
        systems.sends("silent", body, headers=signing.by_stripe(raw, now, "")),
        systems.sends("..%2fhubspot", body, headers=signing.by_header()),
    ]
    assert [is_refused(answer) or answer.status == 404 for answer in wrongs] == [True] * len(wrongs)
    assert len({answer.text for answer in wrongs if answer.status == 401}) == 1
    assert heard(systems) == before
    assert systems.person("eve@forged.test") is None


def test_a_signature_of_one_source_opens_no_other(systems: Systems) -> None:
    raw = json.dumps(zendesk_ticket(1)).encode()
    signed = signing.by_zendesk(raw, machine_now())
    assert is_refused(systems.sends("forms", raw, headers=signed))
    assert systems.sends("zendesk", raw, headers=signed).status == 200


def test_a_request_that_is_replayed_within_its_minutes_changes_nothing(systems: Systems) -> None:
    raw = json.dumps(
        hubspot_signed(deal_id="replayed", contact_email="rea@rea.test", company_id="7001", company_domain="rea.test")
    ).encode()
    headers = systems.signed("hubspot", raw, machine_now(), "")
    assert systems.sends("hubspot", raw, headers=headers).status == 200
    systems.town.settle()
    before = heard(systems)
    assert systems.sends("hubspot", raw, headers=headers).status == 200
    systems.town.settle()
    assert heard(systems) == before
    assert len(systems.town.inbox("rea@rea.test")) == 1


@pytest.mark.parametrize("raw", [b"", b"not json", b"[1, 2]", b'"text"', b"\xff\xfe\x00", b"[" * 50_000, b'{"a":' * 40 + b"1" + b"}" * 40])
def test_what_is_signed_and_cannot_be_read_is_a_bad_request(systems: Systems, raw: bytes) -> None:
    headers = signing.by_header()
    answer = systems.sends("salesforce", raw, headers=headers)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")


def test_a_huge_request_is_not_even_read(systems: Systems) -> None:
    answer = systems.sends("salesforce", b"[" + b" " * 1_100_000 + b"]", headers=signing.by_header())
    assert answer.status == 413


def test_what_no_rule_is_about_is_thanked_for_so_that_it_does_not_come_again(systems: Systems) -> None:
    before = heard(systems)
    answer = systems.sends("stripe", payloads.stripe_event("charge.succeeded", {"id": "ch_1"}))
    assert (answer.status, answer.json) == (200, {"taken": 0, "strays": 0, "ignored": 1})
    assert heard(systems) == before


def test_the_route_is_for_posting_alone(systems: Systems) -> None:
    assert systems.town.fetch("GET", "/v1/hooks/hubspot").status in (404, 405)


def test_of_a_hundred_changes_of_hubspot_the_one_of_a_customer_of_ours_counts(systems: Systems) -> None:
    changes = [payloads.hubspot_change(n, "name", f"Company {n}", object_id=50_000 + n) for n in range(100)]
    known = {"deal_id": "hundred", "company_id": "50099", "company_domain": "hundred.test", "contact_email": "hui@hundred.test"}
    systems.tells("hubspot", hubspot_signed(**known))
    assert systems.tells("hubspot", changes) == {"taken": 1, "strays": 0, "ignored": 99}
    assert systems.person("hui@hundred.test").account.name == "Company 99"


def test_a_source_that_is_edited_is_heard_as_it_is_written_now(systems: Systems, hooks_project: Path) -> None:
    file = hooks_project / "sources" / "forms.yaml"
    before = file.read_text()
    try:
        file.write_text(before.replace("source: forms", "source: formulare"))
        assert systems.town.house.shelf.refresh() is not None
        body = {"kind": "asked", "email": "yan@yan.test"}
        raw = json.dumps(body).encode()
        headers = signing.by_standard(raw, machine_now(), "msg_y")
        assert is_refused(systems.sends("forms", raw, headers=headers))
        assert systems.sends("formulare", raw, headers=headers).status == 200
        file.write_text(before.replace("kind: webhook", "kind: webhok"))
        found = systems.town.house.shelf.refresh()
        assert found is not None
        assert [problem.line for problem in found.problems] == [3]
        assert systems.sends("formulare", raw, headers=headers).status == 200
    finally:
        file.write_text(before)
        systems.town.house.shelf.refresh()


def test_no_secret_and_nobodys_address_is_in_the_log(systems: Systems, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        systems.tells("hubspot", hubspot_signed(deal_id="log", contact_email="lou@lou.test", company_id="7002", company_domain="lou.test"))
        systems.sends("hubspot", hubspot_signed(contact_email="lou@lou.test"), headers={"X-HubSpot-Signature-v3": "hubspot-forged"})
    said = caplog.text
    assert "hubspot: 1 taken" in said
    for private in ("lou@lou.test", signing.HUBSPOT_SECRET, hashlib.sha256(signing.HUBSPOT_SECRET.encode()).hexdigest(), "hubspot-forged"):
        assert private not in said


def test_a_body_that_comes_in_pieces_is_verified_whole(systems: Systems) -> None:
    raw = json.dumps(zendesk_ticket(8)).encode()
    pieces = iter([raw[:10], raw[10:]])
    answer = systems.town.fetch("POST", "/v1/hooks/zendesk", pieces, signing.by_zendesk(raw, machine_now()))
    assert answer.status == 200
