"""What Slack tells an app, as JSON: events, interactions and slash commands. All stamps are world time."""

from __future__ import annotations

import uuid
from typing import Any

from bot.playground.slack_shapes import message_shape
from bot.playground.values import Channel, Json, Message, User
from bot.playground.world import World

VERIFICATION_TOKEN = "playground"  # of Slack's older scheme; still in every payload


def envelope(world: World, event: Json) -> Json:
    """An event as the Events API wraps it. Its id is new; a retry sends the same envelope again."""
    installed = world.installation
    bot = {"enterprise_id": None, "team_id": installed.team, "user_id": installed.bot_user, "is_bot": True, "is_enterprise_install": False}
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": installed.team,
        "api_app_id": installed.app,
        "event": event,
        "type": "event_callback",
        "event_id": "Ev" + uuid.uuid4().hex[:12].upper(),
        "event_time": int(world.now().timestamp()),
        "authorizations": [bot],
        "is_ext_shared_channel": False,
    }


def message_event(world: World, message: Message, channel: Channel) -> Json:
    """Somebody said something where the app can hear it."""
    event: Json = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "event_ts": message.ts,
        "client_msg_id": str(uuid.uuid4()),
        "team": world.installation.team,
        "channel": channel.id,
        "channel_type": "im" if channel.is_im else "channel",
    }
    if message.in_thread:
        parent = world.message(channel.id, message.thread_ts or "")
        event |= {"thread_ts": message.thread_ts} | ({"parent_user_id": parent.user} if parent else {})
    return event


def app_mention_event(world: World, message: Message) -> Json:
    """Somebody named the app in a channel."""
    event: Json = {"type": "app_mention", "user": message.user, "text": message.text, "ts": message.ts, "event_ts": message.ts}
    event |= {"channel": message.channel, "team": world.installation.team}
    return event | ({"thread_ts": message.thread_ts} if message.in_thread else {})


def app_home_opened_event(world: World, user: str, channel: Channel, tab: str) -> Json:
    """Somebody opened the app's page: its Home tab or its messages."""
    event: Json = {"type": "app_home_opened", "user": user, "channel": channel.id, "tab": tab, "event_ts": world.stamp()}
    home = world.home(user) if tab == "home" else None
    return event | ({"view": home} if home else {})


def interaction(world: World, kind: str, user: User) -> Json:
    """What all interactions have in common: who did it, in which team, with which app."""
    installed = world.installation
    team = {"id": installed.team, "domain": installed.domain}
    name = user.name.lower().replace(" ", ".")
    return {
        "type": kind,
        "user": {"id": user.id, "username": name, "name": name, "team_id": installed.team},
        "api_app_id": installed.app,
        "token": VERIFICATION_TOKEN,
        "team": team,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def click_on_message(world: World, user: User, channel: Channel, message: Message, action: Json) -> Json:
    """Somebody used a button or a menu in a message."""
    hidden = message.for_user is not None
    ticket = world.tickets.response(channel.id, user.id, message.ts)
    container = {"type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": hidden}
    if message.in_thread:
        container["thread_ts"] = message.thread_ts or ""
    return interaction(world, "block_actions", user) | {
        "container": container,
        "trigger_id": world.tickets.trigger(user.id),
        "channel": {"id": channel.id, "name": "directmessage" if channel.is_im else channel.name},
        "message": message_shape(world, message),
        "state": {"values": {}},
        "response_url": f"{world.url}/slack/response/{ticket}",
        "actions": [action],
    }


def click_on_view(world: World, user: User, view: Json, action: Json) -> Json:
    """Somebody used a button or a menu in the Home tab or in a dialog."""
    return interaction(world, "block_actions", user) | {
        "container": {"type": "view", "view_id": view["id"]},
        "trigger_id": world.tickets.trigger(user.id),
        "view": view,
        "actions": [action],
    }


def view_submission(world: World, user: User, view: Json, values: Json) -> Json:
    """Somebody pressed the submit button of a dialog."""
    return interaction(world, "view_submission", user) | {
        "trigger_id": world.tickets.trigger(user.id),
        "view": view | {"state": {"values": values}},
        "response_urls": [],
    }


def view_closed(world: World, user: User, view: Json) -> Json:
    """Somebody closed a dialog that asked to hear of it."""
    return interaction(world, "view_closed", user) | {"view": view, "is_cleared": False}


def slash_command(world: World, user: User, channel: Channel, command: str, text: str, ticket: str) -> dict[str, str]:
    """Somebody typed a slash command; `ticket` is its response URL's."""
    installed = world.installation
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": installed.team,
        "team_domain": installed.domain,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.is_im else channel.name,
        "user_id": user.id,
        "user_name": user.name.lower().replace(" ", "."),
        "command": command,
        "text": text,
        "api_app_id": installed.app,
        "is_enterprise_install": "false",
        "response_url": f"{world.url}/slack/response/{ticket}",
        "trigger_id": world.tickets.trigger(user.id),
    }


def action_shape(world: World, block: Json, element: Json, answer: Any) -> Json:
    """The used element as Slack reports it. `answer` is the option's value, or what was typed or picked."""
    shape: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    shape["action_ts"] = world.stamp()
    shape |= {name: element[name] for name in ("text", "value", "url", "style") if name in element}
    return shape | answer_shape(element, answer)


def answer_shape(element: Json, answer: Any) -> Json:
    """A person's answer to an element, in the field that this kind of element puts it in."""
    match element["type"]:
        case "static_select" | "radio_buttons" | "overflow" | "external_select":
            return {"selected_option": next((option for option in options(element) if option["value"] == answer), None)}
        case "checkboxes" | "multi_static_select":
            chosen = answer if isinstance(answer, list) else [answer]
            return {"selected_options": [option for option in options(element) if option["value"] in chosen]}
        case "users_select" | "channels_select" | "conversations_select" as kind:
            return {f"selected_{kind.removesuffix('s_select')}": answer}
        case "datepicker" | "timepicker" | "datetimepicker" as kind:
            return {{"datepicker": "selected_date", "timepicker": "selected_time"}.get(kind, "selected_date_time"): answer}
        case kind if kind.endswith("_input"):
            return {"value": answer or None}
        case _:
            return {}


def options(element: Json) -> list[Json]:
    """The options of a menu, those in groups included."""
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *grouped]
