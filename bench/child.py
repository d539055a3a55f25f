"""A process that measures: it gets ready, says so, and works when it is told to. `bench.children` starts it."""

from __future__ import annotations

import cProfile
import importlib
import json
import pstats
import resource
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.collecting import collect_rarely

_TOP = 25
_NOT_WAITING = r"^(?!.*(SimpleQueue|_thread|time\.sleep|selectors|poll))"
"""Functions that do something, and do not wait for another thread."""


def main() -> None:
    """The order comes as JSON: `work` is "module:function", which gets the rest and gives back what to do when told to go."""
    order: dict[str, Any] = json.loads(sys.argv[1])
    module, _, function = order.pop("work").partition(":")
    profile = bool(order.pop("profile", False))
    go = getattr(importlib.import_module(module), function)(**order)
    collect_rarely()  # as the house does that runs by itself; whoever it is measured against gets it too
    print("ready", flush=True)
    sys.stdin.readline()
    began, cpu = time.perf_counter(), time.process_time()
    told = (_profiled(go) if profile else go()) or {}
    told |= {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    told["peak_mb"] = _peak()
    print(json.dumps(told), flush=True)


def _peak() -> float:
    """The most memory that this process took, in MB. What getrusage tells on Linux begins with that of whoever started it."""
    with suppress(OSError):
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def _profiled(go: Any) -> Any:
    """The same with a profile of every thread, on stderr."""
    others: list[cProfile.Profile] = []

    def begin(*_: object) -> None:
        sys.setprofile(None)
        others.append(cProfile.Profile())
        others[-1].enable()

    threading.setprofile(begin)
    own = cProfile.Profile()
    told = own.runcall(go)
    threading.setprofile(None)
    stats = pstats.Stats(own, stream=sys.stderr)
    for other in others:
        other.create_stats()
        stats.add(other)
    stats.sort_stats("tottime").print_stats(_NOT_WAITING, _TOP)
    return told


if __name__ == "__main__":
    main()
