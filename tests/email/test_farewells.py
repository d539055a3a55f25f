"""Where a mail's words end and its farewell begins."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.conversation import load_phrases
from bot.email.farewells import before_farewell
from bot.heard import Heard
from bot.understanding import understand

PHRASES, _ = load_phrases([Path(__file__).parents[2] / "templates"])
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def listen(text: str) -> Heard:
    return understand(text, phrases=PHRASES, now=NOW, zone=ZoneInfo("Europe/Berlin"), locale="en")


@pytest.mark.parametrize(
    "below",
    [
        "Best regards|Ida",
        "Ida Lopez|Head of Data|Acme GmbH|+49 170 1234",
        "thanks|ida lopez",
        "Cheers,|I.",
        "Vielen Dank und liebe Grüße",
        "Met vriendelijke groet,|Anne-Marie",
    ],
)
def test_a_farewell_is_known(below: str) -> None:
    lines = ["It works.", *below.split("|")]
    assert before_farewell(lines, "Ida Lopez", listen) == 1


@pytest.mark.parametrize(
    "below",
    [
        "Thanks|But now the chart is empty.",
        "Export broken",
        "The export is broken",
        "Who is Ida?",
        "Best regards|By the way, the export is broken.",
        "CSV Import|does not do anything at all",
    ],
)
def test_words_are_no_farewell(below: str) -> None:
    lines = ["It works.", *below.split("|")]
    assert before_farewell(lines, "Ida Lopez", listen) == len(lines)


def test_a_thousand_thanks_are_looked_at_a_few_times() -> None:
    looked_at: list[str] = []

    def counting(text: str) -> Heard:
        looked_at.append(text)
        return listen(text)

    lines = ["Done", *["thanks"] * 1400, "and now something else entirely"]
    assert before_farewell(lines, "Ida", counting) == len(lines)
    assert len(looked_at) < 200
