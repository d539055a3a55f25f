"""What /metrics tells, and to whom."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from town import Answer, Town, a_town

from bot.measuring import LATE, Measures, Spread
from bot.settings import SettingsError, read_settings, require_running
from bot.web.side_door import SideDoor
from bot.web.timing import surface_of
from bot.web.wire import Line
from storage.standing import MOST

TOKEN = "a-token-for-prometheus"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with a_town(tmp_path_factory.mktemp("town")) as found:
        yield found


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town whose numbers are for bearers of a token."""
    with a_town(tmp_path_factory.mktemp("guarded"), settings={"metrics_token": TOKEN}) as found:
        yield found


def numbers(town: Town) -> dict[str, float]:
    """Every sample by its name and labels."""
    answer = town.fetch("GET", "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return samples(answer.text)


def samples(text: str) -> dict[str, float]:
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_a_message_is_counted_with_its_channel_its_fate_and_how_late_it_was(town: Town):
    before = numbers(town)
    town.newcomer("Ben")
    after = numbers(town)
    sent, late = "handrail_messages_total{channel=email,fate=sent}", "handrail_lateness_seconds_count{channel=email}"
    assert after[sent] == before.get(sent, 0) + 1
    assert after[late] == before.get(late, 0) + 1
    assert after["handrail_render_seconds_count"] > before["handrail_render_seconds_count"]
    assert after["handrail_call_seconds_count{channel=email}"] >= 1
    assert after["handrail_events_decided_total"] > before["handrail_events_decided_total"]
    assert after["handrail_ack_seconds_count{surface=ingest}"] > before.get("handrail_ack_seconds_count{surface=ingest}", 0)


def test_a_provider_that_has_enough_of_us_is_counted(town: Town):
    town.workspace.faults.next("mail.send", "rate_limited")
    town.newcomer("Lia")
    assert numbers(town)["handrail_provider_busy_total{kind=email}"] == 1
    town.workspace.faults.clear()


def test_what_waits_is_told_with_its_age(town: Town):
    town.acts.say("U_ANA", "what's next?")
    town.demo.clock.set(town.demo.now() + timedelta(minutes=3))
    found = numbers(town)
    assert found["handrail_outbox_rows{state=pending}"] >= 1
    assert found["handrail_outbox_oldest_seconds"] >= 180
    assert found["handrail_outbox_oldest_untried_seconds"] >= 180
    town.settle()
    assert numbers(town)["handrail_outbox_oldest_untried_seconds"] == 0
    assert numbers(town)["handrail_database_up"] == 1


def test_somebody_whose_moment_has_come_is_told_with_how_late_it_is(town: Town):
    town.demo.clock.set(town.demo.now() + timedelta(days=2))
    found = numbers(town)
    assert found["handrail_people_due"] >= 1
    assert found["handrail_wake_oldest_seconds"] > 3600
    town.settle()
    assert numbers(town)["handrail_people_due"] == 0
    assert numbers(town)["handrail_clock_age_seconds"] < 60


def test_a_database_that_does_not_answer_is_a_number_too(town: Town, monkeypatch: pytest.MonkeyPatch):
    def gone(*_: object) -> None:
        raise OSError("disk I/O error")

    monkeypatch.setattr("bot.figures.standing", gone)
    found = numbers(town)
    assert found["handrail_database_up"] == 0
    assert "handrail_people_due" not in found
    assert found["handrail_events_decided_total"] > 0


def test_labels_name_nobody(town: Town):
    town.newcomer("Zyxwvut", in_slack=True)
    text = town.fetch("GET", "/metrics").text.lower()
    for word in ("zyxwvut", "ana", "acme", "t_playground", "u_ana", "@"):
        assert word not in text.replace("handrail_", "")


def test_from_this_machine_they_are_read_without_a_token_and_through_a_proxy_not(town: Town):
    assert town.fetch("GET", "/metrics").status == 200
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        assert_no_such_page(town.fetch("GET", "/metrics", headers={name: "203.0.113.7"}), town)


def test_with_a_token_only_its_bearer_reads_and_every_kind_of_wrong_is_answered_alike(guarded: Town):
    assert guarded.fetch("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status == 200
    wrong = ["", f"Bearer {TOKEN}x", "Bearer", f"Basic {TOKEN}", TOKEN, "Bearer \xfcber", f"Bearer {TOKEN} {TOKEN}"]
    for given in wrong:
        assert_no_such_page(guarded.fetch("GET", "/metrics", headers={"Authorization": given} if given else {}), guarded)


def assert_no_such_page(answer: Answer, town: Town) -> None:
    nowhere = town.fetch("GET", "/no-such-page")
    assert (answer.status, answer.text, answer.headers.keys()) == (404, nowhere.text, nowhere.headers.keys())


def test_a_token_that_could_be_guessed_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HANDRAIL_METRICS_TOKEN", "short")
    with pytest.raises(SettingsError, match="HANDRAIL_METRICS_TOKEN"):
        require_running(read_settings(_env_file=None))


def test_a_process_without_a_web_app_is_scraped_and_probed_at_a_port_of_its_own(town: Town):
    door = SideDoor(town.house.watched, "127.0.0.1", 0)
    door.open()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{door.port}/metrics", timeout=5) as answer:
            assert "handrail_database_up" in samples(answer.read().decode())
        with urllib.request.urlopen(f"http://127.0.0.1:{door.port}/healthz", timeout=5) as answer:
            assert answer.status == 200
        with pytest.raises(urllib.error.HTTPError, match="503"):
            urllib.request.urlopen(f"http://127.0.0.1:{door.port}/readyz", timeout=5)
    finally:
        door.close()


def test_a_port_that_is_taken_ends_nothing(tmp_path: Path, town: Town, caplog: pytest.LogCaptureFixture):
    first = SideDoor(town.house.watched, "127.0.0.1", 0)
    with a_town(tmp_path, settings={"metrics_port": first.port}) as second:
        second.house.start("count")
        assert f"HANDRAIL_METRICS_PORT {first.port}" in caplog.text
    first.close()


def test_two_houses_in_one_process_count_for_themselves(town: Town, guarded: Town):
    town.newcomer("Mia")
    theirs = samples(guarded.fetch("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text)
    assert theirs["handrail_events_decided_total"] < numbers(town)["handrail_events_decided_total"]


def test_what_took_exactly_so_long_is_within_the_bound():
    spread = Spread((1.0, 2.0))
    for seconds in (0.5, 1.0, 1.5, 9.0):
        spread.add(seconds)
    assert spread.told() == ([("1.0", 2.0), ("2.0", 3.0), ("+Inf", 4.0)], 12.0)
    assert 60.0 in LATE


def test_what_was_counted_is_given_once_for_others_to_read():
    measures = Measures()
    measures.settled("email", "sent", 0.25)
    measures.settled("email", "sent", 1.5)
    measures.refused("slack:T1/ACME")
    email, slack = measures.fresh()
    assert (email.channel, email.fate, email.n, email.late_n, email.late_ms, email.late_most_ms) == ("email", "sent", 2, 2, 1750, 1500)
    assert (slack.channel, slack.fate, slack.n, slack.late_n) == ("slack", "busy", 1, 0)
    assert measures.fresh() == []


@pytest.mark.parametrize(
    ("path", "surface"),
    [
        ("/slack/events", "slack"),
        ("/v1/track", "ingest"),
        ("/batch", "ingest"),
        ("/capture/", "ingest"),
        ("/e", "ingest"),
        ("/2/httpapi", "ingest"),
        ("/v1/openapi.json", "pages"),
        ("/v1/hooks/stripe", "hooks"),
        ("/email/events", "mail_reports"),
        ("/p/secret-token", "pages"),
        ("/metrics", ""),
    ],
)
def test_surfaces_are_named_by_what_they_are_and_never_by_their_address(path: str, surface: str):
    assert surface_of(path) == surface


def test_a_line_to_the_side_door_on_which_nothing_is_said_is_hung_up(town: Town, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Line, "head_within", 0.2)
    door = SideDoor(town.house.watched, "127.0.0.1", 0)
    door.open()
    try:
        with socket.create_connection(("127.0.0.1", door.port), timeout=5) as line:
            line.sendall(b"GET / HT")
            assert line.recv(100) == b""
    finally:
        door.close()


def test_nobody_counts_for_ever():
    assert MOST == 100_000
