"""March 2026 with Acme's sixty people, lived once for all tests that look at it: a week of it always, the month by `make gates`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from acme import people
from browsing import Page
from in_slack import resolves
from replay import BOB, DESK, MONTH, WEEK, Act, Replay, acme_town
from town import Town

from bot.playground.values import User

IN_SLACK = (
    User(id="U_CHARLOTTE", name="Charlotte Ng", email="charlotte.ng@harbour-care.test", tz="Australia/Sydney"),
    User(id="U_BOB", name=BOB, email="bob@harbour-care.test", tz="Australia/Sydney"),
    User(id="U_DANA", name="Dana Whitfield", email="dana.whitfield@north-star.test", tz="America/Chicago"),
    User(id="U_JURGEN", name="Jürgen Kessel", email="jurgen.kessel@spree-kurier.test", tz="Europe/Berlin", locale="de-DE"),
    User(id="U_INIGO", name="Íñigo Ruiz", email="inigo.ruiz@rutas-del-sol.test", tz="Europe/Madrid"),
)


def march(day: int, clock: str) -> datetime:
    """A moment of UTC."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def what_they_did() -> list[Act]:
    """The few who do more than use the product, and the two who help them."""
    return [
        (march(1, "21:56"), charlotte_signs_in),
        (march(2, "08:30"), lambda town: town.opens_home("U_JURGEN")),
        (march(2, "16:30"), lambda town: town.opens_home("U_DANA")),
        (march(3, "08:30"), lambda town: town.opens_home("U_INIGO")),
        (march(4, "02:00"), lambda town: town.opens_home("U_BOB")),
        (march(5, "15:00"), lambda town: town.team_presses("Claim", name=DESK)),
        (march(5, "15:05"), lambda town: town.team_writes("Lengthen the shift by half an hour, then plan again.", name=DESK)),
        (march(5, "15:30"), lambda town: town.says("That was it, the shift was too short", "U_INIGO")),
        (march(5, "15:40"), lambda town: resolves(town, name=DESK)),
        (march(5, "15:45"), lambda town: town.presses("Yes", "U_INIGO")),
        (march(5, "18:00"), marcus_has_enough),
        (march(9, "10:00"), carmen_finds_it_hard),
        (march(9, "15:00"), lambda town: town.presses("5 · easy", "U_DANA")),
    ]


def charlotte_signs_in(town: Town) -> None:
    """The product tells of her before the people file does, and Slack knows her address."""
    company = {"id": "harbour-care", "name": "Harbour Home Care", "timezone": "Australia/Sydney", "plan": "fleet", "vehicles": 9}
    row = people()["Charlotte Ng"]
    agreed = {"consent": True, "createdAt": row["joined_at"], "company": company}
    traits = {"name": row["name"], "email": row["email"], "role": "ops_lead"} | agreed
    town.post("/v1/identify", {"userId": row["external_id"], "messageId": "sign-in-charlotte", "traits": traits})


def marcus_has_enough(town: Town) -> None:
    """His mail program offers to unsubscribe, and he takes it."""
    mail = town.inbox("marcus.bell@north-star.test")[-1]
    address = re.findall("<(http[^>]+)>", mail.headers["List-Unsubscribe"])[0]
    assert town.submits(address, **{"List-Unsubscribe": "One-Click"}).status == 200


def carmen_finds_it_hard(town: Town) -> None:
    """She answers the question of that morning from her mail: two of five."""
    mail = town.inbox("carmen.vidal@rutas-del-sol.test")[-1]
    page = town.opens(Page(mail.html).link("2"))
    assert "Thank you" in town.sends(page.forms[0]).text


@pytest.fixture
def towns(databases: Callable[[], str], towns: Callable[..., Town]) -> Callable[..., Town]:
    """Towns on demand, each on a database of its own: SQLite, then PostgreSQL."""

    def found(folder: str = "town", project: Path | None = None) -> Town:
        return towns(folder, project, {"DATABASE_URL": databases()})

    return found


@pytest.fixture(scope="session")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    """From Monday, when the first joins, to the Tuesday after."""
    with acme_town(tmp_path_factory.mktemp("acme") / "week") as replay:
        yield lived(replay, WEEK)


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    """Until the last of the sixty journeys is over."""
    with acme_town(tmp_path_factory.mktemp("acme") / "month") as replay:
        yield lived(replay, MONTH)


def lived(replay: Replay, until: datetime) -> Replay:
    for user in IN_SLACK:
        replay.town.moves_in(user)
    replay.live(until, what_they_did())
    return replay


@pytest.fixture(params=["week", pytest.param("month", marks=pytest.mark.gate)])
def acme(request: pytest.FixtureRequest) -> Replay:
    """What holds for everybody holds after a week and after the month."""
    found: Replay = request.getfixturevalue(request.param)
    return found
