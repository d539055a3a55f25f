"""`handrail inbound`: a mail server hands over an answer."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from by_mail import written

from bot.mailbox import Mailbox
from flows.decision import Say, To
from flows.people import Person
from storage.outbox import Outbox
from storage.reports import Reports
from storage.store import open_store

KEY = "a secret of at least sixteen"
HEAD = "external_id,email,name,timezone,account,joined_at,consent,account.employees\n"

Gives = Callable[..., Any]


@pytest.fixture
def gives(handrail: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Gives:
    """A mail server gives a mail on standard input."""
    monkeypatch.setenv("HANDRAIL_SECRET_KEY", KEY)
    monkeypatch.setenv("HANDRAIL_WRITE_KEY", "w")

    def give(raw: bytes, *arguments: str) -> Any:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        return handrail("inbound", *arguments)

    return give


@pytest.fixture
def ana(handrail: Callable[..., Any], tmp_path: Path) -> str:
    """The address that answers to a mail Ana got."""
    (tmp_path / "people.csv").write_text(HEAD + "u1,ana@acme.test,Ana,Europe/Berlin,Acme,2026-03-02,yes,12\n")
    assert handrail("import", "people.csv").code == 0
    who = found(tmp_path).id
    store = open_store(f"sqlite:///{tmp_path}/handrail.db")
    outbox = Outbox(store.database)
    say = Say(key="next", to=To("person", who, ("email",)), message="next_step", person=who)
    assert outbox.enqueue(say, datetime.now(UTC))
    row = outbox.row("next")
    store.close()
    assert row is not None
    return Mailbox(domain="tally.test", reply_domain="replies.tally.test", secret_key=KEY).reply_address(row.id)


def found(tmp_path: Path) -> Person:
    store = open_store(f"sqlite:///{tmp_path}/handrail.db")
    try:
        person = Reports(store.database).find_person("u1")
    finally:
        store.close()
    assert person is not None
    return person


def test_an_answer_is_taken(gives: Gives, ana: str, tmp_path: Path) -> None:
    said = gives(written("stop"), "--to", ana, "--from", "ana@acme.test")
    assert (said.code, said.out) == (0, "taken: OptedOut\n")
    assert found(tmp_path).opted_out == ("all",)


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "To"])
def test_without_to_the_headers_say_whom_it_is_for(gives: Gives, ana: str, header: str) -> None:
    assert gives(written("stop", headers={header: ana})).out == "taken: OptedOut\n"


def test_what_is_not_acted_on_is_no_failure(gives: Gives, ana: str) -> None:
    assert gives(written("away", headers={"Auto-Submitted": "auto-replied"}), "--to", ana).out == "ignored: auto_reply\n"
    assert gives(written("hello"), "--to", "sales@tally.test").out == "stray: mail to nobody\n"
    assert gives(written("done"), "--to", ana, "--from", "").out == "ignored: auto_reply\n"


def test_while_the_database_cannot_be_reached_the_server_shall_try_again(gives: Gives, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere/at/all/handrail.db")
    said = gives(written("done"), "--to", "x@tally.test")
    assert said.code == 75
    assert said.err.startswith("The mail was not kept, and should be tried again: ")
    assert len(said.err.splitlines()) == 1


def test_settings_that_are_missing_lose_no_mail(gives: Gives, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HANDRAIL_SECRET_KEY")
    assert gives(written("done"), "--to", "x@tally.test").code == 75


def test_a_call_without_a_mail_or_an_address_is_a_mistake(gives: Gives) -> None:
    assert gives(b"", "--to", "x@tally.test").code == 64
    assert gives(b"Subject: to nobody\n\nhello").code == 64
