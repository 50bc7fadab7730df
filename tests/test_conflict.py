"""A conflict that only the solver finds is named by a smallest set of rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from planning import write_plan

import allocator

PROJECTS = [
    {"project_id": f"P{n}", "project_name": f"P{n}", "region": region, "category": "重大", "fixed_investment": 1000}
    for n, region in enumerate(["南宁", "南宁", "柳州", "柳州"])
]
BASE = {
    "money": "万元",
    "years": [2021],
    "sources": {"fiscal": {"budget": {2021: 250}, "pays": ["grant"]}},
    "instruments": {"grant": {"kind": "grant", "rate": 0.1}},
}
MORE = {"name": "at least three", "measure": "count", "min": 3}
LESS = {"name": "at most 250", "measure": "award", "max": 250}
BOTH = {"name": "one each", "measure": "count", "each": "region", "min": 1}


def conflict(folder: Path, **parts: object) -> str:
    """What is said of a plan without a plan."""
    path = write_plan(folder, {**BASE, **parts}, projects=PROJECTS)
    with pytest.raises(allocator.Infeasible) as error:
        allocator.solve(allocator.load(path))
    return error.value.text("en")


def test_only_the_rules_that_conflict_are_named(tmp_path: Path) -> None:
    """Three awards of 100 do not fit into 250; a third rule has nothing to do with it."""
    text = conflict(tmp_path, limits=[BOTH, MORE, LESS], sources={"fiscal": {"budget": 400, "pays": ["grant"]}})

    assert "cannot hold together: at least three, at most 250." in text
    assert "one each" not in text


def test_a_budget_is_named_by_its_source(tmp_path: Path) -> None:
    """Three awards of 100 do not fit into a budget of 250."""
    text = conflict(tmp_path, limits=[BOTH, MORE])

    assert "cannot hold together: at least three, sources.fiscal." in text


def test_rules_between_projects_are_named_by_their_projects(tmp_path: Path) -> None:
    """With P0 and P1 excluding each other, and P2 and P3 too, three projects cannot be had."""
    rules = [{"excludes": ["P0", "P1"]}, {"excludes": ["P2", "P3"]}]
    text = conflict(tmp_path, limits=[MORE], dependencies=rules, sources={"fiscal": {"budget": 400, "pays": ["grant"]}})

    assert "at least three" in text
    assert "excludes: P0, P1" in text
    assert "excludes: P2, P3" in text
    assert "sources.fiscal" not in text
