"""Searches around a plan: a plan one step from the best is led there, never away from it, and the clock and Ctrl-C are obeyed."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from planning import Row, write_plan

from allocator.messages.watch import Watch
from allocator.optimise import instance
from allocator.optimise.search import group_search as polishing
from allocator.optimise.search import highs
from allocator.optimise.search.engine import Engine
from allocator.optimise.search.highs import Outcome, Program, Solver
from allocator.optimise.search.neighbourhoods import Calls, Priced
from allocator.optimise.search.program import Search
from allocator.problem import build

REGIONS, EACH = "ABCD", 4


def pool(folder: Path) -> Path:
    """Four regions of four projects, each small (3 for 30) or large (5 for 42); each region may spend 16, all 61.

    Small awards for all cost 48 and bring 480; the 13 left are six steps of 2 that bring 12 each: 552, one unused.
    """
    projects: list[Row] = [
        {"project_id": f"{r}{n}", "region": r, "category": "c"} for r in REGIONS for n in range(EACH)
    ]
    options: list[Row] = [
        {"project_id": row["project_id"], "option": name, "start_year": 2021, "state@2021": cost, "nominal_investment": worth}
        for row in projects
        for name, cost, worth in (("small", 3, 30), ("large", 5, 42))
    ]  # fmt: skip
    config: Row = {
        "money": "万元",
        "years": [2021],
        "sources": {"state": {"budget": 61}},
        "leverage": {"goal": "nominal"},
        "limits": [{"name": "each", "measure": "award", "each": "region", "max": 16}],
        "solver": {"gap": 0.001, "threads": 1},
    }
    return write_plan(folder, config, projects=projects, options=options)


BEST = 552


@pytest.fixture
def searched(tmp_path: Path) -> tuple[Search, Engine, Calls, np.ndarray]:
    """The search with the relaxation's bound and, as the plan, small awards for all."""
    case = build.load(pool(tmp_path))
    numbers = instance.build(case)
    engine = Engine.of(numbers)
    program = replace(engine.program(case, numbers), cost=numbers.cost(engine.compiled, 0))
    s = Search(case, numbers, engine.compiled, program, Watch(60), 0.001, 0)
    relaxed = engine.relax(program, case, numbers, Watch(60))
    assert relaxed is not None and relaxed.x is not None
    s.bound, s.relaxation = relaxed.bound, relaxed.x
    small = Solver(_only_small(s), Watch(60)).run().x
    assert small is not None
    s.adopt(small)
    return s, engine, Calls.of(s, relaxed), relaxed.prices


def _only_small(s: Search) -> Program:
    large = s.case.options.table["option"].to_numpy(str)[s.instance.rows] == "large"
    upper = s.program.column_upper.copy()
    upper[: len(large)][large] = 0.0
    return replace(s.program, column_upper=upper)


def worth(s: Search) -> float:
    """Value of the best plan, in 万元."""
    assert s.best is not None and s.best.exact.valid
    return s.best.value * s.instance.goal_scale / s.case.money.fen_per_unit


Searched = tuple[Search, Engine, Calls, np.ndarray]


def test_group_by_group_the_plan_becomes_the_best(searched: Searched, monkeypatch: pytest.MonkeyPatch) -> None:
    """From small awards for all, worth 480, groups of about a region lead to the optimum worked out by hand."""
    s, _, calls, _ = searched
    monkeypatch.setattr(polishing, "GROUP", 8)
    relaxation = s.relaxation

    assert worth(s) == pytest.approx(480)
    polishing.polish(s, calls.loss)
    assert worth(s) == pytest.approx(BEST)
    assert s.relaxation is relaxation
    assert s.best is not None and s.bound >= s.best.value


def test_the_plan_never_becomes_worse(searched: Searched, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every plan that groups are searched from is at least as good as the one before."""
    s, _, calls, _ = searched
    monkeypatch.setattr(polishing, "GROUP", 3)
    seen = [worth(s)]
    search = Search.together

    def watched(self: Search, *args: object, **more: object) -> None:
        search(self, *args, **more)  # type: ignore[arg-type]
        seen.append(worth(self))

    monkeypatch.setattr(Search, "together", watched)
    polishing.polish(s, calls.loss)

    assert len(seen) > 3
    assert seen == sorted(seen)


@pytest.mark.parametrize("by", ["clock", "user"])
def test_clock_and_interrupt_keep_the_best(searched: Searched, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    """After the first group that brought something the time is over: that plan stays, and no group is searched any more."""
    s, _, calls, _ = searched
    monkeypatch.setattr(polishing, "GROUP", 8)
    monkeypatch.setattr(polishing, "AT_ONCE", 1)
    asked: list[float] = []
    take = Search.take

    def taken(self: Search, x: np.ndarray) -> bool:
        kept = take(self, x)
        asked.append(worth(self))
        if worth(self) > 480:
            self.watch.stop.set() if by == "user" else setattr(self.watch, "deadline", 0.0)
        return kept

    monkeypatch.setattr(Search, "take", taken)
    polishing.polish(s, calls.loss)

    assert 480 < worth(s) < BEST
    assert asked[-1] == worth(s)
    assert all(value == 480 for value in asked[:-1])


def test_searches_by_lot_never_lose_the_plan(searched: Searched) -> None:
    """What is freed around priced rows always includes what the touched projects have, so no search makes it worse."""
    s, engine, calls, prices = searched
    priced = Priced(s, calls, prices, engine.local)
    start = worth(s)
    for attempt in range(12):
        before = worth(s)
        assert s.best is not None
        free = priced.by_lot(4, shifts=attempt % 2 == 0)
        chosen = s.options(s.best.x) > 0.5
        touched = np.isin(calls.project, calls.project[free])
        assert (free | ~(touched & chosen)).all()
        s.around_best([free], 0.0, 50)
        assert worth(s) >= before
    assert start < worth(s) <= BEST


def test_a_plan_that_is_only_told_of_is_looked_for_again(searched: Searched, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where HiGHS tells of a better plan than it hands out, the program is solved once more without presolve."""
    s, _, _, _ = searched
    told = importlib.import_module("allocator.optimise.search.highs").Solver._outcome
    calls: list[str] = []

    def outcome(self: Solver) -> Outcome:
        found = told(self)
        calls.append(str(self.highs.getOptionValue("presolve")[1]))
        return found if len(calls) > 1 else replace(found, value=found.value + 1)

    monkeypatch.setattr(highs.Solver, "_outcome", outcome)
    found = Solver(s.program, Watch(60)).run()

    assert ["choose", "off"] == calls
    assert found.x is not None
    assert found.value == pytest.approx(float(s.program.cost @ found.x))
