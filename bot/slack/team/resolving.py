"""A colleague thinks a case is solved: why, and a note for the team; then the person is asked."""

from __future__ import annotations

from dataclasses import dataclass

from slack_bolt import Ack

from bot.slack.callers import Body, Caller
from bot.slack.case_modals import NOTE, REASON, field_of, resolve_dialog, told_dialog
from bot.slack.team.office import Office, read_value
from flows.events import CaseClosed
from flows.people import Case


@dataclass(frozen=True, slots=True)
class Resolving:
    """Resolve on a card, and the dialog behind it."""

    office: Office

    def asked(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They pressed Resolve."""
        case = self.office.acting(body, action, caller)
        if case is not None:
            view = resolve_dialog(case.id, self.office.called(case.person_id), self._reasons(case), self.office.say)
            self.office.dialog(caller, body, view)
        ack()

    def resolved(self, view: Body, caller: Caller, ack: Ack) -> None:
        """They said why. A case that was closed meanwhile says who did it."""
        case = self.office.case(str(read_value(view.get("private_metadata")).get("c") or ""))
        title = self.office.say("modal.resolve_title")
        if case is None or not self.office.of_the_team(caller):
            key = "case.gone" if case is None else "case.only_colleagues"
            ack(response_action="update", view=told_dialog(title, self.office.say(key), self.office.say))
            return
        if case.state in ("closed", "asked"):
            asked = self.office.say("case.asked_already", {"who": self.office.called(case.person_id)})
            text = self.office.closed_words(case) if case.state == "closed" else asked
            ack(response_action="update", view=told_dialog(title, text, self.office.say))
            return
        self._resolve(case, view, caller)
        ack()

    def _resolve(self, case: Case, view: Body, caller: Caller) -> None:
        self.office.door.handle(
            CaseClosed(
                source="slack",
                key=f"resolve:{view['id']}",
                who=case.person_id,
                at=self.office.door.now(),
                case=case.id,
                by=caller.user,
                name=self.office.who.name(caller.user),
                reason=str(read_value(field_of(view, REASON)).get("r") or ""),  # as they read it, whatever the playbook says by now
                note=field_of(view, NOTE).strip(),
            )
        )
        self.office.homes(caller.user, case.owner)

    def _reasons(self, case: Case) -> tuple[str, ...]:
        playbook = self.office.playbook(case)
        return playbook.team.reasons if playbook else ()
