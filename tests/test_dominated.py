"""Options that another one of the same project is better than in every respect are closed, and the optimum stays."""

from __future__ import annotations

import importlib
import random
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from planning import Row, decide, write_plan

from allocator.optimise import instance
from allocator.optimise.search.dominated import dominated
from allocator.optimise.search.engine import Engine
from allocator.problem import build

SOLVE = importlib.import_module("allocator.optimise.search.strategy")
BUDGET, JOBS = 30, 20


def plan(folder: Path, seed: int) -> tuple[Path, dict[str, list[tuple[str, int, int, int]]]]:
    """Projects with two real options and one planted: paid like the first, with as many jobs, but worth less."""
    draw = random.Random(seed)
    offers: dict[str, list[tuple[str, int, int, int]]] = {}
    for number in range(5):
        real = [(f"o{k}", draw.randint(3, 12), draw.randint(10, 90), draw.randint(0, 9)) for k in range(2)]
        _, cost, worth, jobs = real[0]
        offers[f"P{number}"] = [*real, ("planted", cost, worth - draw.randint(1, 5), jobs)]
    projects: list[Row] = [{"project_id": p, "region": "r", "category": "c"} for p in offers]
    options: list[Row] = [
        {"project_id": p, "option": o, "start_year": 2021, "state@2021": cost, "nominal_investment": worth, "jobs": jobs}
        for p, row in offers.items()
        for o, cost, worth, jobs in row
    ]  # fmt: skip
    config: Row = {
        "money": "万元",
        "years": [2021],
        "sources": {"state": {"budget": BUDGET}},
        "leverage": {"goal": "nominal"},
        "limits": [{"name": "jobs", "measure": "jobs", "max": JOBS}],
        "solver": {"gap": 0, "threads": 1},
    }
    return write_plan(folder / str(seed), config, projects=projects, options=options), offers


def best(offers: dict[str, list[tuple[str, int, int, int]]]) -> int:
    """The optimum by trying every plan."""
    nothing = ("", 0, 0, 0)
    plans = product(*([nothing, *row] for row in offers.values()))
    kept = [p for p in plans if sum(o[1] for o in p) <= BUDGET and sum(o[3] for o in p) <= JOBS]
    return max(sum(o[2] for o in p) for p in kept)


@pytest.mark.sweep(2)
@pytest.mark.parametrize("small", [3_000, 0], ids=["at once", "large"])
@pytest.mark.parametrize("seed", range(8))
def test_planted_options_are_closed_and_the_optimum_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, small: int
) -> None:
    """All planted options are closed before the model is solved, no other one is, and the value is that of every plan tried."""
    monkeypatch.setattr(SOLVE, "SMALL", small)
    path, offers = plan(tmp_path, seed)
    case = build.load(path)
    numbers = instance.build(case)
    engine = Engine.of(numbers)
    program = replace(engine.program(case, numbers), cost=numbers.cost(engine.compiled, 0))
    closed = dominated(program, case.measures.project[numbers.rows], engine.single)
    names = case.options.table["option"].to_numpy(str)[numbers.rows]

    assert ["planted"] * len(offers) == sorted(names[closed])
    assert best(offers) == decide(path).objective


def test_an_option_that_a_lock_leaves_alone_is_not_closed(tmp_path: Path) -> None:
    """Where the better option may not be chosen, the planted one is still had, and another goal may want it."""
    path, _ = plan(tmp_path, 1)
    case = build.load(path)
    numbers = instance.build(case)
    engine = Engine.of(numbers)
    program = replace(engine.program(case, numbers), cost=numbers.cost(engine.compiled, 0))
    names = case.options.table["option"].to_numpy(str)[numbers.rows]
    upper = program.column_upper.copy()
    upper[: len(names)][names == "o0"] = 0.0
    project = case.measures.project[numbers.rows]

    assert not dominated(replace(program, column_upper=upper), project, engine.single).any()
    assert not dominated(replace(program, cost=np.zeros(len(program.cost))), project, engine.single).any()
