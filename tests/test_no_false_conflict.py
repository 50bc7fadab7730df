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
from allocator.cli import commands as cli
from allocator.problem import build

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


@pytest.mark.sweep(3)
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


@pytest.mark.sweep(1)
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


@pytest.mark.sweep(1)
@pytest.mark.parametrize("first", [0, 5, 10, 15])
def test_run_check_and_diagnose_never_contradict_each_other(first: int, tmp_path: Path) -> None:
    """Over generated plans: a run ends as counting says, what check refuses has no plan, and a diagnosis agrees."""
    for seed in range(first, first + 5):
        projects, config = small(seed)
        path = plan(tmp_path / str(seed), projects, **config)
        expected = best(projects, config)
        try:
            reached: float | None = float(decide(path).objective)
        except allocator.Infeasible:
            reached = None
        try:
            build.check(path)
        except allocator.Infeasible:
            assert expected is None, seed

        assert expected == (None if reached is None else pytest.approx(reached)), seed
        assert (expected is not None) == allocator.diagnose(path).ok, seed


SEVENTEEN = {
    "a floor, of a table": ([project("A", 500, 0.79999999999999), project("B", 400)], {"min": 0.8}, "0.79999999999999"),
    "a floor, of a config": ([project("A", 500, 0.8), project("B", 400)], {"min": "0.80000000000000004"}, "0.80000000000000004"),
    "a cap, of a config": ([project("A", 500, 0.8, "must_fund")], {"max": "0.79999999999999993"}, "0.79999999999999993"),
    "a sum of residues": ([project(f"A{n}", 9, RESIDUE) for n in range(3)], {"min": "0.00000000600000000000001"}, "0.00000000600000000000001"),
}  # fmt: skip
"""Projects, a limit that they miss by less than a float tells apart, and a number that is to be read in the answer."""


def codes(path: Path, *commands: str) -> list[int]:
    """What the commands end with."""
    found = []
    for command in commands:
        with pytest.raises(SystemExit) as ended:
            cli.main([command, str(path), *["--out", str(path.parent / "runs")] * (command == "run")])
        found.append(int(ended.value.code or 0))
    return found


@pytest.mark.sweep(1)
@pytest.mark.parametrize("name", SEVENTEEN)
def test_what_is_missed_by_less_than_a_float_is_missed_everywhere(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By every command, with the numbers apart."""
    projects, ends, number = SEVENTEEN[name]
    path = plan(tmp_path, projects, limits=limit(**dict.fromkeys(ends, 123.5)))
    path.write_text(path.read_text(encoding="utf-8").replace("123.5", str(*ends.values())), encoding="utf-8")

    assert [3, 3, 3] == codes(path, "check", "run", "diagnose")
    assert number in capsys.readouterr().err


def ended(path: Path) -> list[int]:
    """What check, run and diagnosis find: 0 for a plan, 3 for none, as the commands end."""
    found = []
    for ask in (build.check, decide):
        try:
            ask(path)
        except allocator.Infeasible:
            found.append(3)
        else:
            found.append(0)
    diagnosis = allocator.diagnose(path)
    assert diagnosis.ok or diagnosis.seen or diagnosis.conflicts
    return [*found, 0 if diagnosis.ok else 3]


@pytest.mark.sweep(2)
@pytest.mark.parametrize("end", ["max", "min"])
@pytest.mark.parametrize("number", ["0.8", "0.79999999999999993", "0.80000000000000004"])
def test_what_is_kept_by_less_than_a_float_is_kept_everywhere(end: str, number: str, tmp_path: Path) -> None:
    """At the end itself, inside of it and beyond."""
    path = plan(tmp_path, [project("A", 500, 0.8, "must_fund")], limits=limit(**{end: 123.5}))
    path.write_text(path.read_text(encoding="utf-8").replace("123.5", number), encoding="utf-8")
    kept = Fraction(number) >= Fraction("0.8") if end == "max" else Fraction(number) <= Fraction("0.8")

    assert [0 if kept else 3] * 3 == ended(path)


@pytest.mark.sweep(1)
@pytest.mark.parametrize("residue", [5.551115123125783e-17, -5.551115123125783e-17, 0.1 + 0.2 - 0.3])
def test_what_arithmetic_left_in_a_table_breaks_no_cap(residue: float, tmp_path: Path) -> None:
    """A cap of nothing, and one of less still than the residue."""
    for most in (0, 1e-17):
        path = plan(tmp_path / str(most), [project("A", 500, residue, "must_fund")], limits=limit(max=most))

        assert [0, 0, 0] == ended(path)


def tied(seed: int) -> tuple[list[Row], Row]:
    """Shares, floors and caps of groups and of all, budgets that are just filled, and sums that are just reached."""
    rng = Random(1000 + seed)
    projects = [
        project(f"P{n}", rng.choice([10, 100, 300, 500]), rng.choice([0, 0.1, 0.2, 0.3, ABOVE]), rng.choice(["", "", "must_fund"]))
        | {"region": "xy"[n] if n < 2 else rng.choice("xy"), "category": rng.choice("cd")}
        for n in range(rng.randint(3, 5))
    ]  # fmt: skip
    some = [row for row in projects if rng.random() < 0.6 or row["lock"]]
    asked, used = (sum(Fraction(str(row[key])) for row in some) for key in ("fixed_investment", "e"))
    rules: list[Row] = [
        {"measure": "e", rng.choice(["min", "max"]): float(used) + rng.choice([0, 0, 1e-14, -1e-14])},
        {"measure": "award", "each": "region", rng.choice(["min_share", "max_share"]): rng.choice([0.3, 0.5, 0.7])},
        {"measure": "count", "where": {"category": projects[0]["category"]}, rng.choice(["min", "max"]): 2},
        {"measure": "award", "where": {"region": "x"}, "min": float(asked) / 20},
    ]
    chosen = [{"name": f"lim {n}", **rule} for n, rule in enumerate(rng.sample(rules, rng.randint(1, 3)))]
    return projects, {"limits": chosen, "sources": {"f": {"budget": max(float(asked) / 10, 1), "pays": ["g"]}}}


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 60, 12))
def test_commands_agree_on_whether_there_is_a_plan(first: int, tmp_path: Path) -> None:
    """Over generated plans: what check refuses has no plan, and where a run proves that there is none a diagnosis says why."""
    plans = []
    for seed in range(first, first + 12):
        projects, config = tied(seed)
        checked, ran, diagnosed = ended(plan(tmp_path / str(seed), projects, **config))
        plans.append(ran)

        assert checked <= ran == diagnosed, seed

    assert {0, 3} == set(plans)
