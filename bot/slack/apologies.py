"""When Slack or our database did not answer in time: whoever pressed is told to press again, and an event is delivered again."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping

from slack_bolt import BoltResponse
from slack_sdk.webhook import WebhookClient

from bot.channels import SendError
from bot.slack.callers import Body
from bot.slack.kit import shown
from storage.database import Busy

log = logging.getLogger("handrail.slack")

_TO_SAY_SO = 0.7
"""Seconds for telling them; they have waited already."""


def apologising(words: Callable[[], str]) -> Callable[..., BoltResponse | None]:
    """What the app does when a listener raised. `words` tell, in plain text, that nothing was changed and that they may press again.

    Slack delivers an event again when it is answered 500, but never a press, a dialog or a command.
    """

    def apologise(error: Exception, body: Body) -> BoltResponse | None:
        if not _passes(error):
            log.error("a listener failed: %s", type(error).__name__, exc_info=error)
            return None
        log.warning("something of Slack's could not be heard: %s", str(error) if isinstance(error, SendError) else "the database is busy")
        return _told(body, shown(words()))

    return apologise


def _passes(error: Exception) -> bool:
    """Whether it is over in a moment."""
    return isinstance(error, Busy) or (isinstance(error, SendError) and not (error.permanent or error.shut))


def _told(body: Body, text: str) -> BoltResponse | None:
    """The acknowledgement that says so; None where none can."""
    if body.get("command"):
        return _answer({"response_type": "ephemeral", "text": text})
    if body.get("type") == "view_submission":
        field = _first_field(body)
        return _answer({"response_action": "errors", "errors": {field: text}}) if field else None
    url = str(body.get("response_url") or "")
    if body.get("type") not in ("block_actions", "message_action") or not url:
        return None
    try:
        told = WebhookClient(url, timeout=_TO_SAY_SO, retry_handlers=[]).send(  # type: ignore[arg-type]  # urllib takes parts of seconds
            text=text, response_type="ephemeral", replace_original=False
        )
    except (OSError, ValueError):
        return None
    return BoltResponse(status=200, body="") if told.status_code < 400 else None


def _answer(body: Body) -> BoltResponse:
    return BoltResponse(status=200, body=json.dumps(body), headers={"Content-Type": "application/json;charset=utf-8"})


def _first_field(body: Body) -> str:
    """Where a dialog shows an error: under its first question."""
    view = body.get("view")
    blocks = view.get("blocks") if isinstance(view, Mapping) else None
    return next((str(block.get("block_id")) for block in blocks or () if block.get("type") == "input" and block.get("block_id")), "")
