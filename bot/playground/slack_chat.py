"""Slack's `chat.*` and `reactions.*`: saying something, changing it, taking it back."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.playground.arguments import Arguments, SlackError
from bot.playground.block_ids import with_ids
from bot.playground.blocks import MOST_CHARACTERS_IN_A_MESSAGE, characters, problems_of_blocks
from bot.playground.slack_shapes import message_shape
from bot.playground.values import Channel, Json, Message
from bot.playground.world import World

MOST_CHARACTERS_OF_TEXT = 40_000
MOST_BYTES_OF_METADATA = 12_000
REACTION = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def post_message(world: World, args: Arguments) -> Json:
    """`chat.postMessage`"""
    channel = conversation(world, args)
    draft = _draft(world, args, channel)
    message = world.post(draft)
    if channel.is_im:
        world.show_assistant(channel.id, world.assistant(channel.id) | {"status": ""})
    return {"channel": channel.id, "ts": message.ts, "message": message_shape(world, message)}


def post_ephemeral(world: World, args: Arguments) -> Json:
    """`chat.postEphemeral`"""
    channel = conversation(world, args)
    user = args.text("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    message = world.post(replace(_draft(world, args, channel), for_user=user, metadata=None))
    return {"message_ts": message.ts}


def update(world: World, args: Arguments) -> Json:
    """`chat.update`: what is not given stays."""
    message = _own(world, args, "cant_update_message")
    text, blocks = _words(args)
    changed = replace(
        message,
        text=message.text if text is None else text,
        blocks=message.blocks if blocks is None else blocks,
        metadata=_metadata(args) or message.metadata,
        edited=True,
    )
    world.change(changed)
    return {"channel": message.channel, "ts": message.ts, "text": changed.text, "message": message_shape(world, changed)}


def delete(world: World, args: Arguments) -> Json:
    """`chat.delete`"""
    message = _own(world, args, "cant_delete_message")
    world.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(world: World, args: Arguments) -> Json:
    """`chat.getPermalink`"""
    message = _said(world, args, "message_ts")
    return {
        "channel": message.channel,
        "permalink": f"{world.url}/#/archives/{message.channel}/p{message.ts.replace('.', '')}",
    }


def add_reaction(world: World, args: Arguments) -> Json:
    """`reactions.add`"""
    message, name, me = _reaction(world, args)
    if me in message.reactions.get(name, []):
        raise SlackError("already_reacted")
    world.change(replace(message, reactions=message.reactions | {name: [*message.reactions.get(name, []), me]}))
    return {}


def remove_reaction(world: World, args: Arguments) -> Json:
    """`reactions.remove`"""
    message, name, me = _reaction(world, args)
    if me not in message.reactions.get(name, []):
        raise SlackError("no_reaction")
    left = message.reactions | {name: [user for user in message.reactions[name] if user != me]}
    world.change(replace(message, reactions={emoji: users for emoji, users in left.items() if users}))
    return {}


def conversation(world: World, args: Arguments) -> Channel:
    """The conversation that the call names; the app has to be in it."""
    channel = world.find_channel(args.text("channel"))
    if channel is None:
        raise SlackError("channel_not_found")
    if world.installation.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def read_words(args: Arguments) -> tuple[str | None, list[Json] | None]:
    """Text and blocks of a message, checked; `None` for what was not given."""
    text = args.maybe("text")
    if text is not None and len(text) > MOST_CHARACTERS_OF_TEXT:
        raise SlackError("msg_too_long")
    blocks = args.structure("blocks", "invalid_blocks_format")
    if blocks is None or blocks == "":
        return text, None
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if problems := problems_of_blocks(blocks):
        raise SlackError("invalid_blocks", *problems)
    if characters(blocks) > MOST_CHARACTERS_IN_A_MESSAGE:
        raise SlackError("msg_blocks_too_long")
    return text, with_ids(blocks)


def _words(args: Arguments) -> tuple[str | None, list[Json] | None]:
    if args.given.get("attachments"):
        raise SlackError("invalid_attachments", "the playground shows no attachments; use blocks")
    text, blocks = read_words(args)
    if text is None and not blocks:
        raise SlackError("no_text")
    return text, blocks


def _draft(world: World, args: Arguments, channel: Channel) -> Message:
    text, blocks = _words(args)
    thread_ts = args.maybe("thread_ts")
    if thread_ts is not None and world.message(channel.id, thread_ts) is None:
        raise SlackError("thread_not_found")
    return Message(
        channel=channel.id,
        ts="",
        user=world.installation.bot_user,
        text=text or "",
        blocks=blocks or [],
        thread_ts=thread_ts,
        metadata=_metadata(args),
        username=args.maybe("username"),
        icon=args.maybe("icon_url") or args.maybe("icon_emoji"),
    )


def _metadata(args: Arguments) -> Json | None:
    metadata = args.structure("metadata", "invalid_metadata_format")
    if metadata is None or metadata == "":
        return None
    match metadata:
        case {"event_type": str(), "event_payload": dict()} if len(metadata) == 2:
            if len(str(metadata)) > MOST_BYTES_OF_METADATA:
                raise SlackError("metadata_too_large")
            return dict(metadata)
        case _:
            raise SlackError("invalid_metadata_format")


def _said(world: World, args: Arguments, ts: str) -> Message:
    channel = conversation(world, args)
    message = world.message(channel.id, args.text(ts))
    if message is None or message.for_user is not None:
        raise SlackError("message_not_found")
    return message


def _own(world: World, args: Arguments, refusal: str) -> Message:
    message = _said(world, args, "ts")
    if message.user != world.installation.bot_user:
        raise SlackError(refusal)
    return message


def _reaction(world: World, args: Arguments) -> tuple[Message, str, str]:
    name = args.text("name").strip(":")
    if not REACTION.fullmatch(name):
        raise SlackError("invalid_name")
    return _said(world, args, "timestamp"), name, world.installation.bot_user
