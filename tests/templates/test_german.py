"""All that customers read is there in German too, and says the same in its own way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jinja2 import meta, nodes
from on_pages import newcomer, page_of, preferences_of, unsubscribe_of
from readers import ROOT, SAID, TEAM, ana, reads, shipped
from stories import MONDAY, Story
from town import Town, a_town

from bot.message_files import MessageFile, read_message
from bot.phrases import load_phrases
from bot.preferences import languages
from bot.rendered import Rendered, Text
from bot.surfaces import TEXT
from bot.understanding import understand
from bot.wording import day_named, deadline, moment, span
from bot.words import shipped_words
from flows.checklist import checklist
from flows.events import Traits

TEMPLATES = ROOT / "templates"

TEAM_GROUPS = ("card", "case", "csm", "notes", "ops", "project", "story", "task", "timeline")
"""Groups of words.yaml that only colleagues read. They stay English, as the team's messages do."""
TEAM_SPEAKS = "ops.alert_"
"""What the team may choose to read in its own language (HANDRAIL_ALERTS_LANGUAGE)."""
TEAM_KEYS = re.compile(
    r"button\.(assign|claim|open_page|pause_person|read_all|resolve|send_on|snooze|suggest|tick_step)"
    r"|modal\.(assign|open|reply|resolve|snooze|suggest|tick)_\w+|modal\.pause_(title|label|then|submit|past)"
    r"|mail\.why_team|time\.(now|ago|ahead|exact)"
)
"""Single words of the team in groups that customers read too."""
SAME_IN_ALL = re.compile(r"language\.\w+|rail\.\w+_mark")
"""What a language calls itself, and signs."""

ENGLISH = re.compile(
    r"\b(the|and|your|you|yours|done|with|for|from|is|are|of|it|this|that|these|what|when|where|have|has|not|our|one|two|three|steps?"
    r"|minutes|hours?|days?|week|next|later|left|stuck|people|messages|please|stop|choose|here|there|by|or|if)\b",
    re.IGNORECASE,
)
"""Words that give an English sentence away and that German has none of."""


def customers_messages() -> Iterator[Path]:
    """The English file of every message and variant that a customer can read, and its form for Slack where it has one."""
    for path in sorted((TEMPLATES / "messages").glob("*.md")):
        if ".de." not in path.name and read_message(path).audience == "customer":
            yield path


def in_german(path: Path) -> Path:
    form = ".slack.md" if path.name.endswith(".slack.md") else ".md"
    return path.with_name(path.name.removesuffix(form) + ".de" + form)


PAIRS = [pytest.param(path, id=path.name) for path in customers_messages()]


def english_in(text: str) -> list[str]:
    """The English words in a text, without its addresses and what is code."""
    text = re.sub(r"https?://\S+|\S+@\S+|`[^`]*`|<[^>]*>", " ", text)
    return [word.lower() for word in ENGLISH.findall(text)]


@pytest.mark.parametrize("path", PAIRS)
def test_a_message_has_a_german_file_that_offers_and_tells_the_same(path: Path):
    english, german = read_message(path), read_message(in_german(path))
    assert _offers(german) == _offers(english)
    assert _facts(german) == _facts(english)
    assert german.article.text == english.article.text
    assert _asked(english) <= _asked(german)


def _offers(file: MessageFile) -> list[tuple[str, str, str]]:
    """What the buttons do, and when they are there."""
    parts = [(entry["do"].text, entry["when"].text if "when" in entry else "") for entry in file.choices]
    button = [(file.button["link"].text, file.button["when"].text if "when" in file.button else "")] if file.button else []
    return [("button", *each) for each in button] + [("choice", *each) for each in parts]


def _asked(file: MessageFile) -> set[str]:
    """What the body compares facts with, such as an answer."""
    compared = TEXT.parse(file.body).find_all(nodes.Compare)
    return {str(constant.value) for one in compared for constant in one.find_all(nodes.Const)}


def _facts(file: MessageFile) -> set[str]:
    """The facts and components that the file speaks of."""
    texts = [file.subject, file.preheader, *(entry["text"] for entry in (*file.choices, file.button) if "text" in entry)]
    return meta.find_undeclared_variables(TEXT.parse("\n".join([file.body, *(line.text for line in texts)])))


def test_every_word_that_customers_read_is_there_in_german():
    words = shipped_words()
    german = {key for tag, key in words.phrases if tag == "de"}
    shipped_keys = words.keys()
    theirs = {key for key in shipped_keys if key.partition(".")[0] not in TEAM_GROUPS and not TEAM_KEYS.fullmatch(key)}
    assert sorted(key for key in theirs - german if not SAME_IN_ALL.fullmatch(key)) == []
    assert sorted(key for key in german - theirs if not key.startswith(TEAM_SPEAKS)) == []


def test_german_words_have_no_english_left_in_them():
    for (tag, key), phrase in shipped_words().phrases.items():
        said = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", phrase.text)
        known = {"status", "next", "pause"} if key == "command.help" else set()
        assert tag != "de" or set(english_in(said)) <= known, (key, phrase.text)


def test_german_buttons_fit_where_english_ones_fit():
    for (tag, key), phrase in shipped_words().phrases.items():
        if tag == "de" and (key.startswith("button.") or re.fullmatch(r"modal\.\w+_title", key)):
            assert len(phrase.text) <= 24, (key, phrase.text)
        if key.startswith("kinds.") and key.endswith("_hint"):
            assert len(phrase.text) <= 75, (key, phrase.text)


@pytest.mark.parametrize("folder", ["content", "replies"])
def test_every_article_and_written_reply_has_a_german_one(folder: str):
    files = {path.name for path in (TEMPLATES / folder).glob("*.md")}
    assert {name for name in files if ".de." not in name and in_german(Path(name)).name not in files} == set()


# Read by people


@cache
def german(name: str = "Ana Ruiz", steps: int = 1) -> Story:
    """Ana on her fourth day; she reads German."""
    story = ana(name=name, steps=steps, goal="jede Woche den Umsatz" if name else "")
    story.happens(Traits, person={"locale": "de-AT"})
    return story


WEBINAR = "Your first report, built live"
"""A session is called what its host calls it."""
THEIRS: dict[str, Any] = {
    "text": "ungültiger Host",
    "goal": "jede Woche den Umsatz",
    "note": "Der Umsatz nach Wochen kommt zuerst.",
    "actions": ["Ihr schickt uns die Liste der Filialen", "Wir bauen den Bericht bis Donnerstag"],
    "task_title": "Kickoff",
}
"""What somebody writes who reads German, and our people who speak with them."""


def _read(path: Path, story: Story) -> Rendered:
    name = read_message(path).name
    theirs = {key: THEIRS[key] for key in SAID.get(name.message, {}) if key in THEIRS}
    return reads(story, name.message, variants=(name.variant,), locale="de-AT", **theirs)


@pytest.mark.parametrize("path", PAIRS)
@pytest.mark.parametrize(("name", "steps"), [("Ana Ruiz", 1), ("", 0), ("Ana Ruiz", 3)])
def test_a_german_reads_no_english(path: Path, name: str, steps: int):
    read = _read(path, german(name, steps))
    slack = " ".join(part.mrkdwn for part in read.slack_parts if isinstance(part, Text))
    shown = [text.replace(WEBINAR, "") for text in (read.subject, read.preheader, read.text, slack, read.slack_text)]
    buttons = [choice.text for choice in read.choices] + ([read.button.text] if read.button else [])
    assert read.locale == "de"
    assert '<html lang="de"' in read.html
    assert {word for text in (*shown, *buttons) for word in english_in(text)} == set(), shown
    assert all(text and len(text) <= 75 for text in buttons)
    assert "Hallo ." not in read.text
    assert not re.search(r"\w [,.;:!?](?!\.)|\w {2,}\w", slack), slack


def test_numbers_are_words_with_the_right_ending():
    assert reads(german("Ana Ruiz", 0), "welcome", locale="de").subject == "Dein erster Bericht: drei Schritte, etwa 17 Minuten"
    assert reads(german("Ana Ruiz", 2), "welcome", locale="de").subject == "Dein erster Bericht: ein Schritt, etwa 2 Minuten"
    assert "2 von 4 Schritten sind erledigt" in reads(german("Ana Ruiz", 1), "day7", locale="de").text


def test_the_team_reads_a_germans_card_in_english():
    story = ana(stuck="ungültiger Host")
    story.happens(Traits, person={"locale": "de"})
    for message in TEAM:
        assert reads(story, message, locale="").locale == ""
    assert "Connect your first data source" in " ".join(
        part.mrkdwn for part in reads(story, "case_card").slack_parts if isinstance(part, Text)
    )


@pytest.mark.parametrize(
    ("hours", "when", "by_when"),
    [
        (3, "heute um 14 Uhr", "14 Uhr"),
        (3.5, "heute um 14:30 Uhr", "14:30 Uhr"),
        (22, "morgen um 9 Uhr", "morgen um 9 Uhr"),
        (72, "Donnerstag um 11 Uhr", "Donnerstag um 11 Uhr"),
        (24 * 10, "Do., 12. März, 11 Uhr", "Do., 12. März, 11 Uhr"),
        (24 * 300, "27. Dezember 2026, 11 Uhr", "27. Dezember 2026, 11 Uhr"),
        (-3, "heute um 8 Uhr", ""),
        (-24, "gestern um 11 Uhr", ""),
        (-72, "Fr., 11:00", ""),
    ],
)
def test_moments_are_said_as_germans_say_them(hours: float, when: str, by_when: str):
    monday = datetime(2026, 3, 2, 10, tzinfo=UTC)
    at = monday + timedelta(hours=hours)
    assert moment(at, "Europe/Berlin", monday, "de") == when
    assert by_when == "" or deadline(at, "Europe/Berlin", monday, "de-CH") == by_when


def test_days_and_spans_are_said_as_germans_say_them():
    monday = datetime(2026, 3, 30, 10, tzinfo=UTC)
    assert day_named(monday - timedelta(days=10), "Europe/Berlin", monday, "de") == "am 20."
    assert day_named(monday - timedelta(days=40), "Europe/Berlin", monday, "de") == "am 18. Februar"
    assert [span(timedelta(hours=n), "de") for n in (1, 5, 24, 49)] == ["1 Stunde", "5 Stunden", "1 Tag", "2 Tage"]


SAYS = {
    "Done": ("button.done", "meant.done"),
    "How": ("button.how", "meant.how", "prompts.how_says"),
    "Later": ("button.later", "meant.later"),
    "Stuck": ("button.stuck", "meant.stuck", "button.failed"),
    "Skip": ("button.skip",),
    "Next": ("button.next", "meant.next", "prompts.next_says"),
    "Help": ("button.help",),
    "Human": ("button.human", "meant.human", "prompts.human_says"),
    "Stop": ("button.stop", "button.stop_these", "meant.stop", "button.unsubscribe", "mail.unsubscribe"),
    "Undo": ("button.undo", "button.resume"),
    "Yes": ("button.solved_yes",),
    "NotYet": ("button.solved_not_yet",),
    "Snooze": ("choices.3_hours", "choices.tomorrow", "choices.next_week", "prompts.later_says"),
}
"""What a German button says, by what it does."""


@pytest.mark.parametrize(("meant", "key"), [(meant, key) for meant, keys in SAYS.items() for key in keys])
def test_what_stands_on_a_german_button_can_be_written_in_an_answer(meant: str, key: str):
    phrases, wrong = load_phrases([TEMPLATES])
    assert not wrong
    text = shipped_words().get(key, "de")
    heard = understand(text, phrases=phrases, now=MONDAY, zone=ZoneInfo("Europe/Berlin"), locale="de")
    assert type(heard).__name__ == meant


# The whole house


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One town for all: each test has a newcomer of its own."""
    with a_town(tmp_path_factory.mktemp("town")) as found:
        yield found


def test_jana_reads_her_page_and_her_mail_in_german(town: Town):
    jana = newcomer(town, locale="de-AT")
    page = town.opens(page_of(town, jana))
    mail = town.inbox(f"{jana}@solo.test")[-1]
    assert "Deine erste Datenquelle verbinden" in page.text
    assert "Zahlen, die mein Team jede Woche ansieht" in page.text
    assert "Deine erste Datenquelle verbinden" in mail.text
    assert "Einrichten" in page.text
    for text in (
        page.text,
        town.opens(unsubscribe_of(town, jana)).text,
        town.opens(preferences_of(town, jana)).text,
        mail.text,
        mail.subject,
    ):
        assert set(english_in(text.replace("English", ""))) == set(), text


def test_jana_reads_her_home_in_german(town: Town):
    town.newcomer("Jana", in_slack=True, locale="de", company={"id": "jana", "employees": 20})
    home = town.opens_home("U_JANA")
    shown = list(_texts(json.loads(home)))
    assert any("Deine erste Datenquelle verbinden" in text for text in shown)
    assert {word for text in shown for word in english_in(text)} == set(), shown
    assert {word for message in town.heard("U_JANA") for text in _texts(message.blocks) for word in english_in(text)} == set()


def _texts(value: object) -> Iterator[str]:
    """Every text that Slack shows in a view or a message."""
    match value:
        case dict():
            yield from (text for key, text in value.items() if key == "text" and isinstance(text, str))
            for inner in value.values():
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)


def test_english_and_german_can_be_chosen(town: Town):
    assert languages(shipped()[1]) == ("en", "de")
    nora = newcomer(town)
    assert "English" in town.opens(preferences_of(town, nora)).text
    assert "Deutsch" in town.opens(preferences_of(town, nora)).text


def test_a_german_checklist_keeps_its_ids():
    story = german()
    playbook = shipped()[0]["smb"]
    drawn, written = (checklist(playbook, story.subject, story.now, locale=tag) for tag in ("de", ""))
    assert [step.step for step in drawn.steps] == [step.step for step in written.steps]
    assert [module.open for module in drawn.modules] == [module.open for module in written.modules]
    assert [module.title for module in drawn.modules] == ["Einrichten", "Nutzen sehen", "Automatisieren"]
    assert drawn.goal == "erster Bericht geteilt"
