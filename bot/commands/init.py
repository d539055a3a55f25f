"""`handrail init`: a small project of one's own, complete enough to try."""

from __future__ import annotations

import shutil
from pathlib import Path

from bot.commands.mistakes import UserError
from bot.settings import SHIPPED

STARTER = SHIPPED / "templates" / "project"
"""The project that is written, as files."""


def init(folder: Path) -> None:
    """Write the project and say what to do next. A folder with anything in it is left alone."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is not empty; name a new folder.")
    shutil.copytree(STARTER, folder, dirs_exist_ok=True)
    shown = str(folder) if " " not in str(folder) else f'"{folder}"'
    print(f"Wrote a project into {folder}/\n\nNext:\n")
    print(f"  handrail check {shown}")
    print(f"  handrail simulate onboarding --project {shown}")
    print(f"  handrail demo --project {shown}")
