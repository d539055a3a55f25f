"""Whole ways: from what a business system signs and sends to what people read, over real HTTP."""

from __future__ import annotations

from tests.hooks import payloads
from tests.hooks.conftest import Systems
from tests.hooks.payloads import hubspot_change, hubspot_signed, zendesk_event, zendesk_ticket


def a_contract(name: str, **more: object) -> dict[str, object]:
    place = sum(map(ord, name))
    known = {"contact_email": f"{name}@{name}.test", "contact_name": name.title(), "company_name": f"{name.title()} Ltd"}
    return hubspot_signed(deal_id=f"deal_{name}", company_id=str(place), company_domain=f"{name}.test", **known) | more


def test_a_contract_is_signed_in_hubspot_and_its_contact_is_welcomed_by_mail(systems: Systems) -> None:
    assert systems.tells("hubspot", a_contract("lena")) == {"taken": 1, "strays": 0, "ignored": 0}
    (welcome,) = systems.town.inbox("lena@lena.test")
    assert "Lena" in welcome.text
    lena = systems.person("lena@lena.test")
    assert lena.person.journey.playbook == "mid_market"
    assert (lena.account.name, lena.account.traits["plan"], lena.account.traits["employees"]) == ("Lena Ltd", "team", 250)
    assert "contract.signed" in [event["name"] for event in systems.town.why("lena@lena.test") if event.get("name")]


def test_the_same_contract_again_changes_nothing(systems: Systems) -> None:
    for _ in range(3):
        systems.tells("hubspot", a_contract("mara"))
    assert len(systems.town.inbox("mara@mara.test")) == 1
    assert len([event for event in systems.town.why("mara@mara.test") if event.get("name") == "contract.signed"]) == 1


def test_salesforce_says_the_same_by_a_flow(systems: Systems) -> None:
    body = payloads.SALESFORCE | {"contact_email": "joe@globex.test", "contact_name": "Joe", "account_website": "globex.test"}
    assert systems.tells("salesforce", body)["taken"] == 1
    assert len(systems.town.inbox("joe@globex.test")) == 1
    assert systems.person("joe@globex.test").account.traits["employees"] == 800


def test_the_contract_chooses_the_playbook(systems: Systems) -> None:
    for name, employees, playbook in (("ines", "2500", "enterprise"), ("ivo", "12", "smb")):
        systems.tells("hubspot", a_contract(name, employees=employees, acv="9000"))
        assert systems.person(f"{name}@{name}.test").person.journey.playbook == playbook


def test_who_was_welcomed_by_a_contract_is_the_same_person_when_the_product_comes_to_know_them(systems: Systems) -> None:
    systems.tells("hubspot", a_contract("kim"))
    before = systems.person("kim@kim.test")
    company = {"id": "account-7", "domain": "kim.test", "name": "Kim & Co"}
    systems.town.post("/v1/identify", {"userId": "u-kim", "traits": {"email": "kim@kim.test", "name": "Kim", "company": company}})
    systems.town.settle()
    after = systems.person("kim@kim.test")
    assert (after.person.id, after.account.id) == (before.person.id, before.account.id)
    assert (after.person.external_id, after.account.traits["plan"], after.account.name) == ("u-kim", "team", "Kim & Co")
    assert len(systems.town.inbox("kim@kim.test")) == 1


def test_a_contract_without_a_contact_waits_with_the_account_for_whoever_comes_first(systems: Systems) -> None:
    assert systems.tells("hubspot", a_contract("nils", contact_email="", contact_name="")) == {"taken": 0, "strays": 1, "ignored": 0}
    systems.tells("hubspot", a_contract("nils", deal_id="another", contact_email="nora@nils.test", plan="", employees=""))
    nora = systems.person("nora@nils.test")
    assert (nora.account.traits["plan"], nora.account.traits["employees"]) == ("team", 250)


def test_what_a_crm_tells_of_a_company_reaches_the_people_who_are_there(systems: Systems) -> None:
    systems.tells("hubspot", a_contract("olga", company_id="4711"))
    told = systems.tells("hubspot", [hubspot_change(9, "numberofemployees", "900", object_id=4711), {"subscriptionType": "deal.creation"}])
    assert told["ignored"] == 1
    assert systems.person("olga@olga.test").account.traits["employees"] == 900


def test_a_subscription_at_stripe_is_a_trait_even_when_it_is_told_before_the_checkout(systems: Systems) -> None:
    paul = systems.town.newcomer("Paul")
    mine = {"customer": "cus_Paul"}
    object = payloads.SUBSCRIPTION["data"]["object"] | mine
    systems.tells("stripe", payloads.SUBSCRIPTION | {"id": "evt_p1", "data": {"object": object}})
    checkout = payloads.CHECKOUT["data"]["object"] | mine | {"customer_details": {"email": f"{paul}@solo.test", "name": "Paul"}}
    assert systems.tells("stripe", payloads.CHECKOUT | {"id": "evt_p2", "data": {"object": checkout}})["taken"] == 1
    assert "checkout.completed" in [event.get("name") for event in systems.town.why("paul@solo.test")]
    account = systems.person("paul@solo.test").account
    assert (account.name, account.external_id) == ("Paul Ltd", "paul")
    assert (account.traits["plan"], account.traits["seats"]) == ("team", 25)
    ended = {"id": "evt_p3", "type": "customer.subscription.deleted", "data": {"object": object | {"status": "canceled"}}}
    systems.tells("stripe", payloads.SUBSCRIPTION | ended)
    assert systems.person("paul@solo.test").account.traits["subscription"] == "canceled"


def test_a_bill_moves_nobody_out_of_the_account_where_their_product_put_them(systems: Systems) -> None:
    systems.town.newcomer("Otto")
    systems.town.newcomer("Olaf")
    bill = payloads.PAYMENT_FAILED["data"]["object"] | {"customer_email": "otto@solo.test", "customer": "cus_Otto"}
    systems.tells("stripe", payloads.PAYMENT_FAILED | {"id": "evt_o1", "data": {"object": bill}})
    theirs = bill | {"customer_email": "olaf@solo.test"}
    assert systems.tells("stripe", payloads.PAYMENT_FAILED | {"id": "evt_o2", "data": {"object": theirs}})["taken"] == 1
    assert [systems.person(f"{name}@solo.test").account.external_id for name in ("otto", "olaf")] == ["otto", "olaf"]


def test_a_stranger_who_pays_with_an_address_of_yara_ends_nothing_of_her_company(systems: Systems) -> None:
    systems.town.newcomer("Yara")
    mine, theirs = {"customer": "cus_Yara"}, {"customer": "cus_Stranger"}
    address = {"customer_details": {"email": "yara@solo.test", "name": "Yara"}}
    bought = payloads.SUBSCRIPTION["data"]["object"]
    paid = payloads.CHECKOUT["data"]["object"] | address
    systems.tells("stripe", payloads.CHECKOUT | {"id": "evt_y1", "data": {"object": paid | mine}})
    systems.tells("stripe", payloads.SUBSCRIPTION | {"id": "evt_y2", "data": {"object": bought | mine}})
    ended = {"id": "evt_y3", "type": "customer.subscription.deleted", "data": {"object": bought | theirs | {"status": "canceled"}}}
    systems.tells("stripe", payloads.SUBSCRIPTION | ended)
    systems.tells("stripe", payloads.CHECKOUT | {"id": "evt_y4", "data": {"object": paid | theirs}})
    systems.tells("stripe", payloads.SUBSCRIPTION | ended | {"id": "evt_y5"})
    account = systems.person("yara@solo.test").account
    assert (account.external_id, account.traits["subscription"]) == ("yara", bought["status"])


def test_a_second_customer_of_zara_is_hers_when_its_metadata_says_so(systems: Systems) -> None:
    systems.town.newcomer("Zara")
    paid = payloads.CHECKOUT["data"]["object"] | {"customer_details": {"email": "zara@solo.test", "name": "Zara"}}
    for n, more in enumerate(({"customer": "cus_Z1"}, {"customer": "cus_Z2", "metadata": {"account_id": "zara"}})):
        systems.tells("stripe", payloads.CHECKOUT | {"id": f"evt_z{n}", "data": {"object": paid | more}})
    seats = payloads.SUBSCRIPTION["data"]["object"] | {"customer": "cus_Z2"}
    systems.tells("stripe", payloads.SUBSCRIPTION | {"id": "evt_z2", "data": {"object": seats}})
    assert systems.person("zara@solo.test").account.traits["seats"] == 25


def test_the_domain_of_a_strangers_address_in_a_checkout_brings_nobody_to_their_company(systems: Systems) -> None:
    stranger = {"id": "cus_Somebody", "email": "x@hooli.test"}
    systems.tells("stripe", payloads.stripe_event("customer.created", stranger, "evt_h1"))
    systems.town.post("/v1/identify", {"userId": "u-hana", "traits": {"email": "hana@hooli.test", "name": "Hana"}})
    systems.town.settle()
    assert systems.person("hana@hooli.test").account is None


def test_of_two_things_in_one_request_the_second_knows_whom_the_first_made_known(systems: Systems) -> None:
    asked = {"kind": "asked", "email": "zoe@zoe.test", "name": "Zoe"}
    told = systems.tells("forms", [asked, {"kind": "form.sent", "email": "zoe@zoe.test"}], id="msg_zoe")
    assert told["taken"] == 2
    assert [event["name"] for event in systems.town.why("zoe@zoe.test") if event.get("name")] == ["demo.asked", "form.sent"]


def test_who_only_pays_is_nobody_of_ours(systems: Systems) -> None:
    bill = payloads.PAYMENT_FAILED["data"]["object"] | {"customer_email": "billing@stranger.test", "customer": "cus_Stranger"}
    body = payloads.PAYMENT_FAILED | {"id": "evt_s", "data": {"object": bill}}
    assert systems.tells("stripe", body) == {"taken": 0, "strays": 1, "ignored": 0}
    assert systems.tells("stripe", body) == {"taken": 0, "strays": 1, "ignored": 0}
    assert systems.person("billing@stranger.test") is None


def test_tickets_count_for_a_requester_we_know_and_for_nobody_else(systems: Systems) -> None:
    systems.town.newcomer("Quinn")
    for number in (1, 2):
        assert systems.tells("zendesk", zendesk_ticket(number, email="quinn@solo.test", requester_id="77"))["taken"] == 1
    assert systems.tells("zendesk", zendesk_ticket(3, email="stranger@else.test", requester_id="78"))["strays"] == 1
    assert [event.get("name") for event in systems.town.why("quinn@solo.test")].count("ticket.opened") == 2
    assert systems.person("stranger@else.test") is None


def test_zendesks_own_id_is_known_once_a_trigger_named_it_with_its_address(systems: Systems) -> None:
    systems.town.newcomer("Rita")
    systems.tells("zendesk", zendesk_event("user.created", {"id": "99", "email": "rita@solo.test", "role": "end-user"}, "u1"))
    ticket = zendesk_event("ticket.created", {"id": "5", "requester_id": "99"}, "t1")
    assert systems.tells("zendesk", ticket)["taken"] == 1
    assert "ticket.opened" in [event.get("name") for event in systems.town.why("rita@solo.test")]


def test_what_a_business_system_reports_is_no_activity_of_theirs(systems: Systems) -> None:
    systems.town.newcomer("Sven")
    systems.town.uses("report.created", "sven")
    before = systems.person("sven@solo.test").person.last_active
    systems.town.days(2)
    systems.tells("forms", {"kind": "invoice.sent", "user": "sven"}, id="msg_sven")
    sven = systems.person("sven@solo.test").person
    assert sven.last_active == before


def test_a_billing_system_does_not_overrule_the_name_and_address_that_the_product_gave(systems: Systems) -> None:
    systems.town.newcomer("Tara")
    systems.tells("forms", {"kind": "asked", "email": "tara@solo.test", "name": "T. A. R. A."}, id="msg_tara")
    assert systems.person("tara@solo.test").person.name == "Tara"


def test_a_rule_that_creates_makes_somebody_known_and_begins_nothing(systems: Systems) -> None:
    systems.tells("forms", {"kind": "asked", "email": "uwe@uwe.test", "name": "Uwe"}, id="msg_uwe")
    uwe = systems.person("uwe@uwe.test").person
    assert (uwe.name, uwe.email, uwe.joined_at, uwe.journey) == ("Uwe", "uwe@uwe.test", None, None)
    assert systems.town.inbox("uwe@uwe.test") == []


def test_two_deliveries_that_say_the_same_are_two_and_one_delivery_twice_is_one(systems: Systems) -> None:
    systems.town.newcomer("Vera")
    for id in ("msg_v1", "msg_v2", "msg_v2"):
        systems.tells("forms", {"kind": "form.sent", "user": "vera"}, id=id)
    assert [event.get("name") for event in systems.town.why("vera@solo.test")].count("form.sent") == 2
