"""Mail in both directions: what the playground's SendGrid tells the app, and what people write back."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from by_mail import replies_by_mail, reports_arrive
from PIL import Image
from town import Town, a_town

from bot.email.inbound_form import read_form
from bot.email.parsing import parse_mail
from bot.email.reading import read_reply
from bot.email.signatures import Signatures
from bot.playground.mail_account import MailAccount
from bot.playground.mail_reports import Pump
from bot.playground.post import Refused
from bot.playground.values import Mail

REPLY = "reply+abc@reply.vendor.test"
ROW = {"handrail_id": "42"}


class Headers(dict[str, str]):
    """A request's headers, which ignore case."""

    def get(self, name: str, default: Any = "") -> Any:
        return super().get(name.lower(), default)


@pytest.fixture
def two_way(stage: Any) -> Iterator[Any]:
    """An app that takes reports and answers."""
    stage.world.account = MailAccount(reports=True, reply_domain="reply.vendor.test", inbound_secret="the-secret-of-the-door")
    yield stage
    stage.world.account = MailAccount()


def a_mail(**changes: Any) -> dict[str, Any]:
    return {
        "personalizations": [{"to": [{"email": "ana@acme.test", "name": "Ana"}]}],
        "from": {"email": "hello@vendor.test", "name": "Handrail"},
        "subject": "Your first report",
        "content": [{"type": "text/plain", "value": "Hi Ana"}, {"type": "text/html", "value": "<p>Hi Ana</p>"}],
    } | changes


def arrives(stage: Any, **changes: Any) -> Mail:
    named = {"headers": {"Message-ID": "<first@vendor.test>"}, "reply_to": {"email": REPLY}, "custom_args": ROW}
    stage.mail.send(a_mail(**(named | changes)))
    mail: Mail = stage.world.inbox("ana@acme.test")[-1]
    return mail


def told(stage: Any) -> list[list[dict[str, Any]]]:
    """The batches of reports that the app got, each with a signature that holds."""
    batches = []
    for path, heard in stage.tracked:
        if path == "/email/events":
            headers, raw = heard
            assert Signatures(stage.world.account.public_key).hold(Headers(headers), raw)
            batches.append(json.loads(raw))
    return batches


def fates(batch: list[dict[str, Any]]) -> list[str]:
    return [each["event"] for each in batch]


def test_sendgrid_tells_that_a_mail_was_delivered_and_opened_once(two_way: Any) -> None:
    mail = arrives(two_way)
    for _ in range(2):
        assert two_way.http(f"/playground/api/mail/{mail.id}")[0] == 200
    two_way.acts.tell_reports()
    [batch] = told(two_way)
    assert fates(batch) == ["processed", "delivered", "open"]
    assert {each["handrail_id"] for each in batch} == {"42"}
    assert {(each["email"], each["timestamp"], each["smtp-id"]) for each in batch} == {
        ("ana@acme.test", int(two_way.desk.time.timestamp()), "<first@vendor.test>")
    }
    assert len({each["sg_event_id"] for each in batch}) == 3
    assert all(each["sg_message_id"].startswith(f"{mail.message_id}.") for each in batch)


def test_whoever_reads_the_text_loads_no_picture_and_is_not_seen_opening(two_way: Any) -> None:
    mail = arrives(two_way)
    two_way.http(f"/playground/api/mail/{mail.id}?form=text")
    assert fates(list(two_way.world.reports.waiting)) == ["processed", "delivered"]


def test_a_report_whose_answer_got_lost_comes_again_with_the_same_id(two_way: Any) -> None:
    arrives(two_way)
    two_way.world.faults.next("mail.events", "lost_answer")
    two_way.acts.tell_reports()
    first, second = told(two_way)
    assert first == second


def test_reports_come_late_twice_and_in_another_order_when_a_test_says_so(two_way: Any) -> None:
    arrives(two_way)
    two_way.acts.tell_reports(1, 0, 1)
    assert [fates(batch) for batch in told(two_way)] == [["delivered", "processed", "delivered"]]


def test_an_app_that_never_takes_reports_is_given_up(two_way: Any) -> None:
    arrives(two_way)
    two_way.world.faults.always("mail.events", "reset")
    with pytest.raises(Refused):
        two_way.acts.tell_reports()
    assert told(two_way) == []


def test_the_pump_tells_by_itself(two_way: Any) -> None:
    pump = Pump(two_way.world.reports, lambda batch: two_way.acts.post.mail_reports(two_way.world.account, batch))
    pump.start()
    arrives(two_way)
    two_way.eventually(lambda: sum(len(batch) for batch in told(two_way)) == 2)
    pump.stop()


@pytest.mark.parametrize(
    ("how", "reason"), [("bounce", "Bounced Address"), ("spamreport", "Spam Reporting Address"), ("unsubscribe", "Unsubscribed Address")]
)
def test_an_address_that_turned_mail_away_gets_no_more_until_it_is_let_through(two_way: Any, how: str, reason: str) -> None:
    mail = arrives(two_way)
    assert two_way.api("turn_mail_away", {"mail": mail.id, "how": how}) == {"ok": True}
    assert two_way.api("state")["mail_shut"] == how
    two_way.mail.send(a_mail(subject="Again"))
    *_, turned_away, dropped = two_way.world.reports.waiting
    assert (turned_away["event"], dropped["event"], dropped["reason"]) == (how, "dropped", reason)
    assert [got.subject for got in two_way.world.inbox("ana@acme.test")] == ["Your first report"]
    assert two_way.api("let_mail_through", {"email": "ana@acme.test"}) == {"ok": True}
    two_way.mail.send(a_mail(subject="Once more"))
    assert two_way.world.inbox("ana@acme.test")[-1].subject == "Once more"
    assert two_way.api("state")["mail_shut"] is None


def handed_over(stage: Any) -> tuple[str, Mapping[str, str], bytes]:
    [(path, (headers, raw))] = [(path, heard) for path, heard in stage.tracked if path.startswith("/email/inbound/")]
    return path, headers, raw


def test_what_ana_answers_comes_in_as_a_raw_mail_with_its_envelope(two_way: Any) -> None:
    mail = arrives(two_way)
    answer = {"mail": mail.id, "text": "done\n\nGrüße", "files": [{"name": "Bild ü.png", "content": "UE5H"}]}
    assert two_way.api("answer_mail", answer) == {"ok": True}
    path, headers, raw = handed_over(two_way)
    posted = read_form(raw, headers["content-type"])
    came = parse_mail(posted.raw, return_path=posted.return_path)
    reply = read_reply(came.text)
    assert path == "/email/inbound/the-secret-of-the-door"
    assert (posted.recipients, posted.return_path) == ((REPLY,), "ana@acme.test")
    assert (came.sender, came.subject, came.verdict) == ("ana@acme.test", "Re: Your first report", "")
    assert (reply.first_line, reply.text, reply.quoted) == ("done", "done\n\nGrüße", True)
    assert b"In-Reply-To: <first@vendor.test>" in posted.raw
    assert [(part.name, part.mimetype, part.content) for part in came.attachments] == [("Bild ü.png", "image/png", b"PNG")]


def test_what_ana_wrote_stands_in_her_inbox(two_way: Any) -> None:
    two_way.acts.answer_mail(arrives(two_way).id, "done", [("shot.png", b"PNG")])
    mine, got = two_way.api("state")["inbox"]
    assert (mine["mine"], mine["answerable"], mine["subject"], mine["preheader"]) == (True, False, "Re: Your first report", "done")
    assert (got["mine"], got["answerable"]) == (False, True)
    assert two_way.http(mine["files"][0]["url"]) == (200, "PNG")
    assert two_way.http(f"/playground/api/mail/{mine['id']}") == (200, "done")
    assert two_way.http(f"/playground/api/mail/{mine['id']}/7")[0] == 404


def test_files_that_came_with_a_mail_can_be_saved(two_way: Any) -> None:
    arrives(two_way, attachments=[{"content": "QkVHSU46VkNBTEVOREFS", "type": "text/calendar", "filename": "invite.ics"}])
    [got] = two_way.api("state")["inbox"]
    assert [file["name"] for file in got["files"]] == ["invite.ics"]
    assert two_way.http(got["files"][0]["url"]) == (200, "BEGIN:VCALENDAR")


def test_an_answer_that_nobody_takes_is_told_so_in_words(two_way: Any) -> None:
    elsewhere = arrives(two_way, reply_to={"email": "hello@elsewhere.test"})
    assert two_way.api("answer_mail", {"mail": elsewhere.id, "text": "done"})["error"] == "Nobody takes mail at elsewhere.test."
    assert two_way.api("answer_mail", {"mail": arrives(two_way).id, "text": " "})["error"] == "There is nothing in it yet."
    assert two_way.api("answer_mail", {"mail": "gone", "text": "done"})["error"] == "This mail is gone."
    assert two_way.api("turn_mail_away", {"mail": elsewhere.id, "how": "eaten"})["ok"] is False


def test_an_app_that_is_set_up_for_no_mail_hears_nothing(stage: Any) -> None:
    mail = arrives(stage)
    stage.acts.open_mail(mail.id)
    assert not stage.world.reports.waiting
    assert stage.api("state")["inbox"][0]["answerable"] is False


# With the app itself


@pytest.fixture(scope="module")
def mail_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with a_town(tmp_path_factory.mktemp("town")) as found:
        yield found


def somebody(town: Town, name: str) -> str:
    """Signs up, has no Slack, and got a first mail; their address."""
    town.newcomer(name, company={"id": name, "name": f"{name} Ltd", "employees": 20})
    return f"{name.lower()}@solo.test"


def heard(town: Town, email: str, source: str) -> list[dict[str, Any]]:
    return [event for event in town.why(email) if event["source"] == source]


def test_noa_ticks_her_step_by_answering_and_the_app_knows_that_she_got_the_mail(mail_town: Town) -> None:
    noa = somebody(mail_town, "Noa")
    reports_arrive(mail_town)
    replies_by_mail(mail_town, noa, "done")
    assert "delivered" in [event["data"]["what"] for event in heard(mail_town, noa, "sendgrid")]
    assert [event["kind"] for event in heard(mail_town, noa, "mail")] == ["StepDone"]
    assert len(mail_town.inbox(noa)) == 2


def test_reports_that_come_twice_and_in_the_wrong_order_are_each_heard_once(mail_town: Town) -> None:
    reports_arrive(mail_town)
    pia = somebody(mail_town, "Pia")
    reports_arrive(mail_town, 1, 0, 1, 0)
    assert sorted(event["data"]["name"] for event in heard(mail_town, pia, "sendgrid")) == ["delivered", "processed"]


def test_the_picture_that_uli_mails_stands_in_the_teams_thread(mail_town: Town) -> None:
    uli = somebody(mail_town, "Uli")
    drawn = io.BytesIO()
    Image.new("RGB", (400, 200), (200, 0, 0)).save(drawn, "JPEG", comment=b"where Uli lives")
    replies_by_mail(mail_town, uli, "stuck\nThe button is grey.", files=[("what I see.jpg", drawn.getvalue())])
    [shared] = [mail_town.workspace.file(one) for message in mail_town.thread() for one in message.files]
    assert shared is not None
    assert b"where Uli lives" not in shared.data


def test_who_bounces_gets_no_more_mail(mail_town: Town) -> None:
    eli = somebody(mail_town, "Eli")
    mail_town.acts.turn_away(mail_town.inbox(eli)[-1].id, "bounce")
    reports_arrive(mail_town)
    got = len(mail_town.inbox(eli))
    mail_town.days(3)
    assert len(mail_town.inbox(eli)) == got
    found = mail_town.house.reports.find_person(eli)
    assert found is not None
    assert "email" in found.shut
