"""The JSON Schema that editors use says what the reader says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flows.document import read_document
from flows.glossary import GLOSSARY
from flows.library import SHIPPED
from flows.schema import json_schema

SCHEMA = json_schema()
PARTS = {"Playbook": SCHEMA, **SCHEMA["$defs"]}


def smb() -> dict[str, Any]:
    data = read_document((SHIPPED / "smb.yaml").read_text(encoding="utf-8"), "smb.yaml").data
    assert data is not None
    return data


def objections(playbook: dict[str, Any]) -> list[str]:
    return [error.json_path for error in Draft202012Validator(SCHEMA).iter_errors(playbook)]


def test_the_schema_is_one_and_the_shipped_playbook_follows_it() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert objections(smb()) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ends", "soon"),
        ("ends", None),
        ("tuch", "tech"),
        ("reach", ["fax"]),
        ("paused", "yes"),
        ("hours", {"days": "mon-fri", "from": "9 o'clock"}),
        ("signals", {"Report Views": {"event": "report.opened"}}),
        ("segments", {"stage": [{"when": "goal_met"}]}),
        ("traits", {"person": {"role": ["admin"]}}),
        ("surveys", [{"survey": "ease", "message": "ask_ease", "answers": "one to five"}]),
    ],
)
def test_what_the_reader_refuses_the_schema_refuses(key: str, value: Any) -> None:
    assert objections(smb() | {key: value})


def test_keys_are_those_people_write() -> None:
    assert "from" in PARTS["Hours"]["properties"]
    assert "is" in PARTS["SegmentRule"]["properties"]
    assert "in" in PARTS["Signal"]["properties"]


def test_every_key_says_what_it_is_for_and_nothing_is_explained_in_vain() -> None:
    keys = {(name, key) for name, part in PARTS.items() for key in part["properties"]}
    assert all(PARTS[name]["properties"][key]["description"] for name, key in keys)
    assert set(GLOSSARY) <= {key for _, key in keys} | {f"{name}.{key}" for name, key in keys}


def test_every_key_is_on_the_page_about_the_language() -> None:
    page = (Path(__file__).parents[2] / "docs" / "playbook.md").read_text(encoding="utf-8")
    keys = {key for part in PARTS.values() for key in part["properties"]}
    assert {key for key in keys if not re.search(rf"\b{key}\b", page)} == set()
