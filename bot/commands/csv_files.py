"""CSV files as people save them: UTF-8 with or without a mark, commas or semicolons."""

from __future__ import annotations

from pathlib import Path

from bot.commands.mistakes import UserError


def csv_text(path: Path) -> tuple[str, str]:
    """What is in it, and what its values are divided by: whichever its first line has more of. Raises UserError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8; save it as CSV UTF-8 and try again.") from None
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror}.") from None
    head = text.partition("\n")[0]
    return text, ";" if head.count(";") > head.count(",") else ","
