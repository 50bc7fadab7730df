"""The live progress line on a terminal."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import Self, TextIO

from allocator.messages import catalogue, say

CLEAR = "\r\x1b[2K"
PAUSE = 0.1


class LiveLine:
    """One line on standard error that follows the solve; silent when that is not a terminal."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.stream: TextIO | None = None
        self.last = 0.0
        self.phase = ""

    def __enter__(self) -> Self:
        if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
            # A copy of the descriptor: the line survives whatever redirects standard error during the solve.
            self.stream = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8", errors="replace")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
        seconds: float,
        rows: int,
        columns: int,
    ) -> None:
        """Show how far the solve is."""
        now = time.monotonic()
        if self.stream is None or (now - self.last < PAUSE and phase == self.phase):
            return
        self.last, self.phase = now, phase
        text = say(
            "cli.progress",
            self.language,
            phase=catalogue("cli", self.language).get(f"phase_{phase}", phase),
            best=shown(best, ",.2f"),
            bound=shown(bound, ",.2f"),
            gap=shown(gap, ".3%"),
            seconds=f"{seconds:.0f}",
        )
        self.stream.write(CLEAR + text + (f" · {rows:,} × {columns:,}" if rows else ""))
        self.stream.flush()


def shown(value: float | None, pattern: str) -> str:
    """A number, or a dash while there is none."""
    return "–" if value is None or value in {float("inf"), float("-inf")} else format(value, pattern)
