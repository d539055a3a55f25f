"""Every line of docs/security.md names the test that holds it, and the test is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOC = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", DOC)))


def _tables() -> list[list[list[str]]]:
    """The tables of the page, row by row."""
    blocks = re.findall(r"(?:^\|.*\n)+", DOC, flags=re.MULTILINE)
    return [[[cell.strip() for cell in line.strip("|\n").split("|")] for line in block.splitlines()] for block in blocks]


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_the_test_that_holds_it_is_there(file: str, test: str):
    assert re.search(rf"^def {test}\(", (ROOT / file).read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_no_promise_is_without_one():
    for head, _, *rows in _tables():
        if head[-1] == "Test":
            for row in rows:
                assert len(row) == len(head), row
                assert "::test_" in row[-1], row[0]


def test_every_surface_is_on_the_page():
    for surface in ("/slack/events", "/v1/hooks", "/email/events", "/email/inbound", "/preferences", "/timeline", "/healthz", "/metrics"):
        assert surface in DOC
