"""A change on an open model, against a fresh process that reads everything anew; the same gap, both plans verified.

`python -m tests.benchmarks.reopening hot|cold PLAN OUT`. Timed until the verified solution: exact, with every rule
rechecked without the solver; and, beside it, until it is stored, verified from its files once more, with its reports.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

SCENARIO = "poorer"  # of `plans.config`
STARTED = time.perf_counter()
GAP = 0.0005  # the default of a config
SHARES = (0.97, 1.02, 0.95, 1.04, 0.99)
"""Budgets of fiscal money in the second year, as shares of the plan's."""

if TYPE_CHECKING:
    from allocator.questions.live_model import LiveModel
    from allocator.runs.solution import Solution


def hot(plan: Path, out: Path) -> None:
    """Change an open, solved model again and again, in every way."""
    import allocator
    from allocator.pipeline import store
    from tests.benchmarks.machine import emit

    model = allocator.open(plan)
    solution = model.solve(gap=GAP)
    kinds: dict[str, list[float]] = {}
    values, used = [], []
    for kind, change in changes(model, solution):
        at, begun = time.perf_counter(), time.process_time()
        change()
        solution = model.solve(gap=GAP)
        kinds.setdefault(kind, []).append(time.perf_counter() - at)
        used += [time.process_time() - begun] if kind == "budget" else []
        values.append(float(solution.objective))
        if not solution.verified:
            raise SystemExit("a plan was not verified")
    at = time.perf_counter()
    store.write(solution, out)
    stored, solved = time.perf_counter() - at, median(kinds["budget"])
    medians = {kind: median(seconds) for kind, seconds in kinds.items()}
    told = {"cpu": median(used), "kinds": medians, "each": kinds, "objective": values[0]}
    emit({"solved": solved, "stored": solved + stored, **told})


def changes(model: LiveModel, solution: Solution) -> Iterator[tuple[str, Callable[[], object]]]:
    """Kinds of change, and the next one of that kind; each is on top of those before."""
    config = model.case.loaded.config
    year, energy = config.years[1], next(limit for limit in config.limits if limit.max is not None)
    budget = float(config.budget("fiscal", year))
    funded = solution.awards["project_id"].tolist()
    out = solution.projects.loc[solution.projects["reason_code"] == "outranked", "project_id"].tolist()
    for share in SHARES:
        yield "budget", lambda share=share: model.with_budget("fiscal", year, round(budget * share))
    for share in ("0.99", "0.97", "1.01"):
        most = Decimal(str(energy.max)) * Decimal(share)
        yield "limit", lambda most=most: model.with_limit(energy.name, max=most)
    for weight in ("0.55", "0.45", "0.5"):
        yield "weight", lambda weight=weight: model.with_weight(1, weight)
    for n in (3, 7, 11):
        yield "lock in", lambda n=n: model.with_locks(must_fund=out[n : n + 2])
    for n in (3, 7, 11):
        yield "lock out", lambda n=n: model.with_locks(must_not=funded[n : n + 2])
    for name in (SCENARIO, None, SCENARIO):
        yield "scenario", lambda name=name: model.with_scenario(name)


def cold(plan: Path, out: Path) -> None:
    """Read, build, solve and verify with the first of the changes, imports included."""
    import allocator
    from allocator.config.source.load import load_config
    from allocator.pipeline import store
    from tests.benchmarks.machine import emit

    config = load_config(plan).config
    budgets = {y: config.budget("fiscal", y) for y in config.years}
    budgets[config.years[1]] = round(float(budgets[config.years[1]]) * SHARES[0])
    told = ", ".join(f"{y}: {amount}" for y, amount in budgets.items())
    solution = allocator.open(plan, overrides=[f"sources.fiscal.budget={{{told}}}"]).solve(gap=GAP)
    solved, used = time.perf_counter() - STARTED, time.process_time()
    store.write(solution, out)
    told = {"cpu": used, "objective": float(solution.objective)}
    emit({"solved": solved, "stored": time.perf_counter() - STARTED, **told})


if __name__ == "__main__":
    {"hot": hot, "cold": cold}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
