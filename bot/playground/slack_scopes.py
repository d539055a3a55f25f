"""Which scope a method asks for: one of those named is enough."""

from __future__ import annotations

from collections.abc import Sequence

from bot.playground.arguments import Arguments, MissingScope

READ = ("channels:read", "groups:read", "im:read", "mpim:read")
HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")

NEEDED: dict[str, tuple[str, ...]] = {
    "assistant.threads.setStatus": ("assistant:write", "chat:write"),
    "assistant.threads.setSuggestedPrompts": ("assistant:write",),
    "bots.info": ("users:read",),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": HISTORY,
    "conversations.info": READ,
    "conversations.join": ("channels:join",),
    "conversations.list": READ,
    "conversations.members": READ,
    "conversations.open": ("im:write", "mpim:write"),
    "conversations.replies": HISTORY,
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.info": ("files:read",),
    "reactions.add": ("reactions:write",),
    "reactions.remove": ("reactions:write",),
    "team.info": ("team:read",),
    "users.conversations": READ,
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "users.lookupByEmail": ("users:read.email",),
}
BORROWED = ("username", "icon_url", "icon_emoji")
"""Arguments by which the app speaks under another name or face."""


def check_scopes(method: str, args: Arguments, scopes: Sequence[str]) -> None:
    """Raises MissingScope when the app was not given what this call needs."""
    needed = NEEDED.get(method, ())
    if needed and not set(needed) & set(scopes):
        raise MissingScope(needed[0], scopes)
    if method.startswith("chat.post") and "chat:write.customize" not in scopes and any(args.given.get(name) for name in BORROWED):
        raise MissingScope("chat:write.customize", scopes)
