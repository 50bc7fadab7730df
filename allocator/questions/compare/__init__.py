"""Stored runs side by side: first the inputs that differ, then the results, then which input changed which figure.

Everything comes from the run folders; nothing in them is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.messages import Message
from allocator.messages.errors import InputError
from allocator.questions.compare.difference import Difference
from allocator.runs import folder as run_folder

if TYPE_CHECKING:
    from allocator.messages.watch import Progress, Watch
    from allocator.questions.compare.pairing import Pair

__all__ = ["Comparison", "Difference", "compare"]

SECONDS = 60.0
"""Longest search for one of the plans between two runs."""


@dataclass(frozen=True)
class Comparison:
    """Several runs, each against the first."""

    differences: tuple[Difference, ...]
    language: str

    def text(self) -> str:
        """One screen for each pair of runs."""
        from allocator.questions.compare.text import render

        return "\n\n".join(render(difference, self.language) for difference in self.differences)

    def _repr_html_(self) -> str:
        """What a notebook shows: the text of one screen for each pair of runs."""
        return f"<pre>{escape(self.text())}</pre>"

    def write(self, folder: Path) -> list[Path]:
        """Write compare.csv, compare.html and compare.xlsx into ``folder``; their paths."""
        from allocator.questions.compare.files import write

        return write(self.differences, self.language, folder)


def compare(
    *runs: str | Path,
    out: str | Path | None = None,
    attribution: bool = True,
    seconds: float = SECONDS,
    language: str | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare stored runs with the first of them.

    ``runs`` are folders, ids or beginnings of ids (below ``out``). With ``attribution`` the plans between two runs
    are made as well, each searched at most ``seconds``; where the user stops that, everything else is told.

    Raises:
        InputError: no such run, fewer than two, different currencies, or no plan year in common.
    """
    from allocator.messages.watch import Watch
    from allocator.questions.compare.pairing import paired

    if len(runs) < 2:
        raise InputError([Message("compare.two_runs")])
    stored = [run_folder.read(run_folder.find(str(run), run_folder.RUNS if out is None else Path(out))) for run in runs]
    found = []
    watch = Watch(None, progress)
    with watch.interruptible():
        watch.tell("compare")
        for other in stored[1:]:
            pair, notices = paired(stored[0], other)
            found.append(difference(pair, notices, seconds if attribution else None, watch))
    return Comparison(tuple(found), language or stored[0].language)


def difference(pair: Pair, notices: Sequence[Message], seconds: float | None, watch: Watch) -> Difference:
    """Everything in which two runs differ; without ``seconds`` no plans between are made."""
    from allocator.questions.compare import inputs, results
    from allocator.questions.compare.attribution import Attribution, attribute

    tables = {
        "differences": inputs.differences(pair),
        "figures": results.figures(pair),
        "goals": results.goals(pair),
        "awards": results.awards(pair),
        "totals": results.totals(pair),
        "limits": results.limits(pair),
    }
    known: Attribution | None = None if seconds is None else attribute(pair, seconds, watch)
    if known is not None and len(known.terms):
        tables["attribution"] = known.terms
    told = (*notices, *(() if known is None else known.notices))
    return Difference(pair, tables, "none" if known is None else known.method, told)
