"""Processes that measure, each with memory and imports of its own, started together at a word."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent
PATIENCE = 1800.0
"""Seconds after which a process that does not end is ended."""

Order = Mapping[str, Any]
Told = dict[str, Any]


def together(*orders: Order) -> tuple[list[Told], float]:
    """Let these works begin at once, each in a process of its own. Gives what they tell, and the seconds until the last was done.

    Raises RuntimeError when one fails; its own words are on stderr.
    """
    running = [_started(order) for order in orders]
    watch = threading.Timer(PATIENCE, _ended, [running])
    watch.start()
    try:
        for one in running:
            _line(one, "get ready")
        began = time.perf_counter()
        for one in running:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        told = [json.loads(_line(one, "finish")) for one in running]
        return told, time.perf_counter() - began
    finally:
        watch.cancel()
        for one in running:
            one.kill()
            one.communicate()


def _ended(running: list[subprocess.Popen[str]]) -> None:
    for one in running:
        one.kill()


def _started(order: Order) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.child", json.dumps(order)]
    return subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _line(one: subprocess.Popen[str], what: str) -> str:
    assert one.stdout is not None
    line = one.stdout.readline()
    if not line:
        raise RuntimeError(f"a process that measures did not {what}; its words are above")
    return line
