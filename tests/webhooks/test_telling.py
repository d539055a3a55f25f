"""Others are told what happens: signed, at least once, and tried again until they take it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from houses import House
from listeners import Heard, Listener, dripping
from stories import MONDAY, day

from bot.knowing import merge
from bot.lanes import Lanes
from bot.shelf import read_books
from bot.webhooks.line import Forbidden, is_open, post
from flows.endpoints import Endpoints, endpoints_in
from flows.events import CaseClosed, ProductEvent, SaysStuck, StepDone

from .conftest import SECRET, a_house

MINUTE = timedelta(minutes=1)


def signature_of(heard: Heard) -> str:
    """As the standard's page tells a receiver to compute it."""
    signed = f"{heard.headers['webhook-id']}.{heard.headers['webhook-timestamp']}.".encode() + heard.body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def test_the_crm_hears_of_a_step_with_who_did_it_and_nothing_of_what_they_wrote(house: House, crm: Listener):
    ana = house.joins()
    house.hears(ProductEvent, ana, name="report.created")
    house.hears(SaysStuck, ana, text="the password is hunter2")
    house.settle()
    (done,) = crm.told("step.done")
    assert done["person"]["email"] == "ana@acme.test"
    assert (done["step"], done["how"], done["playbook"]) == ("report", "product", "little")
    assert not any(b"hunter2" in one.body for one in crm.heard)


def test_every_delivery_is_signed_as_the_standard_says_and_has_an_id_of_its_own(house: House, crm: Listener):
    house.joins()
    house.settle()
    assert crm.heard
    assert all(one.headers["webhook-signature"] == signature_of(one) for one in crm.heard)
    assert len({one.headers["webhook-id"] for one in crm.heard}) == len(crm.heard)


def test_a_message_that_left_is_told_with_its_channel_and_one_to_the_team_is_not(house: House, crm: Listener):
    ana = house.joins()
    house.settle()
    house.hears(SaysStuck, ana, text="help")
    house.settle()
    sent = crm.told("message.sent")
    assert {"welcome", "stuck"} <= {one["message"] for one in sent}
    assert {one["channel"] for one in sent} == {"slack"}
    assert "case_card" not in {one["message"] for one in sent}


def test_a_case_is_told_when_it_opens_and_when_it_is_resolved(house: House, crm: Listener):
    ana = house.joins()
    house.hears(SaysStuck, ana, text="help")
    case = house.person(ana).case
    assert case
    house.hears(CaseClosed, ana, case=case.id, by="U9", name="Maya", reason="Something was set up wrong")
    house.goes_on(day(6))
    assert [one["case"] for one in crm.told("case.opened")] == [case.id]
    (resolved,) = crm.told("case.resolved")
    assert resolved["reason"] == "Something was set up wrong"


def test_when_bob_turns_out_to_be_ana_the_crm_hears_who_is_gone_and_that_the_second_case_is_over(house: House, crm: Listener):
    ana = house.joins()
    house.hears(SaysStuck, ana, text="help")
    house.goes_on(day(1))
    bob = house.joins("bob")
    house.hears(SaysStuck, bob, text="help")
    house.settle()
    second = house.person(bob).case
    assert second
    assert merge(house.door, ana, bob, "a colleague said so")
    house.goes_on(day(2))
    (merged,) = crm.told("person.merged")
    assert merged["person"]["handrail_id"] == ana
    assert merged["from"]["handrail_id"] == bob
    (resolved,) = crm.told("case.resolved")
    assert (resolved["case"], resolved["person"]["handrail_id"]) == (second.id, bob)


def test_what_ana_gets_by_a_merge_is_told_of_her_once(house: House, crm: Listener):
    bob = house.joins("bob")
    house.hears(StepDone, bob, step="word")
    house.hears(SaysStuck, bob, text="help")
    case = house.person(bob).case
    assert case
    house.goes_on(day(1))
    ana = house.joins()
    house.hears(ProductEvent, ana, name="report.created")
    house.settle()
    assert merge(house.door, ana, bob, "a colleague said so")
    house.goes_on(day(2))
    steps = [one["step"] for one in crm.told("step.done") if one["person"]["handrail_id"] == ana]
    assert sorted(steps) == ["report", "word"]
    assert [(one["case"], one["person"]["handrail_id"]) for one in crm.told("case.opened")] == [(case.id, bob), (case.id, ana)]
    assert not crm.told("case.resolved")


def test_a_merge_that_is_refused_is_no_news(house: House, crm: Listener):
    ana, bob = (house.store.identify([("external", "", number)]) for number in ("42", "43"))
    assert not merge(house.door, ana, bob, "they share an address")
    house.settle()
    assert not crm.told("person.merged")


def test_a_completed_journey_is_told_once(house: House, crm: Listener):
    ana = house.joins()
    house.hears(StepDone, ana, step="word")
    for name in ("source.connected", "report.created"):
        house.hears(ProductEvent, ana, name=name)
    house.goes_on(day(3))
    assert crm.topics.count("journey.completed") == 1


def test_an_endpoint_that_is_down_hears_everything_later_in_order_and_nobody_else_waits(house: House, crm: Listener):
    for _ in range(2):
        crm.will(503)
    ana = house.joins()
    house.settle()
    assert [one.message for one in house.slack.taken] == ["welcome"], "what people get does not wait for it"
    refused = crm.heard[0]
    for _ in range(5):
        house.clocks.passes(10 * MINUTE)
        house.settle()
    again = next(one for one in crm.heard[1:] if one.headers["webhook-id"] == refused.headers["webhook-id"])
    assert again.said == refused.said
    first_taken = [one.said["timestamp"] for one in crm.heard[2:]]
    assert first_taken == sorted(first_taken)
    assert not [row for row in house.rows() if row.person == ana and row.state not in ("sent", "withdrawn") and row.to]


def test_they_say_when_to_ask_again_and_we_wait_that_long(house: House, crm: Listener):
    crm.will(429, Retry_After="900")
    house.joins()
    house.settle()
    heard = len(crm.heard)
    house.clocks.passes(5 * MINUTE)
    house.settle()
    assert len(crm.heard) == heard
    house.clocks.passes(11 * MINUTE)
    house.settle()
    assert len(crm.heard) > heard


def test_an_answer_that_never_came_is_told_again_with_the_same_id(house: House, crm: Listener):
    crm.will(0)
    house.joins()
    house.settle()
    lost = crm.heard[0].headers["webhook-id"]
    house.delivery.reconcile()
    house.settle()
    assert [one.headers["webhook-id"] for one in crm.heard].count(lost) == 2


def test_410_ends_it_and_the_next_thing_is_told_again(house: House, crm: Listener):
    crm.will(410)
    ana = house.joins()
    house.settle()
    failed = [row for row in house.rows() if row.to and row.to.kind == "hook" and row.state == "failed"]
    assert len(failed) == 1
    house.hears(ProductEvent, ana, name="report.created")
    house.settle()
    assert crm.told("step.done")


def test_a_redirection_is_not_followed(house: House, crm: Listener):
    crm.will(302, Location="http://127.0.0.1:1/elsewhere")
    house.joins()
    house.settle()
    assert any(row.state == "pending" and row.error.endswith("302") for row in house.rows())


def test_an_address_inside_our_network_is_not_spoken_to(tmp_path: Path, crm: Listener):
    url = crm.url.replace("http://", "https://")
    house = a_house(tmp_path, f"endpoints:\n  - {{endpoint: crm, url: '{url}', secret: CRM_SECRET}}\n", private=False)
    house.joins()
    house.settle()
    assert not crm.heard
    errors = {row.error for row in house.rows() if row.to and row.to.kind == "hook"}
    assert errors == {"the address leads into a private network"}


def test_at_an_address_inside_our_network_nobody_even_knocks():
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.setblocking(False)
        with pytest.raises(Forbidden):
            post(f"https://127.0.0.1:{door.getsockname()[1]}/", b"{}", {})
        with pytest.raises(BlockingIOError):
            door.accept()


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "100.64.0.1", "169.254.169.254", "224.0.0.1", "::1", "::ffff:10.0.0.1", "fe80::1%eth0",
     "64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::1", "ff0e::1", "192.0.0.192", "3fff::1", "5f00::1"],
)  # fmt: skip
def test_a_private_address_is_known_in_every_disguise(address: str):
    assert not is_open(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.215.14"])
def test_an_address_of_the_open_internet_is_spoken_to(address: str):
    assert is_open(address)


def test_an_endpoint_that_drips_its_answer_is_waited_for_no_longer_than_any_other():
    with dripping() as url, pytest.raises(TimeoutError):
        post(url, b"{}", {}, private=True, within=0.3)


def test_ana_is_answered_while_nine_endpoints_keep_us_waiting():
    lanes, answered, enough = Lanes(), threading.Event(), threading.Event()

    def waits() -> None:
        enough.wait()

    for n in range(9):
        lanes.go(f"hook:{n}", [waits])
    lanes.go("slack:T1", [answered.set])
    try:
        assert answered.wait(10)
    finally:
        enough.set()
        lanes.close()


def test_without_encryption_nothing_is_said(tmp_path: Path, crm: Listener):
    house = a_house(tmp_path, f"endpoints:\n  - {{endpoint: crm, url: '{crm.url}', secret: CRM_SECRET}}\n", private=False)
    house.joins()
    house.settle()
    assert not crm.heard


def test_a_missing_secret_keeps_everything_waiting_and_leaks_nothing(tmp_path: Path, crm: Listener):
    house = a_house(tmp_path, f"endpoints:\n  - {{endpoint: crm, url: '{crm.url}', secret: NOBODY_SET_THIS}}\n")
    house.joins()
    house.settle()
    hooks = [row for row in house.rows() if row.to and row.to.kind == "hook"]
    assert hooks
    assert {row.state for row in hooks} == {"pending"}
    assert not crm.heard


def test_an_endpoint_hears_its_topics_alone_and_ids_without_names(tmp_path: Path, crm: Listener):
    house = a_house(tmp_path, f"endpoints:\n  - {{endpoint: cdp, url: '{crm.url}', secret: CRM_SECRET, topics: [segment.changed]}}\n")
    house.joins()
    house.settle()
    assert set(crm.topics) == {"segment.changed"}
    assert all(set(one["person"]) == {"id", "handrail_id"} for one in crm.told("segment.changed"))
    first = crm.told("segment.changed")[0]
    assert first["from"] is None
    assert first["to"]
    assert first["because"] is not None


def test_the_same_event_twice_tells_once(house: House, crm: Listener):
    ana = house.joins()
    house.hears(ProductEvent, ana, name="report.created", key="same")
    house.hears(ProductEvent, ana, name="report.created", key="same")
    house.settle()
    assert crm.topics.count("step.done") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("endpoints:\n  - {endpoint: crm, url: crm.test, secret: S}\n", "write it whole"),
        ("endpoints:\n  - {endpoint: crm, url: 'https://crm.test', secret: whsec_abc}\n", "secret"),
        ("endpoints:\n  - {endpoint: crm, url: 'https://crm.test', secret: S, topics: [segment.change]}\n", "did you mean segment.changed"),
        ("endpoints:\n  - {endpoint: crm, url: 'https://crm.test', secret: S, playbooks: [smbb]}\n", "unknown playbook smbb"),
        ("endpoints:\n  - {endpoint: a, url: 'https://a.test', secret: S}\n  - {endpoint: a, url: 'https://b.test', secret: S}\n", "twice"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_with_its_line(text: str, said: str):
    found, problems = endpoints_in(text, "webhooks.yaml", {})
    assert any(said in str(problem) and str(problem).startswith("webhooks.yaml:") for problem in problems), problems
    assert isinstance(found, Endpoints)


def test_a_file_that_is_wrong_is_refused_whole(tmp_path: Path):
    (tmp_path / "webhooks.yaml").write_text("endpoints:\n  - {endpoint: crm, ulr: 'https://crm.test', secret: S}\n")
    _, problems = read_books(tmp_path)
    assert any("unknown key `ulr`" in str(problem) for problem in problems)


def test_nothing_is_told_where_nobody_listens(tmp_path: Path):
    house = a_house(tmp_path, "endpoints: []\n")
    house.joins()
    house.goes_on(MONDAY + timedelta(days=1))
    assert not [row for row in house.rows() if row.to and row.to.kind == "hook"]
