"""The words that conditions may use are the facts there are, and of the kind that was promised."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flows.facts import standing
from flows.library import SHIPPED
from flows.people import Account, Person, Subject
from flows.reading import read_playbooks
from flows.shares import share_facts
from flows.vocabulary import conditions, facts_of

SMB = read_playbooks([SHIPPED])[0]["smb"]
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ANA = Subject(person=Person(id="ana", name="Ana Ruiz", joined_at=NOW), account=Account(id="acme", traits={"employees": 12}))


def flat(facts: dict[str, Any]) -> dict[str, Any]:
    families = {family: inner for family, inner in facts.items() if isinstance(inner, dict)}
    return {f"{family}.{name}": value for family, inner in families.items() for name, value in inner.items()} | {
        name: value for name, value in facts.items() if name not in families
    }


def share_facts_of(somebody: Subject) -> dict[str, Any]:
    return flat(share_facts(SMB, somebody.company, somebody.person, NOW))


def test_every_word_is_a_fact_about_ana_of_the_promised_kind() -> None:
    known = flat(standing(SMB, ANA, NOW).facts)
    promised = facts_of(SMB)
    shares = {name for name in promised if name.startswith("share")}
    assert promised.keys() == known.keys() | shares
    assert not shares & known.keys(), "what others do is only looked up where a condition asks"
    known |= share_facts_of(ANA)
    assert {name for name, kind in promised.items() if type(known[name]) not in kind.types} == set()


def test_every_condition_of_the_shipped_playbook_can_be_asked_about_someone_new() -> None:
    facts = standing(SMB, ANA, NOW).facts
    asked = [placed.source for placed in conditions(SMB) if not placed.key]
    assert [source for source in asked if "could not be asked" in SMB.ask(source, facts).because] == []


def test_a_step_may_ask_only_for_what_is_known_before_steps_are_counted() -> None:
    only_when = next(placed for placed in conditions(SMB) if placed.path[-1] == "only_when")
    assert {"steps_left", "all_done", "behind_days", "goal_met", "settled.pick_goal"} <= only_when.words.not_here.keys()
    assert "days_in" not in only_when.words.not_here
