"""Somebody we don't know is asked, not guessed: they name an address, and whoever reads it confirms that it is them."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import timedelta

from slack_bolt import Ack

from bot.channels import SendError
from bot.links import CONFIRM_LASTS, Links
from bot.slack.callers import Caller
from bot.slack.home import stranger_blocks, stranger_home
from bot.slack.limits import Json
from bot.slack.modals import FIELD, read_field, told_modal, who_modal
from bot.slack.reception import Body, Reception
from bot.slack.workspaces import QUICK
from flows.decision import Say, To
from storage.outbox import Outbox

log = logging.getLogger("handrail.slack")

ONE_MAIL_IN = timedelta(minutes=10)
"""Whoever asks how often: so rarely an address is written to."""
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
_LONGEST = 320


@dataclass(frozen=True, slots=True)
class Strangers:
    """Slack users whom no record knows."""

    at: Reception
    outbox: Outbox
    links: Links

    def home(self, caller: Caller) -> None:
        """Their Home, with the question in it. Raises nothing: they can open it again."""
        view = stranger_home(self.at.company, self.at.speaker(None, caller))
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
        return speak("home.unknown_person", {"company": self.at.company}), stranger_blocks(self.at.company, speak)

    def pressed(self, body: Body, action: Body, caller: Caller) -> None:
        """They want to say who they are."""
        speak = self.at.speaker(None, caller)
        self.at.open(body, action, caller, who_modal(self.at.company, speak), speak)

    def told(self, view: Json, caller: Caller, ack: Ack) -> None:
        """They named an address. The answer is the same for every one; a mail goes out only to one we know."""
        email, speak = read_field(view).strip(), self.at.speaker(None, caller)
        if not _ADDRESS.fullmatch(email) or len(email) > _LONGEST:
            ack(response_action="errors", errors={FIELD: speak("modal.who_wrong")})
            return
        self._mail(email, f"{caller.namespace}/{caller.user}")
        text = speak("modal.who_sent", {"company": self.at.company, "email": email})
        ack(response_action="update", view=told_modal(speak("modal.who_title"), text, speak))

    def _mail(self, email: str, slack: str) -> None:
        person, now = self.at.door.store.resolve("email", "", email), self.at.door.now()
        if person is None:
            return
        turn = int(now.timestamp() // ONE_MAIL_IN.total_seconds())
        if self.outbox.row(_key(person, turn - 1)):
            return
        say = Say(
            key=_key(person, turn),
            to=To("person", person, ("email",)),
            message="link_slack",
            person=person,
            facts={"confirm": self.links.confirm_slack(person, slack, now)},
            expires_at=now + CONFIRM_LASTS,
            priority=100,
            essential=True,
        )
        self.outbox.enqueue(say, now)


def _key(person: str, turn: int) -> str:
    """The key of one mail, unique for ever: at most one in each turn, and none in the turn after one."""
    return f"{person}:link_slack:{turn}"
