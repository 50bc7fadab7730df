"""Over many generated plans: no plan that any run finds is worth more than the bound that another one claims."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from benchmarks import plans

from allocator import instance, pipeline
from allocator.case import Case
from allocator.measures import Flags
from allocator.search import proofs
from allocator.search.engine import Engine
from allocator.search.highs import Solver, Watch
from allocator.search.program import Search

SOLVE = importlib.import_module("allocator.solve")
WORK = 10
"""Nodes of a search tree, after which a proof ends with what it has reached; clocks end nothing here."""
SECONDS = 600
SOME_LARGE, LARGE, TINY = 30, 900, 70
"""Every how many plans one is large, its most projects times levels, and those up to which the optimum is proved."""
MOST = 130
"""Projects times levels of the others."""
NOISE = 1e-6
SLICE, WHOLE, PART = 4, 304, 76


@dataclass
class Claims:
    """What runs of plans found and claimed, and how often two solves confirmed or contradicted each other."""

    plans: int = 0
    found: list[float] = field(default_factory=list)
    bounds: list[float] = field(default_factory=list)
    proved: int = 0
    confirmed: int = 0
    disagreed: int = 0
    worst: float = -np.inf
    """The most by which a plan exceeds a bound, as a share of it."""

    def run(self, case: Case, numbers: instance.Instance, gap: float, engine: Engine) -> None:
        """Solve, and note what is found and claimed."""
        answer = SOLVE.solve(case, numbers, gap=gap, seconds=SECONDS, engine=engine)
        self.found.append(float(answer.stages[-1].value))
        self.bounds.append(answer.stages[-1].bound)
        self.proved += answer.proved
        self.confirmed += answer.bound_by == SOLVE.TWO
        self.disagreed += len(answer.disagreements)

    def plain(self, case: Case, numbers: instance.Instance) -> None:
        """What HiGHS finds in the same numbers by itself, if it keeps every rule exactly."""
        engine = Engine.of(numbers)
        program = replace(engine.program(case, numbers), cost=numbers.cost(engine.compiled, 0))
        outcome = Solver(program, Watch(SECONDS), seed=3).run(gap=1e-2, nodes=WORK)
        s = Search(case, numbers, engine.compiled, program, Watch(), 0.0, 0)
        if outcome.x is not None and (exact := s.examine(outcome.x)).valid:
            self.found.append(s.worth(exact) * numbers.goal_scale)

    def add(self, one: Claims) -> None:
        """Count those of one plan, and by how much the best plan found exceeds the least bound claimed."""
        self.plans += 1
        self.found += one.found
        self.bounds += one.bounds
        self.proved += one.proved
        self.confirmed += one.confirmed
        self.disagreed += one.disagreed
        self.worst = max(self.worst, (max(one.found) - min(one.bounds)) / max(abs(min(one.bounds)), 1.0))

    def __str__(self) -> str:
        return (
            f"{self.plans} plans: {len(self.found)} plans found, {len(self.bounds)} bounds claimed, {self.proved} of them "
            f"within the gap, {self.confirmed} confirmed by two solves, {self.disagreed} disagreements, worst excess {self.worst:.1e}"
        )


@pytest.fixture(autouse=True)
def _bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proofs stop after some work, and at the gap asked: to look for the optimum first is for plans that are used."""

    def prove(s: Search, open_: Flags, gap: float, _: int | None) -> None:
        proofs.prove(s, open_, max(gap, s.gap), WORK)

    monkeypatch.setattr(SOLVE, "prove", prove)
    monkeypatch.setattr(proofs, "NODES", WORK)


def seeded(case: Case, seed: int) -> Case:
    """The case with another seed of the solver."""
    solver = case.loaded.config.solver.model_copy(update={"seed": seed, "threads": 1})
    config = case.loaded.config.model_copy(update={"solver": solver})
    return replace(case, loaded=replace(case.loaded, config=config))


def written(folder: Path, number: int, *, shuffled: bool) -> tuple[Path, int]:
    """A plan of 30 to 150 projects with 2 to 20 levels and some of the limits; its projects times its levels."""
    luck = np.random.default_rng((number, 1))
    most = LARGE if number % SOME_LARGE == 0 else MOST
    size = 30 + min(int(121 * luck.random() ** 3), most // 2 - 30)
    levels = 2 + min(int(19 * luck.random() ** 2), most // size - 2)
    table = plans.candidates(np.random.default_rng((number, size)), size)
    table.loc[range(len(plans.CATEGORIES)), "项目类别"] = plans.CATEGORIES
    config = plans.config(table, 1e-4)
    config["limits"] = [limit for limit in config["limits"] if luck.random() < 0.3]
    for rule in config["instruments"].values():
        rule["award"]["levels"] = levels
        if most == MOST:
            del rule["start"]
    if shuffled:
        table = table.sample(frac=1, random_state=number)
    folder.mkdir()
    table.to_csv(folder / "projects.csv", index=False)
    (folder / "plan.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return folder / "plan.yaml", size * levels


def claimed(folder: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> Claims:
    """Runs of one plan: at once, again from the plan found, by HiGHS alone, and with rows in another order, some by relaxations."""
    claims = Claims()
    path, size = written(folder / f"{number}", number, shuffled=False)
    case = seeded(pipeline.load(path), number % 3)
    numbers = instance.build(case)
    engine = Engine.of(numbers)
    claims.run(case, numbers, 0.0 if size <= TINY else 3e-2, engine)
    if number % 6 == 0:
        claims.run(case, numbers, 1e-2, engine)
    if number % 3 == 1:
        claims.plain(case, numbers)
    path, _ = written(folder / f"{number} shuffled", number, shuffled=True)
    case = seeded(pipeline.load(path), 7)
    numbers = instance.build(case)
    with monkeypatch.context() as patch:
        patch.setattr(SOLVE, "SMALL", 0 if number % 4 == 3 else SOLVE.SMALL)
        claims.run(case, numbers, 2e-2, Engine.of(numbers))
    return claims


def held(folder: Path, numbers: range, monkeypatch: pytest.MonkeyPatch) -> Claims:
    """No claim is below a plan, and most are confirmed."""
    total = Claims()
    for number in numbers:
        total.add(one := claimed(folder, number, monkeypatch))

        assert max(one.found) <= min(one.bounds) * (1 + NOISE), number

    assert total.confirmed * 2 > len(total.bounds)
    return total


def test_no_plan_exceeds_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few of the plans."""
    held(tmp_path, range(1, 1 + SLICE), monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, WHOLE, PART))
def test_no_plan_exceeds_a_bound_of_many(
    tmp_path: Path, first: int, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """All of them, in four parts; `pytest -rP` prints what was counted."""
    total = held(tmp_path, range(first, first + PART), monkeypatch)
    record_property("claims", str(total))
    print(total)  # noqa: T201
