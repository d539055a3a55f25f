"""What people do in the playground: talk, click, fill in, use the product. Each act returns when the app has acknowledged it.

These may block; the page calls them in threads. An act that does not come about raises `Refused` with words for the page.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from bot.playground import app_events, changes, events
from bot.playground.answers import action_on, state_of, unanswered
from bot.playground.held import Held, holding
from bot.playground.host import Host
from bot.playground.mailing import Mailing
from bot.playground.post import Post, Refused, answered
from bot.playground.reach import shown
from bot.playground.slack_shapes import view_shape
from bot.playground.slack_views import read_view
from bot.playground.talk import Talk
from bot.playground.values import Json, User
from bot.playground.world import World


@dataclass(frozen=True, slots=True)
class Acts(Talk, Mailing):
    """The people of a workspace, facing one app. What they say is in `Talk`, what they do with mails in `Mailing`."""

    # Shortcuts, commands and channels

    def command(self, user: str, text: str, channel: str | None = None) -> None:
        """A person types a slash command, in a channel or in their direct conversation."""
        who = self.who(user)
        self.run_command(who, self.where(channel or user, who), text)

    def shortcut(self, user: str, callback_id: str) -> None:
        """A person chooses one of the app's shortcuts from Slack's own menu."""
        self.interact(events.global_shortcut(self.world, self.who(user), callback_id))

    def message_shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> None:
        """A person chooses one of the app's shortcuts in the menu of a message."""
        who, message = self.message(user, channel, ts)
        where = self.world.channels[message.channel]
        self.interact(events.message_shortcut(self.world, who, where, message, callback_id))

    def join(self, user: str, channel: str) -> None:
        """A person joins a channel, or puts the app into it (`user` is then the app's)."""
        who = self.who(user)
        where = self.world.find_channel(channel)
        if where is None or where.is_im:
            raise Refused(f"There is no channel {channel}.")
        self.tell("member_joined_channel", changes.member_joined_channel(self.world, who.id, self.world.join(where, who.id)))

    def uninstall(self) -> None:
        """An admin removes the app from this workspace."""
        if self.world.grants.refuse("account_inactive"):
            self.tell("tokens_revoked", app_events.tokens_revoked(self.world))
            self.tell("app_uninstalled", app_events.app_uninstalled())

    def revoke(self) -> None:
        """An admin takes the app's tokens back."""
        if self.world.grants.refuse("token_revoked"):
            self.tell("tokens_revoked", app_events.tokens_revoked(self.world))

    # Buttons, views and dialogs

    def click_message(self, user: str, place: tuple[str, str], used: tuple[str, str], answer: object = None) -> None:
        """A person uses an element of a message. `place`: channel and ts. `used`: block id and action id."""
        who = self.who(user)
        _, message = self.message(user, *place)
        action = action_on(self.world, message.blocks, used, answer)
        self.interact(events.click_on_message(self.world, who, self.world.channels[message.channel], message, action))

    def click_view(self, user: str, view_id: str, used: tuple[str, str], answer: object = None) -> None:
        """A person uses an element of the Home tab or of a dialog. `used`: block id and action id."""
        who = self.who(user)
        view = self._view(who, view_id)
        self.interact(events.click_on_view(self.world, who, view, action_on(self.world, view["blocks"], used, answer)))

    def open_home(self, user: str, tab: str = "home") -> None:
        """A person opens the app's page, at its Home tab or at its messages."""
        who = self.who(user)
        self.tell("app_home_opened", events.app_home_opened_event(self.world, who.id, self.where(user, who), tab))

    def open_messages_tab(self, user: str) -> None:
        """A person opens the app at its messages."""
        self.open_home(user, "messages")

    def submit(self, user: str, view_id: str, values: Json) -> None:
        """A person submits a dialog. `values`: their answers by block id and action id, plain or as Slack reports them."""
        who = self.who(user)
        view = self._view(who, view_id)
        if view["type"] != "modal":
            raise Refused("Only a dialog can be submitted.")
        state = state_of(view, values)
        if missing := unanswered(view, state):
            raise Refused("Something is still missing.", dict.fromkeys(missing, "Please complete this required field."))
        said = answered(self.interact(events.view_submission(self.world, who, view, state)))
        self._follow(who, view, said if isinstance(said, dict) else {})

    def close_modal(self, user: str) -> None:
        """A person closes the dialog in front of them."""
        who = self.who(user)
        view = self.world.modal(who.id)
        if view is None:
            return
        self.world.show_modal(who.id, None)
        if view.get("notify_on_close"):
            self.interact(events.view_closed(self.world, who, view))

    def track(self, user: str, event: str, properties: Json | None = None) -> None:
        """A person does something in the product, and the product reports it."""
        who = self.who(user)
        person = next((person for person in self.host.people() if person.get("slack_user") == who.id), None)
        if person is None:
            raise Refused(f"{who.name} has no account in the product.")
        body = {"type": "track", "userId": person["external_id"], "event": event, "properties": properties or {}}
        self.post.product_event(body | {"messageId": uuid.uuid4().hex, "timestamp": self.host.now().isoformat()})
        self.world.count_event(who.id, event)

    # Inside

    def holding(self) -> Held:
        """The same people, whose events wait until the test delivers them: late, twice, or in another order."""
        post = holding(self.post)
        return Held(replace(self, post=post), self.post, post.envelopes)

    def _follow(self, who: User, view: Json, said: Json) -> None:
        """What the app's answer to a submission asks for: errors, another content, or that the dialog closes."""
        match said.get("response_action"):
            case "errors":
                raise Refused("Please look at what you entered.", said.get("errors", {}))
            case "update":
                new = shown(lambda: read_view(said.get("view"), "modal"))
                self.world.show_modal(who.id, view_shape(self.world, new, view))
            case "push":
                raise Refused("The app put a second dialog on top of the first; the playground shows one.")
            case _ if (self.world.modal(who.id) or {}).get("id") == view["id"]:
                self.world.show_modal(who.id, None)

    def _view(self, who: User, view_id: str) -> Json:
        found = self.world.find_view(view_id)
        if found is None or found[0] != who.id:
            raise Refused("This view is gone.")
        return found[1]


def acts_in(world: World, host: Host) -> Acts:
    """The people of this world, with Slack's own patience."""
    return Acts(world, host, Post(host, world.faults, sockets=world.sockets))
