"""What the page shows: the whole playground as one JSON value, from one customer's seat."""

from __future__ import annotations

import html
import re
from typing import Any

from bot.playground.host import Host
from bot.playground.installation import dm_id
from bot.playground.values import Channel, File, Json, Mail, Message, User
from bot.playground.world import World

PREHEADER_CHARACTERS = 140
PREHEADER_LOOKED_FOR_IN = 20_000

_HIDDEN = re.compile(r"<(\w+)[^>]*display:\s*none[^>]*>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")
_FILLER = re.compile(r"[\s\u00a0\u00ad\u034f\u200b-\u200f\u2007\ufeff]+")


def page_state(world: World, host: Host, seat: str | None) -> Json:
    """What the world and the host hold, for the customer with this Slack id, or for the first one. Blocks: it asks the host."""
    version = world.version  # read first, so that a change while we look is seen as one
    people = [dict(person) for person in host.people() if person.get("slack_user") in world.users]
    me = _me(world, people, seat)
    csms = [user for user in world.users.values() if user.role == "csm"]
    return {
        "version": version,
        "now": host.now().isoformat(),
        "next_due": host.next_due(),
        "lateness": host.lateness(),
        "zone": me.tz,
        "me": {"id": me.id, "name": me.name, "email": me.email, "initials": _initials(me.name)},
        "people": people,
        "csms": [{"id": user.id, "name": user.name} for user in csms],
        "members": [{"id": user.id, "name": user.name} for user in world.users.values() if user.role != "bot"],
        "shortcuts": [{"callback_id": callback_id, "name": name} for callback_id, name in world.installation.shortcuts],
        "users": {user.id: user.name for user in world.users.values()},
        "dm": _conversation(world, me),
        "home": world.home(me.id),
        "modal": world.modal(me.id),
        "csm_modals": {user.id: view for user in csms if (view := world.modal(user.id))},
        "csm_homes": {user.id: view for user in csms if (view := world.home(user.id))},
        "csm_dms": {user.id: _conversation(world, user) for user in csms},
        "inbox": [_mail(world, mail, me) for mail in reversed(_letters(world, me))],
        "mail_shut": world.shut(me.email or ""),
        "channels": [_channel(world, channel, me) for channel in _channels(world, host, me)],
        "product": [{**event, "count": world.counted(me.id, event["event"])} for event in host.product_events],
    }


def _conversation(world: World, user: User) -> Json:
    """What somebody and the app said to each other, and what the app offers above the line to write."""
    channel = dm_id(user.id)
    return {"channel": channel, "messages": [_message(world, message) for message in world.dm(user.id)]} | world.assistant(channel)


def preheader(mail: Mail) -> str:
    """The line an inbox shows behind the subject: the hidden one of the HTML, else how the text begins."""
    hidden = _HIDDEN.search(mail.html[:PREHEADER_LOOKED_FOR_IN])
    source = html.unescape(_TAG.sub("", hidden[2])) if hidden else mail.text
    return _FILLER.sub(" ", source).strip()[:PREHEADER_CHARACTERS]


def _me(world: World, people: list[Json], seat: str | None) -> User:
    customers = [str(person["slack_user"]) for person in people]
    customers += [user.id for user in world.users.values() if user.role == "customer"]
    return world.users[seat if seat in customers else customers[0]]


def _message(world: World, message: Message) -> Json:
    author = world.users.get(message.user)
    name = message.username or (author.name if author else message.user)
    return {
        "ts": message.ts,
        "user": {"id": message.user, "name": name, "bot": author is not None and author.role == "bot", "icon": message.icon},
        "text": message.text,
        "blocks": message.blocks,
        "files": [_file(file) for file_id in message.files if (file := world.file(file_id))],
        "reactions": _reactions(message),
        "edited": message.edited,
        "at": message.at.isoformat(),
        "ephemeral": message.for_user is not None,
        "for_user": message.for_user,
        "thread_ts": message.thread_ts,
    }


def _file(file: File) -> Json:
    return {"id": file.id, "name": file.title or file.name, "size": len(file.data), "url": f"/playground/api/file/{file.id}"}


def _reactions(message: Message) -> list[Json]:
    return [{"name": name, "count": len(users), "users": users} for name, users in message.reactions.items()]


def _channels(world: World, host: Host, me: User) -> list[Channel]:
    """The team's channels, then those that the customer shares with it."""
    team = [channel for ref in host.csm_channels if (channel := world.find_channel(ref))]
    shared = [channel for channel in world.channels.values() if me.id in channel.members and not channel.is_im]
    return [*team, *(channel for channel in shared if channel not in team)]


def _channel(world: World, channel: Channel, me: User) -> Json:
    said = world.history(channel.id)
    if me.id in channel.members:
        said = [message for message in said if message.for_user in (None, me.id)]
    threads: dict[str, list[Json]] = {}
    for message in said:
        if message.in_thread and message.thread_ts:
            threads.setdefault(message.thread_ts, []).append(_message(world, message))
    heads = [_message(world, message) | {"thread": threads.get(message.ts, [])} for message in said if not message.in_thread]
    return {"id": channel.id, "name": channel.name, "members": list(channel.members), "messages": heads}


def _letters(world: World, me: User) -> list[Mail]:
    """What somebody got and wrote, oldest first. Python's sorting keeps the order of what has the same time."""
    return sorted([*world.inbox(me.email or ""), *world.sent_by(me.email or "")], key=lambda mail: mail.at)


def _mail(world: World, mail: Mail, me: User) -> Json:
    shown: dict[str, Any] = {name: getattr(mail, name) for name in ("id", "subject", "at", "read", "to")}
    mine = mail.sender_email.lower() == (me.email or "").lower()
    files = [{"name": file["name"], "url": f"/playground/api/mail/{mail.id}/{n}"} for n, file in enumerate(mail.files)]
    return shown | {
        "from": mail.sender,
        "preheader": preheader(mail),
        "mine": mine,
        "files": files,
        "answerable": not mine and world.account.takes(mail.reply_to or ""),
    }


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()
