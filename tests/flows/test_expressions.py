"""Conditions: what may be asked, how it is refused, and what a person reads about the answer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from flows.expressions import ConditionError, Expression, compile_condition
from flows.kinds import FLAG, NUMBER, TEXT, Vocabulary, one_of

KINDS = {
    "days_idle": NUMBER,
    "steps_done": NUMBER,
    "goal_met": FLAG,
    "all_done": FLAG,
    "person.role": TEXT,
    "person.technical": FLAG,
    "person.items": TEXT,
    "account.employees": NUMBER,
    "segment.stage": one_of(["explorer", "early_adopter"]),
    "answers.ease": one_of([1, 2, 3, 4, 5], or_none=True),
    "answers.goal_reached": one_of(["yes", "partly", "no"], or_none=True),
}
WORDS = Vocabulary(KINDS, {"all_done": "this decides it"})
ANA: dict[str, Any] = {
    "days_idle": 4,
    "steps_done": 1,
    "goal_met": False,
    "person": {"role": "developer", "technical": True, "items": "three"},
    "account": {"employees": 12},
    "segment": {"stage": "explorer"},
    "answers": {"ease": None, "goal_reached": None},
}


def condition(source: str) -> Expression:
    return compile_condition(source, WORDS)


def refusal(source: str) -> str:
    with pytest.raises(ConditionError) as refused:
        condition(source)
    return str(refused.value)


@pytest.mark.parametrize(
    "source",
    [
        "true",
        "days_idle >= 3 and not goal_met",
        "days_idle - steps_done == 3",
        "1 < steps_done + 1 <= 2",
        "person.role in ['admin', 'developer']",
        "segment.stage not in ('early_adopter', )",
        "'dev' in person.role",
        "goal_met or person.technical",
        "answers.ease == none",
        "account.employees < 12.5",
        "days_idle >= 3\n  and not goal_met",
    ],
)
def test_these_hold_for_ana(source: str) -> None:
    assert condition(source).ask(ANA).holds is True


def test_a_reason_names_the_facts_as_they_were() -> None:
    facts = dict(ANA)
    answer = condition("days_idle >= 3 and not goal_met and segment.stage == 'explorer'").ask(facts)
    facts["days_idle"] = 0
    assert answer.because == (
        "days_idle >= 3 and not goal_met and segment.stage == 'explorer': days_idle is 4, goal_met is false, segment.stage is explorer"
    )


def test_a_reason_stays_on_one_line_and_says_empty_and_none() -> None:
    facts = ANA | {"person": {"role": ""}}
    assert condition("answers.ease == 1\n  or person.role == 'x'").ask(facts).because == (
        "answers.ease == 1 or person.role == 'x': answers.ease is none, person.role is empty"
    )
    assert condition("true").ask({}).because == "true"


@pytest.mark.parametrize("order", ["<", "<=", ">", ">="])
def test_who_has_not_answered_is_neither_above_nor_below(order: str) -> None:
    assert condition(f"answers.ease {order} 3").ask(ANA).holds is False
    assert condition(f"3 {order} answers.ease").ask(ANA).holds is False
    assert condition(f"1 <= answers.ease {order} 3").ask(ANA).holds is False


def test_who_has_not_answered_is_not_in_a_list_and_differs_from_every_answer() -> None:
    assert condition("answers.ease in [1, 2]").ask(ANA).holds is False
    assert condition("answers.ease != 1").ask(ANA).holds is True


def test_a_trait_called_like_a_method_is_a_trait() -> None:
    assert condition("person.items == 'three'").ask(ANA).holds is True


def test_the_names_of_the_facts_are_kept() -> None:
    assert condition("days_idle >= 3 and person.role in ['a', segment.stage]").names == {"days_idle", "person.role", "segment.stage"}


def test_a_fact_of_the_wrong_kind_is_a_no_with_its_reason() -> None:
    answer = condition("account.employees > 10").ask(ANA | {"account": {"employees": "12"}})
    assert not answer.holds
    assert answer.because == "could not be asked: account.employees is 12, not a number (in account.employees > 10)"


def test_a_text_is_never_taken_for_true() -> None:
    assert not condition("person.technical").ask(ANA | {"person": {"technical": "no"}}).holds


def test_a_missing_fact_is_a_no_with_its_reason() -> None:
    assert condition("account.employees > 10").ask({}).because == (
        "could not be asked: account.employees is not known (in account.employees > 10)"
    )


def test_what_is_not_reached_needs_no_fact() -> None:
    assert condition("days_idle > 3 or account.employees > 3").ask({"days_idle": 4}).holds


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("'a' * 10 ** 9 == 'b'", "may add and subtract numbers"),
        ("9 ** 9 ** 9 > 1", "may add and subtract numbers"),
        ("days_idle * 2 > 1", "may add and subtract numbers"),
        ("person.role ~ 'x' == 'a'", "may add and subtract numbers"),
        ("person.role | upper == 'A'", "filters (a | b) have no place"),
        ("goal_met || all_done", "write or"),
        ("goal_met && all_done", "write and"),
        ("!goal_met", "write not"),
        ("goal_met AND days_idle > 1", "with small letters"),
        ("days_idle = 3", "to compare write =="),
        ("{{ goal_met }}", "without braces"),
        ("goal_met }} x", "without braces"),
        ("range(10)", "nothing can be called"),
        ("person.role.upper() == 'A'", "nothing can be called"),
        ("person['role'] == 'A'", "write a.b"),
        ("answers.ease is none", "write a == b"),
        ("1 if goal_met else 2", "a condition is one question"),
        ("days_idle > -1", "write 0 - 1"),
        ("[x for x in y]", "is no condition"),
        ("''.__class__ == 'x'", "compares facts"),
        ("person.__class__ == 'x'", "unknown trait person.__class__"),
        ("person.role.real == 'x'", "unknown trait person.role.real"),
        ("days_idle >= 3, goal_met", "a comma stands only in a list"),
        ("days_idle >=", "is no condition"),
        ("goal_met days_idle", "something is missing before 'days_idle'"),
        ("  ", "the condition is empty"),
        ("(" * 400 + "goal_met" + ")" * 400, "too deep"),
        ("goal_met or " * 100 + "goal_met", "too long"),
    ],
)
def test_what_is_no_condition_is_refused_in_words(source: str, words: str) -> None:
    assert words in refusal(source)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("steps_done", "a condition is true or false, and steps_done is a number"),
        ("'yes'", "a condition is true or false, and 'yes' is a text"),
        ("[goal_met]", "a condition is true or false, and the other side is a list"),
        ("goal_met and steps_done", "and and or join questions, and steps_done is a number"),
        ("not person.role", "not turns a question, and person.role is a text"),
        ("person.role > 3", "only numbers have an order (>), and person.role is a text"),
        ("person.role == 3", "person.role is a text, and 3 is a number: they are never equal"),
        ("person.technical == 1", "they are never equal"),
        ("person.role == none", "person.role is a text, never none"),
        ("person.role + 'x' == 'ax'", "only numbers are added and subtracted"),
        ("answers.ease + 1 > 2", "only numbers are added and subtracted"),
        ("answers.goal_reached < 3", "only numbers have an order"),
        ("person.role in 'admin'", "a list stands after in; write in ['admin']"),
        ("person.role in ['admin', 3]", "they are never equal"),
        ("person.role in []", "nothing is in an empty list"),
        ("steps_done in person.role", "in looks into a list or a text, and steps_done is a number"),
        ("person.role == ['a']", "is a list"),
    ],
)
def test_what_can_mean_nothing_is_refused_when_it_loads(source: str, words: str) -> None:
    assert words in refusal(source)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("account.employes > 1", "unknown trait account.employes, did you mean account.employees?"),
        ("employees > 1", "unknown name employees, did you mean account.employees?"),
        ("stepsdone > 1", "unknown name stepsdone, did you mean steps_done?"),
        ("segment.stge == 'x'", "unknown segment segment.stge, did you mean segment.stage?"),
        ("segment.stage == 'early_adoptr'", "never 'early_adoptr', did you mean 'early_adopter'?"),
        ("answers.ease in [1, 9]", "answers.ease is one of 1, 2, 3, 4, 5, never 9"),
        ("answers", "answers is a family of facts; write for example answers.ease"),
        ("done.add_client", "unknown step done.add_client"),
        ("all_done", "all_done cannot be asked here: this decides it"),
        ("xyzzy", "unknown name xyzzy"),
    ],
)
def test_an_unknown_name_is_refused_with_the_one_that_was_meant(source: str, words: str) -> None:
    assert words in refusal(source)


_numbers = st.sampled_from(["days_idle", "steps_done", "account.employees", "0", "3", "4.5", "(days_idle - 2)", "(steps_done + 1)"])
_texts = st.sampled_from(["person.role", "segment.stage", "'developer'", "'explorer'"])
_leaves = st.one_of(
    st.sampled_from(["goal_met", "person.technical", "true", "false"]),
    st.builds("{} {} {}".format, _numbers, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), _numbers),
    st.builds("{} < {} <= {}".format, _numbers, _numbers, _numbers),
    st.builds("person.role {} [{}, {}]".format, st.sampled_from(["in", "not in"]), _texts, _texts),
    st.builds("person.role {} {}".format, st.sampled_from(["==", "!="]), _texts),
)
_conditions = st.recursive(
    _leaves,
    lambda part: st.one_of(
        st.builds("({} {} {})".format, part, st.sampled_from(["and", "or"]), part),
        st.builds("{} {} {}".format, part, st.sampled_from(["and", "or"]), part),
        st.builds("not {}".format, part),
    ),
    max_leaves=6,
)
_people = st.builds(
    lambda idle, done, met, role, technical, employees: ANA
    | {"days_idle": idle, "steps_done": done, "goal_met": met, "person": {"role": role, "technical": technical}}
    | {"account": {"employees": employees}},
    st.integers(0, 5), st.integers(0, 5), st.booleans(), st.sampled_from(["developer", "explorer", ""]), st.booleans(), st.integers(0, 5),
)  # fmt: skip
_JINJA = ImmutableSandboxedEnvironment(undefined=StrictUndefined)


@settings(max_examples=150, deadline=None)
@given(source=_conditions, facts=_people)
def test_a_condition_means_what_jinja_means_by_it(source: str, facts: dict[str, Any]) -> None:
    meant = _JINJA.compile_expression(source, undefined_to_none=False)(**facts)
    assert condition(source).ask(facts).holds is bool(meant)


@pytest.mark.parametrize(
    ("source", "holds"),
    [
        ("not " * 240 + "goal_met", False),
        ("goal_met or " * 80 + "goal_met", False),
        ("goal_met == (" * 4 + "goal_met" + ") == goal_met" * 4, False),
        ("days_idle == " + "1 + " * 200 + "1", False),
    ],
)
def test_long_conditions_are_compiled_and_asked(source: str, holds: bool) -> None:
    """Each would take for ever if its parts were asked anew at every level."""
    assert condition(source).ask(ANA).holds is holds


def test_what_a_condition_became_sees_its_facts_and_no_builtins() -> None:
    seen = condition("days_idle >= 3 and person.role in ['admin'] and 1 < answers.ease <= 3").asked
    assert not seen.__globals__["__builtins__"]
    assert not {"open", "getattr", "eval", "__import__"} & seen.__globals__.keys()
    assert not {name for name in seen.__code__.co_names if name not in seen.__globals__}


def test_a_condition_that_only_has_to_hold_says_the_same_as_one_with_a_reason() -> None:
    for source in ("account.employees > 10", "days_idle > 3", "person.technical"):
        for facts in (ANA, {}, ANA | {"account": {"employees": "12"}}):
            assert condition(source).holds(facts) is condition(source).ask(facts).holds
