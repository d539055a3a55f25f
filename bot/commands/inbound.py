"""`handrail inbound`: one mail, as a mail server hands it to a program, on standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from bot.email.inbound import Outcome
from bot.email.inbound_routes import MOST_BYTES
from bot.email.parsing import parse_mail
from bot.main import build
from bot.settings import SettingsError, read_settings
from storage.database import StorageError

USAGE, TOO_LARGE, TRY_AGAIN = 64, 65, 75
"""What a mail server understands (sysexits.h): it was called wrongly, it is no mail we take, keep it and try again."""


def inbound(to: Sequence[str], sender: str | None) -> None:
    """Take the mail in, and say in one line what became of it. Leaves with 75 when it could not be kept: the server tries again."""
    raw = b"" if sys.stdin.isatty() else sys.stdin.buffer.read(MOST_BYTES + 1)
    if not raw.strip():
        _leave(USAGE, "There is no mail on standard input; try: handrail inbound < mail.eml")
    if len(raw) > MOST_BYTES:
        _leave(TOO_LARGE, f"This mail is larger than {MOST_BYTES // 2**20} MB; it was not taken.")
    if not to and not parse_mail(raw).recipients:
        _leave(USAGE, "Nobody says whom this mail is for: name them with --to, or in a header Delivered-To, X-Original-To or To.")
    try:
        outcomes = _taken(raw, to, sender)
    except (SettingsError, StorageError) as error:
        _leave(TRY_AGAIN, f"The mail was not kept, and should be tried again: {error}")
    except Exception as error:
        _leave(TRY_AGAIN, f"The mail was not kept, and should be tried again: {type(error).__name__}")
    else:
        print("; ".join(_said(one) for one in outcomes))


def _taken(raw: bytes, to: Sequence[str], sender: str | None) -> list[Outcome]:
    house = build(read_settings())
    try:
        return house.inbound.take(raw, to, sender)
    finally:
        house.store.close()


def _said(one: Outcome) -> str:
    return f"{one.fate}: {one.why}" if one.why else one.fate


def _leave(code: int, why: str) -> None:
    print(why, file=sys.stderr)
    raise typer.Exit(code)
