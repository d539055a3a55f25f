"""What everything people do has in common: who does it, where, and how the app hears of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.playground import events
from bot.playground.arguments import Arguments, SlackError
from bot.playground.host import Host
from bot.playground.post import Post, Refused, answered
from bot.playground.slack_api import show_answer
from bot.playground.values import Channel, Json, Message, User
from bot.playground.world import World

T = TypeVar("T")
LAST_WORDS = ("tokens_revoked", "app_uninstalled")
"""What an app hears although it is not installed any more."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The people of one workspace, facing one app."""

    world: World
    host: Host
    post: Post

    def tell(self, subscription: str, event: Json) -> None:
        """Deliver an event, if the app subscribed to it and is there to hear it."""
        if subscription in self.world.installation.events and (self.world.installed or subscription in LAST_WORDS):
            self.post.event(events.envelope(self.world, event))

    def interact(self, payload: Json) -> str:
        """Deliver a click, a submission or a shortcut; what the app answered. Raises Refused where the app is not installed."""
        if not self.world.installed:
            raise Refused("The app is not installed here any more.")
        return self.post.interaction(payload)

    def run_command(self, who: User, channel: Channel, text: str) -> None:
        """A slash command, where it is typed; what the app answers is seen there. Raises Refused when it is not one of the app's."""
        command, _, rest = text.partition(" ")
        if command not in self.world.installation.commands or not self.world.installed:
            raise Refused(f"{command} is not a command here.")
        ticket = self.world.tickets.response(channel.id, who.id, None)
        said = answered(self.post.command(events.slash_command(self.world, who, channel, command, rest.strip(), ticket)))
        if said:
            given = said if isinstance(said, dict) else {"text": str(said)}
            shown(lambda: show_answer(self.world, self.world.tickets.use_response(ticket), Arguments(given)))

    def who(self, user: str) -> User:
        """The person with this id. Raises Refused."""
        if user not in self.world.users:
            raise Refused(f"There is nobody called {user}.")
        return self.world.users[user]

    def where(self, ref: str, who: User) -> Channel:
        """The conversation that somebody means and is in. Raises Refused."""
        channel = self.world.find_channel(ref)
        if channel is None or who.id not in channel.members:
            raise Refused(f"{who.name} is not in {ref}.")
        return channel

    def message(self, user: str, channel: str, ts: str) -> tuple[User, Message]:
        """A message, and who looks at it. Raises Refused where they can't see it or it is gone."""
        who = self.who(user)
        message = self.world.message(self.where(channel, who).id, ts)
        if message is None:
            raise Refused("This message is gone.")
        return who, message


def shown(show: Callable[[], T]) -> T:
    """What the app answered, shown as Slack would. Raises Refused where Slack shows nothing."""
    try:
        return show()
    except SlackError as refusal:
        raise Refused(f"The app answered with something Slack does not show: {refusal.error}. {' '.join(refusal.problems)}") from None
