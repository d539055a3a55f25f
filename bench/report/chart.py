"""A picture of the ratios: how many times each peer, and how much of the floor. SVG by hand; light and dark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from bench.figures import Figure
from bench.report.table import spoken

_WIDTH, _LEFT, _RIGHT, _LINE, _BAR = 900, 220, 210, 30, 14
_STYLE = """
  text { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; fill: #1c2024 }
  .quiet { fill: #5f6670 } .title { font-size: 15px; font-weight: 600 }
  .paper { fill: #fbfaf7 } .track { fill: #e9e6de } .ours { fill: #0f766e } .asked { stroke: #b45309; stroke-width: 2 }
  .tick { stroke: #d9d5cb; stroke-width: 1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #eceae4 } .quiet { fill: #a5abb3 }
    .paper { fill: #15181b } .track { fill: #2c3136 } .ours { fill: #2dd4bf } .asked { stroke: #f59e0b } .tick { stroke: #363c42 }
  }
"""
_ASKED = {"messages": 0.6, "events-batch": 0.5, "events-single": 0.5}
"""How much of the floor is asked for."""
_PEERS = {"apscheduler": ("APScheduler", 20.0), "procrastinate": ("Procrastinate", 10.0), "celery": ("Celery with ETA", None)}
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def chart(figures: Sequence[Figure]) -> str:
    """The whole picture."""
    floors = [figure for figure in figures if figure.chief and figure.floor_ratio and figure.unit.endswith("/s")]
    peers = [figure for figure in figures if figure.chief and figure.name == "messages" and figure.vs]
    parts: list[str] = []
    y = _heading(parts, 34, "Of the hand-written floor", "the same rows by the raw driver; the mark is what is asked for")
    y = _shares(parts, y, floors)
    if peers:
        y = _heading(parts, y + 26, "Messages, times the rate of", "one job for each message; logarithmic")
        y = _times(parts, y, peers)
    size = f'width="{_WIDTH}" height="{y + 14}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y + 14}" {size} role="img">'
    title = "<title>Handrail measured beside hand-written code and beside its peers</title>"
    return "\n".join([head, title, f"<style>{_STYLE}</style>", f'<rect class="paper" {size} rx="8"/>', *parts, "</svg>\n"])


def _heading(parts: list[str], y: int, title: str, beneath: str) -> int:
    parts.append(f'<text class="title" x="24" y="{y}">{escape(title)}</text>')
    parts.append(f'<text class="quiet" x="24" y="{y + 20}">{escape(beneath)}</text>')
    return y + 38


def _shares(parts: list[str], y: int, figures: Sequence[Figure]) -> int:
    highest = max(1.0, *(figure.floor_ratio or 0.0 for figure in figures), 1.0)
    for figure in figures:
        ratio = figure.floor_ratio or 0.0
        words = f"{ratio:.2f} · {spoken(figure.value, figure.unit)}"
        asked = _ASKED.get(figure.name)
        _bar(parts, y, f"{figure.name}, {_NAMES[figure.database]}", ratio / highest, words, asked and asked / highest)
        y += _LINE
    return y


def _times(parts: list[str], y: int, figures: Sequence[Figure]) -> int:
    rows = [(figure, peer, ratio) for figure in figures for peer, ratio in figure.vs.items() if ratio > 0]
    decades = max(2, math.ceil(math.log10(max(ratio for _, _, ratio in rows))))
    room = _WIDTH - _LEFT - _RIGHT
    bottom = y + _LINE * len(rows)
    for decade in range(decades + 1):
        x = _LEFT + room * decade / decades
        parts.append(f'<line class="tick" x1="{x:.0f}" x2="{x:.0f}" y1="{y - 8}" y2="{bottom - 8}"/>')
        parts.append(f'<text class="quiet" x="{x:.0f}" y="{bottom + 8}" text-anchor="middle">{10**decade:,}</text>')
    for figure, peer, ratio in rows:
        name, asked = _PEERS.get(peer, (peer, None))
        share, mark = max(0.0, math.log10(ratio)) / decades, math.log10(asked) / decades if asked else None
        _bar(parts, y, f"{name}, {_NAMES[figure.database]}", share, f"{ratio:,.1f} ×", mark, track=False)
        y += _LINE
    return bottom + 14


def _bar(parts: list[str], y: int, name: str, share: float, words: str, asked: float | None, *, track: bool = True) -> None:
    room = _WIDTH - _LEFT - _RIGHT
    parts.append(f'<text x="{_LEFT - 14}" y="{y + 12}" text-anchor="end">{escape(name)}</text>')
    if track:
        parts.append(f'<rect class="track" x="{_LEFT}" y="{y}" width="{room}" height="{_BAR}" rx="3"/>')
    width = max(2.0, room * min(1.0, share))
    parts.append(f'<rect class="ours" x="{_LEFT}" y="{y}" width="{width:.0f}" height="{_BAR}" rx="3"/>')
    if asked is not None:
        x = _LEFT + room * min(1.0, asked)
        parts.append(f'<line class="asked" x1="{x:.0f}" x2="{x:.0f}" y1="{y - 4}" y2="{y + _BAR + 4}"/>')
    parts.append(f'<text x="{_WIDTH - _RIGHT + 12 if track else _LEFT + width + 10:.0f}" y="{y + 12}">{escape(words)}</text>')
