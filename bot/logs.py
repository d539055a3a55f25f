"""What Handrail writes down while it works: a line for people or one of JSON, each with the id of the event it follows from.

By default no line holds an address, a name, somebody's words, a token or a key. Errors are told by their type and where they happened and
not by their words, for an error's words often quote what it stumbled over. HANDRAIL_LOG_WORDS=true adds them, on a machine of your own.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from pydantic import SecretStr

from bot.settings import SHIPPED, Settings

_cause: ContextVar[str] = ContextVar("cause", default="")

FRAMES = 12
"""Of a traceback the last so many places are told."""
_CHATTY = (
    "apscheduler",
    "slack_bolt",
    "slack_sdk",
    "httpx",
    "httpcore",
    "python_http_client",
    "urllib3",
    "sqlalchemy",
    "alembic",
    "asyncio",
)
_ROOMS = tuple(str(SHIPPED / room) for room in ("bot", "flows", "storage"))
_KNOWN = ("uvicorn", "apscheduler")
"""Libraries whose lines are about their own work and quote nobody."""
_HARMLESS = (ArithmeticError, AttributeError, ImportError, MemoryError, NameError, NotImplementedError, RecursionError)
"""Errors whose words are about our code and not about anybody."""

_SCRUBBED = (
    (re.compile(r"(?<![^\s<>\"'(),:;/=])[^\s<>\"'(),:;/=]+(?:@|%40)[^\s<>\"'),;/]+"), "…@…"),  # one beginning in each word
    (re.compile(r"\b(?:xox[a-z]|xapp|xoxe)[-.][\w.-]+"), "…"),
    (re.compile(r"\bSG\.[\w-]+\.[\w-]+"), "…"),
    (re.compile(r"\b(Bearer|Basic)\s+\S+", re.IGNORECASE), r"\1 …"),
    (re.compile(r"/(p|t|u|preferences|timeline|slack/link|slack/continue|email/inbound)/[^\s/?\"']+"), r"/\1/…"),
)
_CODE = re.compile(r"\d{3}(?: \d\.\d{1,3}\.\d{1,3})?(?=\W|$)|[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?=:|$)")
"""How a provider's answer begins: SMTP's and HTTP's numbers, Slack's words with underscores."""
_OWN_WORDS = (
    "Slack answered", "Slack asks to slow down", "Slack can't say", "Slack is not installed", "connection lost", "connection to Slack lost",
    "could not reach", "no TLS with", "no answer", "the endpoint answered", "the endpoint wants", "the mail left", "the mail server",
    "there is no such endpoint", "this workspace is slow", "email cannot reach", "slack cannot reach", "webhook cannot reach",
)  # fmt: skip
"""How our own sentences about failed calls begin; up to a colon they quote nobody."""


class Theirs(str):
    """Text that may quote somebody: logged in short, unless words are wanted."""

    __slots__ = ()


@contextmanager
def about(cause: str) -> Iterator[None]:
    """Within, in this thread, every line has the id of that event (`storage.rows.cause`)."""
    before = _cause.set(cause)
    try:
        yield
    finally:
        _cause.reset(before)


def cause_now() -> str:
    """The id of the event that is at work in this thread, '' for none."""
    return _cause.get()


def in_short(text: str) -> str:
    """What a provider said, without what it may quote: its code, or our own sentence about it."""
    if code := _CODE.match(text):
        return code[0]
    return text.partition(":")[0] if text.startswith(_OWN_WORDS) else "…"


class Line(logging.Formatter):
    """Writes a record down. `secrets` never appear in it; others' words only with `words`."""

    def __init__(self, *, as_json: bool, words: bool = False, secrets: Collection[str] = ()) -> None:
        super().__init__()
        self._as_json = as_json
        self._words = words
        self._secrets = sorted((one for one in secrets if len(one) > 5), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON, or one for people with an error's places below it."""
        found = self.told(record)
        if self._as_json:
            return json.dumps(found, ensure_ascii=False, default=str)
        cause = f" [{found['cause']}]" if "cause" in found else ""
        text = found["text"].replace("\n", "\n  ")
        lines = [f"{found['at']} {found['level']} {found['logger']}{cause} {text}"]
        if "error" in found:
            lines += [f"  {found['error']}", *(f"    {place}" for place in found["trace"])]
        return "\n".join(lines)

    def told(self, record: logging.LogRecord) -> dict[str, Any]:
        """The parts of a line: at, level, logger, text, cause (where there is one), error and trace (where there is one)."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        found: dict[str, Any] = {"at": at, "level": record.levelname, "logger": record.name, "text": self._clean(self._text(record))}
        if cause := getattr(record, "cause", "") or cause_now():
            found["cause"] = cause
        if record.exc_info and record.exc_info[1] is not None:
            found["error"] = self._clean(self._chain(record.exc_info[1]))
            found["trace"] = _places(record.exc_info[2])
        return found

    def _text(self, record: logging.LogRecord) -> str:
        if not self._words and not _ours(record):
            return f"said something at {record.module}:{record.lineno}; HANDRAIL_LOG_WORDS=true shows it"
        try:
            return str(record.msg) % self._shortened(record.args) if record.args else str(record.msg)
        except (TypeError, ValueError, KeyError):
            return str(record.msg)

    def _shortened(self, args: Any) -> Any:
        if isinstance(args, Mapping):
            return {name: self._short(one) for name, one in args.items()}
        return tuple(map(self._short, args))

    def _short(self, one: object) -> object:
        if isinstance(one, BaseException):
            return self._said(one)
        return in_short(one) if isinstance(one, Theirs) and not self._words else one

    def _said(self, error: BaseException) -> str:
        name = type(error).__name__
        if self._words:
            return f"{name}: {error}"
        if name == "SendError":
            return in_short(str(error))
        if isinstance(error, _HARMLESS):
            return f"{name}: {error}"
        code = _code(error)
        return f"{name} ({code})" if code else name

    def _chain(self, error: BaseException) -> str:
        """The error, and what it came of."""
        found, seen = [], set()
        current: BaseException | None = error
        while current is not None and id(current) not in seen:
            seen.add(id(current))
            found.append(self._said(current))
            current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        return ", because of ".join(found)

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        if self._words:
            return text
        for pattern, instead in _SCRUBBED:
            text = pattern.sub(instead, text)
        return text


def _ours(record: logging.LogRecord) -> bool:
    return record.pathname.startswith(_ROOMS) or record.name.partition(".")[0] in _KNOWN


def _code(error: BaseException) -> str:
    """A database's or the system's own code for it."""
    inner = getattr(error, "orig", None) or error
    for name in ("sqlite_errorname", "sqlstate"):
        if code := getattr(inner, name, None):
            return str(code)
    return str(inner.strerror or "") if isinstance(inner, OSError) else ""


def _places(trace: TracebackType | None) -> list[str]:
    """Where it happened, the deepest last: files and lines, and nothing of what was in them."""
    return [f"{_near(frame.filename)}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-FRAMES:]]


def _near(file: str) -> str:
    """A file's path from the house or from the libraries on."""
    path = Path(file)
    if path.is_relative_to(SHIPPED):
        file = str(path.relative_to(SHIPPED))
    return file.rpartition("site-packages/")[2]


def secrets_of(settings: Settings) -> set[str]:
    """Every secret among the settings, and the database's password."""
    given = (getattr(settings, name) for name in type(settings).model_fields)
    found = {one.get_secret_value() for one in given if isinstance(one, SecretStr)}
    found |= {part.strip() for one in [*found] for part in one.split(",")}
    if password := re.search(r"://[^/@\s]*:([^@\s]+)@", settings.database_url):
        found.add(password[1])
    return {one for one in found if one}


class _Out(logging.StreamHandler[TextIO]):
    """Ours: set up anew, it replaces the one before."""


def set_up(settings: Settings, stream: TextIO | None = None) -> None:
    """Write to `stream` (stderr) as the settings say, also what nobody caught. The level is ours; libraries only tell of trouble."""
    out = _Out(stream or sys.stderr)
    out.setFormatter(Line(as_json=settings.log_form == "json", words=settings.log_words, secrets=secrets_of(settings)))
    root, level = logging.getLogger(), getattr(logging, settings.log_level.upper())
    root.handlers = [one for one in root.handlers if not isinstance(one, _Out)] + [out]
    root.setLevel(max(level, logging.INFO))
    logging.getLogger("handrail").setLevel(level)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    sys.excepthook = _uncaught
    threading.excepthook = lambda told: _uncaught(told.exc_type, told.exc_value, told.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is not None and not isinstance(error, KeyboardInterrupt | SystemExit):
        logging.getLogger("handrail").critical("nobody caught this", exc_info=(kind, error, trace))
