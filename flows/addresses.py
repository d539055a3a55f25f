"""Addresses of e-mail, told apart: one normal form, however somebody wrote it."""

from __future__ import annotations

_LONGEST_DOMAIN = 255
"""Octets (RFC 5321, 4.5.3.1.2). Longer ones are none, and encoding them would take its time."""


def normal_address(address: str) -> str:
    """The form in which addresses are kept and compared: small letters, the domain in ASCII (RFC 5890), as mail servers write it.

    What is no address only loses its blanks and capitals. Nothing is raised.
    """
    plain = address.strip().lower()
    local, at, domain = plain.rpartition("@")
    if domain.isascii() or len(domain) > _LONGEST_DOMAIN:
        return plain
    try:
        return f"{local}{at}{domain.encode('idna').decode('ascii').lower()}" if at else plain
    except UnicodeError:
        return plain


def same_address(one: str, other: str) -> bool:
    """Whether two addresses are one mailbox's, as far as their writing tells. Two that are missing are not."""
    return bool(one.strip()) and normal_address(one) == normal_address(other)


def spellings(address: str) -> tuple[str, ...]:
    """The normal form first, then that with the domain as people write it where that differs: what an address may be known by."""
    normal = normal_address(address)
    local, at, domain = normal.rpartition("@")
    if "xn--" not in domain or len(domain) > _LONGEST_DOMAIN:
        return (normal,)
    try:
        return tuple(dict.fromkeys((normal, f"{local}{at}{domain.encode('ascii').decode('idna')}")))
    except UnicodeError:
        return (normal,)
