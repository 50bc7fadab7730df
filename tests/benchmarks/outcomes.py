"""What a thousand outcomes cost: the demo with and without them, one after the other in one process.

`python -m tests.benchmarks.outcomes [REPEATS]`. Both are solved to the demo's own gap; the time is of the processor, from
reading to the exact plan, the least of the repeats. `mean` is the plan whose
goal has the outcomes' mean on every investment but no outcomes: another goal may be harder to prove by itself.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import yaml

import allocator
from tests.benchmarks.machine import emit

CONFIGS = Path(__file__).parents[2] / "configs"
DRAW = yaml.safe_load((CONFIGS / "scenarios" / "uncertain.yaml").read_text(encoding="utf-8"))["uncertainty"]["sample"][
    "draw"
][0]
MEAN = (DRAW["low"] + DRAW["high"]) / 2


def of_mean() -> str:
    """The demo's probabilities of realisation times the mean of the draws, as an override."""
    told = yaml.safe_load((CONFIGS / "guangxi.yaml").read_text(encoding="utf-8"))["leverage"]["realisation"]["values"]
    values = ", ".join(f"{stage}: {round(value * MEAN, 6)}" for stage, value in told.items())
    return f"leverage.realisation.values={{{values}}}"


def main(repeats: int) -> None:
    """Solve all three ``repeats`` times, in turn."""
    plans = {
        "plain": (CONFIGS / "guangxi.yaml",),
        "mean": (CONFIGS / "guangxi.yaml", of_mean()),
        "outcomes": (CONFIGS / "scenarios" / "uncertain.yaml",),
        "weight_0": (CONFIGS / "scenarios" / "uncertain.yaml", "risk.weight=0"),
    }
    seconds: dict[str, float] = {}
    gaps: dict[str, float] = {}
    for _ in range(repeats):
        for name, (path, *overrides) in plans.items():
            started = time.process_time()
            solution = allocator.solve(allocator.load(path, overrides=overrides))
            seconds[name] = min(seconds.get(name, float("inf")), time.process_time() - started)
            gaps[name] = float(solution.gap)
    ratios = {
        f"{name}_to_{base}": seconds[name] / seconds[base]
        for name in ("outcomes", "weight_0")
        for base in ("plain", "mean")
    }
    emit({"seconds": seconds, "gaps": gaps, **ratios})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
