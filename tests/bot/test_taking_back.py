"""What a colleague takes back or corrects: whether it has left is for the outbox to say, and for no clock."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from casework import MAYA
from houses import Clocks, House, Post

from flows.events import Answered, AnyEvent, CaseClaimed, CaseClosed, CsmChanged, CsmReplied, CsmTookBack, SaysStuck
from storage.reports import Reports


class Desk:
    """Maya has Ana's case and writes to her."""

    def __init__(self, folder: Path) -> None:
        self.clocks = Clocks()
        self.slack = Post("slack", self.clocks)
        self.house = House(folder / "h.db", self.clocks, self.slack)
        self.house.joins("ana")
        self.house.hears(SaysStuck, "ana")
        self.does(CaseClaimed)
        self.house.settle()

    def does(self, kind: type[AnyEvent], /, **what: Any) -> None:
        self.house.hears(kind, "ana", case="ana.1", **MAYA, **what)

    def passes(self, seconds: float) -> None:
        self.clocks.passes(timedelta(seconds=seconds))

    def rests(self) -> None:
        self.house.goes_on(self.clocks.now + timedelta(minutes=1))

    @property
    def read(self) -> list[str]:
        """What Ana read of Maya's words."""
        return [one.text for one in self.slack.taken if one.message == "csm_reply"]

    @property
    def thread(self) -> str:
        return " ".join(one.text for one in self.slack.taken if one.message == "case_note")

    @property
    def record(self) -> list[tuple[str, str]]:
        spoken = Reports(self.house.store.database).conversation("ana.1")
        return [(one["role"], one["text"]) for one in spoken if one["text"]]

    def sent_before_the_commit(self) -> None:
        """The next commit comes after the ten seconds, when the words have just left."""
        save = self.house.store.save

        def slow(*args: Any, **more: Any) -> None:
            self.house.store.save = save  # type: ignore[method-assign]
            self.passes(0.2)
            self.house.delivery.drain()
            save(*args, **more)

        self.house.store.save = slow  # type: ignore[method-assign]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_undo_that_meets_words_just_sent_says_so_aloud(desk: Desk) -> None:
    desk.does(CsmReplied, key="r1", text="Version one")
    desk.passes(9.9)
    desk.sent_before_the_commit()
    desk.does(CsmTookBack, reply="r1")
    desk.rests()
    assert len(desk.read) == 1
    assert "nothing can be taken back" in desk.thread
    assert desk.record == [("csm", "Version one")]


def test_a_correction_that_meets_words_just_sent_never_makes_ana_read_both(desk: Desk) -> None:
    desk.does(CsmReplied, key="r1", text="Version one")
    desk.passes(9.9)
    desk.sent_before_the_commit()
    desk.does(CsmChanged, reply="r1", text="Version two")
    desk.rests()
    assert len(desk.read) == 1
    assert "To send the correction" in desk.thread
    assert desk.record == [("csm", "Version one")]


def test_words_that_still_wait_in_an_outage_can_be_taken_back_after_the_ten_seconds(desk: Desk) -> None:
    desk.does(CsmReplied, key="r1", text="Version one")
    desk.passes(60)
    desk.does(CsmTookBack, reply="r1")
    desk.rests()
    assert desk.read == []
    assert desk.record == [("note", "Version one")]


def test_undo_works_although_ana_has_just_said_that_it_is_solved(desk: Desk) -> None:
    desk.does(CaseClosed)
    desk.rests()
    desk.does(CsmReplied, key="r1", text="Are you kidding")
    desk.passes(2)
    desk.house.hears(Answered, "ana", survey="solved", value="yes", case="ana.1")
    desk.does(CsmTookBack, reply="r1")
    desk.rests()
    assert desk.read == []


def test_words_read_before_the_case_was_closed_stay_in_the_record_as_they_were_read(desk: Desk) -> None:
    desk.does(CsmReplied, key="r1", text="Version one")
    desk.rests()
    desk.does(CaseClosed)
    desk.house.hears(Answered, "ana", survey="solved", value="yes", case="ana.1")
    desk.does(CsmChanged, reply="r1", text="What Ana never read")
    desk.rests()
    assert desk.record == [("csm", "Version one")]
    assert "To send the correction" in desk.thread


def test_the_first_of_many_replies_cannot_be_taken_back_in_silence(desk: Desk) -> None:
    for n in range(22):
        desk.does(CsmReplied, key=f"r{n}", text=f"Version {n}")
        desk.rests()
    desk.does(CsmTookBack, reply="r0")
    desk.rests()
    assert desk.record[0] == ("csm", "Version 0")
    assert "nothing can be taken back" in desk.thread


def test_is_it_solved_comes_after_the_replies_that_wait_and_a_corrected_one_keeps_its_place(desk: Desk) -> None:
    desk.does(CsmReplied, key="r1", text="First: tpyo")
    desk.passes(3)
    desk.does(CsmReplied, key="r2", text="Second")
    desk.passes(2)
    desk.does(CsmChanged, reply="r1", text="First: typo")
    desk.passes(1)
    desk.does(CaseClosed)
    desk.rests()
    said = [one.text for one in desk.slack.taken if one.to.kind == "person"][-3:]
    assert ["typo" in said[0], "Second" in said[1], "Is it" in said[2]] == [True, True, True], said
