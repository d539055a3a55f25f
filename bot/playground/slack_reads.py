"""Slack's `auth.*`, `users.*` and `conversations.*`: who is there and what was said."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from bot.playground.arguments import Arguments, SlackError
from bot.playground.installation import dm_id
from bot.playground.slack_chat import conversation
from bot.playground.slack_shapes import channel_shape, message_shape, user_shape
from bot.playground.values import Channel, Json, Message
from bot.playground.world import World

MOST_AT_ONCE = 999


def auth_test(world: World, _: Arguments) -> Json:
    """`auth.test`"""
    installed = world.installation
    return {
        "url": f"{world.url}/",
        "team": installed.name,
        "team_id": installed.team,
        "user": world.users[installed.bot_user].name.lower(),
        "user_id": installed.bot_user,
        "bot_id": installed.bot,
        "is_enterprise_install": False,
    }


def user_info(world: World, args: Arguments) -> Json:
    """`users.info`"""
    user = world.users.get(args.text("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": user_shape(world, user, locale=args.flag("include_locale"))}


def user_by_email(world: World, args: Arguments) -> Json:
    """`users.lookupByEmail`"""
    user = world.user_by_email(args.text("email"))
    if user is None:
        raise SlackError("users_not_found")
    return {"user": user_shape(world, user)}


def list_users(world: World, args: Arguments) -> Json:
    """`users.list`"""
    members = [user_shape(world, user, locale=args.flag("include_locale")) for user in world.users.values()]
    return _page("members", members, args, otherwise=MOST_AT_ONCE)


def team_info(world: World, _: Arguments) -> Json:
    """`team.info`"""
    installed = world.installation
    return {"team": {"id": installed.team, "name": installed.name, "domain": installed.domain, "email_domain": "", "icon": {}}}


def bot_info(world: World, args: Arguments) -> Json:
    """`bots.info`"""
    installed = world.installation
    if (args.maybe("bot") or installed.bot) != installed.bot:
        raise SlackError("bot_not_found")
    name = world.users[installed.bot_user].name
    bot: Json = {"id": installed.bot, "deleted": False, "name": name, "app_id": installed.app, "user_id": installed.bot_user}
    return {"bot": bot | {"icons": {}, "updated": int(world.now().timestamp())}}


def open_conversation(world: World, args: Arguments) -> Json:
    """`conversations.open`, for a direct conversation with one person."""
    users = [user for user in (args.maybe("users") or "").split(",") if user]
    ref = args.maybe("channel") or (dm_id(users[0]) if len(users) == 1 else None)
    if ref is None:
        raise SlackError("users_list_not_supplied" if not users else "too_many_users")
    channel = world.channels.get(ref)
    if channel is None or not channel.is_im:
        raise SlackError("user_not_found" if users else "channel_not_found")
    return {"channel": channel_shape(world, channel) if args.flag("return_im") else {"id": channel.id}}


def conversation_info(world: World, args: Arguments) -> Json:
    """`conversations.info`"""
    return {"channel": channel_shape(world, _visible(world, args))}


def list_conversations(world: World, args: Arguments) -> Json:
    """`conversations.list`: what the app can see, of the types asked for."""
    seen = [channel for channel in world.channels.values() if not channel.private or world.installation.bot_user in channel.members]
    return _listed(world, args, seen)


def my_conversations(world: World, args: Arguments) -> Json:
    """`users.conversations`: those that the app, or this user, is in."""
    user = args.maybe("user") or world.installation.bot_user
    return _listed(world, args, [channel for channel in world.channels.values() if user in channel.members])


def join_conversation(world: World, args: Arguments) -> Json:
    """`conversations.join`: into a public channel."""
    channel = _visible(world, args)
    if channel.is_im or channel.private:
        raise SlackError("method_not_supported_for_channel_type")
    before = world.installation.bot_user in channel.members
    joined = world.join(channel, world.installation.bot_user)
    return {"channel": channel_shape(world, joined)} | ({"warning": "already_in_channel"} if before else {})


def list_members(world: World, args: Arguments) -> Json:
    """`conversations.members`"""
    page = _page("members", [{"id": member} for member in _visible(world, args).members], args, otherwise=100)
    return page | {"members": [member["id"] for member in page["members"]]}


def _visible(world: World, args: Arguments) -> Channel:
    channel = world.channels.get(args.text("channel"))
    if channel is None or (channel.private and world.installation.bot_user not in channel.members):
        raise SlackError("channel_not_found")
    return channel


def _listed(world: World, args: Arguments, channels: Sequence[Channel]) -> Json:
    types = (args.maybe("types") or "public_channel").split(",")
    return _page("channels", [channel_shape(world, channel) for channel in channels if _type(channel) in types], args, otherwise=100)


def _type(channel: Channel) -> str:
    if channel.is_im:
        return "im"
    return "private_channel" if channel.private else "public_channel"


def history(world: World, args: Arguments) -> Json:
    """`conversations.history`: newest first, without what was said in threads."""
    said = [message for message in _within(world, args) if not message.in_thread]
    return _told(world, args, said[::-1])


def replies(world: World, args: Arguments) -> Json:
    """`conversations.replies`: a thread with its first message, oldest first."""
    ts = args.text("ts")
    if world.message(conversation(world, args).id, ts) is None:
        raise SlackError("thread_not_found")
    return _told(world, args, [message for message in _within(world, args) if ts in (message.ts, message.thread_ts)])


def _within(world: World, args: Arguments) -> list[Message]:
    channel = conversation(world, args)
    oldest, latest = _instant(args, "oldest", "0"), _instant(args, "latest", "Infinity")
    edges = args.flag("inclusive")
    said = [message for message in world.history(channel.id) if message.for_user is None]
    return [m for m in said if oldest < Decimal(m.ts) < latest or (edges and Decimal(m.ts) in (oldest, latest))]


def _instant(args: Arguments, name: str, otherwise: str) -> Decimal:
    try:
        return Decimal(args.maybe(name) or otherwise)
    except InvalidOperation:
        raise SlackError(f"invalid_ts_{name}") from None


def _told(world: World, args: Arguments, said: Sequence[Message]) -> Json:
    metadata = args.flag("include_all_metadata")
    page = _page("messages", [message_shape(world, message, metadata=metadata) for message in said], args, otherwise=100)
    return page | {"has_more": bool(page["response_metadata"]["next_cursor"])}


def _page(name: str, items: Sequence[Json], args: Arguments, *, otherwise: int) -> Json:
    cursor = args.maybe("cursor") or "0"
    if not cursor.isdecimal():
        raise SlackError("invalid_cursor")
    start, limit = int(cursor), args.number("limit", otherwise, MOST_AT_ONCE)
    more = start + limit < len(items)
    return {name: list(items[start : start + limit]), "response_metadata": {"next_cursor": str(start + limit) if more else ""}}
