"""Suggest a reply: choose one of the written ones, change it, send it as oneself."""

from __future__ import annotations

from dataclasses import dataclass

from slack_bolt import Ack

from bot.slack.callers import Body, Caller
from bot.slack.case_modals import CHOSEN, TEXT, choose_reply_dialog, field_of, told_dialog, write_reply_dialog
from bot.slack.team.office import Office, read_value
from flows.decision import Say, To
from flows.events import CsmReplied
from flows.people import Case


@dataclass(frozen=True, slots=True)
class Suggesting:
    """The button on a card, and its two dialogs: which reply, and its words."""

    office: Office

    def asked(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They pressed it. Where nobody wrote a reply that fits, they write one."""
        case = self.office.acting(body, action, caller)
        if case is not None:
            locale = self._locale(case)
            fits = self.office.shelf.books.replies.for_step(case.step or None, locale)
            who, say = self.office.called(case.person_id), self.office.say
            view = choose_reply_dialog(case.id, fits, say) if fits else write_reply_dialog(case.id, who, "", say)
            self.office.dialog(caller, body, view)
        ack()

    def chosen(self, view: Body, caller: Caller, ack: Ack) -> None:
        """They chose one: its words, to be read and changed."""
        case = self._case(view, caller, ack)
        if case is None:
            return
        name = str(read_value(field_of(view, CHOSEN)).get("r") or "")
        reply = self.office.shelf.books.replies.named(name, self._locale(case))
        person, csm = self.office.person(case.person_id), self.office.who.name(caller.user)
        first = (person.name.split() or [""])[0] if person else ""
        text = reply.text(first, csm.split()[0]) if reply else ""
        ack(
            response_action="update",
            view=write_reply_dialog(case.id, self.office.called(case.person_id), text, self.office.say),
        )

    def sent(self, view: Body, caller: Caller, ack: Ack) -> None:
        """They sent it: the person reads it under their name, and the thread what it was."""
        text = field_of(view, TEXT).strip()
        if not text:
            ack(response_action="errors", errors={TEXT: self.office.say("modal.reply_empty")})
            return
        case = self._case(view, caller, ack)
        if case is None:
            return
        name, key = self.office.who.name(caller.user), f"reply:{view.get('root_view_id') or view['id']}"
        now = self.office.door.now()
        self.office.door.handle(
            CsmReplied(
                source="slack",
                key=key,
                who=case.person_id,
                at=now,
                case=case.id,
                by=caller.user,
                name=name,
                text=text,
                sent_on=True,
                face=self.office.who.face(caller.user),
            )
        )
        noted = Say(
            key=f"case:{case.id}:case_note:sent_by:{key}",
            to=To("case", case.id, (case.team or case.channel,)),
            message="case_note",
            person=case.person_id,
            facts={"case": case.id, "note": "sent_by", "csm": name, "text": text},
            priority=50,
            essential=True,
            if_unknown="resend",
        )
        self.office.outbox.enqueue(noted, now)
        self.office.homes(caller.user, case.owner)
        ack()

    def _case(self, view: Body, caller: Caller, ack: Ack) -> Case | None:
        """The open case of a dialog. None when there is none any more; then the dialog says so."""
        case = self.office.case(str(read_value(view.get("private_metadata")).get("c") or ""))
        if case is not None and case.state != "closed" and self.office.of_the_team(caller):
            return case
        closed = self.office.closed_words(case) if case is not None and case.state == "closed" else ""
        text = closed or self.office.say("case.gone" if case is None else "case.only_colleagues")
        ack(response_action="update", view=told_dialog(self.office.say("modal.reply_title"), text, self.office.say))
        return None

    def _locale(self, case: Case) -> str:
        person = self.office.person(case.person_id)
        return person.locale if person else ""
