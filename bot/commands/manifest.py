"""`handrail manifest`: what to paste when the app is created in Slack."""

from __future__ import annotations

import json
import sys
from urllib.parse import urlsplit

import yaml

from bot.commands.mistakes import UserError
from bot.slack.manifest import manifest

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def show(url: str, *, name: str, socket_mode: bool, single: bool, as_json: bool) -> None:
    """Print it. Raises UserError for an address or a name that Slack would not take."""
    base = _address(url)
    if base.startswith("http://") and not socket_mode:
        print("Slack can't reach an address of this machine: add --socket, or give the https address of a tunnel to it.", file=sys.stderr)
    try:
        made = manifest(base, name=name, socket_mode=socket_mode, many_workspaces=not single)
    except ValueError as error:
        raise UserError(f"Slack would not take this: {error}.") from None
    if as_json:
        print(json.dumps(made, indent=2, ensure_ascii=False))
    else:
        print("# Paste this at https://api.slack.com/apps: Create New App, From a manifest. What to do next is in docs/slack.md.")
        print(yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=120), end="")


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        parts.port  # noqa: B018  # raises for a port that is none
    except ValueError:
        raise UserError(f"{url} is no address; write it like https://onboarding.example.com.") from None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or parts.username:
        raise UserError(f"{url} is no address we can use; write it like https://onboarding.example.com.")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise UserError(
            f"Slack talks to https addresses only. Try https://{parts.netloc}{parts.path}, with a certificate in front of Handrail."
        )
    return url.rstrip("/")
