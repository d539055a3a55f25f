"""Slack as a channel: messages to people, cards and threads for the team, and the views that are drawn again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient

from bot.channels import Drawing, Letter, Receipt, SendError
from bot.render import Surface
from bot.slack.client import called
from bot.slack.limits import Json
from bot.slack.views import CARD, case_card, case_said, home, message_blocks, redraw
from bot.world import World
from flows.decision import To
from flows.people import Subject

EVENT_TYPE = "handrail_message"
"""Marks our messages in Slack's metadata, so that one of unknown fate can be found again."""

_LOOKED_BACK = 15


class SlackChannel:
    """Sends and draws with one workspace's token."""

    name = "slack"
    surfaces: frozenset[Surface] = frozenset({"slack"})

    def __init__(self, client: WebClient, world: World) -> None:
        self._client = client
        self._world = world

    def reaches(self, letter_to: To, subject: Subject) -> bool:
        """Whether the person has a Slack user; the team always can be reached."""
        return letter_to.kind != "person" or bool(subject.person.slack)

    def send(self, letter: Letter) -> Receipt:
        """Post it, once. `payload` holds text and blocks when there is a card in it to be drawn again. Raises SendError."""
        channel, thread = self._place(letter)
        payload: Json = {"text": letter.rendered.slack_text or letter.message, "blocks": self._blocks(letter)}
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"id": str(letter.id)}}
        posted = called(
            lambda: self._client.chat_postMessage(
                channel=channel, thread_ts=thread or None, metadata=metadata, unfurl_links=False, unfurl_media=False, **payload
            )
        )
        has_card = any(str(block.get("block_id", "")).startswith(CARD) for block in payload["blocks"])
        return Receipt(provider_id=f"{posted['channel']}/{posted['ts']}", payload=payload if has_card else {})

    def draw(self, drawing: Drawing) -> None:
        """Publish a Home, update a card in place, or tick a CSM's message. What is gone needs no drawing."""
        match drawing.draw.surface:
            case "home":
                self._home(drawing)
            case "card":
                self._card(drawing)
            case "case":
                self._case(drawing)
            case "tick":
                channel, _, ts = drawing.draw.ref.rpartition("/")
                _unless(
                    ("already_reacted", "message_not_found"),
                    lambda: self._client.reactions_add(channel=channel, timestamp=ts, name="white_check_mark"),
                )

    def find(self, letter_id: int, letter_to: To, subject: Subject) -> str | None:
        """Look for a message of ours by its metadata in the latest of the conversation; one call. Raises SendError."""
        channel = subject.person.slack.rpartition("/")[2] if letter_to.kind == "person" else ""
        case = subject.case
        if letter_to.kind == "case" and case and case.thread:
            found = called(
                lambda: self._client.conversations_replies(
                    channel=case.channel, ts=case.thread, include_all_metadata=True, limit=_LOOKED_BACK
                )
            )
            return _ours(found["messages"], case.channel, letter_id)
        if letter_to.kind == "person":
            channel = str(called(lambda: self._client.conversations_open(users=channel))["channel"]["id"])
        else:
            channel = letter_to.via[0] if letter_to.via else letter_to.ref.partition("/")[0]
            channel = self._channel_id(channel)
        found = called(lambda: self._client.conversations_history(channel=channel, include_all_metadata=True, limit=_LOOKED_BACK))
        return _ours(found["messages"], channel, letter_id)

    def _place(self, letter: Letter) -> tuple[str, str]:
        match letter.to.kind:
            case "person":
                return letter.subject.person.slack.rpartition("/")[2], ""
            case "thread":
                channel, _, ts = letter.to.ref.partition("/")
                return channel, ts
            case "channel":
                return letter.to.ref, ""
            case "case":
                if letter.message == "case_card":
                    return letter.to.via[0], ""
                if letter.case is None or not letter.case.thread:
                    raise SendError("the case's card is not posted yet", retry_after=30)
                return letter.case.channel, letter.case.thread

    def _blocks(self, letter: Letter) -> list[Json]:
        sight = letter.sight
        assert sight is not None
        rendered, person = letter.rendered, letter.subject.person
        if letter.message == "case_card" and letter.case:
            return case_card(_text(rendered.slack_parts), letter.case, sight.words, page_url=letter.page_url)
        if letter.message == "case_said":
            who = person.name or person.email or person.external_id
            return case_said(who, str(letter.facts.get("text", "")), str(letter.facts.get("mouth", "")), sight.words)
        return message_blocks(
            rendered.slack_parts,
            rendered.button,
            rendered.choices,
            letter.checklist,
            person.id,
            sight.speak,
            step=rendered.step,
            case=rendered.case,
            page_url=letter.page_url,
        )

    def _home(self, drawing: Drawing) -> None:
        sight = drawing.sight
        if sight is None or not sight.person.slack:
            return
        view = home(sight.checklist, sight.person, sight.books.words, now=self._world.now(), zone=sight.zone, page_url=drawing.page_url)
        user = sight.person.slack.rpartition("/")[2]
        called(lambda: self._client.views_publish(user_id=user, view=view))

    def _card(self, drawing: Drawing) -> None:
        sight = drawing.sight
        if sight is None or not drawing.sent or not drawing.sent_id:
            return
        channel, _, ts = drawing.sent_id.partition("/")
        before = list(drawing.sent.get("blocks") or [])
        blocks = redraw(before, sight.checklist, sight.person.id, sight.speak)
        if blocks != before:
            text = str(drawing.sent.get("text", ""))
            _unless(("message_not_found",), lambda: self._client.chat_update(channel=channel, ts=ts, text=text, blocks=blocks))

    def _case(self, drawing: Drawing) -> None:
        case, rendered, sight = drawing.case, drawing.rendered, drawing.sight
        if case is None or rendered is None or sight is None or not case.thread:
            return
        blocks = case_card(_text(rendered.slack_parts), case, sight.words, page_url=drawing.page_url)
        text = rendered.slack_text
        _unless(("message_not_found",), lambda: self._client.chat_update(channel=case.channel, ts=case.thread, text=text, blocks=blocks))

    def _channel_id(self, name: str) -> str:
        if not name.startswith("#"):
            return name
        found = called(lambda: self._client.conversations_list(limit=1000, exclude_archived=True))["channels"]
        return next((str(c["id"]) for c in found if c["name"] == name[1:]), name)


def _ours(messages: list[Mapping[str, Any]], channel: str, letter_id: int) -> str | None:
    for message in messages:
        metadata = message.get("metadata") or {}
        if metadata.get("event_type") == EVENT_TYPE and str(metadata.get("event_payload", {}).get("id")) == str(letter_id):
            return f"{channel}/{message['ts']}"
    return None


def _unless(harmless: tuple[str, ...], call: Any) -> None:
    try:
        called(call)
    except SendError as error:
        if str(error) not in harmless:
            raise


def _text(parts: Any) -> str:
    return "\n\n".join(part.mrkdwn for part in parts if hasattr(part, "mrkdwn"))
