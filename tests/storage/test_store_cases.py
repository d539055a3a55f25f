"""What the team asks of the storage: the desk, who was held back, and a database of before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from flows.csms import Roster, roster_in
from flows.decision import Decision, Draw
from flows.desk import Allotment
from flows.events import AnyEvent
from flows.library import SHIPPED, Playbooks
from flows.people import Case, CaseRef, Held, Person, Subject
from flows.reading import read_playbooks
from flows.tallies import Needs
from storage.database import connect
from storage.migrate import downgrade, upgrade
from storage.outbox import Outbox
from storage.store import Store, open_store
from tests.storage.scenes import MONDAY, TUESDAY, Decide, did, hear, note, someone, told


def a_roster(most: str = "max_accounts: 5") -> Roster:
    roster, problems = roster_in(f"csms: [{{csm: U_MAYA, name: Maya Chen, {most}}}, {{csm: U_TOM, name: Tom}}]", "csms.yaml")
    assert not problems
    return roster


def the_playbooks(*, most: int | None = 3) -> Playbooks:
    playbooks, _ = read_playbooks([SHIPPED])
    smb = playbooks["smb"]
    counted = smb.model_copy(update={"team": smb.team.model_copy(update={"max_new_cases": most})})
    return replace(playbooks, by_name={"smb": counted}).staffed(a_roster())


def opening(owner: str, *, at: datetime = MONDAY, state: str = "open", account: str | None = None) -> Decide:
    """A decision that opens a case."""

    def decide(subject: Subject, event: AnyEvent, now: datetime) -> Decision:
        who = subject.person.id
        case = Case(
            id=f"{who}.1",
            person_id=who,
            account_id=account,
            playbook="smb",
            escalation="asked",
            because="They asked",
            step="",
            said="",
            opened_at=at,
            team="#csm-smb",
            owner=owner,
            given_at=at,
            state=state,
        )
        ref = None if state == "closed" else CaseRef(id=case.id, escalation="asked", opened_at=at)
        noted = note(subject, event, now)
        return replace(noted, person=replace(noted.person, case=ref, cases=1), case=case, allotment=Allotment(owner=owner))

    return decide


def holding(risk: float, until: datetime = TUESDAY) -> Decide:
    def decide(subject: Subject, event: AnyEvent, now: datetime) -> Decision:
        noted = note(subject, event, now)
        held = Held(escalation="silent", team="#csm-smb", risk=risk, since=now, until=until)
        return replace(noted, person=replace(noted.person, held=held))

    return decide


def owned_by(owner: str) -> Decide:
    """A decision that hears whose an account is."""

    def decide(subject: Subject, event: AnyEvent, now: datetime) -> Decision:
        noted = note(subject, event, now)
        assert noted.account is not None
        return replace(noted, account=replace(noted.account, owner=owner))

    return decide


def opens(store: Store, name: str, owner: str, **more: object) -> None:
    who = someone(store, name)
    hear(store, did(who, f"stuck {who}"), decide=opening(owner, **more))  # type: ignore[arg-type]


def test_the_desk_knows_what_is_open_who_got_one_last_and_how_many_came_today(store: Store) -> None:
    opens(store, "ana", "U_MAYA")
    opens(store, "ben", "U_MAYA", at=MONDAY - timedelta(days=2))
    opens(store, "cem", "U_TOM", state="closed", at=MONDAY - timedelta(hours=1))
    desk = store.desk(the_playbooks(), MONDAY)
    assert (desk.cases_of("U_MAYA"), desk.cases_of("U_TOM")) == (2, 0)
    assert desk.last_given == {"U_MAYA": MONDAY, "U_TOM": MONDAY - timedelta(hours=1)}
    assert desk.opened_today == {"#csm-smb": 2}


def test_a_team_that_counts_nothing_is_asked_for_no_numbers(store: Store) -> None:
    opens(store, "ana", "U_MAYA")
    desk = store.desk(the_playbooks(most=None), MONDAY)
    assert (desk.opened_today, desk.held) == ({}, {})


def test_the_desk_knows_how_many_accounts_name_maya(store: Store) -> None:
    for n, owner in enumerate(("Maya Chen", "U_MAYA", "somebody else")):
        place = store.account_for("external", f"a{n}")
        hear(store, told(someone(store, f"p{n}"), f"t{n}", place), decide=owned_by(owner))
    assert store.desk(the_playbooks(), MONDAY).accounts == {"U_MAYA": 2}


def test_who_was_held_back_comes_riskiest_first_and_not_before_the_day(store: Store) -> None:
    for name, risk in (("ana", 1.0), ("ben", 9.5), ("cem", 4.0)):
        hear(store, did(someone(store, name), f"held {name}"), decide=holding(risk))
    assert store.held(MONDAY) == []
    assert store.next_due() == TUESDAY
    assert store.held(TUESDAY) == [someone(store, name) for name in ("ben", "cem", "ana")]
    assert store.desk(the_playbooks(), MONDAY).held == {"#csm-smb": 3}


def test_what_the_desk_said_is_kept_with_the_decision_although_nothing_followed(store: Store) -> None:
    opens(store, "ana", "U_MAYA")
    with store.database.read() as connection:
        assert "U_MAYA" in str(connection.execute(text("SELECT allotment FROM decisions")).scalar_one())


def test_a_case_of_before_keeps_its_owner_and_why_it_was_closed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    upgrade(url, "0004")
    old = '{"id":"p.1","person_id":"p","account_id":null,"playbook":"smb","escalation":"asked","because":"They asked","step":"s","said":"",'
    old += '"opened_at":"2026-03-02T10:00:00Z","claimed_by":"U_MAYA","claimed_name":"Maya","note":"they say it is solved","state":"closed"}'
    with connect(url).write() as connection:
        person = Person(id="p")
        columns = "id, version, active, external_id, email, slack, name, kept, state"
        connection.execute(
            text(f"INSERT INTO people ({columns}) VALUES ('p', 1, 0, '', '', '', 'Ana', '[]', :state)"),
            {"state": f'{{"id":"{person.id}"}}'},
        )
        wanted = "id, version, person_id, state, opened_at, channel, thread, content"
        values = {"content": old}
        connection.execute(text(f"INSERT INTO cases ({wanted}) VALUES ('p.1', 1, 'p', 'closed', 0, 'C1', '1.2', :content)"), values)
    upgrade(url)
    store = open_store(url)
    found = store.load(["p"], {}, Needs(), MONDAY)
    assert found["p"].person.version == 1
    with store.database.read() as connection:
        row = connection.execute(text("SELECT owner, step, content FROM cases")).one()
    assert (row.owner, row.step) == ("U_MAYA", "s")
    assert '"ended_why":"they say it is solved"' in row.content
    store.close()
    downgrade(url, "0004")


def test_who_had_an_open_case_before_is_asked_again_and_going_back_forgets_the_homes_of_colleagues(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    upgrade(url, "0004")
    old = '{"id":"p.1","person_id":"p","account_id":null,"playbook":"smb","escalation":"asked","because":"They asked","step":"s","said":"",'
    old += '"opened_at":"2026-03-02T10:00:00Z","claimed_by":"","claimed_name":"","note":"","state":"open"}'
    person = "id, version, active, external_id, email, slack, name, kept, state"
    case = "id, version, person_id, state, opened_at, channel, thread, content"
    with connect(url).write() as connection:
        connection.execute(text(f"INSERT INTO people ({person}) VALUES ('p', 1, 0, '', '', '', 'Ana', '[]', '{{\"id\":\"p\"}}')"))
        values = {"content": old}
        connection.execute(text(f"INSERT INTO cases ({case}) VALUES ('p.1', 1, 'p', 'open', 0, 'C1', '1.2', :content)"), values)
    upgrade(url)
    store = open_store(url)
    assert store.due(MONDAY) == ["p"]
    Outbox(store.database).redraw(Draw("team", "U_MAYA"), MONDAY)
    Outbox(store.database).redraw(Draw("home", "p"), MONDAY)
    store.close()
    downgrade(url, "0004")
    with connect(url).read() as connection:
        assert [row.recipient for row in connection.execute(text("SELECT recipient FROM outbox"))] == ["draw:home:p"]
