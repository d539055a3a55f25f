"""Playbooks together with the files they name: messages, their variants, help articles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from flows.checks.names import unknown
from flows.checks.tasks import missing_messages
from flows.library import Playbooks
from flows.playbook import Playbook
from flows.problems import Path, Problem


def check_playbooks(playbooks: Playbooks, *, messages: Mapping[str, frozenset[str]], articles: Collection[str]) -> list[Problem]:
    """What the playbooks name and no file provides. `messages` are the existing ones with their variants, `articles` those of content/."""
    return sorted(
        draft.source.problem(path, message)
        for draft in playbooks.drafts
        if draft.playbook
        for path, message in (
            *_messages(draft.playbook, messages),
            *missing_messages(draft.playbook, messages),
            *_articles(draft.playbook, articles),
        )
    )


def _messages(playbook: Playbook, messages: Mapping[str, frozenset[str]]) -> Iterator[tuple[Path, str]]:
    for path, rule in playbook.rules():
        if rule.message not in messages:
            yield (*path, "message"), f"{unknown('message', rule.message, messages)} (no file templates/messages/{rule.message}.md)"
            continue
        for variant in _variants(playbook, rule.experiment):
            if variant not in messages[rule.message]:
                file = f"templates/messages/{rule.message}.{variant}.md"
                yield (*path, "experiment"), f"{rule.experiment} needs {rule.message} as {variant}, and there is no file {file}"
    for place, invitation in enumerate(playbook.invitations):
        if invitation.recording is not None and invitation.recording not in messages:
            what = unknown("message", invitation.recording, messages)
            yield ("invitations", place, "recording"), f"{what} (no file templates/messages/{invitation.recording}.md)"
    for place, escalation in enumerate(playbook.escalations):
        if escalation.instead is not None and escalation.instead not in messages:
            what = unknown("message", escalation.instead, messages)
            yield ("escalations", place, "instead"), f"{what} (no file templates/messages/{escalation.instead}.md)"


def _variants(playbook: Playbook, name: str | None) -> list[str]:
    return next((list(experiment.split) for experiment in playbook.experiments if experiment.experiment == name), [])


def _articles(playbook: Playbook, articles: Collection[str]) -> Iterator[tuple[Path, str]]:
    for place, module in enumerate(playbook.checklist):
        for position, step in enumerate(module.steps):
            if step.help and step.help not in articles:
                path = ("checklist", place, "steps", position, "help")
                yield path, f"{unknown('article', step.help, articles)} (no file content/{step.help}.md)"
