"""`handrail suppressions`: lists in and out, one address shut or lifted, and what `why` says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stories import MONDAY

from bot.commands.suppression_file import read_addresses, written
from bot.handle import handle
from flows.events import AnyEvent, Joined, MailReported, OptedOut, Traits
from flows.library import SHIPPED
from flows.mail import is_shut
from flows.reading import read_playbooks
from storage.reports import Reports
from storage.store import Store, open_store
from storage.suppressions import Suppression, Suppressions
from tests.commands.conftest import Handrail

NOW = datetime(2026, 3, 9, tzinfo=UTC)
BOUNCES = "status,reason,email,created\n5.1.1,550 5.1.1 no such user,Ana@acme.test,1772445600\n5.1.1,550 gone,zoe@nobody.test,1772445600\n"


@contextmanager
def opened(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/handrail.db")
    yield store
    store.close()


@pytest.fixture
def ana(tmp_path: Path) -> str:
    with opened(tmp_path) as store:
        who = store.identify([("external", "", "u1"), ("email", "", "ana@acme.test"), ("slack", "T1", "U1")])
        known = {"name": "Ana Ruiz", "email": "ana@acme.test", "slack": "T1/U1", "timezone": "Europe/Berlin"}
        told(store, Traits(source="t", key="1", who=who, at=MONDAY, person=known), Joined(source="t", key="2", who=who, at=MONDAY))
        return who


def told(store: Store, *events: AnyEvent) -> None:
    playbooks, _ = read_playbooks([SHIPPED])
    handle(store, playbooks, events, MONDAY)


def shut(tmp_path: Path, channel: str = "email") -> str:
    with opened(tmp_path) as store:
        person = Reports(store.database).find_person("u1")
        assert person
        found = is_shut(person, channel)
        return found.reason if found else ""


def a_list(tmp_path: Path, text: str = BOUNCES) -> str:
    (tmp_path / "bounces.csv").write_text(text)
    return str(tmp_path / "bounces.csv")


def listed(handrail: Handrail) -> dict[str, Any]:
    return {one["address"]: one for one in handrail("suppressions", "list", "--json").json}


# Import


def test_sendgrids_bounces_shut_people_we_know_and_people_we_dont(handrail: Handrail, tmp_path: Path, ana: str) -> None:
    said = handrail("suppressions", "import", a_list(tmp_path), "--as", "bounced")
    assert (said.code, said.out) == (0, "Shut 2 addresses.\n")
    assert shut(tmp_path) == "bounced"
    found = listed(handrail)
    assert found["ana@acme.test"] == {
        "channel": "email", "address": "ana@acme.test", "reason": "bounced", "source": "bounces.csv",
        "at": "2026-03-02T10:00:00+00:00", "why": "550 5.1.1 no such user",
    }  # fmt: skip
    assert found["zoe@nobody.test"]["why"] == "550 gone"
    assert ana


@pytest.mark.usefixtures("ana")
def test_the_same_list_again_changes_nothing(handrail: Handrail, tmp_path: Path) -> None:
    handrail("suppressions", "import", a_list(tmp_path))
    before = listed(handrail)
    assert handrail("suppressions", "import", a_list(tmp_path)).out == "Shut 0 addresses. 2 were shut already.\n"
    assert listed(handrail) == before


@pytest.mark.usefixtures("ana")
def test_a_dry_run_only_says_what_would_happen(handrail: Handrail, tmp_path: Path) -> None:
    assert handrail("suppressions", "import", a_list(tmp_path), "--dry-run").out == "Would shut 2 addresses. Nothing was changed.\n"
    assert (listed(handrail), shut(tmp_path)) == ({}, "")


def test_bad_lines_are_named_and_left_out(handrail: Handrail, tmp_path: Path) -> None:
    said = handrail("suppressions", "import", a_list(tmp_path, "email,created\nzoe@nobody.test,soon\n\nnobody\n,5\nkim@nobody.test,\n"))
    assert said.code == 1
    assert said.err.splitlines() == [
        f"{tmp_path}/bounces.csv:2: created is no moment: 'soon'",
        f"{tmp_path}/bounces.csv:4: 'nobody' is no e-mail address",
        f"{tmp_path}/bounces.csv:5: there is no address",
    ]
    assert said.out == "Shut 1 address. 3 lines stayed out.\n"
    assert [*listed(handrail)] == ["kim@nobody.test"]


@pytest.mark.parametrize(
    "text",
    [
        "kim@nobody.test\nlee@nobody.test\n",
        "\ufeffEmail;Created\nkim@nobody.test;\nlee@nobody.test;1\n",
        "1,kim@nobody.test\n2,<lee@nobody.test>",
    ],
)
def test_a_bare_list_works_too(handrail: Handrail, tmp_path: Path, text: str) -> None:
    said = handrail("suppressions", "import", a_list(tmp_path, text), "--json")
    assert said.json == {"addresses": 2, "changed": 2, "dry_run": False, "bad": []}
    assert [*listed(handrail)] == ["kim@nobody.test", "lee@nobody.test"]


def test_a_file_that_is_not_there_is_said_so(handrail: Handrail) -> None:
    said = handrail("suppressions", "import", "nothing.csv")
    assert (said.code, said.err) == (1, "nothing.csv can't be read: No such file or directory.\n")


# Export


def test_an_export_comes_back_as_it_was(handrail: Handrail, tmp_path: Path, ana: str) -> None:
    handrail("suppressions", "import", a_list(tmp_path), "--as", "bounced")
    handrail("suppressions", "add", "kim@nobody.test", "--why", "=HYPERLINK(1)")
    with opened(tmp_path) as store:
        told(store, OptedOut(source="t", key="3", who=ana, at=MONDAY, channel="email"))
        store.suppress("email", "lee@nobody.test", "complained", "sendgrid", MONDAY)
    assert handrail("suppressions", "export", "out.csv").out == "Wrote 4 addresses to out.csv.\n"
    text = Path("out.csv").read_text()
    assert "'=HYPERLINK(1)" in text
    assert text == handrail("suppressions", "export").out
    before = listed(handrail)
    (tmp_path / "handrail.db").unlink()
    handrail("suppressions", "import", "out.csv")
    assert listed(handrail) == before


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(lambda text: " ".join(text.split()))


@settings(max_examples=60, deadline=None)
@given(why=WORDS | st.sampled_from(["'=a", "=1+1", "-", "'", "''x", "@x", 'a"b', "a,b;c"]), source=WORDS.filter(bool))
def test_whatever_was_said_survives_the_file(tmp_path_factory: pytest.TempPathFactory, why: str, source: str) -> None:
    one = Suppression(channel="email", address="kim@nobody.test", reason="bounced", source=source, at=MONDAY, why=why)
    path = tmp_path_factory.getbasetemp() / "words.csv"
    path.write_text(written([one]), encoding="utf-8")
    assert read_addresses(path, "imported", NOW).addresses == (one,)


# One address


@pytest.mark.usefixtures("ana")
def test_a_colleague_shuts_an_address_and_lifts_it(handrail: Handrail, tmp_path: Path) -> None:
    assert (
        handrail("suppressions", "add", "ANA@acme.test", "--why", "asked on the phone").out == "ANA@acme.test is not written to any more.\n"
    )
    assert shut(tmp_path) == "by_hand"
    assert handrail("suppressions", "add", "ana@acme.test").out == "ana@acme.test was shut already: by hand.\n"
    said = handrail("suppressions", "lift", "ana@acme.test")
    assert said.out.startswith("ana@acme.test is written to again; it was shut since ")
    assert "take the address off there too" in said.out
    assert (shut(tmp_path), listed(handrail)) == ("", {})


@pytest.mark.usefixtures("ana")
def test_an_address_in_slack_too(handrail: Handrail, tmp_path: Path) -> None:
    handrail("suppressions", "add", "T1/U1", "--channel", "slack")
    assert shut(tmp_path, "slack") == "by_hand"
    handrail("suppressions", "lift", "T1/U1", "--channel", "slack")
    assert shut(tmp_path, "slack") == ""


@pytest.mark.parametrize("known", [True, False])
def test_nobody_lifts_a_complaint_and_we_say_who_must_do_what(handrail: Handrail, tmp_path: Path, ana: str, known: bool) -> None:
    address = "ana@acme.test" if known else "zoe@nobody.test"
    with opened(tmp_path) as store:
        if known:
            told(store, MailReported(source="sendgrid", key="3", who=ana, at=MONDAY, what="complained", address=address))
        else:
            store.suppress("email", address, "complained", "sendgrid", MONDAY)
    said = handrail("suppressions", "lift", address)
    assert said.code == 1
    assert said.err.startswith(f"{address} reported a mail of ours as spam, so nobody lifts that here.")
    assert listed(handrail)[address]["reason"] == "complained"


def test_nobody_lifts_somebodys_own_word(handrail: Handrail, tmp_path: Path, ana: str) -> None:
    with opened(tmp_path) as store:
        told(store, OptedOut(source="t", key="3", who=ana, at=MONDAY, channel="email"))
    said = handrail("suppressions", "lift", "ana@acme.test")
    assert said.code == 1
    assert "Only they can take that back" in said.err


@pytest.mark.usefixtures("ana")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("lift", "kim@nobody.test"), "kim@nobody.test is not shut."),
        (("add", "kim"), "'kim' is no e-mail address."),
        (("add", "U1", "--channel", "slack"), "'U1' is no Slack user; write it as TEAM/USER, such as T0123ABCD/U0123ABCD."),
    ],
)
def test_what_cannot_be_done_is_one_line(handrail: Handrail, given: tuple[str, ...], said: str) -> None:
    ran = handrail("suppressions", *given)
    assert (ran.code, ran.err.strip()) == (1, said)


@pytest.mark.usefixtures("ana")
def test_a_list_is_read_by_people_too(handrail: Handrail, tmp_path: Path) -> None:
    assert handrail("suppressions", "list").out == "Every address is written to.\n"
    handrail("suppressions", "import", a_list(tmp_path), "--as", "dropped")
    said = handrail("suppressions", "list").words
    assert "ana@acme.test dropped 2026-03-02 bounces.csv 550 5.1.1 no such user" in said
    assert said.endswith("2 addresses.")


# Why


def test_why_tells_what_is_shut_since_when_by_whom_and_what_they_said(handrail: Handrail, tmp_path: Path, ana: str) -> None:
    with opened(tmp_path) as store:
        told(
            store,
            OptedOut(source="slack", key="3", who=ana, at=MONDAY, channel="slack", wording="stop this"),
            MailReported(
                source="sendgrid", key="4", who=ana, at=MONDAY, what="bounced", address="ana@acme.test", message="welcome", why="550"
            ),
        )
    said = handrail("why", "u1")
    assert "✗ ana@acme.test is not written to: bounced, Mon 2 Mar 2026 11:00, by sendgrid (550)" in said.words
    assert "✗ T1/U1 gets answers alone: opt-out" in said.words
    assert "stopped slack, Mon 2 Mar 2026 11:00, by slack: “stop this”" in said.words
    assert "mail: welcome bounced sendgrid" in said.words
    told_json = handrail("why", "u1", "--json").json
    assert [one["data"] for one in told_json if one["kind"] == "Suppression" and one["data"]["channel"] == "email"] == [
        {"channel": "email", "address": "ana@acme.test", "reason": "bounced", "why": "550"}
    ]
    [consent] = [one for one in told_json if one["kind"] == "Consent"]
    assert (consent["at"], consent["source"], consent["data"]["wording"]) == ("2026-03-02T10:00:00+00:00", "slack", "stop this")
    assert json.dumps(consent)


def test_a_list_of_bounces_opens_nobodys_opt_out_and_says_that_it_changed_nothing(handrail: Handrail, tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        Suppressions(store.database).add(
            [Suppression(channel="email", address="zoe@nobody.test", reason="opt-out", source="old list", at=MONDAY)]
        )
    file = tmp_path / "bounces.csv"
    file.write_text("email\nzoe@nobody.test\n")
    found = handrail("suppressions", "import", str(file), "--as", "bounced", "--json")
    assert json.loads(found.out)["changed"] == 0
    assert "Only they can take that back" in handrail("suppressions", "lift", "zoe@nobody.test").err


def test_an_address_written_in_its_own_letters_is_found_whichever_way_we_know_it(handrail: Handrail, tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        who = store.identify([("external", "", "u9"), ("email", "", "jörg@bücher.test")])
        known = {"name": "Jörg", "email": "jörg@bücher.test"}
        told(store, Traits(source="t", key="1", who=who, at=MONDAY, person=known), Joined(source="t", key="2", who=who, at=MONDAY))
    handrail("suppressions", "add", "jörg@bücher.test")
    with opened(tmp_path) as store:
        person = Reports(store.database).find_person("u9")
    assert person
    assert is_shut(person, "email")


def test_why_tells_of_an_opt_out_on_a_list_that_is_older_than_the_person(handrail: Handrail, tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        Suppressions(store.database).add(
            [Suppression(channel="email", address="lea@acme.test", reason="opt-out", source="old list", at=MONDAY)]
        )
        who = store.identify([("external", "", "u8"), ("email", "", "lea@acme.test")])
        told(store, Traits(source="t", key="1", who=who, at=MONDAY, person={"name": "Lea", "email": "lea@acme.test"}))
    said = handrail("why", "lea@acme.test").out
    assert "lea@acme.test gets answers alone: opt-out" in said
    assert "on a list: old list" in said
