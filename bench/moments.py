"""The day that is measured, and the project it is measured with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

PROJECT = Path(__file__).parent / "project"
DAY = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
"""A Monday, ten o'clock in Berlin: the moment of the dated messages."""
FIRST = 120
"""People who came by the product's own ways; the others of a population are their copies."""
TEAM = "T_PLAYGROUND"
"""The playground's workspace."""
