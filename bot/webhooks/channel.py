"""The channel to endpoints: what happened, as a signed POST, tried again until it is taken."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from http.client import HTTPException
from typing import Any

from bot.channels import Drawing, Letter, Receipt, SendError
from bot.render import Surface
from bot.webhooks.line import Forbidden, NotSent, Reply, post
from bot.webhooks.signing import key_of, signed
from bot.world import machine_now
from flows.announcing import HOOK
from flows.decision import To
from flows.endpoints import Endpoints
from flows.people import Subject

GONE = 410
"""They want to hear of this no more."""


class WebhookChannel:
    """Tells endpoints. `endpoints` are those of now, `secret_of` gives the value of a setting by its name, None when it is not set.

    `private`: addresses of private networks are allowed.
    """

    name = "webhook"
    surfaces: frozenset[Surface] = frozenset()

    def __init__(
        self,
        endpoints: Callable[[], Endpoints],
        secret_of: Callable[[str], str | None],
        *,
        private: bool = False,
        now: Callable[[], datetime] = machine_now,
    ) -> None:
        self._endpoints = endpoints
        self._secret_of = secret_of
        self._private = private
        self._now = now

    def reaches(self, letter_to: To, subject: Subject) -> bool:  # noqa: ARG002
        """Every endpoint that is there."""
        return letter_to.kind == HOOK

    def send(self, letter: Letter) -> Receipt:
        """Tell an endpoint, once. The id is that of the row, so that who hears it twice knows it again. Raises SendError."""
        endpoint = self._endpoints().get(letter.to.ref.partition("/")[0])
        if endpoint is None or endpoint.paused:
            raise SendError("there is no such endpoint any more", permanent=True)
        body = json.dumps(letter.facts, separators=(",", ":"), ensure_ascii=False).encode()
        try:
            headers = signed(key_of(self._secret_of(endpoint.secret) or ""), f"msg_{letter.id}", body, self._now())
        except ValueError as error:
            raise SendError(f"{endpoint.secret}: {error}", shut=True, retry_after=600) from None
        try:
            reply = post(endpoint.url, body, headers, private=self._private)
        except Forbidden as error:
            raise SendError(str(error), permanent=True) from None
        except NotSent as error:
            raise SendError(str(error)) from None
        except (OSError, HTTPException) as error:
            raise SendError(type(error).__name__, unknown=True) from None
        return _taken(reply, f"msg_{letter.id}")

    def draw(self, drawing: Drawing) -> Mapping[str, Mapping[str, Any]] | None:  # noqa: ARG002
        """Endpoints have no views."""
        return None

    def find(self, letter_id: int, letter_to: To, subject: Subject) -> str | None:  # noqa: ARG002
        """Nobody can be asked; it is told again."""
        return None


def _taken(reply: Reply, id: str) -> Receipt:
    if 200 <= reply.status < 300:
        return Receipt(provider_id=id)
    if reply.status == GONE:
        raise SendError("the endpoint wants to hear no more (410)", permanent=True)
    busy = reply.retry_after is not None
    raise SendError(f"the endpoint answered {reply.status}", busy=busy, retry_after=reply.retry_after)
