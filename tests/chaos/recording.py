"""The playground's Slack and SendGrid, counting how often each message of ours was accepted, by the number we gave it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from bot.playground.seed import MAYA
from bot.playground.values import Channel, Mail, Message, User
from bot.playground.world import World

BOT = User(id="U_HANDRAIL", name="Handrail", role="bot")
SECRET, KEY = "a-signing-secret", "the-write-key"


class Recording(World):
    """`arrived`: accepted calls by the number of the outbox row they carried. `people`: how many there are; every other one is in Slack."""

    def __init__(self, people: int) -> None:
        team = (MAYA.id, BOT.id)
        users = [User(id=f"U_{n}", name=f"Person {n}", email=f"u{n}@acme.test") for n in range(0, people, 2)]
        super().__init__((MAYA, BOT, *users), [Channel(id=f"C_{name}", name=name, members=team) for name in ("csm-smb", "cs-ops")])
        self.arrived: Counter[int] = Counter()

    def receive(self, mail: Mail) -> None:
        """A mail was accepted."""
        if "handrail_id" in mail.custom_args:
            self.arrived[int(mail.custom_args["handrail_id"])] += 1
        super().receive(mail)

    def post(self, draft: Message) -> Message:
        """A message was accepted."""
        if draft.metadata:
            self.arrived[int(draft.metadata["event_payload"]["id"])] += 1
        return super().post(draft)


@dataclass
class Desk:
    """What the playground asks of its host; here it only needs its addresses."""

    app_url: str
    signing_secret: str = SECRET
    write_key: str = KEY
    product_events: tuple[Any, ...] = ()
    csm_channels: tuple[str, ...] = ()
