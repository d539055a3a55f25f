"""A letter to Ana, as the composer would hand it to a carrier of mail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.channels import Letter
from bot.mailbox import Envelope, Mailbox
from bot.rendered import Rendered
from flows.decision import To
from flows.people import Person, Subject

MAILBOX = Mailbox(domain="tally.test", reply_domain="reply.tally.test", secret_key="a secret of at least sixteen")
UNSUBSCRIBE = (
    "https://hello.tally.test/u/MC5hbmE.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZy1lbm91Z2gtdG8tYmUtY3V0LWluLXR3by1ieS1hLWNhcmVsZXNzLXdyaXRlcg"
)

OF_THE_LETTER = ("message", "attachments", "facts", "unsubscribe_url")


def a_letter(id: int = 7, *, name: str = "Ana Ruiz", email: str = "ana@acme.test", **changes: Any) -> Letter:
    """Day three, as a mail to Ana. `changes` are fields of the letter, of what was rendered, or (thread_…) of its envelope."""
    rendered = Rendered(
        message="day3",
        locale="",
        audience="customer",
        subject="Next: Connect your first data source",
        preheader="Five minutes.",
        html="<!doctype html><p>Hi Ana</p>",
        text="Hi Ana",
        body="Hi Ana",
        slack_parts=(),
        slack_text="",
        button=None,
        choices=(),
        step="connect",
        case="",
    )
    envelope = Envelope(
        from_name="Tally",
        message_id=MAILBOX.message_id(id),
        references=(MAILBOX.thread_id("journey", "ana/1"),),
        reply_to=MAILBOX.reply_address(id),
    )
    letter = Letter(
        id=id,
        key=f"ana/1:day3:{id}",
        to=To("person", "ana", ("email",)),
        message="day3",
        rendered=_changed(rendered, {key: value for key, value in changes.items() if key not in OF_THE_LETTER}),
        subject=Subject(person=Person(id="ana", name=name, email=email)),
        checklist=None,
        case=None,
        page_url="https://hello.tally.test/p/token",
        unsubscribe_url=UNSUBSCRIBE,
        facts={},
        sight=None,
        envelope=_changed(envelope, {key.removeprefix("thread_"): value for key, value in changes.items() if key.startswith("thread_")}),
    )
    return _changed(letter, {key: value for key, value in changes.items() if key in OF_THE_LETTER})


def _changed(value: Any, changes: dict[str, Any]) -> Any:
    return replace(value, **{key: change for key, change in changes.items() if key in value.__slots__})
