"""What is wrong with a team or an escalation, in words."""

from __future__ import annotations

import pytest
from stories import LITTLE, a_text

from flows.reading import read_playbook

RULE = 'escalation: silent, when: "days_in >= 1", risk: "1"'


def wrong(**changed: str) -> str:
    _, problems = read_playbook(a_text(LITTLE, **changed), "little.yaml")
    return " ".join(str(problem) for problem in problems)


@pytest.mark.parametrize(
    ("team", "words"),
    [
        ("claim_lasts: 0 minutes", "`claim_lasts` needs a length above 0"),
        ("remind_after: 0 minutes", "`remind_after` needs a length above 0"),
        ("escalate_to: maya", "neither a channel nor a person"),
        ('reasons: [""]', "a reason needs words"),
        ("reasons: [Ours, ours]", "is there twice"),
        (f"reasons: [{'a' * 76}]", "Slack shows 75 letters"),
    ],
)
def test_a_team_is_told_what_cannot_be(team: str, words: str) -> None:
    assert words in wrong(team=f'{{channel: "#csm", {team}}}')


@pytest.mark.parametrize("instead", ["case_card", "stuck", "still_waiting", "ask_ease"])
def test_what_answers_or_asks_is_nothing_to_send_instead(instead: str) -> None:
    team = '{channel: "#csm", max_new_cases: 3}'
    assert f"{instead} a" in wrong(team=team, escalations=f"[{{{RULE}, instead: {instead}}}]")
    assert wrong(team=team, escalations=f"[{{{RULE}, instead: gone_quiet}}]") == ""


def test_an_escalation_goes_to_a_channel_or_a_person() -> None:
    assert "neither a channel" in wrong(escalations=f"[{{{RULE}, escalate_to: maya}}]")
    for place in ('"#leads"', "C012AB3CD", "U_MAYA"):
        assert "neither a channel" not in wrong(escalations=f"[{{{RULE}, escalate_to: {place}}}]")
