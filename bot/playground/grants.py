"""The tokens that a workspace has given the app: what each allows, and with which word a dead one is refused."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

from bot.playground.installation import Installation
from bot.playground.values import Json

EXPIRES_IN = 43_200
"""Seconds (machine time) that a token lives where tokens rotate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """One bot token. `refusal` is Slack's word for a token that is no good any more; `expires` is Unix seconds of machine time."""

    token: str
    scopes: tuple[str, ...]
    installer: str | None = None
    refresh: str | None = None
    expires: float | None = None
    refusal: str | None = None


class Grants:
    """All tokens of one workspace, the dead ones too. `kept` and `keep` are where the world remembers them, by token."""

    def __init__(self, installation: Installation, kept: Callable[[], Mapping[str, Json]], keep: Callable[[str, Json], None]) -> None:
        self._kept = kept
        self._keep = keep
        self._first = Grant(token=installation.token, scopes=installation.scopes) if installation.installed else None

    def find(self, token: str) -> Grant | None:
        """The grant of this token, good or dead."""
        known = self._kept().get(token)
        if known is not None:
            return _in_time(Grant(**{**known, "scopes": tuple(known["scopes"])}))
        return self._first if self._first and self._first.token == token else None

    def refreshed_by(self, refresh: str) -> Grant | None:
        """The grant that this refresh token would renew."""
        return next((grant for grant in self.all() if grant.refresh == refresh and grant.refusal in (None, "token_expired")), None)

    def all(self) -> list[Grant]:
        """Every grant, oldest first."""
        first = [self._first.token] if self._first and self._first.token not in self._kept() else []
        return [grant for token in [*first, *self._kept()] if (grant := self.find(token))]

    @property
    def current(self) -> Grant | None:
        """The newest grant that is good; none when the app is not installed."""
        return next((grant for grant in reversed(self.all()) if grant.refusal is None), None)

    def give(self, scopes: tuple[str, ...], installer: str | None, *, rotates: bool) -> Grant:
        """A new token. Where tokens do not rotate, Slack gives the token it gave before, with the scopes of both."""
        before = self.current
        if before is not None and not rotates and before.refresh is None:
            grant = replace(before, scopes=tuple(sorted({*before.scopes, *scopes})), installer=installer or before.installer)
        else:
            grant = Grant(token=_bot_token(rotates), scopes=scopes, installer=installer, **_rotation(rotates))
        return self._put(grant)

    def renew(self, grant: Grant) -> Grant:
        """The next token in place of this one, which is dead from now on."""
        self._put(replace(grant, refusal="token_expired", refresh=None))
        return self._put(Grant(token=_bot_token(True), scopes=grant.scopes, installer=grant.installer, **_rotation(True)))

    def refuse(self, refusal: str, *tokens: str) -> list[Grant]:
        """Let these tokens, or every good one, be refused with this word. Returns those that were good until now."""
        ended = [grant for grant in self.all() if grant.refusal is None and (not tokens or grant.token in tokens)]
        return [self._put(replace(grant, refusal=refusal)) for grant in ended]

    def expire(self) -> None:
        """Twelve hours are over: the good tokens answer `token_expired`, and can be refreshed."""
        self.refuse("token_expired")

    def narrow(self, *scopes: str) -> None:
        """The app was installed with these scopes only."""
        for grant in self.all():
            if grant.refusal is None:
                self._put(replace(grant, scopes=scopes))

    def _put(self, grant: Grant) -> Grant:
        self._keep(grant.token, asdict(grant))
        return grant


def _in_time(grant: Grant) -> Grant:
    over = grant.refusal is None and grant.expires is not None and grant.expires < time.time()
    return replace(grant, refusal="token_expired") if over else grant


def _bot_token(rotates: bool) -> str:
    return f"{'xoxe.xoxb-1-' if rotates else 'xoxb-'}{secrets.token_hex(12)}"


def _rotation(rotates: bool) -> Json:
    return {"refresh": f"xoxe-1-{secrets.token_hex(12)}", "expires": time.time() + EXPIRES_IN} if rotates else {}
