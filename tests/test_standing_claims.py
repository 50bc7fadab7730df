"""Over many generated plans: no plan that any run finds is worth more than the bound that another one claims."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import yaml
from benchmarks import plans

from allocator.messages.watch import Watch
from allocator.money.arrays import Flags
from allocator.optimise import instance, planner
from allocator.optimise import plan_tables as publish
from allocator.optimise.search import cuts as blocks
from allocator.optimise.search import first_plan, floor_plans, proofs
from allocator.optimise.search import group_search as polishing
from allocator.optimise.search import repair as mending
from allocator.optimise.search.engine import Engine, NoPlan
from allocator.optimise.search.highs import Solver
from allocator.optimise.search.program import Search
from allocator.problem import build
from allocator.problem.case import Case

SOLVE = importlib.import_module("allocator.optimise.search.strategy")
WORK = 1
"""Nodes of a search tree, after which a proof or a search for plans ends with what it has; clocks end nothing here."""
SECONDS = 600
SIZES, LEVELS = range(30, 151), range(2, 21)
EASY, MORE_WORK = 100, 200
"""Projects times levels up to which a run looks for the optimum, and nodes of its search tree."""
KEPT = 0.75
"""Share of the limits that a plan keeps."""
PER_CITY = 10
"""Projects for which there is one city more."""
SLICE, WHOLE, PART = 1, 304, 76


@dataclass
class Claims:
    """What runs of plans found and claimed, and how often two solves confirmed or contradicted each other."""

    plans: int = 0
    solves: int = 0
    found: list[Fraction] = field(default_factory=list)
    bounds: list[Fraction] = field(default_factory=list)
    without: int = 0
    """Runs that claimed that there is no plan."""
    optimal: int = 0
    confirmed: int = 0
    priced: int = 0
    disagreed: int = 0
    worst: Fraction | None = None
    """The most by which a plan exceeds a bound, as a share of it; below 0, the least distance between them."""

    def run(self, case: Case, numbers: instance.Instance, gap: float, engine: Engine) -> None:
        """Solve, and note what is found and claimed, exactly as it is published."""
        self.solves += 1
        try:
            answer = SOLVE.solve(case, numbers, gap=gap, seconds=SECONDS, engine=engine)
        except NoPlan:
            self.without += 1
            return
        unit, stage = case.money.fen_per_unit, answer.stages[-1]
        bound = planner.bound_in_units(stage, publish.goal_in_units(case, answer.plan), unit)
        self.found.append(stage.value / unit)
        self.bounds.append(Fraction(bound))
        self.optimal += stage.gap == 0
        self.confirmed += answer.bound_by == SOLVE.TWO
        self.priced += answer.bound_by == SOLVE.PRICES
        self.disagreed += len(answer.disagreements)

    def plain(self, case: Case, numbers: instance.Instance) -> None:
        """What HiGHS finds in the same numbers by itself, if it keeps every rule exactly."""
        self.solves += 1
        engine = Engine.of(numbers)
        program = replace(engine.program(case, numbers), cost=numbers.cost(engine.compiled, 0))
        outcome = Solver(program, Watch(SECONDS), seed=3).run(gap=3e-2, nodes=WORK)
        s = Search(case, numbers, engine.compiled, program, Watch(), 0.0, 0)
        if outcome.x is not None and (exact := s.examine(outcome.x)).valid:
            self.found.append(SOLVE.objective(case, exact, 0) / case.money.fen_per_unit)

    def add(self, one: Claims) -> None:
        """Count those of one plan, and by how much the best plan found exceeds the least bound claimed."""
        for name in ("solves", "found", "bounds", "without", "optimal", "confirmed", "priced", "disagreed"):
            setattr(self, name, getattr(self, name) + getattr(one, name))
        self.plans += 1
        if one.bounds:
            least = min(one.bounds)
            excess = (max(one.found) - least) / max(abs(least), Fraction(1))
            self.worst = excess if self.worst is None else max(self.worst, excess)

    def __str__(self) -> str:
        return (
            f"{self.plans} plans, {self.solves} solves: {len(self.found)} plans found, {len(self.bounds)} bounds claimed, "
            f"{self.optimal} of them reached, {self.confirmed} confirmed by two solves, {self.priced} proved by prices, "
            f"{self.disagreed} disagreements; {self.without} runs without a plan; worst excess {float(self.worst or 0):.1e}"
        )


@pytest.fixture(autouse=True)
def _bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches stop after some work, and proofs at the gap asked: to look for the optimum first is for plans that are used."""

    def prove(s: Search, open_: Flags, gap: float, _: int | None) -> None:
        proofs.prove(s, open_, max(gap, s.gap), WORK if s.gap else MORE_WORK)

    searches: tuple[ModuleType, ...] = (SOLVE, blocks, first_plan, floor_plans, mending, polishing, proofs)
    for module in searches:
        monkeypatch.setattr(module, "NODES", WORK)
    monkeypatch.setattr(SOLVE, "FEW_NODES", WORK)
    monkeypatch.setattr(SOLVE, "ATTEMPTS", 0)
    monkeypatch.setattr(SOLVE, "PATIENCE", 1)
    monkeypatch.setattr(SOLVE, "prove", prove)


def seeded(case: Case, seed: int) -> Case:
    """The case with another seed of the solver."""
    solver = case.loaded.config.solver.model_copy(update={"seed": seed, "threads": 1})
    config = case.loaded.config.model_copy(update={"solver": solver})
    return replace(case, loaded=replace(case.loaded, config=config))


def size_of(number: int) -> tuple[int, int]:
    """Projects and levels of a plan: every part of both ranges as often as any other."""
    return SIZES[number * 47 % len(SIZES)], LEVELS[number * 7 % len(LEVELS)]


def written(folder: Path, number: int, *, shuffled: bool) -> Path:
    """A plan with most of the limits; shuffled, projects have other places and ids, and limits come in another order."""
    luck = np.random.default_rng((number, 1))
    size, levels = size_of(number)
    table = plans.candidates(np.random.default_rng((number, size)), size)
    table.loc[range(len(plans.CATEGORIES)), "项目类别"] = plans.CATEGORIES
    cities = plans.CITIES[: max(3, size // PER_CITY)]
    table["设区市"] = luck.choice(cities, size)
    config = plans.config(table, 1e-4)
    config["limits"] = [limit for limit in config["limits"] if luck.random() < KEPT]
    for limit in config["limits"]:
        if limit.get("each") == "region":
            side = "max_share" if "max_share" in limit else "min_share"
            limit[side] = round(limit[side] * len(plans.CITIES) / len(cities), 3)
    for rule in config["instruments"].values():
        rule["award"]["levels"] = levels
        if number % 4:
            rule.pop("start", None)
    if shuffled:
        table = reordered(table, config, number)
    folder.mkdir()
    table.to_csv(folder / "projects.csv", index=False)
    (folder / "plan.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return folder / "plan.yaml"


def reordered(table: pd.DataFrame, config: dict[str, object], number: int) -> pd.DataFrame:
    """The same projects with ids in another order, which is the order of the model; so are the limits."""
    table = table.sample(frac=1, random_state=number)
    new = dict(zip(table["项目编号"], sorted(table["项目编号"]), strict=True)) | {"": ""}
    for column in ("项目编号", "前置条件", "互斥项目"):
        table[column] = table[column].map(new)
    config["dependencies"] = [
        rule | {"requires": [new[p] for p in rule["requires"]]} for rule in reversed(config["dependencies"])
    ]
    config["limits"] = config["limits"][::-1]
    return table


def claimed(folder: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> Claims:
    """Runs of one plan, in two orders of rows: by its relaxation, as a whole from a plan and without one, by HiGHS alone."""
    claims = Claims()
    for shuffled, small, gap in settings(number):
        case = seeded(build.load(written(folder / f"{number} {shuffled}", number, shuffled=shuffled)), number % 3)
        numbers = instance.build(case)
        engine = Engine.of(numbers)
        for most, asked in zip(small, gap, strict=True):
            with monkeypatch.context() as patch:
                patch.setattr(SOLVE, "SMALL", most)
                claims.run(case, numbers, asked, engine)
        if number % 8 == 0 and shuffled:
            claims.plain(case, numbers)
    return claims


def settings(number: int) -> list[tuple[bool, tuple[int, ...], tuple[float, ...]]]:
    """In each order of rows: the options up to which the whole is solved at once, and the gap asked, of every run in turn."""
    size, levels = size_of(number)
    if size * levels <= EASY:
        return [(False, (SOLVE.SMALL,), (0.0,)), (True, (SOLVE.SMALL,), (1e-2,))]
    if number % 4 == 3:
        return [(False, (0,), (3e-2,)), (True, (0,), (3e-2,))]
    if number % 4 == 1:
        return [(False, (0,), (3e-2,)), (True, (SOLVE.SMALL,), (3e-2,))]
    return [(False, (0, SOLVE.SMALL), (3e-2, 1e-2 if number % 4 == 2 else 2e-2)), (True, (0,), (3e-2,))]


def held(folder: Path, numbers: range, monkeypatch: pytest.MonkeyPatch) -> Claims:
    """No claim is below a plan, compared exactly; that there is no plan is claimed by every run or by none."""
    total = Claims()
    for number in numbers:
        total.add(one := claimed(folder, number, monkeypatch))

        assert not (one.without and one.found), number
        assert not one.bounds or max(one.found) <= min(one.bounds), number

    return total


def test_no_plan_exceeds_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few of the plans."""
    total = held(tmp_path, range(1, 1 + SLICE), monkeypatch)

    assert 0 == total.without < total.confirmed


def test_plans_have_all_sizes_and_levels() -> None:
    """No third of a range has fewer than a quarter of the plans, nor one of sizes together with one of levels than a twelfth."""
    thirds = [((size - 30) // 41, (levels - 2) * 3 // 19) for size, levels in map(size_of, range(WHOLE))]

    assert {30, 150, 2, 20} <= {n for number in range(WHOLE) for n in size_of(number)}
    assert all(thirds.count((a, b)) * 12 >= WHOLE for a in range(3) for b in range(3))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, WHOLE, PART))
def test_no_plan_exceeds_a_bound_of_many(
    tmp_path: Path, first: int, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """All of them, in four parts; `pytest -rP` prints what was counted."""
    total = held(tmp_path, range(first, first + PART), monkeypatch)
    record_property("claims", str(total))
    print(total)  # noqa: T201

    assert total.confirmed * 5 > len(total.bounds)
