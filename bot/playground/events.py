"""What Slack tells an app, as JSON: events, interactions and slash commands. All stamps are world time."""

from __future__ import annotations

import uuid
from typing import Any

from bot.playground.slack_shapes import files_shape, home_of, message_shape
from bot.playground.values import Channel, Json, Message, User
from bot.playground.world import World

VERIFICATION_TOKEN = "playground"  # of Slack's older scheme; still in every payload


def envelope(world: World, event: Json) -> Json:
    """An event as the Events API wraps it. Its id is new; a retry sends the same envelope again."""
    channel = world.channels.get(_channel_of(event))
    shared = channel is not None and channel.shared
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
        "is_ext_shared_channel": shared,
    } | ({"context_team_id": installed.team} if shared else {})


def message_event(world: World, message: Message, channel: Channel) -> Json:
    """Somebody said something where the app can hear it: a person, a guest, somebody of another workspace, or a bot."""
    event: Json = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "event_ts": message.ts,
        "client_msg_id": str(uuid.uuid4()),
        "team": home_of(world, message.user),
        "channel": channel.id,
        "channel_type": channel_type(channel),
    } | author_shape(world, message.user)
    if message.files:
        event |= {"subtype": "file_share", "files": files_shape(world, message), "upload": False, "display_as_bot": False}
    if message.in_thread:
        parent = world.message(channel.id, message.thread_ts or "")
        event |= {"thread_ts": message.thread_ts} | ({"parent_user_id": parent.user} if parent else {})
    return event


def app_mention_event(world: World, message: Message) -> Json:
    """Somebody named the app in a channel."""
    event: Json = {"type": "app_mention", "user": message.user, "text": message.text, "ts": message.ts, "event_ts": message.ts}
    event |= {"channel": message.channel, "team": world.installation.team}
    return event | ({"thread_ts": message.thread_ts} if message.in_thread else {})


def channel_type(channel: Channel) -> str:
    """What kind of conversation this is, in the word that message events use."""
    if channel.is_im:
        return "im"
    return "group" if channel.private else "channel"


def author_shape(world: World, user: str) -> Json:
    """What an event tells about who wrote, beside their id: that it is a bot, or where else they are at home."""
    author = world.users.get(user)
    if author is not None and author.role == "bot":
        return {"bot_id": world.installation.bot if user == world.installation.bot_user else "B" + user[1:]}
    home = home_of(world, user)
    return {} if home == world.installation.team else {"user_team": home, "source_team": home, "user_profile": {"team": home}}


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
        "user": {"id": user.id, "username": name, "name": name, "team_id": user.team or installed.team},
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


def global_shortcut(world: World, user: User, callback_id: str) -> Json:
    """Somebody chose a shortcut of the app, outside of any message."""
    return interaction(world, "shortcut", user) | {
        "callback_id": callback_id,
        "trigger_id": world.tickets.trigger(user.id),
        "action_ts": world.stamp(),
    }


def message_shortcut(world: World, user: User, channel: Channel, message: Message, callback_id: str) -> Json:
    """Somebody chose a shortcut of the app in the menu of a message."""
    ticket = world.tickets.response(channel.id, user.id, message.ts)
    return interaction(world, "message_action", user) | {
        "callback_id": callback_id,
        "trigger_id": world.tickets.trigger(user.id),
        "action_ts": world.stamp(),
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": "directmessage" if channel.is_im else channel.name},
        "message": message_shape(world, message),
        "response_url": f"{world.url}/slack/response/{ticket}",
    }


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
            chosen = _several(answer)
            return {"selected_options": [option for option in options(element) if option["value"] in chosen]}
        case "users_select" | "channels_select" | "conversations_select" as kind:
            return {f"selected_{kind.removesuffix('s_select')}": answer or None}
        case "multi_users_select":
            return {"selected_users": _several(answer)}
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


def _several(answer: Any) -> list[Any]:
    if isinstance(answer, list):
        return answer
    return [] if answer is None else [answer]


def _channel_of(event: Json) -> str:
    place = event.get("channel") or event.get("item", {}).get("channel")
    return place if isinstance(place, str) else ""
