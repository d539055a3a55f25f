"""Users, channels, messages and views as Slack writes them down."""

from __future__ import annotations

import time
import uuid
from zoneinfo import ZoneInfo

from bot.playground.values import Channel, Json, Message, User
from bot.playground.world import World


def user_shape(world: World, user: User, *, locale: bool = False) -> Json:
    """A user as `users.info` tells."""
    offset = world.now().astimezone(ZoneInfo(user.tz)).utcoffset()
    first, _, last = user.name.partition(" ")
    shape: Json = {
        "id": user.id,
        "team_id": world.installation.team,
        "name": user.name.lower().replace(" ", "."),
        "real_name": user.name,
        "deleted": False,
        "is_bot": user.role == "bot",
        "tz": user.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": {"real_name": user.name, "display_name": first, "first_name": first, "last_name": last, "team": world.installation.team},
    }
    if user.email:
        shape["profile"]["email"] = user.email
    return shape | {"locale": user.locale} if locale else shape


def channel_shape(world: World, channel: Channel) -> Json:
    """A conversation as `conversations.info` tells."""
    if channel.is_im:
        return {"id": channel.id, "is_im": True, "is_channel": False, "user": channel.name, "is_open": True}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": True,
        "is_im": False,
        "is_private": False,
        "is_archived": False,
        "is_member": world.installation.bot_user in channel.members,
        "num_members": len(channel.members),
        "context_team_id": world.installation.team,
    }


def message_shape(world: World, message: Message, *, metadata: bool = True) -> Json:
    """A message as history tells it and as the app gets it back after posting."""
    installed = world.installation
    shape: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text, "team": installed.team}
    if message.user == installed.bot_user:
        shape |= {"bot_id": installed.bot, "app_id": installed.app}
    if message.blocks:
        shape["blocks"] = message.blocks
    if message.username:
        shape |= {"username": message.username, "subtype": "bot_message"}
    if message.edited:
        shape["edited"] = {"user": message.user, "ts": message.ts}
    if message.reactions:
        shape["reactions"] = [{"name": name, "users": who, "count": len(who)} for name, who in message.reactions.items()]
    if metadata and message.metadata:
        shape["metadata"] = message.metadata
    return shape | _thread_shape(world, message)


def _thread_shape(world: World, message: Message) -> Json:
    if message.in_thread:
        parent = world.message(message.channel, message.thread_ts or "")
        return {"thread_ts": message.thread_ts, "parent_user_id": parent.user if parent else None}
    replies = [reply for reply in world.history(message.channel) if reply.in_thread and reply.thread_ts == message.ts]
    seen = [reply for reply in replies if reply.for_user is None]
    if not seen:
        return {}
    users = list(dict.fromkeys(reply.user for reply in seen))
    return {"thread_ts": message.ts, "reply_count": len(seen), "reply_users": users, "latest_reply": seen[-1].ts}


def view_shape(world: World, view: Json, before: Json | None = None) -> Json:
    """A Home or a dialog as Slack keeps it: with ids, and a new hash each time. `before` is the one it replaces."""
    installed = world.installation
    view_id = before["id"] if before else "V" + uuid.uuid4().hex[:12].upper()
    return (
        {"callback_id": "", "external_id": "", "private_metadata": "", "state": {"values": {}}, "previous_view_id": None}
        | view
        | {
            "id": view_id,
            "root_view_id": view_id,
            "team_id": installed.team,
            "app_id": installed.app,
            "bot_id": installed.bot,
            "hash": f"{int(time.time())}.{uuid.uuid4().hex[:8]}",
        }
    )
