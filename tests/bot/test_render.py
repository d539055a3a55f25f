"""What people read, on every surface, whoever they are."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from readers import GOLDEN, ROOT, SAID, TEAM, ana, golden_readings, reads, shipped
from stories import MONDAY, Story

from bot.messages import load_messages
from bot.render import Component, Rendered, RenderError, Text
from bot.wording import ago, deadline, moment

MESSAGES = sorted(shipped()[1].variants())
NASTY = (
    "<!channel>",
    "<script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}",
    "عبد الله بن محمد",
    'O"Brien & <b>Sons</b>',
    "x" * 200,
    "\u202eevil\ue000\x07",
)


class Tags(HTMLParser):
    """The tags and addresses of a page, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")


def named(name: str, *, goal: bool) -> Story:
    return ana(name=name, goal=name if goal else "", company=name, stuck=name, csm=name)


def mrkdwn(read: Rendered) -> str:
    return "\n".join(part.mrkdwn for part in read.slack_parts if isinstance(part, Text))


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("goal", [False, True], ids=["no goal", "goal"])
def test_a_nasty_name_is_a_name_and_nothing_else(name: str, goal: bool):
    nasty, harmless = named(name, goal=goal), named("Ana", goal=goal)
    for message in MESSAGES:
        spoilt = {key: name for key in SAID.get(message, {}) if key in ("text", "csm")}
        read, like = reads(nasty, message, **spoilt), reads(harmless, message, **dict.fromkeys(spoilt, "Ana"))
        assert Tags(read.html).tags == Tags(like.html).tags, message
        assert not re.search(r"<(?!https?://)", mrkdwn(read) + read.slack_text), message
        assert "49" not in re.sub(r"https?://\S+", "", read.text + mrkdwn(read)), message
        assert not re.search("[\ue000-\uf8ff\u202a-\u202e\x07]", read.text + read.html + mrkdwn(read)), message
        assert "\n" not in read.subject, message
        assert len(read.html.encode()) < 102_000, message


def test_nothing_of_a_template_is_left_in_what_people_read():
    for message in MESSAGES:
        read = reads(ana(goal="weekly revenue", stuck="no", csm="Maya Chen"), message)
        for written in (read.subject, read.preheader, read.html, read.text, mrkdwn(read)):
            assert "{{" not in written, message
            assert "{%" not in written, message
            assert "None" not in written, message


@pytest.mark.parametrize("message", [m for m in MESSAGES if m not in TEAM])
def test_every_link_of_the_mail_is_in_its_text(message: str):
    for steps in (0, 1, 3):
        read = reads(ana(steps=steps), message, csm="Maya Chen")
        missing = [link for link in Tags(read.html).links if unescape(link) not in read.text]
        assert not missing
        assert any("/u/" in link for link in Tags(read.html).links)


def test_the_checklist_has_a_row_for_each_step():
    story = ana()
    read = reads(story, "day7")
    titles = re.findall(r'<tr class="step">', read.html)
    assert len(titles) == 6
    assert len(re.findall(r'<td class="post"', read.html)) == 6
    assert [word in read.text for word in ("Build your first report", "Create an API key")] == [True, True]


def test_a_message_has_one_rail_even_when_it_places_its_own(tmp_path: Path):
    folder = tmp_path / "messages"
    folder.mkdir()
    (folder / "day1.md").write_text("---\nsubject: Hi\n---\nHi.\n\n{{ progress }}\n\nBye.\n", encoding="utf-8")
    messages, _ = load_messages([ROOT / "templates", tmp_path])
    read = reads(ana(), "day1", messages=messages)
    assert len(re.findall(r'<td class="post"', read.html)) == 6
    assert read.slack_parts == (Text("Hi."), Component("progress"), Text("Bye."))
    assert "1 of 4 done" in read.text


def test_a_loop_around_a_list_item_makes_one_list(tmp_path: Path):
    folder = tmp_path / "messages"
    folder.mkdir()
    body = "{% for n in [1, 2, 3] %}\n- item {{ n }}\n{% endfor %}\n- last\n\n{% if goal %}\nA goal.\n{% else %}\nNo goal.\n{% endif %}\n"
    (folder / "day1.md").write_text(f"---\nsubject: Hi\n---\n{body}", encoding="utf-8")
    messages, _ = load_messages([ROOT / "templates", tmp_path])
    with_goal, without = (reads(ana(goal=goal), "day1", messages=messages) for goal in ("weekly revenue", ""))
    assert Tags(with_goal.html).tags.count("ul") == 1
    assert Tags(with_goal.html).tags.count("li") == 4
    assert mrkdwn(with_goal) == "•  item 1\n•  item 2\n•  item 3\n•  last\n\nA goal."
    assert mrkdwn(without).endswith("No goal.")


def test_an_article_in_a_mail_is_in_no_paragraph_and_the_other_half_of_an_if_is_in_no_list():
    void = ("meta", "br", "hr", "img", "link", "input")
    for message in ("all_busy", "nobody_free", "article", "how", "stuck"):
        for tips in (False, True):
            article = {} if tips else {"article_name": "read-only-user", "step": ""}
            opened: list[str] = []
            for tag in Tags(reads(ana(), message, **article).html).tags:
                if tag.removeprefix("/") in void:
                    continue
                if tag.startswith("/"):
                    assert opened.pop() == tag[1:], (message, tips)
                else:
                    assert not (opened and opened[-1] == "p" and tag in ("p", "ul", "ol", "table", "div", "h3")), (message, tips)
                    opened.append(tag)
            assert opened == []


def test_times_are_those_of_the_persons_zone_and_the_cards_those_of_the_team():
    lima = Story(shipped()[0], zone="America/Lima")
    lima.joins()
    lima.now = MONDAY + timedelta(days=3)
    assert "by 09:30 your time" in reads(lima, "stuck").text
    assert "Our team is back Monday at 03:00 your time" in reads(lima, "nobody_free").text
    assert "**" not in reads(ana(stuck="help"), "case_card").text
    assert "Answer by 15:00 (4 working hours)" in reads(ana(stuck="help"), "case_card").text


def test_the_goal_is_in_their_own_words_with_the_day_they_said_it():
    said = reads(ana(goal="weekly revenue for my boss", steps=3), "well_done")
    assert "On the 2nd you wanted _weekly revenue for my boss_." in mrkdwn(said)
    assert not said.choices
    unsaid = reads(ana(steps=3), "well_done")
    assert [choice.action for choice in unsaid.choices] == ["goal"]


def test_a_survey_offers_its_answers_in_words():
    assert [(c.text, c.value, c.survey) for c in reads(ana(), "goal_check").choices] == [
        ("Yes", "yes", "goal_reached"),
        ("Partly", "partly", "goal_reached"),
        ("No", "no", "goal_reached"),
    ]
    assert [c.text for c in reads(ana(), "ask_ease").choices] == ["1 · hard", "2", "3", "4", "5 · easy"]
    assert "?do=answer&survey=ease&value=5" in reads(ana(), "ask_ease").text


def test_a_quoted_answer_has_its_sign_on_every_line_and_pings_nobody():
    read = reads(ana(), "csm_reply", csm="Maya Chen", text="Try <!here>\n\nand port 5432")
    assert mrkdwn(read) == "*Maya Chen* writes:\n\n> Try &lt;!here&gt;\n>\n> and port 5432"


def test_only_the_surfaces_asked_for_are_rendered():
    read = reads(ana(), "welcome", surfaces=("slack",))
    assert (read.html, read.text) == ("", "")
    assert read.slack_parts[1] == Component("next_step")
    assert read.slack_text.startswith("Hi Ana.")
    assert "Next: Tell us what you want to measure, 1 minute" in read.slack_text
    assert reads(ana(), "welcome", surfaces=("html", "text")).slack_parts == ()


def test_the_team_gets_no_links_of_the_persons():
    read = reads(ana(stuck="it says <invalid> host"), "case_card")
    assert read.audience == "team"
    assert read.case == "ana.1"
    assert "hello.example.com" not in read.html + read.text + mrkdwn(read)
    assert "*Said* “it says &lt;invalid&gt; host”" in mrkdwn(read)


def test_a_note_without_a_phrase_is_shown_as_it_came():
    assert mrkdwn(reads(ana(stuck="help"), "case_note", note="also", why="they <b>left</b>")) == "Also: they &lt;b&gt;left&lt;/b&gt;."
    assert mrkdwn(reads(ana(stuck="help"), "case_note", note="something new")) == "something new"


def test_a_link_that_is_no_address_is_left_out(tmp_path: Path):
    folder = tmp_path / "messages"
    folder.mkdir()
    (folder / "csm_reply.md").write_text(
        '---\nsubject: Hi\nbutton: {text: Go, link: "{{ text }}"}\n---\nSee [this]({{ text }}).\n', encoding="utf-8"
    )
    messages, wrong = load_messages([ROOT / "templates", tmp_path])
    assert not wrong
    bad = reads(ana(), "csm_reply", messages=messages, csm="Maya", text="javascript:alert(1)")
    assert (bad.button, mrkdwn(bad)) == (None, "See this.")
    assert "javascript" not in bad.html
    good = reads(ana(), "csm_reply", messages=messages, csm="Maya", text="https://example.com/?a=1|2&b=<3>")
    assert mrkdwn(good) == "See <https://example.com/?a=1%7C2&amp;b=%3C3%3E|this>."
    assert good.button is not None


def test_what_cannot_be_rendered_says_so_and_sends_nothing():
    with pytest.raises(RenderError, match="no message day99"):
        reads(ana(), "day99")
    with pytest.raises(RenderError, match="csm_reply"):
        reads(ana(), "csm_reply", csm="")


def test_moments_are_said_as_people_say_them():
    berlin = "Europe/Berlin"
    said = [moment(MONDAY + timedelta(days=days), berlin, MONDAY) for days in (0, 1, 3, 12, -1, -3, 300)]
    assert said == [
        "today 11:00",
        "tomorrow at 11:00",
        "Thursday at 11:00",
        "Sat 14 March, 11:00",
        "yesterday 11:00",
        "Fri 11:00",
        "27 December 2026, 11:00",
    ]
    assert deadline(MONDAY + timedelta(days=1), "Nowhere/Here", MONDAY) == "10:00 tomorrow"
    assert [ago(MONDAY + timedelta(hours=h), MONDAY) for h in (-49, -1, 0, 3)] == ["2 days ago", "1 hour ago", "now", "in 3 hours"]


def test_people_read_what_they_read_before():
    """When the words were meant to change: WRITE_GOLDEN=1 on this test, and look at the difference."""
    now = golden_readings()
    if "WRITE_GOLDEN" in os.environ:
        for path in GOLDEN.glob("*.txt"):
            path.unlink()
        for name, text in now.items():
            (GOLDEN / f"{name}.txt").write_text(text, encoding="utf-8")
    before = {path.stem: path.read_text(encoding="utf-8") for path in GOLDEN.glob("*.txt")}
    assert now == before
