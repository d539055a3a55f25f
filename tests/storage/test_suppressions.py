"""Addresses that are not written to: decided, kept, obeyed, lifted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from stories import a_playbook

from bot.handle import handle
from flows.decision import To
from flows.events import AddressLifted, AddressShut, AnyEvent, Joined, MailReported, OptedIn, OptedOut, Traits
from flows.mail import is_shut
from storage.mail_reports import MailReports
from storage.outbox import Outbox
from storage.rebuild import rebuild
from storage.reports import Reports
from storage.store import Store
from storage.strays import Stray, Strays
from storage.suppressions import Suppression, Suppressions
from tests.storage.scenes import LEASE, MONDAY, TUESDAY, a_say, claim, did, fence, hear, person, saying, someone, state

ANAS = ("email", "ana@example.com")
PLAYBOOKS = a_playbook()


@pytest.fixture
def ana(store: Store) -> str:
    who = store.identify([("external", "", "u-ana"), ("email", "", "ana@example.com")])
    traits = {"name": "Ana", "email": "Ana@example.com", "slack": "T1/ANA", "consent": True}
    decides(store, Traits(source="crm", key="t", who=who, at=MONDAY, person=traits), Joined(source="crm", key="j", who=who, at=MONDAY))
    return who


def decides(store: Store, *events: AnyEvent) -> None:
    """What the engine makes of it."""
    handle(store, PLAYBOOKS, events, TUESDAY)


def happened(kind: type[AnyEvent], who: str, key: str, **what: Any) -> AnyEvent:
    given = {"source": "test", "key": key, "who": who, "at": MONDAY} | what
    return kind(**given)


def bounced(who: str, key: str = "b", what: str = "bounced", **more: Any) -> AnyEvent:
    return happened(MailReported, who, key, **({"source": "sendgrid", "what": what, "address": "ana@example.com", "why": "550"} | more))


def lifting(who: str, key: str = "l", address: str = "ana@example.com") -> AnyEvent:
    return happened(AddressLifted, who, key, channel="email", address=address, by="Tom")


def stops(who: str, key: str = "s", channel: str = "email") -> AnyEvent:
    return happened(OptedOut, who, key, channel=channel, wording="stop")


def reasons(store: Store) -> dict[tuple[str, str], str]:
    return {one.place: one.reason for one in Suppressions(store.database).all()}


# In step with people


def test_the_list_follows_what_was_decided_in_the_same_commit(store: Store, ana: str) -> None:
    decides(store, bounced(ana))
    [one] = Suppressions(store.database).all()
    assert one == Suppression(channel="email", address="ana@example.com", reason="bounced", source="sendgrid", at=MONDAY, why="550")
    decides(store, lifting(ana))
    assert reasons(store) == {}


def test_a_report_that_comes_again_shuts_nothing_that_was_lifted_since(store: Store, ana: str) -> None:
    decides(store, bounced(ana))
    decides(store, lifting(ana))
    decides(store, bounced(ana))
    assert reasons(store) == {}


def test_all_in_one_batch_the_last_word_counts(store: Store, ana: str) -> None:
    decides(store, bounced(ana, "1"), lifting(ana), bounced(ana, "2", why="551"))
    assert [one.why for one in Suppressions(store.database).all()] == ["551"]
    decides(store, bounced(ana, "3"), lifting(ana, "l2"))
    assert reasons(store) == {}
    assert is_shut(person(store, ana), "email") is None


def test_a_complaint_is_lifted_by_nobody(store: Store, ana: str) -> None:
    decides(store, bounced(ana, "1", "complained"), bounced(ana, "2"))
    decides(store, lifting(ana))
    assert reasons(store) == {ANAS: "complained"}
    assert not Suppressions(store.database).lift(*ANAS)
    store.suppress("email", "ana@example.com", "bounced", "list", TUESDAY)
    assert reasons(store) == {ANAS: "complained"}


def test_lifting_brings_back_their_own_opt_out(store: Store, ana: str) -> None:
    decides(store, stops(ana))
    decides(store, bounced(ana))
    assert reasons(store) == {ANAS: "bounced"}
    decides(store, lifting(ana))
    assert reasons(store) == {ANAS: "opt-out"}


def test_nobody_but_they_take_back_their_opt_out(store: Store, ana: str) -> None:
    decides(store, stops(ana))
    decides(store, lifting(ana))
    assert reasons(store) == {ANAS: "opt-out"}
    assert not Suppressions(store.database).lift(*ANAS)
    decides(store, happened(OptedIn, ana, "i", channel="email"))
    assert reasons(store) == {}


def test_resuming_opens_no_address_that_bounced(store: Store, ana: str) -> None:
    decides(store, bounced(ana))
    decides(store, stops(ana))
    decides(store, happened(OptedIn, ana, "i", channel="email"))
    assert reasons(store) == {ANAS: "bounced"}


def test_an_address_they_had_before_stays_on_the_list(store: Store, ana: str) -> None:
    decides(store, bounced(ana))
    decides(store, happened(Traits, ana, "new", at=TUESDAY, person={"email": "ana.ruiz@example.com"}))
    decides(store, bounced(ana, "2", address="ana.ruiz@example.com"))
    assert reasons(store) == {ANAS: "bounced", ("email", "ana.ruiz@example.com"): "bounced"}
    decides(store, lifting(ana, address="ana.ruiz@example.com"))
    assert reasons(store) == {ANAS: "bounced"}


def test_a_late_report_of_an_old_address_shuts_that_and_nothing_of_theirs(store: Store, ana: str) -> None:
    decides(store, happened(Traits, ana, "new", at=TUESDAY, person={"email": "ana.ruiz@example.com"}))
    decides(store, bounced(ana))
    assert reasons(store) == {ANAS: "bounced"}
    assert person(store, ana).shut == {}


def test_a_person_folded_again_from_their_events_has_the_same_addresses_shut(store: Store, ana: str) -> None:
    decides(store, bounced(ana, "1", "blocked"), bounced(ana, "2"), stops(ana))
    decides(store, lifting(ana), happened(AddressShut, ana, "h", channel="slack", address="T1/ANA", reason="by_hand", by="Tom"))
    decides(store, bounced(ana, "3", "complained"))
    assert rebuild(store, PLAYBOOKS, ana) == person(store, ana)


# Of nobody


def test_an_address_of_nobody_can_be_shut_and_lifted(store: Store) -> None:
    store.suppress("email", " Zoe@Example.com ", "bounced", "sendgrid", MONDAY, "550")
    found = Suppressions(store.database).of([("email", "zoe@EXAMPLE.com"), ("email", "other@example.com")])
    assert [one.why for one in found.values()] == ["550"]
    assert Suppressions(store.database).lift("email", "ZOE@example.com")
    assert not Suppressions(store.database).lift("email", "zoe@example.com")


def test_who_turns_up_with_an_address_that_was_shut_can_have_it_lifted(store: Store, ana: str) -> None:
    store.suppress("email", "ana@example.com", "bounced", "sendgrid", MONDAY)
    decides(store, lifting(ana))
    assert reasons(store) == {}


def test_a_stray_is_news_once_and_shuts_once(store: Store) -> None:
    shuts = Suppression(channel="email", address="zoe@example.com", reason="bounced", source="sendgrid", at=MONDAY)
    stray = Stray(source="sendgrid", key="x1", at=MONDAY, what="bounce", shuts=shuts)
    other = replace(stray, key="x\x00\ud800", shuts=None)
    assert Strays(store.database).keep([stray, stray, other]) == [stray, other]
    Suppressions(store.database).lift("email", "zoe@example.com")
    assert Strays(store.database).keep([stray, other]) == []
    assert reasons(store) == {}


# The fence


@pytest.fixture
def outbox(store: Store) -> Outbox:
    return Outbox(store.database)


@pytest.fixture
def eve(store: Store) -> str:
    """A mail waits for her, and may go by Slack too."""
    who = someone(store, "eve")
    hear(store, did(who, "1"), decide=saying(a_say(who, to=To("person", who, ("email", "slack")))))
    return who


EVES = ("email", "eve@example.com")


@pytest.mark.parametrize("reason", ["bounced", "complained", "imported"])
def test_what_may_not_go_by_mail_goes_by_slack(store: Store, outbox: Outbox, eve: str, reason: str) -> None:
    store.suppress(*EVES, reason, "sendgrid", MONDAY)
    assert fence(outbox, claim(outbox)) == set()
    [row] = claim(outbox)
    assert (row.channel, row.via, row.attempt, row.error) == ("slack", ("slack",), 1, "we may not write to them by email")
    assert fence(outbox, [row]) == {row.id}
    assert row.person == eve


def test_who_unsubscribes_from_mail_reads_it_in_slack(store: Store, outbox: Outbox, eve: str) -> None:
    rows = claim(outbox)
    hear(store, stops(eve), decide=saying(opted_out=("email",)))
    assert fence(outbox, rows) == set()
    assert [row.channel for row in claim(outbox)] == ["slack"]


def test_where_no_channel_is_left_it_is_suppressed_and_the_engine_hears(store: Store, outbox: Outbox, eve: str) -> None:
    rows = claim(outbox)
    hear(store, stops(eve, channel="all"), decide=saying(opted_out=("all",)))
    assert fence(outbox, rows) == set()
    assert state(outbox) == "suppressed"
    assert [row.key for row in outbox.untold(10)] == ["hello"]


@pytest.mark.usefixtures("eve")
def test_what_is_too_late_goes_nowhere_else(store: Store, outbox: Outbox) -> None:
    ben = someone(store, "ben")
    hear(store, did(ben, "2"), decide=saying(a_say(ben, "late", to=To("person", ben, ("email", "slack")), expires_at=TUESDAY)))
    store.suppress("email", "ben@example.com", "bounced", "sendgrid", MONDAY)
    rows = claim(outbox)
    assert len(fence(outbox, rows, world=TUESDAY)) == 1
    assert state(outbox, "late") == "expired"


@pytest.mark.usefixtures("eve")
def test_who_lost_a_row_to_another_hands_nothing_on(store: Store, outbox: Outbox) -> None:
    store.suppress(*EVES, "bounced", "sendgrid", MONDAY)
    rows = claim(outbox)
    outbox.settle_retry(rows[0].id, rows[0].token, MONDAY)
    claim(outbox)
    assert fence(outbox, rows) == set()
    row = outbox.row("hello")
    assert row
    assert (row.state, row.channel) == ("claimed", "email")


@pytest.mark.usefixtures("eve")
def test_what_was_withdrawn_while_it_was_rendered_is_not_brought_back(store: Store, outbox: Outbox) -> None:
    store.suppress(*EVES, "bounced", "sendgrid", MONDAY)
    rows = claim(outbox)
    hear(store, did(rows[0].person, "3"), decide=saying(withdraw=["hello"]))
    assert fence(outbox, rows) == set()
    assert state(outbox) == "withdrawn"


def test_one_fence_sends_stops_and_hands_on(store: Store, outbox: Outbox, eve: str) -> None:
    for name in ("ben", "kim"):
        who = someone(store, name)
        hear(
            store,
            did(who, name),
            decide=saying(a_say(who, name, to=To("person", who, ("email",) if name == "kim" else ("email", "slack")))),
        )
    store.suppress(*EVES, "bounced", "sendgrid", MONDAY)
    store.suppress("email", "kim@example.com", "bounced", "sendgrid", MONDAY)
    rows = claim(outbox)
    assert fence(outbox, rows) == {row.id for row in rows if row.key == "ben"}
    assert (state(outbox), state(outbox, "ben"), state(outbox, "kim")) == ("pending", "sending", "suppressed")
    assert eve


# What came back


def sent(outbox: Outbox) -> int:
    [row] = claim(outbox)
    fence(outbox, [row])
    assert outbox.settle_sent(row.id, row.token, provider_id="m1", channel="email", at=MONDAY)
    return row.id


@pytest.mark.usefixtures("eve")
def test_a_mail_that_came_back_goes_to_slack_once(outbox: Outbox) -> None:
    id = sent(outbox)
    assert outbox.came_back(id, "email", "550 no such user", elsewhere=True)
    assert not outbox.came_back(id, "email", "550 no such user", elsewhere=True)
    [row] = claim(outbox)
    assert (row.channel, row.via, row.provider_id, row.error) == ("slack", ("slack",), "", "550 no such user")
    fence(outbox, [row])
    outbox.settle_sent(row.id, row.token, provider_id="D1/1.1", channel="slack", at=TUESDAY)
    assert not outbox.came_back(id, "email", "550 no such user", elsewhere=True)
    assert state(outbox) == "sent"


@pytest.mark.usefixtures("eve")
def test_a_mail_that_nobody_wants_elsewhere_has_failed_and_the_engine_hears(outbox: Outbox) -> None:
    id = sent(outbox)
    assert outbox.came_back(id, "email", "550 no such user", elsewhere=False)
    assert [(row.state, row.error) for row in outbox.untold(5)] == [("failed", "550 no such user")]


@pytest.mark.usefixtures("eve")
def test_a_report_that_is_faster_than_the_providers_answer_is_not_lost(outbox: Outbox) -> None:
    [row] = claim(outbox)
    fence(outbox, [row])
    assert outbox.came_back(row.id, "email", "550", elsewhere=True)
    assert not outbox.settle_sent(row.id, row.token, provider_id="m1", channel="email", at=MONDAY)
    assert [one.channel for one in claim(outbox)] == ["slack"]


def test_what_a_provider_told_of_a_mail_is_evidence_that_it_has_it(store: Store, outbox: Outbox, eve: str) -> None:
    [row] = claim(outbox)
    fence(outbox, [row])
    hear(store, happened(MailReported, eve, "d", what="delivered", address="eve@example.com", row=row.id + 1))
    assert not outbox.was_reported(row)
    hear(store, happened(MailReported, eve, "e", what="delivered", address="eve@example.com", row=row.id))
    assert outbox.was_reported(row)


# What reports are held against


def test_soft_bounces_are_counted_by_address_from_when_it_was_lifted(store: Store, ana: str) -> None:
    decides(store, bounced(ana, "1", "blocked"), bounced(ana, "2", "blocked", address="old@example.com"))
    decides(store, bounced(ana, "3", "blocked", at=MONDAY + LEASE), bounced(ana, "4", "delivered"))
    asks = MailReports(store.database)
    counted = {address: [one.key for one in some] for (_, address), some in asks.blocked([ana], MONDAY).items()}
    assert counted == {"ana@example.com": ["1", "3"], "old@example.com": ["2"]}
    decides(store, happened(AddressLifted, ana, "l", at=MONDAY, channel="email", address="ana@example.com"))
    assert [one.key for one in asks.blocked([ana], MONDAY)[ana, "ana@example.com"]] == ["3"]


def test_a_mail_is_found_by_its_row_and_a_card_for_the_team_is_not(store: Store, outbox: Outbox, eve: str) -> None:
    hear(store, did(eve, "9"), decide=saying(a_say(eve, "card", to=To("case", "c1", ("#csm",)))))
    rows = {row.key: row.id for row in claim(outbox)}
    asks = MailReports(store.database)
    assert {one.email for one in asks.mails([*rows.values(), 999]).values()} == {"eve@example.com"}
    assert [*asks.mails([*rows.values(), 999])] == [rows["hello"]]


def test_when_they_last_said_whether_they_want_mail_is_known(store: Store, ana: str) -> None:
    decides(store, stops(ana), happened(OptedIn, ana, "i", at=MONDAY + LEASE, channel="all"))
    decides(store, happened(OptedOut, ana, "o", at=TUESDAY, channel="slack"))
    assert MailReports(store.database).last_words([ana, "nobody"]) == {ana: MONDAY + LEASE}


# Their own word, and an address that comes to somebody


def on_an_old_list(store: Store, address: str) -> None:
    Suppressions(store.database).add([Suppression(channel="email", address=address, reason="opt-out", source="old list", at=MONDAY)])


def test_who_opted_out_before_they_joined_is_known_to_and_takes_it_back_themselves(store: Store) -> None:
    on_an_old_list(store, "lea@example.com")
    who = store.identify([("external", "", "u-lea"), ("email", "", "lea@example.com")])
    known = {"name": "Lea", "email": "Lea@Example.com", "consent": True}
    first = handle(
        store,
        PLAYBOOKS,
        [Traits(source="crm", key="t", who=who, at=MONDAY, person=known), Joined(source="crm", key="j", who=who, at=MONDAY)],
        TUESDAY,
    )
    assert len(first) == 2
    assert person(store, who).opted_out == ("email",)
    [said] = Reports(store.database).consent(who)
    assert (said["what"], said["channel"], said["wording"]) == ("stopped", "email", "on a list: old list")
    decides(store, happened(OptedIn, who, "i", channel="email"))
    assert (person(store, who).opted_out, reasons(store)) == ((), {})
    decides(store, happened(Traits, who, "t2", at=TUESDAY, person=known))
    assert person(store, who).opted_out == ()
    assert rebuild(store, PLAYBOOKS, who) == person(store, who)


def test_who_comes_back_to_an_address_that_they_stopped_knows_and_takes_it_back(store: Store, ana: str) -> None:
    decides(store, stops(ana))
    decides(store, happened(Traits, ana, "new", at=TUESDAY, person={"email": "ana.ruiz@example.com"}))
    decides(store, happened(OptedIn, ana, "i", channel="email"))
    assert (person(store, ana).opted_out, reasons(store)) == ((), {ANAS: "opt-out"})
    decides(store, happened(Traits, ana, "old", at=TUESDAY, person={"email": "ana@example.com"}))
    assert person(store, ana).opted_out == ("email",)
    decides(store, happened(OptedIn, ana, "i2", channel="email"))
    assert (person(store, ana).opted_out, reasons(store)) == ((), {})


def test_an_address_that_is_older_news_stops_nothing(store: Store, ana: str) -> None:
    on_an_old_list(store, "older@example.com")
    decides(store, happened(Traits, ana, "late", at=MONDAY - LEASE, person={"email": "older@example.com"}))
    assert (person(store, ana).email, person(store, ana).opted_out) == ("Ana@example.com", ())


@pytest.mark.parametrize("reason", ["bounced", "dropped", "imported", "by_hand"])
def test_nothing_that_a_human_lifts_takes_the_place_of_nobodys_opt_out(store: Store, reason: str) -> None:
    on_an_old_list(store, "zoe@example.com")
    shuts = Suppression(channel="email", address="zoe@example.com", reason=reason, source="sendgrid", at=MONDAY)
    Strays(store.database).keep([Stray(source="sendgrid", key="x1", at=MONDAY, what="bounce", shuts=shuts)])
    Suppressions(store.database).add([shuts])
    assert not Suppressions(store.database).lift("email", "zoe@example.com")
    assert reasons(store) == {("email", "zoe@example.com"): "opt-out"}


def test_a_stronger_reason_stays_in_whatever_order_they_come(store: Store) -> None:
    zoe = Suppression(channel="email", address="zoe@example.com", reason="bounced", source="sendgrid", at=MONDAY)
    for reason in ("imported", "bounced", "by_hand"):
        Suppressions(store.database).add([replace(zoe, reason=reason)])
    assert [*reasons(store).values()] == ["bounced"]
    Suppressions(store.database).add([replace(zoe, reason="complained"), replace(zoe, reason="by_hand")])
    assert [*reasons(store).values()] == ["complained"]


def test_after_it_was_lifted_a_weaker_reason_holds_on_the_list_as_in_the_person(store: Store, ana: str) -> None:
    decides(store, bounced(ana))
    by_hand = happened(AddressShut, ana, "h", channel="email", address="ana@example.com", reason="by_hand", by="Tom")
    decides(store, lifting(ana), by_hand)
    found = is_shut(person(store, ana), "email")
    assert found
    assert (found.reason, reasons(store)) == ("by_hand", {ANAS: "by_hand"})


def test_an_old_address_that_she_stopped_bounces_and_is_still_hers_alone_to_open(store: Store, ana: str) -> None:
    decides(store, stops(ana))
    decides(store, happened(Traits, ana, "new", at=TUESDAY, person={"email": "ana.ruiz@example.com"}))
    decides(store, bounced(ana, "late"))
    assert not Suppressions(store.database).lift(*ANAS)
    assert reasons(store) == {ANAS: "opt-out"}
