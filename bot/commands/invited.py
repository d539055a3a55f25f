"""A session for the preview of an invitation: a planned one, else one made up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flows.library import Playbooks
from flows.playbook import Playbook
from flows.sessions import Session, Sessions

_AHEAD = timedelta(days=2)


def with_session(
    playbooks: Playbooks, playbook: Playbook, message: str, facts: Mapping[str, Any], at: datetime
) -> tuple[Playbooks, Mapping[str, Any]]:
    """The playbooks and the facts a message is read with; for one that speaks of a session, with a session that is known."""
    name = next((rule.session for rule in playbook.invitations if message in (rule.message, rule.recording)), "")
    if not name or facts.get("session"):
        return playbooks, facts
    planned = playbooks.sessions.of(playbook.playbook, name)
    if planned:
        return playbooks, {**facts, "session": planned[0].id}
    made_up = Session.model_validate(
        {
            "session": name,
            "title": name.replace("_", " ").capitalize(),
            "starts": f"{at + _AHEAD:%Y-%m-%d}T15:00",
            "minutes": 45,
            "link": f"https://meet.example.com/{name}",
            "recording": f"https://video.example.com/{name}",
        }
    )
    return playbooks.planned(Sessions(sessions=(made_up,))), {**facts, "session": made_up.id}
