"""An open model: what changes, what stays, and that the plan is the one a fresh start finds."""

from __future__ import annotations

import importlib
from decimal import Decimal
from pathlib import Path

import pytest
from planning import Row, write_plan
from random_plans import plan as random_plan

import allocator

PROJECTS = [
    {"project_id": f"P{n}", "project_name": f"P{n}", "region": "南宁" if n % 2 else "柳州", "category": "重大",
     "fixed_investment": 1000 + 137 * n, "is_sei": n % 3 == 0}
    for n in range(12)
]  # fmt: skip
CONFIG = {
    "money": "万元",
    "years": [2021, 2022],
    "sources": {"fiscal": {"budget": {2021: 150, 2022: 150}, "pays": ["grant"]}},
    "instruments": {
        "grant": {"kind": "grant", "rate": 0.1, "award": {"step": 1, "levels": 3}, "payments": [0.5, 0.5]},
    },
    "limits": [
        {"name": "cap", "measure": "award", "each": "region", "max_share": 0.7},
        {"name": "number", "measure": "count", "max": 8},
    ],
    "goals": {"terms": [{"measure": "leveraged_investment"}, {"measure": "count", "weight": 1}]},
    "solver": {"gap": 0},
}
CHANGES = [
    ["sources.fiscal.budget={2021: 120, 2022: 150}"],
    ["limits.number.max=5"],
    ["limits.cap.max_share=0.6"],
    ["goals.terms.1.weight=300"],
    ["locks.must_not=[P11, P10]"],
    ["locks.must_fund=[P0]", "locks.must_not=[]"],
    ["locks.fix={P5: {award: 37}}"],  # no level: an option of its own
    ["sources.fiscal.name=another"],
    ["instruments.grant.rate=0.08"],
    ["dependencies=[{requires: [P5, P1]}, {excludes: [P9, P8]}, {all_or_none: [P6, P7]}]"],
    ["dependencies=[{one_of: [P8, P9]}, {requires: [P0, P2]}]"],
]


@pytest.mark.slow
@pytest.mark.parametrize(
    "small",
    [True, pytest.param(False, marks=pytest.mark.slow)],
    ids=["integer program at once", "relaxation first"],
)
def test_every_change_gives_the_plan_of_a_fresh_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: bool
) -> None:
    """After each change, kept on top of those before, the goal is the one a fresh start reaches."""
    if not small:
        solve = importlib.import_module("allocator.optimise.search.strategy")
        monkeypatch.setattr(solve, "SMALL", 0)
        monkeypatch.setattr(solve, "ATTEMPTS", 4)
    path = write_plan(tmp_path, CONFIG, projects=PROJECTS)
    model = allocator.open(path)
    model.solve()
    for change in CHANGES:
        live = model.change(*change).solve()
        fresh = allocator.solve(allocator.load(path, overrides=model.overrides))

        assert (fresh.objective, fresh.status) == (live.objective, live.status), change


UNSURE = {
    "outcomes": {
        "uncertainty": {
            "shortage_price": 2,
            "outcomes": {
                "flood": {
                    "probability": 0.25,
                    "effects": [
                        {"on": "realisation", "where": {"region": "南宁"}, "factor": 0.25},
                        {"on": "budget", "factor": 0.75},
                    ],
                }
            },
        },
        "risk": {"alpha": 0.75, "weight": 0.5},
    },
    "falls": {"robust": {"gamma": 1, "deviation": {"by": "region", "values": {"南宁": 0.5, "柳州": 0.25}}}},
}
UNSURE_CHANGES = {
    "outcomes": [*CHANGES[:5], ["risk.weight=1"], ["uncertainty.shortage_price=1"]],
    "falls": [*CHANGES[:5], ["robust.gamma=2"], ["dependencies=[{excludes: [P9, P8]}]"]],
}


@pytest.mark.parametrize(
    ("kind", "changes", "projects"),
    [
        ("outcomes", slice(5, 6), PROJECTS[:7]),
        pytest.param("falls", slice(5, 6), PROJECTS[:7], marks=pytest.mark.slow),
        *(pytest.param(kind, slice(None), PROJECTS, marks=pytest.mark.slow) for kind in UNSURE),
    ],
)
def test_changes_under_uncertainty(tmp_path: Path, kind: str, changes: slice, projects: list[Row]) -> None:
    """With outcomes or falls the model is built again on the same tables and options, and gives a fresh start's plan."""
    path = write_plan(tmp_path, CONFIG | UNSURE[kind], projects=projects)
    model = allocator.open(path)
    options = model.case.options
    model.solve()
    for number, change in list(enumerate(UNSURE_CHANGES[kind]))[changes]:
        live = model.change(*change).solve()
        fresh = allocator.solve(allocator.load(path, overrides=model.overrides))

        assert (fresh.objective, fresh.status) == (live.objective, live.status), change
        assert number > 5 or model.case.options is options


@pytest.mark.slow
def test_scenarios_and_targets_on_an_open_model(tmp_path: Path) -> None:
    """Another scenario, a harder target and the way back give the plans of fresh starts, changes kept on top."""
    target = {"name": "total", "measure": "nominal_investment", "min": 10, "shortfall_price": 1}
    scenarios = {"poor": {"sources": {"fiscal": {"budget": {2021: 90, 2022: 80}}}}}
    path = write_plan(tmp_path, {**CONFIG, "targets": [target], "scenarios": scenarios}, projects=PROJECTS[:7])
    model = allocator.open(path)
    first = model.solve().objective
    for change in (
        lambda: model.with_scenario("poor"),
        lambda: model.with_target("total", min=90_000),
        lambda: model.with_scenario(None),
    ):
        live = change().solve()
        fresh = allocator.solve(allocator.load(path, model.scenario, model.overrides))

        assert fresh.objective == live.objective
    assert first == model.with_target("total", min=10).solve().objective


def test_with_words_of_the_trade(tmp_path: Path) -> None:
    """Budgets, limits, weights and locks are changed by name."""
    model = allocator.open(write_plan(tmp_path, CONFIG, projects=PROJECTS))

    model.with_budget("fiscal", 2021, 100).with_limit("number", max=3).with_weight(0, 2)
    model.with_locks(must_fund=["P1"], must_not=["P2"])
    config = model.case.loaded.config

    assert Decimal(100) == config.budget("fiscal", 2021)
    assert (3, 2) == (config.limits[1].max, config.goals.terms[0].weight)
    assert (["P1"], ["P2"]) == (config.locks.must_fund, config.locks.must_not)
    assert 3 >= model.solve().summary["funded"]


@pytest.mark.slow
def test_a_wrong_change_leaves_the_model_as_it_was(tmp_path: Path) -> None:
    """An unknown limit is an error, and the next plan is the last one."""
    model = allocator.open(write_plan(tmp_path, CONFIG, projects=PROJECTS[:7]))
    before = model.solve().objective

    with pytest.raises(allocator.InputError):
        model.with_limit("nmber", max=3)

    assert before == model.solve().objective


@pytest.mark.sweep(1)
@pytest.mark.parametrize("seed", range(12))
def test_random_plans_with_other_budgets(tmp_path: Path, seed: int) -> None:
    """On random plans a cut of every budget by a tenth gives what a fresh start gives."""
    config, tables = random_plan(seed)
    config["solver"]["gap"] = 0
    path = write_plan(tmp_path, config, **tables)
    try:
        model = allocator.open(path)
        model.solve()
    except allocator.AllocatorError:
        pytest.skip("this random plan has no plan to start from")
    years = model.case.loaded.config.years
    for source in model.case.loaded.config.sources:
        for year in years:
            model.with_budget(source, year, model.case.loaded.config.budget(source, year) * Decimal("0.9"))
    try:
        expected: object = allocator.solve(allocator.load(path, overrides=model.overrides)).objective
    except allocator.Infeasible:
        expected = allocator.Infeasible
    try:
        actual: object = model.solve().objective
    except allocator.Infeasible:
        actual = allocator.Infeasible

    assert expected == actual


def test_a_plan_that_breaks_a_new_rule_between_projects_is_no_start(tmp_path: Path) -> None:
    """A and B must be funded; once B needs C, all three are, whatever was best before."""
    rows = [{**PROJECTS[n], "project_id": name, "fixed_investment": 1000} for n, name in enumerate("ABC")]
    config = CONFIG | {
        "locks": {"must_fund": ["A", "B"]},
        "limits": [],
        "goals": {"terms": [{"measure": "count", "weight": -1}]},
    }
    model = allocator.open(write_plan(tmp_path, config, projects=rows))
    before = set(model.solve().awards["project_id"])
    after = set(model.change("dependencies=[{requires: [B, C]}]").solve().awards["project_id"])

    assert ({"A", "B"}, {"A", "B", "C"}) == (before, after)
