"""sources/*.yaml: what is wrong is told with its line, and a secret that was pasted there is told to nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.hooks.reading import read_sources, source_in

HEAD = "source: crm\nkind: webhook\nsecret: CRM_SECRET\n"


def told(text: str) -> list[str]:
    _, problems = source_in(text, "crm.yaml")
    return [str(problem) for problem in problems]


def test_a_source_of_a_known_kind_needs_no_rules() -> None:
    found, problems = source_in("source: billing\nkind: stripe\nsecret: STRIPE_SECRET\n", "billing.yaml")
    assert problems == []
    assert found is not None
    assert (found.signing, found.heard_as, found.path) == ("stripe", "hook:billing", "/v1/hooks/billing")
    assert found.takes


def test_its_own_rules_are_in_place_of_those_of_its_kind() -> None:
    found, _ = source_in("source: b\nkind: stripe\nsecret: S\ntakes: [{event: x, person: {email: body.email}}]\n", "b.yaml")
    assert found is not None
    assert [take.event for take in found.takes] == ["x"]


def test_two_secrets_while_one_is_changed_for_the_other() -> None:
    found, _ = source_in("source: b\nkind: stripe\nsecret: [STRIPE_NEW, STRIPE_OLD]\n", "b.yaml")
    assert found is not None
    assert found.secret == ("STRIPE_NEW", "STRIPE_OLD")


@pytest.mark.parametrize("pasted", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "'123456'", "[OK, not ok]", "{file: X}"])
def test_a_secret_that_was_pasted_into_the_file_is_refused_and_not_repeated(pasted: str) -> None:
    (said,) = told(f"source: b\nkind: stripe\nsecret: {pasted}\n")
    assert said == "crm.yaml:3: `secret`: it is the name of an environment variable, like HUBSPOT_SECRET, and never the secret itself"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("source: crm\nkind: hubspott\nsecret: S\n", "crm.yaml:2: `kind` is 'hubspot', 'stripe', 'zendesk', 'salesforce' or 'webhook'"),
        (HEAD, "crm.yaml:2: a source of kind webhook has takes: nobody else can say what it sends"),
        (HEAD + "takess: []\n", "crm.yaml:4: unknown key `takess`, did you mean takes?"),
        (HEAD + "takes:\n  - {evnt: x}\n", "crm.yaml:5: unknown key `evnt`, did you mean event?"),
        (HEAD + "takes:\n  - person: {email: body.x}\n    traits:\n      acount: {a: body.b}\n", "crm.yaml:7: unknown key `acount`"),
        (HEAD + "takes:\n  - person: {email: boddy.x}\n", "crm.yaml:5: `email`: unknown name boddy, did you mean body?"),
        (HEAD + "takes:\n  - account: {id: team}\n", "crm.yaml:5: `id`: unknown name team; everything begins with body."),
        (HEAD + "takes:\n  - when: body.x|lower\n    account: {id: body.x}\n", "crm.yaml:5: `when`: filters (a | b) have no place here"),
        (HEAD + "takes:\n  - event: x\n", "crm.yaml:5: this is about nobody"),
        (HEAD + "takes:\n  - joins: true\n    account: {id: body.x}\n", "crm.yaml:5: nobody can join here"),
        (HEAD + "takes:\n  - joins: true\n    creates: false\n    person: {id: body.x}\n", "crm.yaml:6: who joins is known from then on"),
        (HEAD + "takes:\n  - event: x\n    event_from: body.y\n    person: {id: body.x}\n", "crm.yaml:6: an event has one name"),
        (HEAD + "takes:\n  - person: {id: body.x}\n    numbers: [seats]\n", "crm.yaml:6: seats is none of the traits or properties here"),
        (HEAD + "takes:\n  - person: {id: body.x}\n  - person: {id: body.y}\n", "crm.yaml:5: the first that holds is taken"),
        ("source: crm\nkind: webhook\n  secret: X\n", "crm.yaml:3: this line has a colon too many"),
        ("", "crm.yaml:1: the file is empty"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, said: str) -> None:
    assert any(one.startswith(said) for one in told(text)), told(text)


def test_a_project_has_a_source_in_each_file_and_no_two_of_one_name(tmp_path: Path) -> None:
    folder = tmp_path / "sources"
    folder.mkdir()
    for file in ("a.yaml", "b.yml"):
        (folder / file).write_text("source: billing\nkind: stripe\nsecret: STRIPE_SECRET\n")
    (folder / ".hidden.yaml").write_text("nonsense")
    (folder / "c.yaml").write_bytes(b"\xff\xfe")
    found, problems = read_sources(tmp_path)
    assert list(found.names()) == ["billing"]
    assert [(Path(problem.file).name, problem.line) for problem in problems] == [("b.yml", 1), ("c.yaml", 1)]


def test_a_paused_source_is_not_heard() -> None:
    found, _ = source_in("source: billing\nkind: stripe\nsecret: S\npaused: true\n", "b.yaml")
    assert found is not None
    assert found.paused


def test_without_a_project_nobody_tells_us_anything() -> None:
    assert list(read_sources(None)[0].names()) == []
