"""Ana never opens Slack: a whole onboarding by mail, with a person of ours at the other end of the thread."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from by_mail import SETTINGS, address, answers, arrives, heard, person, written
from databases import KINDS
from in_slack import passes, resolves
from pictures import a_picture
from town import BOT, Town, a_town

from bot.playground.values import Mail

ADDRESS = "nora@solo.test"


@pytest.fixture(scope="module", params=KINDS)
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    on = {"DATABASE_URL": request.getfixturevalue("postgres").migrated()} if request.param == "postgresql" else {}
    with a_town(Path(tmp_path_factory.mktemp("mail")), settings=SETTINGS | on) as found:
        yield found


def last(town: Town) -> Mail:
    return town.inbox(ADDRESS)[-1]


def test_a_whole_onboarding_without_slack(town: Town) -> None:
    town.newcomer("Nora", company={"id": "nora", "name": "Nora Ltd", "employees": 20})
    welcome = last(town)
    assert welcome.subject

    town.uses("source.connected", user="nora")
    assert answers(town, welcome, "Thanks!\nWhat's next?") == ["taken"]
    assert "Next" in last(town).text or "next" in last(town).text

    assert answers(town, welcome, "remind me on Friday\n\nNora") == ["taken"]
    assert person(town, ADDRESS).snoozed_until is not None
    assert last(town).to == ADDRESS

    answers(town, last(town), "How do I connect a source behind a firewall?\n\n> Later it is.\n")
    assert heard(town, ADDRESS)[-1]["kind"] == "Replied"
    assert last(town).headers["In-Reply-To"].startswith("<")

    # she is stuck, and her words and her picture reach the team
    words = "I'm stuck, it says invalid host\n\nSee the picture."
    files = [("error.png", "image/png", a_picture()), ("log.zip", "application/zip", b"PK")]
    stuck = written(words, subject="Re: Your source", files=files, headers={"Message-ID": "<stuck@acme.test>"})
    assert arrives(town, stuck, address(town, last(town))) == ["taken"]
    card = town.channel()[-1]
    assert "invalid host" in str(card.blocks)
    assert {file.name for m in town.thread() for one in m.files if (file := town.workspace.file(one))} == {"error.png"}
    assert any(m.text.startswith("log.zip: not passed on.") for m in town.thread())

    # Maya answers from the thread, and it arrives in Nora's own thread
    town.team_presses("Claim")
    town.team_writes("Which port do you use?")
    passes(town, seconds=11)
    answer = last(town)
    assert "Which port do you use?" in answer.text
    assert answer.sender.startswith("Maya at ")
    assert answer.headers["In-Reply-To"] == answer.headers["References"] == "<stuck@acme.test>"
    assert answer.subject == "Re: Your source"

    # Nora answers again, and Maya reads it where she is
    answers(town, answer, "5423\n\nOn Monday Maya wrote:\n> Which port do you use?")
    said = [m for m in town.thread() if m.user == BOT][-1]
    assert "5423" in said.text
    assert "Which port" not in said.text

    resolves(town)
    solved = last(town)
    assert answers(town, solved, "Yes, thanks!") == ["taken"]
    assert person(town, ADDRESS).case is None

    assert answers(town, last(town), "stop") == ["taken"]
    assert person(town, ADDRESS).opted_out == ("all",)
    before = len(town.inbox(ADDRESS))
    town.until(datetime.fromisoformat(last(town).at) + timedelta(days=5))
    assert len(town.inbox(ADDRESS)) == before

    assert answers(town, last(town), "undo") == ["taken"]
    assert person(town, ADDRESS).opted_out == ()
