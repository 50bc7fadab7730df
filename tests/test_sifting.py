"""Large models solved through a few of their options: the same optimum, and a bound that no plan exceeds."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from planning import Row, write_plan
from random_plans import plan

import allocator
from allocator.messages.watch import Watch
from allocator.optimise import instance, planner
from allocator.optimise.search import engine, sifting
from allocator.optimise.search.engine import Engine, NoPlan
from allocator.optimise.search.highs import Program, Solver
from allocator.optimise.search.sifting import Sifted
from allocator.problem import build
from allocator.problem.case import Case

solve = importlib.import_module("allocator.optimise.search.strategy")
CLOSE = 1e-6
WAYS = {
    "samples, bands": ((3, 9), (0.05, 0.02)),
    "one project, no band": ((1, 2), (0.0, 0.0)),
    "all projects, no band": ((100, 200), (0.0, 0.0)),
    "everything at once": ((2, 4), (1e9, 1e9)),
}
"""Samples smaller and larger than the pool; bands too narrow to allow a plan, and ones that leave nothing out."""


def case_of(folder: Path, seed: int) -> Case | None:
    """A random plan with something to choose, where its parts fit each other."""
    config, tables = plan(seed)
    config["solver"] = {"gap": 0, "threads": 1, "time_limit": 60}
    try:
        case = build.load(write_plan(folder / str(seed), config, **tables))
    except allocator.InputError:
        return None
    return case if case.usable.any() else None


Cases = Callable[[int, int], list[tuple[int, Case]]]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Cases:
    """The sound ones of the random plans between two seeds; each is made once."""
    made = cache(partial(case_of, tmp_path_factory.mktemp("plans")))
    return lambda first, last: [(seed, case) for seed in range(first, last) if (case := made(seed)) is not None]


def relaxed(case: Case, stage: int) -> tuple[float, Program, Engine] | None:
    """Optimum of the relaxation for one goal; None where there is none."""
    numbers = instance.build(case)
    built = Engine.of(numbers)
    program = built.program(case, numbers)
    program = replace(program, cost=numbers.cost(built.compiled, stage))
    try:
        found = built.relax(program, case, numbers, Watch(60))
    except NoPlan:
        return None
    assert found is not None and found.x is not None
    assert abs(program.cost @ found.x + program.offset - found.bound) <= CLOSE * max(1, abs(found.bound))
    return found.bound, program, built


@pytest.mark.parametrize(
    ("way", "count"),
    [*((way, 10) for way in list(WAYS)[:2]), *(pytest.param(way, 100, marks=pytest.mark.slow) for way in WAYS)],
)
def test_sifting_finds_the_optimum_of_the_relaxation(
    cases: Cases, monkeypatch: pytest.MonkeyPatch, way: str, count: int
) -> None:
    """Over random plans, sifting ends with the optimum of the whole relaxation, or with none where none is."""
    samples, bands = WAYS[way]
    monkeypatch.setattr(sifting, "SAMPLES", samples)
    monkeypatch.setattr(sifting, "BANDS", bands)
    seen = 0
    for seed, case in cases(0, count):
        for stage in range(len(instance.build(case).stages)):
            monkeypatch.setattr(engine, "LARGE", 10**9)
            plain = relaxed(case, stage)
            monkeypatch.setattr(engine, "LARGE", 0)
            sifted = relaxed(case, stage)

            assert (plain is None) == (sifted is None), seed
            if plain is not None and sifted is not None:
                assert abs(plain[0] - sifted[0]) <= CLOSE * max(1, abs(plain[0])), seed
            seen += 1
    assert seen >= len(cases(0, count)) > count // 2


@pytest.mark.sweep(1)
@pytest.mark.parametrize("count", [15, 70])
def test_the_bound_holds_at_any_sample_of_prices(cases: Cases, count: int) -> None:
    """Whatever projects the prices are taken from, no solution of the relaxation is worth more than the bound."""
    seen = 0
    for seed, case in cases(0, count):
        found = relaxed(case, 0)
        if found is None:
            continue
        best, program, built = found
        project = case.measures.project[case.usable]
        sifted = Sifted(program, project, built.single, built.local)
        everything = np.ones(len(project), bool)
        for size in (1, 3, 50):
            dual = sifting.sample_prices(sifted, everything, size, Watch(60), seed)
            if dual is not None:
                assert sifting.bound_at(sifted, dual) >= best - CLOSE * max(1, abs(best)), (seed, size)
                seen += 1
    assert seen >= count


def test_locked_options_set_no_price() -> None:
    """A project's best option that may not be chosen is not what the others are measured by; a duty can cost."""
    matrix = np.array([[1.0, 1, 0], [0, 0, 1], [1, 1, 1]])
    one, free = np.array([1.0, 1, 2]), np.array([-np.inf, 1.0, -np.inf])
    upper = np.array([0.0, 1, 1])
    program = Program(
        sifting.sp.csc_array(matrix), free, one, np.zeros(3), upper, np.ones(3, bool), np.array([9.0, 4, -5])
    )
    single = np.array([True, True, False])
    sifted = Sifted(program, np.array([0, 0, 1]), single, single)

    found = sifting.whole(sifted, Solver(program, Watch(9), relaxed=True), Watch(9))

    assert found is not None and found.x is not None
    assert [0, 1, 1] == found.x.tolist()
    assert [4.0, -5.0] == sifted.best(program.cost).tolist()
    assert -1 == found.bound
    assert -1 == sifting.bound_at(sifted, np.zeros(3))


def best(case: Case) -> tuple[str, object, object] | None:
    """Status, value and bound of the plan at gap 0."""
    try:
        found = planner.solve(case)
    except allocator.Infeasible:
        return None
    stage = found.stages[0]["value"] if found.stages else found.objective
    return found.status, stage, found.bound >= found.objective


@pytest.mark.parametrize(
    ("way", "count"),
    [
        pytest.param("samples, bands", 8, marks=pytest.mark.slow),
        pytest.param("samples, bands", 30, marks=pytest.mark.slow),
        pytest.param("one project, no band", 30, marks=pytest.mark.slow),
    ],
)
def test_the_large_route_finds_what_the_small_one_finds(
    cases: Cases, monkeypatch: pytest.MonkeyPatch, way: str, count: int
) -> None:
    """With sifting, searches among freed projects and a proof over what is left, the plan is the exact optimum."""
    samples, bands = WAYS[way]
    monkeypatch.setattr(sifting, "SAMPLES", samples)
    monkeypatch.setattr(sifting, "BANDS", bands)
    seen = 0
    for seed, case in cases(0, count):
        if build.conflicts(case):
            continue
        small = best(case)
        with monkeypatch.context() as large:
            large.setattr(solve, "SMALL", 0)
            large.setattr(engine, "LARGE", 0)
            large.setattr(solve, "ATTEMPTS", 4)

            assert small == best(case), seed
        seen += 1
    assert seen >= count // 2


@pytest.mark.slow
@pytest.mark.sweep(1)
@pytest.mark.parametrize(("first", "last"), [(10, 15), (60, 100)])
def test_a_search_that_the_clock_ends_has_a_plan_and_a_bound(
    cases: Cases, monkeypatch: pytest.MonkeyPatch, first: int, last: int
) -> None:
    """With no time at all a plan is still found wherever one is easy, below the optimum, and the bound above it."""
    found, missed = 0, 0
    for seed, case in cases(first, last):
        if build.conflicts(case):
            continue
        try:
            whole = planner.solve(case)
        except allocator.Infeasible:
            continue
        for small in (solve.SMALL, 0):
            monkeypatch.setattr(solve, "SMALL", small)
            try:
                quick = planner.solve(case, time_limit=0)
            except (allocator.NoPlanInTime, allocator.Infeasible):
                missed += 1
                continue
            found += 1
            if quick.stages:
                assert quick.stages[0]["value"] <= whole.stages[0]["value"] <= quick.stages[0]["bound"], seed
            else:
                assert quick.objective <= whole.objective <= quick.bound, seed
        monkeypatch.undo()

    assert found >= 9 * missed


def wide(count: int) -> tuple[Row, list[Row]]:
    """A plan with one floor that only a few projects can reach, at a cost."""
    projects = [
        {"project_id": f"P{n:03d}", "region": "南" if n < 5 else "北", "category": "重大",
         "fixed_investment": 100 if n < 5 else 1000 + n}
        for n in range(count)
    ]  # fmt: skip
    config: Row = {
        "money": "万元",
        "years": [2021],
        "sources": {"fiscal": {"budget": 1000, "pays": ["grant"]}},
        "instruments": {"grant": {"kind": "grant", "rate": 0.1, "award": {"levels": 4}}},
        "limits": [{"name": "南", "measure": "count", "where": {"region": "南"}, "min": 4}],
        "solver": {"gap": 0},
    }
    return config, projects


def test_what_only_floors_ask_for_is_let_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options that no price favours enter when the rules cannot be kept without them."""
    config, projects = wide(14)
    case = build.load(write_plan(tmp_path, config, projects=projects))
    small = best(case)
    monkeypatch.setattr(solve, "SMALL", 0)
    monkeypatch.setattr(engine, "LARGE", 0)
    monkeypatch.setattr(sifting, "SAMPLES", (1, 2))
    monkeypatch.setattr(sifting, "BANDS", (0.0, 0.0))

    assert small == best(case)
