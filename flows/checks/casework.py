"""What a playbook says of its team and of the humans who come: lengths of nothing, reasons Slack can't show, places nobody is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from flows.parts.rules import Escalation
from flows.playbook import Playbook
from flows.problems import Path

Find = tuple[Path, str]

LONGEST_REASON = 75
"""Letters that Slack shows of a choice in a dialog."""

ANSWERS = frozenset(
    (
        "all_busy", "answer_thanks", "article", "article_helped", "article_no_help", "case_card", "case_late", "case_note", "case_said",
        "claimed", "csm_reply", "did_you_mean", "file_not_passed", "found", "fresh_link", "goal_check", "goal_set", "handed_over",
        "link_slack", "mentioned", "nobody_free", "not_a_time", "ops_note", "preferences_kept", "reopened", "resolved", "resumed",
        "snoozed", "solved_thanks", "still_waiting", "stopped", "stuck",
    )
)  # fmt: skip
"""Messages that answer something, or are for the team: out of the blue they have nothing to tell."""


def check(playbook: Playbook) -> Iterator[Find]:
    """Everything about cases."""
    yield from _team(playbook)
    for place, rule in enumerate(playbook.escalations):
        path = ("escalations", place)
        if rule.remind_after is not None and not rule.remind_after.amount:
            yield (*path, "remind_after"), "`remind_after` needs a length above 0"
        if not _is_place(rule.escalate_to):
            yield (*path, "escalate_to"), _no_place(rule.escalate_to)
        yield from _instead(playbook, rule, (*path, "instead"))


def _team(playbook: Playbook) -> Iterator[Find]:
    team = playbook.team
    for key, length in (("claim_lasts", team.claim_lasts), ("remind_after", team.remind_after)):
        if not length.amount:
            yield ("team", key), f"`{key}` needs a length above 0"
    if not _is_place(team.escalate_to):
        yield ("team", "escalate_to"), _no_place(team.escalate_to)
    seen = Counter(reason.strip().lower() for reason in team.reasons)
    for place, reason in enumerate(team.reasons):
        path = ("team", "reasons", place)
        if not reason.strip():
            yield path, "a reason needs words"
        elif seen[reason.strip().lower()] > 1:
            yield path, f"the reason {reason!r} is there twice"
        elif len(reason) > LONGEST_REASON:
            yield path, f"Slack shows {LONGEST_REASON} letters of a reason, and this one has {len(reason)}"


def _is_place(text: str) -> bool:
    return not text or re.fullmatch(r"#\S+|[CGUW][A-Z0-9_]+", text) is not None


def _no_place(text: str) -> str:
    return f"{text!r} is neither a channel nor a person; write a channel (#csm-leads, C012AB3CD) or a Slack user id (U012AB3CD)"


def _instead(playbook: Playbook, rule: Escalation, path: Path) -> Iterator[Find]:
    surveys = {survey.message for survey in playbook.surveys}
    if rule.instead in surveys:
        yield path, f"{rule.instead} asks a question of survey {_survey_of(playbook, rule.instead)}; `instead` needs a message of its own"
    elif rule.instead in ANSWERS or (rule.instead or "").startswith("ask_"):
        yield path, f"{rule.instead} answers something or asks a question; `instead` comes by itself, as a nudge does"


def _survey_of(playbook: Playbook, message: str) -> str:
    return next(survey.survey for survey in playbook.surveys if survey.message == message)
