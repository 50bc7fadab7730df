"""Awards that are not bound to levels: any multiple of the step, worked out by hand and counted out in full."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product
from math import floor
from pathlib import Path
from random import Random
from typing import Any

import pytest
from planning import Row, chosen, decide, write_plan

import allocator
from allocator.messages.errors import InputError
from allocator.verify import verify

CONFIG: Row = {
    "money": "万元",
    "years": [2021],
    "sources": {"fiscal": {"budget": 107, "pays": ["grant"]}},
    "instruments": {"grant": {"kind": "grant", "rate": 0.1, "award": {"step": 1, "levels": 2}, "continuous": True}},
    "leverage": {"goal": "nominal", "response": [[0, 0], [0.5, 0.8], [1, 1]]},
    "solver": {"gap": 0},
}
PROJECTS: list[Row] = [
    {"project_id": name, "region": "east", "category": "plant", "fixed_investment": investment}
    for name, investment in (("A", 1000), ("B", 600), ("C", 400))
]


def write(folder: Path, projects: list[Row] | None = None, *, award: Row | None = None, **changes: Any) -> Path:
    instrument = CONFIG["instruments"]["grant"]
    instrument = instrument | {"continuous": changes.pop("continuous", True), "award": award or instrument["award"]}
    return write_plan(folder, CONFIG | {"instruments": {"grant": instrument}} | changes, projects=projects or PROJECTS)


def test_money_is_spent_to_the_last_step(tmp_path: Path) -> None:
    """Half of every entitlement, 50 + 30 + 20, brings 16 per unit, all above 4: 107 brings 1,600 + 7 × 4."""
    solution = decide(write(tmp_path))

    assert 1628 == solution.objective
    assert 107 == solution.awards["award"].sum()


def test_with_levels_it_is_not(tmp_path: Path) -> None:
    """Two levels leave 7 unspent."""
    assert 1600 == decide(write(tmp_path, continuous=False)).objective


def test_the_least_award_holds(tmp_path: Path) -> None:
    """From 40 on: A has 57 and B 50, or the like; C would need its whole entitlement. 800 + 7 × 4 + 480 + 20 × 4."""
    solution = decide(write(tmp_path, award={"min": 40, "step": 1}))

    assert 800 + 28 + 480 + 80 == solution.objective
    assert solution.awards["award"].min() >= 40


def test_awards_are_multiples_of_the_step(tmp_path: Path) -> None:
    """In steps of 9: A 54, B 27 or 36, C 18 or 9; the level is the number of steps."""
    solution = decide(write(tmp_path, award={"step": 9}))
    awards = dict(zip(chosen(solution), solution.awards["award"], strict=True))

    assert all(award == 9 * int(option.rpartition("#")[2]) for (_, option), award in awards.items())
    assert 99 == sum(awards.values())


def test_without_a_step_awards_are_whole_units(tmp_path: Path) -> None:
    """107.5 of budget leaves half a unit."""
    sources = {"fiscal": {"budget": 107.5, "pays": ["grant"]}}

    assert 1628 == decide(write(tmp_path, award={"levels": 3}, sources=sources)).objective


@pytest.mark.slow
def test_a_step_that_is_too_fine_is_taken_several_at_a_time(tmp_path: Path) -> None:
    """100.03 in steps of 0.01 are 10,003 awards: multiples of 0.11 are offered, and 100.03; that is noted."""
    project = PROJECTS[0] | {"fixed_investment": 1000.3}
    sources = {"fiscal": {"budget": 107, "pays": ["grant"]}, "other": {"budget": 99.99, "pays": ["grant"]}}
    path = write(tmp_path, [project], award={"step": 0.01}, sources=sources)
    solution = allocator.run(path, out=tmp_path / "runs")
    notices = [notice.text("en") for notice in solution.notices]
    capped = decide(path, "sources.fiscal.budget=0")

    assert [100.03] == solution.awards["award"].tolist()
    assert [99.99] == capped.awards["award"].tolist()
    assert 910 == solution.sizes["options"]
    assert any("1 project could have more than 1000 different awards" in notice for notice in notices)


def test_two_continuous_instruments_make_no_package(tmp_path: Path) -> None:
    """Their combinations would be without number."""
    both = dict.fromkeys(("grant", "other"), CONFIG["instruments"]["grant"])
    sources = {"fiscal": {"budget": 100, "pays": list(both)}}
    with pytest.raises(InputError) as caught:
        allocator.load(write_plan(tmp_path, CONFIG | {"instruments": both, "packages": [["grant", "other"]],
                                                      "sources": sources}, projects=PROJECTS))  # fmt: skip

    assert "packages.0: grant, other are all continuous" in str(caught.value)


def test_an_award_off_the_step_is_caught(tmp_path: Path) -> None:
    """Half a unit more for A, in every table."""
    folder = allocator.run(write(tmp_path, award={"step": 9}), out=tmp_path / "runs").folder
    assert folder is not None
    assert verify(folder).ok
    for name in ("awards", "payments", "projects"):
        path = folder / f"{name}.csv"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("#6,2021,54,", "#6,2021,54.5,").replace(",54\n", ",54.5\n"), encoding="utf-8")

    assert not verify(folder).ok


def half_up(value: Fraction) -> Fraction:
    return Fraction(floor(value * 100 + Fraction(1, 2)), 100)


def effect(corners: list[list[Fraction]], share: Fraction) -> Fraction:
    for (left, low), (right, high) in pairwise(corners):
        if share <= right:
            return low + (high - low) * (share - left) / (right - left)
    return corners[-1][1]


@pytest.mark.parametrize("seed", range(6))
def test_equals_the_best_of_all_plans(tmp_path: Path, seed: int) -> None:
    """Whatever the shape of the response, concave or not, the plan is the best over all multiples of the step."""
    rng = Random(seed)
    projects = [row | {"fixed_investment": rng.randint(40, 240)} for row in PROJECTS]
    corners = [
        [Fraction(0), Fraction(0)],
        [Fraction(1, 2), Fraction(rng.randint(1, 9), 10)],
        [Fraction(1), Fraction(1)],
    ]
    least, step, budget = rng.randint(0, 6), rng.choice([1, 2, 3]), rng.randint(8, 40)
    changes = {
        "money": "元",
        "sources": {"fiscal": {"budget": budget, "pays": ["grant"]}},
        "leverage": {"goal": "nominal", "response": corners},
    }
    offered = []
    for row in projects:
        full = Fraction(row["fixed_investment"], 10)
        awards = [k * step for k in range(1, floor(full / step) + 1) if k * step >= least]
        offered.append(
            [(0, Fraction(0)), *((a, half_up(row["fixed_investment"] * effect(corners, a / full))) for a in awards)]
        )
    best = max(
        sum(value for _, value in plan) for plan in product(*offered) if sum(award for award, _ in plan) <= budget
    )

    assert best == Fraction(decide(write(tmp_path, projects, award={"min": least, "step": step}, **changes)).objective)
