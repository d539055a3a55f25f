"""POST /v1/hooks/{source}: signed webhooks of business systems. Verify, read, hand over, and answer after the commit."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from bot.hooks.payloads import items_in
from bot.hooks.signatures import SIGNED
from bot.hooks.signatures.request import Sent
from bot.hooks.signatures.standard import ID
from bot.hooks.sources import HookSource, Sources
from bot.hooks.taking import HookIntake, Outcome
from bot.ingest.reading import Unreadable
from bot.world import machine_now

log = logging.getLogger("handrail.hooks")


def hook_routes(
    intake: HookIntake,
    sources: Callable[[], Sources],
    secret_of: Callable[[str], str | None],
    base_url: str,
    now: Callable[[], datetime] = machine_now,
) -> APIRouter:
    """The one route. `sources` are those of now, `secret_of` gives the value of a setting by its name, `base_url` is our public address.

    A name that no source has, a signature that is missing, wrong or old: they are one answer. 2xx for everything that was read, also for
    what no rule is about, since senders would bring it again; 5xx only when it could not be kept, and then it comes again.
    """
    router = APIRouter(prefix="/v1/hooks", include_in_schema=False)

    def verified(name: str, sent: Sent) -> HookSource | None:
        source = sources().get(name)
        if source is None:
            return None
        secrets = [secret for setting in source.secret if (secret := secret_of(setting))]
        if not secrets:
            log.warning("the source %s is not heard: %s is not set", source.source, " or ".join(source.secret))
        return source if any(SIGNED[source.signing](sent, secret, now()) for secret in secrets) else None

    def take(name: str, sent: Sent) -> Response:
        source = verified(name, sent)
        if source is None:
            return JSONResponse({"code": "refused", "message": REFUSED}, status_code=401)
        try:
            outcome = intake.take(source, items_in(sent.raw), sent.headers.get(ID, "") if source.signing == "standard" else "")
        except Unreadable as error:
            intake.could_not_read(source)
            return JSONResponse({"code": "invalid_request", "message": str(error)}, status_code=400)
        log.info("%s: %d taken, %d about nobody we know, %d no business of ours", name, *_numbers(outcome))
        return JSONResponse({"taken": outcome.taken, "strays": outcome.strays, "ignored": outcome.ignored})

    @router.post("/{name}")
    async def heard(name: str, request: Request) -> Response:
        """What a business system tells."""
        query = f"?{request.url.query}" if request.url.query else ""
        uri = f"{base_url}{request.url.path}{query}"
        return await run_in_threadpool(take, name, Sent(uri=uri, headers=request.headers, raw=await request.body()))

    return router


REFUSED = "the signature is missing, wrong or too old"


def _numbers(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.taken, outcome.strays, outcome.ignored
