"""POST /email/events: SendGrid's event webhook. Verify, read, hand over, and answer after the commit."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from bot.email.report_intake import ReportIntake
from bot.email.reports import Delivery, NotJson, kinds, read_reports
from bot.email.signatures import Signatures, refused
from bot.handle import Door

log = logging.getLogger("handrail.email")


def report_routes(door: Door, intake: ReportIntake, signatures: Signatures) -> APIRouter:
    """The one route. Anything but 2xx brings the same reports again, for a day."""
    router = APIRouter(prefix="/email", include_in_schema=False)

    def take(raw: bytes) -> Delivery:
        heard = read_reports(raw, door.now())
        intake.take(heard.reports)
        return heard

    @router.post("/events")
    async def reported(request: Request) -> Response:
        """What became of mails."""
        raw = await request.body()
        if not signatures.hold(request.headers, raw):
            return refused()
        try:
            heard = await run_in_threadpool(take, raw)
        except NotJson as error:
            return JSONResponse({"code": "invalid_request", "message": str(error)}, status_code=400)
        if heard.skipped:
            log.warning("%d of SendGrid's reports could not be read", heard.skipped)
        log.info("SendGrid reports: %s", ", ".join(f"{n} {name}" for name, n in kinds(heard.reports)))
        return JSONResponse({"taken": len(heard.reports), "skipped": heard.skipped})

    return router
