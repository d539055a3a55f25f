"""How Slack's Web API looks on a bad day."""

from __future__ import annotations

from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.playground.arguments import SlackError
from bot.playground.faults import Fault


def refused(fault: Fault) -> Response:
    """The answer to a call that meets this misfortune."""
    match fault.kind:
        case "rate_limited":
            return JSONResponse({"ok": False, "error": "ratelimited"}, 429, headers={"Retry-After": str(int(fault.seconds))})
        case "invalid_auth":
            return JSONResponse(SlackError("invalid_auth").body())
        case "refused":
            return JSONResponse(SlackError(fault.error).body())
        case _:
            return PlainTextResponse("Internal Server Error", 500)
