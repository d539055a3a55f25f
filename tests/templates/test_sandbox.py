"""The quick way through a template leads where Jinja's sandbox leads: the same words, the same refusals."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from readers import shipped

from bot.folding import folded
from bot.found_facts import Facts
from bot.sandbox import PLAIN, said
from bot.surfaces import FILTERS, HTML, SLACK, TEXT, Writing
from bot.words import shipped_words
from flows.checklist import ModuleView, StepView

STEP = StepView(
    step="invite", title="Invite <two>", why="It's & quick", link="https://app.example.com/?a=1&b=2", help="how", minutes=5, status="open"
)
MODULE = ModuleView(module="setup", title="Set up", objective="", open=True, optional=False, steps=(STEP, STEP))
NASTY = ("Ana", "", "a & b", "<b>", "O\"B's", "Ana\r\nBcc: x", "\u202eevil\ue000\x07", "two\nlines", "tab\there")

PIECES = (
    "{{ text }}", "{{ text | upper }}", "{{ text | e }}", "{{ text | safe }}", "{{ number }}", "{{ 3.5 }}", "{{ none }}", "{{ true }}",
    "{{ person.name }}", "{{ person['name'] }}", "{{ person.items }}", "{{ person.get }}", "{{ person.get('name') }}",
    "{{ person.nobody }}", "{{ person.keys() | list }}", "{{ person.__class__ }}", "{{ person._own }}", "{{ person.update({'a': 1}) }}",
    "{{ person.clear() }}", "{{ step.title }}", "{{ step.why }}", "{{ step.minutes }}", "{{ step.nothing }}", "{{ step.__init__ }}",
    "{{ step.__slots__ }}", "{{ module.steps[0].title }}", "{{ module.steps.count(1) }}", "{{ module.steps.__class__ }}",
    "{{ answers.ease }}", "{{ answers.nobody }}", "{{ text.upper() }}", "{{ text.__class__.__mro__ }}",
    "{{ '{0.__class__}'.format(text) }}", "{{ text.format }}", "{{ list.append(1) }}",
    "{% for one in module.steps %}{{ loop.index }}{{ loop.last }}{{ one.title }}{{ loop.nobody }}{% endfor %}",
    "{% for one in module.steps %}{{ loop.first }}{{ loop.cycle('a', 'b') }}{{ loop.previtem is defined }}{% endfor %}",
    "{% for one in list %}{{ loop.__init__ }}{{ loop._iterator }}{% endfor %}", "{% for x in [1] %}{{ loop._before }}{% endfor %}",
    "{{ word('plain') }}", "{{ word('plain') ~ text }}", "{{ word('plain', {'a': 1}) }}", "{{ word(key='plain') }}",
    "{{ word(*['plain']) }}", "{% set word = text %}{{ word }}", "{% set word = text.upper %}{{ word() }}",
    "{% set word = text %}{{ word('plain') }}", "{% for word in list %}{{ word('x') }}{% endfor %}",
    "{% macro word(x) %}<{{ x }}>{% endmacro %}{{ word(text) }}", "{% macro f(x) %}{{ x }}{{ word('plain') }}{% endmacro %}{{ f(text) }}",
    "{{ text('x') }}", "{{ list() }}", "{{ nobody('x') }}", "{{ {'open': '#fff', 'done': '<'}.get(step.status, '#000') }}",
    "{{ {'done': '#fff'}.get(step.status, text) }}", "{{ {'done': '#fff'}.get(text, '&') }}", "{{ {'a': 1}.get('a') }}",
    "{{ {'a': 1}.get(list, 2) }}", "{{ {'a': 1}.pop('a') }}", "{{ {'a': 1}.get }}", "{{ {'open': '#fff'}.get(step.status, '#000', 3) }}",
    "{{ {'done': '#fff'}.get(step.status, 'a' ~ text) }}", "{{ '0' if number else '24px' }}", "{{ '<' if number else 'x' }}",
    "{{ 'x' if not number }}", "{{ '<a\n>' }}", "{{ 'a' ~ '\n' }}",
    "{% set about %}<i>{{ text }}</i>{% endset %}{{ about }}{{ about[3:] }}{{ about ~ text }}",
    "{% autoescape false %}{{ text }}{{ word('plain') }}{% endautoescape %}",
    "{% autoescape true %}{{ text }}{{ step.why }}{% endautoescape %}",
    "{% autoescape number %}{{ text }}{{ word('plain') }}{% endautoescape %}", "{{ step.link | safe_link }}", "{{ text | safe_link }}",
    "{{ [text] | join('<') }}", "{{ marked }}", "{{ marked ~ text }}", "{{ text | length }}",
    "{{ [person] | map(attribute='name') | list }}",
    "{% if text and step.link | safe_link and step.status in ['open'] %}{{ step.title }}{% endif %}", "{{ text | attr('upper') }}",
    "{% filter upper %}{{ text }}{% endfilter %}", "{% block b %}{{ text }}{% endblock %}{{ self.b() }}", "{{ number + nobody }}",
    "{% with x = text %}{{ x }}{% endwith %}", "{{ namespace }}", "{{ range(3) }}", "{{ number.real }}", "{{ text is defined }}",
)  # fmt: skip
"""What a template can say, each in a way that might be taken for another."""


def facts(text: str = "Ana & <Ben>") -> dict[str, Any]:
    return {
        "text": text,
        "number": 5,
        "list": [1, 2],
        "marked": Markup("<b>bold</b>"),
        "person": {"name": text, "items": "her items", "_own": "hers", "__class__": "hers too"},
        "answers": defaultdict(str, {"ease": text}),
        "step": STEP,
        "module": MODULE,
        "word": lambda key, facts=None: f"word <{key}> {len(facts or {})}",
    }


def as_jinja(writing: Writing) -> ImmutableSandboxedEnvironment:
    """Jinja's own sandbox, told to write as this surface does."""
    slow = ImmutableSandboxedEnvironment(undefined=StrictUndefined, finalize=writing.finalize, autoescape=writing.autoescape)
    slow.globals.clear()
    slow.filters.update(FILTERS)
    return slow


def outcome(writing: ImmutableSandboxedEnvironment, source: str, told: dict[str, Any]) -> str:
    """What is written, or how it is refused; functions and iterators are told by their kind, not by where they lie in memory."""
    try:
        text = writing.from_string(source).render(told)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
    return text.partition(" at 0x")[0]


@pytest.mark.parametrize("writing", [TEXT, HTML, SLACK], ids=["text", "html", "slack"])
@pytest.mark.parametrize("source", PIECES)
def test_the_quick_way_and_jinjas_own_lead_to_the_same_words(source: str, writing: Writing):
    for text in NASTY:
        assert outcome(writing, source, facts(text)) == outcome(as_jinja(writing), source, facts(text))


@given(st.lists(st.sampled_from(PIECES), min_size=2, max_size=5), st.sampled_from(NASTY), st.sampled_from([TEXT, HTML, SLACK]))
@settings(max_examples=150, deadline=None)
def test_nor_does_any_combination_lead_elsewhere(pieces: list[str], text: str, writing: Writing):
    source = "".join(f"{{% if number %}}{piece}{{% endif %}}" if "block" not in piece else piece for piece in pieces)
    assert outcome(writing, source, facts(text)) == outcome(as_jinja(writing), source, facts(text))


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_every_text_is_escaped_as_before(text: str):
    for writing in (TEXT, HTML, SLACK):
        assert outcome(writing, "{{ text }}", {"text": text}) == outcome(as_jinja(writing), "{{ text }}", {"text": text})


def test_the_types_that_are_read_without_a_question_have_nothing_to_hide():
    for kind in PLAIN & {StepView, ModuleView}:
        assert {name for name in dir(kind) if not name.startswith("_")} == {field.name for field in fields(kind)}


@pytest.mark.parametrize(
    "asked",
    ["word.phrases", "word.__self__", "word.__func__", "word.say", "word.__self__.phrases", "word.__globals__", "word | attr('__self__')"],
)
def test_a_layout_can_say_our_words_and_see_nothing_of_what_they_know(asked: str):
    told = {"word": shipped_words().speaker("")}
    assert outcome(HTML, "{{ word('button.done') }}", told) == "Done"
    assert outcome(HTML, f"{{{{ {asked} }}}}", told).partition(":")[0] in ("SecurityError", "UndefinedError")


@pytest.mark.parametrize("locale", ["", "de"])
def test_a_folded_layout_says_what_the_layout_says(locale: str):
    words, layouts = shipped_words(), shipped()[1].layouts
    told = facts() | {
        "word": words.speaker(locale), "modules": [MODULE], "posts": ["done", "current", "open"], "next": STEP, "lang": "en",
        "subject": "S", "preheader": "P", "reply_to": "x", "company": "A & B", "rail": "", "body": "", "steps_left": 1, "steps_done": 1,
        "total_steps": 2, "minutes_left": 7, "postal_address": "1 <Street>", "button": {"link": "https://x", "text": "T"},
        "choices": [{"link": "https://y", "text": "U"}, {"link": "https://z", "text": "V"}], "week": {"rows": [], "days": []},
        "links": {"page": "https://p", "slack": "https://s", "preferences": "https://f", "unsubscribe": "https://u"},
        "step_links": dict.fromkeys(("goal", "done", "how", "later", "stuck", "skip"), "https://d"),
    }  # fmt: skip
    spoken = layouts.spoken(words.language(locale))
    assert said(spoken.html, told) == layouts.html.render(told)
    assert said(spoken.text, told) == layouts.text.render(told)
    for name, part in layouts.parts.items():
        assert said(spoken.parts[name], told) == part.render(told), name


FOLDED = (
    "{{ word('button.done') }}", "{{ word('mail.why', {'company': text}) }}", "{{ word('button.done') ~ ' <x>' }}",
    "{{ word('nobody.says') }}", "{{ word('button.done') | upper }}", "{{ word('but' ~ 'ton.done') }}",
    "{% if word('button.done') %}{{ word('button.stuck') }}{% endif %}", "{% set word = text.upper %}{{ word() }}",
    "{% autoescape false %}{{ word('button.stuck') }}{% endautoescape %}", "{% set x = word('button.stuck') %}{{ x }}",
    "{% macro f() %}{{ word('button.stuck') }}{% endmacro %}{{ f() }}", "{{ word('button.stuck', {}) }}",
    "{% for x in [word('button.stuck'), text] %}{{ x }}{{ word('button.stuck')[:3] }}{% endfor %}",
    "{{ '<a\n>' }}{{ word('button.stuck') }}",
)  # fmt: skip


@pytest.mark.parametrize("writing", [TEXT, HTML, SLACK], ids=["text", "html", "slack"])
@pytest.mark.parametrize("source", FOLDED)
def test_a_phrase_is_folded_where_it_needs_no_facts_and_nowhere_else(source: str, writing: Writing):
    told = {"word": shipped_words().speaker("de"), "text": "A & B"}
    tree = writing.parse(source)
    template = folded(tree, writing, shipped_words().language("de"))
    try:
        now = said(template, told)
    except Exception as error:
        now = f"{type(error).__name__}: {error}"
    assert now == outcome(writing, source, told) == outcome(as_jinja(writing), source, told)
    assert repr(tree) == repr(writing.parse(source))


def test_a_fact_is_found_when_it_is_asked_for_and_once():
    asked: list[str] = []
    base = Facts({"known": 1}, found={"found": lambda about: asked.append(about) or 2}, about="base")
    top = Facts({"known": 3}, under=base)
    assert asked == []
    assert said(TEXT.from_string("{{ known }}{{ found }}{{ found }}"), top) == "322"
    assert asked == ["base"]
    assert (dict(top), "nobody" in top, top | {"found": 4}) == ({"known": 3, "found": 2}, False, {"known": 3, "found": 4})
    inside = "{% set one = known %}{% for x in [5] %}{% block inner scoped %}{{ one }}{{ x }}{{ late }}{% endblock %}{% endfor %}"
    assert said(TEXT.from_string(inside), Facts({"known": 1}, found={"late": lambda _: "yes"})) == "15yes"
    assert outcome(TEXT, "{{ nobody }}", {}).startswith("UndefinedError: 'nobody' is undefined")
