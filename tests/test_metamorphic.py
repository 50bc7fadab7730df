"""What must not change a plan does not, and what can only help never hurts."""

from __future__ import annotations

import random
from copy import deepcopy
from decimal import Decimal
from pathlib import Path

import pytest
from planning import Row, chosen, decide, write_plan

import allocator

CHINESE = {
    "project_id": "项目编号",
    "project_name": "项目名称",
    "region": "设区市",
    "category": "项目类别",
    "stage": "项目阶段",
    "fixed_investment": "固定资产投资",
    "equipment_investment": "设备投资",
    "start_ym": "开工年月",
}
UNITS = {"元": 10_000, "万元": 1, "亿元": Decimal("0.0001")}
LIMITS: list[Row] = [
    {"name": "regions", "measure": "award", "each": "region", "min": 300, "max_share": 0.45},
    {"name": "renewals", "measure": "count", "where": {"category": "renovation"}, "min": 5, "max": 7},
    {"name": "shortfall", "measure": "award", "where": {"region": "west"}, "min": 3100, "soft": 0.25},
]
MONEY_COLUMNS = ("fixed_investment", "equipment_investment")


def projects(count: int = 20) -> list[Row]:
    """A pool of invented projects; amounts in 万元."""
    draw = random.Random(7).random
    return [
        {
            "project_id": f"P{at:02d}",
            "project_name": f"project {at}",
            "region": ("east", "west", "north")[int(draw() * 3)],
            "category": ("plant", "renovation")[int(draw() * 2)],
            "stage": ("planned", "built")[int(draw() * 2)],
            "fixed_investment": (fixed := 500 + int(draw() * draw() * 60_000)),
            "equipment_investment": fixed * 6 // 10,
            "start_ym": f"{2021 + int(draw() * 2)}-05",
        }
        for at in range(count)
    ]


def config() -> Row:
    """A plan with two instruments, two sources, carry-over and limits; amounts in 万元."""
    return {
        "money": "万元",
        "years": [2021, 2022],
        "sources": {
            "state": {
                "budget": {2021: 4000, 2022: 3000},
                "carryover": {"max_share": 0.5},
                "tail": {"max_share": 0.5},
                "pays": ["build", "renew"],
            },
            "city": {"budget": {2021: 900, 2022: 900}, "pays": ["renew"]},
        },
        "instruments": {
            "build": {
                "kind": "grant",
                "where": {"category": "plant"},
                "rate": 0.06,
                "award": {"min": 20, "max": 1500, "step": 10, "levels": 4},
                "payments": [0.6, 0.4],
                "start": {"delay": 1},
            },
            "renew": {
                "kind": "grant",
                "where": {"category": "renovation"},
                "base": "equipment_investment",
                "rate": 0.1,
                "award": {"min": 20, "max": 800, "step": 10, "levels": 3},
            },
        },
        "leverage": {
            "goal": "additional",
            "realisation": {"by": "stage", "values": {"planned": 0.6, "built": 0.9}},
            "response": [[0, 0], [0.5, 0.7], [1, 1]],
        },
        "limits": deepcopy(LIMITS),
        "solver": {"gap": 0, "threads": 1},
    }


def made(folder: Path, plan: Row, rows: list[Row]) -> allocator.Solution:
    """The plan decided on these projects."""
    return decide(write_plan(folder, plan, projects=rows))


def in_unit(plan: Row, unit: str) -> Row:
    """The same config with its amounts in another unit."""
    by = UNITS[unit]
    plan = deepcopy(plan) | {"money": unit}
    for source in plan["sources"].values():
        source["budget"] = {year: amount * by for year, amount in source["budget"].items()}
    for instrument in plan["instruments"].values():
        award = instrument["award"]
        instrument["award"] = {key: value if key == "levels" else value * by for key, value in award.items()}
    for limit in plan["limits"]:
        if limit["measure"] == "award":
            limit["min"] *= by
    return plan


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> allocator.Solution:
    """The plan that the others are held against."""
    return made(tmp_path_factory.mktemp("plain"), config(), projects())


@pytest.mark.sweep(1)
@pytest.mark.parametrize("unit", ["元", "亿元"])
def test_unit_does_not_matter(tmp_path: Path, plain: allocator.Solution, unit: str) -> None:
    """The same data in another unit give the same plan, and the same objective in that unit."""
    by = UNITS[unit]
    rows = [{**row, **{column: row[column] * by for column in MONEY_COLUMNS}} for row in projects()]
    solution = made(tmp_path, in_unit(config(), unit), rows)

    assert chosen(plain) == chosen(solution)
    assert plain.objective * by == solution.objective


def test_order_of_rows_does_not_matter(tmp_path: Path, plain: allocator.Solution) -> None:
    """Shuffled rows give the same plan."""
    rows = projects()
    random.Random(3).shuffle(rows)

    assert chosen(plain) == chosen(made(tmp_path, config(), rows))


def test_threads_do_not_matter(tmp_path: Path, plain: allocator.Solution) -> None:
    """Two threads and another seed give a plan of the same worth; the same seed gives the same plan."""
    plan = config() | {"solver": {"gap": 0, "threads": 2}}

    assert chosen(plain) == chosen(made(tmp_path, plan, projects()))


def test_headers_may_be_chinese(tmp_path: Path, plain: allocator.Solution) -> None:
    """Chinese headers give the same plan as English ones, in any order of columns."""
    rows = [{CHINESE[key]: value for key, value in reversed(row.items())} for row in projects()]

    assert chosen(plain) == chosen(made(tmp_path, config(), rows))


def test_columns_nobody_asks_for_do_not_matter(tmp_path: Path, plain: allocator.Solution) -> None:
    """Further columns change nothing."""
    rows = [{"note": f"n{at}", **row, "score": at % 7, "看法": "="} for at, row in enumerate(projects())]

    assert chosen(plain) == chosen(made(tmp_path, config(), rows))


def test_projects_nobody_may_support_do_not_matter(tmp_path: Path, plain: allocator.Solution) -> None:
    """Projects that no instrument is for change nothing."""
    others = [{**row, "project_id": f"X{at}", "category": "road"} for at, row in enumerate(projects(9))]

    assert chosen(plain) == chosen(made(tmp_path, config(), others + projects()))


def test_limit_that_does_not_bind_changes_nothing(tmp_path: Path, plain: allocator.Solution) -> None:
    """A cap above everything and a floor of nothing change nothing."""
    plan = config()
    plan["limits"] += [
        {"name": "all", "measure": "nominal_investment", "min": 0, "max": 10**8},
        {"name": "each", "measure": "award", "each": "category", "max_share": 1},
    ]

    assert chosen(plain) == chosen(made(tmp_path, plan, projects()))


@pytest.mark.parametrize("more", [1, pytest.param(3000, marks=pytest.mark.slow)])
def test_more_money_is_never_worse(tmp_path: Path, plain: allocator.Solution, more: int) -> None:
    """More of a source's money in any year is never worse."""
    for year in (2021, 2022):
        plan = config()
        plan["sources"]["state"]["budget"][year] += more

        assert made(tmp_path / str(year), plan, projects()).objective >= plain.objective


@pytest.mark.sweep(1)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_dropping_a_rule_is_never_worse(tmp_path: Path, plain: allocator.Solution, at: int) -> None:
    """Without one of the limits the plan is at least as good."""
    plan = config()
    del plan["limits"][at]

    assert made(tmp_path, plan, projects()).objective >= plain.objective


def test_found_plan_is_the_best_even_when_fixed(tmp_path: Path, plain: allocator.Solution) -> None:
    """Locking what was chosen gives the same objective: the plan is one of its own plans."""
    plan = config() | {"locks": {"must_fund": sorted(set(plain.awards["project_id"]))}}

    assert plain.objective == made(tmp_path, plan, projects()).objective
