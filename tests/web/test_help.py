"""Help articles as pages: anybody may open them, in their language, and nothing on them is about the reader."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from browsing import Page
from fastapi import FastAPI
from houses import Clocks, House, Post

from bot.links import Links
from bot.shelf import Shelf, read_books
from bot.web.help_routes import help_routes
from bot.web.pages import Pages
from storage.migrate import upgrade

GERMAN = """---
title: Eine Datenquelle anbinden
url: https://hilfe.example.com/quelle
---
Du brauchst die **Adresse**.

### Wenn es rot ist

Warte.
"""
WORDS = "article:\n  missing_title: Diese Seite gibt es nicht\n  missing: Die Adresse ist vielleicht alt.\n"


class Reader:
    """Somebody with a browser, and what the app hears of what they read.

    The browser waits until the app is through with a request, its work after the answer included.
    """

    def __init__(self, pages: Pages) -> None:
        self.app = FastAPI()
        self.app.include_router(help_routes(pages, self.reads))
        self.heard: list[tuple[str, str]] = []
        self.trouble: Exception | None = None

    def reads(self, token: str, name: str) -> None:
        self.heard.append((token, name))
        if self.trouble:
            raise self.trouble

    def gets(self, path: str, languages: str = "") -> httpx.Response:
        return asyncio.run(self._gets(path, languages))

    async def _gets(self, path: str, languages: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="https://hello.test") as browser:
            return await browser.get(path, headers={"Accept-Language": languages})

    def posts(self, path: str, reader: str, languages: str = "") -> httpx.Response:
        return asyncio.run(self._posts(path, reader, languages))

    async def _posts(self, path: str, reader: str, languages: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="https://hello.test") as browser:
            return await browser.post(path, data={"reader": reader}, headers={"Accept-Language": languages})

    def opens(self, path: str, languages: str = "") -> str:
        """An article that is there, as HTML."""
        answer = self.gets(path, languages)
        assert answer.status_code == 200
        return answer.text


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """What ships, with one article and a few words of a project's own in German."""
    project = tmp_path_factory.mktemp("project")
    (project / "content").mkdir()
    (project / "templates").mkdir()
    (project / "content" / "connect-a-source.de.md").write_text(GERMAN)
    (project / "templates" / "words.de.yaml").write_text(WORDS)
    books, problems = read_books(project)
    assert problems == []
    return Shelf(project, books)


@pytest.fixture(scope="module")
def pages(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    file = tmp_path_factory.mktemp("house") / "handrail.db"
    upgrade(f"sqlite:///{file}")
    clocks = Clocks()
    house = House(file, clocks, Post("slack", clocks), shelf=shelf)
    yield Pages(house.door, shelf, Links("https://hello.test", "a secret of at least sixteen"), "Tally")
    house.store.close()


@pytest.fixture
def reader(pages: Pages) -> Reader:
    return Reader(pages)


def test_tom_who_has_the_database_reads_the_page_that_ana_sent_him(reader: Reader) -> None:
    html = reader.opens("/help/connect-a-source")
    page = Page(html)
    assert "<title>Connect a data source · Tally</title>" in html
    assert "Make a user who can only read" in page.text
    assert html.count("<h1") == 1
    assert "<h2>When the test is red</h2>" in html
    assert '<html lang="en">' in html
    assert page.forms == []


@pytest.mark.parametrize(
    ("path", "languages", "title"),
    [
        ("", "", "Connect a data source"),
        ("", "de", "Eine Datenquelle anbinden"),
        ("", "de-AT,de;q=0.9,en;q=0.8", "Eine Datenquelle anbinden"),
        ("", "fr,de;q=0.5", "Eine Datenquelle anbinden"),
        ("", "de;q=0.5,en;q=0.7", "Connect a data source"),
        ("", "en-GB,de", "Connect a data source"),
        ("", "de;q=0", "Connect a data source"),
        ("", "*;q=x, ,,;;de;q=9" + ",xx" * 1000, "Connect a data source"),
        ("?lang=de", "en", "Eine Datenquelle anbinden"),
        ("?lang=en", "de", "Connect a data source"),
        ("?lang=fr", "de", "Connect a data source"),
        ("?lang=../../etc", "de", "Eine Datenquelle anbinden"),
    ],
)
def test_it_is_in_the_language_that_was_asked_for_or_that_the_browser_prefers(
    reader: Reader, path: str, languages: str, title: str
) -> None:
    assert f"<title>{title} · Tally</title>" in reader.opens(f"/help/connect-a-source{path}", languages)


def test_an_article_that_lives_elsewhere_says_where(reader: Reader) -> None:
    answer = reader.posts("/help/connect-a-source/open", reader="token", languages="de")
    assert (answer.status_code, answer.headers["location"]) == (303, "https://hilfe.example.com/quelle")
    assert reader.heard == [("token", "connect-a-source")]
    page = reader.gets("/help/connect-a-source?lang=de")
    assert "In unserem Hilfebereich lesen" in page.text
    assert "form-action 'self' https://hilfe.example.com;" in page.headers["content-security-policy"]
    assert '<html lang="de">' in reader.opens("/help/connect-a-source?lang=de")


@pytest.mark.parametrize("name", ["conect-a-source", "connect-a-source.de", "..%2Fwords", "%00", "x" * 5000, "<script>", "{{7*7}}"])
def test_a_wrong_name_is_answered_kindly_and_not_repeated(reader: Reader, name: str) -> None:
    answer = reader.gets(f"/help/{name}")
    assert answer.status_code == 404
    if "%2F" not in name:
        assert "There is no such page" in answer.text
    assert name not in answer.text
    assert "49" not in answer.text


def test_a_wrong_name_is_answered_in_the_readers_language(reader: Reader) -> None:
    html = reader.gets("/help/nothing", "de-CH").text
    assert "Diese Seite gibt es nicht" in html
    assert '<html lang="en">' in reader.gets("/help/nothing", "fr").text


def test_a_link_of_hers_tells_that_she_read_it(reader: Reader) -> None:
    reader.opens("/help/first-report?r=a-token")
    assert reader.heard == [("a-token", "first-report")]


@pytest.mark.parametrize("trouble", [None, ValueError("no such token")])
def test_no_token_a_bad_one_and_a_good_one_make_no_difference_to_the_reader(reader: Reader, trouble: Exception | None) -> None:
    reader.trouble = trouble
    plain = reader.gets("/help/first-report")
    for token in ("a-token", "", "%00", "x" * 10_000, "<b>"):
        answer = reader.gets(f"/help/first-report?r={token}")
        assert (answer.status_code, answer.text) == (200, plain.text)
        assert {**answer.headers, "date": ""} == {**plain.headers, "date": ""}


def test_a_token_that_cannot_be_one_and_a_page_that_is_not_there_tell_nothing(reader: Reader) -> None:
    reader.opens(f"/help/first-report?r={'x' * 501}")
    reader.opens("/help/first-report?r=")
    reader.gets("/help/nothing?r=a-token")
    reader.opens("/help/first-report?r=a-token")
    assert reader.heard == [("a-token", "first-report")]


def test_a_token_is_in_no_log(reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
    reader.trouble = OSError("this is no token: a-secret-token")
    reader.opens("/help/first-report?r=a-secret-token")
    assert reader.heard
    assert "first-report was read could not be kept: OSError" in caplog.text
    assert "a-secret-token" not in "".join(record.getMessage() for record in caplog.records if record.name.startswith("handrail"))


def test_a_link_from_a_mail_tells_nothing_until_somebody_looks(reader: Reader) -> None:
    page = reader.opens("/help/connect-a-source?s=token")
    assert reader.heard == []
    assert 'data-seen="/help/connect-a-source/seen" data-reader="token"' in page
    assert "/static/reading.js" in page
    assert reader.posts("/help/connect-a-source/seen", reader="token").status_code == 204
    assert reader.heard == [("token", "connect-a-source")]


def test_an_article_nobody_wrote_is_never_counted(reader: Reader) -> None:
    reader.posts("/help/nothing-of-that-name/seen", reader="token")
    assert reader.posts("/help/nothing-of-that-name/open", reader="token").status_code == 404
    assert reader.heard == []
