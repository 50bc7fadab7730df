"""Rules between projects and locks, from the config and from the table, and what they leave open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from planning import Row, chosen, write_plan

from allocator.messages.errors import InputError
from allocator.optimise import planner
from allocator.problem import build
from allocator.problem.case import Case

IDS = "ABCDE"


def case_of(folder: Path, cells: dict[str, Row] | None = None, **config: Any) -> Case:
    """Five projects, each with one option in each of three years, worth 10, 20, … 50 and a bit less when later."""
    projects = [
        {"project_id": p, "project_name": p, "region": "r", "category": "c", "requires": "", "excludes": "", "lock": ""}
        | (cells or {}).get(p, {})
        for p in IDS
    ]
    options = [
        {"project_id": p, "option": f"{p}{year}", "instrument": "grant", "start_year": year,
         "nominal_investment": 10 * at - (year - 2021), f"fiscal@{year}": 1}
        | {f"fiscal@{other}": 0 for other in (2021, 2022, 2023) if other != year}
        for at, p in enumerate(IDS, 1)
        for year in (2021, 2022, 2023)
    ]  # fmt: skip
    plan = {
        "money": "元",
        "years": [2021, 2022, 2023],
        "sources": {"fiscal": {"budget": 9}},
        "leverage": {"goal": "nominal"},
        "solver": {"gap": 0, "threads": 1},
    }
    return build.load(write_plan(folder, plan | config, projects=projects, options=options))


def starts(case: Case) -> dict[str, int]:
    """Start year of every funded project."""
    return {project: int(option[1:]) for project, option in chosen(planner.solve(case))}


def open_options(case: Case) -> dict[str, list[int]]:
    """Start years that are open to each project."""
    table = case.options.table
    found: dict[str, list[int]] = {p: [] for p in IDS}
    for project, year in zip(table["project"][case.usable], table["start_year"][case.usable], strict=True):
        found[IDS[project]].append(int(year))
    return found


ALL = dict.fromkeys(IDS, 2021)


@pytest.mark.sweep(4)
@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], ALL),
        ([{"requires": ["A", "B"]}], ALL),
        ([{"requires": ["A", "B"], "lag": 1}], ALL | {"A": 2022}),
        ([{"requires": ["A", "B", "C"], "lag": 2}], ALL | {"A": 2023}),
        ([{"requires": ["A", "B"], "lag": 1}, {"requires": ["B", "C"], "lag": 1}], ALL | {"A": 2023, "B": 2022}),
        ([{"excludes": ["A", "B", "C"]}], dict.fromkeys("CDE", 2021)),
        ([{"one_of": ["C", "B"]}], dict.fromkeys("ACDE", 2021)),
        ([{"all_or_none": ["A", "E"]}, {"excludes": ["E", "D"]}], ALL | {"D": None}),
        ([{"all_or_none": ["E", "A"]}, {"requires": ["A", "D"]}, {"excludes": ["D", "C", "B"]}], dict.fromkeys("ADE", 2021)),
    ],
)  # fmt: skip
def test_rules(tmp_path: Path, rules: list[Row], expected: dict[str, int]) -> None:
    """Each kind of rule decides who is funded, and when."""
    wanted = {p: year for p, year in expected.items() if year}

    assert wanted == starts(case_of(tmp_path, dependencies=rules))


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("cells", "config"),
    [
        ({"A": {"requires": "B;C"}}, {"dependencies": [{"requires": ["A", "B", "C"]}], "locks": {"must_not": ["C"]}}),
        ({"A": {"excludes": "E；D"}}, {"dependencies": [{"excludes": ["A", "E"]}, {"excludes": ["A", "D"]}]}),
        ({"A": {"lock": "must_fund"}}, {"locks": {"must_fund": ["A"]}, "dependencies": [{"one_of": ["A", "E"]}]}),
        ({"E": {"lock": "must_not"}}, {"locks": {"must_not": ["E"]}}),
        ({"E": {"lock": "排除"}, "A": {"lock": "必选"}}, {"locks": {"must_not": ["E"], "must_fund": ["A"]}}),
    ],
)
def test_columns_act_like_their_keys(tmp_path: Path, cells: dict[str, Row], config: Row) -> None:
    """`requires`, `excludes` and `lock` in the table give the plan that the config's keys give."""
    kind = next(iter(next(iter(cells.values()))))
    locks = {} if kind == "lock" else config.get("locks", {})
    rules = config.get("dependencies", []) if kind == "lock" else []
    in_table = case_of(tmp_path / "table", cells, locks=locks, dependencies=rules)

    assert starts(case_of(tmp_path / "config", **config)) == starts(in_table)


def test_what_locks_and_requirements_leave_open(tmp_path: Path) -> None:
    """A fixed start, a project that is locked out, and what follows for those that need them."""
    case = case_of(
        tmp_path,
        locks={"must_not": ["E"], "fix": {"B": {"start_year": 2022}}},
        dependencies=[{"requires": ["A", "B"], "lag": 1}, {"requires": ["D", "E"]}, {"requires": ["C", "D"]}],
    )

    assert {"A": [2023], "B": [2022], "C": [], "D": [], "E": []} == open_options(case)


def test_fixed_award_is_chosen(tmp_path: Path) -> None:
    """Even where another start is worth more."""
    assert ALL | {"B": 2023} == starts(case_of(tmp_path, locks={"fix": {"B": {"start_year": 2023}}}))


@pytest.mark.parametrize(
    ("rules", "circle"),
    [
        ([{"requires": ["A", "B"], "lag": 1}, {"requires": ["B", "A"]}], "A → B → A"),
        (
            [{"requires": ["A", "B"]}, {"requires": ["B", "C"]}, {"requires": ["C", "A"], "lag": 2}],
            "C → A → B → C",
        ),
    ],
)
def test_circle_with_a_lag_is_a_fault(tmp_path: Path, rules: list[Row], circle: str) -> None:
    """Every project of the circle would have to start before itself."""
    with pytest.raises(InputError) as caught:
        case_of(tmp_path, dependencies=rules)

    assert 1 == len(caught.value.messages)
    assert f"{circle}: each of these projects would have to start before itself" in caught.value.text("en")


def test_circle_without_a_lag_binds_projects_together(tmp_path: Path) -> None:
    """All of them or none."""
    circle = [{"requires": ["A", "B"]}, {"requires": ["B", "C"]}, {"requires": ["C", "A"]}]

    assert {"D": 2021, "E": 2021} == starts(case_of(tmp_path, dependencies=circle, locks={"must_not": ["B"]}))


def test_unknown_projects_are_told_at_once(tmp_path: Path) -> None:
    """Each with its place and the nearest that there is."""
    with pytest.raises(InputError) as caught:
        case_of(tmp_path, dependencies=[{"requires": ["A", "BB"]}], locks={"must_fund": ["Q7"], "fix": {"CC": {}}})

    assert [
        "dependencies.0.requires: there is no project 'BB' in the project table; did you mean 'B'?",
        "locks.must_fund: there is no project 'Q7' in the project table",
        "locks.fix.CC: there is no project 'CC' in the project table; did you mean 'C'?",
    ] == [line.split(" ", 1)[1] for line in caught.value.text("en").splitlines()]
