"""A colleague opens the app: their Home is drawn as things are now."""

from __future__ import annotations

from dataclasses import dataclass

from slack_bolt import Ack

from bot.slack.callers import Body, Caller
from bot.slack.team.office import Office


@dataclass(frozen=True, slots=True)
class Arriving:
    """The Home tab of a colleague who is no customer."""

    office: Office

    def is_theirs(self, event: Body, caller: Caller) -> bool:
        """Whether a colleague opened it, and not somebody whom we guide."""
        if event.get("tab", "home") != "home" or not self.office.workspaces.ours(caller):
            return False
        known = self.office.door.store.resolve("slack", caller.namespace, caller.user)
        return known is None and self.office.members.has(caller)

    def opened(self, caller: Caller, ack: Ack) -> None:
        """They look at it."""
        self.office.homes(caller.user)
        ack()
