"""A process as the test sees it: it can be killed, and it can hang."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from chaos.body import Doom


@dataclass
class Body:
    """A process: what it is, and how it is to die. `clock` are the seconds by which its clock is wrong."""

    role: str
    process: ForkServerProcess
    doom: Doom | None
    clock: Any
    born: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int:
        assert self.process.pid
        return self.process.pid

    @property
    def dead(self) -> bool:
        return self.process.exitcode is not None

    def kill(self) -> None:
        self.process.kill()
        self.process.join(timeout=10)

    def freeze(self) -> None:
        """It hangs, and does not know."""
        os.kill(self.pid, signal.SIGSTOP)

    @property
    def hangs(self) -> bool:
        """Whether it has been stopped."""
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] in "Tt"

    def thaw(self) -> None:
        """It goes on as if no time had passed."""
        os.kill(self.pid, signal.SIGCONT)
