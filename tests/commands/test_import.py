"""`handrail import`: people from a file, the good ones in and the bad ones named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.people import Person
from storage.reports import Reports
from storage.store import open_store

HEAD = "external_id,email,name,timezone,account,joined_at,consent,person.role,account.employees\n"
ANA = "u1,Ana@Acme.test,Ana Ruiz,America/Lima,Acme,2026-03-02,yes,developer,12\n"
BO = "u2,bo@acme.test,Bo Li,,Acme,2026-03-02T10:00Z,,,12\n"


def people(tmp_path: Path, text: str, encoding: str = "utf-8") -> str:
    path = tmp_path / "people.csv"
    path.write_bytes(text.encode(encoding))
    return str(path)


def found(tmp_path: Path, text: str) -> Person | None:
    store = open_store(f"sqlite:///{tmp_path}/handrail.db")
    try:
        return Reports(store.database).find_person(text)
    finally:
        store.close()


def test_ana_comes_in_with_her_traits_her_account_and_her_day(handrail: Callable[..., Any], tmp_path: Path) -> None:
    said = handrail("import", people(tmp_path, HEAD + ANA + BO))
    assert (said.code, said.out) == (0, "Brought in 2 people in 1 account.\n")
    ana, bo = found(tmp_path, "u1"), found(tmp_path, "bo@acme.test")
    assert ana
    assert bo
    assert (ana.name, ana.email, ana.zone, ana.consent) == ("Ana Ruiz", "Ana@Acme.test", "America/Lima", True)
    assert ana.traits["role"] == "developer"
    assert ana.account_id == bo.account_id
    assert bo.consent is None
    assert bo.joined_at == datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_a_day_without_a_time_is_ten_in_the_morning_where_they_are(handrail: Callable[..., Any], tmp_path: Path) -> None:
    handrail("import", people(tmp_path, HEAD + ANA))
    ana = found(tmp_path, "u1")
    assert ana
    assert ana.joined_at == datetime(2026, 3, 2, 15, tzinfo=UTC)


def test_numbers_and_flags_arrive_as_what_the_playbook_guesses(handrail: Callable[..., Any], tmp_path: Path) -> None:
    handrail("import", people(tmp_path, "external_id,account,person.technical,account.employees\nu1,Acme,yes,12\n"))
    ana = found(tmp_path, "u1")
    assert ana
    assert ana.traits["technical"] is True
    assert ana.joined_at is None


def test_the_same_file_twice_changes_nothing(handrail: Callable[..., Any], tmp_path: Path) -> None:
    path = people(tmp_path, HEAD + ANA + BO)
    handrail("import", path)
    before = found(tmp_path, "u1")
    assert handrail("import", path).out == "Brought in 2 people in 1 account; 2 of them changed nothing.\n"
    assert found(tmp_path, "u1") == before


def test_a_changed_line_changes_its_person_and_nobody_else(handrail: Callable[..., Any], tmp_path: Path) -> None:
    handrail("import", people(tmp_path, HEAD + ANA + BO))
    said = handrail("import", people(tmp_path, HEAD + ANA.replace("developer", "analyst") + BO), "--json").json
    assert (said["changed"], said["unchanged"]) == (1, 1)
    ana = found(tmp_path, "u1")
    assert ana
    assert ana.traits["role"] == "analyst"


def test_bad_lines_are_named_and_the_good_ones_go_in(handrail: Callable[..., Any], tmp_path: Path) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date()
    text = (
        HEAD
        + ANA
        + ",,Nobody,,,,,,\n"
        + "u3,no-mail,Cy,,,,,,\n"
        + "u4,d@b.test,Di,,Beta,2026-13-02,,,\n"
        + "u5,e@b.test,Ed,,Beta,,perhaps,,\n"
        + "u6,f@b.test,Flo,,Beta,,no,,lots\n"
        + "u1,g@b.test,Gus,,Beta,,,,\n"
        + f"u8,h@b.test,Hal,,Beta,{tomorrow},,,\n"
        + "u9,i@b.test\n"
        + "u10,j@b.test,Jo,,,,,,5\n"
    )
    said = handrail("import", people(tmp_path, text))
    assert said.code == 1
    assert said.out == "Brought in 1 person in 1 account. 9 lines stayed out.\n"
    assert [line.removeprefix(f"{tmp_path}/people.csv:") for line in said.err.splitlines()] == [
        "3: it has neither external_id nor email",
        "4: 'no-mail' is no e-mail address",
        "5: joined_at is a day like 2026-03-02 or a moment like 2026-03-02T10:00Z, not '2026-13-02'",
        "6: consent is yes or no, not 'perhaps'",
        "7: account.employees is a number, not 'lots'",
        "8: external_id u1 is on line 2 already",
        f"9: joined_at {tomorrow} lies ahead",
        "10: it has 2 values, and there are 9 columns",
        "11: it has traits of an account and does not name the account",
    ]
    assert found(tmp_path, "u1")
    assert not found(tmp_path, "u6")


def test_an_unknown_zone_keeps_nobody_out(handrail: Callable[..., Any], tmp_path: Path) -> None:
    said = handrail("import", people(tmp_path, HEAD + ANA.replace("America/Lima", "Europe/Atlantis")))
    assert said.code == 0
    assert said.err == "Line 2: 'Europe/Atlantis' is no zone we know; the account's or the playbook's holds.\n"
    assert found(tmp_path, "u1")


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("emial,name", "unknown column emial, did you mean email? Traits are called person.x or account.y."),
        ("external_id,employees", "Traits are called person.x or account.y."),
        ("name,account", "a column external_id or email is needed, to know people by."),
        ("email,email", "the column email is there twice."),
    ],
)
def test_a_column_nobody_knows_keeps_everybody_out(handrail: Callable[..., Any], tmp_path: Path, head: str, line: str) -> None:
    said = handrail("import", people(tmp_path, f"{head}\nu1,x@y.test\n"))
    assert said.code == 1
    assert said.err.endswith(line + "\n")
    assert not (tmp_path / "handrail.db").exists()


def test_a_trait_that_no_playbook_asks_for_is_kept_and_told(handrail: Callable[..., Any], tmp_path: Path) -> None:
    said = handrail("import", people(tmp_path, "external_id,person.rolle\nu1,boss\n"))
    assert said.code == 0
    assert said.err == "No playbook asks for person.rolle, did you mean person.role? It is kept all the same.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_semicolons_quotes_and_line_breaks_inside_a_value_are_read(handrail: Callable[..., Any], tmp_path: Path, encoding: str) -> None:
    text = 'external_id;name;email\r\nu1;"Zoë; ""Z""\nRuiz";\r\n\r\nu2;Bo;no-mail\r\n'
    said = handrail("import", people(tmp_path, text, encoding))
    assert said.err.endswith("people.csv:5: 'no-mail' is no e-mail address\n")
    zoe = found(tmp_path, "u1")
    assert zoe
    assert zoe.name == 'Zoë; "Z"\nRuiz'


def test_a_file_that_is_not_utf_8_says_how_to_save_it(handrail: Callable[..., Any], tmp_path: Path) -> None:
    said = handrail("import", people(tmp_path, "email,name\nzoe@acme.test,Zoë\n", "latin-1"))
    assert said.err.endswith("people.csv is not UTF-8; save it as CSV UTF-8 and try again.\n")


def test_a_dry_run_says_it_all_and_changes_nothing(handrail: Callable[..., Any], tmp_path: Path) -> None:
    path = people(tmp_path, HEAD + ANA + ",,Nobody,,,,,,\n")
    said = handrail("import", path, "--dry-run")
    assert said.out == "Would bring in 1 person in 1 account. 1 line would stay out. Nothing was changed.\n"
    assert handrail("import", path, "--dry-run", "--json").json == {
        "people": 1,
        "accounts": 1,
        "changed": 0,
        "unchanged": 0,
        "dry_run": True,
        "bad": [{"line": 3, "because": "it has neither external_id nor email"}],
        "notes": [],
    }
    assert not (tmp_path / "handrail.db").exists()


def test_hundreds_come_in_batches(handrail: Callable[..., Any], tmp_path: Path) -> None:
    rows = "".join(f"u{n},p{n}@a.test,Person {n},,Account {n % 15},2026-03-02,,,\n" for n in range(450))
    said = handrail("import", people(tmp_path, HEAD + rows), "--json").json
    assert (said["people"], said["accounts"], said["changed"]) == (450, 15, 450)


def test_an_address_of_somebody_with_another_external_id_brings_a_person_of_their_own(handrail: Callable[..., Any], tmp_path: Path) -> None:
    for user in ("42", "43"):
        assert handrail("import", people(tmp_path, f"external_id,email\n{user},team@acme.test\n")).code == 0
    known = [handrail("people", "ids", user, "--json").json for user in ("42", "43")]
    assert known[0]["id"] != known[1]["id"]
    assert [one["kind"] for one in known[1]["ids"]] == ["external"]
