"""Faces for people who have no picture: the letters of their name on one of four grounds."""

from __future__ import annotations

from html import escape

GROUNDS = (("#e7dcf3", "#4a2d6b"), ("#fbe2cf", "#7a3a0c"), ("#dbe7f7", "#1f4272"), ("#e4ecd2", "#3f5214"))


def initials(name: str) -> str:
    """One letter of the first word and one of the last."""
    words = name.split()
    return (words[0][:1] + (words[-1][:1] if len(words) > 1 else "")).upper() if words else "?"


def face_of(name: str) -> str:
    """A square picture as SVG."""
    ground, ink = GROUNDS[sum(map(ord, name)) % len(GROUNDS)]
    letters = escape(initials(name))
    font = f'font-family="sans-serif" font-size="28" font-weight="600" fill="{ink}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 72"><rect width="72" height="72" fill="{ground}"/>'
        f'<text x="36" y="46" text-anchor="middle" {font}>{letters}</text></svg>'
    )
