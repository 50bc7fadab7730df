"""A changed budget on an open model, against a fresh process that reads everything anew; the same gap for both.

`python -m tests.benchmarks.reopening hot|cold PLAN OUT`. Twice timed: until the solution, which is exact and has
every rule rechecked in whole fen; and until it is stored, verified once more without the solver, with its reports.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median

STARTED = time.perf_counter()
GAP = 0.0005  # the default of a config
CHANGES = (0.97, 1.02, 0.95, 1.04, 0.99)
"""Budgets of fiscal money in the second year, as shares of the plan's."""


def hot(plan: Path, out: Path) -> None:
    """Change the budget of an open, solved model again and again."""
    import allocator
    from allocator import store
    from tests.benchmarks.machine import emit

    model = allocator.open(plan)
    model.solve(gap=GAP)
    year = model.case.loaded.config.years[1]
    budget = float(model.case.loaded.config.budget("fiscal", year))
    solved, stored, values = [], [], []
    for share in CHANGES:
        at = time.perf_counter()
        solution = model.with_budget("fiscal", year, round(budget * share)).solve(gap=GAP)
        solved.append(time.perf_counter() - at)
        store.write(solution, out)
        stored.append(time.perf_counter() - at)
        values.append(float(solution.objective))
    emit({"solved": solved[0], "stored": stored[0], "median": median(solved), "each": solved, "objective": values[0]})


def cold(plan: Path, out: Path) -> None:
    """Read, build and solve with the first of the changes, imports included."""
    from allocator import load, solve, store
    from allocator.load import load_config
    from tests.benchmarks.machine import emit

    config = load_config(plan).config
    budgets = {y: config.budget("fiscal", y) for y in config.years}
    budgets[config.years[1]] = round(float(budgets[config.years[1]]) * CHANGES[0])
    told = ", ".join(f"{y}: {amount}" for y, amount in budgets.items())
    solution = solve(load(plan, overrides=[f"sources.fiscal.budget={{{told}}}"]), gap=GAP)
    solved = time.perf_counter() - STARTED
    store.write(solution, out)
    emit({"solved": solved, "stored": time.perf_counter() - STARTED, "objective": float(solution.objective)})


if __name__ == "__main__":
    {"hot": hot, "cold": cold}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
