"""What a project's files may ask: the facts they are given, and nothing that Python knows besides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from jinja2 import TemplateError

from bot.hooks.expressions import evaluate
from bot.surfaces import HTML, SLACK, TEXT
from flows.expressions import ConditionError, compile_condition
from flows.kinds import FLAG, NUMBER, Vocabulary
from flows.kinds import TEXT as WORDS
from tests.security.strangers import City, short_and_long, tried

SECRET = "a secret that no template may read"


class Thing:
    """A value that somebody forgot to make plain, with everything an attacker wishes for."""

    def __init__(self) -> None:
        self.name = "Ana"
        self._hidden = SECRET

    def shout(self) -> str:
        return self.name.upper()

    def __repr__(self) -> str:
        return "a thing"


def facts() -> dict[str, Any]:
    return {
        "person": {"name": "Ana", "items": "her items", "__class__": "a trait of that name", "get": "a trait", "_own": "a trait too"},
        "step": {"step": "invite", "title": "Invite"},
        "list": [1, 2],
        "text": "text",
        "number": 5,
        "thing": Thing(),
        "word": lambda key, facts=None: f"word {key}",  # noqa: ARG005
    }


WAYS_OUT = (
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ '' | attr('__class__') }}",
    "{{ text | attr('__class__') | attr('__mro__') }}",
    "{{ [text] | map(attribute='__class__') | list }}",
    "{{ [person] | map(attribute='__class__.__mro__') | list }}",
    "{{ [text] | groupby('__class__') }}",
    "{{ [text] | sort(attribute='__class__') }}",
    "{{ [text] | selectattr('__class__') | list }}",
    "{{ [text] | sum(attribute='__class__', start='') }}",
    "{{ '{0.__class__}'.format(text) }}",
    "{{ '{0.__class__.__init__.__globals__}'.format(thing) }}",
    "{{ '{a.__class__}'.format_map({'a': text}) }}",
    "{{ '%s' | format(thing.__init__) }}",
    "{{ thing._hidden }}",
    "{{ thing['_hidden'] }}",
    "{{ thing | attr('_hidden') }}",
    "{{ thing.__dict__ }}",
    "{{ thing.__init__.__globals__ }}",
    "{{ thing.shout.__func__.__globals__ }}",
    "{{ thing.shout.__self__._hidden }}",
    "{{ word.__globals__ }}",
    "{{ word.__code__.co_consts }}",
    "{{ word.__closure__ }}",
    "{{ word('x').__class__ }}",
    "{{ person.__class__ }}{{ person.__class__.__base__ }}",
    "{{ person.name.__class__ }}",
    "{{ person['name']['__class__'] }}",
    "{{ step.__init__ }}",
    "{{ number.__class__.__base__.__subclasses__ }}",
    "{{ list.__class__ }}",
    "{{ list.append(3) }}",
    "{{ person.update({'name': 'Eve'}) }}",
    "{{ person.setdefault('name', 1) }}",
    "{{ person.clear() }}",
    "{{ person.pop('name') }}",
    "{% do list.append(3) %}",
    "{{ self }}{{ self.__class__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ self._TemplateReference__context.environment }}",
    "{{ self.__init__.__globals__ }}",
    "{{ context }}",
    "{{ config }}",
    "{{ environment }}",
    "{{ request }}",
    "{{ loop }}",
    "{% for one in list %}{{ loop.__class__ }}{% endfor %}",
    "{% for one in list %}{{ loop._iterator }}{{ loop._iterable }}{{ loop._undefined }}{% endfor %}",
    "{% for one in list %}{{ loop.changed.__func__.__globals__ }}{% endfor %}",
    "{% for one in list recursive %}{{ loop.__call__.__globals__ }}{% endfor %}",
    "{% macro m() %}{{ caller.__globals__ }}{% endmacro %}{% call m() %}{% endcall %}",
    "{% macro m() %}{% endmacro %}{{ m.__class__ }}{{ m._func }}{{ m._environment }}",
    "{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}",
    "{% set ns = namespace() %}{{ ns.__class__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ lipsum.__globals__ }}",
    "{{ dict.__class__ }}{{ dict(a=1) }}",
    "{{ range(10) }}",
    "{{ missing.__class__ }}",
    "{{ missing._undefined_exception }}",
    "{{ missing._fail_with_undefined_error }}",
    "{{ ().__class__.__bases__[0].__subclasses__() }}",
    "{{ (1).__class__ }}",
    "{{ (1.0).real.__class__ }}",
    "{{ (text ~ '').__class__ }}",
    "{{ (number | string).__class__ }}",
    "{{ (text | escape).__class__ }}",
    "{{ (text | escape).__init__.__globals__ }}",
    "{{ (text | list).__class__ }}",
    "{{ (person | items).__class__ }}",
    "{{ (person | items).gi_frame }}",
    "{{ (person | items).gi_code }}",
    "{{ ([1] | map('string')).gi_frame.f_globals }}",
    "{{ ([1] | map('string')).gi_frame.f_builtins }}",
    "{% set x = [1] | map('string') %}{{ x.gi_frame.f_back }}",
    "{{ person.items.__class__ }}{{ person.get.__self__ }}",
    "{% set person = thing %}{{ person._hidden }}",
    "{% set word = thing.__init__ %}{{ word.__globals__ }}",
    "{% for word in [thing.__init__] %}{{ word.__globals__ }}{% endfor %}",
    "{% with word = thing.__init__ %}{{ word() }}{% endwith %}",
    "{% for key, value in person.items() %}{{ value.__class__ }}{% endfor %}",
    "{{ {'get': thing.__init__}.get('get').__globals__ }}",
    "{{ {'a': thing}.get('a')._hidden }}",
    "{{ {'a': thing}.get('a').__init__.__globals__ }}",
    "{% include '../../.env' %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}{{ os }}",
    "{% from 'os' import path %}{{ path }}",
    "{% extends '/etc/passwd' %}",
    "{% filter attr('__class__') %}x{% endfilter %}",
    "{% autoescape false %}{{ ''.__class__ }}{% endautoescape %}",
    "{{ '' is callable }}{{ thing.__init__ is callable }}{{ thing.__init__ }}",
    "{{ thing | tojson }}",
    "{{ thing.shout.__class__ }}",
    "{{ thing['shout']['__func__'] }}",
    "{{ 'x' | xmlattr }}",
    "{{ person | pprint | attr('__class__') }}",
    "{{ text.__add__('x') }}",
    "{{ text.format.__self__.__class__ }}",
    "{{ text.join.__class__ }}",
    "{{ f'{text.__class__}' }}",
)
INSIDE = ("<class", "<module", "<frame", "<code", "builtins", "__main__", "root:x:0", "subclasses", SECRET)
"""What a template that got out would show. A function that is written out by its own name shows where it lies, and opens nothing."""


def shown(source: str) -> str:
    """What it says on every surface, with what it is refused with."""
    said = []
    for surface in (TEXT, HTML, SLACK):
        given = facts()
        before = json.dumps({name: value for name, value in given.items() if name not in ("thing", "word")})
        try:
            said.append(surface.from_string(source).render(given))
        except (TemplateError, TypeError, ValueError, KeyError, AttributeError) as error:
            said.append("")
            assert SECRET not in str(error)  # noqa: PT017
        assert json.dumps({name: value for name, value in given.items() if name not in ("thing", "word")}) == before, "a fact was changed"
    return "\n".join(said)


@pytest.mark.parametrize("source", WAYS_OUT)
def test_no_message_reaches_beyond_its_facts(source: str):
    said = shown(source)
    for sign in INSIDE:
        assert sign not in said, said[:300]


@pytest.mark.parametrize("source", WAYS_OUT)
def test_nor_does_one_that_a_condition_guards(source: str):
    said = shown("{% if text %}" + source + "{% endif %}{{ " + "person.name | upper }}")
    for sign in INSIDE:
        assert sign not in said, said[:300]


def test_a_trait_may_be_called_like_anything_and_is_only_a_trait():
    assert TEXT.from_string("{{ person['items'] }}").render({"person": {"items": "hers"}}) == "hers"
    for name in ("__class__", "__init__", "_own", "__globals__", "mro"):
        said = shown("{{ person." + name + " }}")
        assert "<class" not in said
        assert "method" not in said


NAMES = st.sampled_from(
    ["person", "text", "thing", "word", "list", "number", "self", "loop", "''", "[]", "{}", "()", "missing", "(text ~ '')", "word('a')"]
)
_PARTS = """
    .__class__ ['__class__'] |attr('__class__') .__init__ .__globals__ ['__globals__'] .__mro__ [1] [0] .name .shout () .items() .get
    .get('name') |list |first |string |map(attribute='__class__')|list .format(text) ._hidden |attr('_hidden') .__self__ .__func__
    .__dict__ .gi_frame .f_globals |items |escape .__subclasses__() .__base__ |groupby('__class__') |join .join(list) .cycle .previtem
    |batch(2) |dictsort .values()
"""
PARTS = st.sampled_from(_PARTS.split())
WRAPS = st.sampled_from(
    [
        "{{ % }}",
        "{% for one in % %}{{ one }}{{ loop.index }}{% endfor %}",
        "{% set word = % %}{{ word }}{{ word('x') }}",
        "{% set person = % %}{{ person }}{{ person.name }}",
        "{% macro m(a) %}{{ a }}{{ a.__class__ }}{% endmacro %}{{ m(%) }}",
        "{% if % %}{{ % }}{% endif %}",
        "{% with person = % %}{{ person.__class__ }}{% endwith %}",
        "{{ [%] | map('string') | join }}",
        "{{ {'get': %}.get('get') }}",
    ]
)


@short_and_long(120, 3000)
def test_no_combination_of_ways_out_is_one(many: int):
    def check(name: str, parts: list[str], wrap: str) -> None:
        said = shown(wrap.replace("%", name + "".join(parts)) if "{% " not in wrap else _filled(wrap, name + "".join(parts)))
        for sign in INSIDE:
            assert sign not in said.replace("a thing", "")

    tried(many, check, name=NAMES, parts=st.lists(PARTS, max_size=4), wrap=WRAPS)


def _filled(wrap: str, inner: str) -> str:
    """The expression in place of each lonely %."""
    return wrap.replace("{%", "\x01").replace("%}", "\x02").replace("%", inner).replace("\x01", "{%").replace("\x02", "%}")


CONDITIONS = (
    "''.__class__",
    "person.__class__",
    "person.__class__.__mro__",
    "person.role.__class__ == 1",
    "person['role']",
    "person.role | attr('__class__')",
    "person.role.upper() == 'A'",
    "person.role is callable",
    "__import__('os').system('true')",
    "lipsum",
    "self",
    "range(10)",
    "[].__class__",
    "(1).real == 1",
    "{} == 1",
    "9 ** 9 ** 9 > 1",
    "'a' * 1000000000 == 'b'",
    "1 / 0 > 1",
    "person.role ~ 'x' == 'x'",
    "steps_done if true else 1",
    "(" * 200 + "1" + ")" * 200,
    "not " * 200 + "a",
    "steps_done" + " + steps_done" * 100,
    "1 == " * 150 + "1",
    "1" * 900,
)


@pytest.mark.parametrize("source", CONDITIONS)
def test_no_condition_of_a_playbook_reaches_beyond_its_facts(source: str):
    """A few of them are only odd; none of them says anything about Python, or runs for ever."""
    words = _vocabulary()
    try:
        asked = compile_condition(source, words).ask({"person.role": "admin", "steps_done": 3, "opted_out": False})
    except ConditionError as error:
        assert not any(sign in str(error) for sign in INSIDE)  # noqa: PT017
    else:
        assert asked.holds in (True, False)
        assert not any(sign in asked.because for sign in INSIDE)


def _vocabulary() -> Any:
    return Vocabulary({"person.role": WORDS, "steps_done": NUMBER, "opted_out": FLAG}, {})


MAPPINGS = (
    "body.__class__",
    "body.__class__.__mro__",
    "body['__class__']",
    "body.get('a')",
    "body.items",
    "body.a.__init__.__globals__",
    "body.a[-1]",
    "body.a | attr('__class__')",
    "''.__class__",
    "self.__class__",
    "body ~ body.__class__",
    "config",
    "9 ** 9 ** 9",
    "body.a * 1000000000",
    "[body][0].__class__",
    "body." * 200 + "a",
    "not " * 300 + "body",
    "(" * 300 + "body" + ")" * 300,
)


@pytest.mark.parametrize("source", MAPPINGS)
def test_no_rule_of_a_source_reaches_beyond_what_was_sent(source: str):
    try:
        found = evaluate(source, {"a": "A", "items": [1], "b": {"c": 2}})
    except ConditionError as error:
        assert not any(sign in str(error) for sign in INSIDE)  # noqa: PT017
    else:
        assert found is None or found in ("A", [1], False, True), found


def test_no_page_is_drawn_from_what_somebody_sent(city: City):
    """Pages are templates of ours; whatever people are called is only ever a fact in them."""
    name = "{{ ''.__class__ }}{% include '.env' %}<script>alert(1)</script>"
    city.town.newcomer("Trixi", name=name)
    who = city.town.house.store.resolve("email", "", "trixi@solo.test")
    links = city.town.house.links
    for address in (links.page(who or "", city.town.demo.now()), links.story(who or "", city.town.demo.now())):
        said = city.asks("GET", address.removeprefix(city.town.demo.app_url)).text
        assert "<script>" not in said
        assert "<class" not in said
    assert "{{ &#39;&#39;.__class__ }}" in said


def test_a_layout_of_a_project_is_as_narrow_as_a_message(tmp_path: Path):
    from bot.messages import load_messages
    from bot.settings import SHIPPED
    from bot.surfaces import Writing

    (tmp_path / "layouts").mkdir()
    (tmp_path / "layouts" / "email.txt").write_text("{{ body.__class__.__mro__ }}{{ body }}")
    messages, _ = load_messages([SHIPPED / "templates", tmp_path])
    assert isinstance(messages.layouts.text.environment, Writing)
    with pytest.raises(TemplateError):
        messages.layouts.text.render(body="x")
