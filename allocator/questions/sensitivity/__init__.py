"""How sure a plan is: what it and the best plan are worth where the numbers that it rests on are off."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.messages import Message, say
from allocator.messages.errors import Interrupted
from allocator.runs import folder as run_folder

if TYPE_CHECKING:
    import pandas as pd

    from allocator.messages.watch import Progress

FILE = "sensitivity.csv"


@dataclass(frozen=True, eq=False)
class Answer:
    """Every setting that was tried, amounts in the config's unit; ``path`` is None where the user stopped before the end."""

    run: run_folder.StoredRun
    language: str
    rows: pd.DataFrame
    whole: int
    path: Path | None

    def text(self) -> str:
        """The settings, what breaks, which projects stay, and what decides the plan."""
        from allocator.report.chapters.sensitivity import render_settings

        lines = [render_settings(self.run, self.language, self.rows)]
        if self.path is None:
            lines += ["", say("sensitivity.stopped", self.language, count=len(self.rows), whole=self.whole)]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """All of it for machines: numbers as plain decimals in texts, as in the file."""
        from allocator.runs.stored_tables import plain

        return {
            "run_id": self.run.run_id,
            "settings": self.whole,
            "complete": self.path is not None,
            "rows": self.rows.map(plain).to_dict("records"),
        }


def sensitivity(
    run: str | Path,
    *,
    out: str | Path | None = None,
    language: str | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Make a stored plan anew under other numbers: every group 20 % lower and higher, at its own ends, in its other shape.

    Writes ``sensitivity.csv`` beside the run's own files; nothing where the user stopped.

    Raises:
        InputError: no such run. Interrupted: the user stopped before anything was known.
    """
    from allocator.messages.watch import Watch
    from allocator.problem.uncertain_numbers import settings
    from allocator.questions.sensitivity.solved import cases, table
    from allocator.questions.session import Session
    from allocator.runs.stored_tables import plain, write_table

    stored = run_folder.read(run_folder.find(str(run), run_folder.RUNS if out is None else Path(out)))
    watch = Watch(None, progress)
    with watch.interruptible():
        watch.tell("open")
        opened = Session.of(stored)
        asked = settings(opened.case.loaded, opened.case.inputs)
        rows = table(opened, list(zip(asked, cases(opened, watch), strict=False)))
    path = None if len(rows) < len(asked) else stored.folder / FILE
    if path is None and rows.empty:
        raise Interrupted([Message("cli.nothing_known")])
    if path is not None:
        write_table(path, rows.map(plain))
    return Answer(stored, language or stored.language, rows, len(asked), path)
