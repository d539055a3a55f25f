"""`handrail preview`: a message as somebody gets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.commands.projects import good_books


def test_every_message_can_be_looked_at(handrail: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    books = good_books(None)
    monkeypatch.setattr("bot.commands.preview.good_books", lambda _: books)  # read once: 38 times would take half a minute
    for message in sorted(books.messages.variants()):
        said = handrail("preview", message)
        assert (message, said.code, said.err) == (message, 0, "")
        assert "Slack ─" in said.out


def test_the_page_tells_who_gets_it_when_and_on_every_surface(handrail: Callable[..., Any]) -> None:
    said = handrail("preview", "day1", "--as", "name=Bo Li, account.name=Beta, steps_done=0")
    assert "Bo Li at Beta · smb · day 1 · Tue 3 Mar 09:30 · 0 of 4 steps done" in said.out
    assert "Subject Next: Connect your first data source" in said.words
    assert "Hi Bo." in said.out
    assert "[ Open ] [ Done ] [ Show me how ] [ Later ] [ I'm stuck ]" in said.out


def test_how_far_she_is_changes_what_she_reads(handrail: Callable[..., Any]) -> None:
    assert "Good start, Ana" in handrail("preview", "day1", "--form", "text").out
    assert "Hi Ana" in handrail("preview", "day1", "--as", "steps_done=0", "--form", "text").out


def test_each_form_alone_is_what_a_surface_gets(handrail: Callable[..., Any]) -> None:
    assert handrail("preview", "welcome", "--form", "html").out.lstrip().lower().startswith("<!doctype html>")
    assert handrail("preview", "welcome", "--form", "text").out.startswith("Hi Ana.")
    payload = json.loads(handrail("preview", "welcome", "--form", "slack").out)
    assert set(payload) == {"text", "blocks"}
    assert payload["blocks"][0]["type"] == "section"


def test_the_card_of_a_case_is_the_teams(handrail: Callable[..., Any]) -> None:
    said = handrail("preview", "case_card")
    assert "[ Claim ] [ Assign ▾ ] [ Snooze ▾ ] [ Resolve ]" in said.out
    assert "invalid host" in said.out
    assert "Subject" not in said.out


def test_a_variant_and_a_translation_can_be_read(handrail: Callable[..., Any], project: Path) -> None:
    (project / "templates" / "messages" / "day3.de.md").write_text("---\nsubject: Weiter geht's\n---\nHallo {{ person.first_name }}.\n")
    tips = handrail("preview", "day3", "--variant", "tips", "--form", "text").out
    assert "Three things" in tips
    assert "Three things" not in handrail("preview", "day3", "--variant", "story", "--form", "text").out
    assert "Hallo Ana." in handrail("preview", "day3", "--locale", "de", "--project", "acme", "--form", "text").out


def test_a_language_nobody_wrote_falls_back_and_says_so(handrail: Callable[..., Any]) -> None:
    said = handrail("preview", "day1", "--locale", "fr", "--form", "text")
    assert said.code == 0
    assert said.err == "day1 has no text in fr; this is the one it falls back to.\n"


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("dya3",), "There is no message dya3, did you mean day3?"),
        (("day3", "--variant", "tip"), "day3 has no variant tip, did you mean tips?"),
        (("day3", "--as", "rolle=boss"), "There is no trait rolle, did you mean role?"),
        (("case_card", "--open"), "case_card is for the team in Slack; it has no mail to open."),
    ],
)
def test_what_is_not_there_is_said_with_what_is(handrail: Callable[..., Any], options: tuple[str, ...], line: str) -> None:
    said = handrail("preview", *options)
    assert (said.code, said.err) == (1, line + "\n")


def test_open_shows_the_mail_in_a_browser(handrail: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    said = handrail("preview", "welcome", "--open")
    path = Path(said.out.removeprefix("Opened ").strip())
    assert opened == [path.as_uri()]
    assert "Hi Ana" in path.read_text()
    path.unlink()


def test_a_real_person_reads_it_as_they_are(handrail: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("external_id,email,name,account\nu7,zoe@beta.test,Zoë Meyer,Beta\n")
    handrail("import", "people.csv")
    said = handrail("preview", "hello", "--as", "zoe@beta.test")
    assert said.out.startswith("Zoë Meyer at Beta · smb")
    assert handrail("preview", "hello", "--as", "bo@beta.test").code == 1
