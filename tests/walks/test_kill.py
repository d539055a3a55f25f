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
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.deliver import FENCE
from bot.playground.seed import demo_world
from bot.playground.serve import Served
from bot.playground.server import create_playground
from bot.playground.world import World
from storage.database import connect
from storage.tables import events, outbox

KEY = "the-write-key"
RUN = [sys.executable, "-c", "from bot.cli import main; main()", "run"]
ENDED = {"sent", "failed", "unknown", "expired", "suppressed", "withdrawn"}


@dataclass
class Desk:
    """What the playground asks of its host; these tests only need its addresses."""

    app_url: str
    signing_secret: str = "a-signing-secret"
    write_key: str = KEY
    product_events: tuple[Any, ...] = ()
    csm_channels: tuple[str, ...] = ()


@dataclass
class Deployed:
    """A deployment on this machine: the process that can be killed, and the providers that remember."""

    folder: Path
    providers: World
    url: str
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    answered: list[str] = field(default_factory=list)

    def start(self) -> None:
        log = (self.folder / "run.log").open("ab")
        self.process = subprocess.Popen(RUN, env=self.environment, stdout=log, stderr=log)
        log.close()
        for _ in range(200):
            if self._answers():
                return
            assert self.process.poll() is None, (self.folder / "run.log").read_text()[-2000:]
            time.sleep(0.05)
        raise AssertionError("handrail run did not answer")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)

    def end(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=10)

    def identify(self, n: int) -> bool:
        """Tell of one more person; whether the app said that it has them."""
        body = {
            "userId": f"u{n}",
            "messageId": f"identify-{n}",
            "traits": {"name": f"Person {n}", "email": f"u{n}@acme.test", "timezone": "Europe/Berlin"},
        }
        token = base64.b64encode(f"{KEY}:".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {token}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/identify", json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def rows(self) -> list[Any]:
        database = connect(self.environment["DATABASE_URL"])
        try:
            with database.read() as connection:
                return list(connection.execute(outbox.select().where(outbox.c.kind == "say")))
        finally:
            database.close()

    def heard(self) -> set[str]:
        database = connect(self.environment["DATABASE_URL"])
        try:
            with database.read() as connection:
                return {row.key for row in connection.execute(events.select())}
        finally:
            database.close()

    def settle(self) -> None:
        """Wait until nothing is on its way any more."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if all(row.state in ENDED for row in self.rows()):
                return
            time.sleep(0.1)
        raise AssertionError(Counter(row.state for row in self.rows()))

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                return True
        except urllib.error.HTTPError as error:
            error.close()
            return True
        except OSError:
            return False


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deployed]:
    with _providers() as (providers, url):
        port = _free_port()
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("HANDRAIL_", "SLACK_", "SENDGRID_"))} | {
            "DATABASE_URL": f"sqlite:///{tmp_path / 'handrail.db'}",
            "SENDGRID_API_KEY": providers.installation.mail_key,
            "SENDGRID_API_URL": url,
            "SLACK_BOT_TOKEN": providers.installation.token,
            "SLACK_SIGNING_SECRET": "a-signing-secret",
            "SLACK_API_URL": f"{url}/slack/api/",
            "HANDRAIL_FROM_EMAIL": "hello@tally.test",
            "HANDRAIL_POSTAL_ADDRESS": "1 Harbour Street",
            "HANDRAIL_SECRET_KEY": "a-secret-key-for-this-test",
            "HANDRAIL_WRITE_KEY": KEY,
            "PORT": str(port),
        }
        town = Deployed(tmp_path, providers, url, port, environment)
        yield town
        if town.process is not None and town.process.poll() is None:
            town.kill()


@contextmanager
def _providers() -> Iterator[tuple[World, str]]:
    served = Served(0)
    world = demo_world()
    served.start(create_playground(world, Desk(served.url)))  # type: ignore[arg-type]
    try:
        yield world, served.url
    finally:
        served.stop()
        world.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def live_through(town: Deployed, people: int, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    moments = sorted(chance.sample(range(1, people), kills))
    town.start()
    for n in range(people):
        if n in moments:
            time.sleep(chance.uniform(0, 0.1))
            town.kill()
            town.start()
        for _ in range(100):
            if town.identify(n):
                town.answered.append(f"identify:identify-{n}")
                break
            time.sleep(0.05)
        else:
            raise AssertionError(f"nobody took person {n}")
    town.settle()


def account(town: Deployed, people: int, kills: int) -> None:
    """Every intent: sent once, or of unknown fate and shown to people; nothing else may exist."""
    rows = town.rows()
    got = Counter(mail.to for n in range(people) for mail in town.providers.inbox(f"u{n}@acme.test"))
    assert max(got.values()) == 1
    assert set(town.answered) <= town.heard()
    welcomes = [row for row in rows if row.message == "welcome"]
    assert len(welcomes) == people
    unsure = [row for row in welcomes if row.state == "unknown"]
    assert {row.state for row in welcomes} <= {"sent", "unknown"}
    assert len(unsure) <= kills * FENCE
    assert people - len(unsure) <= len(got) <= people


def test_killed_three_times_while_thirty_people_join(deployed: Deployed) -> None:
    live_through(deployed, people=30, kills=3, seed=7)
    account(deployed, people=30, kills=3)


@pytest.mark.gate
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_again_and_again(deployed: Deployed, seed: int) -> None:
    live_through(deployed, people=80, kills=8, seed=seed)
    account(deployed, people=80, kills=8)


def test_a_second_one_on_the_same_file_is_refused_in_one_line(deployed: Deployed) -> None:
    deployed.start()
    second = subprocess.run(RUN, env=deployed.environment, capture_output=True, timeout=30, check=False)
    assert second.returncode == 1
    assert "Traceback" not in second.stderr.decode()
    assert len(second.stderr.decode().strip().splitlines()) == 1
    assert deployed.end() in (0, -signal.SIGTERM)


def test_what_is_missing_is_named_all_at_once(deployed: Deployed) -> None:
    bare = {name: value for name, value in deployed.environment.items() if not name.startswith(("SENDGRID_API_KEY", "HANDRAIL_", "SLACK_"))}
    ran = subprocess.run(RUN, env=bare, cwd=deployed.folder, capture_output=True, timeout=30, check=False)
    said = ran.stderr.decode()
    assert ran.returncode == 1
    assert "Traceback" not in said
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SENDGRID_API_KEY", "HANDRAIL_FROM_EMAIL"):
        assert name in said
