"""What a channel is: one small class that sends a rendered message and says what became of it."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.drawing import Sight
from bot.mailbox import Envelope
from bot.render import Rendered, Surface
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

    `permanent`: the provider refused it for good. `unknown`: the request left and no answer came. `shut`: this way is closed for now,
    whatever is said (the token is no good): a person is reached by another channel, the team's rows wait until it opens again.
    None of these: it was certainly not taken, and may be tried again after `retry_after` seconds. `busy`: the provider has had enough
    (429), so nobody calls it there for so long.
    """

    def __init__(
        self,
        why: str,
        *,
        permanent: bool = False,
        unknown: bool = False,
        shut: bool = False,
        busy: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(why)
        self.permanent = permanent
        self.unknown = unknown
        self.shut = shut
        self.busy = busy
        self.retry_after = retry_after


def never_left(trouble: object) -> bool:
    """Whether a network error means that no request can have reached the provider: no name, no route, nobody listening."""
    refused = isinstance(trouble, ConnectionRefusedError | socket.gaierror)
    return refused or getattr(trouble, "errno", None) in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """Something that goes with a mail: `mimetype` with its parameters, such as text/calendar; method=PUBLISH."""

    name: str
    mimetype: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A message ready to go: what was rendered, to whom, and what views are drawn from.

    `id` is the outbox row's, sent along so that the provider can be asked about it later. `envelope` and `attachments` are for mail.
    `beneath` is the message of ours in whose thread it belongs ("CHANNEL/ts"), '' for none.
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
    sight: Sight | None
    envelope: Envelope | None = None
    attachments: tuple[Attachment, ...] = ()
    beneath: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A message of ours in which something may still change: its provider's id ("CHANNEL/ts") and the payload that stands there."""

    id: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """A view to draw again: the person as they are now, and what stands there (`sent_id` is "CHANNEL/ts", `sent` its payload).

    `older`: messages before it that may have to change too, the newest first.
    """

    draw: Draw
    sight: Sight | None
    rendered: Rendered | None
    case: Case | None
    page_url: str
    sent_id: str
    sent: Mapping[str, Any] | None
    older: tuple[Standing, ...] = ()


class Channel(Protocol):
    """A way to reach people."""

    @property
    def name(self) -> str:
        """As in `reach`."""
        ...

    @property
    def surfaces(self) -> frozenset[Surface]:
        """What must be rendered for it."""
        ...

    def reaches(self, letter_to: To, subject: Subject) -> bool:
        """Whether it has an address for them."""
        ...

    def send(self, letter: Letter) -> Receipt:
        """Hand it to the provider, once. Raises SendError."""
        ...

    def draw(self, drawing: Drawing) -> Mapping[str, Mapping[str, Any]] | None:
        """Bring a view up to date. Gives the payloads that stand there now, by the messages' ids; an empty one changes no more.

        Raises SendError; a channel without views does nothing.
        """
        ...

    def find(self, letter_id: int, letter_to: To, subject: Subject) -> str | None:
        """The provider's id of a message whose fate is unknown, None when there is no evidence of it. Raises SendError."""
        ...
