"""What others are told of a decision: the difference it made, as notices to the endpoints that want to hear. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from flows.decision import Decision, Say, To
from flows.endpoints import Endpoint, Topic
from flows.events import AnyEvent, Merged, MergedInto
from flows.library import Playbooks
from flows.people import Account, Case, Journey, Person, Subject
from flows.playbook import Playbook

TOLD_FOR = timedelta(days=3)
"""How long we try to tell an endpoint that does not answer."""
HOOK = "hook"
"""The kind of recipient that an endpoint is; its ref is "ENDPOINT/person", so that what is told of one person keeps its order."""


class Sent(Protocol):
    """A message that has left us."""

    @property
    def key(self) -> str | None: ...

    @property
    def message(self) -> str: ...

    @property
    def variant(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened. `mark` tells it from others of its topic in one decision."""

    topic: Topic
    mark: str
    about: Mapping[str, Any]


def announced(playbooks: Playbooks, before: Subject, decision: Decision, event: AnyEvent, now: datetime) -> Decision:
    """The decision with what it tells others. `now` is world time. Where nobody wants to hear, it is the same."""
    if not playbooks.endpoints.endpoints:
        return decision
    playbook = _playbook(playbooks, before, decision)
    gone = isinstance(event, MergedInto)  # of who was merged nothing is left to tell: what ends, ends for who they were
    person, account = (before.person, before.account) if gone else (decision.person, decision.account)
    says = [
        told(one, notice, playbook, person, account, now, f"{event.source}:{event.key}")
        for notice in _notices(before, decision, playbook, event)
        for one in playbooks.endpoints.hearing(notice.topic, playbook.playbook if playbook else "")
    ]
    return replace(decision, says=(*decision.says, *says)) if says else decision


def told(
    endpoint: Endpoint, notice: Notice, playbook: Playbook | None, person: Person, account: Account | None, now: datetime, key: str
) -> Say:
    """One notice on its way to one endpoint: told at least once; who hears it twice knows it by its id. `key` is of what caused it."""
    data = {"person": _who(person, endpoint), "account": _company(account, endpoint), "playbook": playbook.playbook if playbook else ""}
    return Say(
        key=f"{HOOK}:{endpoint.endpoint}:{notice.topic}:{person.id}:{notice.mark}:{key}",
        to=To("hook", f"{endpoint.endpoint}/{person.id}"),
        message=notice.topic,
        person=person.id,
        facts={"type": notice.topic, "timestamp": now.isoformat(), "data": data | dict(notice.about)},
        expires_at=now + TOLD_FOR,
        priority=-10,
        essential=True,
        if_unknown="resend",
    )


def sent(playbooks: Playbooks, subject: Subject, say: Sent, channel: str, now: datetime) -> list[Say]:
    """What others are told of a message that a channel took at `now` (world time)."""
    if not playbooks.endpoints.endpoints:
        return []
    journey = subject.person.journey
    playbook = playbooks.get(journey.playbook) if journey else None
    notice = Notice("message.sent", say.key or "", {"message": say.message, "variant": say.variant, "channel": channel})
    hearing = playbooks.endpoints.hearing("message.sent", playbook.playbook if playbook else "")
    return [told(one, notice, playbook, subject.person, subject.account, now, channel) for one in hearing]


def _who(person: Person, endpoint: Endpoint) -> dict[str, Any]:
    contact = {"email": person.email, "name": person.name} if endpoint.contact else {}
    return {"id": person.external_id, "handrail_id": person.id, **contact}


def _company(account: Account | None, endpoint: Endpoint) -> dict[str, Any] | None:
    if account is None:
        return None
    return {"id": account.external_id} | ({"name": account.name} if endpoint.contact else {})


def _playbook(playbooks: Playbooks, before: Subject, decision: Decision) -> Playbook | None:
    journey = decision.person.journey or before.person.journey
    return playbooks.get(journey.playbook) if journey else None


def _notices(before: Subject, decision: Decision, playbook: Playbook | None, event: AnyEvent) -> Iterator[Notice]:
    journey, merged = decision.person.journey, _merged(before, decision, event)
    if merged:
        yield Notice("person.merged", merged.id, {"from": {"id": merged.external_id, "handrail_id": merged.id}})
    if journey is not None and playbook is not None:
        was = before.person.journey
        same = was if was and (merged or was.id == journey.id) else None  # of two ways that became one, what was told of theirs holds
        yield from _of_segments(same, journey)
        yield from _of_steps(before, same, decision, journey, playbook)
        yield from _of_modules(same, journey, playbook)
        if journey.done_at and not (same and same.done_at):
            about = {"goal_met": journey.goal_at is not None, "days": (journey.done_at - journey.started).days}
            yield Notice("journey.completed", journey.id, about)
    yield from _of_cases(before.case, decision.case)


def _merged(before: Subject, decision: Decision, event: AnyEvent) -> Person | None:
    """Who became a part of them by this event, as they were."""
    took = isinstance(event, Merged) and event.other in decision.person.merged and event.other not in before.person.merged
    return before.other.person if took and before.other else None


def _of_segments(before: Journey | None, journey: Journey) -> Iterator[Notice]:
    for dimension, segment in journey.segments.items():
        was = before.segments.get(dimension) if before else None
        if was is None or was.name != segment.name:
            about = {"dimension": dimension, "from": was.name if was else None, "to": segment.name, "because": segment.because}
            yield Notice("segment.changed", f"{dimension}:{segment.name}", about)


def _of_steps(before: Subject, was: Journey | None, decision: Decision, journey: Journey, playbook: Playbook) -> Iterator[Notice]:
    known = before.account.steps if before.account and decision.account and before.account.id == decision.account.id else {}
    company = decision.account.steps if decision.account else {}
    for _, step in playbook.steps():
        state = journey.steps.get(step.step)
        done = state.at if state and state.how != "skipped" else company.get(step.step) if step.scope == "account" else None
        old = was.steps.get(step.step) if was else None
        done_before = (old is not None and old.at is not None and old.how != "skipped") or step.step in known
        if done and not done_before:
            about = {"step": step.step, "title": step.title, "at": done.isoformat(), "how": state.how if state else "teammate"}
            yield Notice("step.done", step.step, about | {"scope": step.scope, "milestone": step.milestone})


def _of_modules(before: Journey | None, journey: Journey, playbook: Playbook) -> Iterator[Notice]:
    for module in playbook.checklist:
        if module.module in journey.opened and not (before and module.module in before.opened):
            yield Notice("module.opened", module.module, {"module": module.module, "steps": [step.step for step in module.steps]})


def _of_cases(before: Case | None, case: Case | None) -> Iterator[Notice]:
    if case is None:
        return
    about = {"case": case.id, "escalation": case.escalation, "because": case.because, "severity": case.severity, "step": case.step}
    if before is None or before.id != case.id:
        yield Notice("case.opened", case.id, about)
    if case.state == "closed" and not (before and before.id == case.id and before.state == "closed"):
        times = {"opened_at": case.opened_at.isoformat(), "closed_at": case.closed_at.isoformat() if case.closed_at else None}
        yield Notice("case.resolved", case.id, about | {"reason": case.reason or case.ended_why} | times)
