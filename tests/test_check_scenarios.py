"""`check` looks into every scenario of the config, named or in a file beside it, and says in which one a fault is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from planning import Row, write_plan

import allocator
from allocator.messages.errors import Infeasible, InputError
from allocator.problem.build import check

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


def beside(tmp_path: Path, text: str, name: str = "s") -> Path:
    """A plan with a scenario in a file of its own; the config's path."""
    path = plan(tmp_path)
    (tmp_path / "scenarios").mkdir(exist_ok=True)
    (tmp_path / "scenarios" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("extends: ../plan.yaml\nyears: [2024\n", 2, "config.open_bracket"),
        ("extends: ../plan.yaml\ntitle: t\nsources：{}\n", 3, "config.fullwidth_colon"),
        ("extends: ../plan.yaml\nsorces: {fiscal: {budget: 900}}\n", 2, "config.no_such_path"),
        ("extends: ../plan.yaml\nsources:\n  fiscal: {budget: viel}\n", 3, "config.not_a_number"),
        ("extends: ../plan.yaml\ngoals:\n  terms: [{measure: nosuch}]\n", 3, "options.unknown_measure"),
        ("extends: ../plan.yaml\n\nlocks: {must_fund: [C]}\n", 3, "audit.unknown_project"),
        ("sources: {fiscal: {budget: x}}\n", 1, "config.not_a_number"),
        ("title: t\nextends: ../pla.yaml\n", 2, "config.extends_missing"),
    ],
)
def test_a_scenario_in_a_file_is_looked_into_and_its_line_told(text: str, line: int, told: str, tmp_path: Path) -> None:
    """Whether it extends the config, is laid over the only one there is, or extends what is not there."""
    path = beside(tmp_path, text)

    with pytest.raises(InputError) as caught:
        check(path)

    (message,) = caught.value.messages
    assert [("s", told)] == [(message.values["name"], message.values["what"].code)]
    assert f"scenarios/s.yaml:{line}" in message.where
    assert 2 == len(allocator.load(path).inputs.projects)


def test_a_scenario_file_of_another_config_is_left_to_it(tmp_path: Path) -> None:
    """What extends nothing may be another's: what does not fit is told and refuses nothing. A conflict refuses."""
    (tmp_path / "other.yaml").write_text("extends: plan.yaml\n")
    other = beside(tmp_path, "extends: ../other.yaml\nyears: [1]\n", "of_other").parent / "other.yaml"
    beside(tmp_path, "sorces: {}\n", "bare")
    told = [notice for notice in check(tmp_path / "plan.yaml").notices if notice.code == "config.in_scenario"]

    assert [("bare", "config.no_such_path")] == [(notice.values["name"], notice.values["what"].code) for notice in told]
    with pytest.raises(InputError) as caught:
        check(other)
    assert {"of_other"} == {message.values["name"] for message in caught.value.messages}

    with pytest.raises(Infeasible):
        check(beside(tmp_path / "conflict", "limits: {one each: {max: -5}}\n"))
