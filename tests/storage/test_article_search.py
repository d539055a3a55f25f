"""Help articles are found by what customers type, whatever they type, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from storage.article_search import ArticleSearch, Entry
from storage.database import Database, connect


def an_article(name: str, title: str, *aliases: str, text: str = "", locale: str = "") -> Entry:
    return Entry(name=name, locale=locale, title=title, aliases=aliases, text=text)


SOURCE = an_article(
    "connect-a-source",
    "Connect a data source",
    "invalid host",
    "postgres",
    "firewall",
    text="You need the address of the database. Open Sources, New, and press Test. Green means a first query came back.",
)
REPORT = an_article("first-report", "Build your first report", "chart", "empty chart", text="Open Reports, New. By week is good.")
INVITE = an_article(
    "invite-people", "Invite people", "teammate", "add user", text="Open Team, New. They read every report. Their link is new."
)
WEEKLY = an_article(
    "schedule", "Have a report arrive by itself", "every Monday", text="Open the report. Choose Monday at 8:00, a new mail a week."
)
SHIPPED = [SOURCE, REPORT, INVITE, WEEKLY]
QUELLE = an_article("connect-a-source", "Eine Datenquelle anbinden", "ungültiger Host", text="Die Adresse der Datenbank.", locale="de")
FRENCH = an_article("first-report", "Votre premier rapport", "graphique vidé", text="Une question par semaine.", locale="fr")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    found = connect(url)
    yield found
    found.close()


@pytest.fixture
def search(database: Database) -> ArticleSearch:
    search = ArticleSearch(database)
    assert search.rebuild([*SHIPPED, QUELLE, FRENCH])
    return search


def names(search: ArticleSearch, question: str, locale: str = "", **known: Any) -> list[str]:
    return [found.name for found in search.find(question, locale, **known)]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("invalid host postgres", "connect-a-source"),
        ("It says INVALID HOST!!", "connect-a-source"),
        ("Hi, I tried all evening and it keeps saying invalid host, our admin is on holiday and my boss wants numbers", "connect-a-source"),
        ("our firewalls", "connect-a-source"),
        ("my chart is empty", "first-report"),
        ("how do I invite my boss", "invite-people"),
        ("can it come every monday?", "schedule"),
        ("address of the database", "connect-a-source"),
    ],
)
def test_ana_asks_in_her_words_and_finds_the_article(search: ArticleSearch, question: str, first: str) -> None:
    assert names(search, question)[0] == first


@pytest.mark.parametrize(
    "question",
    [
        "what is the weather",
        "the weather report for Berlin, please",
        "good morning",
        "it doesn't work",
        "how do I do this?",
        "can you recommend a restaurant near the host of the party",
        "a new day, a new dog",
        "",
        "?!",
        "\x00",
        "👍🏽",
    ],
)
def test_a_stray_common_word_offers_nothing(search: ArticleSearch, question: str) -> None:
    assert names(search, question) == []


def test_a_title_or_an_alias_goes_before_a_text(search: ArticleSearch) -> None:
    assert names(search, "report")[:2] == ["first-report", "schedule"]
    assert "invite-people" in names(search, "report")


def test_at_most_three_are_offered_and_each_once(database: Database) -> None:
    search = ArticleSearch(database)
    search.rebuild(an_article(f"export-{n}", f"Export to place {n}", "export", text="Export, export, export.") for n in range(6))
    assert len(names(search, "export")) == len(set(names(search, "export"))) == 3
    assert len(names(search, "export", limit=5)) == 5


def test_an_article_that_fits_much_better_stands_alone(search: ArticleSearch) -> None:
    assert names(search, "postgres behind a firewall says invalid host for my report") == ["connect-a-source"]


def test_ana_reads_german_and_gets_german_first_then_what_nobody_translated(search: ArticleSearch) -> None:
    [found] = search.find("ungueltiger host? ungültiger Host!", "de-AT")
    assert (found.name, found.title) == ("connect-a-source", "Eine Datenquelle anbinden")
    assert names(search, "Ungültiger Host, und every Monday?", "de") == ["connect-a-source", "schedule"]


def test_a_question_in_english_finds_the_article_under_the_title_its_reader_reads(search: ArticleSearch) -> None:
    [found] = search.find("postgres", "de")
    assert found.title == "Eine Datenquelle anbinden"
    assert search.find("postgres", "pt-BR")[0].title == "Connect a data source"


def test_accents_and_capitals_make_no_difference(search: ArticleSearch) -> None:
    assert names(search, "GRAPHIQUE VIDE", "fr") == ["first-report"]
    assert names(search, "Ungultiger host", "de") == ["connect-a-source"]


def test_another_language_than_ones_own_is_not_offered(search: ArticleSearch) -> None:
    assert names(search, "graphique", "de") == []


def test_the_index_is_built_once_for_the_same_articles_and_anew_for_others(search: ArticleSearch) -> None:
    same = [QUELLE, *reversed(SHIPPED), FRENCH]
    assert not search.rebuild(same)
    assert search.rebuild([an_article("invite-people", "Invite people", "teammate", "onboard")])
    assert names(search, "onboard") == ["invite-people"]
    assert names(search, "invalid host") == []


def test_no_articles_leave_nothing_to_find(search: ArticleSearch) -> None:
    assert search.rebuild([])
    assert not search.rebuild([])
    assert names(search, "invalid host") == []


def test_two_processes_that_start_together_build_one_index(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        built = list(pool.map(lambda _: ArticleSearch(database).rebuild(SHIPPED), range(8)))
    assert built.count(True) == 1
    assert names(ArticleSearch(database), "invalid host") == ["connect-a-source"]


def test_a_question_that_never_ends_is_cut(search: ArticleSearch) -> None:
    assert names(search, "invalid host " + "and so on " * 100_000) == ["connect-a-source"]
    assert names(search, "x" * 1_000_000) == []
    assert names(search, " ".join(f"word{n}" for n in range(100_000))) == []


HOSTILE = ['"', "' OR 1=1 --", "host* NEAR(a b)", "title:host", "AND OR NOT", "a:* & !b | (", '"host" ^ {x} -y', "\\", "%_", "\ud800 host"]


@pytest.mark.parametrize("question", HOSTILE)
def test_no_question_is_read_as_a_query(search: ArticleSearch, question: str) -> None:
    assert set(names(search, question)) <= {"connect-a-source"}
    assert names(search, f"invalid host {question}") == ["connect-a-source"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.text(), locale=st.sampled_from(["", "de", "fr-CA", "x", "zz-ZZ-zz", "'\"", "en_GB"]))
@example(question="host ﷺ", locale="de")
def test_whatever_is_typed_is_answered(search: ArticleSearch, question: str, locale: str) -> None:
    assert len(search.find(question, locale)) <= 3
