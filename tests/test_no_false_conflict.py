"""That no plan exists is said only where none does: what a tolerance lets pass is ruled out exactly, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random

import pytest
from planning import Row, decide, write_plan

import allocator
from allocator import pipeline

AMOUNT, RESIDUE = 0.1, 2e-9
ABOVE, BELOW = 0.30000000000001, 0.79999999999999
"""Less from 0, 0.3 and 0.8 than a solver tells apart, and more than tables are read to."""


def plan(folder: Path, projects: list[Row], **config: object) -> Path:
    """Projects that ask for a tenth of their investment, from 1,000 万元, in one year."""
    rows = [{"project_name": row["project_id"], "region": "x", "category": "c", **row} for row in projects]
    whole: Row = {
        "money": "万元",
        "years": [2025],
        "sources": {"f": {"budget": 1000, "pays": ["g"]}},
        "instruments": {"g": {"kind": "grant", "rate": AMOUNT}},
        "leverage": {"goal": "nominal"},
        "solver": {"gap": 0, "threads": 1},
        **config,
    }
    return write_plan(folder, whole, projects=rows)


def project(name: str, investment: object, use: object = 0, lock: str = "") -> Row:
    return {"project_id": name, "fixed_investment": investment, "e": use, "lock": lock}


def limit(**ends: object) -> list[Row]:
    return [{"name": "lim", "measure": "e", **ends}]


def large(budget: int = 1_000_000) -> Row:
    return {"sources": {"f": {"budget": budget, "pays": ["g"]}}}


TINY = [project(f"B{n:02d}", 0.001) for n in range(40)]
POSSIBLE = {
    "a cap of nothing and a residue": ([project("A", 500, RESIDUE), project("B", 400)], {"limits": limit(max=0)}, 400),
    "a cap of nothing and residues only": (
        [project(f"A{n}", 100 + n, RESIDUE * n) for n in range(1, 5)],
        {"limits": limit(max=0)},
        0,
    ),
    "a sum above its cap by a residue": (
        [project("A", 500, ABOVE), project("B", 400, 0.1)],
        {"limits": limit(max=0.3)},
        400,
    ),
    "many sums above a cap by a residue": (
        [project(f"A{n:02d}", 100 + n, 0.10000000000001) for n in range(12)],
        {"limits": limit(max=0.5)},
        111 + 110 + 109 + 108,
    ),
    "a floor that what is known reaches": ([project("A", 500, BELOW), project("B", 400, 0.1)], {"limits": limit(min=0.8)}, 900),
    "a lock that fills the budget": ([project("A", 10_000_000, 0, "must_fund"), project("B", 0.001)], large(), 10_000_000),
    "a lock that fills the budget before many": ([project("A", 10_000_000, 0, "must_fund"), *TINY], large(), 10_000_000),
    "a large project that fills the budget": ([project("A", 10_000_000), *TINY], large(), 10_000_000),
    "a share that is missed by a residue": (
        [project("A", 500, 0.3), project("B", 400, 0.70000000000001)],
        {"limits": [{"name": "lim", "measure": "e", "where": {"project_id": "A"}, "min_share": 0.3}]},
        500,
    ),
    "room to spare": ([project("A", 500, 0.3), project("B", 400, 0.1)], {"limits": limit(max=0.4)}, 900),
}  # fmt: skip
"""Projects, config and what the best plan brings."""


@pytest.mark.parametrize("name", POSSIBLE)
def test_a_plan_is_found_where_there_is_one(name: str, tmp_path: Path) -> None:
    """The best one that keeps every rule exactly, proved; and a diagnosis finds no conflict."""
    projects, config, value = POSSIBLE[name]
    path = plan(tmp_path, projects, **config)
    solution = decide(path)

    assert (value, "optimal") == (solution.objective, solution.status)
    assert allocator.diagnose(path).ok


IMPOSSIBLE = {
    "a floor missed by a residue": ([project("A", 500, BELOW), project("B", 400)], {"limits": limit(min=0.8)}),
    "a floor that two miss by a residue": (
        [project("A", 500, 0.3), project("B", 400, 0.49999999999999)],
        {"limits": limit(min=0.8)},
    ),
    "a lock above its cap by a residue": (
        [project("A", 500, ABOVE, "must_fund"), project("B", 400, 0.1)],
        {"limits": limit(max=0.3)},
    ),
    "a lock that asks for a fen more": ([project("A", 10_000_000.001, 0, "must_fund"), project("B", 1)], large()),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_no_plan_is_said_where_there_is_none(name: str, tmp_path: Path) -> None:
    """The near misses: by a residue or a fen, and a diagnosis names the rule and offers what helps."""
    projects, config = IMPOSSIBLE[name]
    path = plan(tmp_path, projects, **config)
    with pytest.raises(allocator.Infeasible):
        decide(path)
    found = allocator.diagnose(path)

    assert not found.ok
    assert found.seen or found.conflicts


def small(seed: int) -> tuple[list[Row], Row]:
    """A few projects with residues, locks, budgets that are just filled, caps and floors near nothing or near a sum."""
    rng = Random(seed)
    uses = [0, RESIDUE, 0.1, 0.2, ABOVE, BELOW, 0.70000000000001]
    locks = ["", "", "", "must_fund"]
    projects = [
        project(f"P{n}", rng.choice([0.001, 10, 500, 400, 10_000]), rng.choice(uses), rng.choice(locks)) for n in range(rng.randint(2, 5))
    ]  # fmt: skip
    asked = sum(float(row["fixed_investment"]) for row in projects if rng.random() < 0.6) / 10
    ends = [{"max": 0}, {"max": 0.3}, {"min": 0.8}, {"min": 0.1, "max": 0.9}, {"max": 1e-12}, {"min": 0.3}]
    return projects, {"limits": limit(**rng.choice(ends)), **large(0)} | {
        "sources": {"f": {"budget": round(max(asked, 0.01), 4), "pays": ["g"]}}
    }


def best(projects: list[Row], config: Row) -> float | None:
    """The most that any set of projects brings, counted one by one in whole numbers; None where no set keeps the rules."""

    def exact(value: object) -> Fraction:
        return Fraction(repr(float(str(value))))

    budget, rule = exact(config["sources"]["f"]["budget"]), config["limits"][0]
    found: list[Fraction] = []
    for taken in subsets(projects):
        use = sum((exact(row["e"]) for row in taken), Fraction(0))
        award = sum((exact(row["fixed_investment"]) / 10 for row in taken), Fraction(0))
        locked = all(row in taken for row in projects if row["lock"])
        inside = exact(rule.get("min", 0)) <= use <= exact(rule.get("max", 10**9))
        if locked and inside and award <= budget:
            found.append(sum((exact(row["fixed_investment"]) for row in taken), Fraction(0)))
    return None if not found else float(max(found))


def subsets(projects: list[Row]) -> Iterator[list[Row]]:
    for mask in product((False, True), repeat=len(projects)):
        yield [row for row, inside in zip(projects, mask, strict=True) if inside]


@pytest.mark.parametrize("first", range(0, 20, 10))
def test_run_check_and_diagnose_never_contradict_each_other(first: int, tmp_path: Path) -> None:
    """Over generated plans: a run ends as counting says, what check refuses has no plan, and a diagnosis agrees."""
    for seed in range(first, first + 10):
        projects, config = small(seed)
        path = plan(tmp_path / str(seed), projects, **config)
        expected = best(projects, config)
        try:
            reached: float | None = float(decide(path).objective)
        except allocator.Infeasible:
            reached = None
        try:
            pipeline.check(path)
        except allocator.Infeasible:
            assert expected is None, seed

        assert expected == (None if reached is None else pytest.approx(reached)), seed
        assert (expected is not None) == allocator.diagnose(path).ok, seed
