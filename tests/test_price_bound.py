"""What prices prove is true at any prices: no plan is worth more, and at those of the relaxation hardly less is proved."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import scipy.sparse as sp
from benchmarks import plans
from enumeration import Problem
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from planning import Row, write_plan
from test_brute_force import problems

import allocator
from allocator.messages.watch import Watch
from allocator.money.arrays import Floats
from allocator.optimise import instance
from allocator.optimise.search.engine import Engine
from allocator.optimise.search.highs import Program, Solver
from allocator.optimise.search.price_bound import PriceBound, price_bound
from allocator.optimise.search.sifting import Sifted
from allocator.problem import build
from allocator.runs import folder as run_folder

ROOT = Path(__file__).parents[1]
NEAR = 1e-9


def by_hand(worth: list[float], uses: list[float], most: float) -> Sifted:
    """Two projects, the first of two options, the second of one, that share some money."""
    rows = sp.csc_array(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0], uses]))
    ends = np.array([1.0, 1.0, most])
    zero, one = np.zeros(3), np.ones(3)
    program = Program(rows, np.full(3, -np.inf), ends, zero, one, one > 0, np.array(worth))
    single = np.array([True, True, False])
    return Sifted(program, np.array([0, 0, 1]), single, single)


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        (0.0, 16),  # the best of each: 10 + 6
        (1.0, 14),  # 5 of money; 10 − 4 or 7 − 2, and 6 − 3
        (2.0, 13),  # 10 of money; 10 − 8 or 7 − 4, and nothing
        (2.25, Fraction(55, 4)),  # 11.25 of money; 10 − 9 or 7 − 4.5
        (100.0, 500),  # the money alone
        (-2.0, 16),  # money that is only limited has no price below nothing
        (float("nan"), 16),
    ],
)
def test_a_bound_by_hand(price: float, expected: Fraction | int) -> None:
    """Two options worth 10 for 4 and 7 for 2, one worth 6 for 3, money of 5; the best plan is worth 13."""
    found = price_bound(by_hand([10, 7, 6], [4, 2, 3], 5), np.array([9.0, -9.0, price]))
    assert found is not None

    assert expected <= found.value <= expected * (1 + Fraction(NEAR))
    assert ({2: Fraction(price)} if price > 0 else {}) == found.prices


def opened(path: Path) -> tuple[Sifted, instance.Instance, Fraction]:
    """The model of a config's first goal, with its numbers, and what a unit of it is worth in the config's unit."""
    case = build.load(path)
    numbers = instance.build(case)
    engine = Engine.of(numbers)
    program = replace(engine.program(case, numbers), cost=numbers.cost(engine.compiled, 0))
    return engine.sifted(program, case, numbers), numbers, Fraction(numbers.goal_scale) / case.money.fen_per_unit


def at_random(sifted: Sifted, seed: int) -> Floats:
    """Prices of either sign and any size of some rows."""
    luck = np.random.default_rng(seed)
    size = 10.0 ** luck.uniform(-3, 2, len(sifted.single))
    return np.where(luck.random(len(size)) < luck.random(), luck.choice([-1.0, 1.0], len(size)) * size, 0.0)


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problems(), st.integers(0, 1000))
def test_no_plan_is_worth_more_at_any_prices(problem: tuple[Row, list[Row], list[Row]], seed: int) -> None:
    """The best of all plans counted one by one, against random prices, those of the relaxation, and these disturbed."""
    config, projects, options = problem
    term = {key: told for key, told in config["goals"]["terms"][0].items() if key != "tolerance"}
    config = config | {"goals": {"terms": [term]}}
    note(str(config))
    best = Problem(config, projects, options).best()
    with TemporaryDirectory() as folder:
        try:
            sifted, _, unit = opened(write_plan(Path(folder), config, projects=projects, options=options))
        except allocator.Infeasible:
            return
    outcome = Solver(sifted.program, Watch(), relaxed=True).run()
    dual = outcome.row_dual if outcome.status == "optimal" else np.zeros(len(sifted.single))
    noise = np.random.default_rng(seed).uniform(0.9, 1.1, len(dual))
    for prices in (dual, dual * noise, *(at_random(sifted, seed + n) for n in range(4))):
        found = price_bound(sifted, prices)

        assert best is None or found is None or best <= found.value * unit
    if outcome.status == "optimal":
        found = price_bound(sifted, dual)

        assert found is not None
        assert float(found.value) == pytest.approx(outcome.value, rel=1e-6, abs=1e-6)


def proved(sifted: Sifted) -> tuple[float, PriceBound]:
    """The relaxation's value, and what its prices prove."""
    outcome = Solver(sifted.program, Watch(), relaxed=True).run()
    found = price_bound(sifted, outcome.row_dual)
    assert found is not None
    return outcome.value, found


def test_the_demo_is_proved_by_its_prices() -> None:
    """As much as the relaxation claims, by the few rows that have a price."""
    sifted, _, _ = opened(ROOT / "configs" / "guangxi.yaml")
    value, found = proved(sifted)

    assert value * (1 - NEAR) <= float(found.value) <= value * (1 + NEAR)
    assert 0 < len(found.prices) < 100


def test_rounded_prices_are_as_good() -> None:
    """Six digits prove the same but for a millionth or so, and never less than truth allows."""
    sifted, _, _ = opened(ROOT / "configs" / "starter.yaml")
    outcome = Solver(sifted.program, Watch(), relaxed=True).run()
    found = price_bound(sifted, np.array([float(f"{price:.6g}") for price in outcome.row_dual]))
    assert found is not None

    assert outcome.value * (1 - NEAR) <= float(found.value) <= outcome.value * (1 + 1e-4)


@pytest.mark.slow
def test_a_run_says_that_prices_prove_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the manifest, which was verified, and in the words of both languages; the bound is what the prices prove."""
    from allocator.report import summary

    monkeypatch.setattr(importlib.import_module("allocator.optimise.search.strategy"), "SMALL", 0)
    run = allocator.run(plans.write_plan(tmp_path / "plan", 40, gap=0.2), out=tmp_path / "runs")
    assert run.folder is not None
    stored = run_folder.read(run.folder)
    manifest = json.loads((run.folder / "manifest.json").read_text(encoding="utf-8"))
    _, found = proved((opened(tmp_path / "plan" / "plan.yaml"))[0])

    assert ("certificate", "optimal") == (manifest["bound_by"], manifest["status"])
    assert "prices, from which anyone can add it up without a solver" in summary.text(stored, "en")
    assert "个价格，无需求解器即可复算" in summary.text(stored, "zh")
    assert manifest["bound"] == pytest.approx(float(found.value * opened(tmp_path / "plan" / "plan.yaml")[2]), rel=1e-7)
