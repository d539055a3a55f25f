"""What every listener of a customer's needs: who it is, and a way to answer at once what nobody has to remember."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels import SendError
from bot.conversation import Speaker
from bot.drawing import Sight, see
from bot.handle import Door
from bot.shelf import Shelf
from bot.slack.callers import Caller
from bot.slack.kit import actions, section, shown
from bot.slack.limits import Json, fit
from bot.slack.who import WhoIsWho
from bot.slack.workspaces import QUICK, Workspaces

log = logging.getLogger("handrail.slack")

Body = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reception:
    """Where a customer's deliveries come in. `company` is who they signed up with."""

    door: Door
    shelf: Shelf
    who: WhoIsWho
    workspaces: Workspaces
    company: str

    def see(self, caller: Caller) -> Sight | None:
        """Who it is, as they are now; None for a stranger. Raises SendError when Slack can't be asked just now."""
        person = self.who.person(caller)
        return see(self.shelf.books, self.door.view(person), self.door.now()) if person else None

    def speaker(self, sight: Sight | None, caller: Caller) -> Speaker:
        """Our words in their language; a stranger's is what Slack says, as shipped when it can't be asked."""
        if sight:
            return sight.speak
        try:
            locale = self.who.profile(caller.team, caller.user).locale
        except SendError:
            locale = ""
        return self.shelf.books.words.speaker(locale)

    def open(self, body: Body, action: Body, caller: Caller, view: Json, speak: Speaker) -> None:
        """Open a dialog. When Slack's moment for it has passed they are told kindly, with the same button again. Raises nothing."""
        trigger = str(body.get("trigger_id", ""))
        try:
            self.workspaces.call(caller.team, "views.open", lambda client: client.views_open(trigger_id=trigger, view=view), timeout=QUICK)
        except SendError as error:
            log.info("a dialog did not open: %s", error)
            if not error.unknown:
                again = [{key: value for key, value in action.items() if key in _OF_A_BUTTON}]
                text = speak("modal.too_late")
                self.say(caller, text, [section(shown(text)), actions(again)])

    def say(self, caller: Caller, text: str, blocks: Sequence[Json] = (), *, channel: str = "") -> None:
        """A line between us that changes nothing. When it does not arrive, nothing is lost. Raises nothing."""
        place = channel or caller.user
        given = {"text": shown(text), "blocks": fit(blocks)} if blocks else {"text": shown(text)}
        try:
            self.workspaces.call(
                caller.team, "chat.postMessage", lambda client: client.chat_postMessage(channel=place, **given), timeout=QUICK
            )
        except SendError as error:
            log.info("somebody could not be answered: %s", error)


_OF_A_BUTTON = ("type", "action_id", "text", "value", "style", "accessibility_label")
