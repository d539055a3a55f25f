"""All checks, in the order in which one would mend things."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

from pydantic import ValidationError

from bot.doctor import house, mail, mail_back, slack, sources, web
from bot.doctor.finding import Finding
from bot.doctor.site import Site
from bot.settings import Settings, SettingsError, read_settings

log = logging.getLogger("handrail.doctor")

Check = Callable[[Site], Iterator[Finding]]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("settings", house.would_start),
    ("keys", house.keys),
    ("database", house.database),
    ("project", house.project),
    ("Slack", slack.slack),
    ("Socket Mode", slack.socket_mode),
    ("Slack OAuth", slack.oauth),
    ("base URL", web.address),
    ("app", web.health),
    ("signing secret", web.signing_secret),
    ("e-mail", mail.mail),
    ("mail that comes back", mail_back.mail_back),
    ("events in", sources.sources),
)


def examine(looking_at: Callable[[str], None]) -> Iterator[Finding]:
    """Make every check, whatever the others find; `looking_at` hears which one is under way."""
    looking_at("settings")
    settings, unreadable = readable_settings()
    if unreadable:
        yield Finding("settings", "wrong", unreadable, "mend these in the environment or in .env; what follows takes their defaults")
    site = Site(settings)
    for name, check in CHECKS:
        looking_at(name)
        yield from _kept_going(name, check, site)


def _kept_going(name: str, check: Check, site: Site) -> Iterator[Finding]:
    try:
        yield from check(site)
    except Exception as error:
        log.debug("the check of %s failed", name, exc_info=True)
        yield Finding(name, "wrong", f"this check itself failed ({type(error).__name__})", "tell the people who make Handrail")


def readable_settings() -> tuple[Settings, str]:
    """The settings, and in words what can't be read of them; those have their defaults then."""
    try:
        return read_settings(), ""
    except SettingsError as error:
        said = str(error)
    try:
        return Settings(), said
    except ValidationError as error:
        bad = {str(problem["loc"][0]) for problem in error.errors()}
    fields = Settings.model_fields.items()
    defaults = {alias: field.get_default(call_default_factory=True) for name, field in fields if (alias := field.alias or name) in bad}
    return Settings(**defaults), said
