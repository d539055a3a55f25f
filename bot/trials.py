"""Two people on whom every message is tried when it loads: one of whom we know everything, one of whom we know nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from bot.fact_names import GROUPS, OWN, STEP
from bot.words import Words
from flows.playbook import Playbook

_STEP: dict[str, Any] = dict.fromkeys(STEP, "") | {
    "step": "first",
    "title": "The first step",
    "link": "https://app.example.com/",
    "minutes": 5,
    "status": "current",
    "optional": False,
    "by_word": False,
    "said_done": False,
    "by_teammate": False,
}


_WEEK: dict[str, Any] = {
    "total": 3,
    "rows": [{"title": "Reports you looked at", "n": 3, "share": 100}],
    "days": [{"name": "Mon", "n": 3, "share": 100}, {"name": "Tue", "n": 0, "share": 0}],
    "active_days": 1,
    "steps": ["The first step"],
}


def trials(message: str, playbook: Playbook | None, words: Words) -> Iterator[tuple[str, dict[str, Any]]]:
    """Whom a message is tried on, in words for a problem, and their facts."""
    yield "someone whom we know well", _everything(message, playbook, words)
    yield "someone whose name and goal we don't know and who has nothing left to do", _nothing(message, playbook, words)


def _everything(message: str, playbook: Playbook | None, words: Words) -> dict[str, Any]:
    facts = _nothing(message, playbook, words)
    texts: dict[str, dict[str, Any]] = {name: dict.fromkeys(GROUPS[name], name) for name in ("csm", "links", "case", "task")}
    texts["case"] |= {"related": [{"who": "Ben", "step": "first", "link": "https://slack.com/x"}], "timeline": ["today 10:12 · opened"]}
    texts["task"] |= {"known": [{"question": "What do they want?", "answer": "Reports"}], "actions": ["They send us the file"]}
    return facts | texts | {
        "person": {**facts["person"], "first_name": "Ana", "name": "Ana Ruiz", "email": "ana@example.com"},
        "next": _STEP,
        "step": _STEP,
        "last": _STEP,
        "article": {"title": "How to", "body": "Like this.", "tips": ["A tip", "Another"], "link": "https://app.example.com/help"},
        "guides": [{"title": "How to see more", "minutes": 3, "video": True, "link": "https://app.example.com/help"}],
        "goal": "weekly revenue",
        "goal_on": "on the 2nd",
        "when": "tomorrow at 09:00",
        "by_when": "15:30",
        "steps_left": 3,
        "minutes_left": 12,
        "use_case": "Reports for my boss",
        "owner": {"name": "Maya Chen", "first_name": "Maya"},
        "week": _WEEK,
        "session": dict.fromkeys(GROUPS["session"], "session") | {"minutes": 45},
        "meeting": dict.fromkeys(GROUPS["meeting"], "meeting") | {"minutes": 45, "moved": True, "link": "https://meet.example.com/kickoff"},
        "task_title": "Kickoff",
        "note": "What we agreed",
        "actions": ["They send us the file"],
        "by_name": "Maya Chen",
    }  # fmt: skip


def _nothing(message: str, playbook: Playbook | None, words: Words) -> dict[str, Any]:
    person = dict.fromkeys(GROUPS["person"], "") | (dict(playbook.traits.person) if playbook else {})
    account = {"name": ""} | (dict(playbook.traits.account) if playbook else {})
    spoken_of = message in ("step_done", "skipped", "done_unseen")
    helped = message in ("claimed", "resolved", "csm_reply")
    lists: dict[str, Any] = {"related": [], "timeline": []}
    team = message.startswith("case_")
    return {
        "person": person,
        "account": account,
        "segment": dict.fromkeys(playbook.segments, "") if playbook else {},
        "done": {step.step: False for _, step in playbook.steps()} if playbook else {},
        "next": None,
        "last": None,
        "step": _STEP if spoken_of else None,
        "article": None,
        "guides": [],
        "csm": dict.fromkeys(GROUPS["csm"], "Maya") if helped else None,
        "case": dict.fromkeys(GROUPS["case"], "") | lists if team else None,
        "task": dict.fromkeys(GROUPS["task"], "") | {"known": [], "actions": []} if message.startswith("task_") else None,
        "use_case": "",
        "answered": defaultdict(str),
        "owner": None,
        "week": {"total": 0, "rows": [], "days": [], "active_days": 0, "steps": []},
        "session": None,
        "meeting": None,
        "task_title": "",
        "note": "",
        "actions": [],
        "by_name": "",
        "links": dict.fromkeys(GROUPS["links"], ""),
        "steps_done": 4,
        "steps_left": 0,
        "total_steps": 4,
        "minutes_left": 0,
        "day": 3,
        "days": 30,
        "goal": "",
        "goal_on": "",
        "goal_name": "first report shared",
        "company": "Example",
        "when": "",
        "by_when": "",
        "survey": "ease",
        "answers": [1, 2],
        "checklist": "",
        "next_step": "",
        "progress": "",
        "week_chart": "",
        "number_words": words.listed("time.numbers"),
    } | dict.fromkeys(OWN.get(message, ()), "words")
