"""Rows of few projects: what they can be worth in whole options narrows the bound, and never cuts a plan off."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from planning import Row, write_plan

from allocator.messages.watch import Watch
from allocator.optimise import instance, planner
from allocator.optimise.search.cuts import SAFE, narrowed
from allocator.optimise.search.engine import Engine
from allocator.optimise.search.highs import Solver
from allocator.optimise.search.program import Search
from allocator.optimise.search.sifting import Relaxation
from allocator.problem import build

SEARCH = importlib.import_module("allocator.optimise.search.strategy")


def pool(folder: Path, cap: float, seed: int | None = None) -> Path:
    """Four regions of four projects with awards of 3 for 30 or 5 for 42, or drawn by lot; each region may spend ``cap``."""
    luck = np.random.default_rng(seed or 0)
    projects: list[Row] = [
        {"project_id": f"{r}{n}", "region": r, "category": "c", "firm": f"F{luck.integers(6)}"}
        for r in "ABCD"
        for n in range(4)
    ]
    options: list[Row] = []
    for row in projects:
        steps = np.sort(luck.integers(2, 9, 3)) if seed else np.array([3, 5])
        worth = np.cumsum(luck.integers(8, 30, len(steps))) if seed else np.array([30, 42])
        options += [
            {"project_id": row["project_id"], "option": f"o{at}", "start_year": 2021, "state@2021": int(cost), "nominal_investment": int(w)}
            for at, (cost, w) in enumerate(zip(steps, worth, strict=True))
        ]  # fmt: skip
    config: Row = {
        "money": "万元",
        "years": [2021],
        "sources": {"state": {"budget": 61}},
        "leverage": {"goal": "nominal"},
        "limits": [{"name": "each", "measure": "award", "each": "region", "max": cap}],
        "solver": {"gap": 0.001, "threads": 1},
    }
    if seed:
        config["limits"] = [*config["limits"], {"name": "firm", "measure": "award", "each": "firm", "max": 13}]
    return write_plan(folder, config, projects=projects, options=options)


def opened(path: Path) -> tuple[Search, Engine, Relaxation]:
    """The search of a config, and its relaxation."""
    case = build.load(path)
    numbers = instance.build(case)
    engine = Engine.of(numbers)
    program = replace(engine.program(case, numbers), cost=numbers.cost(engine.compiled, 0))
    s = Search(case, numbers, engine.compiled, program, Watch(60), 0.001, 0)
    relaxed = engine.relax(program, case, numbers, Watch(60))
    assert relaxed is not None and relaxed.x is not None
    return s, engine, relaxed


def worth(s: Search, value: float) -> float:
    """A value in 万元."""
    return value * s.instance.goal_scale / s.case.money.fen_per_unit


def test_a_cap_between_steps_holds_no_more_than_the_steps(tmp_path: Path) -> None:
    """15 a region: 4 × 3 and one of 5 bring 132 with 1 left; the relaxation spends it on half a step more, 138."""
    s, engine, relaxed = opened(pool(tmp_path, 15))
    narrow = narrowed(s, engine, relaxed)

    assert worth(s, relaxed.bound) == pytest.approx(4 * 138)
    assert narrow is not None
    assert worth(s, narrow.bound) == pytest.approx(4 * 132, rel=10 * SAFE)


def test_a_cap_that_steps_fill_has_nothing_to_say(tmp_path: Path) -> None:
    """16 a region are 4 × 3 and two steps of 2: all 64 cannot be paid from 61, and only that has a price."""
    s, engine, relaxed = opened(pool(tmp_path, 16))

    assert narrowed(s, engine, relaxed) is None
    assert not s.block_rows


@pytest.mark.sweep(1)
@pytest.mark.parametrize("seed", range(1, 9))
def test_no_plan_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """With caps on regions and on firms across them: every row keeps the best plan, and the search finds it."""
    s, engine, relaxed = opened(pool(tmp_path, 14, seed))
    plain = Solver(s.program, Watch(60)).run()
    narrow = narrowed(s, engine, relaxed)
    monkeypatch.setattr(SEARCH, "SMALL", 0)
    found = planner.solve(s.case, gap=0.0)

    assert plain.x is not None
    if narrow is not None:
        assert plain.value <= narrow.bound < relaxed.bound
        assert (s.program.matrix[s.block_rows] @ plain.x >= s.program.row_lower[s.block_rows]).all()
    assert float(found.objective) == pytest.approx(worth(s, plain.value))


def test_rows_of_blocks_are_gone_after_a_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later stage and the next solve of an open model begin with the planner's rows alone."""
    s, engine, _ = opened(pool(tmp_path, 15))
    matrix = s.program.matrix
    monkeypatch.setattr(SEARCH, "SMALL", 0)
    monkeypatch.setattr(SEARCH, "_first_plan", lambda *_: None)
    SEARCH.improve(s, engine)

    assert s.block_rows
    assert s.program.matrix is matrix
    assert len(s.program.row_lower) == matrix.shape[0]
    assert worth(s, s.bound) == pytest.approx(528, rel=10 * SAFE)
