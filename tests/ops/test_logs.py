"""What Handrail writes down while it works: the way of one event can be followed, and nobody's life can be read."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from hashlib import blake2s
from pathlib import Path
from typing import Any

import pytest
from town import Town, a_town

from bot import handle
from bot.channels import SendError
from bot.compose import Composer
from bot.logs import Line, Theirs, about, in_short, set_up
from bot.settings import Settings
from flows.events import ProductEvent

NAME, SURNAME, EMAIL, WORDS = "Quetzalli", "Zyxwvut", "quetzalli.zyx@solo.test", "my landlord is a walrus"
SECRET = "postgres-pa55word-kept"


class Log:
    """What was written, line by line."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, cause: str) -> list[str]:
        """What was written about one event."""
        return [line["text"] for line in self.lines if line.get("cause") == cause]


def settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **{"HANDRAIL_LOG": "json", "HANDRAIL_LOG_LEVEL": "debug"} | given)


@pytest.fixture(autouse=True)
def quiet_after() -> Iterator[None]:
    """Logging as it was before."""
    root, ours = logging.getLogger(), logging.getLogger("handrail")
    before = [*root.handlers], root.level, ours.level, sys.excepthook, threading.excepthook
    yield
    root.handlers, root.level, ours.level, sys.excepthook, threading.excepthook = before
    root.setLevel(before[1])
    ours.setLevel(before[2])


@pytest.fixture
def log() -> Log:
    found = Log()
    set_up(settings(), found.stream)
    return found


@pytest.fixture
def town(tmp_path: Path, log: Log) -> Iterator[Town]:
    with a_town(tmp_path) as found:
        set_up(replace_secrets(found), log.stream)
        yield found


def replace_secrets(town: Town) -> Settings:
    """The town's settings, with its secrets, in the form that this test reads."""
    return town.house.settings.model_copy(update={"log_form": "json", "log_level": "debug"})


def a_whole_walk(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody with a nasty name signs up, writes, is stuck and gets mail, and all that can go wrong goes wrong."""
    faults = town.workspace.faults
    faults.next("mail.send", "refused", error=f"{NAME} {SURNAME} <{EMAIL}> has no mailbox: {WORDS}")
    town.post("/v1/identify", {"userId": EMAIL, "traits": _traits("one")})
    town.settle()
    town.says(f"{NAME} says: {WORDS}")
    town.presses("I'm stuck")
    town.team_writes(f"Dear {NAME}, {WORDS}")
    monkeypatch.setattr("bot.handle.decide", _stumbles(handle.decide))
    town.tells("/v1/track", {"userId": EMAIL, "event": "report.opened", "properties": {"said": WORDS}, "messageId": EMAIL})
    monkeypatch.undo()
    monkeypatch.setattr(Composer, "letter", _cannot)
    town.uses("source.connected", EMAIL)
    town.says("what's next?")
    monkeypatch.undo()
    monkeypatch.setattr(town.house.slack.channel if town.house.slack else None, "send", _cannot)
    town.says("what's next?")
    monkeypatch.undo()
    for fault in ("rate_limited", "server_error", "reset"):
        faults.next("mail.send", fault)
        faults.next("chat.postMessage", fault)
        town.newcomer(f"{NAME}-{fault.replace('_', '')}", in_slack=True, lastName=SURNAME)
    faults.clear()
    town.tells("/v1/identify", "{" + WORDS)
    town.fetch("GET", f"/p/{EMAIL}-token-0123456789")
    town.days(1)


def _traits(company: str) -> dict[str, Any]:
    known = {"name": f"{NAME} {SURNAME}", "email": EMAIL, "timezone": "Europe/Berlin", "consent": True}
    return known | {"company": {"id": company, "name": f"{SURNAME} Ltd"}}


def _stumbles(decide: Any) -> Any:
    def decided(playbooks: Any, subject: Any, event: Any, now: Any) -> Any:
        if isinstance(event, ProductEvent) and event.name == "report.opened":
            raise ValueError(f"{subject.person.name} <{subject.person.email}> said {WORDS}")
        return decide(playbooks, subject, event, now)

    return decided


def _cannot(*given: object, **named: object) -> Any:
    raise ValueError(f"{NAME} {SURNAME} {EMAIL} {WORDS} {given} {named}")


def test_a_whole_walk_leaves_nothing_of_anybody_in_the_log(town: Town, log: Log, monkeypatch: pytest.MonkeyPatch):
    a_whole_walk(town, monkeypatch)
    assert len(log.lines) > 40
    found = town.house.settings
    secrets = [one.get_secret_value() for one in (found.secret_key, found.write_key, found.slack_bot_token, found.sendgrid_api_key) if one]
    assert len(secrets) == 4
    for word in (NAME, SURNAME, EMAIL, "walrus", "landlord", "@acme.test", "Ana Ruiz", *secrets, found.slack_signing_secret and "signing"):
        assert word
        assert [line for line in log.text.splitlines() if word.lower() in line.lower()] == []


def test_what_went_wrong_is_told_with_its_kind_and_place(town: Town, log: Log, monkeypatch: pytest.MonkeyPatch):
    a_whole_walk(town, monkeypatch)
    [stumbled] = [line for line in log.lines if line["text"].startswith("could not decide a ProductEvent of product")]
    assert stumbled["error"] == "ValueError"
    assert stumbled["trace"][0].startswith("bot/handle.py:")
    assert stumbled["cause"]
    failed = [line for line in log.lines if "could not be rendered: ValueError" in line["text"]]
    assert failed
    assert failed[0]["trace"][0].startswith("bot/preparing.py:")


def test_one_id_leads_from_the_event_to_the_call(town: Town, log: Log):
    before = {line.get("cause") for line in log.lines}
    town.newcomer("Ben")
    [welcome] = [line for line in log.lines if "(welcome) goes by email" in line["text"] and line["cause"] not in before]
    decided, *_, sent = log.of(welcome["cause"])
    assert decided.startswith("decided a Joined of product: 1 to say")
    assert sent == welcome["text"]
    [heard] = [event for event in town.why("ben@solo.test") if any(one["message"] == "welcome" for one in event["messages"])]
    assert welcome["cause"] == blake2s(f"{heard['source']}\0{heard['key']}".encode(), digest_size=8).hexdigest()


def test_unless_asked_for_details_a_quiet_day_writes_next_to_nothing(town: Town, log: Log):
    set_up(town.house.settings.model_copy(update={"log_form": "json"}), log.stream)
    before = len(log.lines)
    town.newcomer("Ben")
    town.days(3)
    assert log.lines[before:] == []


# Line by line


def record(text: str, *args: object, error: BaseException | None = None, file: str = handle.__file__) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("handrail.test", logging.WARNING, file, 7, text, args, info)


def written(found: logging.LogRecord, **how: Any) -> str:
    return Line(**{"as_json": False} | how).format(found).partition("handrail.test ")[2]


def test_a_library_is_not_let_to_speak_for_itself_unless_it_is_wanted():
    said = record(f"message from {NAME}: %s", WORDS, file="/usr/lib/python3/slack_sdk/client.py")
    assert written(said) == "said something at client:7; HANDRAIL_LOG_WORDS=true shows it"
    assert written(said, words=True) == f"message from {NAME}: {WORDS}"


def test_secrets_addresses_and_links_are_crossed_out_even_in_our_own_lines():
    said = record(f"to {EMAIL} with xoxb-12-ab, Bearer abc and SG.a-1.b-2, {SECRET}, on https://x.test/p/abcdef0123?x")
    assert written(said, secrets=[SECRET]) == "to …@… with …, Bearer … and …, …, on https://x.test/p/…?x"


def test_a_password_of_the_database_counts_as_a_secret():
    log = Log()
    set_up(settings(DATABASE_URL=f"postgresql://handrail:{SECRET}@db.test/handrail"), log.stream)
    logging.getLogger("handrail").error("could not connect with %s", SECRET)
    assert SECRET not in log.text


def test_an_error_is_told_by_its_type_and_by_its_words_where_they_quote_nobody():
    assert written(record("no: %s", ValueError(WORDS))) == "no: ValueError"
    assert written(record("no: %s", ZeroDivisionError("division by zero"))) == "no: ZeroDivisionError: division by zero"
    assert written(record("no: %s", OSError(28, "No space left on device", f"/{NAME}"))) == "no: OSError (No space left on device)"
    assert written(record("no: %s", ValueError(WORDS)), words=True) == f"no: ValueError: {WORDS}"


def test_of_a_chain_of_errors_each_kind_is_told():
    try:
        try:
            raise KeyError(EMAIL)
        except KeyError as error:
            raise ValueError(WORDS) from error
    except ValueError as error:
        found = Line(as_json=True).told(record("no", error=error))
    assert found["error"] == "ValueError, because of KeyError"
    assert found["trace"][0].startswith("tests/ops/test_logs.py:")


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("550 5.1.1 <ana@acme.test> is unknown here", "550 5.1.1"),
        (f"400: {NAME} is no address", "400"),
        ("channel_not_found", "channel_not_found"),
        ("429 too many requests", "429"),
        ("no answer from Slack in time", "no answer from Slack in time"),
        ("could not reach SendGrid: TimeoutError", "could not reach SendGrid"),
        (f"{NAME} does not want this", "…"),
    ],
)
def test_what_a_provider_said_is_told_by_its_code(text: str, short: str):
    assert in_short(text) == short
    assert written(record("row 7 failed: %s", Theirs(text))) == f"row 7 failed: {short}"
    assert written(record("row 7 failed: %s", SendError(text))) == f"row 7 failed: {short}"


def test_lines_within_have_the_id_and_lines_after_do_not():
    line = Line(as_json=True)
    with about("0123456789abcdef"):
        assert line.told(record("sent"))["cause"] == "0123456789abcdef"
    assert "cause" not in line.told(record("sent"))


def test_a_line_for_people_is_one_that_people_can_read():
    with about("0123456789abcdef"):
        text = Line(as_json=False).format(replace_time(record("row %d failed", 7)))
    assert text == "2026-03-02T09:00:00.000+00:00 WARNING handrail.test [0123456789abcdef] row 7 failed"


def replace_time(found: logging.LogRecord) -> logging.LogRecord:
    found.created = 1772442000.0
    return found


def test_what_nobody_caught_is_told_the_same_way():
    log = Log()
    set_up(settings(), log.stream)
    thread = threading.Thread(target=_cannot)
    thread.start()
    thread.join()
    [line] = log.lines
    assert (line["level"], line["error"]) == ("CRITICAL", "ValueError")
    assert NAME not in log.text


def test_the_level_is_as_it_was_set():
    log = Log()
    set_up(settings(HANDRAIL_LOG_LEVEL="WARNING"), log.stream)
    logging.getLogger("handrail.deliver").info("a detail")
    logging.getLogger("handrail.deliver").warning("a warning")
    assert [line["level"] for line in log.lines] == ["WARNING"]
