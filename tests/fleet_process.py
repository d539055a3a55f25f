"""What each process of a fleet runs. The fork server imports this once, so that a process is there in a moment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import procrastinate  # noqa: F401 - imported before the fork
import pytest  # noqa: F401 - every child imports the main module of the test run

import bot.main
from bot.commands import serve
from bot.shelf import read_books

_read = cache(lambda: read_books(None))
_read()
bot.main.read_books = lambda project: read_books(project) if project else _read()

ROLES = {"web": serve.web, "clock": serve.clock, "worker": serve.worker}


def live(role: str, environment: Mapping[str, str], folder: Path, log: str) -> None:
    """Be that process, with this environment, until told to end."""
    os.environ.update(environment)
    os.chdir(folder)
    out = os.open(folder / log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.stdout = sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115 - it lasts as long as the process
    ROLES[role]()
