"""Over many generated plans: no plan that any run finds is worth more than the bound that another one claims."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from benchmarks import plans

from allocator import instance, pipeline
from allocator.case import Case
from allocator.errors import NoPlanInTime
from allocator.search.engine import Engine
from allocator.search.highs import Solver, Watch
from allocator.search.program import Search

SOLVE = importlib.import_module("allocator.solve")
SECONDS = 0.15
"""Longest search of one run; whatever it claims by then is to hold."""
RUNS = ((3e-2, 0, False), (1e-2, 7, True), (1e-3, 1, False))
"""Gap, seed and whether the rows of the table are in another order."""
NOISE = 1e-6
SLICE, WHOLE = 6, 306


@dataclass
class Claims:
    """What runs of one plan found and claimed, and how often two solves confirmed or contradicted each other."""

    found: list[float] = field(default_factory=list)
    bounds: list[float] = field(default_factory=list)
    confirmed: int = 0
    disagreed: int = 0

    def run(self, case: Case, numbers: instance.Instance, gap: float, engine: Engine) -> None:
        """Solve, and note what is found and claimed."""
        try:
            answer = SOLVE.solve(case, numbers, gap=gap, seconds=SECONDS, engine=engine)
        except NoPlanInTime:  # it claims nothing
            return
        self.found.append(float(answer.stages[-1].value))
        self.bounds.append(answer.stages[-1].bound)
        self.confirmed += answer.bound_by == SOLVE.TWO
        self.disagreed += len(answer.disagreements)

    def plain(self, case: Case, numbers: instance.Instance) -> None:
        """What HiGHS finds in the same numbers by itself, if it keeps every rule exactly."""
        engine = Engine.of(numbers)
        program = replace(engine.program(case, numbers), cost=numbers.cost(engine.compiled, 0))
        outcome = Solver(program, Watch(SECONDS), seed=3).run(gap=1e-3)
        s = Search(case, numbers, engine.compiled, program, Watch(), 0.0, 0)
        if outcome.x is not None and (exact := s.examine(outcome.x)).valid:
            self.found.append(s.worth(exact) * numbers.goal_scale)


def seeded(case: Case, seed: int) -> Case:
    """The case with another seed of the solver."""
    solver = case.loaded.config.solver.model_copy(update={"seed": seed, "threads": 1})
    config = case.loaded.config.model_copy(update={"solver": solver})
    return replace(case, loaded=replace(case.loaded, config=config))


def written(folder: Path, number: int, *, shuffled: bool) -> Path:
    """A plan of 30 to 150 projects with 2 to 20 levels."""
    luck = np.random.default_rng(number)
    size, levels = int(luck.integers(30, 151)), int(luck.integers(2, 21))
    table = plans.candidates(np.random.default_rng((number, size)), size)
    config = plans.config(table, 1e-4)
    for rule in config["instruments"].values():
        rule["award"]["levels"] = levels
    if shuffled:
        table = table.sample(frac=1, random_state=number)
    folder.mkdir()
    table.to_csv(folder / "projects.csv", index=False)
    (folder / "plan.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return folder / "plan.yaml"


def claimed(folder: Path, number: int) -> Claims:
    """Every run of one plan: from nothing with several settings, from the last plan, and by HiGHS alone."""
    claims, cases = Claims(), {}
    for shuffled in (False, True):
        cases[shuffled] = pipeline.load(written(folder / f"{number}{shuffled}", number, shuffled=shuffled))
    for gap, seed, shuffled in RUNS:
        case = seeded(cases[shuffled], seed)
        numbers = instance.build(case)
        engine = Engine.of(numbers)
        claims.run(case, numbers, gap, engine)
    if engine.last is not None:
        claims.run(case, numbers, 1e-3, engine)
    claims.plain(case, numbers)
    return claims


def held(folder: Path, numbers: range) -> None:
    """No claim is below a plan."""
    total = Claims()
    for number in numbers:
        claims = claimed(folder, number)
        total.found += claims.found
        total.bounds += claims.bounds
        total.confirmed += claims.confirmed
        total.disagreed += claims.disagreed
        if claims.found and claims.bounds:
            assert max(claims.found) <= min(claims.bounds) * (1 + NOISE), number
    told = f"{total.confirmed} confirmed by two solves, {total.disagreed} disagreements"
    print(f"{len(numbers)} plans, {len(total.found)} plans found, {len(total.bounds)} bounds, {told}")  # noqa: T201

    assert len(total.bounds) > len(numbers)


def test_no_plan_exceeds_a_bound(tmp_path: Path) -> None:
    """A few of the plans."""
    held(tmp_path, range(SLICE))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(SLICE, WHOLE, 75))
def test_no_plan_exceeds_a_bound_of_many(tmp_path: Path, first: int) -> None:
    """All of them, in four parts."""
    held(tmp_path, range(first, min(first + 75, WHOLE)))
