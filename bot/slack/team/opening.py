"""Opening a case by hand: the shortcut on a message, 🆘 under it, and `/onboarding case ana@acme.test`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from slack_bolt import Ack

from bot.channels import SendError
from bot.slack.callers import Body, Caller
from bot.slack.case_modals import EMAIL, TEXT, field_of, open_case_dialog, told_dialog
from bot.slack.kit import actions, button, section, shown
from bot.slack.limits import Json, fit
from bot.slack.plain import plain_text, said_in
from bot.slack.team.office import Office, Place, read_value
from bot.slack.workspaces import QUICK
from flows.events import CaseOpened

SOS = "sos"
_MAIL = re.compile(r"<mailto:([^|>]+)(?:\|[^>]*)?>")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Opening:
    """A colleague sees that somebody needs a human."""

    office: Office

    def by_shortcut(self, body: Body, caller: Caller, ack: Ack) -> None:
        """On a customer's message: a case, with their words. On anybody else's: whom is it about?"""
        tell = self._teller(body)
        if not self.office.of_the_team(caller):
            tell(self.office.say("case.only_colleagues"), None)
            ack()
            return
        message = body.get("message") or {}
        place = f"{(body.get('channel') or {}).get('id', '')}/{message.get('ts') or body.get('message_ts', '')}"
        words, author = said_in(message), self._author(message, caller)
        if author:
            self._open(author, words, place, str(body["trigger_id"]), caller, tell)
        else:
            self.office.dialog(caller, body, open_case_dialog(words, place, self.office.say))
        ack()

    def by_reaction(self, event: Body, caller: Caller, ack: Ack) -> None:
        """🆘 under a customer's message, by a colleague. Nobody else's means anything, and they are not bothered with words."""
        item = event.get("item") or {}
        if event.get("reaction") == SOS and item.get("type") == "message" and self.office.of_the_team(caller):
            channel, ts = str(item.get("channel") or ""), str(item.get("ts") or "")
            message = self._message(channel, ts) or {"user": event.get("item_user")}
            author = self._author(message, caller)
            place = Place(channel, str(message.get("thread_ts") or ""))

            def tell(text: str, blocks: list[Json] | None) -> None:
                self.office.whisper(caller, place, text, blocks)

            if author:
                self._open(author, said_in(message), f"{channel}/{ts}", f"sos:{channel}/{ts}:{caller.user}", caller, tell)
            else:
                tell(self.office.say("case.sos_whose"), None)
        ack()

    def by_command(self, body: Body, caller: Caller, ack: Ack) -> None:
        """`/onboarding case EMAIL [words]`; what became of it is said where they typed it."""
        if not self.office.of_the_team(caller):
            ack(text=shown(self.office.say("case.only_colleagues")))
            return
        address, words = read_command(str(body.get("text") or ""))
        if not address:
            ack(text=shown(self.office.say("case.command_help")))
            return
        answer: list[tuple[str, list[Json] | None]] = []
        person = self.office.door.store.resolve("email", "", address)
        if person is None:
            answer.append((self.office.say("case.nobody_called", {"email": address}), None))
        else:
            key = str(body.get("trigger_id") or "")
            self._open(person, words, "", key, caller, lambda text, blocks: answer.append((text, blocks)))
        text, blocks = answer[-1]
        ack(text=shown(text), blocks=blocks)

    def told_whom(self, view: Body, caller: Caller, ack: Ack) -> None:
        """They named the person in the dialog. An address we don't know is asked again."""
        title = self.office.say("modal.open_title")
        if not self.office.of_the_team(caller):
            ack(response_action="update", view=told_dialog(title, self.office.say("case.only_colleagues"), self.office.say))
            return
        address = field_of(view, EMAIL).strip().lower()
        person = self.office.door.store.resolve("email", "", address)
        if person is None:
            ack(response_action="errors", errors={EMAIL: self.office.say("case.nobody_called", {"email": address})})
            return
        answer: list[str] = []
        place = str(read_value(view.get("private_metadata")).get("at") or "")
        self._open(person, field_of(view, TEXT).strip(), place, f"open:{view['id']}", caller, lambda text, _: answer.append(text))
        ack(response_action="update", view=told_dialog(title, answer[-1], self.office.say))

    def _open(self, who: str, words: str, place: str, key: str, caller: Caller, tell: Callable[[str, list[Json] | None], None]) -> None:
        before = self.office.person(who)
        known = before.case.id if before and before.case else ""
        name = self.office.who.name(caller.user)
        self.office.door.handle(
            CaseOpened(source="slack", key=key, who=who, at=self.office.door.now(), text=words, by=caller.user, name=name, place=place)
        )
        after = self.office.person(who)
        case = self.office.case(after.case.id) if after and after.case else None
        facts = {"who": self.office.called(who), "channel": case.team if case else "", "owner": case.owner_name if case else ""}
        line = "case.has_one" if known else "case.opened" if case else "case.not_opened"
        self.office.homes(caller.user, case.owner if case else "")
        tell(self.office.say(line, facts), also(self.office.say(line, facts), who, self.office))

    def _author(self, message: Body, caller: Caller) -> str | None:
        """The person who wrote a message; None for a colleague, a bot or a stranger."""
        user = str(message.get("user") or "")
        if not user or message.get("bot_id"):
            return None
        home = str(message.get("user_team") or message.get("source_team") or message.get("team") or caller.team)
        try:
            person = self.office.who.person(Caller(team=caller.team, user=user, namespace=home if home != caller.team else caller.team))
        except SendError:
            return None
        return None if person and self.office.members.has(Caller(team=caller.team, user=user, namespace=caller.team)) else person

    def _message(self, channel: str, ts: str) -> Body | None:
        """The message that somebody reacted to; None when Slack does not say."""
        try:
            found = self.office.workspaces.csm_call(
                "conversations.replies",
                lambda client: client.conversations_replies(channel=channel, ts=ts, latest=ts, oldest=ts, inclusive=True, limit=1),
                timeout=QUICK,
            )
        except SendError:
            return None
        messages = found.get("messages") or []
        return next((one for one in messages if one.get("ts") == ts), None)

    def _teller(self, body: Body) -> Callable[[str, list[Json] | None], None]:
        return lambda text, blocks: self.office.beside(body, text, blocks)


def also(text: str, person_id: str, office: Office) -> list[Json]:
    """What was done, and what else a colleague can do for that person."""
    value = {"p": person_id}
    row = [button("case_tick", office.say("button.tick_step"), value), button("case_pause", office.say("button.pause_person"), value)]
    return fit([section(shown(text), "opened.text"), actions(row, "opened.also")])


def read_command(text: str) -> tuple[str, str]:
    """The address, in small letters, and the words behind it; '' for no address. `text` is what follows /onboarding."""
    _, _, rest = text.strip().partition(" ")
    rest = _MAIL.sub(r"\1", rest.strip())
    first, _, words = rest.partition(" ")
    return (first.lower(), plain_text(words)) if _ADDRESS.fullmatch(first) else ("", "")


def is_case_command(body: Body) -> bool:
    """Whether /onboarding was followed by the word case."""
    return str(body.get("text") or "").strip().lower().split(" ")[0] == "case"
