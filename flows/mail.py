"""What the mail provider tells us, and addresses that are not written to."""

from __future__ import annotations

from flows.events import AddressLifted, AddressShut, MailReported
from flows.people import Shut
from flows.work import Work

FOR_GOOD = ("bounced", "dropped", "complained")
"""Fates after which an address is not written to any more."""


def reported(work: Work, event: MailReported) -> Work:
    """What became of a mail. A refusal for good, or a complaint, shuts the address it went to; what is left waits for the next channel."""
    rule = f"mail.{event.message}" if event.message else "mail"
    work = work.because(rule, event.what, event.why or event.name)
    if event.what in FOR_GOOD:
        return shut(work, Shut(address=event.address, reason=event.what, at=event.at, by="sendgrid", why=event.why))  # type: ignore[arg-type]
    return work


def addressed(work: Work, event: AddressShut | AddressLifted) -> Work:
    """A colleague, or a list, says that an address is not written to, or that it is again."""
    if isinstance(event, AddressShut):
        return shut(work, Shut(address=event.address, reason=event.reason, at=event.at, by=event.by, why=event.why))
    return lifted(work, event)


def shut(work: Work, new: Shut) -> Work:
    """No message goes to that address any more."""
    kept = {**work.person.shut, "email": new}
    return work.with_person(shut=kept).because("address.email", "shut", f"{new.reason}: {new.why}" if new.why else new.reason)


def lifted(work: Work, event: AddressLifted) -> Work:
    """It may be written to again, unless they complained: only they can take that back."""
    before = work.person.shut.get(event.channel)
    if before is None:
        return work.because(f"address.{event.channel}", "refused", "it is not shut")
    if before.reason == "complained":
        return work.because(f"address.{event.channel}", "refused", "they reported us as spam; only they can take that back")
    kept = {channel: one for channel, one in work.person.shut.items() if channel != event.channel}
    return work.with_person(shut=kept).because(f"address.{event.channel}", "lifted", f"by {event.by}" if event.by else "")
