"""Where a link leads: an address written out, or one that is put together for each person."""

from __future__ import annotations

from dataclasses import dataclass

from bot.markup.tags import Tags, is_mark, split_marks


@dataclass(frozen=True, slots=True)
class Address:
    """Either `fixed`, or `bind`: a statement that sets `address_`, to '' when there is no address people should follow."""

    fixed: str = ""
    bind: str = ""


def address(href: str, tags: Tags) -> Address:
    """Raises ValueError when the address holds a statement instead of a value."""
    parts = split_marks(href)
    if not any(map(is_mark, href)):
        return Address(fixed=href)
    if statement := next((p for p in parts if is_mark(p) and not tags.expression(p)), ""):
        raise ValueError(f"an address holds {tags.source(statement)}; put the condition around the link")
    pieces = " ~ ".join(f"({tags.expression(p)})" if is_mark(p) else repr(p) for p in parts)
    return Address(bind=f"{{% set address_ = ({pieces}) | safe_link %}}")
