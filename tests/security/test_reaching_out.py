"""Where we call by ourselves: never into our own network because a file or a stranger says so, and no token goes anywhere but home."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from bot.slack.files import FilePassing
from bot.webhooks.line import Forbidden, is_open, post
from tests.security.strangers import City


@pytest.mark.parametrize(
    "address",
    [
        "::127.0.0.1",
        "::7f00:1",
        "::10.0.0.1",
        "::ffff:0:127.0.0.1",
        "::ffff:0:a00:1",
        "fec0::1",
        "feff::1",
        "fe80::1%eth0",
        "::ffff:169.254.169.254",
    ],
)
def test_an_old_way_of_writing_a_private_address_is_one(address: str):
    assert not is_open(address)


def test_a_name_that_leads_elsewhere_a_moment_later_is_looked_up_once(monkeypatch: pytest.MonkeyPatch):
    """The address that was looked at is the one that is spoken to."""
    answers = iter([[("127.0.0.1", 443)], [("93.184.216.34", 443)]])
    asked: list[str] = []

    def looked_up(host: str, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in next(answers)]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    with pytest.raises(Forbidden):
        post("https://crm.example.com/hook", b"{}", {})
    assert asked == ["crm.example.com"]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/files.slack.com",
        "https://files.slack.com@evil.example/x",
        "https://files.slack.com.evil.example/x",
        "https://evilslack.com/x",
        "http://files.slack.com/x",
        "file:///etc/passwd",
        "https://files.slack.com\\@evil.example/x",
        "//files.slack.com/x",
        "",
    ],
)
def test_slacks_token_is_shown_to_slack_alone(city: City, url: str):
    slack = city.town.house.slack
    assert slack is not None
    passing = FilePassing(slack.workspaces, "https://slack.com/api/", None)  # type: ignore[arg-type]
    assert not passing._is_slacks(url)
    assert passing._is_slacks("https://files.slack.com/files-pri/T1-F1/x.png")
