"""Ana, Maya and Tom with a case between them, for tests that read like stories."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from stories import MONDAY, Story, a_playbook

from flows.csms import Roster, roster_in
from flows.decision import Decision
from flows.desk import Desk, OpenCase
from flows.events import (
    CaseClaimed,
    CsmReplied,
    File,
)
from flows.people import Case

MAYA: dict[str, Any] = {"by": "U_MAYA", "name": "Maya Chen"}
TOM: dict[str, Any] = {"by": "U_TOM", "name": "Tom Okafor"}
LOG = File(id="F1", name="log.txt", mimetype="text/plain", size=9, url="https://files.test/1", team="T1")

HOURS = 'hours: {days: mon-fri, from: "09:00", to: "18:00"}'
TEAM = f'{{channel: "#csm", zone: Europe/Berlin, {HOURS}, remind_after: 2 working hours, escalate_to: "#leads"}}'
TWO = f"""
csms:
  - {{csm: U_MAYA, name: Maya Chen, email: maya@vendor.test, zone: Europe/Berlin, {HOURS}, max_open_cases: 2}}
  - {{csm: U_TOM, name: Tom Okafor, zone: Europe/Berlin, {HOURS}, max_open_cases: 1}}
"""


def a_roster(text: str = TWO) -> Roster:
    roster, problems = roster_in(text, "csms.yaml")
    assert not problems, problems
    return roster


def ana(*, roster: str = "", desk: Desk | None = None, owner: str = "", **changed: str) -> Story:
    """Ana has just joined, on a Monday at noon in Berlin."""
    playbooks = a_playbook(**({"team": TEAM} | changed))
    story = Story(playbooks.staffed(a_roster(roster)) if roster else playbooks)
    story.joins()
    account = story.subject.account
    assert account is not None
    story.subject = replace(story.subject, desk=desk or Desk(), account=replace(account, owner=owner))
    return story


def case_of(story: Story) -> Case:
    case = story.subject.case
    assert case is not None
    return case


def opened(decision: Decision) -> Case:
    assert decision.case is not None
    return decision.case


def claims(story: Story, who: dict[str, Any] = MAYA) -> Decision:
    return story.happens(CaseClaimed, case=case_of(story).id, **who)


def writes(story: Story, text: str, who: dict[str, Any] = MAYA, **more: Any) -> Decision:
    return story.happens(CsmReplied, case=case_of(story).id, text=text, **who, **more)


def notes(decision: Decision) -> list[str]:
    return [str(say.facts["note"]) for say in decision.says if say.message == "case_note"]


def heard(story: Story, since: datetime = MONDAY) -> list[tuple[datetime, str, str]]:
    """When which note or message was said to whom."""
    return [(at, str(s.facts.get("note", s.message)), s.to.ref) for at, s in story.said if at >= since]


def an_open_case(csm: str, n: int = 0, account: str = "other") -> OpenCase:
    return OpenCase(
        id=f"p{n}.1",
        person_id=f"p{n}",
        who="Ben",
        account_id=account,
        team="#csm",
        owner=csm,
        step="source",
        opened_at=MONDAY,
        channel="C1",
        thread="1.2",
    )
