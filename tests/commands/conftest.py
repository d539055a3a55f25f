"""A terminal: `handrail("check", "--json")` runs the command line as its user would, in a folder of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """Standard output with every run of blanks as one, so that line breaks do not matter."""
        return " ".join(self.out.split())


Handrail = Callable[..., Ran]


@pytest.fixture
def handrail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Handrail:
    for name in ("HANDRAIL_PROJECT", "HANDRAIL_COMPANY", "HANDRAIL_POSTAL_ADDRESS", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/handrail.db")
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(arguments)
        printed = capsys.readouterr()
        return Ran(int(left.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def project(handrail: Handrail, tmp_path: Path) -> Path:
    """A project as `init` writes it."""
    assert handrail("init", "acme").code == 0
    return tmp_path / "acme"
