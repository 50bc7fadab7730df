"""The allocator from its tables to a solution: `python -m tests.benchmarks.whole_way PLAN GAP`, imports not counted.

Unlike the front ends it reads, screens and makes the options itself, and rechecks the plan in whole fen.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from allocator import solve
from allocator.problem import build
from tests.benchmarks.machine import emit


def main(plan: Path, gap: float) -> None:
    """Load and solve; the bound is reported in the goal's own scale, as the front ends have it."""
    from allocator.optimise import instance

    started = time.perf_counter()
    case = build.load(plan)
    solution = solve(case, gap=gap)
    seconds = time.perf_counter() - started
    unit = case.money.fen_per_unit / instance.build(case).goal_scale
    emit({"seconds": seconds, "objective": float(solution.objective) * unit, "bound": float(solution.bound) * unit})


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
