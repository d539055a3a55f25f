"""What Ana and the CSMs see in Slack, and that Slack takes it whatever a name contains."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.choices import Choice
from bot.playground.blocks import problems_of_blocks, problems_of_view
from bot.preferences import preferences_of
from bot.rendered import Button, Component, Text
from bot.slack.limits import fit, shorten, split
from bot.slack.retiring import is_live, retire, settle
from bot.slack.views import (
    case_card,
    case_said,
    goal_modal,
    home,
    later_modal,
    message_blocks,
    preferences_modal,
    rail,
    read_field,
    redraw,
    send_on,
    step_card,
    stranger_home,
    told_modal,
    who_modal,
)
from bot.words import load_words
from flows.checklist import Checklist, ModuleView, StepView
from flows.parts.people import Intake
from flows.people import Case, CaseRef, Journey, Person, StepState

Json = dict[str, Any]

WORDS, _ = load_words([Path(__file__).parents[2] / "templates"])
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def speak(key: str, facts: Any = None, /) -> str:
    return WORDS.get(key, "", facts)


CONNECT = StepView(
    step="connect_source",
    title="Connect your first data source",
    why="Everything else reads from it",
    link="https://app.example.com/sources/new",
    help="connect-a-source",
    minutes=5,
    status="current",
)
INVITE = StepView(step="invite_team", title="Invite two teammates", why="", link="", help="", minutes=2, status="open", optional=True)
REPORT = StepView(step="first_report", title="Build your first report", why="", link="", help="", minutes=None, status="locked")


def checklist(*steps: StepView, done: int = 0, goal: str = "") -> Checklist:
    return Checklist(
        title="First weeks",
        modules=(ModuleView(module="Get set up", title="Get set up", objective="Your data is in", open=True, optional=False, steps=steps),),
        next=next((s for s in steps if s.status == "current"), None),
        done=done,
        total=len(steps),
        minutes_left=7,
        day=6,
        days=30,
        goal="first report shared",
        goal_words=goal,
    )


FIRST = checklist(CONNECT, INVITE, REPORT)
SECOND = checklist(replace(CONNECT, status="done", since=MONDAY), replace(INVITE, status="current"), REPORT, done=1)
FINISHED = checklist(replace(CONNECT, status="done", since=MONDAY), replace(INVITE, status="done"), done=2)
ANA = Person(id="p1", name="Ana Ruiz")
CASE = Case(
    id="p1.1",
    person_id="p1",
    account_id="a1",
    playbook="smb",
    escalation="asked",
    because="asked",
    step="s",
    said="it fails",
    opened_at=MONDAY,
)


def buttons(blocks: list[Json]) -> dict[str, Json]:
    return {e["action_id"]: e for b in blocks if b["type"] == "actions" for e in b["elements"]}


def texts(blocks: Any) -> str:
    """All text that is read, a line each."""
    if isinstance(blocks, dict):
        own = [v for k, v in blocks.items() if k == "text" and isinstance(v, str)]
        return "\n".join(own + [t for v in blocks.values() if isinstance(v, dict | list) and (t := texts(v))])
    return "\n".join(t for b in blocks if (t := texts(b)))


def a_home(person: Person = ANA, drawn: Checklist | None = FIRST, page_url: str = "https://hr.example.com/p/x") -> list[Json]:
    view = home(drawn, person, WORDS, now=MONDAY, zone=BERLIN, page_url=page_url)
    assert problems_of_view(view) == []
    blocks: list[Json] = view["blocks"]
    return blocks


def test_the_card_of_a_step_opens_it_first() -> None:
    card = step_card(FIRST, "p1", speak)
    assert list(buttons(card)) == ["open", "done", "how", "later", "stuck"]
    assert buttons(card)["open"]["url"] == "https://app.example.com/sources/new"
    assert [b.get("style") for b in buttons(card).values()] == ["primary", None, None, None, None]
    assert "about 5 minutes" in texts(card)
    assert json.loads(buttons(card)["done"]["value"]) == {"p": "p1", "s": "connect_source"}


def test_a_screen_reader_hears_which_step_is_meant() -> None:
    labels = {name: b.get("accessibility_label") for name, b in buttons(step_card(FIRST, "p1", speak)).items()}
    assert labels["done"] == "Mark Connect your first data source as done"
    assert all("Connect your first data source" in str(label) for label in labels.values())


def test_only_an_optional_step_can_be_skipped_and_without_a_link_done_comes_first() -> None:
    card = buttons(step_card(SECOND, "p1", speak))
    assert list(card) == ["done", "later", "stuck", "skip"]
    assert card["done"]["style"] == "primary"


def test_a_step_she_says_is_done_offers_it_failed_and_done_elsewhere() -> None:
    card = step_card(checklist(replace(CONNECT, said_done=True)), "p1", speak)
    assert "I don't see it yet" in texts(card)
    assert list(buttons(card)) == ["open", "elsewhere", "failed", "how", "later"]


def test_when_all_is_done_the_card_says_so_and_asks_nothing() -> None:
    card = step_card(FINISHED, "p1", speak)
    assert (texts(card), buttons(card)) == ("All done. Nothing is waiting for you here.", {})


def test_when_the_rest_opens_later_the_card_does_not_say_all_done() -> None:
    assert "All done" not in texts(step_card(checklist(REPORT), "p1", speak))


def test_the_rail_has_a_post_for_each_step() -> None:
    assert rail(SECOND, speak) == "●──◉──·"
    assert len(rail(checklist(*[INVITE] * 100), speak)) == 100


WELCOME = (Text("Hi Ana."), Component("progress"), Component("next_step"))


def test_the_welcome_is_its_words_the_rail_and_one_card() -> None:
    blocks = message_blocks(WELCOME, None, (), FIRST, "p1", speak)
    assert [b.get("block_id") for b in blocks] == [
        None,
        "card.progress.rail",
        "card.progress.words",
        "card.next_step.title",
        "card.next_step.about",
        "card.next_step.actions",
    ]


def test_after_done_the_same_message_shows_the_next_step_and_keeps_its_words() -> None:
    choices = (Choice("Tomorrow at 9", "snooze", until="tomorrow"),)
    before = message_blocks(WELCOME, None, choices, FIRST, "p1", speak)
    after = redraw(before, SECOND, "p1", speak)
    assert after == message_blocks(WELCOME, None, choices, SECOND, "p1", speak)
    assert redraw(after, SECOND, "p1", speak) == after
    assert "card.next_step.actions" not in {b.get("block_id") for b in redraw(after, FINISHED, "p1", speak)}


def test_someone_without_a_checklist_reads_the_words_alone() -> None:
    assert message_blocks(WELCOME, None, (), None, "p1", speak) == fit(message_blocks((Text("Hi Ana."),), None, (), None, "p1", speak))


def test_buttons_carry_only_what_their_action_needs() -> None:
    choices = (
        Choice("5", "answer", value=5, survey="ease"),
        Choice("Tomorrow", "snooze", until="tomorrow"),
        Choice("Yes", "solved", value="yes"),
        Choice("It failed", "failed"),
        Choice("Stop", "stop"),
        Choice("Next week", "snooze", until="next_week"),
        Choice("Open", "open"),
    )
    blocks = message_blocks((Text("?"),), None, choices, FIRST, "p1", speak, step="connect_source", case="p1.1")
    assert {name: json.loads(b["value"]) for name, b in buttons(blocks).items()} == {
        "answer": {"p": "p1", "q": "ease", "v": 5},
        "snooze": {"p": "p1", "u": "tomorrow"},
        "solved": {"p": "p1", "c": "p1.1", "v": "yes"},
        "failed": {"p": "p1", "s": "connect_source"},
        "stop": {"p": "p1"},
        "snooze:2": {"p": "p1", "u": "next_week"},
        "open": {"p": "p1", "s": "connect_source"},
    }
    assert buttons(blocks)["open"]["url"] == CONNECT.link


def test_a_link_that_is_no_web_address_gets_no_button() -> None:
    blocks = message_blocks((Text("?"),), Button("Go", "javascript:alert(1)"), (), FIRST, "p1", speak)
    assert buttons(blocks) == {}
    assert "open" not in buttons(step_card(checklist(replace(CONNECT, link="mailto:a@example.com")), "p1", speak))


def test_home_shows_where_ana_is_what_is_next_and_every_step() -> None:
    said = texts(a_home(drawn=SECOND))
    assert "Hi Ana." in said
    assert "●──◉──·" in said
    assert "1 of 3 done · 7 minutes left · Day 6 of 30" in said
    assert "●  Connect your first data source · done today 10:00" in said
    assert "◉  *Invite two teammates* · 2 minutes · optional" in said
    assert "·  Build your first report" in said
    assert {"done", "skip", "goal", "human", "open", "stop"} <= set(buttons(a_home(drawn=SECOND)))


def test_home_shows_a_teammates_work_skipped_steps_and_modules_that_open_later() -> None:
    steps = (
        replace(CONNECT, status="done", by_teammate=True),
        replace(INVITE, status="skipped"),
        replace(REPORT, status="open", said_done=True),
    )
    drawn = checklist(*steps)
    drawn = replace(drawn, modules=(replace(drawn.modules[0], open=False, optional=True),))
    said = texts(a_home(drawn=drawn))
    assert "done by a teammate" in said
    assert "Invite two teammates · skipped" in said
    assert "you said done; I don't see it yet" in said
    assert "*Get set up* · Opens later · optional" in said


def test_home_says_when_a_human_has_her_question() -> None:
    ref = CaseRef(id="p1.1", escalation="asked", opened_at=MONDAY)
    said = {
        "open": replace(ref, respond_by=MONDAY + timedelta(hours=4)),
        "late": replace(ref, respond_by=MONDAY - timedelta(hours=4)),
        "claimed": replace(ref, claimed_name="Maya Chen"),
        "asked": replace(ref, claimed_name="Maya Chen", asked_solved_at=MONDAY),
    }
    homes = {state: a_home(replace(ANA, case=case)) for state, case in said.items()}
    assert "Our team has your question and answers by 14:00." in texts(homes["open"])
    assert "Our team has your question." in texts(homes["late"])
    assert "Maya Chen has your question." in texts(homes["claimed"])
    assert [json.loads(b["value"]) for name, b in buttons(homes["asked"]).items() if name.startswith("solved")] == [
        {"p": "p1", "c": "p1.1", "v": "yes"},
        {"p": "p1", "c": "p1.1", "v": "not_yet"},
    ]


def test_home_of_someone_who_stopped_us_offers_to_undo_it_and_keeps_the_checklist() -> None:
    blocks = a_home(replace(ANA, opted_out=("all",)))
    assert "You get no onboarding messages." in texts(blocks)
    assert {"undo", "done"} <= set(buttons(blocks))
    assert "stop" not in buttons(blocks)


def test_home_says_until_when_it_is_quiet_in_her_zone() -> None:
    assert "Quiet until tomorrow at 09:00." in texts(a_home(replace(ANA, snoozed_until=datetime(2026, 3, 3, 8, tzinfo=UTC))))
    assert "Quiet" not in texts(a_home(replace(ANA, snoozed_until=MONDAY - timedelta(hours=1))))


def test_home_keeps_her_goal_in_her_own_words() -> None:
    blocks = a_home(drawn=checklist(CONNECT, goal="weekly revenue for my <boss>"))
    assert "“weekly revenue for my &lt;boss&gt;”" in texts(blocks)
    assert buttons(blocks)["goal"]["text"]["text"] == "Change it"


def test_home_says_what_a_locked_module_waits_for() -> None:
    drawn = checklist(CONNECT)
    shut = replace(drawn.modules[0], open=False)
    for module, said in (
        (replace(shut, opens_after=("Build your first report", "Share it")), "Opens after “Build your first report”, “Share it”"),
        (replace(shut, opens_after=("Build it",), locked="Opens when you write code"), "Opens when you write code"),
        (shut, "Opens later"),
    ):
        assert said in texts(a_home(drawn=replace(drawn, modules=(module,))))


def test_home_tells_what_is_new_and_is_silent_when_nothing_is() -> None:
    began = MONDAY - timedelta(days=20)
    journey = Journey(id="j", playbook="smb", started=began, enrolled_at=began, steps={"invite_team": StepState(at=MONDAY, how="team")})
    ref = CaseRef(id="c", escalation="asked", opened_at=MONDAY, claimed_name="Maya Chen", csm_word_at=MONDAY - timedelta(hours=1))
    drawn = checklist(
        replace(CONNECT, status="done", by_teammate=True, teammate="Ben", since=MONDAY - timedelta(days=1)),
        replace(INVITE, status="done", since=MONDAY),
    )
    opened = replace(drawn, modules=(replace(drawn.modules[0], opened_at=MONDAY - timedelta(days=2)),))
    said = texts(a_home(replace(ANA, journey=journey, case=ref), opened))
    assert said[said.index("*What's new*") :].split("\n")[1:5] == [
        "•  Our team ticked “Invite two teammates” for you.",
        "•  Maya Chen answered you today 09:00.",
        "•  Ben finished “Connect your first data source” for all of you.",
        "•  “Get set up” is open for you now.",
    ]
    old = replace(drawn, modules=(replace(drawn.modules[0], opened_at=began, steps=(CONNECT,)),))
    assert "What's new" not in texts(a_home(replace(ANA, journey=journey), old))


def test_home_says_what_she_chose() -> None:
    chosen = {"since": "09:00", "until": "11:00", "by": "slack", "locale": "de"}
    blocks = a_home(replace(ANA, chosen=chosen))
    assert "You chose: between 09:00 and 11:00, in Slack, in Deutsch." in texts(blocks)
    assert {"preferences", "usual"} <= set(buttons(blocks))
    assert "usual" not in buttons(a_home())


def test_an_old_card_becomes_one_quiet_line_and_keeps_its_words() -> None:
    blocks = message_blocks(WELCOME, None, (), FIRST, "p1", speak)
    assert texts(retire(blocks, SECOND, speak, "connect_source")) == "Hi Ana.\n✓ Done: Connect your first data source"
    assert texts(retire(blocks, FIRST, speak, "connect_source")) == "Hi Ana.\nThe newest card is below."
    assert not is_live(retire(blocks, FIRST, speak))


def test_a_question_keeps_its_buttons_until_it_is_answered() -> None:
    ask = message_blocks((Text("How?"),), None, [Choice(str(n), "answer", value=n, survey="ease") for n in (1, 2)], None, "p1", speak)
    assert settle(ask, {"other": 1}, None, speak) == ask
    assert texts(settle(ask, {"ease": 2}, None, speak)) == "How?\n✓ 2"
    yes_or_no = [Choice("Yes", "solved", value="yes"), Choice("Not yet", "solved", value="not_yet")]
    solved = message_blocks((Text("Is it?"),), None, yes_or_no, None, "p1", speak, case="c")
    asked = CaseRef(id="c", escalation="asked", opened_at=MONDAY, asked_solved_at=MONDAY)
    assert settle(solved, {}, asked, speak) == solved
    assert texts(settle(solved, {}, replace(asked, asked_solved_at=None), speak)) == "Is it?\n✓ Not yet"
    assert texts(settle(solved, {}, None, speak)) == "Is it?\nAnswered."


def test_home_before_enrolment_and_of_a_stranger() -> None:
    assert "write to me and a person answers" in texts(a_home(Person(id="p9"), None, page_url=""))
    view = stranger_home("Acme", speak)
    assert problems_of_view(view) == []
    assert "the e-mail address you use at Acme" in texts(view)
    assert list(buttons(view["blocks"])) == ["who"]


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("open", ["claim", "case_assign", "case_snooze", "resolve", "case_suggest", "case_page", "case_more"]),
        ("claimed", ["case_assign", "case_snooze", "resolve", "case_suggest", "case_page", "case_more"]),
        ("asked", ["case_page", "case_more"]),
        ("closed", ["case_page"]),
    ],
)
def test_the_case_card_offers_what_its_state_allows(state: str, names: list[str]) -> None:
    blocks = case_card("*Ana Ruiz* · Acme", replace(CASE, state=state), speak, page_url="https://hr.example.com/c/1")
    assert list(buttons(blocks)) == names
    assert problems_of_blocks(blocks) == []


def test_anas_words_come_into_the_thread_as_she_wrote_them() -> None:
    blocks = case_said("Ana <!here>", "it says\n<invalid host>", "email", speak)
    assert texts(blocks) == "*Ana &lt;!here&gt;* · e-mail\n> it says\n> &lt;invalid host&gt;"


def test_an_address_that_somebody_writes_can_be_clicked() -> None:
    said = message_blocks((Text("See https://e.com/a?b=1&amp;c=2. And <https://e.com|this>"),), None, (), None, "p1", speak)
    assert texts(said) == "See <https://e.com/a?b=1&amp;c=2>. And <https://e.com|this>"
    assert texts(case_said("Ana", "at <https://e.com>", "slack", speak)).endswith("> at &lt;<https://e.com>&gt;")


@pytest.mark.parametrize("code", ["without `https://` in front", "```\ncurl https://e.com\n```"])
def test_an_address_in_code_stays_code(code: str) -> None:
    assert texts(message_blocks((Text(code),), None, (), None, "p1", speak)) == code


def test_a_colleague_is_offered_to_send_what_they_wrote() -> None:
    blocks = send_on(replace(CASE, claimed_name="Maya Chen"), "Ana", "1700000000.000100", speak)
    assert "Maya Chen has this case" in texts(blocks)
    assert json.loads(buttons(blocks)["send"]["value"]) == {"c": "p1.1", "v": "1700000000.000100"}
    assert "Claim the case first" in texts(send_on(CASE, "Ana", "1", speak))


def test_the_dialog_is_one_that_slack_opens() -> None:
    goal = goal_modal("p1", "weekly revenue", speak)
    assert problems_of_view(goal) == []
    assert json.loads(goal["private_metadata"]) == {"p": "p1"}
    assert goal["blocks"][0]["element"]["initial_value"] == "weekly revenue"


@pytest.mark.parametrize(("value", "words"), [("it fails", "it fails"), (None, "")])
def test_what_she_wrote_into_a_dialog_is_read(value: str | None, words: str) -> None:
    assert read_field({"state": {"values": {"words": {"words": {"type": "plain_text_input", "value": value}}}}}) == words


def test_long_text_is_cut_at_the_end_of_a_paragraph() -> None:
    paragraph = "A sentence of a few words. " * 60
    blocks = fit([{"type": "section", "text": {"type": "mrkdwn", "text": "\n\n".join([paragraph.strip()] * 3)}}])
    assert [len(b["text"]["text"]) <= 3000 for b in blocks] == [True, True, True]
    assert all(b["text"]["text"].endswith("words.") for b in blocks)


def test_no_entity_and_no_link_is_cut_in_two() -> None:
    assert shorten("ab&amp;cd", 6) == "ab…"
    assert shorten("see <https://example.com|the page> now", 20) == "see…"
    assert split("x" * 8 + "&amp;" + "y" * 8, 10) == ["x" * 8, "&amp;yyyyy", "yyy"]


def test_too_many_blocks_lose_text_from_the_end_before_any_button() -> None:
    row = {"type": "actions", "elements": [{"type": "button", "action_id": "done", "text": {"type": "plain_text", "text": "Done"}}]}
    many = [{"type": "section", "text": {"type": "mrkdwn", "text": str(n)}} for n in range(80)]
    blocks = fit([*many, row])
    assert (len(blocks), blocks[-1]["type"], blocks[0]["text"]["text"]) == (50, "actions", "0")


NASTY = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "<!channel>",
            "<@U123>",
            "@here",
            "*bold*",
            "& < > &amp;",
            "\u202egnp.exe",
            "",
            " ",
            "\n\n",
            "a" * 4000,
            "&<>" * 1500,
            "\x00",
            "`" * 200,
        ]
    ),
)
STATUSES = st.sampled_from(["done", "current", "open", "locked", "skipped"])
STEPS = st.builds(
    StepView,
    step=st.one_of(st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True), st.just("s" * 3000)),
    title=NASTY,
    why=NASTY,
    link=st.one_of(NASTY, st.just("https://app.example.com/a?b=c&d=<e>"), st.just("https://e.com/" + "x" * 4000)),
    help=st.sampled_from(["", "article"]),
    minutes=st.none() | st.integers(1, 10**6),
    status=STATUSES,
    optional=st.booleans(),
    said_done=st.booleans(),
    since=st.none() | st.just(MONDAY),
    by_teammate=st.booleans(),
    teammate=NASTY,
)
MODULES = st.builds(
    ModuleView,
    title=NASTY,
    objective=NASTY,
    open=st.booleans(),
    optional=st.booleans(),
    steps=st.lists(STEPS, max_size=5).map(tuple),
    locked=NASTY,
    opens_after=st.lists(NASTY, max_size=2).map(tuple),
    opened_at=st.none() | st.just(MONDAY),
)
INTAKES = st.lists(
    st.builds(
        Intake.model_construct,
        ask=st.sampled_from(["role", "use_case"]),
        text=NASTY,
        options=st.dictionaries(st.one_of(st.just("boss"), NASTY), NASTY, min_size=2, max_size=10),
    ),
    max_size=3,
    unique_by=lambda intake: intake.ask,
)
CHOSEN = st.fixed_dictionaries({}, optional={"since": st.just("09:00"), "until": st.just("11:00"), "by": st.just("slack"), "locale": NASTY})


@st.composite
def checklists(draw: st.DrawFn) -> Checklist:
    modules = draw(st.lists(MODULES, max_size=4)) * draw(st.sampled_from([1, 1, 1, 40]))
    steps = [step for module in modules for step in module.steps]
    following = draw(st.sampled_from([None, *steps]))
    return replace(FIRST, modules=tuple(modules), next=following, done=draw(st.integers(0, 9)), total=9, goal_words=draw(NASTY))


PEOPLE = st.builds(
    Person,
    id=st.just("p1"),
    name=NASTY,
    opted_out=st.sampled_from([(), ("all",), ("email",)]),
    snoozed_until=st.none() | st.just(MONDAY + timedelta(days=2)),
    chosen=CHOSEN,
    case=st.none()
    | st.builds(
        CaseRef,
        id=st.just("c"),
        escalation=st.just("asked"),
        opened_at=st.just(MONDAY),
        claimed_name=NASTY,
        asked_solved_at=st.none() | st.just(MONDAY),
        csm_word_at=st.none() | st.just(MONDAY),
    ),
)


def over_the_limits(blocks: list[Json], most: int) -> Iterator[str]:
    """Slack's limits once more, written without looking at ours."""
    if len(blocks) > most:
        yield f"{len(blocks)} blocks"
    ids = [b["block_id"] for b in blocks if "block_id" in b]
    if len(ids) != len(set(ids)) or any(len(i) > 255 for i in ids):
        yield f"block ids {ids}"
    if len(texts(blocks)) > 13_200 + len(blocks) * 30:
        yield "too much text"
    for block in blocks:
        if block["type"] == "section" and not 0 < len(block["text"]["text"].strip()) <= 3000:
            yield f"section of {len(block['text']['text'])}"
        if block["type"] == "header" and not 0 < len(block["text"]["text"]) <= 150:
            yield "header"
        for element in block.get("elements", []):
            if block["type"] == "context" and not 0 < len(element["text"]) <= 2000:
                yield "context"
            if block["type"] == "actions" and not (0 < len(element["text"]["text"]) <= 75 and len(element["value"]) <= 2000):
                yield f"button {element}"
            if len(element.get("accessibility_label", "")) > 75 or len(element.get("url", "")) > 3000:
                yield f"button {element}"


def pings(blocks: list[Json]) -> bool:
    """Whether a mention is left in any text that Slack would read as mrkdwn."""
    found = json.dumps(blocks)
    return any(f"<{mark}" in found for mark in "!@#") and '"mrkdwn"' in found


@given(PEOPLE, INTAKES, NASTY)
@settings(max_examples=60, deadline=None)
def test_whatever_a_dialog_is_about_slack_opens_it(person: Person, intake: list[Intake], words: str) -> None:
    views = [
        goal_modal(person.id, words, speak, intake, {"role": words, "use_case": "boss"}),
        later_modal(person.id, MONDAY, speak),
        preferences_modal(preferences_of(person, MONDAY), person, ("en", "de"), speak, lambda tag: tag + words),
        who_modal(words, speak),
        told_modal(words or "·", f"It is {words}", speak),
        stranger_home(words, speak),
    ]
    assert [problems_of_view(view) for view in views] == [[]] * len(views)


@given(checklists(), PEOPLE, NASTY)
@settings(max_examples=80, deadline=None)
def test_whatever_a_checklist_or_a_name_contains_slack_takes_it(drawn: Checklist, person: Person, words: str) -> None:
    view = home(drawn, person, WORDS, now=MONDAY, zone=BERLIN, page_url=words)
    choices = [Choice(words, "later"), Choice("Go", "answer", value=words, survey="ease")]
    parts = (Text("Hi."), Component("checklist"), Component("next_step"), Component("progress"))
    message = message_blocks(parts, Button(words, "https://example.com"), choices, drawn, person.id, speak, step="s")
    said = case_said(person.name, words, "slack", speak)
    retired = settle(retire(message, drawn, speak, "s"), {"ease": words}, person.case, speak)
    assert problems_of_blocks(retired) == []
    for blocks, most in ((view["blocks"], 100), (message, 50), (redraw(message, drawn, person.id, speak), 50), (said, 50), (retired, 50)):
        assert list(over_the_limits(blocks, most)) == []
    assert (problems_of_view(view), problems_of_blocks(message), problems_of_blocks(said)) == ([], [], [])
    assert problems_of_view(goal_modal(person.id, words, speak)) == []
    without_plain = [b for b in [*view["blocks"], *message, *said] if b["type"] in ("section", "context")]
    assert not pings(without_plain)


@given(st.text(max_size=400), st.integers(1, 50))
@settings(deadline=None)
def test_split_loses_no_word(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(0 < len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
