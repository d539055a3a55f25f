"""What everything on the team's side shares: who may act, which case is meant, and how somebody is told."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.webhook import WebhookClient

from bot.channels import SendError
from bot.handle import Door
from bot.shelf import Shelf
from bot.slack.callers import Body, Caller
from bot.slack.kit import shown
from bot.slack.limits import Json
from bot.slack.team.membership import Membership
from bot.slack.who import WhoIsWho
from bot.slack.workspaces import QUICK, Workspaces
from flows.decision import Draw
from flows.people import Case, Person
from flows.playbook import Playbook
from storage.outbox import Outbox

log = logging.getLogger("handrail.team")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a colleague is told something that only they see. `thread` is '' outside of threads; without a `channel` it is their own."""

    channel: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Office:
    """The team's room: what its listeners work with. `company` is who our customers signed up with."""

    door: Door
    shelf: Shelf
    outbox: Outbox
    who: WhoIsWho
    workspaces: Workspaces
    members: Membership
    company: str = ""

    def say(self, key: str, facts: Mapping[str, Any] | None = None, /) -> str:
        """Our words as shipped, for the team."""
        return self.shelf.books.words.get(key, "", facts)

    def acting(self, body: Body, action: Body, caller: Caller) -> Case | None:
        """The open case that a colleague's press is about. None when nothing may happen; then they were told why."""
        if not self.is_colleague(body, caller):
            return None
        case = self.case_of(body, action)
        if case is None:
            self.whisper(caller, place_of(body), self.say("case.gone"))
        elif case.state == "closed":
            self.whisper(caller, place_of(body), self.closed_words(case))
        else:
            return case
        return None

    def is_colleague(self, body: Body, caller: Caller) -> bool:
        """Whether one of ours did it; anybody else is told, kindly, that nothing happened. Raises SendError while Slack can't say."""
        if self.of_the_team(caller):
            return True
        self.whisper(caller, place_of(body), self.say("case.only_colleagues"))
        return False

    def of_the_team(self, caller: Caller) -> bool:
        """Whether they are of the team, without a word. Raises SendError while Slack can't say: a press is told, an event comes again."""
        said = self.members.says(caller)
        if said is None:
            raise SendError("Slack can't say who is of the team", retry_after=1)
        return said

    def case_of(self, body: Body, action: Body) -> Case | None:
        """The case that a button names; of a menu without a value, the one whose card it stands on."""
        named = value_of(action).get("c")
        if named:
            return self.case(str(named))
        place = place_of(body)
        return self.outbox.case_by_thread(place.channel, place.thread) if place.channel and place.thread else None

    def case(self, case_id: str) -> Case | None:
        """A case as it is now, open or closed."""
        return self.door.case(case_id)

    def playbook(self, case: Case) -> Playbook | None:
        """The playbook a case belongs to; another one when it is gone, None when there is none at all."""
        books = self.shelf.playbooks()
        return books.by_name.get(case.playbook) or next(iter(books), None)

    def person(self, person_id: str) -> Person | None:
        """Somebody as they are now."""
        subject = self.door.view(person_id)
        return subject.person if subject and subject.person.version else None

    def called(self, person_id: str) -> str:
        """What we call somebody when we speak of them."""
        person = self.person(person_id)
        return (person.name or person.email or person.external_id) if person else ""

    def closed_words(self, case: Case) -> str:
        """That it is closed, and by whom."""
        name = self.who.name(case.closed_by) if case.closed_by else ""
        return self.say("case.closed_already", {"who": name}) if name else self.say("case.claim_gone")

    def homes(self, *users: str) -> None:
        """These colleagues' Homes are out of date."""
        for user in dict.fromkeys(filter(None, users)):
            self.door.redraw(Draw("team", user))

    def whisper(self, caller: Caller, place: Place, text: str, blocks: list[Json] | None = None) -> None:
        """Tell a colleague something that nobody else sees. `text` is plain; it is what stands there unless there are `blocks`."""
        words = shown(text)
        if place.channel:
            self._try(
                caller.team,
                "chat.postEphemeral",
                lambda client: client.chat_postEphemeral(
                    channel=place.channel, user=caller.user, thread_ts=place.thread or None, text=words, blocks=blocks
                ),
            )
        else:
            self._try(
                caller.team, "chat.postMessage", lambda client: client.chat_postMessage(channel=caller.user, text=words, blocks=blocks)
            )

    def instead(self, body: Body, text: str, blocks: list[Json] | None = None) -> None:
        """Replace what was pressed, which only they see, by this."""
        self._respond(body, text, blocks, replace=True)

    def beside(self, body: Body, text: str, blocks: list[Json] | None = None) -> None:
        """Answer a shortcut or a command where it was used, also where we are no member; only they see it."""
        self._respond(body, text, blocks, replace=False)

    def dialog(self, caller: Caller, body: Body, view: Json) -> bool:
        """Open a dialog. When Slack did not wait for it, they are told kindly; False then."""
        trigger = str(body.get("trigger_id") or "")
        try:
            self.workspaces.call(caller.team, "views.open", lambda client: client.views_open(trigger_id=trigger, view=view), timeout=QUICK)
        except SendError as error:
            log.info("a dialog was not opened: %s", error)
            self.whisper(caller, place_of(body), self.say("case.trigger_gone"))
            return False
        return True

    def _respond(self, body: Body, text: str, blocks: list[Json] | None, *, replace: bool) -> None:
        url = str(body.get("response_url") or "")
        try:
            told = WebhookClient(url, timeout=QUICK, retry_handlers=[]).send(
                text=shown(text), blocks=blocks, response_type="ephemeral", replace_original=replace
            )
        except (OSError, ValueError) as error:
            log.info("a colleague could not be answered: %s", type(error).__name__)
            return
        if told.status_code >= 400:
            log.info("a colleague could not be answered: %s", told.status_code)

    def _try(self, team: str, method: str, call: Any) -> None:
        try:
            self.workspaces.call(team, method, call, timeout=QUICK)
        except SendError as error:
            log.info("a colleague could not be told: %s", error)


def value_of(action: Body) -> dict[str, Any]:
    """What a button or the chosen option names; empty for what is none of ours."""
    chosen = action.get("selected_option") or action
    return read_value(chosen.get("value")) if isinstance(chosen, Mapping) else {}


def read_value(text: object) -> dict[str, Any]:
    """The short keys in a value or in a dialog's metadata."""
    try:
        value = json.loads(str(text or "{}"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def place_of(body: Body) -> Place:
    """Where it was pressed: the thread of the message, or its own when it begins one. Nowhere for a press in Home."""
    container = body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    return Place(channel, str(container.get("thread_ts") or container.get("message_ts") or "") if channel else "")
