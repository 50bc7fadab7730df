"""Investment by the year in which it is spent, and ratios of two measures: by hand, verified, and told when wrong."""

from __future__ import annotations

import csv
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from random import Random
from shutil import copytree
from typing import Any

import pytest
from planning import Row, chosen, decide, write_plan

import allocator
from allocator.messages.errors import InputError
from allocator.verify import verify

SLOW = {"by": "category", "profile": {"slow": [0.2, 0.5, 0.3]}, "default": [1]}
ROWS: list[tuple[str, str, int, int, float, float]] = [
    ("A", "slow", 2021, 100, 60, 50),
    ("B", "fast", 2021, 40, 10, 30),
    ("C", "fast", 2022, 70, 90, 40),
    ("D", "slow", 2022, 90, 20, 80),
]
"""Project, category, start, investment, energy, value added; each costs 1."""


def made(folder: Path, budget: int, **changes: Any) -> Path:
    projects = [
        {"project_id": p, "project_name": p, "region": "r", "category": c, "energy": e, "new_va": v}
        for p, c, _, _, e, v in ROWS
    ]
    options = [
        {"project_id": p, "option": "o", "start_year": y, "fiscal@2021": 1, "nominal_investment": i}
        for p, _, y, i, _, _ in ROWS
    ]
    config = {
        "money": "万元",
        "years": [2021, 2022, 2023],
        "sources": {"fiscal": {"budget": {2021: budget, 2022: 0, 2023: 0}}},
        "leverage": {"goal": "nominal"},
        "solver": {"gap": 0, "threads": 1},
        **changes,
    }
    return write_plan(folder, config, projects=projects, options=options)


def who(solution: allocator.Solution) -> str:
    return "".join(project for project, _ in chosen(solution))


def rule(**more: Any) -> list[Row]:
    return [{"name": "r", "measure": "nominal_investment", **more}]


@pytest.mark.parametrize(
    ("spending", "limits", "funded"),
    [
        (SLOW, [], "AD"),
        (None, rule(year=2021, min=100), "AD"),  # all of A's 100 in its start year
        (SLOW, rule(year=2021, min=40), "AB"),  # in truth A spends 20 in 2021, B 40
        (SLOW, rule(year=2021, min=55), "AB"),
        (SLOW, rule(year=2022, min=100), "AC"),  # 50 + 70; D spends 18 in 2022
        (SLOW, rule(year=2022, cumulative=True, min=120), "AC"),  # 20 + 50 + 70 = 140; A and D 88; A and B 110
        (SLOW, rule(year=2023, max=40), "AC"),  # A 30, D 45
        (SLOW, rule(each="year", max=69), "AB"),  # 60, 50, 30; A and D: 20, 68, 75
        (SLOW, [{**rule(year=2023, min_share=0.5)[0], "of": {"category": "slow"}}], "AD"),  # all of 2023 is slow
    ],
)
def test_year_means_the_spending_year(tmp_path: Path, spending: Row | None, limits: list[Row], funded: str) -> None:
    """A large project that starts in a year does not fill that year's target, and what it spends later is counted later."""
    solution = allocator.run(made(tmp_path, 2, spending=spending, limits=limits), out=tmp_path / "runs")

    assert (funded, "optimal") == (who(solution), solution.status)


def growth(**more: Any) -> list[Row]:
    return [{"name": "g", "growth": 0.1, **more}]


def test_growth_is_held_against_what_is_spent(tmp_path: Path) -> None:
    """By start years A, B and D shrink from 140 to 90; they spend 60, 68, 75, which grows by a tenth each year."""
    hard = decide(made(tmp_path / "hard", 4, spending=SLOW, targets=growth()))
    priced = decide(made(tmp_path / "priced", 2, spending=SLOW, targets=growth(base=10, shortfall_price=0.5)))

    assert ("ABD", 230) == (who(hard), hard.objective)
    assert ("AD", 190) == (who(priced), priced.objective)  # 20, 68, 75: 74.8 is asked for


def test_end_of_horizon_is_told_but_not_counted(tmp_path: Path) -> None:
    """D spends 27 in 2024: it stands in the totals, not in any plan year; every year adds up to the whole."""
    solution = decide(made(tmp_path, 4, spending=SLOW))
    rows = solution.totals[
        (solution.totals["dimension"] == "spending") & (solution.totals["measure"] == "nominal_investment")
    ]

    assert {"2021": 60, "2022": 138, "2023": 75, "2024": 27} == dict(zip(rows["year"], rows["value"], strict=True))


def test_cents_are_not_lost(tmp_path: Path) -> None:
    """Thirds of an amount add up to it."""
    thirds = {"profile": {"slow": [0.333, 0.333, 0.334], "fast": [0.7, 0.3]}}
    solution = allocator.run(made(tmp_path, 4, spending=thirds, money="元"), out=tmp_path / "runs")
    rows = solution.totals[
        (solution.totals["dimension"] == "spending") & (solution.totals["measure"] == "nominal_investment")
    ]

    assert 300 == pytest.approx(rows["value"].sum(), abs=1e-9)


@pytest.mark.parametrize(
    ("limits", "funded"),
    [
        (rule(measure="energy", per="new_va", max=0.7), "AD"),  # 80 / 130
        (rule(measure="energy", per="new_va", max=0.6), "BD"),  # 30 / 110; A alone 1.2
        (rule(measure="energy", per="new_va", max=0.6, soft=0.1), "AD"),  # 80 − 78 = 2 too much cost 0.2
        (rule(measure="energy", per="count", max=15), "BD"),
        (rule(measure="new_va", per="nominal_investment", min=0.7), "CD"),  # 120 / 160; A and D 130 / 190
        (rule(measure="nominal_investment", per="award", min=95), "AD"),
        (rule(measure="energy", per="new_va", each="category", max=0.9), "AD"),  # slow: 80 / 130, fast: nothing
        (rule(measure="energy", per="new_va", where={"category": "fast"}, min=1), "AD"),  # a ratio of nothing holds
    ],
)
def test_ratio_limits(tmp_path: Path, limits: list[Row], funded: str) -> None:
    """Σ energy ≤ 0.6 × Σ value added, exactly, whatever the units; verified as stored."""
    solution = allocator.run(made(tmp_path, 2, limits=limits), out=tmp_path / "runs")

    assert (funded, "optimal") == (who(solution), solution.status)


def test_ratio_is_told_in_its_own_unit(tmp_path: Path) -> None:
    """Energy per 万元 of value added, as the planner wrote it; a changed value is caught."""
    limits = rule(measure="energy", per="new_va", max=0.7)
    solution = allocator.run(made(tmp_path, 2, limits=limits), out=tmp_path / "runs")
    row = solution.limits.iloc[0]
    assert solution.folder is not None

    assert ("energy/new_va", 0.7) == (row["unit"], row["upper"])
    assert 80 / 130 == pytest.approx(row["value"], abs=1e-14)
    copy = Path(copytree(solution.folder, tmp_path / "copy"))
    text = (copy / "limits.csv").read_text(encoding="utf-8-sig")
    (copy / "limits.csv").write_text(text.replace("0.61538", "0.61539"), encoding="utf-8-sig")
    assert not verify(copy).ok


def test_corrupted_spending_is_caught(tmp_path: Path) -> None:
    """A year's spending in the totals is worked out again."""
    solution = allocator.run(made(tmp_path, 4, spending=SLOW), out=tmp_path / "runs")
    assert solution.folder is not None
    path = solution.folder / "totals.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    at = next(
        n for n, row in enumerate(rows) if row[0] == "spending" and row[2] == "2024" and row[4] == "nominal_investment"
    )
    rows[at][5] = "28"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)

    assert not verify(solution.folder).ok


@pytest.mark.sweep(4)
@pytest.mark.parametrize("seed", range(12))
def test_equals_the_best_of_all_choices(tmp_path: Path, seed: int) -> None:
    """Random profiles, yearly floors and ratios against every choice counted one by one."""
    rng = Random(seed)
    profile = rng.choice([[0.2, 0.8], [0.1, 0.4, 0.5], [0, 1]])
    year, least, most = rng.choice([2021, 2022, 2023]), rng.randint(10, 60), rng.choice([0.4, 0.7, 1.1])
    limits = [*rule(year=year, min=least, soft=2), {"name": "e", "measure": "energy", "per": "new_va", "max": most}]
    spending = {"profile": {"slow": profile}, "default": [1]}
    solution = decide(made(tmp_path, 3, spending=spending, limits=limits))

    def worth(some: tuple[tuple[Any, ...], ...]) -> Fraction | None:
        if sum(Fraction(row[4]) for row in some) > Fraction(str(most)) * sum(Fraction(row[5]) for row in some):
            return None
        spent = Fraction(0)
        for _, category, start, invested, _, _ in some:
            shares = profile if category == "slow" else [1]
            spent += invested * Fraction(str(shares[year - start])) if 0 <= year - start < len(shares) else 0
        return sum(row[3] for row in some) - 2 * max(Fraction(0), least - spent)

    choices = [worth(some) for size in range(4) for some in combinations(ROWS, size)]

    assert max(value for value in choices if value is not None) == Fraction(solution.objective)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"spending": {"profile": {"slow": [0.5, 0.4]}}}, "spending.profile.slow: must sum to 1, got 0.9"),
        ({"spending": {"profile": {"slow": [1]}}}, "spending.by: no spending profile for category 'fast'; list it under spending.profile"),
        ({"spending": {"by": "categry", "profile": {"slow": [1]}}}, "spending.by: no column 'categry' in the tables; did you mean 'category'?"),
        ({"limits": rule(measure="energy", per="new_vaa", max=1)}, "limits.r.per: there is no measure 'new_vaa'"),
        ({"limits": rule(measure="energy", per="new_va", max_share=1)},
         "limits.r.max_share: does not go with 'per': a ratio is bounded by min and max, over the same options"),
    ],
)  # fmt: skip
def test_faults_are_told(tmp_path: Path, changes: Row, says: str) -> None:
    """What is written wrongly is told with its key, and what to write."""
    with pytest.raises(InputError) as caught:
        allocator.load(made(tmp_path, 2, **changes))

    assert says in caught.value.text("en")
