"""A team's day on the real storage: cases go round, a full day waits for the next, and what Maya takes back is not read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from houses import Clocks, House, Post, write_little
from sqlalchemy import event as sa_event
from stories import MONDAY, day

from bot.clock import tick_of
from bot.rendered import Text
from bot.shelf import Books, Shelf, read_books
from flows.desk import Desk
from flows.events import Answered, CaseClaimed, CaseClosed, CsmChanged, CsmReplied, CsmTookBack, Replied, SaysStuck, Traits
from flows.people import Case
from flows.relaying import UNDO, reply_key
from storage.desk_reports import DeskReports
from storage.rebuild import rebuild
from storage.reports import Reports

HOURS = 'hours: {days: mon-fri, from: "09:00", to: "18:00"}'
CSMS = f"""
csms:
  - {{csm: U_MAYA, name: Maya Chen, zone: Europe/Berlin, {HOURS}, max_open_cases: 2}}
  - {{csm: U_TOM, name: Tom Okafor, zone: Europe/Berlin, {HOURS}, max_open_cases: 2}}
"""
RULES = """
  - {escalation: asked, on: says_stuck, respond_within: 4 working hours}
  - escalation: silent
    title: Nothing happens
    when: days_in >= 1 and steps_done == 0
    risk: account.employees
"""
MAYA: dict[str, Any] = {"by": "U_MAYA", "name": "Maya Chen"}


@cache
def the_books() -> Books:
    project = Path(mkdtemp())
    team = f'{{channel: "#csm", zone: Europe/Berlin, {HOURS}, max_new_cases: 2}}'
    write_little(project, team=team, escalations=RULES, traits="{person: {role: other}, account: {employees: 1}}")
    (project / "csms.yaml").write_text(CSMS)
    books, problems = read_books(project)
    assert not problems, "\n".join(map(str, problems))
    return books


@pytest.fixture
def house(url: str) -> Iterator[House]:
    clocks = Clocks()
    found = House(url, clocks, Post("slack", clocks), Post("email", clocks), Shelf(None, the_books()))
    yield found
    found.store.close()


def case_of(house: House, who: str) -> Case:
    found = house.door.view(who)
    assert found is not None
    assert found.case is not None, f"{who} has no case"
    return found.case


def card(house: House, case: str) -> str:
    """The case's card as it was drawn last."""
    drawn = house.draws("case", case)[-1].rendered
    assert drawn is not None
    return "\n".join(part.mrkdwn for part in drawn.slack_parts if isinstance(part, Text))


def stuck(house: House, *names: str, account: str = "") -> None:
    for name in names:
        house.joins(name, account=account or name)
    for name in names:
        house.hears(SaysStuck, name)
    house.settle()


def test_cases_go_round_and_when_both_are_full_the_card_says_so(house: House) -> None:
    stuck(house, "ana", "ben", "cem", "dan", "eva")
    assert [case_of(house, who).owner for who in ("ana", "ben", "cem", "dan")] == ["U_MAYA", "U_TOM", "U_MAYA", "U_TOM"]
    assert case_of(house, "eva").full
    assert "Everybody is full: 2 of 2, 2 of 2." in card(house, "eva.1")
    assert "all_busy" in [one.message for one in house.slack.taken if one.person == "eva"]


def test_five_who_come_in_one_batch_are_spread_as_if_they_came_one_after_the_other(house: House) -> None:
    names = ("ana", "ben", "cem", "dan", "eva")
    for name in names:
        house.joins(name, account=name)
    events = [SaysStuck(source="test", key=f"s{n}", who=name, at=house.clocks.now) for n, name in enumerate(names)]
    house.door.handle(*events)
    assert [case_of(house, who).owner for who in names] == ["U_MAYA", "U_TOM", "U_MAYA", "U_TOM", ""]


def test_the_owner_of_the_account_has_it(house: House) -> None:
    house.joins("ana", account="acme")
    house.hears(Traits, "ana", account={"name": "Acme", "owner": "tom okafor"}, account_id="acme")
    house.hears(SaysStuck, "ana")
    assert case_of(house, "ana").owner_name == "Tom Okafor"


def test_two_of_one_company_have_two_threads_and_each_card_names_the_other(house: House) -> None:
    stuck(house, "ana", "ben", account="acme")
    assert "|Ben>" in card(house, "ana.1")
    assert "|Ana>" in card(house, "ben.1")
    assert case_of(house, "ana").thread != case_of(house, "ben").thread
    house.hears(CaseClosed, "ben", case="ben.1", **MAYA)
    house.hears(Answered, "ben", survey="solved", value="yes", case="ben.1")
    house.settle()
    assert "Also open" not in card(house, "ana.1")


def test_on_a_full_day_the_riskiest_wait_for_the_next_and_open_first(house: House) -> None:
    for n, name in enumerate(("ana", "ben", "cem", "dan", "eva", "fay")):
        house.joins(name, account=name)
        house.hears(Traits, name, account={"name": name.title(), "employees": n}, account_id=name)
    house.goes_on(day(1, "16:00"))
    first = [who for who in ("ana", "ben", "cem", "dan", "eva", "fay") if house.person(who).case]
    held = [who for who in ("ana", "ben", "cem", "dan", "eva", "fay") if house.person(who).held]
    assert (len(first), len(held)) == (2, 4)
    house.goes_on(day(2, "08:00"))
    second = [who for who in held if house.person(who).case]
    assert second == held[-2:], "those with the most to lose"
    assert case_of(house, second[-1]).waiting + case_of(house, second[0]).waiting == 4 + 3
    for who in ("ana", "fay", *held):
        assert rebuild(house.store, house.shelf.playbooks(), who) == house.person(who), who


# Of several processes each has read the desk before the other wrote

FIRST = ("ana", "ben", "cem")
SECOND = ("dan", "eva", "fay")


@pytest.fixture
def everybody(house: House) -> House:
    """A house where six have come who do nothing. The day has room for two cases, each of two colleagues for two more."""
    for name in (*FIRST, *SECOND):
        house.joins(name, account=name)
    return house


def wakes(house: House, *names: str) -> None:
    """Their moment has come, in one batch."""
    house.door.handle(*(tick_of(name, house.clocks.now) for name in names))


def cry(house: House, *names: str) -> None:
    """They ask for help, in one batch."""
    house.door.handle(*(SaysStuck(source="test", key=f"stuck {name}", who=name, at=house.clocks.now) for name in names))


def after_its_look(house: House, meanwhile: Callable[[], object]) -> list[Desk]:
    """Have something happen between the next look at the desk and the commit. Gives what was seen, look by look."""
    look, seen = house.store.desk, list[Desk]()

    def looks(*asked: Any) -> Desk:
        seen.append(look(*asked))
        if len(seen) == 1:
            meanwhile()
        return seen[-1]

    house.store.desk = looks
    return seen


def with_a_case(house: House) -> list[str]:
    return [name for name in (*FIRST, *SECOND) if house.person(name).case]


def test_a_day_has_room_for_two_also_when_another_process_opened_them_a_moment_ago(everybody: House) -> None:
    other = everybody.another()
    everybody.clocks.at(day(1, "10:00"))
    seen = after_its_look(everybody, lambda: wakes(other, *FIRST))
    wakes(everybody, *SECOND)
    assert with_a_case(everybody) == ["ana", "ben"]
    assert [desk.opened_today.get("#csm", 0) for desk in seen] == [0, 2]
    assert all(everybody.person(name).held for name in ("cem", *SECOND))


def test_maya_and_tom_have_two_each_also_when_another_process_gave_them_one_a_moment_ago(everybody: House) -> None:
    other = everybody.another()
    after_its_look(everybody, lambda: cry(other, *FIRST))
    cry(everybody, *SECOND)
    owners = [case_of(everybody, name).owner for name in (*FIRST, *SECOND)]
    assert owners == ["U_MAYA", "U_TOM", "U_MAYA", "U_TOM", "", ""]


def test_of_two_processes_at_the_very_same_moment_one_waits_for_the_other(everybody: House) -> None:
    houses, both = [everybody, everybody.another()], threading.Barrier(2)
    everybody.clocks.at(day(1, "10:00"))

    def meet() -> None:
        with suppress(threading.BrokenBarrierError):
            both.wait(5)

    for one in houses:
        after_its_look(one, meet)
    threads = [threading.Thread(target=wakes, args=(one, *names)) for one, names in zip(houses, (FIRST, SECOND), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(with_a_case(everybody)) == 2


def test_only_a_batch_that_opens_a_case_asks_the_desk_again(everybody: House) -> None:
    asked: list[str] = []
    sa_event.listen(everybody.store.database.engine, "before_cursor_execute", lambda _line, _cursor, said, *_: asked.append(said))
    wakes(everybody, *FIRST)
    assert not [one for one in asked if "advisory" in one or "FROM cases" in one]
    seen = after_its_look(everybody, lambda: None)
    cry(everybody, *FIRST)
    assert len(seen) == 1


def test_what_maya_takes_back_within_ten_seconds_nobody_reads(house: House) -> None:
    stuck(house, "ana")
    house.hears(CaseClaimed, "ana", case="ana.1", **MAYA)
    house.hears(CsmReplied, "ana", key="C1/1.5", case="ana.1", text="Are you kidding", **MAYA)
    house.settle()
    house.clocks.passes(timedelta(seconds=5))
    house.hears(CsmTookBack, "ana", case="ana.1", reply="C1/1.5", **MAYA)
    house.goes_on(house.clocks.now + UNDO)
    assert "csm_reply" not in [one.message for one in house.slack.taken]
    row = house.outbox.row(reply_key("ana.1", "C1/1.5"))
    assert row is not None
    assert row.state == "withdrawn"
    assert [(m["role"], m["sent"]) for m in Reports(house.store.database).conversation("ana.1")][-1] == ("note", False)


def test_what_maya_corrects_within_ten_seconds_is_what_ana_reads(house: House) -> None:
    stuck(house, "ana")
    house.hears(CaseClaimed, "ana", case="ana.1", **MAYA)
    house.hears(CsmReplied, "ana", key="C1/1.5", case="ana.1", text="Try port 5433", **MAYA)
    house.clocks.passes(timedelta(seconds=9))
    house.hears(CsmChanged, "ana", case="ana.1", reply="C1/1.5", text="Try port 5432", **MAYA)
    house.settle()
    house.clocks.passes(timedelta(seconds=9))
    house.settle()
    assert "csm_reply" not in [one.message for one in house.slack.taken]
    house.goes_on(house.clocks.now + UNDO)
    (read,) = [one.text for one in house.slack.taken if one.message == "csm_reply"]
    assert "5432" in read
    assert [m["text"] for m in Reports(house.store.database).conversation("ana.1")][-1] == "Try port 5432"


def test_anas_words_do_not_wait_behind_mayas_ten_seconds(house: House) -> None:
    stuck(house, "ana")
    house.hears(CaseClaimed, "ana", case="ana.1", **MAYA)
    house.hears(CsmReplied, "ana", case="ana.1", text="Try port 5432", **MAYA)
    house.hears(Replied, "ana", text="it works now")
    house.settle()
    assert [one.message for one in house.slack.taken][-1] == "case_said"


def test_on_monday_morning_maya_sees_what_is_hers_what_is_nobodys_and_what_waits(house: House) -> None:
    house.joins("ana", account="acme")
    house.hears(Traits, "ana", account={"name": "Acme", "owner": "Maya Chen"}, account_id="acme")
    stuck(house, "ben", "cem")
    house.hears(SaysStuck, "ana", text="it says invalid host")
    house.hears(CaseClaimed, "ana", case="ana.1", **MAYA)
    house.settle()
    seen = DeskReports(house.store.database).monday("U_MAYA", {"maya chen"}, "#csm", "stage", house.clocks.now, MONDAY)
    assert "ana.1" in [line.case.id for line in seen.mine]
    assert {"ben.1", "cem.1"} == {line.case.id for line in seen.unclaimed}
    assert {"answer", "claim_ends"} <= {task.task for task in seen.tasks if task.line.case.id == "ana.1"}
    assert seen.accounts.segments == {"new": seen.accounts.people}


def test_a_case_can_be_read_as_a_story(house: House) -> None:
    stuck(house, "ana")
    house.hears(CaseClaimed, "ana", case="ana.1", **MAYA)
    house.hears(Replied, "ana", text="now it hangs")
    story = DeskReports(house.store.database).story_of_case("ana.1")
    assert story is not None
    assert [m["text"] for m in story.words["ana.1"]][-1] == "now it hangs"
    assert story.subject.case is not None
    assert {"SaysStuck", "CaseClaimed"} <= {told["kind"] for told in story.happened}
