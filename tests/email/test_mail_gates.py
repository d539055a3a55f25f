"""The gates that every mail passes before it may ship: whoever reads it, in whichever language, in whichever program."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from html import unescape
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest
from branches import watched
from readers import LINKS, SAID, TEAM, ana, reads, shipped
from stories import Story
from written_letters import MAILBOX, a_letter

from bot.email.letters import written
from bot.facts import message_facts
from bot.message_files import taken_apart
from bot.messages import Messages, load_messages
from bot.render import Rendered, RenderError, render
from bot.surfaces import HTML
from flows.checklist import checklist
from flows.events import Answered, Traits

pytestmark = pytest.mark.gate

ROOT = Path(__file__).resolve().parents[2]
MAILS = sorted(name for name in shipped()[1].variants() if name not in TEAM)
LOCALES = ("", *sorted({locale for _, _, locale in shipped()[1].found if locale}))
NASTY = {
    "nobody": "",
    "markup": '<script>alert("1")</script><b>&amp;',
    "braces": "{{ 7*7 }}{% raw %}",
    "right to left": "عبد الله بن محمد \u202e",
    "emoji": "👩‍🚀 Zoë 🎉",
    "two hundred characters": "x" * 200,
    "lines": "Ana\r\nBcc: everybody@example.com",
}
ALSO: dict[str, tuple[dict[str, str | int | list[str]], ...]] = {
    "answer_thanks": tuple(
        {"survey": survey, "value": value}
        for survey, value in [("blockers", 1), ("blockers", 2), ("blockers", 5), ("ease", 5), ("goal_reached", "no"), ("leaving", "hard")]
    ),
    "check_in_done": ({"note": ""}, {"note": "", "by_name": ""}),
    "how": ({"article_name": "read-only-user"}, {"step": "pick_goal"}),
    "stuck": ({"text": "invalid host"}, {"article_name": "connect-a-source"}),
    "well_done": ({"step": "first_report"}, {"step": ""}),
}
"""What some mails are about besides what they usually are."""
MOST_BYTES = 102_000
"""Gmail cuts a longer mail off (about 102 KB), and with it the way to unsubscribe."""
MOST_SPAM = 0.5
SCORE = r"X-Spam-Status: \w+, score=(-?[\d.]+) [^:]*?tests=(\S*)"
VOID = ("meta", "br", "hr", "img", "link", "input")
BLOCKS = ("p", "ul", "ol", "table", "div", "blockquote", "h1", "h2", "h3", "pre")


class Mail(HTMLParser):
    """A mail as programs take it apart: every tag closes what was opened last, and rows stand in their tables."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.rows = self.posts = 0
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.tags.append(tag)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags.append(tag)
        self.links += [told["href"] or ""] if "href" in told else []
        if tag in VOID:
            return
        inside = self._open[-1] if self._open else ""
        assert inside != "p" or tag not in BLOCKS, f"<{tag}> in a paragraph"
        assert inside not in ("ul", "ol") or tag == "li", f"<{tag}> in a list"
        assert tag != "tr" or inside in ("tbody", "table", "thead"), f"a row in <{inside}>"
        assert tag not in ("td", "th") or inside == "tr", f"a cell in <{inside}>"
        named = (told.get("class") or "").split()
        self.rows += tag == "tr" and "step" in named
        self.posts += tag == "td" and "post" in named
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")
        if tag not in VOID:
            assert self._open.pop() == tag


def variants(messages: Messages, message: str) -> list[str]:
    return ["", *sorted(messages.variants()[message])]


def every(message: str, locale: str) -> Iterator[Rendered]:
    """The message with all its variants, for people at every point of their way, as a mail."""
    for steps, goal, variant in product((0, 1, 3), ("", "weekly revenue for my boss"), variants(shipped()[1], message)):
        said = {} if message in SAID else {"csm": "Maya Chen"}
        story = ana(steps=steps, goal=goal, stuck="it says invalid host", csm="Maya Chen")
        yield reads(story, message, surfaces=("html", "text"), variants=(variant,), locale=locale, **said)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", NASTY.values(), ids=NASTY)
def test_a_nasty_name_is_a_name_and_nothing_else_in_every_language(name: str, locale: str) -> None:
    def named(given: str) -> dict[str, tuple[list[str], Rendered]]:
        story = ana(name=given, goal=given, company=given, stuck=given or "help", csm=given or "Maya Chen")
        found = {}
        for message in MAILS:
            own = {key: given for key in SAID.get(message, {}) if key in ("text", "csm") and given}
            read = reads(story, message, surfaces=("html", "text"), locale=locale, **own)
            found[message] = (Mail(read.html).tags, read)
        return found

    nasty, harmless = named(name), named(re.sub(r"[^\r\n]+", "Ana", name))
    for message, (tags, read) in nasty.items():
        assert tags == harmless[message][0], message
        assert read.subject.strip() == read.subject != "", message
        assert "\n" not in read.subject + read.preheader, message
        assert "49" not in re.sub(r"https?://\S+", "", read.text), message
        assert not re.search("[\ue000-\uf8ff\u202a-\u202e\u2066-\u2069\x07]", read.text + read.html + read.subject), message
        assert len(read.html.encode()) < MOST_BYTES, message


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("message", MAILS)
def test_every_mail_is_whole_at_every_point_of_the_way(message: str, locale: str) -> None:
    for read in every(message, locale):
        mail = Mail(read.html)
        missing = [link for link in mail.links if unescape(link) not in read.text]
        assert not missing, f"the text has no {missing}"
        assert LINKS.of("ana", ana().now).unsubscribe in mail.links
        assert not re.search(r"\{\{|\{%|\{#|\}\}|%\}|\bNone\b|Undefined", read.html.partition("<body")[2] + read.text + read.subject)
        assert f'<html lang="{read.locale or "en"}"' in read.html
        assert "<title>" in read.html
        assert "Example Ltd, 1 Harbour Street, Lisbon" in read.text
        assert read.preheader


def test_every_shipped_mail_is_there_in_every_shipped_language() -> None:
    ours = {path.name for path in (ROOT / "templates" / "messages").glob("*.md")}
    written_in = {(found.message, found.variant, found.locale) for found in map(taken_apart, ours) if not found.surface}
    wanted = {(message, variant, locale) for message, variant, _ in written_in for locale in LOCALES if message not in TEAM}
    assert wanted - written_in == set()


@pytest.mark.parametrize("n", [1, 2, 5, 14])
def test_n_steps_are_n_rows_of_the_table_and_n_posts_of_the_rail(n: int) -> None:
    mail = Mail(_with_steps(n).html)
    assert (mail.rows, mail.posts) == (n, n)


def _with_steps(n: int) -> Rendered:
    """Day seven for somebody whose checklist has that many steps."""
    playbooks, messages = shipped()
    story = ana()
    drawn = checklist(playbooks["smb"], story.subject, story.now)
    module = replace(drawn.modules[0], steps=tuple(replace(drawn.steps[0], step=f"step{i}") for i in range(n)))
    drawn = replace(drawn, modules=(module,), total=n)
    facts = message_facts(playbooks["smb"], story.subject, drawn, {}, company="Example", now=story.now)
    links = LINKS.of("ana", story.now)
    return render(messages, message="day7", facts=facts, checklist=drawn, links=links, surfaces=("html",))


def test_every_if_of_every_mail_is_rendered_both_ways_and_the_mail_stays_whole() -> None:
    with watched(HTML) as branches:
        messages, wrong = load_messages([ROOT / "templates"], shipped()[0])
    assert not wrong
    for message in TEAM:
        branches.play(partial(_read, messages, ana(stuck="help", csm="Maya Chen"), message, "", ""))
    of_the_team = {source for source, _ in branches.came_up_in}
    for story, message, locale in product(_at_every_point(), MAILS, LOCALES):
        for variant, said in product(variants(messages, message), ({}, *ALSO.get(message, ()))):
            branches.play(partial(_read, messages, story, message, variant, locale, **said))
    for half in branches.half_seen:
        branches.play_turned(half)
    left = {f"{n} {source}" for source, n in branches.half_seen | branches.unseen if source not in of_the_team}
    assert left == set(), "\n".join(f"- if {one[:400]}" for one in left)


def _at_every_point() -> list[Story]:
    """People who have all there is, nothing, a goal alone, everything done, and who got there partly."""
    busy = ana(steps=1, goal="weekly", stuck="no", csm="Maya Chen")
    for event in ("report.opened", "report.created", "member.invited"):
        busy.does(event)
    busy.happens(Traits, account={"owner": "Maya Chen"})
    busy.now += timedelta(days=4)
    through = ana(steps=3, goal="weekly")
    for event in ("member.invited", "member.invited", "api_key.created"):
        through.does(event)
    partly = ana(steps=1, goal="weekly")
    partly.happens(Answered, survey="goal_reached", value="partly")
    return [
        busy,
        through,
        partly,
        ana(name="", steps=0),
        ana(steps=0, goal="weekly"),
        ana(steps=3, goal="weekly"),
        ana(steps=3, stuck="no"),
    ]


def _read(messages: Messages, story: Story, message: str, variant: str, locale: str, **said: str | int | list[str]) -> None:
    try:
        read = reads(story, message, surfaces=("html",), variants=(variant,), locale=locale, messages=messages, **said)
    except RenderError:
        return  # the other half may speak of what this person does not have
    Mail(read.html)


def test_every_mail_has_the_headers_that_mail_programs_and_people_need() -> None:
    for message in MAILS:
        mail = _posted(next(every(message, "")), message)
        assert mail["Message-ID"] == MAILBOX.message_id(7)
        assert mail["List-Unsubscribe"].startswith("<https://")
        assert "mailto:" in mail["List-Unsubscribe"]
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["X-Auto-Response-Suppress"] == "All"
        assert (mail["Auto-Submitted"] == "auto-generated") == (message != "csm_reply")
        assert mail["Reply-To"] == MAILBOX.reply_address(7)
        assert "ana" not in str(mail["Message-ID"]) + str(mail["References"]) + str(mail["Reply-To"])
        assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def _posted(read: Rendered, message: str) -> EmailMessage:
    found = message_from_bytes(_bytes(read, message), policy=SMTP)
    assert isinstance(found, EmailMessage)
    return found


def _bytes(read: Rendered, message: str) -> bytes:
    letter = a_letter(message=message, subject=read.subject, html=read.html, text=read.text)
    return written(letter, "hello@tally.test", datetime.now(UTC))


def _tool(name: str) -> str:
    """Where a tool is; without it this gate is left out, unless everything has to be looked at (in CI)."""
    found = shutil.which(name)
    if found is None:
        assert os.environ.get("HANDRAIL_MAIL_TOOLS") != "required", f"{name} is not installed"
        pytest.skip(f"{name} is not installed")
    return found


def test_html_validate_has_nothing_against_any_mail(tmp_path: Path) -> None:
    tool = _tool("html-validate")
    for locale, message in product(LOCALES, MAILS):
        for n, read in enumerate(every(message, locale)):
            (tmp_path / f"{message}.{locale or 'en'}.{n}.html").write_text(read.html, encoding="utf-8")
    config = ROOT / "tests" / "email" / "htmlvalidate.json"
    said = subprocess.run([tool, "--config", config, tmp_path], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout[-4000:] + said.stderr[-1000:]


def test_spamassassin_takes_no_mail_for_spam(tmp_path: Path) -> None:
    tool = _tool("spamassassin")
    order = list(product(LOCALES, MAILS))
    box = tmp_path / "mails"
    with box.open("wb") as file:
        for locale, message in order:
            raw = _bytes(next(every(message, locale)), message).replace(b"\r\n", b"\n")
            file.write(b"From hello@tally.test Mon Mar  2 10:00:00 2026\n" + re.sub(rb"(?m)^From ", b">From ", raw) + b"\n\n")
    said = subprocess.run([tool, "--local", "--test-mode", "--mbox"], input=box.read_bytes(), capture_output=True, check=False)
    scores = [(float(score), tests) for score, tests in re.findall(SCORE, said.stdout.decode(errors="replace"))]
    assert len(scores) == len(order), said.stderr[-1000:]
    bad = {f"{message}.{locale}": found for (locale, message), found in zip(order, scores, strict=True) if found[0] > MOST_SPAM}
    assert bad == {}
