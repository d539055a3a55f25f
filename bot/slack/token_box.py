"""Tokens at rest: encrypted with the newest key, readable with any key of the list."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE = b"handrail slack tokens, version 1"


class Unreadable(Exception):
    """It was encrypted with a key that we don't have (any more), or it is damaged."""


class TokenBox:
    """Encrypts with the first of `keys` (Fernet keys, newest first) and decrypts with all. Raises ValueError for what is no key."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self.mark = hashlib.sha256(keys[0].encode()).hexdigest()[:12]
        """Tells the newest key from others, and nothing else about it."""

    def close(self, token: str) -> str:
        """The token as it is kept; '' stays ''."""
        return self._fernet.encrypt(token.encode()).decode() if token else ""

    def open(self, kept: str) -> str:
        """The token again. Raises Unreadable."""
        try:
            return self._fernet.decrypt(kept.encode()).decode() if kept else ""
        except (InvalidToken, UnicodeDecodeError):
            raise Unreadable from None

    def renewed(self, kept: str) -> str:
        """The same token, kept with the newest key. Raises Unreadable."""
        try:
            return self._fernet.rotate(kept.encode()).decode() if kept else ""
        except InvalidToken:
            raise Unreadable from None


def token_box(keys: Sequence[str], secret_key: str) -> TokenBox:
    """A box with those keys, and last the one derived from the secret that signs our links: it is all there is before there are keys.

    So the tokens that it keeps are still read, and move to the first of `keys`.
    """
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret_key.encode())
    return TokenBox([*keys, urlsafe_b64encode(derived).decode()])
