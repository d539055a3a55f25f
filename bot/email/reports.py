"""What SendGrid's event webhook says, as values. Pure: what cannot be read is counted and left out, whatever it is."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from flows.events import MailFate
from flows.mail import PROVIDER

LONGEST_KEY = 200
LONGEST_ADDRESS = 320
LONGEST_WORDS = 300
"""Characters of a reason that are kept."""
MANY_LINKS = 3
"""So many links of one mail clicked in one second: nobody reads that fast."""

_ROW = re.compile(r"[0-9]{1,18}", re.ASCII)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_PROGRAMS = re.compile(
    r"bot\b|crawl|spider|scan|preview|proofpoint|barracuda|mimecast|safelinks|fireeye|trendmicro|symantec|headless"
    r"|python|curl/|wget|go-http-client|okhttp|java/|libwww|googleimageproxy|yahoomailproxy",
    re.IGNORECASE,
)
_FATES: Mapping[str, MailFate] = {
    "delivered": "delivered",
    "deferred": "deferred",
    "bounce": "bounced",
    "dropped": "dropped",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
    "group_resubscribe": "resubscribed",
    "open": "opened",
    "click": "clicked",
}
"""SendGrid's words and ours. Any other is kept as "other" with its name."""
_DROPS: tuple[tuple[str, MailFate], ...] = (("unsubscribed", "unsubscribed"), ("spam report", "complained"), ("bounced", "bounced"))
"""Why SendGrid did not even try: what happened to an earlier mail."""
_NOT_THEIRS = ("spam content", "smtpapi", "quota", "package", "blocked")
"""Drops that are about our mail or our account and say nothing about the address."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One thing that SendGrid tells, or another `source`. `key` is its own id of it; `at` its moment (UTC).

    `row` is the outbox row that the mail was sent for and `mail` SendGrid's id of the mail, when it says. `lost`: the mail did not
    reach anybody. `machine`: an open or a click by a program; `why` then says by which rule. `name` is SendGrid's own word for it.
    """

    key: str
    what: MailFate
    at: datetime
    address: str = ""
    row: int | None = None
    mail: str = ""
    why: str = ""
    name: str = ""
    lost: bool = False
    machine: bool = False
    source: str = PROVIDER


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One request of the webhook: what it tells, in the order of the moments, each once; and how many things could not be read."""

    reports: tuple[Report, ...]
    skipped: int


class NotJson(ValueError):
    """The body is no JSON."""


def read_reports(raw: bytes, now: datetime) -> Delivery:
    """Read a body. `now` (world time) stands in for a moment that is missing or that nobody can read. Raises NotJson."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise NotJson("the body is not JSON") from None
    items = body if isinstance(body, list) else [body]
    hasty = _hasty(items)
    found: dict[str, Report] = {}
    skipped = 0
    for item in items:
        report = _report(item, now) if isinstance(item, dict) else None
        if report is None:
            skipped += 1
        elif report.key not in found:
            found[report.key] = _seen_through(report, item, hasty)
    return Delivery(reports=tuple(sorted(found.values(), key=lambda one: (one.at, one.key))), skipped=skipped)


def _report(item: Mapping[str, Any], now: datetime) -> Report | None:
    name = _text(item, "event", 100)
    if not name:
        return None
    what = _FATES.get(name, "other")
    why = _text(item, "reason") or _text(item, "response")
    if what == "bounced" and _text(item, "type").lower() == "blocked":
        what = "blocked"
    lost = what in ("bounced", "blocked", "dropped")
    if what == "dropped":
        what = _dropped(why.lower())
    return Report(
        key=_key(item), what=what, at=_moment(item, now), address=_address(item), row=_row(item),
        mail=_text(item, "sg_message_id", LONGEST_KEY).partition(".")[0], why=why, name=name, lost=lost,
    )  # fmt: skip


def _dropped(why: str) -> MailFate:
    for words, what in _DROPS:
        if words in why:
            return what
    return "other" if any(words in why for words in _NOT_THEIRS) else "dropped"


def _seen_through(report: Report, item: Mapping[str, Any], hasty: set[tuple[str, str, str]]) -> Report:
    """An open or a click, with whether a program did it and how we know."""
    if report.what not in ("opened", "clicked"):
        return report
    reader = _text(item, "useragent")
    if str(item.get("sg_machine_open", "")).lower() in ("true", "1"):
        return replace(report, machine=True, why="SendGrid says that a program opened it")
    if _PROGRAMS.search(reader):
        return replace(report, machine=True, why=f"a program, by its name: {reader[:100]}")
    if report.what == "clicked" and _place(item) in hasty:
        return replace(report, machine=True, why=f"{MANY_LINKS} links or more within a second")
    return report


def _hasty(items: Iterable[object]) -> set[tuple[str, str, str]]:
    """Mails, with the second, of which many links were clicked at once."""
    clicks = (item for item in items if isinstance(item, dict) and item.get("event") == "click")
    links = {(_place(item), _text(item, "url", 2000)) for item in clicks}
    return {place for place, n in Counter(place for place, _ in links).items() if n >= MANY_LINKS}


def _place(item: Mapping[str, Any]) -> tuple[str, str, str]:
    return _text(item, "sg_message_id", LONGEST_KEY), _address(item), str(item.get("timestamp", ""))[:30]


def _key(item: Mapping[str, Any]) -> str:
    """SendGrid's id; without one, equal things are one thing."""
    given = item.get("sg_event_id")
    if isinstance(given, str) and 0 < len(given) <= LONGEST_KEY:
        return _UNSTORABLE.sub("\ufffd", given)
    return hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()


def _row(item: Mapping[str, Any]) -> int | None:
    given = item.get("handrail_id")
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    return int(text) if _ROW.fullmatch(text) else None


def _address(item: Mapping[str, Any]) -> str:
    given = item.get("email")
    text = _UNSTORABLE.sub("\ufffd", given.strip()) if isinstance(given, str) else ""
    return text if len(text) <= LONGEST_ADDRESS else ""


def _moment(item: Mapping[str, Any], now: datetime) -> datetime:
    given = item.get("timestamp")
    try:
        seconds = int(given) if isinstance(given, str | int | float) and not isinstance(given, bool) else -1
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else now
    except (ValueError, OverflowError, OSError):
        return now


def _text(item: Mapping[str, Any], name: str, most: int = LONGEST_WORDS) -> str:
    given = item.get(name)
    return " ".join(_UNSTORABLE.sub("\ufffd", given).split())[:most] if isinstance(given, str) else ""


def kinds(reports: Iterable[Report]) -> Iterator[tuple[str, int]]:
    """How many of each kind, for the log: nothing of anybody's."""
    return iter(sorted(Counter(report.name for report in reports).items()))
