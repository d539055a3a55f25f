"""What a channel is: one small class that sends a rendered message and says what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.render import Rendered
from flows.checklist import Checklist
from flows.decision import Draw, To
from flows.people import Case, Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """The provider took it. `provider_id` is its own id of it; `payload` is what a later redraw needs."""

    provider_id: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


class SendError(Exception):
    """It was not sent, or nobody knows.

    `permanent`: the provider refused it for good. `unknown`: the request left and no answer came.
    Neither: it was certainly not taken, and may be tried again after `retry_after` seconds.
    """

    def __init__(self, why: str, *, permanent: bool = False, unknown: bool = False, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.permanent = permanent
        self.unknown = unknown
        self.retry_after = retry_after


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A message ready to go: what was rendered, to whom, and what views are drawn from.

    `id` is the outbox row's, sent along so that the provider can be asked about it later.
    """

    id: int
    key: str
    to: To
    message: str
    rendered: Rendered
    subject: Subject
    checklist: Checklist | None
    case: Case | None
    page_url: str
    unsubscribe_url: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """A view to draw again: the person as they are now, and what the surface needs beside."""

    draw: Draw
    subject: Subject | None
    checklist: Checklist | None
    case: Case | None
    rendered: Rendered | None
    page_url: str
    sent: Mapping[str, Any] | None


class Channel(Protocol):
    """A way to reach people."""

    name: str
    surfaces: frozenset[str]
    """What must be rendered for it: html, text, slack."""

    def reaches(self, letter_to: To, subject: Subject) -> bool:
        """Whether it has an address for them."""
        ...

    def send(self, letter: Letter) -> Receipt:
        """Hand it to the provider, once. Raises SendError."""
        ...

    def draw(self, drawing: Drawing) -> None:
        """Bring a view up to date. Raises SendError; a channel without views does nothing."""
        ...

    def find(self, letter_id: int, address: str) -> str | None:
        """The provider's id of a message whose fate is unknown, None when there is no evidence of it."""
        ...
