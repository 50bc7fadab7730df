"""What each phase of a run takes, in seconds and in memory, and who is told that it has begun."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.messages.watch import Progress

STATUS = Path("/proc/self/status")
MB = 1 << 20


@dataclass
class Phases:
    """Timings in seconds; memory in MB, the most that the process had needed when the phase ended."""

    progress: Progress | None = None
    timings: dict[str, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    @contextmanager
    def of(self, phase: str) -> Iterator[None]:
        """Tell that a phase begins, and note what it took; a phase that comes again adds up."""
        begun = time.perf_counter()
        if self.progress:
            self.progress(phase, None, None, None, time.monotonic() - self.started, 0, 0)
        yield
        self.timings[phase] = self.timings.get(phase, 0.0) + time.perf_counter() - begun
        self.remember(phase)

    def remember(self, phase: str) -> None:
        """Note the memory needed until now."""
        most = peak()
        if most is not None:
            self.memory[phase] = most

    def while_solving(
        self,
        phase: str,
        best: float | None,
        bound: float | None,
        gap: float | None,
        seconds: float,
        rows: int,
        columns: int,
    ) -> None:
        """Pass on what the solver reports; its first word after the translation ends that."""
        if phase != "translate" and "translate" not in self.memory:
            self.remember("translate")
        if self.progress:
            self.progress(phase, best, bound, gap, seconds, rows, columns)


def peak() -> float | None:
    """The most memory this process has needed so far, in MB; None where the system does not say."""
    try:
        line = next(line for line in STATUS.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / MB
    except (OSError, StopIteration, ValueError):
        pass
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / MB if sys.platform == "darwin" else most * 1024 / MB


@contextmanager
def put_off() -> Iterator[None]:
    """The first Ctrl-C waits: a plan that was found is stored. A second one ends the program as usual."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def wait(_number: int, _frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    signal.signal(signal.SIGINT, wait)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
