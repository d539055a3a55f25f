"""The state of one workspace of the playground: its people, what they say, the app in it, and everybody's inbox."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bot.playground.faults import Faults
from bot.playground.grants import Grants
from bot.playground.installation import Installation, dm_id
from bot.playground.journal import Journal
from bot.playground.mail_account import MailAccount
from bot.playground.mail_reports import MailReports
from bot.playground.sockets import Sockets
from bot.playground.tickets import Tickets
from bot.playground.values import Call, Channel, File, Json, Mail, Message, User

CALLS_REMEMBERED = 10_000


def machine_time() -> datetime:
    """The machine's clock, for a world without one of its own."""
    return datetime.now(UTC)


class World:
    """Everything Slack and SendGrid would keep. Safe to use from several threads; with a `path` it survives a kill.

    `now` is world time: it dates messages and mails. `url` is where this world answers; `account` is the app's at SendGrid, and
    `reports` is what SendGrid has still to tell.
    """

    def __init__(
        self,
        users: Iterable[User],
        channels: Iterable[Channel],
        *,
        installation: Installation | None = None,
        now: Callable[[], datetime] = machine_time,
        path: Path | None = None,
    ) -> None:
        self.installation = installation or Installation()
        self.now = now
        self.url = "http://127.0.0.1"
        self.users = {user.id: user for user in users}
        self.channels = {channel.id: channel for channel in channels} | self._direct_conversations()
        self.calls: deque[Call] = deque(maxlen=CALLS_REMEMBERED)
        self.faults = Faults()
        self.account = MailAccount()
        self.reports = MailReports()
        self.tickets = Tickets()
        self.sockets = Sockets()
        self.version = 0
        self._lock = threading.RLock()
        self._listeners: list[Callable[[], None]] = []
        self._journal = Journal(path)
        self._messages: dict[str, Message] = {}
        self._mails: dict[str, Mail] = {}
        self._notes: dict[str, dict[str, Any]] = {}
        self.grants = Grants(self.installation, lambda: self._notes.get("grant", {}), partial(self._keep, "grant"))
        for table, key, value in self._journal.read():
            self._set(table, key, _revived(table, value))
        self._last_ts = max((_micros(message.ts) for message in self._messages.values()), default=0)

    # The app

    @property
    def installed(self) -> bool:
        """Whether the app is installed: whether it has a token that is good."""
        return self.grants.current is not None

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the app may do here; nothing when it is not installed."""
        grant = self.grants.current
        return grant.scopes if grant else ()

    # Who and where

    def join(self, channel: Channel, user: str) -> Channel:
        """Somebody more is in this channel, this time: members are not kept over a kill."""
        joined = replace(channel, members=tuple(dict.fromkeys((*channel.members, user))))
        self.channels[channel.id] = joined
        self.touch()
        return joined

    def user_by_email(self, email: str) -> User | None:
        """The person with this address."""
        return next((user for user in self.users.values() if user.email and user.email.lower() == email.lower()), None)

    def find_channel(self, ref: str) -> Channel | None:
        """The conversation with this id, `#name`, name, or the direct one with this user id."""
        by_id = self.channels.get(ref) or self.channels.get(dm_id(ref))
        return by_id or next((channel for channel in self.channels.values() if channel.name == ref.removeprefix("#")), None)

    # Messages

    def post(self, draft: Message) -> Message:
        """Put a message into its conversation; its `ts` is given here, unique and growing."""
        with self._lock:
            message = replace(draft, ts=self.stamp())
            self._keep("message", _message_key(message.channel, message.ts), message)
            return message

    def stamp(self) -> str:
        """A timestamp as Slack writes it: this moment of world time, later than every one before."""
        with self._lock:
            self._last_ts = max(self._last_ts + 1, int(self.now().timestamp() * 1_000_000))
            return _as_ts(self._last_ts)

    def message(self, channel: str, ts: str) -> Message | None:
        """The message at this place, ephemeral ones included."""
        return self._messages.get(_message_key(channel, ts))

    def change(self, message: Message) -> None:
        """Replace a message by its newer self."""
        self._keep("message", _message_key(message.channel, message.ts), message)

    def delete(self, message: Message) -> None:
        """Take a message out of its conversation."""
        self._keep("message", _message_key(message.channel, message.ts), None)

    def history(self, channel: str) -> list[Message]:
        """All messages of a conversation, threads and ephemeral ones included, oldest first."""
        with self._lock:
            return [message for message in self._messages.values() if message.channel == channel]

    def dm(self, user: str) -> list[Message]:
        """What this person and the app said to each other, oldest first."""
        return self.history(dm_id(user))

    def channel(self, ref: str) -> list[Message]:
        """All messages of a channel named by id or `#name`, threads included, oldest first."""
        found = self.find_channel(ref)
        if found is None:
            raise LookupError(f"There is no channel {ref}.")
        return self.history(found.id)

    # Files

    def file(self, file_id: str) -> File | None:
        """The file with this id."""
        known = self._notes.get("file", {}).get(file_id)
        return File(**known) if known else None

    def keep_file(self, file: File) -> File:
        """Keep a file, or its newer self."""
        self._keep("file", file.id, asdict(file))
        return file

    # Views

    def home(self, user: str) -> Json | None:
        """The Home tab as the app last published it for this person."""
        return self._view("home", user)

    def publish_home(self, user: str, view: Json) -> None:
        """Show this Home tab to this person from now on."""
        self._keep("home", user, view)

    def modal(self, user: str) -> Json | None:
        """The dialog open in front of this person."""
        return self._view("modal", user)

    def show_modal(self, user: str, view: Json | None) -> None:
        """Open or replace this person's dialog; `None` closes it."""
        self._keep("modal", user, view)

    def find_view(self, view_id: str) -> tuple[str, Json] | None:
        """Whose view this is, and the view: a Home or a dialog, by its id."""
        with self._lock:
            seen = [*self._notes.get("home", {}).items(), *self._notes.get("modal", {}).items()]
        return next(((user, view) for user, view in seen if view["id"] == view_id), None)

    def assistant(self, channel: str) -> Json:
        """What the app suggests and says it is doing in a direct conversation: `{"prompts", "status"}`."""
        return self._view("assistant", channel) or {"prompts": [], "status": ""}

    def show_assistant(self, channel: str, seen: Json) -> None:
        """Replace what the app suggests and says it is doing."""
        self._keep("assistant", channel, seen)

    # Mail

    def receive(self, mail: Mail) -> None:
        """Put a mail into the inbox of whom it is for."""
        self._keep("mail", mail.id, mail)

    def inbox(self, email: str) -> list[Mail]:
        """The mails to this address, oldest first."""
        with self._lock:
            return [mail for mail in self._mails.values() if mail.to.lower() == email.lower()]

    def sent_by(self, email: str) -> list[Mail]:
        """The mails that somebody with this address wrote, oldest first."""
        with self._lock:
            return [mail for mail in self._mails.values() if mail.sender_email.lower() == email.lower()]

    def shut_address(self, email: str, why: str | None) -> None:
        """SendGrid delivers nothing more to this address; `None`: it does again. `why` is the event that shut it."""
        self._keep("shut", email.lower(), why)

    def shut(self, email: str) -> str | None:
        """The event by which SendGrid shut this address; none while it delivers."""
        return self._notes.get("shut", {}).get(email.lower())

    def mail(self, mail_id: str) -> Mail | None:
        """One mail by its id."""
        return self._mails.get(mail_id)

    def mark_read(self, mail: Mail) -> None:
        """Its reader has opened it."""
        if not mail.read:
            self._keep("mail", mail.id, replace(mail, read=True))

    # The product

    def count_event(self, user: str, event: str) -> None:
        """Remember that this person did something in the product once more."""
        with self._lock:
            self._keep("product", f"{user}/{event}", self.counted(user, event) + 1)

    def counted(self, user: str, event: str) -> int:
        """How often this person did that in the product."""
        return int(self._notes.get("product", {}).get(f"{user}/{event}", 0))

    # Change

    def touch(self) -> None:
        """Tell every listener that something changed, here or at the host."""
        with self._lock:
            self.version += 1
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every change, from any thread; returns how to stop."""
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def clear(self) -> None:
        """Back to an empty workspace and empty inboxes; users and channels stay."""
        with self._lock:
            self._journal.clear()
            self._messages.clear()
            self._mails.clear()
            self._notes.clear()
            self._last_ts = 0
            self.calls.clear()
            self.faults.clear()
            self.reports.clear()
        self.touch()

    def close(self) -> None:
        """Let go of the file that keeps this world."""
        self._journal.close()

    def _direct_conversations(self) -> dict[str, Channel]:
        people = [user for user in self.users.values() if user.role != "bot"]
        dms = [Channel(id=dm_id(user.id), name=user.id, members=(user.id, self.installation.bot_user)) for user in people]
        return {dm.id: dm for dm in dms}

    def _keep(self, table: str, key: str, value: Any) -> None:
        with self._lock:
            self._journal.write((table, key, asdict(value) if isinstance(value, Message | Mail) else value))
            self._set(table, key, value)
        self.touch()

    def _set(self, table: str, key: str, value: Any) -> None:
        kept = self._table(table)
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = value

    def _table(self, name: str) -> dict[str, Any]:
        match name:
            case "message":
                return self._messages
            case "mail":
                return self._mails
            case _:
                return self._notes.setdefault(name, {})

    def _view(self, table: str, user: str) -> Json | None:
        return self._notes.get(table, {}).get(user)


def _message_key(channel: str, ts: str) -> str:
    return f"{channel}/{ts}"


def _as_ts(micros: int) -> str:
    return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"


def _micros(ts: str) -> int:
    return int(ts.replace(".", ""))


def _revived(table: str, value: Any) -> Any:
    if table == "message":
        return Message(**value)
    return Mail(**value) if table == "mail" else value
