"""`minimise: spending`: the least money that reaches what is asked, proved and recomputed."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from enumeration import Problem, payments
from forging import reseal
from hypothesis import HealthCheck, given, settings
from planning import Row, chosen, decide, write_plan
from test_brute_force import problems

import allocator
from allocator.messages.errors import InputError
from allocator.report import summary
from allocator.runs.folder import read
from allocator.verify import verify

PROJECTS = [
    {"project_id": p, "project_name": p, "region": "r", "category": "c", "jobs": j}
    for p, j in zip("ABC", (5, 3, 1), strict=True)
]
OPTIONS: list[Row] = [
    {
        "project_id": "A",
        "option": "a",
        "start_year": 2021,
        "fiscal@2021": 6,
        "fiscal@2023": 2.5,
        "nominal_investment": 100,
    },
    {
        "project_id": "B",
        "option": "b",
        "start_year": 2021,
        "fiscal@2021": 5,
        "fiscal@2023": 0,
        "nominal_investment": 70,
    },
    {
        "project_id": "C",
        "option": "c",
        "start_year": 2022,
        "fiscal@2021": 0,
        "fiscal@2023": 4,
        "nominal_investment": 40,
    },
]
"""C starts and is paid late: 100 cost A 8.5 with its tail, B and C together 9 for 110."""
CONFIG: Row = {
    "money": "万元",
    "years": [2021, 2022],
    "sources": {"fiscal": {"budget": 20, "tail": {"max_share": 1}}},
    "leverage": {"goal": "nominal"},
    "minimise": "spending",
    "solver": {"gap": 0, "threads": 1},
}


def made(folder: Path, **changes: Any) -> Path:
    return write_plan(folder, CONFIG | changes, projects=PROJECTS, options=OPTIONS)


def target(least: float, **more: Any) -> list[Row]:
    return [{"name": "volume", "measure": "nominal_investment", "min": least, **more}]


@pytest.mark.sweep(3)
@pytest.mark.parametrize(
    ("least", "spending", "who"),
    [(100, "8.5", "A"), (101, "9", "BC"), (111, "12.5", "AC"), (210, "17.5", "ABC"), (40, "4", "C"), (0, "0", "")],
)
def test_least_spending_by_hand(tmp_path: Path, least: float, spending: str, who: str) -> None:
    """Every payment counts, those after the plan too, so A is not cheap because half of it falls due later."""
    solution = decide(made(tmp_path, targets=target(least)))

    assert list(who) == [project for project, _ in chosen(solution)]
    assert (Decimal(spending), Decimal(spending), 0) == (solution.objective, solution.bound, solution.gap)
    assert "optimal" == solution.status


def test_a_priced_target_is_missed_where_that_is_cheaper(tmp_path: Path) -> None:
    """At 0.12 a unit, A for 8.5 is less than B for 5 with 30 missing (8.6); at 0.04, missing all 100 costs 4."""
    dear, cheap = (decide(made(tmp_path / str(p), targets=target(100, shortfall_price=p))) for p in (0.12, 0.04))

    assert (["A"], Decimal("8.5")) == ([p for p, _ in chosen(dear)], dear.objective)
    assert ([], Decimal(4)) == (chosen(cheap), cheap.objective)


def test_goals_are_told_but_not_aimed_at(tmp_path: Path) -> None:
    """A goal that pays for every project changes nothing but its own line."""
    terms = [{"measure": "nominal_investment", "weight": 99}, {"measure": "jobs"}]
    solution = decide(made(tmp_path, targets=target(101), goals={"terms": terms}))

    assert Decimal(9) == solution.objective
    assert [110 * 99, 4] == solution.goals["contribution"].tolist()


@pytest.mark.slow
def test_round_trip(tmp_path: Path) -> None:
    """What a target reached under a budget costs at least is no more than that budget."""
    for budget in (4, 6, 9, 13, 20):
        config = CONFIG | {"minimise": None, "sources": {"fiscal": {"budget": {2021: budget, 2022: 0}}}}
        options = [{**row, "fiscal@2021": row["fiscal@2021"] + row.pop("fiscal@2023")} for row in map(dict, OPTIONS)]
        path = write_plan(tmp_path / str(budget), config, projects=PROJECTS, options=options)
        reached = decide(path)
        back = decide(
            path, "minimise=spending", f"targets=[{{name: v, measure: nominal_investment, min: {reached.objective}}}]"
        )

        assert back.objective <= budget
        assert back.awards["nominal_investment"].sum() >= float(reached.objective)


def test_nothing_asked_is_the_empty_plan_with_a_notice(tmp_path: Path) -> None:
    """It is legal, and most likely not meant."""
    solution = decide(made(tmp_path))

    assert ([], 0, 0) == (chosen(solution), solution.objective, solution.gap)
    assert ["config.minimum_of_nothing"] == [n.code for n in solution.notices if "minimum" in n.code]


def test_ordered_goals_and_a_minimum_clash(tmp_path: Path) -> None:
    """One aim or the other."""
    order = {"mode": "lexicographic", "terms": [{"measure": "count"}]}
    with pytest.raises(InputError) as caught:
        allocator.load(made(tmp_path, goals=order))

    assert (
        "goals.mode: goes with goals alone: 'minimise: spending' has one aim; write 'mode: weighted', or remove 'minimise'"
    ) in caught.value.text("en")


def test_stored_verified_and_told(tmp_path: Path) -> None:
    """The report speaks of a minimum in both languages, and a wrong figure is caught."""
    solution = allocator.run(made(tmp_path, targets=target(101)), out=tmp_path / "runs")
    assert solution.folder is not None
    english, chinese = (summary.text(read(solution.folder), language) for language in ("en", "zh"))

    assert "Proved: no plan that keeps all rules costs less" in english
    assert "9 (no plan costs less than 9; the goals are reported only)" in english
    assert "没有遵守全部规则而支出更少的方案" in chinese
    assert verify(solution.folder).ok
    for name, value in (("objective", 8), ("bound", 9.5), ("gap", 0.1)):
        copy = Path(copytree(solution.folder, tmp_path / name))
        manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
        (copy / "manifest.json").write_text(json.dumps(manifest | {name: value}), encoding="utf-8")
        reseal(copy)

        assert not verify(copy).ok


def test_live_model_follows_the_target(tmp_path: Path) -> None:
    """A higher target on an open model costs what a new run says."""
    model = allocator.open(made(tmp_path, targets=target(40)))
    found = [model.solve().objective, model.change("targets.volume.min=111").solve().objective]

    assert [4, Decimal("12.5")] == found


@pytest.mark.slow
@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(problems())
def test_equals_the_cheapest_of_all_plans(tmp_path_factory: Any, problem: tuple[Row, list[Row], list[Row]]) -> None:
    """At gap 0 spending and prices of what is missed are least among all plans."""
    config, projects, options = problem
    config = {**config, "minimise": "spending", "goals": {"terms": [{"measure": "nominal_investment"}]}}
    counted = Problem(config, projects, options)
    costs = [sum(a for *_, a in payments(plan)) + counted.penalty(plan) for plan in counted.plans()]
    try:
        found = decide(write_plan(tmp_path_factory.mktemp("p"), config, projects=projects, options=options)).objective
    except allocator.Infeasible:
        found = None

    assert min(costs, default=None) == found
