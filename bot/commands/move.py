"""`handrail move`: a colleague chooses the playbook that guides somebody, or their whole company. The choice is kept until it is lifted."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from bot.commands.mistakes import UserError, meant
from bot.commands.opening import existing_store
from bot.commands.projects import good_playbooks, project_folder
from bot.handle import handle
from bot.world import World
from flows.events import Traits
from flows.library import Playbooks
from flows.people import Journey, Person
from flows.routing import BY_HAND
from storage.reports import Reports

SOURCE = "move"


def move(who: str, playbook: str, *, account: bool, back: bool, as_json: bool) -> None:
    """Make the choice, or with `back` lift it, and say what followed. Raises UserError for what cannot be done."""
    playbooks = good_playbooks(project_folder(None))
    _refuse(playbooks, playbook, back=back)
    with existing_store() as store:
        person = Reports(store.database).find_person(who)
        if person is None:
            raise UserError(f"Nobody is known as {who!r}; an e-mail address or an external id is needed.")
        if account and person.account_id is None:
            raise UserError(f"{person.name or who} belongs to no account; leave --account out.")
        now, choice = World().now(), {BY_HAND: "" if back else playbook}
        told: dict[str, Any] = {"account": choice} if account else {"person": choice}
        event = Traits(source=SOURCE, key=uuid4().hex, who=person.id, at=now, **told)
        [decision] = handle(store, playbooks, [event], now)
    _say(person, decision.person, playbook, decision.person.reasons, account=account, as_json=as_json)


def _refuse(playbooks: Playbooks, playbook: str, *, back: bool) -> None:
    if back:
        if playbook:
            raise UserError("--back lifts the choice and names no playbook.")
        return
    taking = {one.playbook: one for one in playbooks.taking()}
    if not playbook:
        raise UserError(f"Which playbook? There are {', '.join(taking)}.")
    if playbook not in taking:
        why = "takes nobody: your project has playbooks of its own" if playbook in playbooks.resting else "is no playbook"
        raise UserError(f"{playbook} {why}{meant(playbook, list(taking))}")
    if taking[playbook].paused:
        raise UserError(f"{playbook} is paused and takes nobody.")


def _say(before: Person, after: Person, playbook: str, reasons: Any, *, account: bool, as_json: bool) -> None:
    was, now = _underway(before.journey), _underway(after.journey)
    moved = now is not None and now != was
    if as_json:
        print(json.dumps({"person": after.id, "choice": playbook, "account": account, "was": was, "playbook": now, "moved": moved}))
        return
    name = after.name or after.email or after.id
    if not playbook:
        print(f"Nobody's choice holds for {name} any more; their traits decide.")
    elif moved:
        print(f"{name} is on {now} now" + (f", and was on {was}." if was else "."))
    elif now == playbook:
        print(f"{name} stays on {now}, whatever their traits say.")
    else:
        why = reasons.get("journey.choice", ("", ""))[1] if now else "they are on no journey; it holds when one begins"
        print(f"The choice is kept. {name} did not move: {why}.")
    if account:
        print("Their teammates follow within a minute, while Handrail runs.")


def _underway(journey: Journey | None) -> str | None:
    return journey.playbook if journey and journey.ended_at is None else None
