"""The team's side in Slack: claim, answer in the thread, resolve."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack
from slack_sdk import WebClient

from bot.channels import SendError
from bot.handle import Door
from bot.shelf import Shelf
from bot.slack.client import called
from bot.slack.kit import shown
from bot.slack.plain import said_in
from bot.slack.views import send_on
from bot.slack.who import WhoIsWho
from flows.events import CaseClaimed, CaseClosed, CsmReplied
from flows.people import Case, Person
from storage.outbox import Outbox

log = logging.getLogger("handrail.team")

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Team:
    """What a CSM does with a case."""

    door: Door
    shelf: Shelf
    outbox: Outbox
    who: WhoIsWho
    client: WebClient

    def claimed(self, body: Body, action: Body, ack: Ack) -> None:
        """Two may press; the first commit wins and the other is told who has it."""
        case = self._case(action)
        if case is not None:
            user = body["user"]["id"]
            name = self.who.name(user)
            self.door.handle(
                CaseClaimed(
                    source="slack", key=str(body["trigger_id"]), who=case.person_id, at=self.door.now(), case=case.id, by=user, name=name
                )
            )
            now = self._case(action)
            ack()
            if now is not None and now.claimed_by != user:
                key = "case.claim_gone" if now.state == "closed" else "case.claim_lost"
                self._whisper(body, self._say(key, {"owner": now.claimed_name}))
            return
        ack()

    def resolved(self, body: Body, action: Body, ack: Ack) -> None:
        """They think it is solved: the person is asked."""
        case = self._case(action)
        if case is not None:
            user = body["user"]["id"]
            self.door.handle(
                CaseClosed(
                    source="slack",
                    key=str(body["trigger_id"]),
                    who=case.person_id,
                    at=self.door.now(),
                    case=case.id,
                    by=user,
                    name=self.who.name(user),
                )
            )
        ack()

    def wrote(self, event: Body, body: Body) -> None:
        """Words in a thread. If it is a case's, the claimant's go to the person; anybody else is asked whether theirs should."""
        case = self.outbox.case_by_thread(str(event["channel"]), str(event["thread_ts"]))
        user = str(event.get("user", ""))
        if case is None or not user or event.get("bot_id"):
            return
        self.door.handle(self._reply(case, user, said_in(event), event, str(body["event_id"])))
        if case.claimed_by != user and case.state != "closed":
            person = self._person(case)
            name = (person.name or person.email) if person else ""
            blocks = send_on(case, name, str(event["ts"]), self._say)
            self._ephemeral(str(event["channel"]), user, str(event["thread_ts"]), self._say("case.send_offer", {"who": name}), blocks)

    def sent_on(self, body: Body, action: Body, ack: Ack) -> None:
        """They pressed Send under words of their own: now these reach the person."""
        value = json.loads(action["value"])
        case = self._case(action)
        user = body["user"]["id"]
        if case is not None:
            words = self.door.words_in_thread(case.id, str(value["v"]))
            if words and words.by == user:
                place = {"channel": case.channel, "ts": str(value["v"])}
                self.door.handle(self._reply(case, user, words.text, place, f"send:{case.channel}/{value['v']}", sent_on=True))
        ack()

    def _reply(self, case: Case, user: str, text: str, place: Body, key: str, *, sent_on: bool = False) -> CsmReplied:
        return CsmReplied(
            source="slack",
            key=key,
            who=case.person_id,
            at=self.door.now(),
            case=case.id,
            by=user,
            name=self.who.name(user),
            text=text,
            channel=str(place["channel"]),
            ts=str(place["ts"]),
            sent_on=sent_on,
        )

    def _case(self, action: Body) -> Case | None:
        try:
            case_id = str(json.loads(action["value"])["c"])
        except (ValueError, KeyError, TypeError):
            return None
        subject = self.door.view_case(case_id)
        return subject.case if subject else None

    def _person(self, case: Case) -> Person | None:
        subject = self.door.view(case.person_id)
        return subject.person if subject else None

    def _say(self, key: str, facts: Mapping[str, Any] | None = None, /) -> str:
        return self.shelf.books.words.get(key, "", facts)

    def _whisper(self, body: Body, text: str) -> None:
        container = body.get("container") or {}
        channel = str((body.get("channel") or {}).get("id") or container.get("channel_id", ""))
        self._ephemeral(channel, body["user"]["id"], str(container.get("message_ts", "")), text, None)

    def _ephemeral(self, channel: str, user: str, thread: str, text: str, blocks: list[dict[str, Any]] | None) -> None:
        try:
            called(
                lambda: self.client.chat_postEphemeral(
                    channel=channel, user=user, thread_ts=thread or None, text=shown(text), blocks=blocks
                )
            )
        except SendError as error:
            log.info("a colleague could not be told: %s", error)
