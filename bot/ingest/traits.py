"""Traits as the products' tools spell them, under the names that playbooks ask for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bot.ingest.calls import Company
from bot.ingest.reading import id_of, mapping

NAMES = {"firstName": "first_name", "lastName": "last_name", "timeZone": "timezone"}
"""Segment's spelling of reserved traits, and ours."""

NO_TRAITS = ("company", "address", "createdAt")
"""What stands among the traits and is none of the person's."""


def renamed(traits: Mapping[str, Any], names: Mapping[str, str] = NAMES, without: Collection[str] = ()) -> dict[str, Any]:
    """Traits under our names; those `without` are left out."""
    return {names.get(name, name): value for name, value in traits.items() if name not in without}


def company_in(traits: Mapping[str, Any], group: str = "") -> Company | None:
    """The company among somebody's traits, else the one that the call was made for (`group`). Raises Unreadable."""
    company = mapping(traits, "company")
    id, domain = id_of(company, "id") or group, company.get("domain")
    known = Company(id=id, domain=domain if isinstance(domain, str) else "", traits=renamed(company, without=("id",)))
    return known if known.id or known.domain else None
