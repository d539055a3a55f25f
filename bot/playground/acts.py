"""What people do in the playground: talk, click, fill in, use the product. Each act returns when the app has acknowledged it.

These may block; the page calls them in threads. An act that does not come about raises `Refused` with words for the page.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.playground import events
from bot.playground.arguments import Arguments, SlackError
from bot.playground.block_ids import interactive
from bot.playground.host import Host
from bot.playground.post import Post, Refused, answered
from bot.playground.slack_api import show_answer
from bot.playground.slack_shapes import view_shape
from bot.playground.slack_views import read_view
from bot.playground.values import Channel, Json, Message, User
from bot.playground.world import World

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Acts:
    """The people of a world, facing one app."""

    world: World
    host: Host
    post: Post

    def say(self, user: str, text: str) -> None:
        """A person writes to the app in their direct conversation; a text with a slash in front is a command."""
        who = self._who(user)
        channel = self._where(user, who)
        if text.startswith("/"):
            self._command(who, channel, text)
            return
        message = self.world.post(Message(channel=channel.id, ts="", user=who.id, text=text))
        self._tell("message.im", events.message_event(self.world, message, channel))

    def mention(self, user: str, channel: str, text: str) -> None:
        """A person names the app in a channel."""
        who = self._who(user)
        where = self._where(channel, who)
        name = f"<@{self.world.installation.bot_user}>"
        said = text if name in text else f"{name} {text}"
        message = self.world.post(Message(channel=where.id, ts="", user=who.id, text=said))
        self._tell("app_mention", events.app_mention_event(self.world, message))
        self._tell("message.channels", events.message_event(self.world, message, where))

    def reply(self, user: str, channel: str, thread_ts: str, text: str) -> None:
        """A person (a CSM, mostly) writes into a thread."""
        who = self._who(user)
        where = self._where(channel, who)
        if self.world.message(where.id, thread_ts) is None:
            raise Refused("This thread is gone.")
        message = self.world.post(Message(channel=where.id, ts="", user=who.id, text=text, thread_ts=thread_ts))
        self._tell("message.channels", events.message_event(self.world, message, where))

    def click_message(self, user: str, place: tuple[str, str], used: tuple[str, str], answer: object = None) -> None:
        """A person uses an element of a message. `place`: channel and ts. `used`: block id and action id."""
        who = self._who(user)
        channel = self._where(place[0], who)
        message = self.world.message(channel.id, place[1])
        if message is None:
            raise Refused("This message is gone.")
        action = _action(self.world, message.blocks, used, answer)
        self.post.interaction(events.click_on_message(self.world, who, channel, message, action))

    def click_view(self, user: str, view_id: str, used: tuple[str, str], answer: object = None) -> None:
        """A person uses an element of the Home tab or of a dialog. `used`: block id and action id."""
        who = self._who(user)
        view = self._view(who, view_id)
        self.post.interaction(events.click_on_view(self.world, who, view, _action(self.world, view["blocks"], used, answer)))

    def open_home(self, user: str, tab: str = "home") -> None:
        """A person opens the app's page, at its Home tab or at its messages."""
        who = self._who(user)
        self._tell("app_home_opened", events.app_home_opened_event(self.world, who.id, self._where(user, who), tab))

    def submit(self, user: str, view_id: str, values: Json) -> None:
        """A person submits a dialog. `values`: their answers by block id and action id, plain or as Slack reports them."""
        who = self._who(user)
        view = self._view(who, view_id)
        if view["type"] != "modal":
            raise Refused("Only a dialog can be submitted.")
        state = _state(view, values)
        if missing := _unanswered(view, state):
            raise Refused("Something is still missing.", dict.fromkeys(missing, "Please complete this required field."))
        said = answered(self.post.interaction(events.view_submission(self.world, who, view, state)))
        self._follow(who, view, said if isinstance(said, dict) else {})

    def close_modal(self, user: str) -> None:
        """A person closes the dialog in front of them."""
        who = self._who(user)
        view = self.world.modal(who.id)
        if view is None:
            return
        self.world.show_modal(who.id, None)
        if view.get("notify_on_close"):
            self.post.interaction(events.view_closed(self.world, who, view))

    def track(self, user: str, event: str, properties: Json | None = None) -> None:
        """A person does something in the product, and the product reports it."""
        who = self._who(user)
        person = next((person for person in self.host.people() if person.get("slack_user") == who.id), None)
        if person is None:
            raise Refused(f"{who.name} has no account in the product.")
        body = {"type": "track", "userId": person["external_id"], "event": event, "properties": properties or {}}
        self.post.product_event(body | {"messageId": uuid.uuid4().hex, "timestamp": self.host.now().isoformat()})
        self.world.count_event(who.id, event)

    def _command(self, who: User, channel: Channel, text: str) -> None:
        command, _, rest = text.partition(" ")
        if command not in self.world.installation.commands:
            raise Refused(f"{command} is not a command here.")
        ticket = self.world.tickets.response(channel.id, who.id, None)
        said = answered(self.post.command(events.slash_command(self.world, who, channel, command, rest.strip(), ticket)))
        if said:
            given = said if isinstance(said, dict) else {"text": str(said)}
            _shown(lambda: show_answer(self.world, self.world.tickets.use_response(ticket), Arguments(given)))

    def _follow(self, who: User, view: Json, said: Json) -> None:
        """What the app's answer to a submission asks for: errors, another content, or that the dialog closes."""
        match said.get("response_action"):
            case "errors":
                raise Refused("Please look at what you entered.", said.get("errors", {}))
            case "update":
                new = _shown(lambda: read_view(said.get("view"), "modal"))
                self.world.show_modal(who.id, view_shape(self.world, new, view))
            case "push":
                raise Refused("The app put a second dialog on top of the first; the playground shows one.")
            case _ if (self.world.modal(who.id) or {}).get("id") == view["id"]:
                self.world.show_modal(who.id, None)

    def _tell(self, subscription: str, event: Json) -> None:
        if subscription in self.world.installation.events:
            self.post.event(events.envelope(self.world, event))

    def _who(self, user: str) -> User:
        if user not in self.world.users:
            raise Refused(f"There is nobody called {user}.")
        return self.world.users[user]

    def _where(self, ref: str, who: User) -> Channel:
        channel = self.world.find_channel(ref)
        if channel is None or who.id not in channel.members:
            raise Refused(f"{who.name} is not in {ref}.")
        return channel

    def _view(self, who: User, view_id: str) -> Json:
        found = self.world.find_view(view_id)
        if found is None or found[0] != who.id:
            raise Refused("This view is gone.")
        return found[1]


def acts_in(world: World, host: Host) -> Acts:
    """The people of this world, with Slack's own patience."""
    return Acts(world, host, Post(host, world.faults))


def _action(world: World, blocks: list[Json], used: tuple[str, str], answer: object) -> Json:
    for block in blocks:
        for element in interactive(block):
            if (block["block_id"], element["action_id"]) == used:
                return events.action_shape(world, block, element, answer)
    raise Refused("This button is gone.")


def _state(view: Json, given: Json) -> Json:
    """The state of a dialog as Slack reports it: every element of it, answered or not."""
    state: Json = {}
    for block in view["blocks"]:
        for element in interactive(block):
            answer = given.get(block["block_id"], {}).get(element["action_id"])
            told = answer if isinstance(answer, dict) else events.answer_shape(element, answer)
            state.setdefault(block["block_id"], {})[element["action_id"]] = {"type": element["type"]} | told
    return state


def _unanswered(view: Json, state: Json) -> list[str]:
    asked = [block for block in view["blocks"] if block["type"] == "input" and not block.get("optional")]
    return [block["block_id"] for block in asked if not _has_answer(state[block["block_id"]])]


def _has_answer(elements: Json) -> bool:
    return any(value for element in elements.values() for name, value in element.items() if name != "type")


def _shown(show: Callable[[], T]) -> T:
    try:
        return show()
    except SlackError as refusal:
        raise Refused(f"The app answered with something Slack does not show: {refusal.error}. {' '.join(refusal.problems)}") from None
