"""Domains of addresses that say nothing about where somebody works."""

from __future__ import annotations

from pathlib import Path

from flows.addresses import normal_address

PUBLIC = frozenset(Path(__file__).with_name("public_mail_domains.txt").read_text(encoding="utf-8").split())
"""Anybody may have an address there: one of these never makes an account, and never brings anybody into one."""


def own_domain(domain: str) -> str:
    """A domain that a company can have for its own, in its normal form; '' for a public one and for what is none."""
    plain = normal_address(f"@{domain.strip().strip('.').lower().removeprefix('www.')}").removeprefix("@")
    return plain if "." in plain and "@" not in plain and "/" not in plain and plain not in PUBLIC else ""
