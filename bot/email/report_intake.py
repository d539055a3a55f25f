"""From reports of a mail provider to what happened to people: whose mail it was, what is new, and what follows for the mail itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.email.reports import Report
from bot.handle import Door
from flows.addresses import same_address, spellings
from flows.events import AnyEvent, MailReported, OptedIn, OptedOut
from storage.mail_reports import Blocked, Mailed, MailReports
from storage.outbox import Outbox
from storage.strays import Stray, Strays
from storage.suppressions import Suppression, plain

BATCH = 200
"""Reports that are handed over in one commit."""
FOR_GOOD = ("bounced", "dropped", "complained")
THEIR_WORD = ("unsubscribed", "resubscribed")
"""What only the person can say. A number of a mail is nobody's word: other installations count theirs alike."""
WORDING = "unsubscribed at SendGrid"
WORDING_AGAIN = "subscribed again at SendGrid"


@dataclass(frozen=True, slots=True)
class SoftBounces:
    """How many refusals that may pass, within which span, are taken for one that will not."""

    most: int
    span: timedelta

    def reached(self, moments: Sequence[datetime]) -> bool:
        """Whether so many of these moments lie within one span, whatever order they came in."""
        ordered = sorted(moments)
        return any(last - first <= self.span for first, last in zip(ordered, ordered[self.most - 1 :], strict=False))

    def __str__(self) -> str:
        return f"{self.most} refusals in {self.span.days} days"


@dataclass(frozen=True, slots=True)
class _Found:
    """A report, whose it is ('' for nobody's), and its mail when it is sure to be that one."""

    report: Report
    who: str
    mail: Mailed | None


@dataclass
class _Heard:
    """What was known of these people before, and grows with what the batch tells."""

    blocks: dict[tuple[str, str], list[Blocked]] = field(default_factory=dict)
    words: Mapping[str, datetime] = field(default_factory=dict)


class ReportIntake:
    """Takes what was verified and read. Everything it does may be done again: a repeat changes nothing."""

    def __init__(self, door: Door, outbox: Outbox, soft: SoftBounces) -> None:
        self._door = door
        self._outbox = outbox
        self._soft = soft
        self._asks = MailReports(door.store.database)
        self._strays = Strays(door.store.database)

    def take(self, reports: Sequence[Report]) -> None:
        """Let reports in, in the order of their moments. What is about nobody is kept as such, and its address shut where that is due."""
        for start in range(0, len(reports), BATCH):
            now = self._door.now()
            found = self._whose([replace(one, at=min(one.at, now)) for one in reports[start : start + BATCH]])
            ours = [one for one in found if one.who]
            self._settle(ours)
            self._door.handle(*self._events(ours))
            self._strays.keep([_stray(one.report) for one in found if not one.who])

    def _whose(self, reports: Sequence[Report]) -> list[_Found]:
        """By the mail's own row, unless its address or its id says that it is another's; else by the address."""
        mails = self._asks.mails({one.row for one in reports if one.row is not None})
        known_as = {one.address: [("email", "", name) for name in spellings(one.address)] for one in reports if one.address}
        names = self._door.store.owners({name for some in known_as.values() for name in some})
        owners = {address: next((names[name] for name in some if name in names), "") for address, some in known_as.items()}
        return [_found(one, mails.get(one.row or 0), owners.get(one.address, "")) for one in reports]

    def _settle(self, found: Sequence[_Found]) -> None:
        """What a report says of a mail: the provider has it, or nobody will ever read it."""
        lost = [one for one in found if one.mail and one.report.lost]
        people = self._door.views(list({one.who for one in lost})) if lost else {}
        for one in found:
            if one.mail and one.mail.state == "unknown" and not one.report.lost:
                self._outbox.resolve_unknown(one.mail.id, one.report.mail or one.mail.provider_id, one.report.at)
        for one in lost:
            if one.mail and (subject := people.get(one.who)):
                wanted = one.mail.essential or any(waiting.key == one.mail.key for waiting in subject.person.pending)
                self._outbox.came_back(one.mail.id, "email", _words(one.report), elsewhere=wanted)

    def _events(self, found: Sequence[_Found]) -> Iterator[AnyEvent]:
        heard = self._heard(found)
        for one in found:
            yield _event(self._hardened(one, heard), heard.words)

    def _heard(self, found: Sequence[_Found]) -> _Heard:
        """Asked only for those whom it matters to."""
        blocked = [one for one in found if one.report.what == "blocked"]
        spoke = {one.who for one in found if one.report.what in THEIR_WORD}
        before = {}
        if blocked:
            since = min(one.report.at for one in blocked) - self._soft.span
            before = {place: [*some] for place, some in self._asks.blocked({one.who for one in blocked}, since).items()}
        return _Heard(before, self._asks.last_words(spoke) if spoke else {})

    def _hardened(self, one: _Found, heard: _Heard) -> _Found:
        """The refusal that reaches the rule is one for good."""
        report = one.report
        if report.what != "blocked":
            return one
        blocks = heard.blocks.setdefault((one.who, plain("email", report.address)), [])
        blocks.append(Blocked(report.key, report.at, one.mail.id if one.mail else None))
        if not self._soft.reached(_moments(blocks)):
            return one
        why = f"{self._soft}, the last: {report.why}" if report.why else str(self._soft)
        return replace(one, report=replace(report, what="bounced", why=why))


def _moments(blocks: Sequence[Blocked]) -> list[datetime]:
    """When refusals were made, each once however often it is told: one without a row is that of a mail at the same moment."""
    of_mails = {(block.row, block.at) for block in blocks if block.row is not None}
    others = {block.at for block in blocks} - {at for _, at in of_mails}
    return [*(at for _, at in of_mails), *others]


def _found(report: Report, mail: Mailed | None, owner: str) -> _Found:
    if mail is None or (owner and owner != mail.person) or _is_another(report, mail):
        return _Found(report, owner, None)
    theirs = bool(owner) or same_address(report.address, mail.email)
    if report.what in THEIR_WORD and not theirs:
        return _Found(report, "", None)
    return _Found(report, mail.person, mail if theirs and mail.channel == "email" else None)


def _is_another(report: Report, mail: Mailed) -> bool:
    """Whether the provider's own id says that it speaks of another mail than the row of that number."""
    return mail.channel == "email" and bool(report.mail and mail.provider_id) and report.mail != mail.provider_id.partition(".")[0]


def _event(one: _Found, last_words: Mapping[str, datetime]) -> AnyEvent:
    report, who = one.report, one.who
    overtaken = who in last_words and report.at < last_words[who]
    if report.what == "unsubscribed" and not overtaken:
        return OptedOut(source=report.source, key=report.key, who=who, at=report.at, channel="email", wording=WORDING, mouth="email")
    if report.what == "resubscribed" and not overtaken:
        return OptedIn(source=report.source, key=report.key, who=who, at=report.at, channel="email", wording=WORDING_AGAIN, mouth="email")
    return MailReported(
        source=report.source,
        key=report.key,
        who=who,
        at=report.at,
        what=report.what,
        address=report.address,
        row=one.mail.id if one.mail else None,
        message=one.mail.message if one.mail else "",
        why="overtaken by what they said since" if overtaken and report.what in THEIR_WORD else report.why,
        name=report.name,
        machine=report.machine,
    )


def _stray(report: Report) -> Stray:
    shuts = None
    if report.what in FOR_GOOD and report.address:
        shuts = Suppression(
            channel="email", address=report.address, reason=report.what, source=report.source, at=report.at, why=report.why
        )  # fmt: skip
    return Stray(source=report.source, key=report.key, at=report.at, what=report.name, shuts=shuts)


def _words(report: Report) -> str:
    """Why nobody read it, for people who ask why."""
    how = "the mail was not delivered" if report.name == "dropped" else "the mail came back"
    return f"{how}: {report.why}" if report.why else how
