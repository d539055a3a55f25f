"""Waking, undecided events, chores, reports and the proof that everything is in the events."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from flows.decide import decide
from flows.decision import Decision
from flows.events import AnyEvent, OptedOut, SaysStuck, Tick
from flows.library import Playbooks
from flows.people import Subject
from storage.chores import Chores
from storage.outbox import Outbox
from storage.rebuild import rebuild
from storage.reports import Reports
from storage.store import Store
from tests.storage.scenes import MONDAY, TUESDAY, a_journey, a_say, claim, did, hear, joined, note, person, saying, someone, told
from tests.stories import a_playbook


def test_who_is_due_longest_first(store: Store) -> None:
    late, later = someone(store, "ana", wake_at=MONDAY), someone(store, "ben", wake_at=MONDAY - timedelta(hours=1))
    someone(store, "eve", wake_at=TUESDAY)
    someone(store, "dan", wake_at=None)
    assert store.due(MONDAY) == [later, late]
    assert store.due(MONDAY, limit=1) == [later]


def test_the_next_moment_is_a_waking_or_a_message(store: Store) -> None:
    assert store.next_due() is None
    ana = someone(store, wake_at=TUESDAY)
    assert store.next_due() == TUESDAY
    hear(store, did(ana, "1"), decide=saying(a_say(ana), wake_at=TUESDAY))
    assert store.next_due() == MONDAY


def test_a_changed_playbook_wakes_its_journeys_within_the_span(store: Store) -> None:
    until = MONDAY + timedelta(minutes=10)
    mine = [someone(store, f"p{n}", wake_at=TUESDAY) for n in range(12)]
    for who in mine:
        hear(store, did(who, who), decide=saying(journey=a_journey(who), wake_at=TUESDAY))
    early, over, other = (someone(store, name, wake_at=MONDAY - timedelta(hours=1)) for name in ("early", "over", "other"))
    hear(store, did(early, "e"), decide=saying(journey=a_journey(early)))
    hear(store, did(over, "o"), decide=saying(journey=a_journey(over, ended_at=MONDAY), wake_at=None))
    hear(store, did(other, "x"), decide=saying(journey=a_journey(other, playbook="other"), wake_at=TUESDAY))
    assert store.wake("smb", MONDAY, until) == 13
    moments = [person(store, who).wake_at for who in mine]
    assert all(at and MONDAY <= at < until for at in moments)
    assert len(set(moments)) > 6
    assert [person(store, who).wake_at for who in (early, over, other)] == [MONDAY - timedelta(hours=1), None, TUESDAY]
    assert [person(store, who).version for who in (mine[0], over, other)] == [3, 2, 2]


def test_an_event_that_cannot_be_decided_is_kept_and_tried_again(store: Store, reports: Reports) -> None:
    ana, event = someone(store), did("", "broken")
    event = replace(event, who=ana)
    machine = datetime.now(MONDAY.tzinfo) + timedelta(minutes=1)
    assert store.save_undecided(event, "KeyError: plan", raw="{}") == 1
    assert store.known([event]) == set()
    assert store.undecided(10, machine) == [event]
    assert store.undecided(10, machine - timedelta(hours=1)) == []
    assert store.save_undecided(event, "KeyError: plan") == 2
    assert reports.health(MONDAY).undecided == 1
    hear(store, event)
    assert store.undecided(10, machine) == []
    assert store.known([event]) == {("product", "broken")}
    assert store.save_undecided(event, "too late") == 0
    assert reports.why(ana)[-1]["error"] == ""


def test_after_five_failures_an_event_is_parked_but_a_repeat_decides_it(store: Store, reports: Reports) -> None:
    ana = someone(store)
    event = did(ana, "broken")
    assert [store.save_undecided(event, "KeyError: plan") for _ in range(5)] == [1, 2, 3, 4, 5]
    assert store.undecided(10, TUESDAY + timedelta(days=9999)) == []
    assert (reports.health(MONDAY).undecided, reports.health(MONDAY).parked) == (0, 1)
    hear(store, event)
    assert reports.health(MONDAY).parked == 0


def test_a_late_decision_stands_where_it_was_taken(store: Store, reports: Reports) -> None:
    ana = someone(store)
    broken = did(ana, "broken")
    store.save_undecided(broken, "KeyError: plan", raw="the body")
    hear(store, did(ana, "after"))
    hear(store, broken)
    assert [event["key"] for event in reports.why(ana)][1:] == ["after", "broken"]
    with store.database.read() as connection:
        assert connection.exec_driver_sql("SELECT raw FROM events WHERE key = 'broken'").scalar() == "the body"


def test_someone_whose_waking_fails_does_not_hold_up_the_clock(store: Store) -> None:
    ana = someone(store, wake_at=MONDAY)
    store.save_undecided(Tick(source="clock", key="t", who=ana, at=MONDAY), "KeyError: plan")
    assert store.due(MONDAY) == []
    assert store.due(TUESDAY) == [ana]


def test_an_event_about_someone_new_can_be_undecided_too(store: Store) -> None:
    assert store.save_undecided(joined("newcomer"), "KeyError: plan") == 1


def test_a_chore_is_done_by_one(store: Store) -> None:
    chores = Chores(store.database)
    chores.plan("weekly report", MONDAY)
    chores.plan("weekly report", TUESDAY)
    assert chores.due(MONDAY) == [("weekly report", MONDAY)]
    following = MONDAY + timedelta(days=7)
    assert [chores.advance("weekly report", MONDAY, following, MONDAY) for _ in range(2)] == [True, False]
    assert chores.due(TUESDAY) == []


def test_a_chore_that_a_wrong_clock_took_is_due_again_for_a_right_one(store: Store) -> None:
    wrong = MONDAY + timedelta(days=400)
    chores = Chores(store.database)
    chores.plan("report", MONDAY)
    chores.beat("tick", wrong)
    assert chores.advance("report", MONDAY, wrong + timedelta(days=1), wrong)
    ((name, moved),) = chores.due(TUESDAY)
    assert (name, moved) == ("report", wrong + timedelta(days=1))
    assert chores.advance("report", moved, TUESDAY + timedelta(days=1), TUESDAY)
    assert chores.due(TUESDAY) == []
    assert chores.due(TUESDAY - timedelta(minutes=1)) == []  # clocks are never quite the same


def test_the_health_page_knows_how_the_house_is(store: Store, reports: Reports, outbox: Outbox) -> None:
    ana = someone(store, wake_at=MONDAY)
    hear(store, did(ana, "1"), decide=saying(a_say(ana)))
    Chores(store.database).beat("tick", MONDAY)
    health = reports.health(TUESDAY)
    assert (health.last_tick, health.oldest_wake, health.oldest_pending, health.pending) == (MONDAY, MONDAY, MONDAY, 1)
    [row] = claim(outbox)
    outbox.fence([row], row.token, MONDAY, MONDAY)
    outbox.settle_unknown(row.id, row.token)
    assert (reports.health(TUESDAY).pending, reports.health(TUESDAY).unknown) == (0, 1)


def test_why_tells_the_whole_story(store: Store, reports: Reports) -> None:
    ana = someone(store)
    hear(store, did(ana, "1", n=3), decide=saying(a_say(ana)))
    event = reports.why(ana)[-1]
    assert (event["kind"], event["name"], event["data"]["properties"]) == ("ProductEvent", "report_created", {"n": 3})
    assert event["reasons"] == [{"rule": "welcome", "result": "said", "because": "it was time"}]
    assert [(m["message"], m["state"]) for m in event["messages"]] == [("welcome", "pending")]


def test_decisions_can_be_followed_as_they_are_taken(store: Store, reports: Reports) -> None:
    ana = someone(store)
    hear(store, did(ana, "1"), decide=saying(a_say(ana)))
    [first] = reports.decisions_after(0, 10)
    assert (first["name"], first["kind"], first["says"]) == ("Ana", "ProductEvent", ["hello"])
    assert reports.decisions_after(first["id"], 10) == []


def test_the_list_of_people_says_where_they_stand(store: Store, reports: Reports) -> None:
    ana = someone(store, wake_at=TUESDAY)
    [row] = reports.people_list()
    assert (row["id"], row["name"], row["external_id"], row["wake_at"]) == (ana, "Ana", "u-ana", TUESDAY.isoformat())


def engine(_: Playbooks, subject: Subject, event: AnyEvent, now: datetime) -> Decision:
    """A decision that rests on everything: the account, the counts, the order and the clock."""
    noted = note(subject, event, now)
    seen = (*noted.person.past, f"{sum(t.n for t in noted.activity.values())}:{noted.account.traits if noted.account else ''}:{now:%H%M}")
    return replace(noted, person=replace(noted.person, past=seen, wake_at=now + timedelta(days=1)))


def hear_all(store: Store, *events: AnyEvent, now: datetime = MONDAY) -> None:
    hear(store, *events, decide=lambda s, e, at: engine(Playbooks({}), s, e, at), now=now)


def test_a_person_is_rebuilt_from_the_events(store: Store) -> None:
    ana, ben = (store.identify([("external", "", name)]) for name in ("ana", "ben"))
    acme = store.account_for("external", "acme")
    broken = did(ana, "broken")
    hear_all(store, joined(ana), joined(ben))
    hear_all(store, told(ana, "a1", acme, plan="free"), told(ben, "b1", acme))
    store.save_undecided(broken, "KeyError: plan")
    hear_all(store, did(ana, "2"), did(ben, "3"), now=MONDAY + timedelta(hours=1))
    hear_all(store, broken, now=MONDAY + timedelta(hours=2))
    hear_all(store, told(ben, "b2", acme, plan="team"), now=MONDAY + timedelta(hours=3))
    assert person(store, ana).wake_at == MONDAY + timedelta(hours=3)
    assert rebuild(store, Playbooks({}), ana, decide=engine) == person(store, ana)
    assert rebuild(store, Playbooks({}), ben, decide=engine) == person(store, ben)


def test_three_weeks_with_the_real_engine_are_rebuilt(store: Store) -> None:
    playbooks, now = a_playbook(), MONDAY
    ana, ben = (store.identify([("external", "", name)]) for name in ("ana", "ben"))
    acme = store.account_for("external", "acme")
    days: dict[int, list[AnyEvent]] = {
        0: [joined(ana), joined(ben), told(ana, "a", acme, plan="free"), told(ben, "b", acme)],
        1: [did(ana, "1", "source.connected"), did(ben, "2", "page.viewed")],
        3: [SaysStuck(source="slack", key="3", who=ben, at=MONDAY, text="It hangs"), told(ana, "4", acme, plan="team")],
        4: [did(ben, "5", "report.created"), OptedOut(source="slack", key="6", who=ben, at=MONDAY, channel="email", wording="stop mail")],
        9: [did(ana, "7", "report.created"), did(ana, "8", "member.invited")],
    }
    for day in range(21):
        now = MONDAY + timedelta(days=day, minutes=day)
        ticks = [Tick(source="clock", key=f"{who}@{day}", who=who, at=now) for who in store.due(now)]
        events = [*ticks, *(replace(event, at=now) for event in days.get(day, []))]
        if events:
            hear(store, *events, decide=lambda s, e, at: decide(playbooks, s, e, at), now=now, signals=playbooks.needs)
    for who in (ana, ben):
        saved = person(store, who)
        assert saved.journey
        assert len(saved.journey.sent) > 1
        assert rebuild(store, playbooks, who) == saved


def test_nobody_cannot_be_rebuilt(store: Store) -> None:
    with pytest.raises(KeyError):
        rebuild(store, Playbooks({}), "nobody", decide=engine)
