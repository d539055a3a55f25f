"""Tickets in the help desk are a signal, and two of them call a human."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from town import a_town

from tests.hooks import signing
from tests.hooks.conftest import Systems
from tests.hooks.payloads import zendesk_ticket

HELPED = """playbook: helped
title: For who asks for help
owner: "#cs-ops"
ends: 30 days
goal: {name: a first report, when: done.report}
hours: {days: mon-fri, from: "09:00", to: "17:00", zone: theirs}
limit: {per_day: 1, per_week: 4}
team: {channel: "#csm-smb", zone: Europe/Berlin, hours: {days: mon-fri, from: "09:00", to: "18:00"}}
events:
  report.created: A report was saved
  ticket.opened: They opened a ticket
  ticket.solved: A ticket of theirs was solved
signals:
  tickets: {event: ticket.opened, in: 14 days}
checklist:
  - module: Begin
    steps:
      - {step: report, title: Build a report, done_by: report.created}
sequence:
  - {message: welcome, right_away: true}
escalations:
  - {escalation: many_tickets, title: Two tickets in two weeks, when: tickets >= 2}
"""


@pytest.fixture(scope="module")
def helped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Systems]:
    project = tmp_path_factory.mktemp("helped")
    for folder, file, text in (
        ("playbooks", "helped.yaml", HELPED),
        ("sources", "zendesk.yaml", "source: zendesk\nkind: zendesk\nsecret: ZENDESK_SECRET\n"),
    ):
        (project / folder).mkdir()
        (project / folder / file).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZENDESK_SECRET", signing.ZENDESK_SECRET)
        with a_town(tmp_path_factory.mktemp("town"), Path(project)) as town:
            yield Systems(town)


def test_the_second_ticket_of_ana_opens_a_case_in_the_teams_channel(helped: Systems) -> None:
    assert helped.tells("zendesk", zendesk_ticket(1))["taken"] == 1
    assert helped.person("ana@acme.test").person.case is None
    assert helped.tells("zendesk", zendesk_ticket(1))["taken"] == 1  # the same ticket again is no second one
    assert helped.person("ana@acme.test").person.case is None
    helped.tells("zendesk", zendesk_ticket(2))
    assert helped.person("ana@acme.test").person.case is not None
    assert "Two tickets in two weeks" in str(helped.town.channel()[-1].blocks)
