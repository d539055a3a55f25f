"""What lives in the playground's world, as plain values that fit into JSON."""

from __future__ import annotations

import mimetypes
from base64 import b64decode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """Someone in the Slack workspace. `role` says at which side of the page they sit, `image` is an address.

    `guest`: of several channels or of one. `team`: the workspace they are at home in, when it is another one (Slack Connect);
    a `stranger` is such a one who shares no channel with the app.
    """

    id: str
    name: str
    email: str | None = None
    tz: str = "UTC"
    locale: str = "en-US"
    role: Literal["customer", "csm", "bot"] = "customer"
    image: str | None = None
    title: str = ""
    guest: Literal["several", "single"] | None = None
    team: str | None = None
    stranger: bool = False
    deleted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """A channel or a direct conversation with the app. `id` starts with C or D. `shared`: with another workspace (Slack Connect)."""

    id: str
    name: str
    members: tuple[str, ...]
    private: bool = False
    shared: bool = False

    @property
    def is_im(self) -> bool:
        """Whether this is a person's conversation with the app."""
        return self.id.startswith("D")


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A message in a conversation. `for_user` is set when only that person sees it (ephemeral); `files` holds the ids of files."""

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    edited: bool = False
    for_user: str | None = None
    username: str | None = None
    icon: str | None = None
    files: list[str] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        """When it was posted, in world time."""
        seconds, micros = self.ts.split(".")
        return datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(micros))

    @property
    def in_thread(self) -> bool:
        """Whether it is an answer in a thread, rather than a message of its own."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """A file that somebody shared, or is about to: then `shared` is false.

    `content` is base64, `created` is Unix seconds of world time.
    """

    id: str
    name: str
    user: str
    content: str = ""
    title: str = ""
    created: int = 0
    shared: bool = False

    @property
    def data(self) -> bytes:
        """What is in it."""
        return b64decode(self.content)

    @property
    def kind(self) -> str:
        """Its media type, guessed from its name as Slack does."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """A mail in somebody's inbox, as SendGrid was asked to send it, or one that they wrote. `at` is world time, ISO 8601.

    `files` are what is attached: `{"name", "content"}`, the content in base64.
    """

    id: str
    message_id: str
    at: str
    to: str
    sender: str
    sender_email: str
    subject: str
    text: str
    html: str
    reply_to: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    custom_args: dict[str, str] = field(default_factory=dict)
    categories: list[str] = field(default_factory=list)
    files: list[dict[str, str]] = field(default_factory=list)
    read: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A call that reached the playground's Slack or SendGrid, whatever came of it. `at` is world time."""

    method: str
    payload: Json
    at: datetime
    fault: str | None = None
