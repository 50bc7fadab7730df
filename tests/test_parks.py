"""Parks enable plants: capacity that plants share, built by park projects, year by year."""

from __future__ import annotations

import csv
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from planning import Row, decide, write_plan

import allocator
from allocator.messages.errors import InputError
from allocator.verify import verify

YEARS = [2021, 2022, 2023]
PARKS: Row = {
    "builders": {"category": "park"},
    "resources": {"floor": {"use": "need", "adds": "gives", "existing": {"Y": 40}}},
}
PLANTS = {"A": (100, 60), "B": (90, 70), "C": (50, 30)}
"""What each brings, and the floor it needs; the park project K brings 1 and gives 100."""


def made(
    folder: Path, budget: int, plants: dict[str, tuple[int, int]] = PLANTS, gives: int = 100, **changes: Any
) -> Path:
    """Plants and the park project K, all in park Y; each may start in any year, costs 1, and brings 1 less a year later."""
    rows = [(p, "plant", need, "") for p, (_, need) in plants.items()] + [("K", "park", "", gives)]
    common = {"region": "r", "park_id": "Y"}
    projects = [
        {"project_id": p, "project_name": p, "category": c, "need": n, "gives": g} | common for p, c, n, g in rows
    ]
    worth = {p: w for p, (w, _) in plants.items()} | {"K": 3}
    options = [
        {
            "project_id": p,
            "option": str(year),
            "start_year": year,
            "fiscal@2021": 1,
            "nominal_investment": w - (year - 2021),
        }
        for p, w in worth.items()
        for year in YEARS
    ]
    config = {
        "money": "万元",
        "years": YEARS,
        "sources": {"fiscal": {"budget": {2021: budget, 2022: 0, 2023: 0}}},
        "leverage": {"goal": "nominal"},
        "solver": {"gap": 0, "threads": 1},
        "parks": PARKS,
        **changes,
    }
    return write_plan(folder, config, projects=projects, options=options)


def starts(solution: allocator.Solution) -> dict[str, int]:
    return dict(zip(solution.awards["project_id"], solution.awards["start_year"], strict=True))


def test_plants_wait_for_their_park(tmp_path: Path) -> None:
    """C fits the vacant 40 at once. K's 100 come a year later: then 140 hold C and A (90) but not all three (160)."""
    solution = allocator.run(made(tmp_path, 4), out=tmp_path / "runs")
    naive = decide(made(tmp_path / "naive", 4, parks=None))

    assert {"A": 2021, "B": 2021, "C": 2021, "K": 2021} == starts(naive)
    assert {"A": 2022, "B": 2022, "K": 2021} == starts(solution)  # 99 + 89 + 3, against 99 + 50 + 3
    assert 191 == solution.objective


def test_two_plants_share_what_either_would_fit(tmp_path: Path) -> None:
    """Each alone fits the 70 that are vacant; together they do not, and no park is built for lack of money."""
    parks = {**PARKS, "resources": {"floor": {"use": "need", "adds": "gives", "existing": 70}}}
    solution = allocator.run(
        made(tmp_path, 2, {"A": (100, 60), "B": (90, 70)}, parks=parks, locks={"must_not": ["K"]}),
        out=tmp_path / "runs",
    )

    assert {"A": 2021} == starts(solution)
    assert [60, 60, 60] == solution.limits["value"].tolist()
    assert [70, 70, 70] == solution.limits["upper"].tolist()


def test_without_lag_the_park_is_there_at_once(tmp_path: Path) -> None:
    """The lag is what makes the plants wait."""
    solution = decide(made(tmp_path, 4, parks={**PARKS, "lag": 0}))

    assert {"A": 2021, "B": 2021, "K": 2021} == starts(solution)


@pytest.mark.sweep(4)
@pytest.mark.parametrize("seed", range(12))
def test_equals_the_best_of_all_plans(tmp_path: Path, seed: int) -> None:
    """Random needs, lags and vacancies against every plan counted one by one."""
    rng = Random(seed)
    plants = {p: (rng.randint(20, 99), rng.randint(10, 90)) for p in "ABC"}
    gives, lag, vacant, budget = rng.randint(20, 150), rng.randint(0, 2), rng.randint(0, 90), rng.randint(2, 4)
    parks = {**PARKS, "lag": lag, "resources": {"floor": {"use": "need", "adds": "gives", "existing": vacant}}}
    solution = decide(made(tmp_path, budget, plants, gives, parks=parks))
    best = 0
    for plan in product([None, *YEARS], repeat=4):
        a = dict(zip("ABCK", plan, strict=True))
        fits = all(
            sum(plants[p][1] for p in "ABC" if a[p] and a[p] <= t)
            <= vacant + (gives if a["K"] and a["K"] + lag <= t else 0)
            for t in YEARS
        )
        if fits and sum(y is not None for y in plan) <= budget:
            best = max(best, sum((3 if p == "K" else plants[p][0]) - (y - 2021) for p, y in a.items() if y))

    assert best == Fraction(solution.objective)


def test_corrupted_capacity_is_caught(tmp_path: Path) -> None:
    """A plant moved before its park, and a capacity that is not the config's."""
    solution = allocator.run(made(tmp_path, 4), out=tmp_path / "runs")
    assert solution.folder is not None
    path = solution.folder / "limits.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert verify(solution.folder).ok
    at = rows[0].index("upper")
    rows[1][at] = "41"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)

    assert not verify(solution.folder).ok


@pytest.mark.parametrize(
    ("resource", "says"),
    [
        ({"use": "needd"}, "parks.resources.floor.use: no column 'needd' in the tables; did you mean 'need'?"),
        ({"use": "region"}, "parks.resources.floor.use"),
        ({"use": "need", "existing": {"Z": 4}}, "parks.resources.floor.existing: no project has the park 'Z'"),
    ],
)
def test_faults_are_told(tmp_path: Path, resource: Row, says: str) -> None:
    """What is written wrongly is told with its key."""
    with pytest.raises(InputError) as caught:
        allocator.load(made(tmp_path, 4, parks={**PARKS, "resources": {"floor": resource}}))

    assert says in caught.value.text("en")
