"""What people choose for themselves: when we may write, by which channel, in which language, and which kinds of messages."""

from __future__ import annotations

import re

from flows.events import Preferred
from flows.parts.rules import KINDS
from flows.work import Work

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?")


def preferred(work: Work, event: Preferred) -> Work:
    """Keep what they chose. What waits to be said is asked again within it."""
    chosen = kept(event)
    locale = chosen.get("locale", "")
    told = locale or str(work.person.traits.get("locale", "") or work.person.locale)
    work = work.with_person(chosen=chosen, locale=told)
    said = ", ".join(f"{name} {value}" for name, value in chosen.items()) or "as usual"
    work = work.because("preferences", "chosen", f"{said}, by {event.mouth}").redraw()
    return work.answer("preferences_kept") if event.mouth == "slack" else work


def kept(event: Preferred) -> dict[str, str]:
    """What can be kept of it: two times make a window, anything else is as usual."""
    window = bool(CLOCK.fullmatch(event.since) and CLOCK.fullmatch(event.until) and event.since < event.until)
    wanted = {
        "since": event.since if window else "",
        "until": event.until if window else "",
        "by": event.by if event.by in ("slack", "email") else "",
        "locale": event.locale if _LOCALE.fullmatch(event.locale) else "",
        "without": ",".join(kind for kind in KINDS if kind in event.without),
        "tailored": "" if event.tailored else "no",
    }
    return {name: value for name, value in wanted.items() if value}
