"""What SendGrid reports becomes of mails and of people: signed, once, in any order, and nothing is lost."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from houses import Clocks, House, Post, little_books
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event as happening
from stories import MONDAY, day
from town import Answer, Town, a_town

from bot.email.report_intake import ReportIntake, SoftBounces
from bot.email.reports import read_reports
from bot.email.signatures import SIGNATURE, TIMESTAMP
from bot.main import build
from bot.settings import SettingsError, read_settings
from bot.shelf import Shelf
from bot.world import machine_now
from flows.events import Left, OptedIn, OptedOut, SaysStuck, Traits
from flows.mail import is_shut
from flows.people import Person
from storage.migrate import upgrade
from storage.rebuild import rebuild
from storage.reports import Reports
from storage.suppressions import Suppressions

THEIRS = ec.generate_private_key(ec.SECP256R1())
KEY = base64.b64encode(THEIRS.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
USUAL = SoftBounces(3, timedelta(days=14))
_ids = itertools.count()


def told(event: str, at: datetime = MONDAY, **more: Any) -> dict[str, Any]:
    """One event as SendGrid writes it."""
    return {"email": "ana@acme.test", "timestamp": int(at.timestamp()), "sg_event_id": f"e{next(_ids)}", "event": event} | more


# A house that hears SendGrid


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("empty") / "handrail.db"
    upgrade(f"sqlite:///{file}")
    return file


def a_house(empty: Path, folder: Path) -> House:
    """It prefers mail, and Slack is left."""
    shutil.copy(empty, folder / "handrail.db")
    clocks = Clocks()
    shelf = Shelf(None, little_books(reach="[email, slack]"))
    return House(folder / "handrail.db", clocks, Post("slack", clocks), Post("email", clocks), shelf)


@pytest.fixture
def house(empty: Path, tmp_path: Path) -> Iterator[House]:
    found = a_house(empty, tmp_path)
    yield found
    found.store.close()


@pytest.fixture
def ana(house: House) -> str:
    """She has her welcome, by mail."""
    return moves_in(house)


def moves_in(house: House, name: str = "ana", **more: Any) -> str:
    house.joins(name, **more)
    with house.store.database.write() as connection:
        insert = "INSERT INTO identities (kind, namespace, value, person_id) VALUES ('email', '', ?, ?)"
        connection.exec_driver_sql(insert, (f"{name}@acme.test", name))
    house.settle()
    return name


def hears(house: House, *events: dict[str, Any], rule: SoftBounces = USUAL) -> None:
    """SendGrid reports, and all that follows is done."""
    intake = ReportIntake(house.door, house.outbox, rule)
    intake.take(read_reports(json.dumps(events).encode(), house.clocks.now).reports)
    house.settle()


def about(house: House, message: str = "welcome", who: str = "ana") -> dict[str, str]:
    return {"handrail_id": str(house.row(who, message).id), "email": f"{who}@acme.test"}


def shut(person: Person) -> str:
    found = is_shut(person, "email")
    return found.reason if found else ""


def listed(house: House) -> dict[str, str]:
    return {one.address: one.reason for one in Suppressions(house.store.database).all()}


def heard_of_mail(house: House, who: str) -> list[dict[str, Any]]:
    """What we have kept as told of their mails."""
    return [one["data"] for one in Reports(house.store.database).why(who) if one["kind"] == "MailReported"]


def fate(house: House, message: str = "welcome") -> tuple[str, str]:
    row = house.row("ana", message)
    return row.state, row.channel


# Mails that came back


def test_a_mail_that_bounced_is_said_in_slack_and_the_address_is_shut(house: House, ana: str) -> None:
    hears(house, told("bounce", **about(house), reason="550 no such user"))
    assert fate(house) == ("sent", "slack")
    assert [one.message for one in house.slack.taken] == ["welcome"]
    assert len(house.email.taken) == 1
    assert shut(house.person(ana)) == "bounced"
    assert listed(house) == {"ana@acme.test": "bounced"}
    house.goes_on(day(1))
    assert fate(house, "day1") == ("sent", "slack")


def test_who_has_no_slack_gets_the_budget_back_and_the_reason_is_kept(house: House) -> None:
    ana = moves_in(house, slack=False)
    house.goes_on(day(1))
    assert [one.message for one in house.person(ana).spent] == ["day1"]
    hears(house, told("bounce", day(1), **about(house, "day1"), reason="550 no such user"))
    assert fate(house, "day1") == ("failed", "email")
    assert house.person(ana).spent == ()
    assert house.person(ana).reasons["delivery.day1"] == ("failed", "the mail came back: 550 no such user")


def test_a_mail_refused_for_now_goes_to_slack_too_and_shuts_nothing(house: House, ana: str) -> None:
    hears(house, told("bounce", **about(house), type="blocked", reason="421 try later"))
    assert fate(house) == ("sent", "slack")
    assert (shut(house.person(ana)), listed(house)) == ("", {})


def test_a_bounce_that_comes_again_says_nothing_again(house: House, ana: str) -> None:
    bounce = told("bounce", **about(house))
    for _ in range(3):
        hears(house, bounce)
    hears(house, bounce | {"sg_event_id": "another"})
    assert (len(house.email.taken), len(house.slack.taken)) == (1, 1)
    assert shut(house.person(ana)) == "bounced"


def test_who_left_meanwhile_is_not_followed_into_slack(house: House, ana: str) -> None:
    house.hears(Left, ana)
    hears(house, told("bounce", **about(house)))
    assert fate(house) == ("failed", "email")
    assert [one.message for one in house.slack.taken if one.message == "welcome"] == []


def test_an_answer_follows_them_for_they_wait_for_it(house: House, ana: str) -> None:
    house.hears(SaysStuck, ana, text="invalid host", mouth="email")
    house.settle()
    assert fate(house, "stuck") == ("sent", "email")
    hears(house, told("bounce", **about(house, "stuck")))
    assert fate(house, "stuck") == ("sent", "slack")


def test_a_report_for_a_row_of_another_house_does_nothing_to_ours(house: House, ana: str) -> None:
    """Two deployments may share one account of SendGrid, and count their rows alike."""
    hears(house, told("bounce", handrail_id=about(house)["handrail_id"], email="zoe@elsewhere.test"))
    assert fate(house) == ("sent", "email")
    assert shut(house.person(ana)) == ""
    ben = moves_in(house, "ben", account="other")
    hears(house, told("bounce", handrail_id=about(house)["handrail_id"], email="ben@acme.test"))
    assert (shut(house.person(ben)), shut(house.person(ana)), fate(house)) == ("bounced", "", ("sent", "email"))


# What is evidence


@pytest.mark.parametrize("event", ["processed", "delivered", "open", "click", "spamreport", "deferred"])
def test_whatever_is_told_of_a_mail_says_that_it_arrived_at_the_provider(house: House, event: str) -> None:
    house.email.fates.append("answer lost")
    moves_in(house)
    assert fate(house) == ("unknown", "email")
    hears(house, told(event, **about(house), sg_message_id="m7.filter1"))
    row = house.row("ana", "welcome")
    assert (row.state, row.provider_id, row.sent_at) == ("sent", "m7", MONDAY)


def test_a_bounce_of_a_mail_of_unknown_fate_says_it_in_slack(house: House) -> None:
    house.email.fates.append("answer lost")
    moves_in(house)
    hears(house, told("bounce", **about(house)))
    assert fate(house) == ("sent", "slack")


def test_a_report_that_overtakes_a_dying_process_is_found_later(house: House, ana: str) -> None:
    hears(house, told("delivered", **about(house)))
    with house.store.database.write() as connection:
        connection.exec_driver_sql("UPDATE outbox SET state = 'unknown', looked = 0, sent_at = NULL WHERE message = 'welcome'")
    house.delivery.reconcile()
    assert fate(house) == ("sent", "email")
    assert house.email.searched == []
    assert ana


def test_what_slack_never_took_is_not_sent_because_a_mail_of_it_bounced_before(house: House, ana: str) -> None:
    house.slack.fates.append("lost")
    hears(house, told("bounce", **about(house)))
    assert fate(house) == ("unknown", "slack")
    house.delivery.reconcile()
    assert fate(house) == ("unknown", "slack")
    assert house.slack.searched == [house.row(ana, "welcome").id]


@pytest.mark.parametrize(
    "more", [{}, {"type": "blocked"}, {"event": "dropped", "reason": "Spam Content"}, {"event": "dropped", "reason": "Invalid"}]
)
def test_a_report_that_a_mail_reached_nobody_is_no_evidence_that_it_did(house: House, ana: str, more: dict[str, str]) -> None:
    house.email.taken.clear()
    hears(house, told("bounce", **about(house)) | more)
    with house.store.database.write() as connection:
        connection.exec_driver_sql("UPDATE outbox SET state = 'unknown', looked = 0, channel = 'email' WHERE message = 'welcome'")
    house.delivery.reconcile()
    assert fate(house) == ("unknown", "email")
    assert ana


# Whose it is


def test_a_report_of_another_mail_with_our_number_is_not_of_ours(house: House, ana: str) -> None:
    """Another installation counts its rows alike; what SendGrid calls the mail tells them apart."""
    with house.store.database.write() as connection:
        connection.exec_driver_sql("UPDATE outbox SET provider_id = 'm1' WHERE message = 'welcome'")
    number = about(house)["handrail_id"]
    hears(house, told("open", handrail_id=number, email="tester@staging.test", sg_message_id="m2.filter0"))
    assert [event["what"] for event in heard_of_mail(house, ana)] == []
    hears(house, told("bounce", handrail_id=number, email="ana@acme.test", sg_message_id="m2.filter0"))
    assert (fate(house), shut(house.person(ana))) == (("sent", "email"), "bounced")
    hears(house, told("bounce", **about(house), sg_message_id="m1.filter0"))
    assert fate(house) == ("sent", "slack")


def test_nobody_leaves_or_comes_back_by_the_number_of_a_mail_alone(house: House, ana: str) -> None:
    number = about(house)["handrail_id"]
    hears(
        house, told("unsubscribe", handrail_id=number, email="tester@staging.test"), told("group_unsubscribe", handrail_id=number, email="")
    )
    assert house.person(ana).opted_out == ()
    house.hears(OptedOut, ana, channel="email", mouth="page", wording="Stop")
    house.clocks.passes(timedelta(hours=1))
    hears(house, told("group_resubscribe", house.clocks.now, handrail_id=number, email="tester@staging.test"))
    assert house.person(ana).opted_out == ("email",)


@pytest.mark.parametrize("known_as", ["carl@bücher.test", "Carl@xn--bcher-kva.test"])
@pytest.mark.parametrize("told_as", ["carl@xn--bcher-kva.test", "carl@bücher.test"])
def test_carls_address_is_one_however_its_domain_is_written(house: House, known_as: str, told_as: str) -> None:
    carl = house.joins("carl")
    house.hears(Traits, carl, person={"email": known_as})
    house.settle()
    hears(house, told("bounce", handrail_id=about(house, who="carl")["handrail_id"], email=told_as))
    row = house.row(carl, "welcome")
    assert (row.state, row.channel, shut(house.person(carl))) == ("sent", "slack", "bounced")
    assert listed(house) == {"carl@xn--bcher-kva.test": "bounced"}


def test_carl_is_known_by_his_address_alone_however_its_domain_is_written(house: House) -> None:
    carl = house.joins("carl")
    house.hears(Traits, carl, person={"email": "carl@bücher.test"})
    with house.store.database.write() as connection:
        insert = "INSERT INTO identities (kind, namespace, value, person_id) VALUES ('email', '', ?, ?)"
        connection.exec_driver_sql(insert, ("carl@bücher.test", carl))
    hears(house, told("spamreport", email="carl@xn--bcher-kva.test"))
    assert shut(house.person(carl)) == "complained"


def test_without_a_row_the_address_says_whose_it_is(house: House, ana: str) -> None:
    hears(house, told("spamreport", email="Ana@ACME.test"))
    assert shut(house.person(ana)) == "complained"


def test_what_is_about_nobody_is_kept_once_and_its_address_shut(house: House) -> None:
    zoe = [told(event, email="zoe@elsewhere.test") for event in ("bounce", "open", "teleported", "unsubscribe")]
    hears(house, *zoe)
    hears(house, *zoe)
    with house.store.database.read() as connection:
        kept = connection.exec_driver_sql("SELECT what FROM strays ORDER BY what").scalars().all()
    assert kept == ["bounce", "open", "teleported", "unsubscribe"]
    assert listed(house) == {"zoe@elsewhere.test": "bounced"}


def test_what_has_neither_row_nor_address_is_kept(house: House) -> None:
    hears(house, {"event": "account_status_change", "sg_event_id": "s1"})
    with house.store.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM strays").scalar_one() == 1


def test_an_old_address_that_bounces_is_not_theirs_any_more(house: House, ana: str) -> None:
    row = about(house)
    house.hears(Traits, ana, person={"email": "ana.ruiz@acme.test"})
    hears(house, told("bounce", **row))
    assert shut(house.person(ana)) == ""
    assert listed(house) == {"ana@acme.test": "bounced"}
    assert fate(house) == ("sent", "slack")


# Soft bounces


def blocked(at: datetime, **more: Any) -> dict[str, Any]:
    return told("bounce", at, type="blocked", reason="mailbox full", **{"email": "ana@acme.test", **more})


def test_the_third_refusal_in_two_weeks_is_one_for_good(house: House, ana: str) -> None:
    house.clocks.passes(timedelta(days=20))
    for n, found in ((1, ""), (6, ""), (13, "bounced")):
        hears(house, blocked(day(n)))
        assert shut(house.person(ana)) == found
    kept = house.person(ana).shut["email"]
    assert kept.why == "3 refusals in 14 days, the last: mailbox full"


def test_three_refusals_in_three_weeks_are_none(house: House, ana: str) -> None:
    house.clocks.passes(timedelta(days=25))
    hears(house, *(blocked(day(n)) for n in (1, 10, 22)))
    assert shut(house.person(ana)) == ""


def test_three_in_one_delivery_count_as_three_and_a_repeat_as_none(house: House, ana: str) -> None:
    house.clocks.passes(timedelta(days=3))
    two = [blocked(day(n)) for n in (1, 2)]
    hears(house, *two, *two)
    hears(house, *two)
    assert shut(house.person(ana)) == ""
    hears(house, blocked(day(3)))
    assert shut(house.person(ana)) == "bounced"


def test_one_refusal_told_again_under_new_names_is_one(house: House, ana: str) -> None:
    """SendGrid may give an event another id when it tells it again."""
    house.clocks.passes(timedelta(days=3))
    twice = SoftBounces(2, timedelta(days=14))
    hears(house, *(blocked(day(1), **about(house)) for _ in range(3)), rule=twice)
    for _ in range(3):
        hears(house, blocked(day(1), **about(house)), rule=twice)
    assert shut(house.person(ana)) == ""
    hears(house, blocked(day(2)), rule=twice)
    assert shut(house.person(ana)) == "bounced"


def test_a_rule_of_ones_own_is_obeyed(house: House, ana: str) -> None:
    hears(house, blocked(MONDAY), rule=SoftBounces(1, timedelta(days=1)))
    assert shut(house.person(ana)) == "bounced"


# Unsubscribed there


def test_who_unsubscribes_there_is_opted_out_in_words_and_not_answered(house: House, ana: str) -> None:
    hears(house, told("group_unsubscribe"))
    assert house.person(ana).opted_out == ("email",)
    with house.store.database.read() as connection:
        log = connection.exec_driver_sql("SELECT what, channel, source, wording FROM consent_log").all()
    assert [tuple(row) for row in log] == [("stopped", "email", "email", "unsubscribed at SendGrid")]
    assert {one.message for one in house.email.taken} == {"welcome"}
    hears(house, told("group_resubscribe"))
    assert house.person(ana).opted_out == ()


def test_mail_dropped_for_an_unsubscribed_address_goes_to_slack_and_never_in_circles(house: House, ana: str) -> None:
    hears(house, told("dropped", **about(house), reason="Unsubscribed Address"))
    assert house.person(ana).opted_out == ("email",)
    assert fate(house) == ("sent", "slack")
    assert len(house.email.taken) == 1


def test_an_old_unsubscribing_does_not_undo_what_they_said_since(house: House, ana: str) -> None:
    house.clocks.passes(timedelta(hours=2))
    house.hears(OptedIn, ana, channel="email", mouth="page", wording="Resume")
    hears(house, told("unsubscribe"))
    assert house.person(ana).opted_out == ()
    hears(house, told("unsubscribe", MONDAY + timedelta(hours=2)))
    assert house.person(ana).opted_out == ("email",)


# In any order, as often as it likes


def end_state(empty: Path, deliveries: Sequence[Sequence[dict[str, Any]]], ids: Callable[[House], dict[str, str]]) -> object:
    with TemporaryDirectory() as folder:
        house = a_house(empty, Path(folder))
        moves_in(house)
        for some in deliveries:
            hears(house, *(one | ids(house) for one in some))
        person = house.person("ana")
        assert rebuild(house.store, house.shelf.playbooks(), "ana") == person
        state = (
            shut(person),
            person.opted_out,
            person.last_active,
            listed(house),
            fate(house),
            len(house.email.taken),
            len(house.slack.taken),
        )
        house.store.close()
        return state


WORDS = ("delivered", "open", "click", "bounce", "dropped", "spamreport", "deferred", "teleported", "processed")


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=5, unique=True).flatmap(
        lambda words: st.tuples(st.just(words), st.permutations(words * 2))
    )
)
def test_however_often_and_in_whatever_order_they_come_the_end_is_the_same(empty: Path, given_words: tuple[list[str], list[str]]) -> None:
    words, shuffled = given_words
    events = {word: told(word) for word in words}

    def once(house: House) -> dict[str, str]:
        return about(house)

    together = end_state(empty, [[events[word] for word in words]], once)
    alone = end_state(empty, [[events[word]] for word in shuffled], once)
    assert together == alone


# Over HTTP


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with a_town(tmp_path_factory.mktemp("town"), settings={"SENDGRID_WEBHOOK_PUBLIC_KEY": KEY}) as found:
        yield found


def posts(town: Town, raw: bytes, at: datetime | None = None, **headers: str) -> Answer:
    """SendGrid sends a body, signed."""
    moment = str(int((at or machine_now()).timestamp()))
    signature = base64.b64encode(THEIRS.sign(moment.encode() + raw, ec.ECDSA(SHA256()))).decode()
    signed = {"Content-Type": "application/json", TIMESTAMP: moment, SIGNATURE: signature}
    return town.fetch("POST", "/email/events", raw, signed | headers)


def test_a_bounce_over_http_is_in_why_after_the_answer(town: Town) -> None:
    town.newcomer("Ida")
    [mail] = town.inbox("ida@solo.test")
    now = town.demo.now()
    answer = posts(
        town, json.dumps([told("bounce", now, email=mail.to, handrail_id=mail.custom_args["handrail_id"], reason="550"), 7]).encode()
    )
    assert (answer.status, answer.json) == (200, {"taken": 1, "skipped": 1})
    last = town.why("ida@solo.test")[-1]
    assert (last["kind"], last["data"]["what"], last["data"]["message"]) == ("MailReported", "bounced", "welcome")


def test_a_colleague_reads_it_in_their_story(town: Town) -> None:
    town.newcomer("Eva")
    posts(
        town,
        json.dumps([told("bounce", town.demo.now(), email="eva@solo.test", reason="550"), told("open", email="eva@solo.test")]).encode(),
    )
    found = town.house.reports.find_person("eva@solo.test")
    assert found
    page = town.opens(town.house.links.story(found.id, town.demo.now())).text
    for words in ("what became of a mail: bounced, 550", "what became of a mail: opened", "Not written to", "eva@solo.test (bounced)"):
        assert words in page


def test_every_kind_of_wrong_gets_the_same_answer(town: Town) -> None:
    raw = b"[]"
    wrong = [
        posts(town, raw, **{SIGNATURE: ""}),
        posts(town, raw, **{SIGNATURE: "***"}),
        posts(town, raw, **{SIGNATURE: base64.b64encode(b"no").decode()}),
        posts(town, raw, **{TIMESTAMP: "soon"}),
        posts(town, raw, machine_now() - timedelta(hours=1)),
        posts(town, raw, machine_now() + timedelta(hours=1)),
        town.fetch("POST", "/email/events", raw, {}),
        town.fetch("POST", "/email/events", b"not even json", {}),
    ]
    assert {(one.status, one.text) for one in wrong} == {(401, wrong[0].text)}


def test_more_than_a_megabyte_is_not_read(town: Town) -> None:
    assert posts(town, b"[" + b" " * (1024 * 1024) + b"]").status == 413


def test_what_is_no_json_is_refused_in_words(town: Town) -> None:
    assert (posts(town, b"[").status, posts(town, b"[").json["code"]) == (400, "invalid_request")


def test_without_a_key_there_is_no_such_place(tmp_path: Path) -> None:
    with a_town(tmp_path, settings={"SENDGRID_WEBHOOK_PUBLIC_KEY": None}) as town:
        assert posts(town, b"[]").status == 404


@pytest.mark.parametrize(("name", "value"), [("SENDGRID_WEBHOOK_PUBLIC_KEY", "hello"), ("HANDRAIL_SOFT_BOUNCES", "often")])
def test_a_setting_that_cannot_be_used_is_told_at_the_start(tmp_path: Path, name: str, value: str) -> None:
    given = {"SENDGRID_WEBHOOK_PUBLIC_KEY": KEY, "DATABASE_URL": f"sqlite:///{tmp_path}/h.db"} | {name: value}
    known = {"HANDRAIL_SECRET_KEY": "a secret of at least sixteen", "HANDRAIL_WRITE_KEY": "w"}
    with pytest.raises(SettingsError, match=name):
        build(read_settings(**given, **known))


def test_five_hundred_reports_are_taken_in_a_few_statements(town: Town) -> None:
    counted: list[str] = []
    town.newcomer("Kim")
    engine = town.house.store.database.engine
    happening.listen(engine, "before_cursor_execute", lambda *what: counted.append(what[2]))
    many = [told("delivered", town.demo.now(), email=f"p{n % 7}@nobody.test" if n % 2 else "kim@solo.test") for n in range(500)]
    assert posts(town, json.dumps(many).encode()).json["taken"] == 500
    assert len(counted) < 150


FIELDS = ("event", "email", "timestamp", "sg_event_id", "sg_message_id", "handrail_id", "category", "type", "reason", "useragent", "url")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
EVENT = st.fixed_dictionaries(
    {"event": st.sampled_from(WORDS) | st.text(max_size=5)},
    optional={
        "email": st.sampled_from(["leo@solo.test", "LEO@solo.test", "a\x00b", "\ud800@x"]) | ANYTHING,
        "handrail_id": st.integers() | st.integers(0, 30).map(str) | ANYTHING,
        "sg_event_id": st.text(max_size=3),
        **{name: ANYTHING for name in FIELDS[2:] if name not in ("handrail_id", "sg_event_id")},
    },
)


@settings(max_examples=80, deadline=None)
@given(body=st.lists(EVENT | ANYTHING, max_size=4) | ANYTHING)
def test_no_body_brings_the_app_down(town: Town, body: Any) -> None:
    if town.house.reports.find_person("leo@solo.test") is None:
        town.newcomer("Leo")
    assert posts(town, json.dumps(body).encode()).status == 200
