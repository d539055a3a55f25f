"""Slack's `views.*` and `assistant.threads.*`: dialogs, the Home tab, and what shows above the message box."""

from __future__ import annotations

from typing import Any

from bot.playground.arguments import Arguments, SlackError
from bot.playground.block_ids import with_ids
from bot.playground.blocks import problems_of_view
from bot.playground.slack_shapes import view_shape
from bot.playground.values import Json
from bot.playground.world import World

MOST_PROMPTS = 4


def open_view(world: World, args: Arguments) -> Json:
    """`views.open`: a dialog in front of the person whose trigger this is."""
    view = read_view(args.structure("view", "invalid_arguments"), "modal")
    try:
        user = world.tickets.redeem(args.text("trigger_id"))
    except LookupError as refusal:
        raise SlackError(str(refusal)) from None
    kept = view_shape(world, view)
    world.show_modal(user, kept)
    return {"view": kept}


def update_view(world: World, args: Arguments) -> Json:
    """`views.update`: another content for an open dialog."""
    view = read_view(args.structure("view", "invalid_arguments"), "modal")
    found = world.find_view(_view_id(world, args))
    if found is None:
        raise SlackError("not_found")
    user, before = found
    _agree(args, before)
    kept = view_shape(world, view, before)
    world.show_modal(user, kept)
    return {"view": kept}


def publish_view(world: World, args: Arguments) -> Json:
    """`views.publish`: a person's Home tab. With `hash`, only when it is still the one the app knows."""
    user = args.text("user_id")
    if user not in world.users:
        raise SlackError("user_not_found")
    view = read_view(args.structure("view", "invalid_arguments"), "home")
    before = world.home(user)
    _agree(args, before)
    kept = view_shape(world, view, before)
    world.publish_home(user, kept)
    return {"view": kept}


def set_suggested_prompts(world: World, args: Arguments) -> Json:
    """`assistant.threads.setSuggestedPrompts`: at most four, in a direct conversation."""
    channel = _direct(world, args)
    prompts = args.structure("prompts", "invalid_arguments")
    if not isinstance(prompts, list) or not all(_is_prompt(prompt) for prompt in prompts):
        raise SlackError("invalid_arguments", "must provide an array of title and message [json-pointer:/prompts]")
    if not 1 <= len(prompts) <= MOST_PROMPTS:
        raise SlackError("invalid_arguments", f"no more than {MOST_PROMPTS} items allowed [json-pointer:/prompts]")
    world.show_assistant(channel, world.assistant(channel) | {"prompts": prompts})
    return {}


def set_status(world: World, args: Arguments) -> Json:
    """`assistant.threads.setStatus`: what the app says it is doing; gone with its next message."""
    channel = _direct(world, args)
    args.text("thread_ts")
    world.show_assistant(channel, world.assistant(channel) | {"status": args.maybe("status") or ""})
    return {}


def read_view(view: Any, kind: str) -> Json:
    """A view of this kind, checked, with ids on its blocks."""
    if view is None:
        raise SlackError("invalid_arguments", "missing required field: view")
    problems = problems_of_view(view)
    if not problems and view["type"] != kind:
        problems = [f"must be a {kind} view [json-pointer:/view/type]"]
    if problems:
        raise SlackError("invalid_arguments", *problems)
    return {**view, "blocks": with_ids(view["blocks"])}


def _view_id(world: World, args: Arguments) -> str:
    external = args.maybe("external_id")
    if external is None:
        return args.text("view_id")
    open_now = (world.modal(user) for user in world.users)
    return next((str(view["id"]) for view in open_now if view and view["external_id"] == external), "")


def _agree(args: Arguments, before: Json | None) -> None:
    known = args.maybe("hash")
    if known is not None and (before is None or before["hash"] != known):
        raise SlackError("hash_conflict")


def _direct(world: World, args: Arguments) -> str:
    channel = world.channels.get(args.text("channel_id"))
    if channel is None or not channel.is_im:
        raise SlackError("channel_not_found")
    return channel.id


def _is_prompt(prompt: Any) -> bool:
    return isinstance(prompt, dict) and all(isinstance(prompt.get(name), str) for name in ("title", "message"))
