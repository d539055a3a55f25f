"""Written replies: what a CSM may send, for which step, in whose names."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands.init import init
from bot.replies import Replies, load_replies
from bot.settings import SHIPPED
from bot.shelf import Shelf, read_books

GOOD = "---\ntitle: The key\nsteps: [api_key]\n---\nHi {{ first_name }},\n\nturn the **key**:\n\n1. left\n2. right\n\n{{csm}}\n"


def written(folder: Path, name: str, text: str) -> tuple[Replies, list[str]]:
    """Maya writes a reply down; what is read, and what is said about it."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    replies, problems = load_replies([folder])
    return replies, [str(problem).removeprefix(f"{folder}/") for problem in problems]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project as `handrail init` writes it."""
    init(tmp_path / "acme")
    return tmp_path / "acme"


def test_maya_sends_it_under_her_name_and_ana_reads_hers(tmp_path: Path) -> None:
    replies, wrong = written(tmp_path, "key.md", GOOD)
    assert not wrong
    [reply] = replies.for_step("api_key")
    assert reply.text("Ana", "Maya Chen") == "Hi Ana,\n\nturn the key:\n\n1. left\n2. right\n\nMaya Chen"


def test_a_name_nobody_knows_leaves_no_gap(tmp_path: Path) -> None:
    [reply] = written(tmp_path, "key.md", GOOD)[0].for_step("api_key")
    assert reply.text("", "").startswith("Hi,\n\nturn")
    assert reply.text(" ", "").endswith("2. right")


def test_a_name_with_braces_in_it_is_only_a_name(tmp_path: Path) -> None:
    [reply] = written(tmp_path, "key.md", GOOD)[0].for_step("api_key")
    assert reply.text("{{ csm }}", r"\1 {{ 7 * 7 }}").startswith("Hi {{ csm }},")
    assert reply.text("Ana", r"\1 {{ 7 * 7 }}").endswith(r"\1 {{ 7 * 7 }}")


def test_replies_of_the_step_come_first_then_those_for_any(tmp_path: Path) -> None:
    for name, steps in (("b", "steps: [invite]\n"), ("a", ""), ("c", "steps: [invite, share]\n"), ("d", "steps: [share]\n")):
        replies, _ = written(tmp_path, f"{name}.md", f"---\ntitle: {name}\n{steps}---\nHi\n")
    assert [reply.name for reply in replies.for_step("invite")] == ["b", "c", "a"]
    assert [reply.name for reply in replies.for_step("unheard of")] == ["a"]
    assert [reply.name for reply in replies.for_step(None)] == ["a"]
    assert len(replies) == 4


def test_ana_reads_german_and_gets_the_translation_where_there_is_one(tmp_path: Path) -> None:
    written(tmp_path, "key.md", GOOD)
    written(tmp_path, "call.md", "---\ntitle: A call\n---\nCall me.\n")
    replies, wrong = written(tmp_path, "key.de.md", "---\ntitle: Der Schlüssel\n---\nHallo {{ first_name }}\n")
    assert not wrong
    assert [reply.title for reply in replies.for_step("api_key", "de-AT")] == ["Der Schlüssel", "A call"]
    assert [reply.title for reply in replies.for_step("invite", "de")] == ["A call"]
    found = replies.named("key", "de")
    assert found is not None
    assert found.text("Ana", "Maya") == "Hallo Ana"
    assert replies.named("gone") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Hi", "x.md:1: a reply needs a title, by which a CSM chooses it"),
        ("---\ntitle: X\n---\n\n", "x.md:4: a reply has something to say"),
        ("---\ntitle: X\nstep: a\n---\nHi\n", "x.md:3: unknown key, did you mean steps?"),
        ("---\ntitle: X\nsteps: a\n---\nHi\n", "x.md:3: write it as `steps: [one, another]`"),
        (
            "---\ntitle: X\n---\nHi\n\n{{ frist_name }}\n",
            "x.md:6: a reply may say {{ first_name }} and {{ csm }} and nothing else, did you",
        ),
        ("---\ntitle: X\n---\n{{ person.email }}\n", "x.md:4: a reply may say"),
        ("---\ntitle: X\n---\n{{ first_name | upper }}\n", "x.md:4: a reply may say"),
        ("---\ntitle: X\n---\n{% if first_name %}Hi{% endif %}\n", "x.md:4: a reply may say"),
        ("---\ntitle: X\n---\nHi\n{{ first_name\n", "x.md:5: a reply may say"),
        ("---\ntitle: X\n---\n" + "long " * 600, "x.md:4: a reply has at most 2500 characters; this has 3000"),
        ("---\ntitle: X\n---\n\ue000\n", "x.md:4: holds a private-use character"),
    ],
)
def test_what_is_wrong_in_a_reply_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    replies, wrong = written(tmp_path, "x.md", text)
    assert wrong[0].startswith(told)
    assert len(replies) == 0


def test_what_ships_reads_well_for_every_step_it_names() -> None:
    books, problems = read_books(None)
    assert problems == []
    assert [reply.name for reply in books.replies.for_step("connect_source")] == ["check-the-host", "who-has-the-database", "a-short-call"]
    assert [reply.name for reply in books.replies.for_step("first_report")] == ["empty-report", "a-short-call"]
    for reply in books.replies.found.values():
        text = reply.text("Ana", "Maya Chen")
        assert text.startswith("Hallo Ana," if reply.locale == "de" else "Hi Ana,")
        assert text.endswith("Maya Chen")
        assert not {"{", "}", "*", "!"} & set(text)


def test_a_reply_for_a_step_that_no_playbook_has_is_named_with_its_line(project: Path) -> None:
    file = project / "replies" / "share-button.md"
    file.write_text(file.read_text().replace("[share_report]", "[share_report, conect_source]"))
    (project / "content" / "share-a-report.md").write_text("---\nname: Share\n---\nHi\n")
    told = "\n".join(map(str, read_books(project)[1]))
    assert "replies/share-button.md:3: unknown step conect_source, did you mean connect_source?" in told
    assert "content/share-a-report.md:2: unknown key" in told


def test_a_project_is_not_blamed_for_the_steps_of_our_own_replies(project: Path) -> None:
    shipped = (SHIPPED / "flows" / "playbooks" / "smb.yaml").read_text()
    (project / "playbooks" / "smb.yaml").write_text(shipped.replace("connect_source", "plug_in"))
    onboarding = project / "playbooks" / "onboarding.yaml"
    onboarding.write_text(onboarding.read_text().replace("connect_source", "plug_in"))
    assert [problem for problem in read_books(project)[1] if "replies" in problem.file] == []


def test_an_edited_reply_is_taken_at_the_next_look(project: Path) -> None:
    shelf = Shelf(project, read_books(project)[0])
    assert shelf.refresh() is None
    file = project / "replies" / "share-button.md"
    file.write_text(file.read_text().replace("The share button is grey", "Why the share button is grey, and what helps"))
    found = shelf.refresh()
    assert found is not None
    assert found.problems == []
    assert shelf.books.replies.for_step("share_report")[0].title.startswith("Why")
