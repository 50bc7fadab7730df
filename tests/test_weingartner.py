"""The capital budgeting problems of Weingartner and Ness (1967), whose optima are published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from planning import DATA, Row, decide, write_plan

FILE = DATA / "weing_capital_budgeting.json"
PROBLEMS = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []
YEARS = [2021, 2022]


def as_plan(folder: Path, problem: Row) -> Path:
    """One ready-made option per project, paid by one source in two budget years."""
    projects, options = [], []
    for at, profit in enumerate(problem["profit"]):
        name = f"P{at:03d}"
        projects.append({"project_id": name, "project_name": name, "region": "all", "category": "project"})
        costs = {f"capital@{year}": row[at] for year, row in zip(YEARS, problem["rows"], strict=True)}
        options.append({"project_id": name, "option": "whole", "start_year": 2021, "profit": profit, **costs})
    config = {
        "title": problem["name"],
        "money": "USD",
        "years": YEARS,
        "sources": {"capital": {"budget": dict(zip(YEARS, problem["rhs"], strict=True))}},
        "goals": {"terms": [{"measure": "profit"}]},
        "solver": {"gap": 0},
    }
    return write_plan(folder, config, projects=projects, options=options)


@pytest.mark.sweep(2)
@pytest.mark.skipif(not PROBLEMS, reason="the published problems are not beside the project (shared/data)")
@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem["name"])
def test_equals_the_published_optimum(tmp_path: Path, problem: Row) -> None:
    """Each problem's optimum is the published one, proved with no gap; projects may cost nothing in a year."""
    solution = decide(as_plan(tmp_path, problem))

    assert ("optimal", problem["published_optimum"], 0) == (solution.status, solution.objective, solution.gap)
