"""The live progress line on a terminal."""

from __future__ import annotations

import os
import sys
import threading
import time
from types import TracebackType
from typing import Self, TextIO

from allocator.messages import catalogue, say

CLEAR = "\r\x1b[2K"
PAUSE = 0.1
TICK = 0.5
"""Seconds after which the clock on the line goes on while nothing is reported."""


class LiveLine:
    """One line on standard error that follows a run, or a question; silent when that is not a terminal.

    Of a question, whose solves are its own affair, the line has what is asked and the phase, but no figures of goals.
    """

    def __init__(self, language: str, *, of_plan: bool = True) -> None:
        self.language, self.of_plan = language, of_plan
        self.heading = ""
        self.stream: TextIO | None = None
        self.started = time.monotonic()
        self.last = 0.0
        self.phase = ""
        self.figures = ""
        self.lock = threading.Lock()
        self.closed = threading.Event()

    def __enter__(self) -> Self:
        if sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            # A copy of the descriptor: the line survives whatever redirects standard error during the solve.
            self.stream = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace")
            threading.Thread(target=self._tick, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed.set()
        with self.lock:
            if self.stream is not None:
                self.stream.write(CLEAR)
                self.stream.close()
                self.stream = None

    def __call__(
        self,
        phase: str,
        best: float | None,
        bound: float | None,
        gap: float | None,
        _seconds: float,
        rows: int,
        columns: int,
    ) -> None:
        """Show how far the run is; the seconds shown are those of the whole run."""
        with self.lock:
            if self.stream is None or (time.monotonic() - self.last < PAUSE and phase == self.phase):
                return
            asked, _, count = phase.partition(" ")
            if heading := catalogue("cli", self.language).get(f"asked_{asked}"):
                self.heading, phase = f"{heading} {count}".rstrip(), ""
            self.phase = phase
            self.figures = self._figures(best, bound, gap, rows, columns) if self.of_plan else ""
            self._draw()

    def _figures(self, best: float | None, bound: float | None, gap: float | None, rows: int, columns: int) -> str:
        size = say("cli.progress_size", self.language, rows=f"{rows:,}", columns=f"{columns:,}") if rows else ""
        if best is None and bound is None and not rows:
            return ""
        values = {"best": shown(best, ",.2f"), "bound": shown(bound, ",.2f"), "gap": shown(gap, ".3%")}
        return say("cli.progress", self.language, **values) + size

    def _draw(self) -> None:
        self.last = time.monotonic()
        phase = catalogue("cli", self.language).get(f"phase_{self.phase}", self.phase)
        phase = " · ".join(part for part in (self.heading, phase) if part)
        clock = say("cli.progress_seconds", self.language, seconds=f"{self.last - self.started:.0f}")
        if self.stream is not None:
            self.stream.write(CLEAR + phase + clock + self.figures)
            self.stream.flush()

    def _tick(self) -> None:
        """Let the clock go on through phases that report nothing."""
        while not self.closed.wait(TICK):
            with self.lock:
                if self.stream is not None and (self.phase or self.heading) and time.monotonic() - self.last >= TICK:
                    self._draw()


def shown(value: float | None, pattern: str) -> str:
    """A number, or a dash while there is none."""
    return "–" if value is None or value in {float("inf"), float("-inf")} else format(value, pattern)
