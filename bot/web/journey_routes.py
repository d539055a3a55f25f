"""GET /v1/people/{id}/journey: how far somebody is, for the product to unlock and guide inside itself."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from bot.drawing import Sight, see
from bot.handle import Door
from bot.keys import Keys
from bot.shelf import Shelf
from flows.checklist import ModuleView, StepView, checklist
from flows.facts import standing
from flows.people import Journey
from flows.scores import contributions, scores

_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "How far they are", "content": {"application/json": {"schema": {"type": "object"}}}},
    401: {"description": "No read key, or a wrong one"},
    404: {"description": "Nobody is known by that id, or they are on no journey yet"},
}


def journey_routes(door: Door, shelf: Shelf, keys: Keys) -> APIRouter:
    """The one question. `id` is the product's own id of the person; the key has read scope and stands where a write key would."""
    router = APIRouter(prefix="/v1/people")

    @router.get("/{id:path}/journey", responses=_ANSWERS)
    def journey(
        request: Request,
        id: Annotated[str, Path(max_length=200, description="Your own id of the person")],
        locale: Annotated[str, Query(max_length=20, description="The language of the texts; else the person's")] = "",
    ) -> Response:
        """Playbook, segments and scores with their reasons, modules, steps, and what comes next."""
        if keys.source(_key(request.headers), "read") is None:
            return _refused(401, "invalid_read_key", "the read key is missing or wrong")
        who = door.store.resolve("external", "", id)
        sight = see(shelf.books, door.view(who), door.now()) if who else None
        if sight is None or sight.person.journey is None or sight.checklist is None:
            return _refused(404, "not_found", "nobody is known by that id, or they are on no journey yet")
        return JSONResponse(journey_of(sight, sight.person.journey, door.now(), locale), headers={"Vary": "Authorization"})

    return router


def journey_of(sight: Sight, journey: Journey, now: datetime, locale: str = "") -> dict[str, Any]:
    """What is answered. Moments are ISO 8601 in UTC, days are the person's own."""
    facts = standing(sight.playbook, sight.subject, now).facts
    seen = checklist(sight.playbook, sight.subject, now, locale=locale or None)
    account = sight.subject.account
    return {
        "person": {"id": sight.person.external_id, "handrail_id": sight.person.id},
        "account": {"id": account.external_id} if account else None,
        "playbook": journey.playbook,
        "status": _status(journey),
        "started": journey.started.isoformat(),
        "completed": journey.done_at.isoformat() if journey.done_at else None,
        "day": seen.day,
        "days": seen.days,
        "goal": {"name": seen.goal, "met": facts["goal_met"], "in_their_words": seen.goal_words},
        "segments": {
            dimension: {"is": segment.name, "since": segment.since.isoformat(), "because": segment.because}
            for dimension, segment in journey.segments.items()
        },
        "scores": {name: _score(sight, name, value, facts) for name, value in scores(sight.playbook, facts).items()},
        "steps_done": seen.done,
        "steps_total": seen.total,
        "next_step": _step(seen.next) if seen.next else None,
        "modules": [_module(module) for module in seen.modules],
        "a_human_is_helping": sight.person.case is not None,
    }


def _status(journey: Journey) -> str:
    if journey.done_at:
        return "completed"
    return "ended" if journey.ended_at else "underway"


def _score(sight: Sight, name: str, value: int, facts: Mapping[str, Any]) -> dict[str, Any]:
    reasons = contributions(sight.playbook, name, facts)
    return {"value": value, "because": [{"points": one.points, "because": one.because} for one in reasons]}


def _module(module: ModuleView) -> dict[str, Any]:
    return {
        "module": module.module,
        "title": module.title,
        "objective": module.objective,
        "open": module.open,
        "opened_at": module.opened_at.isoformat() if module.opened_at else None,
        "optional": module.optional,
        "steps": [_step(step) for step in module.steps],
    }


def _step(step: StepView) -> dict[str, Any]:
    return {
        "step": step.step,
        "title": step.title,
        "why": step.why,
        "status": step.status,
        "link": step.link,
        "minutes": step.minutes,
        "optional": step.optional,
        "owner": step.owner,
        "due": step.due.isoformat() if step.due else None,
        "done_at": step.since.isoformat() if step.since else None,
    }


def _key(headers: Mapping[str, str]) -> str:
    """The user of Basic authentication, or a bearer's token."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    try:
        return base64.b64decode(given, validate=True).decode().partition(":")[0] if scheme.lower() == "basic" else ""
    except ValueError:
        return ""


def _refused(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"code": code, "message": message}, status_code=status)
