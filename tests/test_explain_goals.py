"""What forcing a project in or out costs where the goal is no plain sum, against all plans there are."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from planning import Row, write_plan
from test_risk import goal, plans, random_plan, shortage

import allocator
import allocator.pipeline.store
from allocator.optimise.search import outcome_cuts
from allocator.questions.explain import explain_all
from allocator.runs import folder as run_folder

NUMBERS = {"A": (8, 50, 3), "B": (7, 45, 9), "C": (5, 30, 8), "D": (4, 25, 2), "E": (3, 12, 7)}
"""What each project takes, brings, and the jobs it makes; there are 15 to spend."""
PROJECTS: list[Row] = [
    {"project_id": p, "region": "r", "category": "c", "jobs": jobs} for p, (_, _, jobs) in NUMBERS.items()
]
OPTIONS: list[Row] = [
    {"project_id": p, "option": "o", "start_year": 2021, "nominal_investment": brings, "f@2021": takes}
    for p, (takes, brings, _) in NUMBERS.items()
]
CONFIG: Row = {
    "money": "万元",
    "years": [2021],
    "sources": {"f": {"budget": 15}},
    "leverage": {"goal": "nominal"},
    "solver": {"gap": 0, "threads": 1},
}
Plan = frozenset[str]


def every() -> list[Plan]:
    """All plans that 15 can pay."""
    picks = [frozenset(p for p, on in zip(NUMBERS, mask, strict=True) if on) for mask in product([0, 1], repeat=5)]
    return [plan for plan in picks if total(plan, 0) <= 15]


def total(plan: Plan, what: int) -> int:
    """What a plan takes, brings, or how many jobs it makes."""
    return sum(NUMBERS[p][what] for p in plan)


def stored(folder: Path, config: Row, projects: list[Row] = PROJECTS, options: list[Row] = OPTIONS) -> Path:
    """The folder of a plan."""
    run = allocator.run(write_plan(folder, config, projects=projects, options=options), out=folder / "runs").folder
    assert run is not None
    return run


def check(run: Path, projects: str, allowed: list[Plan], worth: Callable[[Plan], float]) -> None:
    """Forced in or out, the plan falls by what the best of the plans allowed with it, or without it, is less worth."""
    best = max(worth(plan) for plan in allowed)
    for p in projects:
        told = allocator.explain(run, p)
        others = [worth(plan) for plan in allowed if (p in plan) != told.funded]
        assert told.counterfactual is not None

        if others:
            assert best - max(others) == pytest.approx(float(told.counterfactual.falls or 0))
        else:
            assert told.counterfactual.falls is None


@pytest.mark.slow
@pytest.mark.parametrize("projects", ["AC", "BDE"])
def test_goals_in_order_are_kept_one_before_the_other(tmp_path: Path, projects: str) -> None:
    """Up to a tenth of the investment may go for jobs; what is forced must leave the rest of it."""
    terms = [{"measure": "nominal_investment", "tolerance": 0.1}, {"measure": "jobs"}]
    run = stored(tmp_path, CONFIG | {"goals": {"mode": "lexicographic", "terms": terms}})
    most = max(total(plan, 1) for plan in every())

    check(run, projects, [plan for plan in every() if total(plan, 1) >= 0.9 * most], lambda plan: total(plan, 2))


LIMITS: list[tuple[float, list[Row]]] = [
    (0, [{"name": "few", "measure": "count", "max": 1}]),
    (0.2, [{"name": "few", "measure": "count", "max": 2}]),
    (0, [{"name": "few", "measure": "count", "max": 2}, {"name": "money", "measure": "award", "max": 13}]),
    (0, [{"name": "brought", "measure": "nominal_investment", "max": 60}]),
    (0.2, [{"name": "jobs", "measure": "jobs", "max": 11}, {"name": "money", "measure": "award", "max": 9}]),
    (
        0,
        [
            {"name": "brought", "measure": "nominal_investment", "max": 40},
            {"name": "few", "measure": "count", "min": 2},
        ],
    ),
]


@pytest.mark.sweep(1)
@pytest.mark.parametrize(("tolerance", "limits"), LIMITS)
def test_with_goals_in_order_a_rule_is_the_reason_where_every_best_plan_without_it_holds_the_project(
    tmp_path: Path, tolerance: float, limits: list[Row]
) -> None:
    """Without a rule, or with more money, the first goal is reached anew; the reason is what then lets the project in."""
    terms = [{"measure": "jobs", "tolerance": tolerance}, {"measure": "nominal_investment"}]
    run = stored(tmp_path, CONFIG | {"goals": {"mode": "lexicographic", "terms": terms}, "limits": limits})

    table = explain_all(run).table.set_index("project_id")

    assert len(table)
    for p, row in table.iterrows():
        without = [l["name"] for l in limits if enters(str(p), [o for o in limits if o is not l], 15, tolerance)]
        if without:
            assert row["reason_code"] == "limit_cap"
            assert any(f"'{name}'" in row["reason"] for name in without)
        elif enters(str(p), limits, 15 + NUMBERS[str(p)][0], tolerance):
            assert row["reason_code"] == "source_exhausted"
        else:
            assert row["reason_code"] in ("outranked", "indifferent")


def enters(project: str, limits: list[Row], money: int, tolerance: float) -> bool:
    """Whether every best plan, by jobs and then by what it brings, holds the project."""
    of = {"award": 0, "nominal_investment": 1, "jobs": 2}
    picks = [frozenset(p for p, on in zip(NUMBERS, mask, strict=True) if on) for mask in product([0, 1], repeat=5)]

    def measured(plan: Plan, measure: str) -> int:
        return len(plan) if measure == "count" else total(plan, of[measure])

    def keeps(plan: Plan, limit: Row) -> bool:
        return limit.get("min", 0) <= measured(plan, limit["measure"]) <= limit.get("max", 1_000)

    left = [plan for plan in picks if total(plan, 0) <= money and all(keeps(plan, limit) for limit in limits)]
    left = [plan for plan in left if total(plan, 2) >= (1 - tolerance) * max(total(other, 2) for other in left)]
    most = max(total(plan, 1) for plan in left)
    return all(project in plan for plan in left if total(plan, 1) == most)


@pytest.mark.slow
def test_what_only_earlier_goals_need_is_told_apart_from_what_the_rules_need(tmp_path: Path) -> None:
    """B, C and E make most jobs: any plan without C makes fewer, though every rule lets it; and so for A forced in."""
    terms = [{"measure": "jobs"}, {"measure": "nominal_investment"}]
    run = stored(tmp_path, CONFIG | {"goals": {"mode": "lexicographic", "terms": terms}})

    for told, words in ((allocator.explain(run, "C"), "every plan without it falls short"),
                        (allocator.explain(run, "A"), "every plan with it falls short")):  # fmt: skip
        assert told.counterfactual is not None
        assert told.counterfactual.short_of_earlier
        assert told.counterfactual.impossible == ()
        assert words in told.text("en")
        assert "no plan" not in told.text("en")
        assert "前面各目标" in told.text("zh")


def test_what_a_rule_needs_is_laid_to_the_rule_with_goals_in_order_too(tmp_path: Path) -> None:
    """C is locked in by a floor that nothing else reaches."""
    terms = [{"measure": "jobs"}, {"measure": "nominal_investment"}]
    rule = {"name": "most", "measure": "nominal_investment", "where": {"jobs": 8}, "min": 30}
    run = stored(tmp_path, CONFIG | {"goals": {"mode": "lexicographic", "terms": terms}, "limits": [rule]})
    told = allocator.explain(run, "C").counterfactual
    assert told is not None

    assert told.falls is None
    assert not told.short_of_earlier
    assert any("most" in name for name in told.impossible)


@pytest.mark.sweep(1)
@pytest.mark.parametrize("projects", ["AC", "BDE"])
def test_least_spending_rises_by_what_is_forced(tmp_path: Path, projects: str) -> None:
    """To bring 80, each project by force costs so much more."""
    target = {"name": "eighty", "measure": "nominal_investment", "min": 80}
    run = stored(tmp_path, CONFIG | {"minimise": "spending", "targets": [target]})

    check(run, projects, [plan for plan in every() if total(plan, 1) >= 80], lambda plan: -total(plan, 0))


@pytest.mark.slow
@pytest.mark.parametrize("by_cuts", [True, False])
def test_with_outcomes_what_is_expected_and_the_worst_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, by_cuts: bool
) -> None:
    """Every candidate forced in or out falls by what the enumeration says, with rows of outcomes and with cuts."""
    if by_cuts:
        monkeypatch.setattr(outcome_cuts, "MANY", 1)
        monkeypatch.setattr(importlib.import_module("allocator.optimise.search.strategy"), "SMALL", 0)
    config, projects, options = random_plan(2)
    run = stored(tmp_path, config, projects, options)
    payable = [plan for plan in plans(projects, options) if shortage(config, plan, []) == 0]
    best = max(goal(config, plan)[0] for plan in payable)
    for project in (p["project_id"] for p in projects):
        told = allocator.explain(run, project)
        others = [plan for plan in payable if any(r["project_id"] == project for r in plan) != told.funded]
        assert told.counterfactual is not None

        assert float(best - max(goal(config, plan)[0] for plan in others)) == pytest.approx(
            float(told.counterfactual.falls or 0), abs=1e-9
        )


@pytest.mark.sweep(1)
@pytest.mark.parametrize("by_cuts", [False, True])
def test_reasons_of_all_with_outcomes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, by_cuts: bool) -> None:
    """All losers at once have a reason each; an outranked one truly loses at least what is told."""
    if by_cuts:
        monkeypatch.setattr(outcome_cuts, "MANY", 1)
        for name in ("allocator.optimise.search.strategy", "allocator.questions.session"):
            monkeypatch.setattr(importlib.import_module(name), "SMALL", 0)
        monkeypatch.setattr(importlib.import_module("allocator.questions.explain.reason"), "EXACT", 0)
    config, projects, options = random_plan(4)
    run = stored(tmp_path, config, projects, options)
    payable = [plan for plan in plans(projects, options) if shortage(config, plan, []) == 0]
    best = max(goal(config, plan)[0] for plan in payable)
    table = explain_all(run).table
    lost = {p["project_id"] for p in projects} - set(run_folder.read(run).tables["awards"]["project_id"])

    assert lost == set(table["project_id"])
    for row in table.itertuples():
        forced = [goal(config, plan)[0] for plan in payable if any(r["project_id"] == row.project_id for r in plan)]
        if row.reason_code == "outranked":
            assert row.cost_at_least <= float(best - max(forced)) + 1e-9
            assert best > max(forced)
