"""What it was measured on, in words."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
import time
from pathlib import Path
from tempfile import TemporaryFile

_SYNCS = 50


def machine(folder: Path | None = None) -> list[tuple[str, str]]:
    """Processor, memory, disk and versions."""
    return [
        ("processor", f"{os.cpu_count()} × {_processor()}"),
        ("memory", _memory()),
        ("disk", f"{_sync(folder) * 1000:.2f} ms for 4 KB and fsync"),
        ("system", f"{platform.system()} {platform.release()}"),
        ("Python", sys.version.split()[0]),
        ("SQLite", sqlite3.sqlite_version),
    ]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1024**3:.1f} GB"


def _sync(folder: Path | None) -> float:
    """Seconds that a small write takes until it is on the disk: the median of some."""
    took = []
    with TemporaryFile(dir=folder) as file:
        for _ in range(_SYNCS):
            began = time.perf_counter()
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    return sorted(took)[_SYNCS // 2]
