"""Ill-scaled inputs: awards from 1 to 10⁹, weights from 10⁻⁶ to 10⁶, 元 or 亿元 give the same plan, and it holds."""

from __future__ import annotations

import random
from copy import deepcopy
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from planning import Row, chosen, write_plan

import allocator
from allocator import pipeline
from allocator.optimise import planner
from allocator.problem import build
from allocator.verify import verify

YEARS = [2021, 2022]
UNITS = {"元": Decimal(1), "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}


def projects(seed: int, count: int = 12) -> tuple[list[Row], list[Row]]:
    """Projects with two options each that cost 1 to 10⁹ 元, whole numbers of 元."""
    draw = random.Random(seed)
    pool, options = [], []
    for at in range(count):
        name, size = f"P{at:02d}", 10 ** draw.uniform(0, 9)
        pool.append({"project_id": name, "region": draw.choice("NS"), "category": "plant", "jobs": draw.randint(1, 99)})
        for number in (1, 2):
            first, second = max(1, round(size * number / 3)), round(size * number / 7)
            options.append(
                {
                    "project_id": name,
                    "option": f"o{number}",
                    "instrument": "grant",
                    "start_year": 2021,
                    "nominal_investment": round(size * draw.uniform(1, 9)),
                    "state@2021": first,
                    "state@2022": second,
                }
            )
    return pool, options


def plan(folder: Path, seed: int, unit: str, weights: tuple[str, str]) -> Path:
    """The plan with its money written in ``unit`` and these weights of investment and jobs."""
    pool, options = deepcopy(projects(seed))
    money = UNITS[unit]
    need = [sum(row[f"state@{year}"] for row in options[1::2]) for year in YEARS]
    for row in options:
        for column in ("nominal_investment", "state@2021", "state@2022"):
            row[column] = format(row[column] / money, "f")
    config: Row = {
        "money": unit,
        "years": YEARS,
        "sources": {
            "state": {
                "budget": {
                    year: float(round(total * 4 // 10) / money) for year, total in zip(YEARS, need, strict=True)
                },
                "carryover": {"max_share": 0.25},
            }
        },
        "leverage": {"goal": "nominal"},
        "limits": [{"name": "north", "measure": "award", "where": {"region": "N"}, "max_share": 0.7}],
        "goals": {
            "terms": [
                {"measure": "nominal_investment", "weight": float(weights[0])},
                {"measure": "jobs", "weight": float(Fraction(weights[1]) / Fraction(money))},
            ]
        },
        "solver": {"gap": 0, "threads": 1},
    }
    return write_plan(folder / f"{unit}{seed}{weights[0]}", config, projects=pool, options=options)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))])
def test_the_unit_of_money_does_not_change_the_plan(tmp_path: Path, seed: int) -> None:
    """The same plan in 元, in 万元 and in 亿元, with the same value, each verified."""
    plans, values = [], []
    for unit, size in UNITS.items():
        found = pipeline.run(plan(tmp_path, seed, unit, ("1", "1000")), out=tmp_path / unit)
        plans.append(chosen(found))
        values.append(Fraction(found.objective) * Fraction(size))

        assert found.folder is not None and verify(found.folder).ok
        assert "optimal" == found.status

    assert plans[0] == plans[1] == plans[2]
    assert max(values) - min(values) <= Fraction(1, 10**9) * abs(values[0])


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 4))])
def test_the_size_of_the_weights_does_not_change_the_plan(tmp_path: Path, seed: int) -> None:
    """All weights a million times smaller or larger: the same plan, whose value moves with them."""
    found = {}
    for power in (-6, 0, 6):
        weights = (f"1e{power}", f"{1000 * 10**power}" if power >= 0 else f"{Fraction(1000, 10**-power)}")
        found[power] = planner.solve(build.load(plan(tmp_path, seed, "元", weights)))

        assert "optimal" == found[power].status

    assert chosen(found[-6]) == chosen(found[0]) == chosen(found[6])
    for power in (-6, 6):
        expected = Fraction(found[0].objective) * Fraction(10) ** power
        assert abs(Fraction(found[power].objective) - expected) <= abs(expected) / 10**9


@pytest.mark.sweep(1)
@pytest.mark.parametrize("weights", [("1e-6", "1e6"), ("1e6", "1e-6")])
def test_goals_of_very_different_weight(tmp_path: Path, weights: tuple[str, str]) -> None:
    """Weights twelve powers of ten apart: the plan is proved, verified, and its value is what its awards add up to."""
    path = plan(tmp_path, 3, "元", weights)
    found = pipeline.run(path, out=tmp_path / "runs")

    assert found.folder is not None and verify(found.folder).ok
    assert "optimal" == found.status
    assert found.objective <= found.bound
    worth = sum(Fraction(value) for value in found.goals["contribution"].map(lambda v: Decimal(repr(float(v)))))
    assert abs(worth - Fraction(found.objective)) <= abs(worth) / 10**9


def test_a_fen_more_than_the_budget_is_not_spent(tmp_path: Path) -> None:
    """Beside an award of 10⁹ 元 a budget is kept to the fen: what costs one fen too much is not funded."""
    pool = [{"project_id": name, "region": "N", "category": "plant"} for name in ("large", "small")]
    options = [
        {"project_id": "large", "option": "a", "start_year": 2021, "nominal_investment": 5_000_000_000, "state@2021": 1_000_000_000},
        {"project_id": "small", "option": "a", "start_year": 2021, "nominal_investment": 1, "state@2021": 1},
    ]  # fmt: skip
    config: Row = {
        "money": "元",
        "years": [2021],
        "sources": {"state": {"budget": 1_000_000_000.99}},
        "leverage": {"goal": "nominal"},
        "solver": {"gap": 0},
    }
    found = planner.solve(build.load(write_plan(tmp_path, config, projects=pool, options=options)))
    enough = planner.solve(build.load(tmp_path / "plan.yaml", overrides=["sources.state.budget=1000000001"]))

    assert [("large", "a")] == chosen(found)
    assert [("large", "a"), ("small", "a")] == chosen(enough)
    assert isinstance(found, allocator.Solution)
