"""Two people who turn out to be one: what becomes of each. Pure. The rules are in docs/identity.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from flows.decision import Decision, Reason
from flows.events import AnyEvent, Merged, MergedInto
from flows.journeys import Journeys, one_journey
from flows.mail import stronger
from flows.people import Account, Case, Pending, Person, Shut, Subject, TaskState
from flows.tallies import together

TWO_IDS = "they have different external ids"
ADDRESS = "an address that somebody typed does not prove who they are"
SAME = "they are the same person already"
GONE = "one of them was merged into somebody else meanwhile"

_ADDRESSES = {"name": "name", "email": "email", "slack": "slack", "timezone": "zone", "zone": "zone", "locale": "locale"}
"""Traits with a field of their own, and that field."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class United:
    """One subject out of two, what is taken back because of it, and why.

    `took`: they are one; else nothing changed. `moved_case`: the open case of the other goes on with them.
    """

    subject: Subject
    withdraw: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    moved_case: bool = False
    took: bool = False


def refusal(kept: Person, gone: Person) -> str:
    """Why these two can't be merged; '' when they can."""
    if kept.id == gone.id or gone.id in kept.merged:
        return SAME
    if kept.merged_into or gone.merged_into:
        return GONE
    return TWO_IDS if kept.external_id and gone.external_id and kept.external_id != gone.external_id else ""


def united(subject: Subject, event: Merged, now: datetime) -> United:
    """The subject with the other one as a part of them; as they were, with the reason, when that may not be."""
    other = subject.other
    why = (event.refused or refusal(subject.person, other.person)) if other else GONE
    if other is None or why:
        words = f"{event.because}: {why}" if event.because else why
        return United(subject=replace(subject, other=None), reasons=(Reason("identity", "refused", words),))
    kept, gone = subject.person, other.person
    journeys = one_journey(kept, gone, now)
    person, withdraw = _one_person(kept, gone, journeys)
    moved = kept.case is None and gone.case is not None
    case = replace(other.case, person_id=kept.id) if moved and other.case else subject.case
    whole = replace(
        subject, person=person, account=_account(person, subject, other), case=case, activity=_activity(subject, other), other=None
    )
    reasons = [Reason("identity", "merged", event.because)]
    if journeys.ended:
        reasons.append(Reason("journey", "merged", f"{journeys.ended.playbook} ended; the older way goes on"))
    return United(subject=whole, withdraw=withdraw, reasons=tuple(reasons), moved_case=moved, took=True)


def refused_half(subject: Subject, event: MergedInto) -> str:
    """Why this person does not become part of the other after all; '' when they do."""
    other = subject.other
    if subject.person.merged_into:
        return SAME
    return "" if other and other.person.id == event.into and subject.person.id in other.person.merged else GONE


def remains(person: Person, into: str) -> Person:
    """What is left of who was merged: a name that leads on. Whatever they were is in their events, and in who they are now."""
    return Person(
        id=person.id, external_id=person.external_id, journeys=person.journeys, cases=person.cases, merged=person.merged,
        merged_into=into, version=person.version,
    )  # fmt: skip


def over(subject: Subject, into: str, *, case: Case | None = None, reasons: tuple[Reason, ...] = ()) -> Decision:
    """Who was merged, from now on: nothing waits and nothing is said. `case`: theirs, when it was closed."""
    person = remains(subject.person, into)
    return Decision(person=person, account=None, case=case, activity=subject.activity, reasons=reasons)


def follow(event: AnyEvent, now_of: Mapping[str, str]) -> AnyEvent:
    """The event as one of whom its people became: `now_of` tells who that is, for those who were merged."""
    if isinstance(event, Merged):
        return replace(event, who=now_of.get(event.who, event.who), other=now_of.get(event.other, event.other))
    if isinstance(event, MergedInto):
        return replace(event, into=now_of.get(event.into, event.into))
    return replace(event, who=now_of[event.who]) if event.who in now_of else event


def named(event: AnyEvent) -> tuple[str, ...]:
    """Everybody an event is about, who has to be at hand when it is decided."""
    match event:
        case Merged(other=other):
            return event.who, other
        case MergedInto(into=into):
            return event.who, into
    return (event.who,)


def second_half(event: Merged) -> MergedInto:
    """What the merge is to the one who becomes part of the other."""
    return MergedInto(
        source=event.source, key=f"{event.key}:into", who=event.other, at=event.at, into=event.who, because=event.because
    )  # fmt: skip


def _one_person(kept: Person, gone: Person, journeys: Journeys) -> tuple[Person, tuple[str, ...]]:
    traits, traits_at, fields = _traits(kept, gone)
    pending, withdraw = _pending(kept, gone, journeys)
    first, then = (gone, kept) if journeys.theirs else (kept, gone)
    quiet = gone if _latest(kept.snoozed_until, gone.snoozed_until) != kept.snoozed_until else kept
    person = replace(
        kept,
        **fields,
        external_id=kept.external_id or gone.external_id,
        consent=_consent(kept.consent, gone.consent),
        slack_ok=kept.slack_ok or gone.slack_ok,
        chosen=_chosen(kept.chosen, gone.chosen),
        account_id=_place(kept, gone),
        traits=traits,
        traits_at=traits_at,
        joined_at=_earliest(kept.joined_at, gone.joined_at),
        left_at=_left(kept, gone),
        last_active=_latest(kept.last_active, gone.last_active),
        last_mouth=_mouth(kept, gone),
        asked=kept.asked or gone.asked,
        opted_out=tuple(sorted({*kept.opted_out, *gone.opted_out})),
        snoozed_until=quiet.snoozed_until,
        paused_by=quiet.paused_by,
        spent=tuple(sorted({one.key: one for one in (*gone.spent, *kept.spent)}.values(), key=lambda one: (one.at, one.key))),
        pending=pending,
        reasons={**then.reasons, **first.reasons},
        case=kept.case or gone.case,
        cases=kept.cases + gone.cases,
        held=None if kept.case or gone.case else kept.held or gone.held,
        journey=replace(journeys.one, tasks=_waits_with(journeys.one.tasks, kept, gone)) if journeys.one else None,
        past=journeys.past,
        journeys=journeys.begun,
        merged=(*kept.merged, gone.id, *(one for one in gone.merged if one not in kept.merged)),
        wake_at=_earliest(kept.wake_at, gone.wake_at),
    )
    return replace(person, shut=_shut(person, kept, gone)), withdraw


def _traits(kept: Person, gone: Person) -> tuple[dict[str, Any], dict[str, datetime], dict[str, Any]]:
    """Traits by their latest moment, and the fields that some of them are; what the one we keep lacks, the other fills in."""
    newer = {name for name, at in gone.traits_at.items() if name not in kept.traits_at or at > kept.traits_at[name]}
    traits = {**kept.traits, **{name: gone.traits[name] for name in newer if name in gone.traits}}
    fields: dict[str, Any] = {field: getattr(kept, field) or getattr(gone, field) for field in _ADDRESSES.values()}
    for name, field in _ADDRESSES.items():
        if name in newer and name in kept.traits_at and getattr(gone, field):
            fields[field] = getattr(gone, field)
    chosen = kept.chosen.get("locale") or gone.chosen.get("locale")
    return traits, {**kept.traits_at, **{name: gone.traits_at[name] for name in newer}}, fields | ({"locale": chosen} if chosen else {})


def _pending(kept: Person, gone: Person, journeys: Journeys) -> tuple[tuple[Pending, ...], tuple[str, ...]]:
    """What may still go out, and the keys of what the way that ended had waiting. Answers go out all the same."""
    ends = f"{journeys.ended.id}:" if journeys.ended else "\x00"
    both = (*kept.pending, *gone.pending)
    stays = tuple(one for one in both if one.answer or not one.key.startswith(ends))
    return stays, tuple(one.key for one in both if one not in stays)


def _consent(one: bool | None, other: bool | None) -> bool | None:
    return False if False in (one, other) else one or other


def _chosen(kept: Mapping[str, str], gone: Mapping[str, str]) -> dict[str, str]:
    """What each chose. Times belong together, and kinds they do without add up."""
    theirs = {name: value for name, value in gone.items() if name not in ("since", "until") or "since" not in kept}
    without = [kind for one in (kept, gone) for kind in one.get("without", "").split(",") if kind]
    return {**theirs, **kept} | ({"without": ",".join(dict.fromkeys(without))} if without else {})


def _place(kept: Person, gone: Person) -> str | None:
    if kept.account_id is None or gone.account_id is None:
        return kept.account_id or gone.account_id
    told, theirs = kept.traits_at.get("account_id"), gone.traits_at.get("account_id")
    return gone.account_id if theirs and (told is None or theirs > told) else kept.account_id


def _account(person: Person, subject: Subject, other: Subject) -> Account | None:
    account = next((one.account for one in (subject, other) if one.account and one.account.id == person.account_id), subject.account)
    tasks = _waits_with(account.tasks, subject.person, other.person) if account else {}
    return replace(account, tasks=tasks) if account and tasks != account.tasks else account


def _waits_with(tasks: Mapping[str, TaskState], kept: Person, gone: Person) -> Mapping[str, TaskState]:
    """What waited in the decisions of the other waits in theirs."""
    if not any(task.anchor == gone.id for task in tasks.values()):
        return tasks
    return {id: replace(task, anchor=kept.id) if task.anchor == gone.id else task for id, task in tasks.items()}


def _left(kept: Person, gone: Person) -> datetime | None:
    """They left if both did, or if the other was not seen since."""
    if kept.left_at and gone.left_at:
        return max(kept.left_at, gone.left_at)
    stays = gone if kept.left_at else kept
    left = kept.left_at or gone.left_at
    return None if left and stays.last_active and stays.last_active > left else left


def _mouth(kept: Person, gone: Person) -> Any:
    later = gone.last_active and (kept.last_active is None or gone.last_active > kept.last_active)
    first, then = (gone, kept) if later else (kept, gone)
    return first.last_mouth or then.last_mouth


def _shut(person: Person, kept: Person, gone: Person) -> dict[str, Shut]:
    """For each channel what is known of the address they have now; of two that speak of it the stronger."""
    found: dict[str, Shut] = {}
    for channel in sorted({*kept.shut, *gone.shut}):
        both = [one.shut[channel] for one in (gone, kept) if channel in one.shut]
        address = person.slack if channel == "slack" else person.email
        about = [shut for shut in both if shut.address.lower() == address.lower()] or both[-1:]
        found[channel] = stronger(about[0], about[-1])
    return found


def _activity(subject: Subject, other: Subject) -> dict[str, Any]:
    names = [*subject.activity, *(name for name in other.activity if name not in subject.activity)]
    both = ((name, subject.activity.get(name), other.activity.get(name)) for name in names)
    return {name: together(one, two) if one and two else one or two for name, one, two in both}


def _earliest(*moments: datetime | None) -> datetime | None:
    return min(_known(moments), default=None)


def _latest(*moments: datetime | None) -> datetime | None:
    return max(_known(moments), default=None)


def _known(moments: Iterable[T | None]) -> list[T]:
    return [one for one in moments if one is not None]
