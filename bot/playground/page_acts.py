"""What the page may ask for, by name: each a function of the JSON body it sends."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable

from bot.playground.acts import Acts
from bot.playground.block_ids import interactive
from bot.playground.post import Refused
from bot.playground.values import Json


def say(acts: Acts, body: Json) -> None:
    """`{user, text}`"""
    acts.say(_word(body, "user"), _word(body, "text"))


def mention(acts: Acts, body: Json) -> None:
    """`{user, channel, text}`"""
    acts.mention(_word(body, "user"), _word(body, "channel"), _word(body, "text"))


def thread(acts: Acts, body: Json) -> None:
    """`{csm, channel, thread_ts, text}`"""
    acts.reply(_word(body, "csm"), _word(body, "channel"), _word(body, "thread_ts"), _word(body, "text"))


def write(acts: Acts, body: Json) -> None:
    """`{user, channel, text}`: a line in a channel, without naming the app; with a slash in front a command."""
    acts.write(_word(body, "user"), _word(body, "channel"), _word(body, "text"))


def edit(acts: Acts, body: Json) -> None:
    """`{user, channel, ts, text}`"""
    acts.edit(*_place(body), _word(body, "text"))


def delete(acts: Acts, body: Json) -> None:
    """`{user, channel, ts}`"""
    acts.delete(*_place(body))


def react(acts: Acts, body: Json) -> None:
    """`{user, channel, ts, name}`: put an emoji under a message, or take it away again"""
    acts.react(*_place(body), _word(body, "name"))


def shortcut(acts: Acts, body: Json) -> None:
    """`{user, channel, ts, callback_id}`: one of the app's shortcuts on a message"""
    acts.message_shortcut(*_place(body), _word(body, "callback_id"))


def share_file(acts: Acts, body: Json) -> None:
    """`{user, channel, name, content, thread_ts?}`; `content` is base64"""
    content = _content(body)
    thread = body.get("thread_ts")
    under = thread if isinstance(thread, str) else None
    acts.share_file(_word(body, "user"), _word(body, "channel"), _word(body, "name"), content, thread_ts=under)


def click(acts: Acts, body: Json) -> None:
    """`{user, container, block_id, action_id, value?, selected_option?}`; `container` is a message or a view."""
    user, used = _word(body, "user"), (_word(body, "block_id"), _word(body, "action_id"))
    match body.get("container"):
        case {"type": "message", "channel": str(channel), "ts": str(ts)}:
            acts.click_message(user, (channel, ts), used, _answer(body))
        case {"type": "view", **rest}:
            acts.click_view(user, str(rest.get("view_id") or _view_with(acts, user, used)), used, _answer(body))
        case _:
            raise Refused("Say where the button is: a message (channel, ts) or a view.")


def open_home(acts: Acts, body: Json) -> None:
    """`{user, tab?}`"""
    acts.open_home(_word(body, "user"), str(body.get("tab") or "home"))


def submit(acts: Acts, body: Json) -> None:
    """`{user, view_id, state}`; `state` holds answers by block id and action id, under `values` or bare."""
    state: Json = body.get("state") or {}
    values: Json = state.get("values", state)
    acts.submit(_word(body, "user"), _word(body, "view_id"), values)


def close_modal(acts: Acts, body: Json) -> None:
    """`{user}`"""
    acts.close_modal(_word(body, "user"))


def track(acts: Acts, body: Json) -> None:
    """`{user, event, properties?}`"""
    acts.track(_word(body, "user"), _word(body, "event"), body.get("properties"))


def answer_mail(acts: Acts, body: Json) -> None:
    """`{mail, text, files?}`; each of `files` is `{name, content}`, the content in base64"""
    files = [(_word(file, "name"), _content(file)) for file in body.get("files") or [] if isinstance(file, dict)]
    acts.answer_mail(_word(body, "mail"), str(body.get("text") or ""), files)


def turn_mail_away(acts: Acts, body: Json) -> None:
    """`{mail, how}`: it bounces, is called spam, or its reader unsubscribes at SendGrid"""
    match body.get("how"):
        case "bounce" | "spamreport" | "unsubscribe" as how:
            acts.turn_away(_word(body, "mail"), how)
        case _:
            raise Refused("A mail bounces, is called spam, or makes somebody unsubscribe.")


def let_mail_through(acts: Acts, body: Json) -> None:
    """`{email}`: SendGrid delivers there again"""
    acts.let_through(_word(body, "email"))


PAGE_ACTS: dict[str, Callable[[Acts, Json], None]] = {
    "say": say,
    "mention": mention,
    "thread": thread,
    "write": write,
    "edit": edit,
    "delete": delete,
    "react": react,
    "shortcut": shortcut,
    "share_file": share_file,
    "click": click,
    "open_home": open_home,
    "submit": submit,
    "close_modal": close_modal,
    "track": track,
    "answer_mail": answer_mail,
    "turn_mail_away": turn_mail_away,
    "let_mail_through": let_mail_through,
}


def _word(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Refused(f"`{name}` is missing.")
    return value


def _content(body: Json) -> bytes:
    try:
        return b64decode(_word(body, "content"), validate=True)
    except binascii.Error:
        raise Refused("`content` is not base64.") from None


def _place(body: Json) -> tuple[str, str, str]:
    return _word(body, "user"), _word(body, "channel"), _word(body, "ts")


def _answer(body: Json) -> object:
    chosen = body.get("selected_option")
    if isinstance(chosen, dict):
        return chosen.get("value")
    return chosen if chosen is not None else body.get("value")


def _view_with(acts: Acts, user: str, used: tuple[str, str]) -> str:
    for view in (acts.world.modal(user), acts.world.home(user)):
        for block in view["blocks"] if view else ():
            if used in [(block["block_id"], element["action_id"]) for element in interactive(block)]:
                return str(view["id"]) if view else ""
    raise Refused("This button is gone.")
