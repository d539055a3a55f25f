"""POST /email/inbound/<secret>: answers to our mails, from SendGrid's Inbound Parse."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import traceback
from collections.abc import Callable, Mapping
from contextlib import nullcontext

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from bot.email.inbound import Inbound
from bot.email.inbound_form import NoMail, read_form

log = logging.getLogger("handrail.inbound")

MOST_BYTES = 30 * 1024 * 1024
"""What SendGrid takes of one mail. Every other route takes far less."""

MOST_BIG = 2
"""Big mails that are read at once. The others wait on the line, unread, and hold neither a thread nor memory."""
BIG = 1024 * 1024
"""Bytes."""

Signed = Callable[[Mapping[str, str], bytes], bool]
"""Whether the headers sign these very bytes."""


def inbound_routes(inbound: Inbound, secret: str, signed: Signed | None = None) -> APIRouter:
    """The route. Whoever does not know the secret, or whose signature is not right where one is asked for, finds nothing here.

    2xx for every mail that was read, also for those we will never use; 5xx only when it could not be kept, and then it comes again.
    """
    router = APIRouter()
    known = _digest(secret)
    big = asyncio.Semaphore(MOST_BIG)

    @router.post("/email/inbound/{given}", max_body_size=MOST_BYTES)
    async def inbound_mail(given: str, request: Request) -> Response:
        if not hmac.compare_digest(_digest(given), known):
            raise HTTPException(404)
        async with big if _may_be_big(request) else nullcontext():
            return await run_in_threadpool(_take, inbound, await request.body(), request.headers, signed)

    return router


def _may_be_big(request: Request) -> bool:
    """By what it says; what doesn't say may be."""
    told = request.headers.get("content-length", "")
    return not (told.isascii() and told.isdigit() and len(told) < 10 and int(told) <= BIG)


def _take(inbound: Inbound, body: bytes, headers: Mapping[str, str], signed: Signed | None) -> Response:
    if signed is not None and not signed(headers, body):
        raise HTTPException(404)
    try:
        posted = read_form(body, headers.get("content-type", ""))
    except NoMail as error:
        log.info("something else than a mail came in: %s", error)
        return JSONResponse({"mails": []})
    try:
        outcomes = inbound.take(posted.raw, posted.recipients, posted.return_path)
    except Exception as error:
        where = "".join(traceback.format_tb(error.__traceback__))  # without its words, in which there may be somebody's
        log.error("a mail could not be kept: %s\n%s", type(error).__name__, where)
        return JSONResponse({"code": "not_kept"}, status_code=503)
    return JSONResponse({"mails": [one.fate for one in outcomes]})


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
