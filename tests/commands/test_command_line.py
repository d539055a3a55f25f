"""The command line as a whole: help, errors, versions."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
import yaml

from flows.library import SHIPPED


def test_help_names_every_command(handrail: Callable[..., Any]) -> None:
    said = handrail("--help")
    assert said.code == 0
    told = "demo simulate init check preview schema import why run web clock worker migrate manifest doctor"
    for name in told.split():
        assert f" {name} " in said.out


def test_handrail_alone_shows_the_help(handrail: Callable[..., Any]) -> None:
    said = handrail()
    assert said.code == 0
    assert "Usage: handrail" in said.out


def test_help_is_quick_because_nothing_heavy_is_loaded() -> None:
    heavy = "fastapi,sqlalchemy,slack_bolt,sendgrid,apscheduler,jinja2,mjml"
    program = f"import sys, bot.cli; sys.exit(any(name in sys.modules for name in '{heavy}'.split(',')))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_it_says_its_version(handrail: Callable[..., Any]) -> None:
    assert handrail("--version").out.startswith("handrail ")


@pytest.mark.parametrize(
    "mistake",
    [
        ("chek",),
        ("check", "--jsn"),
        ("check", "nowhere"),
        ("check", "."),
        ("init",),
        ("simulate", "smbb"),
        ("simulate", "smb", "--days", "many"),
        ("preview", "dya3"),
        ("import", "nobody.csv"),
        ("why", "ana@acme.test"),
        ("demo", "--port", "99999999"),
    ],
)
def test_a_mistake_is_one_line_on_stderr_and_leaves_with_1(handrail: Callable[..., Any], mistake: tuple[str, ...]) -> None:
    said = handrail(*mistake)
    assert said.code == 1
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
    assert "Traceback" not in said.err


def test_a_wrong_setting_is_one_line_too(handrail: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    said = handrail("check")
    assert said.code == 1
    assert said.err.startswith("These settings can't be read: PORT")


def test_a_database_we_cannot_use_is_one_line_too(handrail: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://somewhere/else")
    assert handrail("why", "ana").err == "DATABASE_URL names mysql; Handrail keeps its data in SQLite or PostgreSQL\n"


def test_ctrl_c_is_quiet(handrail: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.commands.schema.schema", interrupted)
    said = handrail("schema")
    assert (said.code, said.out, said.err) == (130, "", "")


def test_a_defect_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.cli import main

    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.commands.schema.schema", broken)
    with pytest.raises(ZeroDivisionError):
        main(["schema"])


def test_the_schema_takes_the_shipped_playbook(handrail: Callable[..., Any]) -> None:
    schema = json.loads(handrail("schema").out)
    written = yaml.load((SHIPPED / "smb.yaml").read_text(), yaml.BaseLoader)
    assert schema["title"] == "Handrail playbook"
    assert set(written) <= set(schema["properties"])
    jsonschema.Draft202012Validator.check_schema(schema)
