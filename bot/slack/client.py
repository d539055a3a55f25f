"""Slack's Web API as we call it: a timeout on every call, nothing retried behind our back, and failures sorted by what they mean."""

from __future__ import annotations

import logging
import urllib.error
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.channels import SendError, never_left

logging.getLogger("slack_sdk").setLevel(logging.INFO)  # at DEBUG it prints tokens and addresses

TIMEOUT = 8
"""Seconds; below half the delivery lease."""

_DOUBTFUL = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable", "team_added_to_org"})

_USUAL_WAIT = 30.0

SHUT = frozenset(
    {
        "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "org_login_required", "ekm_access_denied",
        "missing_scope", "team_access_not_granted", "no_permission", "two_factor_setup_required", "not_allowed_token_type",
        "enterprise_is_restricted",
    }
)  # fmt: skip
"""Slack's words for a token that is no good, or not good for this: nothing was done, and nothing will be until somebody acts."""

NOT_INSTALLED = "Slack is not installed in their workspace"

T = TypeVar("T")


def slack_client(token: str, api_url: str, *, timeout: float = TIMEOUT) -> WebClient:
    """A client that retries nothing by itself: the default would repeat a lost answer and post twice; a 429 waits in the outbox."""
    return WebClient(token=token, base_url=api_url, timeout=timeout, retry_handlers=[])  # type: ignore[arg-type]  # urllib takes parts of seconds


def called(call: Callable[[], T]) -> T:
    """Make a call. Raises SendError: refused for good, shut for now, certainly not taken (429, no connection), or unknown."""
    try:
        return call()
    except SlackApiError as error:
        raise _refused(error) from None
    except TimeoutError:
        raise SendError("no answer from Slack in time", unknown=True) from None
    except urllib.error.URLError as error:
        reason = error.reason
        if never_left(reason):
            raise SendError("could not reach Slack") from None
        raise SendError(f"connection to Slack lost: {type(reason).__name__}", unknown=True) from None
    except (SlackClientError, OSError) as error:
        if never_left(error):
            raise SendError("could not reach Slack") from None
        raise SendError(f"connection to Slack lost: {type(error).__name__}", unknown=True) from None


def _refused(error: SlackApiError) -> SendError:
    response = error.response
    status = getattr(response, "status_code", 200)
    if status == 429:
        return SendError("Slack asks to slow down", busy=True, retry_after=_wait(getattr(response, "headers", None) or {}))
    code = str(response.get("error", "")) if isinstance(response.data, dict) else ""
    if status >= 500 or code in _DOUBTFUL or not code:
        return SendError(f"Slack answered {status} {code}".strip(), unknown=True)
    if code in SHUT:
        return SendError(code, shut=True)
    return SendError(code, permanent=True)


def _wait(headers: Mapping[str, Any]) -> float:
    """Seconds that Slack asks for; its servers write the header's name in small letters, or not."""
    told = next((str(value) for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(told) if told.isdigit() else _USUAL_WAIT
