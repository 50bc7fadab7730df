"""Plans of an open model: what was found right before is not worked out again, and nothing wrong slips through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from planning import write_plan

import allocator
from allocator.questions.live_model import LiveModel
from allocator.runs.solution import Solution
from allocator.verify.again import Verifier

PROJECTS = [
    {"project_id": f"P{n}", "project_name": f"P{n}", "region": "南宁" if n % 2 else "柳州", "category": "重大",
     "fixed_investment": 1000 + 137 * n, "is_sei": n % 3 == 0, "new_share": 0.25 * (n % 5), "requires": "P1" if n == 4 else "",
     "excludes": "P3" if n == 5 else ""}
    for n in range(12)
]  # fmt: skip
CONFIG = {
    "money": "万元",
    "years": [2021, 2022],
    "sources": {"fiscal": {"budget": {2021: 150, 2022: 150}, "pays": ["grant"]}},
    "instruments": {
        "grant": {
            "kind": "grant", "rate": 0.1, "award": {"step": 1, "levels": 3}, "payments": [0.5, 0.5],
            "where": {"fixed_investment": {"min": 1100}},
        },
    },
    "limits": [
        {"name": "cap", "measure": "award", "each": "region", "max_share": 0.7},
        {"name": "number", "measure": "count", "max": 8},
        {"name": "few", "measure": "count", "where": {"is_sei": True}, "max": 2, "soft": 3},
    ],
    "goals": {"terms": [{"measure": "leveraged_investment"}, {"measure": "count", "weight": 1}]},
    "solver": {"gap": 0},
}  # fmt: skip
CHANGES = [
    ["sources.fiscal.budget={2021: 120, 2022: 150}"],
    ["limits.number.max=5"],
    ["limits.few.where={is_sei: false}"],
    ["goals.terms.1.weight=300"],
    ["goals.terms.0.coefficient=new_share", "goals.terms.0.weight=100"],
    ["limits.few.coefficient=new_share"],
    ["locks.must_not=[P11, P10]"],
    ["locks.must_fund=[P2]", "locks.must_not=[]"],
    ["locks.fix={P5: {award: 37}}"],
    ["dependencies=[{requires: [P7, P8]}, {excludes: [P9, P11]}]"],
    ["instruments.grant.rate=0.08"],
]
NUMBERS = [
    (table, column)
    for table, columns in {
        "awards": ("award", "nominal_investment", "start_year", "fiscal"),
        "payments": ("amount", "year"),
        "projects": ("award", "upgrading", "funded"),
        "limits": ("value", "upper", "slack", "violation", "binding"),
        "totals": ("value",),
    }.items()
    for column in columns
]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> tuple[LiveModel, Verifier, Solution]:
    """A model with two plans verified, and the second of them."""
    model = allocator.open(write_plan(tmp_path_factory.mktemp("plan"), CONFIG, projects=PROJECTS))
    model.solve()
    solution = model.change(*CHANGES[0]).solve()
    return model, model._verifier, solution


def changed(solution: Solution, table: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Solution:
    return replace(solution, **{table: change(getattr(solution, table).copy())})


def refused(opened: tuple[LiveModel, Verifier, Solution], wrong: Solution) -> None:
    """A wrong plan is refused with what a fresh verification says; the right one passes before and after."""
    model, verifier, solution = opened
    found = verifier.check(wrong, model.case.inputs)

    assert found.violations == Verifier().check(wrong, model.case.inputs).violations != ()
    assert verifier.check(solution, model.case.inputs).ok


@pytest.mark.slow
def test_a_plan_is_verified_after_every_change(tmp_path: Path) -> None:
    """Each plan holds, by a verifier that knows the earlier ones and by a fresh one; most is known."""
    model = allocator.open(write_plan(tmp_path, CONFIG, projects=PROJECTS))
    for change in ([], *CHANGES):
        solution = model.change(*change).solve()
        fresh = Verifier().check(solution, model.case.inputs)

        assert fresh.ok, fresh.violations
        assert 0 < solution.verified <= fresh.checks


@pytest.mark.sweep(2)
@pytest.mark.parametrize(("table", "column"), NUMBERS, ids=lambda name: name)
def test_another_number_is_refused(opened: tuple[LiveModel, Verifier, Solution], table: str, column: str) -> None:
    """A figure of any row, also of those that were found right before, may not change."""

    def more(frame: pd.DataFrame) -> pd.DataFrame:
        at = frame.index[frame[column].notna()][-1]
        frame[column] = frame[column].astype(float)
        frame.loc[at, column] = (
            1 - frame.loc[at, column] if column in {"funded", "binding"} else frame.loc[at, column] + 1
        )
        frame[column] = frame[column].astype("Int64") if table == "projects" and column == "funded" else frame[column]
        return frame

    refused(opened, changed(opened[2], table, more))


@pytest.mark.sweep(1)
@pytest.mark.parametrize("table", ["awards", "payments", "projects", "limits", "totals", "screening"])
def test_a_row_less_or_more_is_refused(opened: tuple[LiveModel, Verifier, Solution], table: str) -> None:
    """Every row is asked for, and each only once."""
    solution = opened[2]

    assert len(getattr(solution, table))
    refused(opened, changed(solution, table, lambda frame: frame.iloc[1:].reset_index(drop=True)))
    refused(opened, changed(solution, table, lambda frame: pd.concat([frame, frame.iloc[:1]], ignore_index=True)))


def test_reasons_goal_and_bound_are_held_anew(opened: tuple[LiveModel, Verifier, Solution]) -> None:
    """A reason that is untrue, an objective that is not the plan's, a bound below it, a status beyond the gap."""
    solution = opened[2]

    def reason(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[frame["funded"] == 0, "reason_code"] = "locked_out"
        return frame

    refused(opened, changed(solution, "projects", reason))
    refused(opened, replace(solution, objective=solution.objective + Decimal("0.01")))
    refused(opened, replace(solution, bound=solution.objective - 1))
    refused(opened, replace(solution, gap=Decimal("0.1")))


@pytest.mark.sweep(2)
@pytest.mark.parametrize("change", [
    "sources.fiscal.budget={2021: 20, 2022: 20}", "limits.number.max=2", "limits.cap.max_share=0.5",
    "locks.must_not=[P11, P9, P7, P8, P10, P6]", "locks.must_fund=[P1, P2, P3]", "goals.terms.0.weight=2",
    "dependencies=[{excludes: [P11, P10]}, {excludes: [P9, P8]}, {excludes: [P7, P6]}, {excludes: [P10, P9]}]",
])  # fmt: skip
def test_a_plan_made_for_other_rules_is_refused(opened: tuple[LiveModel, Verifier, Solution], change: str) -> None:
    """The rules are those of the config as it is now, whatever was known before."""
    model, _, solution = opened
    other = allocator.load(model.path, overrides=[*model.overrides, change])

    refused(opened, replace(solution, loaded=other.loaded))
