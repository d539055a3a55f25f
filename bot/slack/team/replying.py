"""The thread of a case: the claimant's words go to the person after ten seconds, others' when they press Send."""

from __future__ import annotations

from dataclasses import dataclass

from slack_bolt import Ack

from bot.channels import SendError
from bot.slack.callers import Body, Caller
from bot.slack.case_cards import on_its_way, send_on
from bot.slack.files import files_in
from bot.slack.plain import plain_text, said_in
from bot.slack.team.office import Office, Place, value_of
from flows.events import CsmChanged, CsmReplied, CsmTookBack
from flows.people import Case, Reply


@dataclass(frozen=True, slots=True)
class Replying:
    """What a colleague writes, changes, deletes and sends in a case's thread. The key of their words is "CHANNEL/ts"."""

    office: Office

    def wrote(self, event: Body, caller: Caller) -> None:
        """Words in a thread. If it is a case's, the claimant's go to the person; anybody else is asked whether theirs should."""
        case = self._case_at(event, caller)
        if case is None:
            return
        place = Place(str(event["channel"]), str(event["thread_ts"]))
        if not self._may_speak(case, caller):
            self.office.whisper(caller, place, self.office.say("case.words_of_others"))
            return
        at = f"{place.channel}/{event['ts']}"
        if not self._is_deleted(case, at):
            self._say(case, self._words(case, caller, at, event), caller, place)

    def changed(self, event: Body, caller: Caller, ack: Ack) -> None:
        """They edited what they wrote; an unfurled link is no edit. What still waits goes out in the new words."""
        message, before = event.get("message") or {}, event.get("previous_message") or {}
        case = self._case_at({**message, "channel": event.get("channel")}, caller)
        if case is not None and message.get("text") != before.get("text") and self._may_speak(case, caller):
            self._change(case, {**message, "channel": event["channel"]}, str(event.get("ts") or ""), caller)
        ack()

    def deleted(self, event: Body, caller: Caller, ack: Ack) -> None:
        """They deleted what they wrote: what still waits stays here. Kept for words that we hear later, for Slack orders nothing."""
        before = event.get("previous_message") or {}
        case = self._case_at({**before, "channel": event.get("channel")}, caller)
        at = f"{event.get('channel')}/{event.get('deleted_ts') or before.get('ts')}"
        if case is not None:
            reply = self._reply_at(case, at)
            self._take_back(case, reply.event if reply else at, str(before.get("user") or ""), _deleted(at))
        ack()

    def undone(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They pressed Undo. Only their own words can be taken back; a user's id says who it is in our own workspace only."""
        case = self.office.case_of(body, action) if self.office.workspaces.ours(caller) else None
        named = str(value_of(action).get("v") or "")
        reply = next((one for one in case.replies if one.event == named and one.by == caller.user), None) if case else None
        if case is None or reply is None:
            self.office.instead(body, self.office.say("case.nothing_to_undo"))
        else:
            in_time = self._take_back(case, reply.event, caller.user, f"undo:{reply.event}")
            key = "case.taken_back" if in_time else "case.too_late"
            self.office.instead(body, self.office.say(key, {"who": self.office.called(case.person_id)}))
        ack()

    def sent_on(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They pressed Send under words of their own: now these reach the person."""
        case = self.office.case_of(body, action) if self.office.workspaces.ours(caller) else None
        ts = str(value_of(action).get("v") or "")
        words = self.office.door.words_in_thread(case.id, ts) if case and ts else None
        if case is not None and words is not None and words.by == caller.user and self._may_speak(case, caller):
            if case.state == "closed":
                self.office.instead(body, self.office.closed_words(case))
            elif self._is_deleted(case, f"{words.channel}/{words.ts}"):
                self.office.instead(body, self.office.say("case.words_deleted", {"who": self.office.called(case.person_id)}))
            else:
                self._send_on(case, words, body, caller)
        ack()

    def _say(self, case: Case, words: CsmReplied, caller: Caller, place: Place) -> bool:
        """Let words of theirs in; False when they were heard before. Those deleted while we did are taken back."""
        if not self.office.door.handle(words):
            return False
        at = f"{words.channel}/{words.ts}"
        if self._is_deleted(case, at):
            self._take_back(case, words.key, caller.user, f"{_deleted(at)}:late")
        else:
            self._tell(self.office.case(case.id) or case, words, caller, place)
        return True

    def _change(self, case: Case, message: Body, heard: str, caller: Caller) -> None:
        at, place = f"{message['channel']}/{message['ts']}", Place(str(message["channel"]), case.thread)
        if self._is_deleted(case, at) or self._say_first(case, message, at, caller):
            return
        key = f"{at}:edited:{(message.get('edited') or {}).get('ts') or heard}"
        case = self.office.case(case.id) or case
        reply = self._reply_at(case, at)
        if reply is None:  # what only the team reads: Send is to send the newest words
            self.office.door.handle(self._words(case, caller, key, message))
            return
        changed = CsmChanged(
            source="slack",
            key=key,
            who=case.person_id,
            at=self.office.door.now(),
            case=case.id,
            by=caller.user,
            name=self.office.who.name(caller.user),
            reply=reply.event,
            text=plain_text(str(message.get("text") or "")),
        )
        if self.office.door.handle(changed):
            self._tell_change(self.office.case(case.id) or case, reply, caller, place)

    def _say_first(self, case: Case, message: Body, at: str, caller: Caller) -> bool:
        """An edit that comes before its message is the message: under its key, so that the words as they were come too late."""
        if self._reply_at(case, at) is not None:
            return False
        return self._say(case, self._words(case, caller, at, message), caller, Place(str(message["channel"]), case.thread))

    def _send_on(self, case: Case, words: CsmReplied, body: Body, caller: Caller) -> None:
        key = f"send:{words.channel}/{words.ts}"
        sent = CsmReplied(
            source="slack",
            key=key,
            who=case.person_id,
            at=self.office.door.now(),
            case=case.id,
            by=caller.user,
            name=self.office.who.name(caller.user),
            text=words.text,
            channel=words.channel,
            ts=words.ts,
            sent_on=True,
            face=self.office.who.face(caller.user),
            files=words.files,
        )
        self.office.door.handle(sent)
        self.office.homes(case.owner)
        leaving = self.office.say("case.leaving", {"who": self.office.called(case.person_id)})
        self.office.instead(body, leaving, on_its_way(case, leaving, key, self.office.say))

    def _tell(self, case: Case, words: CsmReplied, caller: Caller, place: Place) -> None:
        """What becomes of their words, for their eyes only."""
        who = self.office.called(case.person_id)
        if any(one.event == words.key for one in case.replies):
            text = self.office.say("case.leaving_asked" if case.state == "asked" else "case.leaving", {"who": who})
            self.office.whisper(caller, place, text, on_its_way(case, text, words.key, self.office.say))
            self.office.homes(case.owner)
        elif case.state == "closed":
            self.office.whisper(caller, place, self.office.say("case.closed_stays", {"who": who}))
        else:
            offer = send_on(case, who, words.ts, self.office.say)
            self.office.whisper(caller, place, self.office.say("case.send_offer", {"who": who}), offer)

    def _tell_change(self, case: Case, before: Reply, caller: Caller, place: Place) -> None:
        after = next((one for one in case.replies if one.event == before.event), None)
        if after is not None and after.say != before.say:
            text = self.office.say("case.leaving_changed", {"who": self.office.called(case.person_id)})
            self.office.whisper(caller, place, text, on_its_way(case, text, before.event, self.office.say))

    def _take_back(self, case: Case, reply: str, by: str, key: str) -> bool:
        """Whether it was in time; the thread hears it when it was not. `reply` is the key of the words."""
        self.office.door.handle(self._taken_back(case, reply, by, key, self.office.who.name(by) if by else ""))
        after = self.office.case(case.id)
        self.office.homes(case.owner)
        return after is not None and all(one.event != reply for one in after.replies)

    def _taken_back(self, case: Case, reply: str, by: str, key: str, name: str) -> CsmTookBack:
        return CsmTookBack(
            source="slack", key=key, who=case.person_id, at=self.office.door.now(), case=case.id, by=by, name=name, reply=reply
        )

    def _is_deleted(self, case: Case, at: str) -> bool:
        """Whether Slack told us, perhaps before we heard them, that these words were deleted."""
        return bool(self.office.door.store.known([self._taken_back(case, at, "", _deleted(at), "")]))

    def _words(self, case: Case, caller: Caller, key: str, message: Body) -> CsmReplied:
        files = files_in(message, caller.team)
        return CsmReplied(
            source="slack",
            key=key,
            who=case.person_id,
            at=self.office.door.now(),
            case=case.id,
            by=caller.user,
            name=self.office.who.name(caller.user),
            text=plain_text(str(message.get("text") or "")) if files else said_in(message),
            channel=str(message["channel"]),
            ts=str(message["ts"]),
            face=self.office.who.face(caller.user),
            files=files,
        )

    def _case_at(self, message: Body, caller: Caller) -> Case | None:
        """The case in whose thread a person's message stands."""
        place = str(message.get("channel") or ""), str(message.get("thread_ts") or "")
        if not all(place) or not message.get("user") or message.get("bot_id") or not self.office.workspaces.ours(caller):
            return None
        return self.office.outbox.case_by_thread(*place)

    def _reply_at(self, case: Case, place: str) -> Reply | None:
        """Words of that message which are on their way, or went."""
        return next((one for one in reversed(case.replies) if f"{one.channel}/{one.ts}" == place), None)

    def _may_speak(self, case: Case, caller: Caller) -> bool:
        """Whether they are a colleague now. While Slack can't say, whoever has the case is; for others it raises SendError."""
        try:
            return self.office.of_the_team(caller)
        except SendError:
            if case.claimed_by == caller.user:
                return True
            raise


def _deleted(at: str) -> str:
    """The key of the event that says that the words at "CHANNEL/ts" were deleted."""
    return f"{at}:deleted"
