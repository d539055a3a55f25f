"""The headers that every answer has, whatever it is: what browsers may do with it, and what they tell others of where it was."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
"""An answer's own go before these. Addresses of pages hold tokens, so no page names its address to others, and none is kept or indexed."""

FOR_A_YEAR = {"Strict-Transport-Security": "max-age=31536000"}
"""Where our public address is https. Other hosts of the domain are not ours to speak for."""

PUBLIC = ("/static/", "/help/")
"""What may be indexed."""
KEPT = "/static/"
"""What browsers may keep."""

Raw = list[tuple[bytes, bytes]]


class Headed:
    """Adds what an answer lacks. `secret`: people reach us over https."""

    def __init__(self, app: ASGIApp, *, secret: bool) -> None:
        self._app = app
        every = _raw(HEADERS | (FOR_A_YEAR if secret else {}))
        self._every = every
        self._public = [pair for pair in every if pair[0] != b"x-robots-tag"]
        self._kept = [pair for pair in self._public if pair[0] != b"cache-control"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ours = self._of(scope["path"])

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message.get("headers", ())}
                message["headers"] = [*message.get("headers", ()), *(pair for pair in ours if pair[0] not in given)]
            await send(message)

        await self._app(scope, receive, sent)

    def _of(self, path: str) -> Raw:
        if not path.startswith(PUBLIC):
            return self._every
        return self._kept if path.startswith(KEPT) else self._public


def _raw(headers: dict[str, str]) -> Raw:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
