"""What Slack tells an app about messages that are there already: edits, deletions, reactions; and who joins a channel."""

from __future__ import annotations

from bot.playground.events import channel_type
from bot.playground.slack_shapes import home_of, message_shape
from bot.playground.values import Channel, Json, Message
from bot.playground.world import World


def message_changed(world: World, before: Message, after: Message, channel: Channel) -> Json:
    """Somebody edited what they had written."""
    return _hidden(world, channel, "message_changed") | {
        "message": message_shape(world, after),
        "previous_message": message_shape(world, before),
    }


def message_deleted(world: World, before: Message, channel: Channel) -> Json:
    """Somebody took back what they had written."""
    return _hidden(world, channel, "message_deleted") | {
        "deleted_ts": before.ts,
        "previous_message": message_shape(world, before),
    }


def reaction(world: World, kind: str, user: str, message: Message, name: str) -> Json:
    """`reaction_added` or `reaction_removed`."""
    return {
        "type": kind,
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": message.channel, "ts": message.ts},
        "item_user": message.user,
        "event_ts": world.stamp(),
    }


def member_joined_channel(world: World, user: str, channel: Channel) -> Json:
    """Somebody, or the app itself, is in a channel from now on."""
    kind = "G" if channel.private else "C"
    return {"type": "member_joined_channel", "user": user, "channel": channel.id, "channel_type": kind, "team": home_of(world, user)}


def _hidden(world: World, channel: Channel, subtype: str) -> Json:
    ts = world.stamp()
    where = {"channel": channel.id, "channel_type": channel_type(channel)}
    return {"type": "message", "subtype": subtype, "hidden": True, "ts": ts, "event_ts": ts} | where
