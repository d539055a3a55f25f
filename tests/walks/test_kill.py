"""`handrail run` as a real process, killed while it works: nothing is lost, and nothing is said twice by itself."""

from __future__ import annotations

import base64
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any, Literal

import doomed
import pytest
from databases import on_sqlite
from sqlalchemy import Table

from bot.deliver import FENCE
from bot.main import build
from bot.playground.acts import acts_in
from bot.playground.post import Refused
from bot.playground.seed import MAYA
from bot.playground.serve import Served
from bot.playground.server import create_playground
from bot.playground.values import Channel, Message, User
from bot.playground.world import World
from bot.settings import Settings
from storage.database import address, connect
from storage.tables import events, outbox

KEY, SECRET = "the-write-key", "a-signing-secret"
RUN = [sys.executable, "-c", "from bot.cli import main; main()", "run"]
DOOMED = [sys.executable, doomed.__file__]
BOT = User(id="U_HANDRAIL", name="Handrail", role="bot")
PATIENCE = 3
"""Seconds after which somebody whose welcome never came gives up looking for its button."""
ENDED = {"sent", "failed", "unknown", "expired", "suppressed", "withdrawn"}


@dataclass
class Desk:
    """What the playground asks of its host; these tests only need its addresses."""

    app_url: str
    signing_secret: str = SECRET
    write_key: str = KEY
    product_events: tuple[Any, ...] = ()
    csm_channels: tuple[str, ...] = ()


@dataclass
class Deployed:
    """A deployment on this machine: the process that can be killed, the providers that remember, and people who press again."""

    folder: Path
    providers: World
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    answered: list[str] = field(default_factory=list)
    pressed: Counter[str] = field(default_factory=Counter)
    could_not_press: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['PORT']}"

    # The process

    def start(self, command: list[str] = RUN) -> None:
        self._the_leases_of_the_dead_run_out()
        with (self.folder / "run.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=self.environment, cwd=self.folder, stdout=log, stderr=log)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if self._answers() or self.is_dead():
                return
            time.sleep(0.02)
        raise AssertionError("handrail run did not answer")

    def _the_leases_of_the_dead_run_out(self) -> None:
        """On SQLite the next process knows that nobody else can be alive. In PostgreSQL two minutes have to pass, by its own clock."""
        database = connect(self.environment["DATABASE_URL"])
        try:
            if not database.is_sqlite:
                with database.write() as connection:
                    connection.exec_driver_sql("UPDATE outbox SET lease_until = now() WHERE lease_until > now()")
                    connection.exec_driver_sql("UPDATE people SET wake_lease = now() WHERE wake_lease > now()")
        finally:
            database.close()

    def is_dead(self) -> bool:
        assert self.process is not None
        code = self.process.poll()
        assert code in (None, -signal.SIGKILL), (self.folder / "run.log").read_text()[-2000:]
        return code is not None

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=10)

    def end(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=10)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):
                return True
        except urllib.error.HTTPError as error:
            error.close()
            return True
        except (OSError, HTTPException):
            return False

    # People

    def identify(self, n: int) -> bool:
        """Tell of one more person; whether the app said that it has them."""
        body = {
            "userId": f"u{n}",
            "messageId": f"identify-{n}",
            "traits": {"name": f"Person {n}", "email": f"u{n}@acme.test", "timezone": "Europe/Berlin", "consent": True},
        }
        token = base64.b64encode(f"{KEY}:".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {token}"}
        request = urllib.request.Request(f"{self.url}/v1/identify", json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                answer.read()
        except (OSError, HTTPException):
            return False
        self.answered.append(f"identify:identify-{n}")
        return True

    def press(self, n: int, label: str) -> bool:
        """Somebody presses a button on their welcome, when it is there; whether the app took it."""
        user = f"U_{n}"
        found = [(m, b["block_id"], e["action_id"]) for m in self.providers.dm(user) for b, e in _buttons(m) if e["text"]["text"] == label]
        if not found:
            return False
        message, block, action = found[0]
        try:
            acts_in(self.providers, Desk(self.url)).click_message(user, (message.channel, message.ts), (block, action))  # type: ignore[arg-type]
        except Refused:
            return False
        self.pressed[label] += 1
        return True

    # What is known afterwards

    def rows(self) -> list[Any]:
        return self._all(outbox)

    def heard(self) -> list[Any]:
        return self._all(events)

    def _all(self, table: Table) -> list[Any]:
        database = connect(self.environment["DATABASE_URL"])
        try:
            with database.read() as connection:
                return list(connection.execute(table.select().order_by(table.c.id)))
        finally:
            database.close()

    def settle(self) -> None:
        """Wait until nothing is on its way any more, then look after what is unknown, as the next minutes would."""
        until = time.monotonic() + 30
        while any(row.state not in ENDED for row in self.rows()):
            assert time.monotonic() < until, Counter(row.state for row in self.rows())
            time.sleep(0.1)
        assert self.end() == 0
        house = build(Settings(_env_file=None, **self.environment))  # type: ignore[arg-type]
        house.delivery.reconcile(limit=1000)
        house.settle()
        house.stop()


def _buttons(message: Message) -> list[tuple[Any, Any]]:
    return [(block, element) for block in message.blocks if block["type"] == "actions" for element in block["elements"]]


def _world(people: int) -> World:
    """Every other person is in Slack too."""
    team = (MAYA.id, BOT.id)
    users = [User(id=f"U_{n}", name=f"Person {n}", email=f"u{n}@acme.test") for n in range(0, people, 2)]
    return World((MAYA, BOT, *users), [Channel(id=f"C_{name}", name=name, members=team) for name in ("csm-smb", "cs-ops")])


@pytest.fixture
def deploy(tmp_path: Path, url: str) -> Iterator[Callable[[int], Deployed]]:
    running: list[tuple[Deployed, Served]] = []

    def deployed(people: int) -> Deployed:
        served, world = Served(0), _world(people)
        served.start(create_playground(world, Desk(served.url)))  # type: ignore[arg-type]
        running.append((Deployed(tmp_path, world, _environment(url, served.url, world)), served))
        return running[-1][0]

    yield deployed
    for one, served in running:
        if one.process is not None and one.process.poll() is None:
            one.kill()
        served.stop()
        one.providers.close()


def _environment(database: str, url: str, world: World) -> dict[str, str]:
    ours = ("HANDRAIL_", "SLACK_", "SENDGRID_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
        "DATABASE_URL": database,
        "SENDGRID_API_KEY": world.installation.mail_key,
        "SENDGRID_API_URL": url,
        "SLACK_BOT_TOKEN": world.installation.token,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"{url}/slack/api/",
        "HANDRAIL_FROM_EMAIL": "hello@tally.test",
        "HANDRAIL_POSTAL_ADDRESS": "1 Harbour Street",
        "HANDRAIL_SECRET_KEY": "a-secret-key-for-this-test",
        "HANDRAIL_WRITE_KEY": KEY,
        "HANDRAIL_SLACK_PACE": "no limit",  # who waits for whom is another story
        "PORT": str(_free_port()),
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


# A life

Death = Literal["save", "claim", "fence", "settle_sent", "arrival", "any moment"]
"""After which commit the process dies; or when a provider has taken something and its answer is on the way; or whenever."""


def live_through(town: Deployed, people: int, deaths: Sequence[Death], seed: int) -> None:
    """People join, ask for help and press Done, and whatever is not answered they do again, while one process dies after the other."""
    chance = random.Random(seed)
    todo = deque(act for n in range(people) for act in _acts(town, n))
    for death in deaths:
        town.start([*DOOMED, death, str(chance.randint(2, 5))] if death in doomed.POINTS else RUN)
        until = time.monotonic() + chance.uniform(0.1, 0.5) if death == "any moment" else float("inf")
        if death == "arrival":
            dies_when_something_arrives(town)
        began = time.monotonic()
        while not town.is_dead():
            do_next(todo)
            assert time.monotonic() - began < 60, f"it lives on after {death}"
            if time.monotonic() > until:
                town.kill()
    town.start()
    since = time.monotonic()
    while todo and time.monotonic() - since < PATIENCE:
        since = time.monotonic() if do_next(todo) else since
    town.settle()
    town.could_not_press = len(todo)


def _acts(town: Deployed, n: int) -> list[Callable[[], bool]]:
    label = "I'm stuck" if n % 3 else "Done"
    press = [partial(town.press, n, label)] if n % 2 == 0 else []
    return [partial(town.identify, n), *press]


def do_next(todo: deque[Callable[[], bool]]) -> bool:
    """What was not taken is tried again after the others. Whether something was taken."""
    time.sleep(0.01)
    taken = bool(todo) and todo[0]()
    if taken:
        todo.popleft()
    else:
        todo.rotate(-1)
    return taken


def dies_when_something_arrives(town: Deployed) -> None:
    def kill() -> None:
        forget()
        town.kill()

    forget = town.providers.subscribe(kill)


def account(town: Deployed, people: int, deaths: int) -> None:
    """Every intent: sent once, or of unknown fate and shown to people; nothing else may exist."""
    said = [row for row in town.rows() if row.kind == "say"]
    ids = _arrived(town, people)
    assert not [i for i, n in ids.items() if n > 1 and i not in {str(row.id) for row in said if row.if_unknown == "resend"}]
    assert {str(row.id) for row in said if row.state == "sent"} <= set(ids)
    assert {row.state for row in town.rows()} <= {"sent", "unknown", "withdrawn"}
    assert not [row for row in said if row.state == "unknown" and row.if_unknown == "resend"]
    unknown = Counter(row.message for row in said if row.state == "unknown")
    assert unknown.total() <= deaths * FENCE
    assert town.could_not_press <= unknown["welcome"]
    heard = town.heard()
    assert set(town.answered) <= {event.key for event in heard}
    assert len(town.answered) == people
    kinds = Counter(event.kind for event in heard)
    assert kinds["SaysStuck"] >= town.pressed["I'm stuck"]
    assert kinds["StepDone"] >= town.pressed["Done"]
    assert all(event.decided_at for event in heard)
    welcomes = Counter(row.person_id for row in said if row.message == "welcome")
    assert sorted(welcomes.values()) == [1] * (people // 2) + [2] * (people - people // 2)  # by mail, and in Slack who is there


def _arrived(town: Deployed, people: int) -> Counter[str]:
    """How often each message of ours reached somebody, by the id that we gave it."""
    mails = [mail.custom_args["handrail_id"] for n in range(people) for mail in town.providers.inbox(f"u{n}@acme.test")]
    places = [*(f"U_{n}" for n in range(0, people, 2)), "#csm-smb"]
    posts = [m for place in places for m in town.providers.channel(place) if m.metadata]
    return Counter([*mails, *(str(m.metadata["event_payload"]["id"]) for m in posts if m.metadata)])


def test_killed_at_three_points_while_people_join_and_ask(deploy: Callable[[int], Deployed]) -> None:
    town = deploy(24)
    live_through(town, people=24, deaths=("save", "fence", "any moment"), seed=7)
    account(town, people=24, deaths=3)


@pytest.mark.chaos
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_fifteen_times_at_every_point_and_at_moments_nobody_chose(deploy: Callable[[int], Deployed], seed: int) -> None:
    town = deploy(100)
    deaths: list[Death] = ["save", "claim", "fence", "settle_sent", "arrival"] * 2 + ["any moment"] * 5
    random.Random(seed).shuffle(deaths)
    live_through(town, people=100, deaths=deaths, seed=seed)
    account(town, people=100, deaths=15)


# Starting and ending


@on_sqlite
def test_a_second_one_is_refused_in_one_line_and_the_first_ends_within_ten_seconds(deploy: Callable[[int], Deployed], url: str) -> None:
    """Told to end while a provider is slow, it finishes the call at hand and hands the rest back."""
    town = deploy(10)
    town.start()
    second = subprocess.run(RUN, env=town.environment, cwd=town.folder, capture_output=True, timeout=30, check=False)
    assert second.returncode == 1
    assert second.stderr.decode().strip().splitlines() == [
        f"Handrail already runs on {address(url).database}; stop it first, or use PostgreSQL for several processes"
    ]
    town.providers.faults.next("mail.send", "hang_accepted", seconds=2, times=50)
    for n in range(1, 10, 2):
        assert town.identify(n)
    while not any(call.method == "mail.send" for call in town.providers.calls):
        time.sleep(0.02)
    began = time.monotonic()
    assert town.end() == 0
    assert time.monotonic() - began < 10
    assert {row.state for row in town.rows() if row.kind == "say"} == {"unknown", "pending"}


@on_sqlite
def test_what_is_missing_is_named_all_at_once(deploy: Callable[[int], Deployed]) -> None:
    town = deploy(0)
    bare = {name: value for name, value in town.environment.items() if not name.startswith(("SENDGRID_API_KEY", "HANDRAIL_", "SLACK_"))}
    ran = subprocess.run(RUN, env=bare, cwd=town.folder, capture_output=True, timeout=30, check=False)
    said = ran.stderr.decode()
    assert ran.returncode == 1
    assert len(said.strip().splitlines()) == 1
    for name in (
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SENDGRID_API_KEY",
        "HANDRAIL_FROM_EMAIL",
        "HANDRAIL_SECRET_KEY",
        "HANDRAIL_WRITE_KEY",
    ):
        assert name in said
