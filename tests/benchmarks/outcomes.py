"""What a thousand outcomes cost: the demo with and without them, one after the other in one process.

`python -m tests.benchmarks.outcomes [REPEATS]`, some five minutes a repeat. All are solved to the demo's own gap, but for
half a minute at most: `gaps` says which got there. The time is of the processor, from reading to the exact plan, the
least of the repeats. Outcomes are drawn for realisation by city (`city`), for this
and the leverage of categories and stages (`groups`), and for this and the fiscal budget (`budget`). `mean` is the plan
whose goal has the outcomes' mean on every investment but no outcomes: another goal may be harder to prove by itself.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import yaml

import allocator
from tests.benchmarks.machine import emit

CONFIGS = Path(__file__).parents[2] / "configs"
DEMO, UNCERTAIN = CONFIGS / "guangxi.yaml", CONFIGS / "scenarios" / "uncertain.yaml"
DRAW = yaml.safe_load(UNCERTAIN.read_text(encoding="utf-8"))["uncertainty"]["sample"]["draw"][0]
MEAN = (DRAW["low"] + DRAW["high"]) / 2
CITIES = "{on: realisation, each: region, low: 0.4, high: 1.0}"
GROUPS = "{on: leverage, each: category, low: 0.8, high: 1.1}, {on: leverage, each: stage, low: 0.7, high: 1.2}"
DRAWS = {
    "city": (),
    "groups": (f"uncertainty.sample.draw=[{CITIES}, {GROUPS}]",),
    "budget": (
        f"uncertainty.sample.draw=[{CITIES}, {{on: budget, source: fiscal, low: 0.85, high: 1.0}}]",
        "uncertainty.shortage_price=5",
    ),
}
WEIGHTS = (0, 0.1, 0.5, 0.9, 1)
LIMIT = "solver.time_limit=30"
SHARE = 0.999
"""Of the mean of the worst that the plan of weight 1 reaches, what a floor asks for."""


def of_mean() -> str:
    """The demo's probabilities of realisation times the mean of the draws, as an override."""
    told = yaml.safe_load(DEMO.read_text(encoding="utf-8"))["leverage"]["realisation"]["values"]
    values = ", ".join(f"{stage}: {round(value * MEAN, 6)}" for stage, value in told.items())
    return f"leverage.realisation.values={{{values}}}"


def main(repeats: int) -> None:
    """Solve all of them ``repeats`` times, in turn."""
    plans: dict[str, tuple[Path, tuple[str, ...]]] = {"plain": (DEMO, ()), "mean": (DEMO, (of_mean(),))}
    for draw, overrides in DRAWS.items():
        plans |= {f"{draw}_{weight}": (UNCERTAIN, (*overrides, f"risk.weight={weight}")) for weight in WEIGHTS}
        plans[f"{draw}_floor"] = (UNCERTAIN, (*overrides, "risk.weight=0", "risk.floor_on=worst_mean"))
    seconds: dict[str, float] = {}
    gaps: dict[str, float] = {}
    worst = 0.0
    for _ in range(repeats):
        for name, (path, overrides) in plans.items():
            floor = (f"risk.floor={SHARE * worst:.0f}",) if name.endswith("_floor") else ()
            started = time.process_time()
            solution = allocator.solve(allocator.load(path, overrides=(*overrides, *floor, LIMIT)))
            seconds[name] = min(seconds.get(name, float("inf")), time.process_time() - started)
            gaps[name] = float(solution.gap)
            worst = float(solution.risk.get("worst_mean", 0))
    ratios = {f"{name}_to_plain": seconds[name] / seconds["plain"] for name in plans if name != "plain"}
    emit({"seconds": seconds, "gaps": gaps, **ratios})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
