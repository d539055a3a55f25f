"""What others tell of an account: the latest word counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flows.people import Account


def newer(said: Mapping[str, Any], known_at: Mapping[str, datetime], at: datetime) -> dict[str, Any]:
    """What of this is not older than what is known. None says nothing."""
    return {k: v for k, v in said.items() if v is not None and (k not in known_at or at >= known_at[k])}


def told(account: Account, said: Mapping[str, Any], at: datetime) -> Account:
    """The account with the traits that somebody told of at that moment, as far as nothing newer is known."""
    fresh = newer(said, account.traits_at, at)
    if not fresh:
        return account
    account = replace(account, traits={**account.traits, **fresh}, traits_at={**account.traits_at, **dict.fromkeys(fresh, at)})
    known = {"name": "name", "timezone": "zone", "zone": "zone", "owner": "owner"}
    fields: dict[str, Any] = {known[k]: v.strip() for k, v in fresh.items() if k in known and isinstance(v, str)}
    return replace(account, **fields)
