"""Somebody we don't know is asked, not guessed: they name an address, and whoever reads it confirms that it is them."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

from slack_bolt import Ack

from bot.channels import SendError
from bot.conversation import Speaker
from bot.slack.callers import Caller
from bot.slack.confirming import Confirming
from bot.slack.home import BY_MAIL, stranger_blocks, stranger_home, unknown_words
from bot.slack.limits import Json
from bot.slack.modals import FIELD, read_field, told_modal, who_modal
from bot.slack.reception import Body, Reception
from bot.slack.retiring import value_of
from bot.slack.workspaces import QUICK

log = logging.getLogger("handrail.slack")

_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
_LONGEST = 320


@dataclass(frozen=True, slots=True)
class Strangers:
    """Slack users whom no record knows."""

    at: Reception
    confirming: Confirming

    def home(self, caller: Caller) -> None:
        """Their Home, with the question in it. Raises nothing: they can open it again."""
        view = stranger_home(self.at.company, self.at.speaker(None, caller), self._address(caller))
        try:
            self.at.workspaces.call(
                caller.team, "views.publish", lambda client: client.views_publish(user_id=caller.user, view=view), timeout=QUICK
            )
        except SendError as error:
            log.info("a stranger's Home could not be drawn: %s", error)

    def wrote(self, caller: Caller, channel: str) -> None:
        """They wrote: the same question."""
        self.at.say(caller, *self.asked(caller), channel=channel)

    def asked(self, caller: Caller) -> tuple[str, list[Json]]:
        """The question as a text, and as blocks with its button."""
        speak = self.at.speaker(None, caller)
        email = self._address(caller)
        return unknown_words(self.at.company, email, speak), stranger_blocks(self.at.company, speak, email)

    def pressed(self, body: Body, action: Body, caller: Caller) -> None:
        """They want to say who they are."""
        speak, email = self.at.speaker(None, caller), self._address(caller)
        view = who_modal(self.at.company, speak)
        if value_of(action).get("by") == BY_MAIL and email:
            self._ask(email, caller)
            view = self._sent(email, speak)
        self.at.open(body, action, caller, view, speak)

    def told(self, view: Json, caller: Caller, ack: Ack) -> None:
        """They named an address. The answer is the same for every one; a mail goes out only to one we know."""
        email, speak = read_field(view).strip(), self.at.speaker(None, caller)
        if not _ADDRESS.fullmatch(email) or len(email) > _LONGEST:
            ack(response_action="errors", errors={FIELD: speak("modal.who_wrong")})
            return
        self._ask(email, caller)
        ack(response_action="update", view=self._sent(email, speak))

    def _ask(self, email: str, caller: Caller) -> None:
        person = self.at.door.store.resolve("email", "", email)
        if person is not None:
            self.confirming.ask(person, caller)

    def _sent(self, email: str, speak: Speaker) -> Json:
        """What everybody is told, known or not."""
        return told_modal(speak("modal.who_title"), speak("modal.who_sent", {"company": self.at.company, "email": email}), speak)

    def _address(self, caller: Caller) -> str:
        """The address that Slack has of them, when a mail there may tell who they are; '' when it has none or can't be asked.

        In our own workspace addresses are believed: whom theirs does not tell, it never will, unless we reach them by another user.
        """
        try:
            email = "" if caller.away else self.at.who.profile(caller.team, caller.user).email
            if email and self.at.workspaces.ours(caller):
                known = self.at.door.store.resolve("email", "", email)
                return email if known and not self.at.who.is_ours(caller.namespace, caller.user) else ""
        except SendError:
            return ""
        return email
