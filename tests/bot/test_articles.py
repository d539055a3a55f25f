"""Help articles: what authors write, what is told when it is wrong, and how questions find them while they are edited."""

from __future__ import annotations

from pathlib import Path

import pytest
from houses import Clocks, House, Post, write_little

from bot.articles import Articles, Library, load_articles
from bot.reload import reload
from bot.settings import SHIPPED
from bot.shelf import Shelf, read_books
from storage.article_search import ArticleSearch
from storage.migrate import open_database

CONTENT = SHIPPED / "templates" / "content"


def written(folder: Path, name: str, text: str) -> tuple[Articles, list[str]]:
    """Somebody writes an article into a project; what is read, and what is said about it."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    articles, problems = load_articles([CONTENT, folder])
    return articles, [str(problem).removeprefix(f"{folder}/") for problem in problems]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """What ships, ready for questions."""
    books, _ = read_books(None)
    library = Library(ArticleSearch(open_database(f"sqlite:///{tmp_path / 'handrail.db'}")), lambda: books.offered)
    library.refresh()
    return library


def test_an_author_says_what_customers_call_it_and_where_it_lives(tmp_path: Path) -> None:
    front = "---\ntitle: Export\naliases:\n  - excel\n  - spread sheet\nurl: https://help.example.com/export\n---\n"
    articles, wrong = written(tmp_path / "content", "export.md", front + "Press **Export**.\n")
    export = articles["export"]
    assert not wrong
    assert (export.title, export.aliases, export.url) == ("Export", ("excel", "spread sheet"), "https://help.example.com/export")
    assert export.tips == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("---\ntitle: X\nalias: [a]\n---\nHi\n", "x.md:3: unknown key, did you mean aliases?"),
        ("---\ntitle: X\ntips: one\n---\nHi\n", "x.md:3: write it as `tips: [one, another]`"),
        ("---\ntitle: [X]\n---\nHi\n", "x.md:2: write it as `title: …`"),
        ("---\ntitle: X\nurl: help.example.com\n---\nHi\n", "x.md:3: an address begins with https:// or http://"),
        ("---\ntitle: X\nurl: javascript:alert(1)\n---\nHi\n", "x.md:3: an address begins with https:// or http://"),
        ("---\ntitle: X\naliases:\n  - chart\n  - it doesn't work\n---\n", "x.md:5: nobody is found by"),
        ("---\ntitle: X\naliases: ['']\n---\nHi\n", "x.md:3: an alias says something"),
        ("---\ntitle: X\n---\nHi\n\nDear {{ person.name }}\n", "x.md:6: an article says the same to everyone"),
        ("---\ntitle: X\nHi\n", "x.md:1: it begins with --- and has no line --- that ends it"),
        ("---\n'title: X\n---\nHi\n", "x.md:"),
        ("---\n- title\n---\nHi\n", "x.md:2: write it as `title: …`"),
    ],
)
def test_what_is_wrong_in_an_article_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    articles, [wrong] = written(tmp_path / "content", "x.md", text)
    assert wrong.startswith(told)
    assert "x" not in articles


def test_a_file_name_says_the_language_and_for_whom_it_is(tmp_path: Path) -> None:
    articles, wrong = written(tmp_path / "content", "first-report.de.md", "---\ntitle: Der erste Bericht\n---\nHallo\n")
    assert not wrong
    assert [articles.in_language("first-report", tag).title for tag in ("de-AT", "fr", "")] == [  # type: ignore[union-attr]
        "Der erste Bericht",
        "Build your first report",
        "Build your first report",
    ]
    assert written(tmp_path / "a", "x.story.md", "Hi")[1] == ["x.story.md:1: there is no x.md that this could be the story form of"]
    assert written(tmp_path / "c", "x.slack.md", "Hi")[1][0].startswith("x.slack.md:1: its name may end in a language")
    assert written(tmp_path / "b", "x.de.md", "Hi")[1] == ["x.de.md:1: there is no x.md that this could be the translation of"]


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("it says invalid host, we use postgres", "connect-a-source"),
        ("do I need SSL?", "connect-a-source"),
        ("which IP addresses go through our firewall", "connect-a-source"),
        ("how can I invite my colleague", "invite-people"),
        ("my chart is empty", "first-report"),
        ("can I get this every Monday", "schedule-a-report"),
        ("where is my api key", "api-keys"),
        ("permission denied for table orders", "read-only-user"),
    ],
)
def test_what_people_ask_on_their_first_days_finds_its_article(library: Library, question: str, name: str) -> None:
    assert library.find(question)[0] == name


@pytest.mark.parametrize("question", ["what is the weather", "who won the game last night", "where do I cancel", "thanks, good morning"])
def test_what_no_article_is_about_finds_none(library: Library, question: str) -> None:
    assert library.find(question) == ()


def test_every_shipped_article_is_found_by_each_of_its_aliases(library: Library) -> None:
    articles, _ = load_articles([CONTENT])
    lost = [(a.name, alias) for a in articles.values() for alias in a.aliases if a.name not in library.find(f"Hello, about {alias}?")]
    assert lost == []


def test_a_project_of_its_own_is_not_answered_with_our_examples(tmp_path: Path) -> None:
    project = tmp_path / "project"
    write_little(project)
    (project / "content").mkdir()
    (project / "content" / "vans.md").write_text("---\ntitle: Wash a van\n---\nUse water.\n")
    books, problems = read_books(project)
    helps = {step.help for playbook in books.playbooks.taking() for _, step in playbook.steps() if step.help}
    assert problems == []
    assert set(books.offered) == {"vans", *helps}
    assert "api-keys" in books.articles


def test_an_edited_article_is_found_by_its_new_words_at_the_next_look(tmp_path: Path) -> None:
    project = tmp_path / "project"
    write_little(project)
    (project / "content").mkdir()
    vans = project / "content" / "vans.md"
    vans.write_text("---\ntitle: Wash a van\naliases: [soap]\n---\nUse water.\n")
    open_database(f"sqlite:///{tmp_path / 'handrail.db'}").close()
    clocks = Clocks()
    shelf = Shelf(project, read_books(project)[0])
    house = House(tmp_path / "handrail.db", clocks, Post("slack", clocks), shelf=shelf)
    library = Library(ArticleSearch(house.store.database), shelf.offered)

    def look() -> tuple[str, ...]:
        reload(shelf, house.store, house.outbox, clocks.world, library)
        return library.find("is there a sponge, or soap")

    assert look() == ("vans",)
    vans.write_text("---\ntitle: Wash a van\naliases: [towel]\n---\nUse a towel.\n")
    assert look() == ()
    vans.write_text("---\ntitle: Wash a van\naliases: [sponge and soap]\n---\nUse water.\n")
    assert look() == ("vans",)
    vans.unlink()
    assert look() == ()
    house.store.close()
