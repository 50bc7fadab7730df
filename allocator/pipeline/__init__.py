"""From a config file to a stored plan, one step after the other."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.messages.progress import put_off
from allocator.optimise.planner import solve
from allocator.problem.build import load
from allocator.runs.solution import Solution

if TYPE_CHECKING:
    from allocator.messages.watch import Progress


def run(
    path: str | Path,
    *,
    scenario: str | None = None,
    overrides: Sequence[str] = (),
    out: str | Path | None = None,
    gap: float | None = None,
    time_limit: float | None = None,
    progress: Progress | None = None,
    log: str | Path | None = None,
) -> Solution:
    """Make a plan from a config, verify it and store it under ``out`` (``runs`` when None).

    ``log`` is a file for the solver's own log of every solve.

    Raises:
        AllocatorError: see `load` and `solve`; and VerificationFailed when the plan breaks a rule after all.
    """
    from allocator.pipeline import store
    from allocator.runs import folder as run_folder

    case = load(path, scenario, overrides, progress=progress)
    from allocator.optimise.search.highs import logged

    with nullcontext() if log is None else logged(Path(log)):
        solution = solve(case, gap=gap, time_limit=time_limit, progress=progress, judged=True)
    with put_off():
        folder = store.write(solution, run_folder.RUNS if out is None else Path(out), progress)
    return replace(solution, folder=folder, run_id=folder.name)
