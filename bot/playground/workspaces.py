"""The workspaces behind one address of Slack, and the app that is installed in some of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.playground.arguments import SlackError
from bot.playground.grants import Grant
from bot.playground.installation import Registration
from bot.playground.sockets import Sockets
from bot.playground.values import Json
from bot.playground.world import World

Tell = Callable[[World, str, Json], None]
"""Deliver an event to the app, by the name of its subscription; returns at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """What somebody allowed: exchanged once for a token."""

    team: str
    user: str
    scopes: tuple[str, ...]
    redirect_uri: str | None


class Workspaces:
    """All workspaces of the playground, by team. The page shows the first; SendGrid and the clock are the first one's too."""

    def __init__(self, first: World, *others: World, registration: Registration | None = None) -> None:
        self.first = first
        self.registration = registration or Registration(app=first.installation.app)
        self.sockets = Sockets()
        self.tell: Tell = lambda world, subscription, event: None  # noqa: ARG005
        self._worlds: dict[str, World] = {}
        self._codes: dict[str, Code] = {}
        for world in (first, *others):
            self.add(world)

    def add(self, world: World) -> World:
        """One workspace more; it answers at the address of the others."""
        if world.installation.team in self._worlds:
            raise ValueError(f"There is a workspace {world.installation.team} already.")
        world.url = self.first.url
        world.sockets = self.sockets
        self._worlds[world.installation.team] = world
        return world

    def __iter__(self) -> Iterator[World]:
        return iter(list(self._worlds.values()))

    def __getitem__(self, team: str) -> World:
        return self._worlds[team]

    def get(self, team: str) -> World | None:
        """The workspace of this id, if there is one."""
        return self._worlds.get(team)

    def __contains__(self, team: object) -> bool:
        return team in self._worlds

    def open_at(self, url: str) -> None:
        """From now on all of them answer at this address."""
        for world in self:
            world.url = url

    def of_token(self, token: str) -> tuple[World, Grant] | None:
        """Whose token this is, and what it grants, good or dead."""
        return next(((world, grant) for world in self if (grant := world.grants.find(token))), None)

    def of_refresh(self, refresh: str) -> tuple[World, Grant] | None:
        """Whose refresh token this is, and the grant that it renews."""
        return next(((world, grant) for world in self if (grant := world.grants.refreshed_by(refresh))), None)

    def of_ticket(self, ticket: str) -> World:
        """Where this response URL was handed out; the first workspace when nowhere."""
        return next((world for world in self if world.tickets.knows(ticket)), self.first)

    def of_file(self, file_id: str) -> World | None:
        """Where this file is."""
        return next((world for world in self if world.file(file_id)), None)

    # Codes

    def allow(self, code: Code) -> str:
        """Somebody allowed the app: the code by which it gets its token."""
        words = secrets.token_hex(16)
        self._codes[words] = code
        return words

    def exchange(self, words: str, redirect_uri: str | None) -> Code:
        """What this code stands for; used up by it. Raises SlackError for codes nobody has, and for another address than it was sent to."""
        code = self._codes.pop(words, None)
        if code is None:
            raise SlackError("invalid_code")
        if redirect_uri is not None and code.redirect_uri is not None and redirect_uri != code.redirect_uri:
            raise SlackError("bad_redirect_uri")
        return code
