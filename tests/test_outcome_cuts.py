"""Cuts in place of a row per outcome: the same plans, bounds that hold, and planes that touch what is missing."""

from __future__ import annotations

import importlib
from pathlib import Path
from random import Random

import numpy as np
import pytest
from planning import Row, chosen, decide, write_plan
from test_risk import goal, plans, random_plan, shortage, worth

from allocator.messages.watch import Watch
from allocator.optimise import instance
from allocator.optimise.search import outcome_cuts
from allocator.optimise.search.engine import Engine
from allocator.optimise.search.outcome_cuts import OutcomeCuts, learned
from allocator.problem import build

SEARCH = importlib.import_module("allocator.optimise.search.strategy")


@pytest.fixture
def cuts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cuts from the first outcome, and the search of large models."""
    monkeypatch.setattr(outcome_cuts, "MANY", 1)
    monkeypatch.setattr(SEARCH, "SMALL", 0)


def floors_of(rng: Random, config: Row, every: list[list[Row]]) -> tuple[str, float]:
    """A floor on the bad outcome that some plans reach and others do not, as overrides; and its value."""
    on = rng.choice(["every", "worst_mean"])
    reached = sorted({float(lowest(config, plan, on)) for plan in every})
    return on, reached[len(reached) * 2 // 3]


def lowest(config: Row, plan: list[Row], on: str) -> float:
    """What a floor looks at."""
    if on == "worst_mean":
        return float(goal(config, plan)[2])
    outcomes = [o["effects"] for o in config["uncertainty"]["outcomes"].values()]
    return float(min(worth(config, plan, effects) for effects in [*outcomes, []]))


@pytest.mark.sweep(1)
@pytest.mark.parametrize("seed", range(10, 18))
@pytest.mark.usefixtures("cuts_alone")
def test_floors_by_cuts_are_those_of_the_enumeration(tmp_path: Path, seed: int) -> None:
    """The best of all payable plans that reach the floor, by the search of large models."""
    config, projects, options = random_plan(seed)
    config["risk"]["weight"] = 0
    every = [plan for plan in plans(projects, options) if shortage(config, plan, []) == 0]
    on, floor = floors_of(Random(seed), config, every)
    allowed = [plan for plan in every if lowest(config, plan, on) >= floor]
    path = write_plan(tmp_path, config, projects=projects, options=options)
    solution = decide(path, f"risk.floor={floor}", f"risk.floor_on={on}")

    assert 0 < len(allowed) < len(every)
    assert max(float(goal(config, plan)[0]) for plan in allowed) == pytest.approx(float(solution.objective), abs=1e-9)


@pytest.mark.sweep(2)
@pytest.mark.parametrize("seed", range(20, 26))
@pytest.mark.usefixtures("cuts_alone")
def test_outcomes_that_must_be_payable_are(tmp_path: Path, seed: int) -> None:
    """Without a price for shortages the best plan is the best of those that lack nothing in any outcome."""
    config, projects, options = random_plan(seed)
    outcomes = config["uncertainty"]["outcomes"].values()
    allowed = [
        plan
        for plan in plans(projects, options)
        if all(shortage(config, plan, effects) == 0 for effects in [*(o["effects"] for o in outcomes), []])
    ]
    path = write_plan(tmp_path, config, projects=projects, options=options)
    solution = decide(path, "uncertainty.shortage_price=null")
    best = max((goal(config, plan)[0], chosen_of(plan)) for plan in allowed)

    assert float(best[0]) == pytest.approx(float(solution.objective), abs=1e-9)
    assert goal(config, [row for plan in allowed for row in plan if chosen_of(plan) == chosen(solution)])[0] == best[0]


def chosen_of(plan: list[Row]) -> list[tuple[str, str]]:
    """Project and option of every row."""
    return [(row["project_id"], row["option"]) for row in plan]


@pytest.mark.parametrize("seed", range(4))
def test_planes_touch_what_is_missing_and_never_exceed_it(tmp_path: Path, seed: int) -> None:
    """At its own plan a plane gives what every outcome lacks; at any other one no more."""
    rng = np.random.default_rng(seed)
    config, projects, options = random_plan(30 + seed)
    config["sources"]["f"]["carryover"] = {"max_share": 0.4, "years": 1}
    path = write_plan(tmp_path, config, projects=projects, options=options)
    case = build.load(path)
    numbers = instance.build(case)
    replays = OutcomeCuts(Engine.of(numbers).compiled, numbers.values).replays
    points = rng.uniform(0, 30, (12, len(Engine.of(numbers).compiled.cost)))
    planes = [replays.plane(x) for x in points]
    due = [replays.due(x) for x in points]

    assert any(plane.short.any() for plane in planes)
    for own, (plane, here) in enumerate(zip(planes, due, strict=True)):
        assert plane.rest + (plane.slope * here).sum(axis=1) == pytest.approx(planes[own].short, abs=1e-9)
        for other, there in zip(planes, due, strict=True):
            assert np.all(plane.rest + (plane.slope * there).sum(axis=1) <= other.short + 1e-9)


@pytest.mark.parametrize("seed", [1, 3, 5, 6])
def test_relaxation_with_cuts_is_that_with_rows(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound of the relaxation is the same, whether every outcome has its rows or all share a few cuts."""
    config, projects, options = random_plan(seed)
    overrides = ["risk.weight=0.5"]
    case = build.load(write_plan(tmp_path, config, projects=projects, options=options), overrides=overrides)
    numbers = instance.build(case)
    rows, few = Engine.of(numbers), Engine.of(numbers)
    plain = rows.relax(rows.program(case, numbers), case, numbers, Watch())
    monkeypatch.setattr(outcome_cuts, "MANY", 1)
    program = few.program(case, numbers)
    cuts = learned(case, numbers, few, program, Watch(), 0.0)
    assert plain is not None
    assert cuts is not None
    by_cuts = few.relax(cuts.applied(program), case, numbers, Watch())
    assert by_cuts is not None

    assert plain.bound == pytest.approx(by_cuts.bound, rel=1e-7)
