"""`handrail run` against a Slack that is not our playground, named by SLACK_API_URL: unchanged, by HTTP and by Socket Mode."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from another_slack import APP_TOKEN, BOT_TOKEN, SECRET, AnotherSlack

RUN = [sys.executable, "-c", "from bot.cli import main; main()", "run"]
KEY = "a-write-key-of-some-length"
BY_HTTP, BY_SOCKET = {"SLACK_SIGNING_SECRET": SECRET}, {"SLACK_APP_TOKEN": APP_TOKEN}


@pytest.fixture
def slack() -> Iterator[AnotherSlack]:
    with AnotherSlack(users={"U0INA": "ina@acme.test", "U0MAYA": "maya@vendor.test"}, channels={"csm-smb": "C0CSM"}) as found:
        yield found


@contextmanager
def handrail(folder: Path, slack: AnotherSlack, mode: dict[str, str]) -> Iterator[str]:
    """The real command, as anybody would start it; its address."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = str(found.getsockname()[1])
    ours = {
        "DATABASE_URL": f"sqlite:///{folder / 'handrail.db'}",
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "HANDRAIL_SECRET_KEY": "a secret key for signing links",
        "HANDRAIL_WRITE_KEY": KEY,
        "PORT": port,
    }
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK", "SENDGRID", "HANDRAIL"))}
    with (folder / "run.log").open("wb") as log:
        process = subprocess.Popen(RUN, env=inherited | ours | mode, cwd=folder, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: _answers(url), process, folder)
        yield url
    finally:
        process.terminate()
        assert process.wait(timeout=15) in (0, -15), (folder / "run.log").read_text()[-2000:]


def _until(done: Callable[[], bool], process: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(1000):
        if done():
            return
        assert process.poll() is None, (folder / "run.log").read_text()[-2000:]
        time.sleep(0.02)
    raise AssertionError((folder / "run.log").read_text()[-2000:])


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/healthz", timeout=2).close()
    except urllib.error.HTTPError as error:
        error.close()
    except OSError:
        return False
    return True


def health(url: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            return dict(json.loads(answer.read()))
    except urllib.error.HTTPError as error:
        with error:
            return dict(json.loads(error.read()))


def signs_up(url: str) -> None:
    traits = {"name": "Ina Park", "email": "ina@acme.test", "company": {"id": "acme", "name": "Acme", "plan": "team", "employees": 12}}
    token = base64.b64encode(f"{KEY}:".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {token}"}
    body = json.dumps({"userId": "ina", "messageId": "m1", "traits": traits | {"consent": True}}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{url}/v1/identify", body, headers), timeout=10).close()


def has_buttons(message: dict[str, Any]) -> bool:
    blocks = message.get("blocks") or "[]"
    return '"actions"' in (blocks if isinstance(blocks, str) else json.dumps(blocks))


def test_ina_is_welcomed_answered_and_handed_to_the_team_by_http(slack: AnotherSlack, tmp_path: Path) -> None:
    with handrail(tmp_path, slack, BY_HTTP) as url:
        signs_up(url)
        slack.awaited(lambda: [m for m in slack.said_to("U0INA") if has_buttons(m)])
        before = len(slack.said_to("U0INA"))
        assert slack.event_by_http(url, slack.words("U0INA", "what's next?")) == 200
        slack.awaited(lambda: len(slack.said_to("U0INA")) > before)
        assert slack.press_by_http(url, "U0INA", "stuck", "DU0INA") == 200
        slack.awaited(lambda: slack.said_to("#csm-smb"))
        assert slack.event_by_http(url, {"type": "team_renamed", "name": "Something nobody listens to"}) == 200


def test_the_same_by_socket_mode_and_after_the_connection_was_cut(slack: AnotherSlack, tmp_path: Path) -> None:
    with handrail(tmp_path, slack, BY_SOCKET) as url:
        signs_up(url)
        slack.awaited(lambda: [m for m in slack.said_to("U0INA") if has_buttons(m)])
        slack.by_socket("events_api", slack.wrapped(slack.words("U0INA", "help")))
        slack.awaited(lambda: len(slack.said_to("U0INA")) > 1)
        slack.hangs_up()
        slack.awaited(lambda: slack.connections == 1)
        slack.by_socket("interactive", slack.press("U0INA", "stuck", "DU0INA"))
        assert slack.awaited(lambda: slack.said_to("#csm-smb"))
        assert slack.awaited(lambda: health(url)["status"] == "ok")


def test_what_is_signed_with_another_secret_is_refused(slack: AnotherSlack, tmp_path: Path) -> None:
    with handrail(tmp_path, slack, {"SLACK_SIGNING_SECRET": "not-the-one"}) as url, pytest.raises(urllib.error.HTTPError) as refused:
        slack.event_by_http(url, slack.words("U0INA", "hello"))
    assert refused.value.code == 401
    refused.value.close()
