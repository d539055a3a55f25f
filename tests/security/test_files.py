"""Files that a project, or whoever sends one to us, may have made to be costly: YAML that means more than memory holds, models, lists."""

from __future__ import annotations

import csv
import gzip
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
import yaml

from bot.articles import load_articles
from bot.commands.mistakes import UserError
from bot.commands.people_file import read_people
from bot.commands.suppression_file import read_addresses, written
from bot.email.pictures import redrawn
from bot.hooks.reading import source_in
from bot.ingest.bodies import MOST_OF_A_BATCH, unpacked
from bot.ingest.reading import Unreadable
from bot.message_files import Unreadable as NoMessage
from bot.message_files import read_message
from bot.phrases import load_phrases
from bot.words import load_words
from bot.yaml_texts import compose
from flows.document import read_document
from flows.endpoints import endpoints_in
from flows.library import Playbooks
from flows.reading import read_playbook
from flows.risk_model import read_model
from storage.database import connect
from storage.suppressions import Suppression
from tests.security.strangers import file_of

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghijklmnopqrst", "bcdefghijklmnopqrstu", strict=True)
)
"""Twenty-one lines that mean 9 to the 21st texts."""
ITSELF = "a: &a [*a]\nb: &b {c: *b}\n"
DEEP = "a: " + "[" * 3_000 + "]" * 3_000 + "\n"
DEEP_BLOCKS = "".join(f"{' ' * n}a:\n" for n in range(2_000))
HUGE = f"a: {'9' * 10_000}\nb: 0x{'f' * 10_000}\nc: 1e{'9' * 500}\n"
TAGGED = "a: !!python/object/apply:os.system ['true']\nb: !!binary aGk=\nc: !<tag:x> y\n"
MERGED = "a: &a {x: 1}\nb:\n  <<: *a\n"
BOMBS = {"laughs": LAUGHS, "itself": ITSELF, "deep": DEEP, "deep blocks": DEEP_BLOCKS, "huge": HUGE, "tagged": TAGGED, "merged": MERGED}


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize(
    "read",
    [
        lambda text: read_document(text, "x.yaml"),
        lambda text: read_playbook(text, "x.yaml", {}),
        lambda text: source_in(text, "x.yaml"),
        lambda text: endpoints_in(text, "x.yaml", {}),
    ],
    ids=["a document", "a playbook", "a source", "the endpoints"],
)
def test_a_file_of_rules_that_is_a_bomb_is_refused_in_words(bomb: str, read: Callable[[str], object]):
    assert len(str(read(BOMBS[bomb]))) < 2_000_000


@pytest.mark.parametrize("bomb", BOMBS)
def test_words_and_phrases_that_are_a_bomb_are_refused_in_words(tmp_path: Path, bomb: str):
    for name in ("words.yaml", "phrases.yaml"):
        file_of(tmp_path, name, BOMBS[bomb])
    assert len(str(load_words([tmp_path])[1])) < 2_000_000
    assert len(str(load_phrases([tmp_path])[1])) < 2_000_000


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_message_and_an_article_with_a_bomb_in_front_are_refused_in_words(tmp_path: Path, bomb: str):
    text = f"---\nsubject: x\nbutton:\n  text: &t x\n{''.join(f'  {line}' for line in BOMBS[bomb].splitlines(keepends=True))}---\nhi\n"
    with pytest.raises(NoMessage):
        read_message(file_of(tmp_path, "x.md", text))
    file_of(tmp_path, "content/x.md", text.replace("subject", "title"))
    assert load_articles([tmp_path / "content"])[1]


@pytest.mark.parametrize("text", [LAUGHS, ITSELF, DEEP, MERGED])
def test_what_means_more_than_it_says_is_never_put_together(text: str):
    with pytest.raises(yaml.YAMLError):
        compose(text)


def test_no_tag_makes_anything():
    found = read_document(TAGGED, "x.yaml")
    assert len(found.problems) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        '{"a":' * 5_000,
        "9" * 10_000,
        '{"weights": {"a": 1e999}}',
        '{"intercept": NaN}',
        "\x00",
        '"' * 9,
    ],
)
def test_what_is_no_model_is_refused_in_words(text: str):
    with pytest.raises(ValueError):  # noqa: PT011 - whichever, in whatever words
        read_model(text)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"email\n" + b'"' * 200_000, b"email\n" + b"a" * 200_000, b"email,email\n", b"\x00" * 50, b"=cmd()\n"]
)
def test_a_list_of_people_that_makes_no_sense_is_refused_in_words(tmp_path: Path, content: bytes):
    path = file_of(tmp_path, "people.csv", content)
    now = datetime(2026, 3, 2, tzinfo=UTC)
    try:
        assert not read_people(path, Playbooks({}, {}), now).rows
    except UserError as error:
        assert "Traceback" not in str(error)  # noqa: PT017
    try:
        assert not any("cmd" in one.address for one in read_addresses(path, "bounced", now).addresses)
    except UserError as error:
        assert "Traceback" not in str(error)  # noqa: PT017


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://evil.example")', "'=1"])
def test_a_list_that_is_exported_runs_nothing_in_a_spreadsheet_and_is_read_again(tmp_path: Path, words: str):
    one = Suppression(
        channel="email", address="ana@acme.test", reason="bounced", source=words, at=datetime(2026, 3, 2, tzinfo=UTC), why=words.strip()
    )
    text = written([one])
    for row in list(csv.reader(StringIO(text, newline="")))[1:]:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    [again] = read_addresses(file_of(tmp_path, "list.csv", text), "bounced", datetime(2026, 3, 3, tzinfo=UTC)).addresses
    assert again.why == one.why


@pytest.mark.parametrize("size", [MOST_OF_A_BATCH + 1, 50 * 1024 * 1024])
def test_of_a_bomb_no_more_is_unpacked_than_a_body_may_have(size: int):
    with pytest.raises(Unreadable, match="at most"):
        unpacked(gzip.compress(b"\0" * size), "gzip", MOST_OF_A_BATCH, "batch")


def test_a_body_in_thousands_of_pieces_is_not_put_together():
    """Each piece costs a look at all that follow: half a megabyte of empty ones would take a third of a second, without any key."""
    with pytest.raises(Unreadable, match="pieces"):
        unpacked(gzip.compress(b"") * 20_000, "gzip", MOST_OF_A_BATCH, "batch")
    assert unpacked(gzip.compress(b"{") + gzip.compress(b"}"), "gzip", MOST_OF_A_BATCH, "batch") == b"{}"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        b"\xff\xd8" + b"\xff\xda\x00\x02" * 5_000,
        b"RIFF\xff\xff\xff\xffWEBP",
        b"<svg onload=alert(1)>",
    ],
)
def test_what_only_says_it_is_a_picture_is_none(content: bytes):
    assert redrawn(content) is None


def test_the_database_is_nobody_elses_to_read(tmp_path: Path):
    file = tmp_path / "handrail.db"
    before = os.umask(0o022)
    try:
        database = connect(f"sqlite:///{file}")
        with database.write() as connection:
            connection.exec_driver_sql("CREATE TABLE t (n INTEGER)")
        for each in tmp_path.iterdir():
            assert not stat.S_IMODE(each.stat().st_mode) & 0o077, each.name
        database.close()
    finally:
        os.umask(before)
