"""Notes to our own people, outside any decision: whom they go to, and what carries them."""

from __future__ import annotations

from flows.decision import Say, To
from flows.library import Playbooks


def owners(playbooks: Playbooks) -> list[str]:
    """The channels that hear of problems: those that playbooks in use name as their owners, each once."""
    return sorted({playbook.owner for playbook in playbooks.taking() if playbook.owner})


def note(channel: str, key: str, text: str) -> Say:
    """A note to one channel. The same `key` is said there once, whoever says it."""
    return Say(
        key=f"ops:{key}:{channel}",
        to=To("channel", channel),
        message="ops_note",
        person="",
        facts={"text": text},
        if_unknown="resend",
    )
