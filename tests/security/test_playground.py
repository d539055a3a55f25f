"""The playground is for one's own machine: it asks nobody who they are."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest
from town import Town

from bot.commands.demo import demo
from bot.playground.serve import Served
from tests.security.strangers import City

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def town(city: City) -> Town:
    return city.town


def test_the_playground_listens_on_this_machine_alone():
    assert "host" not in inspect.signature(demo).parameters
    served = Served()
    assert served._socket.getsockname()[0] == "127.0.0.1"
    served.stop()


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "0.0.0.0"])
def test_a_name_that_somebody_leads_here_opens_no_playground(town: Town, host: str):
    """A page of anybody's may have its own name lead to 127.0.0.1 a moment later."""
    for path in ("/playground/api/state", "/", "/playground/"):
        answer = town.fetch("GET", path, headers={"Host": host})
        assert "ana@acme.test" not in answer.text
        assert answer.status in (400, 404)


def test_what_is_deployed_has_no_playground_in_it():
    for path in (ROOT / "bot" / "main.py", ROOT / "bot" / "commands" / "serve.py", *sorted((ROOT / "bot" / "web").glob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert "playground" not in ast.unparse(node), path
