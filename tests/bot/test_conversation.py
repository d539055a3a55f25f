"""What people type and press, and what follows from it."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import events_for, load_phrases, pressed, understand
from bot.heard import (
    Done,
    Heard,
    Hello,
    Help,
    How,
    Human,
    Later,
    Next,
    NotATime,
    NotYet,
    Skip,
    Snooze,
    Stop,
    Stuck,
    Thanks,
    Undo,
    Words,
    Yes,
)
from flows.checklist import Checklist, ModuleView, StepView
from flows.events import Answered, AnyEvent, ArticleRead, Asked, OptedIn, OptedOut, Replied, SaysStuck, Snoozed, StepDone, StepSkipped
from flows.people import CaseRef, Person

TEMPLATES = Path(__file__).parents[2] / "templates"
PHRASES, PROBLEMS = load_phrases([TEMPLATES])
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")

SAYINGS = yaml.safe_load(Path(__file__).with_name("sayings.yaml").read_text("utf-8"))
TABLE = [(text, meaning) for meaning, texts in SAYINGS.items() for text in texts]


def hear(text: str, locale: str = "en") -> Heard:
    return understand(text, phrases=PHRASES, now=MONDAY, zone=BERLIN, locale=locale)


def test_the_shipped_phrases_have_no_problems() -> None:
    assert PROBLEMS == []
    assert len(TABLE) >= 120


@pytest.mark.parametrize(("text", "meaning"), TABLE, ids=[text for text, _ in TABLE])
def test_people_are_understood(text: str, meaning: str) -> None:
    assert type(hear(text)).__name__ == meaning


@pytest.mark.parametrize("text", ["Mañana a las 9 te digo", "¿cuándo termina?", "quand est-ce fini ?", "C'est quoi ça ?"])
def test_what_nobody_listed_stays_words(text: str) -> None:
    assert hear(text) == Words(text)


def test_words_for_a_human_are_handed_on_whole() -> None:
    long = "I'm stuck here. " + "The log says no. " * 400
    assert hear(long) == Stuck(long)
    assert hear(f"hello, can I talk to a human? {long}") == Human(f"hello, can I talk to a human? {long}")


def test_a_very_long_text_is_never_a_command() -> None:
    assert hear("done" + " " * 3000) == Words("done" + " " * 3000)
    assert isinstance(hear("stop" + "\n" * 3000 + "the sync"), Words)


NEGATIONS = [
    "not",
    "no",
    "never",
    "haven't",
    "havent",
    "isn’t",
    "didn't",
    "can't",
    "nicht",
    "kein",
    "noch nicht",
    "nie",
    "pas",
    "jamais",
    "nunca",
]


@given(st.text(), st.sampled_from(NEGATIONS), st.text())
@settings(deadline=None)
def test_a_text_with_a_no_in_it_never_says_done(before: str, no: str, after: str) -> None:
    assert not isinstance(hear(f"{before} {no} {after}"), Done | Skip)


PIECES = [
    *NEGATIONS,
    "done",
    "thanks",
    "done!",
    "*",
    ":not:",
    "<@U1|no>",
    "<https://x.test/not|done>",
    "fertig",
    "ok",
    "~",
    "I",
    "am",
    "skip",
    "it",
    ":",
    "\u200b",
    "&lt;",
]


@given(st.lists(st.sampled_from(PIECES)))
@settings(deadline=None)
def test_no_order_of_noes_and_dones_says_done(pieces: list[str]) -> None:
    heard = hear(" ".join(pieces))
    if any(piece in NEGATIONS for piece in pieces):
        assert not isinstance(heard, Done | Skip)


@given(st.text(), st.sampled_from(["en", "de", "fr", "", "pt-BR", "xx_YY"]))
@settings(deadline=None)
def test_no_text_is_too_strange(text: str, locale: str) -> None:
    assert isinstance(hear(text, locale), Heard)


WORDS_OF_TIMES = [
    "remind",
    "me",
    "at",
    "on",
    "in",
    "the",
    "next",
    "this",
    "week",
    "monday",
    "march",
    "may",
    "9",
    "3",
    "31",
    "31.",
    "3.3.",
    "9:30",
    "25:00",
    "2026-02-30",
    "99999999",
    "am",
    "pm",
    "uhr",
    "um",
    "tomorrow",
    "today",
    "days",
    "hours",
    "a",
    "half",
    "an",
    "hour",
    "of",
    "st",
]


@given(
    st.lists(st.sampled_from(WORDS_OF_TIMES), max_size=9),
    st.integers(0, 15 * 366 * 24 * 60).map(lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
)
@settings(max_examples=300, deadline=None)
def test_no_mix_of_time_words_raises_or_means_the_past(words: list[str], now: datetime) -> None:
    heard = understand(" ".join(words), phrases=PHRASES, now=now, zone=ZoneInfo("America/New_York"), locale="en")
    if isinstance(heard, Snooze):
        assert now < heard.until
        assert heard.until.utcoffset() == UTC.utcoffset(None)


@pytest.mark.parametrize(
    "hostile",
    [
        "<" * 2000,
        ":a" * 1000,
        "ok " * 666,
        "remind me again " * 125,
        "1." * 1000,
        "a'" * 1000,
        "<!a|" * 500,
        "\ufdfa" * 2000,
        "human resources " * 125,
        "done" * 10**6,
    ],
)
def test_hostile_text_costs_little_time(hostile: str) -> None:
    start = time.process_time()
    hear(hostile)
    assert time.process_time() - start < 0.5


STEP = StepView(step="connect_source", title="Connect your first data source", why="", link="", help="", minutes=5, status="current")
LIST = Checklist(
    title="First weeks",
    modules=(ModuleView(module="Set up", title="Set up", objective="", open=True, optional=False, steps=(STEP,)),),
    next=STEP, done=0, total=1, minutes_left=5, day=0, days=30, goal="", goal_words="",
)  # fmt: skip
ANA = Person(id="p1", name="Ana Ruiz")
ANA_WITH_A_CASE = Person(id="p1", name="Ana Ruiz", case=CaseRef(id="c1", escalation="asked", opened_at=MONDAY))
ANA_STOPPED = Person(id="p1", name="Ana Ruiz", opted_out=("all",))
COMMON = {"source": "slack", "key": "Ev1", "who": "p1", "at": MONDAY, "mouth": "slack"}


def follows(heard: Heard, person: Person = ANA, checklist: Checklist | None = LIST) -> list[AnyEvent]:
    return events_for(heard, person=person, checklist=checklist, source="slack", key="Ev1", at=MONDAY, mouth="slack")


def in_brackets(key: str, _facts: object = None, /) -> str:
    return f"[{key}]"


def presses(action: str, person: Person = ANA, checklist: Checklist | None = LIST, **value: object) -> list[AnyEvent]:
    return pressed(
        action, value, person=person, checklist=checklist, source="slack", key="Ev1", at=MONDAY, mouth="slack", zone=BERLIN,
        speak=in_brackets,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("heard", "event"),
    [
        (Done(), StepDone(step="connect_source", typed=True, **COMMON)),
        (Skip(), StepSkipped(step="connect_source", typed=True, **COMMON)),
        (Next(), Asked(about="next", step="connect_source", **COMMON)),
        (Help(), Asked(about="help", step="connect_source", **COMMON)),
        (How(), Asked(about="how", step="connect_source", **COMMON)),
        (Hello("hi"), Asked(about="hello", step="connect_source", **COMMON)),
        (Later(), Asked(about="later", step="connect_source", **COMMON)),
        (Stuck("it fails"), SaysStuck(step="connect_source", text="it fails", **COMMON)),
        (Human("a human"), SaysStuck(step="connect_source", text="a human", **COMMON)),
        (Stop("stop!"), OptedOut(channel="all", wording="stop!", **COMMON)),
        (Snooze(MONDAY), Snoozed(until=MONDAY, **COMMON)),
        (NotATime("soonish"), Asked(about="not_a_time", text="soonish", **COMMON)),
        (Words("what?"), Replied(text="what?", **COMMON)),
        (Undo("undo"), Asked(about="help", step="connect_source", **COMMON)),
    ],
)  # fmt: skip
def test_each_meaning_becomes_one_event(heard: Heard, event: AnyEvent) -> None:
    assert follows(heard) == [event]


def test_done_with_nothing_left_to_do_asks_what_is_next() -> None:
    assert follows(Done(), checklist=None) == [Asked(about="next", step=None, **COMMON)]


def test_undo_sends_messages_again_to_someone_who_stopped_them() -> None:
    assert follows(Undo("undo"), ANA_STOPPED) == [OptedIn(channel="all", wording="undo", **COMMON)]


def test_thanks_wants_no_answer_but_reaches_the_human_who_helps() -> None:
    assert follows(Thanks("thanks!")) == []
    assert follows(Thanks("thanks!"), ANA_WITH_A_CASE) == [Replied(text="thanks!", **COMMON)]


@pytest.mark.parametrize("heard", [Words("w"), Human("w"), Stuck("w"), NotATime("w"), Hello("w"), Thanks("w")])
def test_while_a_human_has_the_case_anas_words_are_for_them(heard: Heard) -> None:
    assert follows(heard, ANA_WITH_A_CASE) == [Replied(text="w", **COMMON)]


def test_asked_whether_it_is_solved_ana_may_type_the_answer() -> None:
    asked = Person(id="p1", case=CaseRef(id="c1", escalation="asked", opened_at=MONDAY, asked_solved_at=MONDAY))
    assert follows(Yes("yes!"), asked) == [Answered(survey="solved", value="yes", **COMMON)]
    assert follows(NotYet("not yet"), asked) == [Answered(survey="solved", value="not_yet", **COMMON)]


def test_a_yes_to_nothing_we_asked_is_only_words() -> None:
    assert follows(Yes("yes")) == [Replied(text="yes", **COMMON)]
    assert follows(NotYet("no"), ANA_WITH_A_CASE) == [Replied(text="no", **COMMON)]


def test_while_a_human_has_the_case_commands_still_act() -> None:
    assert [type(e) for heard in (Done(), Stop("stop"), Snooze(MONDAY), Next()) for e in follows(heard, ANA_WITH_A_CASE)] == [
        StepDone, OptedOut, Snoozed, Asked,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("action", "value", "event"),
    [
        ("done", {"s": "invite_team"}, StepDone(step="invite_team", **COMMON)),
        ("done:3", {}, StepDone(step="connect_source", **COMMON)),
        ("elsewhere", {"s": "invite_team"}, StepDone(step="invite_team", elsewhere=True, **COMMON)),
        ("failed", {"s": "invite_team"}, SaysStuck(step="invite_team", text="[button.failed]", **COMMON)),
        ("skip", {"s": "invite_team"}, StepSkipped(step="invite_team", **COMMON)),
        ("how", {"s": "invite_team"}, Asked(about="how", step="invite_team", **COMMON)),
        ("later", {}, Asked(about="later", step="connect_source", **COMMON)),
        ("next", {}, Asked(about="next", step="connect_source", **COMMON)),
        ("help", {}, Asked(about="help", step="connect_source", **COMMON)),
        ("goal", {}, Asked(about="goal", step="connect_source", **COMMON)),
        ("stuck", {}, SaysStuck(step="connect_source", **COMMON)),
        ("human", {"s": "invite_team"}, SaysStuck(step="invite_team", **COMMON)),
        ("stop", {}, OptedOut(channel="all", wording="[button.stop]", **COMMON)),
        ("undo", {}, OptedIn(channel="all", wording="[button.undo]", **COMMON)),
        ("snooze", {"u": "tomorrow"}, Snoozed(until=datetime(2026, 3, 3, 8, tzinfo=UTC), **COMMON)),
        ("snooze", {"u": "next_week"}, Snoozed(until=datetime(2026, 3, 9, 8, tzinfo=UTC), **COMMON)),
        ("snooze", {"u": "3_hours"}, Snoozed(until=datetime(2026, 3, 2, 12, tzinfo=UTC), **COMMON)),
        ("snooze", {"u": "whenever"}, Asked(about="later", **COMMON)),
        ("answer", {"q": "ease", "v": 4}, Answered(survey="ease", value=4, **COMMON)),
        ("answer", {"q": "ease", "v": "4"}, Answered(survey="ease", value=4, **COMMON)),
        ("answer", {"q": "goal_check", "v": "partly"}, Answered(survey="goal_check", value="partly", **COMMON)),
        ("solved", {"v": "not_yet"}, Answered(survey="solved", value="not_yet", **COMMON)),
    ],
)  # fmt: skip
def test_each_button_becomes_one_event(action: str, value: dict[str, object], event: AnyEvent) -> None:
    assert presses(action, **value) == [event]


@pytest.mark.parametrize(
    ("action", "value"),
    [("open", {}), ("claim", {"c": "c1"}), ("solved", {"v": "maybe"}), ("answer", {}), ("answer", {"q": "ease"}), ("", {})],
)
def test_a_link_or_a_strange_button_changes_nothing(action: str, value: dict[str, object]) -> None:
    assert presses(action, **value) == []


def test_a_project_changes_single_lists(tmp_path: Path) -> None:
    (tmp_path / "phrases.yaml").write_text("en:\n  done: [shipped it, no sweat]\n")
    phrases, problems = load_phrases([TEMPLATES, tmp_path])
    meanings = [
        type(understand(t, phrases=phrases, now=MONDAY, zone=BERLIN, locale="en")) for t in ("shipped it!", "done", "fertig", "stop")
    ]
    assert (meanings, problems) == ([Done, Words, Done, Stop], [])


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("en:\n  done: yes\n", 2, "done must be a list of phrases"),
        ("en:\n  dome: [done]\n", 2, "dome is no list that means something here"),
        ("en:\n  done: [done,\n    '!!!']\n", 3, "a phrase needs words: letters or digits"),
        ("en:\n  done: [ok then]\n  skip: [Ok then]\n", 3, '"ok then" already means done'),
        ("en:\n  times:\n    parts:\n      '25:00': [night]\n", 4, "25:00 is no list that means something here"),
        ("en: [\n", 2, "this is not YAML: did not find expected node content"),
    ],
)
def test_a_mistake_in_the_phrases_is_told_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    (tmp_path / "phrases.yaml").write_text(text)
    [problem] = load_phrases([tmp_path])[1]
    assert (problem.line, problem.message) == (line, message)


def test_without_any_phrases_that_is_the_problem(tmp_path: Path) -> None:
    phrases, problems = load_phrases([tmp_path])
    assert [p.message for p in problems] == ["there are no phrases: no folder has a phrases.yaml"]
    assert understand("done", phrases=phrases, now=MONDAY, zone=BERLIN, locale="en") == Words("done")


# Questions


def test_a_question_takes_the_articles_that_were_found_for_it_and_a_case_takes_none():
    found: list[str] = []

    def find(text: str, locale: str) -> tuple[str, ...]:
        found.append(f"{text} ({locale})")
        return ("connect-a-source",)

    ana = Person(id="p1", locale="de")
    asked = {"checklist": None, "source": "slack", "key": "k", "at": MONDAY, "mouth": "slack", "find": find}
    told = events_for(Words("how do I connect?"), person=ana, **asked)  # type: ignore[arg-type]
    assert [getattr(event, "found", None) for event in told] == [("connect-a-source",)]
    waiting = replace(ana, case=CaseRef(id="c", escalation="asked", opened_at=MONDAY))
    for who in (waiting, replace(ana, asked="goal")):
        told = events_for(Words("how do I connect?"), person=who, **asked)  # type: ignore[arg-type]
        assert [getattr(event, "found", None) for event in told] == [()]
    assert found == ["how do I connect? (de)"]


@pytest.mark.parametrize("text", ["I'm stuck", "stuck", "ok, I'm stuck"])
def test_a_bare_stuck_has_no_words_for_the_team(text: str):
    heard = understand(text, phrases=PHRASES, now=MONDAY, zone=ZoneInfo("Europe/Berlin"), locale="")
    ana = Person(id="p1")
    (event,) = events_for(heard, person=ana, checklist=None, source="slack", key="k", at=MONDAY, mouth="slack")
    assert isinstance(event, SaysStuck)
    assert event.text == ""


@pytest.mark.parametrize(
    ("action", "value", "told"),
    [
        ("article", {"a": "api-keys"}, ("api-keys", "")),
        ("helped", {"a": "api-keys", "v": "no"}, ("api-keys", "no")),
        ("helped", {"a": "x", "v": "?"}, None),
    ],
)
def test_what_is_pressed_under_an_article(action: str, value: dict[str, str], told: tuple[str, str] | None):
    common = {"source": "slack", "key": "k", "at": MONDAY, "mouth": "slack", "zone": ZoneInfo("UTC"), "speak": lambda key, _=None: key}
    events = pressed(action, value, person=Person(id="p1"), checklist=None, **common)  # type: ignore[arg-type]
    assert [(e.article, e.helped) for e in events if isinstance(e, ArticleRead)] == ([told] if told else [])
