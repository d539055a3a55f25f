"""Users, channels, messages and views as Slack writes them down."""

from __future__ import annotations

import time
import uuid
from urllib.parse import quote
from zoneinfo import ZoneInfo

from bot.playground.values import Channel, File, Json, Message, User
from bot.playground.world import World


def user_shape(world: World, user: User, *, locale: bool = False) -> Json:
    """A user as `users.info` tells: the address only with its scope, and little of a stranger."""
    offset = world.now().astimezone(ZoneInfo(user.tz)).utcoffset()
    team = user.team or world.installation.team
    guest = user.guest is not None
    shape: Json = {"id": user.id, "team_id": team, "name": user.name.lower().replace(" ", "."), "deleted": user.deleted}
    shape |= {"real_name": user.name, "is_bot": user.role == "bot", "is_app_user": False, "profile": _profile(world, user, team)}
    if user.team is not None:
        shape["is_stranger"] = user.stranger
    if user.deleted or user.stranger:
        return shape
    shape |= {"tz": user.tz, "tz_offset": int(offset.total_seconds()) if offset else 0, "is_admin": False, "is_owner": False}
    shape |= {"is_restricted": guest, "is_ultra_restricted": user.guest == "single"}
    return shape | {"locale": user.locale} if locale else shape


def _profile(world: World, user: User, team: str) -> Json:
    first, _, last = user.name.partition(" ")
    own = "static/mark.svg" if user.role == "bot" else f"face/{user.id}.svg"
    face = user.image or f"{world.url}/playground/{own}"
    profile: Json = {"real_name": user.name, "display_name": first, "first_name": first, "last_name": last, "team": team}
    profile |= {"title": user.title} | {f"image_{size}": face for size in (24, 32, 48, 72, 192, 512)}
    if user.email and not user.stranger and "users:read.email" in world.scopes:
        profile["email"] = user.email
    return profile


def channel_shape(world: World, channel: Channel) -> Json:
    """A conversation as `conversations.info` tells."""
    if channel.is_im:
        return {"id": channel.id, "is_im": True, "is_channel": False, "user": channel.name, "is_open": True}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.private,
        "is_group": channel.private,
        "is_im": False,
        "is_private": channel.private,
        "is_archived": False,
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_member": world.installation.bot_user in channel.members,
        "num_members": len(channel.members),
        "context_team_id": world.installation.team,
    }


def file_shape(world: World, file: File) -> Json:
    """A file as `files.info` and messages tell of it. Its private addresses ask for the workspace's token."""
    place = f"{world.url}/slack/files-pri/{world.installation.team}-{file.id}"
    ending = file.name.rpartition(".")[2] if "." in file.name else "text"
    shape: Json = {"id": file.id, "created": file.created, "timestamp": file.created, "name": file.name, "title": file.title or file.name}
    shape |= {"mimetype": file.kind, "filetype": ending, "pretty_type": ending.upper(), "size": len(file.data), "user": file.user}
    shape |= {"mode": "hosted", "is_external": False, "is_public": False, "file_access": "visible"}
    shape |= {"url_private": f"{place}/{quote(file.name)}", "url_private_download": f"{place}/download/{quote(file.name)}"}
    return shape | {"permalink": f"{world.url}/#/files/{file.id}"}


def files_shape(world: World, message: Message) -> list[Json]:
    """The files of a message, those that were deleted left out."""
    return [file_shape(world, file) for file_id in message.files if (file := world.file(file_id))]


def message_shape(world: World, message: Message, *, metadata: bool = True) -> Json:
    """A message as history tells it and as the app gets it back after posting."""
    installed = world.installation
    shape: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text, "team": home_of(world, message.user)}
    if message.user == installed.bot_user:
        shape |= {"bot_id": installed.bot, "app_id": installed.app}
    if message.blocks:
        shape["blocks"] = message.blocks
    if message.username:
        shape |= {"username": message.username, "subtype": "bot_message"}
        shape |= {"icons": {"image_48": message.icon}} if message.icon else {}
    if message.files:
        shape["files"] = files_shape(world, message)
    if message.edited:
        shape["edited"] = {"user": message.user, "ts": message.ts}
    if message.reactions:
        shape["reactions"] = [{"name": name, "users": who, "count": len(who)} for name, who in message.reactions.items()]
    if metadata and message.metadata:
        shape["metadata"] = message.metadata
    return shape | _thread_shape(world, message)


def home_of(world: World, user: str) -> str:
    """The workspace that somebody is at home in."""
    known = world.users.get(user)
    return (known.team if known else None) or world.installation.team


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
