"""Options exchanged in pairs fill what a plan leaves of priced rows; what is freed always holds the plan itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from planning import Row, write_plan

from allocator.messages.watch import Watch
from allocator.optimise import instance
from allocator.optimise.search.engine import Engine
from allocator.optimise.search.neighbourhoods import Calls
from allocator.optimise.search.pair_swaps import Exchanges
from allocator.optimise.search.program import Search
from allocator.problem import build


def two_steps(folder: Path, budget: float, steps: list[tuple[int, int]]) -> Path:
    """Two projects, each with the same steps of (award, investment)."""
    projects: list[Row] = [{"project_id": name, "region": "R", "category": "c"} for name in "AB"]
    options: list[Row] = [
        {"project_id": name, "option": f"o{at}", "start_year": 2021, "state@2021": cost, "nominal_investment": worth}
        for name in "AB"
        for at, (cost, worth) in enumerate(steps)
    ]
    config: Row = {
        "money": "万元",
        "years": [2021],
        "sources": {"state": {"budget": budget}},
        "leverage": {"goal": "nominal"},
        "solver": {"gap": 0, "threads": 1},
    }
    return write_plan(folder, config, projects=projects, options=options)


def planned(path: Path, open_: list[bool]) -> tuple[Search, Exchanges]:
    """The search with the best plan of the ``open_`` options, and the exchanges of the relaxation."""
    case = build.load(path)
    numbers = instance.build(case)
    engine = Engine.of(numbers)
    program = replace(engine.program(case, numbers), cost=numbers.cost(engine.compiled, 0))
    s = Search(case, numbers, engine.compiled, program, Watch(60), 0.0, 0)
    relaxed = engine.relax(program, case, numbers, Watch(60))
    assert relaxed is not None and relaxed.x is not None
    s.integer(np.array(open_), 0.0, None)
    s.bound = relaxed.bound
    return s, Exchanges(s, engine, Calls.of(s, relaxed), relaxed)


def worth(s: Search) -> float:
    """The best plan in 万元."""
    assert s.best is not None
    return s.best.value * s.instance.goal_scale / s.case.money.fen_per_unit


def test_two_steps_that_fit_together_are_made_together(tmp_path: Path) -> None:
    """3 + 3 of 9 leave 3: one step to 4 leaves 2, the step to 5 leaves 1, and only 4 + 5 leave nothing."""
    s, exchanges = planned(two_steps(tmp_path, 9, [(3, 30), (4, 39), (5, 48)]), [True, False, False] * 2)
    before = worth(s)
    free = exchanges.around_best()
    assert free is not None
    s.around_best([free], 0.0, None)

    assert before == pytest.approx(60)
    assert worth(s) == pytest.approx(87)


def test_what_is_freed_holds_the_plan_itself(tmp_path: Path) -> None:
    """The options of the plan whose projects are touched are free as well, so it can be kept."""
    s, exchanges = planned(two_steps(tmp_path, 9, [(3, 30), (4, 39), (5, 48)]), [True, False, False] * 2)
    free = exchanges.around_best()

    assert free is not None
    assert s.best is not None
    assert free[s.options(s.best.x) > 0.5].all()


def test_a_plan_with_nothing_left_is_left_alone(tmp_path: Path) -> None:
    """4 + 5 of 9: no exchange uses less."""
    s, exchanges = planned(two_steps(tmp_path, 9, [(3, 30), (4, 39), (5, 48)]), [True] * 6)

    assert worth(s) == 87
    assert exchanges.around_best() is None
