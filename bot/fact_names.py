"""Which facts a message may use, and the check that it uses no others: docs/messages.md tells writers the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from jinja2 import TemplateSyntaxError, nodes

from bot.markup.tags import COMPONENTS
from bot.surfaces import TEXT
from flows.playbook import Playbook
from flows.problems import Problem

STEP = ("step", "title", "why", "link", "help", "minutes", "status", "optional", "by_word", "said_done", "by_teammate", "teammate", "asks")
SCALARS = (
    "steps_done", "steps_left", "total_steps", "minutes_left", "day", "days",
    "goal", "goal_on", "goal_name", "use_case", "company", "when", "by_when",
    "answered", "guides",
)  # fmt: skip
GROUPS: Mapping[str, tuple[str, ...]] = {
    "person": ("first_name", "name", "email", "zone", "locale"),
    "account": ("name",),
    "next": STEP,
    "step": STEP,
    "last": STEP,
    "article": ("title", "body", "tips", "link"),
    "csm": ("name", "first_name"),
    "owner": ("name", "first_name"),
    "week": ("total", "rows", "days", "active_days", "steps"),
    "session": ("title", "when", "starts_on", "minutes", "link", "recording", "zone"),
    "meeting": ("title", "when", "starts_on", "minutes", "link", "zone", "moved", "with_name"),
    "links": ("page", "unsubscribe", "preferences", "slack"),
    "case": (
        "id", "state", "state_line", "who", "first_name", "company", "plan_line", "day", "days", "step", "stuck_at", "since", "why_now",
        "wants", "said", "said_where", "tried", "answer_by", "late", "within", "owner", "mouth", "hint",
        "severity", "severity_line", "owner_line", "full_line", "waiting_more", "next_is", "snoozed", "suggested", "reason", "note",
        "opened_by", "related", "timeline", "link",
    ),
    "task": (
        "id", "state", "title", "round", "who", "company", "whom", "contact", "why", "by_whom", "due", "late", "postponed", "owner_line",
        "known", "meeting", "meeting_link", "to_plan", "ended", "note", "actions", "hint",
    ),
}  # fmt: skip
OF_TASKS = ("task_title", "note", "actions", "by_name")
"""What a colleague wrote when a task was done: facts of the messages that tasks and steps of ours say, and of those of their meetings."""
OWN: Mapping[str, tuple[str, ...]] = {
    "all_busy": ("text",),
    "answer_thanks": ("survey", "value", "late"),
    "article": ("article_name",),
    "article_helped": ("article_name",),
    "article_no_help": ("article_name",),
    "case_note": ("note", "why"),
    "case_said": ("text", "mouth"),
    "csm_reply": ("text", "files"),
    "did_you_mean": ("text",),
    "file_not_passed": ("file", "too_large"),
    "found": ("text", "found"),
    "link_slack": ("confirm", "slack_name", "workspace"),
    "nobody_free": ("text",),
    "not_a_time": ("text",),
    "ops_note": ("text",),
    "resumed": ("channel",),
    "stopped": ("channel",),
    "stuck": ("text",),
}
"""Facts that only one message has."""

_FORBIDDEN = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends, nodes.Block, nodes.Macro)

Known = Mapping[str, frozenset[str] | None]
"""A fact's name → the names after its dot; None for a plain value."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file a text stands."""

    file: str
    line: int
    where: str


def known_facts(message: str, playbooks: Sequence[Playbook]) -> Known:
    """What a message may use whichever playbook says it: the facts that all of them have."""
    using = users(message, playbooks)
    surveys = {rule.message for book in playbooks for rule in book.surveys}
    own = (*OWN.get(message, ()), *(("survey", "answers") if message in surveys or message.startswith("ask_") or not playbooks else ()))
    own += OF_TASKS  # every message has them, empty where no task says it
    groups = {name: frozenset(fields) for name, fields in GROUPS.items()}
    known: dict[str, frozenset[str] | None] = {**groups, **dict.fromkeys((*SCALARS, *own, *COMPONENTS))}
    if not using:
        return known | dict.fromkeys(("person", "account", "segment", "done"))
    known["person"] = groups["person"] | _shared([frozenset(book.traits.person) for book in using])
    known["account"] = groups["account"] | _shared([frozenset(book.traits.account) for book in using])
    known["segment"] = _shared([frozenset(book.segments) for book in using])
    known["done"] = _shared([frozenset(step.step for _, step in book.steps()) for book in using])
    return known


def users(message: str, playbooks: Sequence[Playbook]) -> list[Playbook]:
    """The playbooks that say a message in a rule of theirs; all of them for what the engine itself says."""
    return [book for book in playbooks if book.says(message)] or list(playbooks)


def wrong_facts(source: str, place: Place, known: Known) -> list[Problem]:
    """What is wrong in one template: its grammar, or facts that do not exist."""
    try:
        tree = TEXT.parse(source)
    except TemplateSyntaxError as error:
        return [Problem(place.file, place.line + error.lineno - 1, place.where, str(error.message).rstrip("."))]
    return [Problem(place.file, place.line + line - 1, place.where, said) for line, said in dict.fromkeys(_wrong(tree, known))]


def _wrong(tree: nodes.Template, known: Known) -> Iterator[tuple[int, str]]:
    for forbidden in tree.find_all(_FORBIDDEN):
        yield forbidden.lineno, f"{type(forbidden).__name__.lower()} is not for messages"
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"} | {"loop"}
    for name in tree.find_all(nodes.Name):
        if name.name not in known and name.name not in own:
            yield name.lineno, f"unknown fact {name.name}{_suggest(name.name, known)}"
    for dotted in tree.find_all(nodes.Getattr):
        if not isinstance(dotted.node, nodes.Name) or dotted.node.name in own:
            continue
        group = known.get(dotted.node.name)
        if group is not None and dotted.attr not in group:
            yield dotted.lineno, f"unknown fact {dotted.node.name}.{dotted.attr}{_suggest(dotted.attr, group)}"


def _suggest(name: str, known: Mapping[str, object] | frozenset[str]) -> str:
    close = get_close_matches(name, list(known), 1)
    return f", did you mean {close[0]}?" if close else ""


def _shared(sets: Sequence[frozenset[str]]) -> frozenset[str]:
    return frozenset.intersection(*sets) if sets else frozenset()
