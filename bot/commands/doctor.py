"""`handrail doctor`: a deployment looked over, one line a check."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import asdict

import typer
from rich.console import Console
from rich.text import Text

from bot.commands.mistakes import counted
from bot.doctor.examining import examine
from bot.doctor.finding import Finding, Result

_MARKS: dict[Result, tuple[str, str]] = {"ok": ("✓", "green"), "wrong": ("✗", "bold red"), "off": ("–", "dim"), "unknown": ("–", "yellow")}
_WIDTH = 16
"""Columns for a check's name; a longer one pushes its line to the right."""


def doctor(*, as_json: bool) -> None:
    """Print what every check found, and leave with 1 when anything is wrong."""
    findings = _quietly() if as_json else _aloud()
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False))
    if any(finding.result == "wrong" for finding in findings):
        raise typer.Exit(1)


def _quietly() -> Sequence[Finding]:
    return list(examine(lambda _: None))


def _aloud() -> Sequence[Finding]:
    """Each line as soon as it is known; on a terminal, what is looked at now below them."""
    out = Console(highlight=False)
    findings = []
    with out.status("") if out.is_terminal else nullcontext() as status:
        for finding in examine(lambda name: status.update(f"Looking at {name} …") if status else None):
            findings.append(finding)
            out.print(line(finding), soft_wrap=True)
    out.print(_sum(findings), soft_wrap=True)
    return findings


def line(finding: Finding) -> Text:
    """One line of the report."""
    mark, style = _MARKS[finding.result]
    told = Text.assemble((mark, style), " ", f"{finding.check:<{_WIDTH}} ", finding.seen)
    if finding.todo:
        told.append(f" → {finding.todo}", "bold" if finding.result == "wrong" else "dim")
    return told


def _sum(findings: Iterable[Finding]) -> str:
    wrong = sum(finding.result == "wrong" for finding in findings)
    unknown = sum(finding.result == "unknown" for finding in findings)
    aside = f"; {unknown} could not be asked" if unknown else ""
    return f"{counted(wrong, 'thing')} to put right{aside}." if wrong else f"Nothing is wrong{aside}."
