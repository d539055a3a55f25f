"""What people write above, below and between the words of others, and what their programs put around it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bench.replies import hostile_pages, hostile_texts
from bot.email.parsing import parse_mail
from bot.email.reading import LOOKED_AT, html_as_text, read_reply, shown

ANSWERS = Path(__file__).parent / "answers"
GOLDEN = yaml.safe_load((ANSWERS / "golden.yaml").read_text(encoding="utf-8"))
SENTINELS = ("Answer above this line", "Antworten Sie über dieser Zeile")
WITHOUT_MARKS = "sentinel_without_marks"
BITS = ("<p>", "</p>", "<blockquote>", "</blockquote>", "<", ">", "&amp;", "&#", "<!--", '"', "x ")
OURS = ("Answer above this line", "your first step is", "Maya at Acme", "reply+", "wrote:", "schrieb", "Gesendet:", "Sent from", "iPhone")

WORDS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40)
LINES = st.one_of(
    WORDS,
    WORDS.map(lambda words: f"> {words}"),
    st.sampled_from(
        [
            *("", "> ", ">", "-- ", "--", "On Mon, 2 Mar 2026, Maya <m@acme.test>", "wrote:", "Am 02.03.26 um 10:00 schrieb Maya:"),
            *("From: a@b.test", "Sent: 2 Mar 2026", "To: x", "Subject: y", "-----Original Message-----", "Answer above this line"),
            *("Sent from my iPhone", "\u200bdone", "\u202edone", "a\u00a0b\tc", "________________________________", "[image: x.png]"),
        ]
    ),
)


@pytest.mark.parametrize("name", GOLDEN)
def test_ana_is_understood_whatever_program_she_writes_with(name: str) -> None:
    mail = parse_mail((ANSWERS / f"{name}.eml").read_bytes())
    reply = read_reply(mail.text if mail.text.strip() else html_as_text(mail.html), SENTINELS)
    assert {"first_line": reply.first_line, "text": reply.text, "quoted": reply.quoted} == GOLDEN[name]
    assert mail.verdict == ""


@pytest.mark.parametrize("name", sorted(GOLDEN.keys() - {WITHOUT_MARKS}))
def test_nothing_of_ours_comes_back_as_anas_words_even_without_the_line(name: str) -> None:
    mail = parse_mail((ANSWERS / f"{name}.eml").read_bytes())
    said = read_reply(mail.text if mail.text.strip() else html_as_text(mail.html)).text
    assert not [ours for ours in OURS if ours in said]


def test_there_are_mails_of_every_kind() -> None:
    assert {each.stem for each in ANSWERS.glob("*.eml")} == set(GOLDEN)
    assert len(GOLDEN) >= 25


@given(st.lists(LINES, max_size=30), st.sampled_from(["\n", "\r\n", "\r"]))
def test_whatever_comes_is_read_and_nothing_is_made_up(lines: list[str], end: str) -> None:
    text = end.join(lines)
    reply = read_reply(text, SENTINELS)
    written = {line.strip() for line in shown(text).split("\n")}
    assert {line.strip() for line in reply.text.split("\n")} <= written | {""}
    assert reply.first_line == reply.text.partition("\n")[0].strip()
    assert not any(line.lstrip().startswith(">") for line in reply.text.split("\n"))


@given(st.text(max_size=400) | st.lists(st.sampled_from(BITS)).map("".join))
def test_whatever_page_comes_is_read(page: str) -> None:
    assert "\x00" not in read_reply(html_as_text(page)).text


@pytest.mark.parametrize("size", [1_000, 200_000])
def test_a_mail_meant_to_be_slow_is_read_to_its_cap(size: int) -> None:
    for text in hostile_texts(size).values():
        assert len(read_reply(text, SENTINELS).text) <= LOOKED_AT
    for page in hostile_pages(size).values():
        assert len(read_reply(html_as_text(page)).text) <= LOOKED_AT


def test_what_nobody_can_see_is_not_read() -> None:
    reply = read_reply("\ufeff\u200bdone\u202e\u00a0\r\nsecond\tline\x00\r\n")
    assert (reply.first_line, reply.text) == ("done", "done\nsecond line")


def test_ana_may_write_of_mondays_and_of_senders() -> None:
    lines = ["On Monday I wrote to you:", "the export from 2025 is empty.", "From: what I see, it is the filter.", "Le chat est noir."]
    text = "\n".join([*lines, "Sent from my desk, with love."])
    assert read_reply(text).text == text


def test_a_telephones_line_goes_and_the_words_below_it_stay() -> None:
    assert read_reply("Sent from my iPhone\n\nIt still fails.").text == "It still fails."


@pytest.mark.parametrize(
    "line",
    [
        *(
            "Sent from my iPhone",
            "Get Outlook for Android",
            "Sent from Outlook for iOS",
            "Von meinem iPhone gesendet",
            "Gesendet von Outlook für iOS",
        ),
        *(
            "Envoyé depuis mon iPhone",
            "Enviado desde mi iPhone",
            "Inviato da iPhone",
            "Verstuurd vanaf mijn iPhone",
            "Enviado do meu iPhone",
        ),
        *(
            "Sent from Yahoo Mail on Android",
            "Von meinem Samsung Galaxy Smartphone gesendet.",
            "Skickat från min iPhone",
            "Sent from my Pixel 9 Pro",
        ),
    ],
)
def test_what_a_telephone_adds_is_nobodys_word(line: str) -> None:
    assert read_reply(f"done\n\n{line}").text == "done"


@pytest.mark.parametrize(
    "line", ["Sent from my old account, sorry", "Von mir aus", "Get the report out first", "Mit dem Handy geht es nicht", "mail sent"]
)
def test_a_sentence_that_begins_like_it_is_anas(line: str) -> None:
    assert read_reply(f"hello\n{line}").text == f"hello\n{line}"


def test_a_page_says_what_ana_sees() -> None:
    page = (
        "<div>First &lt;b&gt;</div><ul><li>one<li>two</ul><p style='display:none'>secret</p>"
        "<table><tr><td>a</td><td>b</td></tr></table>x<br>y<script>alert(1)</script>"
    )
    assert html_as_text(page).split("\n") == ["First <b>", "one", "two", "a b", "x", "y"]


def test_words_moved_to_the_right_are_anas() -> None:
    assert html_as_text('a<blockquote style="margin:0 0 0 40px;border:none;padding:0px">b</blockquote>') == "a\nb"


def test_words_below_a_marked_quote_of_a_page_are_anas() -> None:
    page = (
        "<div>On Mon, 2 Mar 2026 Maya &lt;m@acme.test&gt; wrote:</div><blockquote type=cite>Which one?</blockquote><div>The second.</div>"
    )
    reply = read_reply(html_as_text(page))
    assert (reply.text, reply.quoted) == ("The second.", True)
