"""Checks of what is at home: settings, keys, the database and the project's files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from cryptography.fernet import Fernet

from bot.doctor.asking import TIMEOUT
from bot.doctor.finding import Finding
from bot.doctor.site import Site, plain
from bot.links import SHORTEST_KEY
from bot.settings import SettingsError, SlackMode, require_running
from bot.shelf import Books, read_books
from storage.database import Database, StorageError, address, connect
from storage.migrate import refusal

_NEW_KEY = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'
_NEW_TOKEN_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'


_WAYS: dict[SlackMode | None, str] = {
    "many": "Slack in many workspaces",
    "http": "Slack in one workspace",
    "socket": "Slack by Socket Mode",
}


def would_start(site: Site) -> Iterator[Finding]:
    """Whether Handrail would start with these settings, and what with."""
    try:
        require_running(site.settings)
    except SettingsError as error:
        yield Finding(
            "settings", "wrong", f"Handrail would not start. {error}", "the lines below and docs/slack.md tell where each comes from"
        )
        return
    ways = filter(None, (_WAYS.get(site.settings.slack_mode), "e-mail" if site.settings.email_on else ""))
    yield Finding("settings", "ok", f"read; {' and '.join(ways)} set up")


def keys(site: Site) -> Iterator[Finding]:
    """The keys that are ours to choose: there, and long enough to be no guess."""
    yield _key("secret key", "HANDRAIL_SECRET_KEY", plain(site.settings.secret_key))
    yield _key("write key", "HANDRAIL_WRITE_KEY", plain(site.settings.write_key))
    if site.settings.fernet_keys:
        yield _token_keys(site.settings.fernet_keys)
    elif site.many_workspaces:
        seen = "not set: the secret key encrypts Slack's tokens, so a new one means to install the app everywhere again"
        yield Finding("token keys", "off", seen, f"better set HANDRAIL_TOKEN_KEYS: {_NEW_TOKEN_KEY}")


def _key(check: str, name: str, key: str) -> Finding:
    if not key:
        return Finding(check, "wrong", "not set", f"set {name}: {_NEW_KEY}")
    if len(key) < SHORTEST_KEY:
        return Finding(check, "wrong", f"{len(key)} characters, too short", f"give {name} {SHORTEST_KEY} or more: {_NEW_KEY}")
    return Finding(check, "ok", f"{len(key)} characters")


def _token_keys(given: Sequence[str]) -> Finding:
    bad = [str(place) for place, key in enumerate(given, 1) if not _is_fernet(key)]
    if bad:
        return Finding(
            "token keys", "wrong", f"in HANDRAIL_TOKEN_KEYS, key {', '.join(bad)} is no Fernet key", f"make one that is: {_NEW_TOKEN_KEY}"
        )
    return Finding("token keys", "ok", f"{len(given)}; the first encrypts, all read")


def _is_fernet(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def database(site: Site) -> Iterator[Finding]:
    """Whether it can be reached and has this release's shape. Makes none."""
    url = site.settings.database_url
    try:
        where = address(url)
        file = where.database if where.get_backend_name() == "sqlite" else None
        if file and not Path(file).exists():
            todo = "the first start makes it; if there should be one, mend DATABASE_URL"
            yield Finding("database", "off", f"there is no file {file} yet", todo)
            return
        with closing(connect(_with_patience(url))) as found:
            wrong = refusal(found)
    except StorageError as error:
        yield Finding("database", "wrong", str(error).replace(url, "…").strip(), "mend DATABASE_URL, or start the database")
        return
    name = file or f"PostgreSQL, {where.database} on {where.host or 'this machine'}"
    if not wrong:
        yield Finding("database", "ok", f"{name}, up to date")
        yield Finding("kept", "ok", f"events of people whose journey is over, and reasons, for {site.settings.keep_days} days")
    else:
        is_what, _, todo = wrong.removeprefix("The database ").partition("; ")
        yield Finding("database", "wrong", f"{name} {is_what}", todo)


def existing_database(site: Site) -> Database:
    """The database, for reading. Raises StorageError when there is none, or none of this release."""
    where = address(site.settings.database_url)
    if where.get_backend_name() == "sqlite" and not Path(where.database or "").exists():
        raise StorageError("there is no database yet")
    found = connect(_with_patience(site.settings.database_url))
    try:
        if wrong := refusal(found):
            raise StorageError(wrong)
    except StorageError:
        found.close()
        raise
    return found


def _with_patience(url: str) -> str:
    if not url.startswith("postgres") or "connect_timeout=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}connect_timeout={TIMEOUT}"


def project(site: Site) -> Iterator[Finding]:
    """Whether the playbooks, messages and articles load, as `handrail check` looks."""
    folder = site.settings.project_dir
    if folder and not folder.is_dir():
        yield Finding("project", "wrong", f"there is no folder {folder}", "mend HANDRAIL_PROJECT")
        return
    books, problems = read_books(folder)
    if problems:
        first = min(problems)
        seen = f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'}, the first: {first.file}:{first.line}: {first.message}"
        yield Finding("project", "wrong", seen, "handrail check names all")
    else:
        yield Finding("project", "ok", f"{folder or 'the shipped files'}: {', '.join(books.playbooks.by_name)}")


def team_channels(books: Books) -> list[str]:
    """The Slack channels that playbooks in use name, each once."""
    named: list[str] = []
    for playbook in books.playbooks.taking():
        named += [playbook.team.channel, playbook.owner]
        named += [
            name for name in (playbook.team.escalate_to, *(e.escalate_to for e in playbook.escalations)) if name.startswith(("#", "C"))
        ]
    return list(dict.fromkeys(filter(None, named)))
