"""Certificates: at any prices no plan is worth more than the bound, and what is changed in a stored one is found."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from enumeration import Problem
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st
from planning import Row, write_plan
from test_brute_force import problems

import allocator
from allocator.messages.watch import Watch
from allocator.money.arrays import Floats
from allocator.optimise import instance
from allocator.optimise.certificate import Certificate, certificate
from allocator.optimise.search.engine import Engine
from allocator.optimise.search.highs import Solver
from allocator.problem import build
from allocator.problem.case import Case
from allocator.problem.certificate import bound_at, read

ROOT = Path(__file__).parents[1]


class Opened:
    """A plan's model, and the prices of its relaxation."""

    def __init__(self, path: Path) -> None:
        self.case: Case = build.load(path)
        self.numbers = instance.build(self.case)
        self.engine = Engine.of(self.numbers)
        cost = self.numbers.cost(self.engine.compiled, 0)
        program = replace(self.engine.program(self.case, self.numbers), cost=cost)
        self.relaxed = Solver(program, Watch(), relaxed=True).run()

    def certified(self, duals: Floats) -> Certificate:
        """What these prices prove."""
        found = certificate(self.case, self.numbers, self.engine.compiled, duals)
        assert found is not None
        return found


@settings(max_examples=120, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(problems(), st.integers(0, 1000))
def test_no_plan_is_worth_more_than_its_certificate(problem: tuple[Row, list[Row], list[Row]], seed: int) -> None:
    """The best of all plans counted one by one, at the prices of the relaxation, these disturbed, and at random ones."""
    config, projects, options = problem
    term = {key: told for key, told in config["goals"]["terms"][0].items() if key != "tolerance"}
    config = config | {"goals": {"terms": [term]}}
    note(str(config))
    with TemporaryDirectory() as folder:
        try:
            plan = Opened(write_plan(Path(folder), config, projects=projects, options=options))
        except allocator.Infeasible:
            assume(False)
    best = Problem(config, projects, options).best()
    luck, count = np.random.default_rng(seed), len(plan.engine.compiled.row_lower)
    solved = plan.relaxed.status == "optimal"
    dual = plan.relaxed.row_dual if solved else np.zeros(count)
    for prices in (dual, dual * luck.uniform(0.9, 1.1, count), luck.normal(0, 10, count) * (luck.random(count) < 0.5)):
        found = plan.certified(prices)
        stored = found.prices.astype(str).to_numpy().tolist()

        assert best is None or best <= Fraction(found.bound, plan.case.money.fen_per_unit)
        assert found.bound == bound_at(plan.case, read(plan.case, stored))
    if solved:
        value = plan.relaxed.value * plan.numbers.goal_scale

        assert plan.certified(dual).bound == pytest.approx(value, rel=1e-6, abs=2)


@pytest.mark.parametrize("name", ["guangxi", "starter", "scenarios/chains", "scenarios/least_spending"])
def test_the_certificate_proves_what_the_relaxation_claims(name: str) -> None:
    """Of the plans that are shipped: by few prices, to the last digits of the claim."""
    plan = Opened(ROOT / "configs" / f"{name}.yaml")
    found = plan.certified(plan.relaxed.row_dual)

    assert found.bound == pytest.approx(plan.relaxed.value * plan.numbers.goal_scale, rel=1e-9)
    assert 0 < len(found.prices) < 120
