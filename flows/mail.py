"""What the mail provider tells us, and addresses that are not written to."""

from __future__ import annotations

from flows.addresses import same_address
from flows.events import AddressLifted, AddressShut, AnyEvent, MailReported, OptedIn, OptedOut
from flows.people import Person, Shut
from flows.work import Work

PROVIDER = "sendgrid"
"""The source of what the mail provider tells. It is nobody's word to us: it is not answered, and no channel is preferred for it."""

STRENGTH = ("complained", "bounced", "dropped", "imported", "by_hand")
"""Reasons for which an address is shut, the strongest first: a weaker one never takes the place of a stronger."""
_ONLY_THEIRS = "they reported us as spam; only they can take that back"
_WORDS = {
    "bounced": "the mail came back",
    "dropped": "the provider does not deliver there",
    "complained": "they reported a mail of ours as spam",
    "imported": "it stands on a list that was imported",
    "by_hand": "a colleague said so",
}
"""Why an address is shut, where nobody said more."""
_NO_NEWS = ("delivered", "opened", "clicked", "other")
"""Fates from which nothing follows: that they were reported is all there is to know."""


def reported(work: Work, event: MailReported) -> Work:
    """What became of a mail. A refusal for good, or a complaint, shuts the address it went to; what is left waits for the next channel."""
    if event.what in _NO_NEWS:
        return work
    rule = f"mail.{event.message}" if event.message else "mail"
    work = work.because(rule, event.what, event.why or event.name)
    return shut(work, event)


def addressed(work: Work, event: AddressShut | AddressLifted) -> Work:
    """A colleague, or a list, says that an address is not written to, or that it is again."""
    return shut(work, event) if isinstance(event, AddressShut) else lifted(work, event)


def shut(work: Work, event: MailReported | AddressShut) -> Work:
    """No message goes to that address any more. One that is not theirs any more shuts nothing of theirs."""
    found = shutting(event)
    if found is None:
        return work
    channel, new = found
    if not same_address(new.address, _address(work.person, channel)):
        return work.because(f"address.{channel}", "elsewhere", f"{_said(new)}; it is not the address they have now")
    kept = stronger(work.person.shut.get(channel), new)
    work = work.with_person(shut={**work.person.shut, channel: kept})
    return work.because(f"address.{channel}", "shut", _said(kept))


def lifted(work: Work, event: AddressLifted) -> Work:
    """It may be written to again, unless they complained: only they can take that back."""
    before, rule = work.person.shut.get(event.channel), f"address.{event.channel}"
    if before is None or not same_address(before.address, event.address):
        return work.because(rule, "refused", "it is not shut")
    if before.reason == "complained":
        return work.because(rule, "refused", _ONLY_THEIRS)
    kept = {channel: one for channel, one in work.person.shut.items() if channel != event.channel}
    words = "; ".join(filter(None, [f"by {event.by}" if event.by else "", event.why]))
    return work.with_person(shut=kept).because(rule, "lifted", words)


def shutting(event: AnyEvent) -> tuple[str, Shut] | None:
    """The channel and the address that an event shuts, whoever has it by now; None when it shuts none."""
    match event:
        case MailReported(what="bounced" | "dropped" | "complained" as what) if event.address:
            return "email", Shut(address=event.address, reason=what, at=event.at, by=event.source, why=event.why)
        case AddressShut() if event.address:
            return event.channel, Shut(address=event.address, reason=event.reason, at=event.at, by=event.by, why=event.why)
    return None


def stronger(one: Shut | None, other: Shut) -> Shut:
    """Which of two holds: for the same address the stronger reason, then the earlier; else the other, which is newer."""
    if one is None or not same_address(one.address, other.address):
        return other
    return min(one, other, key=lambda shut: (STRENGTH.index(shut.reason), shut.at))


def is_shut(person: Person, channel: str) -> Shut | None:
    """Why the address they have now is not written to; None when it is."""
    found = person.shut.get(channel)
    return found if found and same_address(found.address, _address(person, channel)) else None


def is_answered(event: OptedOut | OptedIn) -> bool:
    """Whether somebody who stops or resumes messages gets an answer: not where the page shows it, nor when others tell us of it."""
    return event.mouth not in ("page", "import") and event.source != PROVIDER


def _said(one: Shut) -> str:
    return f"{_WORDS[one.reason]}: {one.why}" if one.why else _WORDS[one.reason]


def _address(person: Person, channel: str) -> str:
    return person.slack if channel == "slack" else person.email
