"""From pending to sent: in order, once, and honest about what nobody knows."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from sqlite3 import SQLITE_OK, SQLITE_TRANSACTION, Connection

import pytest
from sqlalchemy.event import listen

from flows.decision import Decision, Draw, To
from flows.events import AnyEvent, CsmReplied, OptedOut, Replied, SaysStuck
from flows.people import Case, CaseRef, Subject
from flows.tallies import Needs
from storage.outbox import Outbox, Swept
from storage.reports import Reports
from storage.store import Conflict, Store, open_store
from tests.storage.scenes import LEASE, MONDAY, TUESDAY, Decide, a_say, claim, did, fence, hear, note, person, saying, someone, state

LATER = MONDAY + LEASE


@pytest.fixture
def ana(store: Store) -> str:
    ana = someone(store)
    hear(store, did(ana, "1"), decide=saying(a_say(ana)))
    return ana


def test_a_message_goes_its_way(outbox: Outbox, ana: str) -> None:
    [row] = claim(outbox)
    assert (row.message, row.to, row.channel, row.attempt, row.person) == (
        "welcome",
        To("person", ana, ("slack", "email")),
        "slack",
        1,
        ana,
    )
    assert claim(outbox) == []
    assert fence(outbox, [row]) == {row.id}
    assert outbox.settle_sent(row.id, row.token, provider_id="D1/17.1", channel="slack", at=MONDAY, sent_payload={"blocks": []})
    card = outbox.sent_card(ana)
    assert card
    assert (card.state, card.provider_id, card.sent_at, card.sent_payload) == ("sent", "D1/17.1", MONDAY, {"blocks": []})
    assert claim(outbox, machine=TUESDAY) == []


@pytest.mark.usefixtures("ana")
def test_what_is_not_there_is_nothing_in_the_database_and_no_null_of_json(store: Store) -> None:
    with store.database.read() as connection:
        nothing = "draw IS NULL AND when_sent IS NULL AND sent_payload IS NULL"
        assert connection.exec_driver_sql(f"SELECT count(*), sum(CASE WHEN {nothing} THEN 1 ELSE 0 END) FROM outbox").one() == (1, 1)


def test_one_thing_at_a_time_to_one_person_and_the_oldest_first(store: Store, outbox: Outbox, ana: str) -> None:
    ben = someone(store, "ben")
    hear(store, did(ana, "2"), decide=saying(a_say(ana, "urgent", priority=100)))
    hear(store, did(ben, "3"), decide=saying(a_say(ben, "to ben", priority=5)))
    rows = claim(outbox)
    assert [row.key for row in rows] == ["to ben", "hello"]
    fence(outbox, rows)
    assert claim(outbox) == []
    assert outbox.settle_failed(rows[1].id, rows[1].token, "no such channel")
    assert [row.key for row in claim(outbox)] == ["urgent"]


def test_an_unknown_message_does_not_hold_up_the_next(store: Store, outbox: Outbox, ana: str) -> None:
    hear(store, did(ana, "2"), decide=saying(a_say(ana, "next")))
    [row] = claim(outbox)
    fence(outbox, [row])
    assert outbox.settle_unknown(row.id, row.token, "timed out")
    assert [row.key for row in claim(outbox)] == ["next"]


def test_the_limit_takes_the_most_urgent(store: Store, outbox: Outbox) -> None:
    for n, name in enumerate(["ana", "ben", "eve"]):
        who = someone(store, name)
        hear(store, did(who, name), decide=saying(a_say(who, name, priority=n)))
    assert [row.key for row in claim(outbox, limit=2)] == ["eve", "ben"]


def test_what_waited_too_long_expires(store: Store, outbox: Outbox, ana: str) -> None:
    hear(store, did(ana, "2"), decide=saying(a_say(ana, "day1", expires_at=TUESDAY)))
    [hello] = claim(outbox)
    outbox.settle_failed(hello.id, hello.token, "gone")
    assert claim(outbox, world=TUESDAY) == []
    assert outbox.expire(TUESDAY) == 1
    assert outbox.expire(TUESDAY) == 0
    assert state(outbox, "day1") == "expired"


def test_what_expires_while_it_is_rendered_does_not_pass_the_fence(store: Store, outbox: Outbox) -> None:
    ana = someone(store)
    hear(store, did(ana, "1"), decide=saying(a_say(ana, expires_at=TUESDAY)))
    rows = claim(outbox)
    assert fence(outbox, rows, world=TUESDAY) == set()
    assert outbox.states([rows[0].id]) == {rows[0].id: "expired"}


def test_stopping_before_the_fence_is_obeyed(store: Store, outbox: Outbox, ana: str) -> None:
    rows = claim(outbox)
    stop = OptedOut(source="slack", key="s", who=ana, at=MONDAY, channel="all")
    hear(store, stop, decide=saying(a_say(ana, "stopped", essential=True), opted_out=("all",)))
    assert fence(outbox, rows) == set()
    assert state(outbox) == "suppressed"
    answer = claim(outbox)
    assert [row.key for row in answer] == ["stopped"]
    assert fence(outbox, answer) == {answer[0].id}


def test_stopping_mail_leaves_slack_alone(store: Store, outbox: Outbox, ana: str) -> None:
    stop = OptedOut(source="page", key="s", who=ana, at=MONDAY, channel="email", mouth="page")
    hear(store, stop, decide=saying(opted_out=("email",)))
    [row] = claim(outbox)
    assert fence(outbox, [row]) == {row.id}


def test_the_fence_looks_at_the_channel_it_really_goes_by(store: Store, outbox: Outbox, ana: str) -> None:
    stop = OptedOut(source="page", key="s", who=ana, at=MONDAY, channel="email", mouth="page")
    hear(store, stop, decide=saying(opted_out=("email",)))
    [row] = claim(outbox)
    assert fence(outbox, [replace(row, channel="email")]) == set()


def test_an_address_that_bounced_gets_nothing_not_even_answers(store: Store, outbox: Outbox, ana: str) -> None:
    hear(store, did(ana, "2"), decide=saying(a_say(ana, "answer", essential=True, to=To("person", ana, ("email",)))))
    store.suppress("email", "Ana@Example.com", "bounce", "sendgrid", MONDAY)
    [hello] = claim(outbox)
    outbox.settle_failed(hello.id, hello.token, "gone")
    assert fence(outbox, claim(outbox)) == set()
    assert state(outbox, "answer") == "suppressed"


def test_withdrawn_while_rendered_is_not_sent(store: Store, outbox: Outbox, ana: str) -> None:
    rows = claim(outbox)
    hear(store, did(ana, "2"), decide=saying(withdraw=["hello"]))
    assert fence(outbox, rows) == set()
    assert state(outbox) == "withdrawn"


@pytest.mark.usefixtures("ana")
def test_a_refused_channel_hands_over_to_the_next(outbox: Outbox) -> None:
    [row] = claim(outbox)
    fence(outbox, [row])
    assert outbox.settle_next_channel(row.id, row.token, ("email",), "account_inactive")
    [again] = claim(outbox)
    assert (again.via, again.channel, again.attempt, again.error) == (("email",), "email", 1, "account_inactive")
    with pytest.raises(ValueError, match="no channel"):
        outbox.settle_next_channel(again.id, again.token, ())


@pytest.mark.usefixtures("ana")
def test_a_busy_provider_is_asked_again_later(outbox: Outbox) -> None:
    [row] = claim(outbox)
    fence(outbox, [row])
    assert outbox.settle_retry(row.id, row.token, LATER, "429")
    assert claim(outbox) == []
    [again] = claim(outbox, machine=LATER)
    assert again.attempt == 2


@pytest.mark.usefixtures("ana")
def test_killed_before_the_claim_loses_nothing(store: Store, url: str) -> None:
    assert [row.key for row in claim(reopened(store, url))] == ["hello"]


@pytest.mark.usefixtures("ana")
def test_killed_between_claim_and_fence_it_is_sent_once_by_the_next(store: Store, outbox: Outbox, url: str) -> None:
    [lost] = claim(outbox)
    outbox = reopened(store, url)
    assert outbox.sweep(MONDAY) == Swept(0, 0)
    assert outbox.sweep(LATER) == Swept(requeued=1, unknown=0)
    [row] = claim(outbox, machine=LATER)
    assert fence(outbox, [lost], machine=LATER) == set()
    assert fence(outbox, [row], machine=LATER) == {row.id}


@pytest.mark.usefixtures("ana")
def test_killed_between_fence_and_settling_nobody_knows(store: Store, outbox: Outbox, url: str) -> None:
    rows = claim(outbox)
    fence(outbox, rows)
    outbox = reopened(store, url)
    assert outbox.sweep(LATER) == Swept(requeued=0, unknown=1)
    assert claim(outbox, machine=LATER) == []
    assert [row.key for row in outbox.unknowns(10)] == ["hello"]


@pytest.mark.usefixtures("ana")
def test_killed_after_settling_it_stays_sent(store: Store, outbox: Outbox, url: str) -> None:
    [row] = claim(outbox)
    fence(outbox, [row])
    outbox.settle_sent(row.id, row.token, provider_id="m1", channel="email", at=MONDAY)
    outbox = reopened(store, url)
    assert outbox.sweep(TUESDAY) == Swept(0, 0)
    assert state(outbox) == "sent"


def reopened(store: Store, url: str) -> Outbox:
    store.close()
    return Outbox(open_store(url).database)


@pytest.mark.usefixtures("ana")
def test_a_lease_that_ran_out_does_not_pass_the_fence(outbox: Outbox) -> None:
    rows = claim(outbox)
    assert fence(outbox, rows, machine=LATER) == set()
    assert state(outbox) == "claimed"


@pytest.mark.usefixtures("ana")
def test_a_late_settling_changes_nothing_but_a_late_acceptance_counts(outbox: Outbox) -> None:
    [row] = claim(outbox)
    fence(outbox, [row])
    outbox.sweep(LATER)
    assert outbox.settle_failed(row.id, row.token, "refused") is False
    assert outbox.settle_retry(row.id, row.token, LATER) is False
    assert outbox.settle_sent(row.id, "someone else's", provider_id="m1", channel="email", at=MONDAY) is False
    assert state(outbox) == "unknown"
    assert outbox.settle_sent(row.id, row.token, provider_id="m1", channel="email", at=MONDAY)
    assert state(outbox) == "sent"


@pytest.mark.parametrize(
    ("if_unknown", "found", "becomes"), [("leave", "m1", "sent"), ("leave", None, "unknown"), ("resend", None, "pending")]
)
def test_the_fate_of_the_unknown(store: Store, outbox: Outbox, if_unknown: str, found: str | None, becomes: str) -> None:
    ana = someone(store)
    hear(store, did(ana, "1"), decide=saying(a_say(ana, if_unknown=if_unknown)))
    [row] = claim(outbox)
    fence(outbox, [row])
    outbox.settle_unknown(row.id, row.token)
    assert outbox.resolve_unknown(row.id, found, MONDAY)
    assert state(outbox) == becomes
    assert outbox.unknowns(10) == []


@pytest.mark.usefixtures("ana")
def test_a_human_may_send_an_unknown_message_again(outbox: Outbox) -> None:
    [row] = claim(outbox)
    assert outbox.resend(row.id) is False
    fence(outbox, [row])
    outbox.settle_unknown(row.id, row.token)
    assert outbox.resend(row.id)
    assert [again.key for again in claim(outbox)] == ["hello"]


def test_a_drawing_nobody_knows_about_is_done_again_unless_another_waits(store: Store, outbox: Outbox) -> None:
    ana = someone(store)
    hear(store, did(ana, "1"), decide=lambda s, e, now: replace(note(s, e, now), draws=(Draw("home", ana),)))
    [row] = claim(outbox)
    fence(outbox, [row])
    assert outbox.sweep(LATER) == Swept(requeued=0, unknown=1)
    [again] = claim(outbox, machine=LATER)
    hear(store, did(ana, "2"), decide=lambda s, e, now: replace(note(s, e, now), draws=(Draw("home", ana),)))
    assert outbox.settle_retry(again.id, again.token, MONDAY)
    assert outbox.states([row.id]) == {row.id: "withdrawn"}
    assert len(claim(outbox)) == 1


def test_eight_deliveries_share_the_work_and_nothing_goes_twice(store: Store, outbox: Outbox) -> None:
    who = store.identify_all([[("external", "", str(n))] for n in range(40)])
    hear(store, *(did(one, one) for one in who), decide=lambda s, e, now: saying(a_say(e.who, e.key))(s, e, now))
    with ThreadPoolExecutor(8) as threads:
        taken = [row.key for rows in threads.map(lambda _: claim(outbox, limit=7), range(8)) for row in rows]
    assert sorted(filter(None, taken)) == sorted(who)


def stuck(store: Store) -> tuple[str, Case]:
    ana = someone(store)
    case = Case(
        id=f"{ana}.1", person_id=ana, account_id=None, playbook="smb", escalation="stuck", because="", step="", said="", opened_at=MONDAY
    )
    card = a_say(ana, "card", to=To("case", case.id, ("#csm",)), message="case_card", if_unknown="resend")
    ref = CaseRef(id=case.id, escalation="stuck", opened_at=MONDAY)
    event = SaysStuck(source="slack", key="stuck", who=ana, at=MONDAY, text="It hangs")
    hear(store, event, decide=lambda s, e, now: replace(saying(card, case=ref)(s, e, now), case=case))
    return ana, case


def test_posting_the_card_tells_the_case_where_its_thread_is(store: Store, outbox: Outbox) -> None:
    ana, case = stuck(store)
    under_way = store.load([ana], {}, Needs(), MONDAY)
    [card] = claim(outbox)
    fence(outbox, [card])
    assert outbox.settle_sent(card.id, card.token, provider_id="C9/17.5", channel="slack", at=MONDAY)
    found = outbox.case_by_thread("C9", "17.5")
    assert found
    assert found.id == case.id
    claimed = replace(under_way[ana].case or case, state="claimed")
    event = did(ana, "claimed")
    store.save([(event, replace(note(under_way[ana], event, MONDAY), case=claimed))], under_way, MONDAY)
    found = outbox.case_by_thread("C9", "17.5")
    assert found
    assert (found.state, found.version) == ("claimed", 2)


def test_the_card_is_posted_before_the_words_in_its_thread(store: Store, outbox: Outbox) -> None:
    ana, case = stuck(store)
    said = a_say(ana, "said", to=To("case", case.id, ("#csm",)), message="case_said", priority=100)
    hear(store, Replied(source="slack", key="r", who=ana, at=MONDAY, text="Still hangs"), decide=saying(said))
    assert [row.key for row in claim(outbox)] == ["card"]


def test_the_conversation_is_ours(store: Store, reports: Reports) -> None:
    ana, case = stuck(store)
    hear(store, Replied(source="slack", key="r", who=ana, at=MONDAY, text="Still hangs"))
    reply = CsmReplied(source="slack", key="c", who=ana, at=MONDAY, case=case.id, by="U9", name="Kim", text="Try again")
    hear(store, reply, decide=saying(a_say(ana, "reply", message="csm_reply")))
    hear(store, replace(reply, key="d", name="Lee", text="Kim, look at the logs"))
    told = [(m["who"], m["role"], m["text"], m["sent"]) for m in reports.conversation(case.id)]
    assert told == [
        ("Ana", "customer", "It hangs", True),
        ("Ana", "customer", "Still hangs", True),
        ("Kim", "csm", "Try again", True),
        ("Lee", "note", "Kim, look at the logs", False),
    ]
    assert [one.id for one in reports.cases_open()] == [case.id]


def test_of_two_who_claim_a_case_one_wins(store: Store) -> None:
    ana, _ = stuck(store)
    before = store.load([ana], {}, Needs(), MONDAY)
    assert before[ana].case
    version = person(store, ana).version
    by_kim, by_lee = (did(ana, f"claim by {name}") for name in ("kim", "lee"))
    hear(store, by_kim, decide=claims("Kim"))
    with pytest.raises(Conflict):
        store.save([(by_lee, claims("Lee")(before[ana], by_lee, MONDAY))], before, MONDAY)
    after = store.load([ana], {}, Needs(), MONDAY)[ana]
    assert after.case
    assert (after.case.claimed_name, after.case.version, after.person.version) == ("Kim", 2, version + 1)


def claims(name: str) -> Decide:
    def decide(subject: Subject, event: AnyEvent, now: datetime) -> Decision:
        assert subject.case
        return replace(note(subject, event, now), case=replace(subject.case, claimed_name=name))

    return decide


def test_a_message_that_was_sent_draws_what_waited_for_it(store: Store, outbox: Outbox) -> None:
    ana, tick = someone(store), Draw("tick", "C9/17.6")
    hear(store, did(ana, "1"), decide=saying(a_say(ana, when_sent=tick)))
    [row] = claim(outbox)
    fence(outbox, [row])
    outbox.settle_sent(row.id, row.token, provider_id="D1/1", channel="slack", at=MONDAY)
    assert [row.draw for row in claim(outbox)] == [tick]


def test_the_statements_on_its_way_are_planned_once(store: Store, outbox: Outbox) -> None:
    if not store.database.is_sqlite:
        pytest.skip("PostgreSQL keeps its plans by itself")
    planned: list[int] = []

    def watched(action: int, *_about: str | None) -> int:
        planned.append(action)
        return SQLITE_OK

    def watch(made: Connection, _record: object) -> None:
        made.set_authorizer(watched)

    listen(store.database.engine, "connect", watch)
    store.database.engine.dispose()
    for name in ("ana", "ben", "eve"):
        who = someone(store, name)
        hear(store, did(who, name), decide=saying(a_say(who, name)))
    for _ in range(3):
        planned.clear()
        [row] = claim(outbox, limit=1)
        assert fence(outbox, [row]) == {row.id}
        assert outbox.settle_sent(row.id, row.token, provider_id="D1/17.1", channel="slack", at=MONDAY)
    assert set(planned) <= {SQLITE_TRANSACTION}


def test_what_did_not_arrive_stays_untold_until_the_engine_has_heard(store: Store, outbox: Outbox, ana: str) -> None:
    hear(store, did(ana, "2"), decide=saying(a_say(ana, "next"), a_say("ops", "note", to=To("channel", "#ops"), person="")))
    rows = claim(outbox)
    fence(outbox, rows)
    for row in rows:
        outbox.settle_failed(row.id, row.token, "gone")
    [row] = claim(outbox)
    fence(outbox, [row])
    outbox.settle_unknown(row.id, row.token, "timed out")
    assert [row.key for row in outbox.untold(10)] == ["hello"]
    outbox.resolve_unknown(row.id, None, MONDAY)
    assert [row.key for row in outbox.untold(10)] == ["hello", "next"]
    outbox.mark_told(row.id for row in outbox.untold(10))
    assert outbox.untold(10) == []
    outbox.resend(row.id)
    outbox.expire(TUESDAY)
    [again] = claim(outbox)
    outbox.settle_failed(again.id, again.token, "refused")
    assert [row.key for row in outbox.untold(10)] == ["next"]
