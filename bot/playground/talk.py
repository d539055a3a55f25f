"""What people say in the playground's Slack: words and files, in a conversation, a channel or a thread; and how they change them."""

from __future__ import annotations

from dataclasses import replace

from bot.playground import changes, events
from bot.playground.post import Refused
from bot.playground.reach import Reach
from bot.playground.slack_files import new_file, share
from bot.playground.values import Channel, Message


class Talk(Reach):
    """The people of one workspace, talking."""

    __slots__ = ()

    def say(self, user: str, text: str) -> None:
        """A person writes to the app in their direct conversation; a text with a slash in front is a command."""
        who = self.who(user)
        channel = self.where(user, who)
        if text.startswith("/"):
            self.run_command(who, channel, text)
            return
        message = self.world.post(Message(channel=channel.id, ts="", user=who.id, text=text))
        self._tell_message(message, channel)

    def mention(self, user: str, channel: str, text: str) -> None:
        """A person names the app in a channel."""
        who = self.who(user)
        where = self.where(channel, who)
        name = f"<@{self.world.installation.bot_user}>"
        said = text if name in text else f"{name} {text}"
        message = self.world.post(Message(channel=where.id, ts="", user=who.id, text=said))
        self.tell("app_mention", events.app_mention_event(self.world, message))
        self._tell_message(message, where)

    def write(self, user: str, channel: str, text: str) -> None:
        """Somebody, a person or another bot, writes in a channel without naming the app; with a slash in front it is a command."""
        who = self.who(user)
        where = self.where(channel, who)
        if text.startswith("/"):
            self.run_command(who, where, text)
            return
        self._tell_message(self.world.post(Message(channel=where.id, ts="", user=who.id, text=text)), where)

    def reply(self, user: str, channel: str, thread_ts: str, text: str) -> None:
        """A person (a CSM, mostly) writes into a thread."""
        who = self.who(user)
        where = self.where(channel, who)
        if self.world.message(where.id, thread_ts) is None:
            raise Refused("This thread is gone.")
        self._tell_message(self.world.post(Message(channel=where.id, ts="", user=who.id, text=text, thread_ts=thread_ts)), where)

    def share_file(self, user: str, channel: str, name: str, content: bytes, text: str = "", *, thread_ts: str | None = None) -> str:
        """A person shares a file, in a channel or in their direct conversation (`channel` is then their own id). Returns the file's id."""
        who = self.who(user)
        where = self.where(channel, who)
        file = new_file(self.world, name, who.id, content)
        draft = Message(channel=where.id, ts="", user=who.id, text=text)
        self._tell_message(share(self.world, [file], draft, thread_ts), where)
        return file.id

    def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """A person changes what they wrote."""
        before, where = self._own(user, channel, ts)
        after = replace(before, text=text, edited=True)
        self.world.change(after)
        self.tell(_subscription(where), changes.message_changed(self.world, before, after, where))

    def delete(self, user: str, channel: str, ts: str) -> None:
        """A person takes back what they wrote."""
        before, where = self._own(user, channel, ts)
        self.world.delete(before)
        self.tell(_subscription(where), changes.message_deleted(self.world, before, where))

    def react(self, user: str, channel: str, ts: str, name: str) -> None:
        """A person puts an emoji under a message, or takes theirs away again."""
        who, message = self.message(user, channel, ts)
        there = message.reactions.get(name, [])
        taken = who.id in there
        left = [one for one in there if one != who.id] if taken else [*there, who.id]
        reactions = {emoji: users for emoji, users in (message.reactions | {name: left}).items() if users}
        self.world.change(replace(message, reactions=reactions))
        kind = "reaction_removed" if taken else "reaction_added"
        self.tell(kind, changes.reaction(self.world, kind, who.id, message, name))

    def _tell_message(self, message: Message, channel: Channel) -> None:
        self.tell(_subscription(channel), events.message_event(self.world, message, channel))

    def _own(self, user: str, channel: str, ts: str) -> tuple[Message, Channel]:
        who, message = self.message(user, channel, ts)
        if message.user != who.id:
            raise Refused("Only who wrote a message can change it.")
        return message, self.world.channels[message.channel]


def _subscription(channel: Channel) -> str:
    if channel.is_im:
        return "message.im"
    return "message.groups" if channel.private else "message.channels"
