"""Who has a case: claimed, given to another, put aside for a while."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from slack_bolt import Ack

from bot.slack.callers import Body, Caller
from bot.slack.snoozing import snooze_until
from bot.slack.team.office import Office, place_of, value_of
from flows.events import CaseAssigned, CaseClaimed, CaseSnoozed
from flows.hours import zone_named
from flows.people import Case


@dataclass(frozen=True, slots=True)
class Claiming:
    """Claim, Assign and Snooze on a card, and Claim in Home."""

    office: Office

    def claimed(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """Two may press; the first commit wins and the other is told who has it."""
        case = self.office.acting(body, action, caller)
        if case is not None:
            name, now = self.office.who.name(caller.user), self.office.door.now()
            self.office.door.handle(
                CaseClaimed(source="slack", key=_key(body), who=case.person_id, at=now, case=case.id, by=caller.user, name=name)
            )
            after = self.office.case(case.id) or case
            self.office.homes(caller.user, case.owner)
            if after.claimed_by != caller.user:
                lost = self.office.say("case.claim_lost", {"owner": after.claimed_name})
                text = self.office.closed_words(after) if after.state == "closed" else lost
                self.office.whisper(caller, place_of(body), text)
        ack()

    def assigned(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They chose a colleague. Only somebody of ours can have a case."""
        case = self.office.acting(body, action, caller)
        to = str(value_of(action).get("u") or action.get("selected_user") or "")
        if case is not None and to:
            if not self._can_take(to):
                self.office.whisper(caller, place_of(body), self.office.say("case.assign_colleagues"))
            else:
                self._give(case, to, body, caller)
        ack()

    def snoozed(self, body: Body, action: Body, caller: Caller, ack: Ack) -> None:
        """They put it aside until a time of the team's."""
        case = self.office.acting(body, action, caller)
        if case is not None:
            now, zone = self.office.door.now(), self.zone(case)
            until = snooze_until(str(value_of(action).get("u") or ""), now, zone)
            if until is None:
                self.office.whisper(caller, place_of(body), self.office.say("case.snooze_past"))
            else:
                name = self.office.who.name(caller.user)
                self.office.door.handle(
                    CaseSnoozed(
                        source="slack", key=_key(body), who=case.person_id, at=now, case=case.id, until=until, by=caller.user, name=name
                    )
                )
                self.office.homes(caller.user, case.owner)
        ack()

    def zone(self, case: Case) -> ZoneInfo:
        """Where the case's team is."""
        playbook = self.office.playbook(case)
        return (zone_named(playbook.team.zone) if playbook else None) or ZoneInfo("UTC")

    def _give(self, case: Case, to: str, body: Body, caller: Caller) -> None:
        roster, who = self.office.shelf.playbooks().roster, self.office.who
        listed = roster.csm(to)
        self.office.door.handle(
            CaseAssigned(
                source="slack",
                key=_key(body),
                who=case.person_id,
                at=self.office.door.now(),
                case=case.id,
                to=to,
                to_name=listed.name if listed else who.name(to),
                by=caller.user,
                name=who.name(caller.user),
            )
        )
        self.office.homes(caller.user, case.owner, to)

    def _can_take(self, user: str) -> bool:
        listed, team = self.office.shelf.playbooks().roster.csm(user), self.office.workspaces.csm_team
        return listed is not None or self.office.of_the_team(Caller(team=team, user=user, namespace=team))


def _key(body: Body) -> str:
    return str(body["trigger_id"])
