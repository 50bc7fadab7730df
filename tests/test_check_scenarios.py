"""`check` looks into every scenario that the config names, used or not, and says in which one a fault is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from planning import Row, write_plan

import allocator
from allocator.errors import Infeasible, InputError
from allocator.pipeline import check

CONFIG: Row = {
    "years": [2024],
    "sources": {"fiscal": {"budget": 1000, "pays": ["grant"]}},
    "instruments": {"grant": {"kind": "grant", "rate": 0.1}},
    "limits": [{"name": "one each", "measure": "count", "each": "region", "min": 1}],
}
PROJECTS: list[Row] = [
    {"project_id": name, "region": region, "category": "x", "fixed_investment": 1000, "jobs": 5}
    for name, region in (("A", "east"), ("B", "west"))
]


def plan(tmp_path: Path, **scenarios: Any) -> Path:
    return write_plan(tmp_path, CONFIG | {"scenarios": scenarios}, projects=PROJECTS)


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({"goals": {"terms": [{"measure": "nosuch"}]}}, "options.unknown_measure"),
        ({"limits": {"one each": {"where": {"category": "y"}}}}, "options.unknown_value"),
        ({"locks": {"must_fund": ["C"]}}, "audit.unknown_project"),
        ({"projects": "nosuch.csv"}, "tables.no_file_near"),
        ({"instruments": {"grant": {"base": "equipment_investment"}}}, "tables.no_column"),
        ({"limits": {"one each": {"each": "regio"}}}, "options.unknown_attribute"),
    ],
)
def test_a_fault_of_a_scenario_is_found_by_check_and_named(over: Row, told: str, tmp_path: Path) -> None:
    """With the scenario's name; the plan itself is read as ever."""
    path = plan(tmp_path, sound={"sources": {"fiscal": {"budget": 900}}}, bad=over)

    with pytest.raises(InputError) as caught:
        check(path)

    assert all(message.code == "config.in_scenario" for message in caught.value.messages)
    assert told in {message.values["what"].code for message in caught.value.messages}
    assert {"bad"} == {message.values["name"] for message in caught.value.messages}
    assert "scenario bad: " in caught.value.text("en") and "情景“bad”" in caught.value.text("zh")
    assert 2 == len(allocator.load(path).inputs.projects)


def test_a_scenario_that_no_plan_meets_is_named(tmp_path: Path) -> None:
    """A cap below a floor is a conflict, as it is when the scenario is run."""
    path = plan(tmp_path, s={"limits": {"one each": {"max": -5}}})

    with pytest.raises(Infeasible) as caught:
        check(path)

    assert ["scenario s: one each[east]", "scenario s: one each[west]"] == [
        message.text("en").split(": ", 1)[1].rpartition(": ")[0] for message in caught.value.messages
    ]


def test_what_only_a_scenario_gives_notice_of_is_told_with_its_name(tmp_path: Path) -> None:
    """Once, and sound scenarios add nothing."""
    late = {"instruments": {"grant": {"payments": [0.5, 0.5]}}}
    plain = check(plan(tmp_path / "none", sound={"sources": {"fiscal": {"budget": 900}}})).notices
    notices = check(plan(tmp_path / "late", late=late)).notices

    assert [None] * len(plain) == [notice.values.get("what") for notice in plain]
    assert {"late"} == {notice.values["name"] for notice in notices if notice.code == "config.in_scenario"}


def test_scenarios_of_what_a_config_extends_are_not_its_own(tmp_path: Path) -> None:
    """A scenario made for three years fits no config that has another one: `check` of its own config looks into it."""
    plan(tmp_path, s={"sources": {"fiscal": {"budget": {2024: 900}}}})
    other = tmp_path / "next.yaml"
    other.write_text("extends: plan.yaml\nyears: [2025]\nscenarios: {t: {sources: {fiscal: {budget: 800}}}}\n")

    assert [] == [notice for notice in check(other).notices if notice.code == "config.in_scenario"]
