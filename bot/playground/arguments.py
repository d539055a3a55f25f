"""What a Slack method was called with, and how Slack refuses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from bot.playground.values import Json


class SlackError(Exception):
    """A refusal in Slack's words: its code, and what is wrong where."""

    def __init__(self, error: str, *problems: str) -> None:
        super().__init__(error)
        self.error = error
        self.problems = list(problems)

    def body(self) -> Json:
        """The answer that a caller of the Web API gets."""
        body: Json = {"ok": False, "error": self.error}
        if self.error == "invalid_blocks":
            body["errors"] = self.problems
        if self.problems:
            body["response_metadata"] = {"messages": [f"[ERROR] {problem}" for problem in self.problems]}
        return body


class MissingScope(SlackError):
    """The app was not installed with the scope that this call needs."""

    def __init__(self, needed: str, provided: Sequence[str]) -> None:
        super().__init__("missing_scope")
        self.needed = needed
        self.provided = ",".join(provided)

    def body(self) -> Json:
        """The answer, which names both."""
        return super().body() | {"needed": self.needed, "provided": self.provided}


class Arguments:
    """The named arguments of one call, read strictly: what is missing or of the wrong kind is a SlackError."""

    def __init__(self, given: Json) -> None:
        self.given = given

    def text(self, name: str) -> str:
        """A string that has to be there."""
        value = self.maybe(name)
        if value is None:
            raise SlackError("invalid_arguments", f"missing required field: {name}")
        return value

    def maybe(self, name: str) -> str | None:
        """A string, if it was given and is not empty."""
        value = self.given.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str):
            raise SlackError("invalid_arguments", f"must provide a string [json-pointer:/{name}]")
        return value

    def flag(self, name: str) -> bool:
        """Whether something was asked for: true, 1 or "true"."""
        return self.given.get(name) in (True, 1, "1", "true", "True")

    def number(self, name: str, otherwise: int, most: int) -> int:
        """A whole number between 1 and `most`; `otherwise` when it was not given."""
        try:
            value = int(self.given.get(name) or otherwise)
        except (TypeError, ValueError):
            raise SlackError("invalid_arguments", f"must provide an integer [json-pointer:/{name}]") from None
        if not 1 <= value <= most:
            raise SlackError("invalid_limit")
        return value

    def structure(self, name: str, refusal: str) -> Any:
        """A JSON value, given as such or as a string of JSON; `refusal` is what unreadable JSON earns."""
        value = self.given.get(name)
        if not isinstance(value, str) or not value:
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(refusal) from None


async def read_arguments(request: Request) -> Arguments:
    """The arguments of a call: its query, and its body as a form or as JSON."""
    given: Json = dict(request.query_params)
    body = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        given |= _json_object(body)
    else:
        given |= dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    return Arguments(given)


def _json_object(body: bytes) -> Json:
    try:
        read = json.loads(body or b"{}")
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(read, dict):
        raise SlackError("json_not_object")
    return read
