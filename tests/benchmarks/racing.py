"""Seconds to a proven gap: the allocator's search against HiGHS's default MIP, on the same matrix.

`python -m tests.benchmarks.racing allocator|highs PLAN SECONDS` runs one of them. The allocator is asked for 1 %,
0.1 % and 0.01 %, each from nothing, its clock including the making of the matrix; what it proves without being
asked counts for later gaps too. HiGHS is asked for 0.01 % and notes the others on the way, with its own defaults,
threads included. It may overrun its limit, so it answers as gaps are reached and can be killed.
"""

from __future__ import annotations

import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import highspy
import numpy as np

from allocator.optimise import instance
from allocator.problem import build
from models.compiler import compile_model
from tests.benchmarks.machine import emit

GAPS = (0.01, 0.001, 0.0001)


class Race:
    """Notes when each gap was first proved, and reports at once."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.reached: dict[str, float] = {}
        self.value, self.bound = -np.inf, np.inf

    def note(self, value: float | None, bound: float | None) -> None:
        """Take a new plan or a new bound; both stay as good as they ever were."""
        self.value = self.value if value is None else max(self.value, value)
        self.bound = self.bound if bound is None else min(self.bound, bound)
        new = [str(g) for g in GAPS if self.gap <= g * (1 + 1e-6) and str(g) not in self.reached]
        for gap in new:
            self.reached[gap] = time.perf_counter() - self.started
        if new:
            self.report()

    @property
    def gap(self) -> float:
        """Distance of bound and plan, as a share of the plan; infinite without a plan."""
        known = np.isfinite(self.value) and np.isfinite(self.bound)
        return abs(self.bound - self.value) / abs(self.value) if known else float("inf")

    def report(self, **more: float) -> None:
        """Answer with what is known so far."""
        known = self.gap if np.isfinite(self.gap) else None
        emit({"reached": self.reached, "gap": known, "seconds": time.perf_counter() - self.started, **more})


def allocator_race(plan: Path, seconds: float) -> None:
    """The allocator's search from the model's numbers, asked for one gap after the other, each time from nothing."""
    case = build.load(plan)
    numbers = instance.build(case)
    search = import_module(
        "allocator.optimise.search.strategy"
    ).solve  # the package shows the function of the same name
    race = Race()
    for gap in GAPS:
        race.started = time.perf_counter()
        answer = search(case, numbers, gap=gap, seconds=seconds)
        last, unit = answer.stages[-1], case.money.fen_per_unit
        race.note(float(last.value) / unit, last.bound / unit)
        race.report(objective=float(last.value) / unit, bound=last.bound / unit)


def highs_race(plan: Path, seconds: float) -> None:
    """HiGHS with its defaults."""
    numbers = instance.build(build.load(plan))
    highs = highspy.Highs()
    highs.setOptionValue("log_to_console", False)
    highs.setOptionValue("mip_rel_gap", GAPS[-1])
    highs.setOptionValue("time_limit", seconds)
    highs.passModel(_model(compile_model(numbers.values)))
    race = Race()

    def hear(event: Any) -> None:
        race.note(
            *(v if abs(v) < 1e30 else None for v in (event.data_out.mip_primal_bound, event.data_out.mip_dual_bound))
        )

    highs.cbMipLogging.subscribe(hear)
    highs.cbMipImprovingSolution.subscribe(hear)
    highs.run()
    info = highs.getInfo()
    if info.primal_solution_status == 2:
        race.note(info.objective_function_value, info.mip_dual_bound)
    race.report()


def _model(c: Any) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = c.matrix.shape
    lp.col_cost_, lp.sense_ = c.cost, highspy.ObjSense.kMaximize
    lp.col_lower_, lp.col_upper_, lp.row_lower_, lp.row_upper_ = (
        c.column_lower,
        c.column_upper,
        c.row_lower,
        c.row_upper,
    )
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = c.matrix.shape
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = c.matrix.indptr, c.matrix.indices, c.matrix.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[whole] for whole in c.integer.astype(int).tolist()]
    return lp


if __name__ == "__main__":
    {"allocator": allocator_race, "highs": highs_race}[sys.argv[1]](Path(sys.argv[2]), float(sys.argv[3]))
