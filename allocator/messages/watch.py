"""The clock of a piece of work: its deadline, the user's interrupt, and who hears of progress."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy

Progress = Callable[[str, float | None, float | None, float | None, float, int, int], None]
"""(phase, best, bound, gap, seconds, rows, columns), as a live line shows them."""


class Watch:
    """The deadline, the user's interrupt, and who wants to hear of progress."""

    def __init__(self, seconds: float | None = None, progress: Progress | None = None) -> None:
        self.started = time.monotonic()
        self.deadline = None if seconds is None else self.started + seconds
        self.stop = threading.Event()
        self.given_up = threading.Event()
        self.progress = progress
        self.phase = ""
        self.best: float | None = None
        self.bound: float | None = None
        self.size = (0, 0)
        self.unit = 1.0

    @property
    def seconds(self) -> float:
        """Time since the start."""
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return float("inf") if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether to stop."""
        return self.stop.is_set() or self.given_up.is_set() or self.left <= 0

    def apart(self) -> Watch:
        """A watch with the same clock, for one search that may be given up without the others."""
        other = copy(self)
        other.given_up = threading.Event()
        return other

    def at_most(self, seconds: float) -> Watch:
        """A watch for a part of the work, which ends with this one or after so many seconds."""
        other = copy(self)
        other.deadline = time.monotonic() + min(seconds, self.left)
        return other

    def silent(self) -> Watch:
        """A watch with the same clock that tells nobody of progress."""
        other = copy(self)
        other.progress = None
        return other

    def tell(self, phase: str | None = None, best: float | None = None, bound: float | None = None) -> None:
        """Report progress; ``best`` and ``bound`` in units of the goal's scale."""
        self.phase = phase or self.phase
        self.best = self.best if best is None or not math.isfinite(best) else best
        self.bound = self.bound if bound is None or not math.isfinite(bound) else bound
        if self.progress:
            both = self.best is not None and self.bound is not None
            gap = relative_gap(self.best or 0.0, self.bound or 0.0) if both else None
            scaled = [None if v is None else v * self.unit for v in (self.best, self.bound)]
            self.progress(self.phase, scaled[0], scaled[1], gap, self.seconds, *self.size)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Ctrl-C asks the solve to stop with what it has; a second one ends the program as usual."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.getsignal(signal.SIGINT)

        def ask(_number: int, _frame: object) -> None:
            if self.stop.is_set():
                raise KeyboardInterrupt
            for watch in _asked:  # those whose question this search is a part of end, too
                watch.stop.set()

        signal.signal(signal.SIGINT, ask)
        _asked.append(self)
        try:
            yield
        finally:
            _asked.remove(self)
            signal.signal(signal.SIGINT, before)


_asked: list[Watch] = []
"""The watches that Ctrl-C stops, the innermost last."""


def relative_gap(value: float, bound: float) -> float:
    """Distance of a bound from a value, as a share of the value."""
    return abs(bound - value) / max(abs(value), 1e-9)
