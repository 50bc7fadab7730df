"""Limits mean what the planner wrote: which options count, by how much, and against what; worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from planning import Row, write_plan

from allocator.optimise import planner
from allocator.problem import build
from allocator.problem.case import Case
from allocator.problem.groups import Group
from allocator.problem.limits import Bound

PROJECTS: list[Row] = [
    {"project_id": "A", "project_name": "A", "region": "east", "category": "plant", "tags": "x;y", "owner": "O1",
     "jobs": 10},
    {"project_id": "B", "project_name": "B", "region": "east", "category": "park", "tags": "y", "owner": "", "jobs": 7},
    {"project_id": "C", "project_name": "C", "region": "west", "category": "plant", "tags": "", "owner": "O1",
     "jobs": ""},
    {"project_id": "D", "project_name": "D", "region": "north", "category": "road", "tags": "z", "owner": "O2",
     "jobs": 5},
]  # fmt: skip
OPTIONS: list[Row] = [
    {"project_id": "A", "option": "now", "instrument": "grant", "start_year": 2021, "nominal_investment": 40,
     "tonnes": 0.5, "fiscal@2021": 3, "fiscal@2022": 1, "bond@2021": 0},
    {"project_id": "A", "option": "then", "instrument": "grant", "start_year": 2022, "nominal_investment": 50,
     "tonnes": 0.7, "fiscal@2021": 0, "fiscal@2022": 5, "bond@2021": 0},
    {"project_id": "B", "option": "now", "instrument": "loan", "start_year": 2021, "nominal_investment": 20,
     "tonnes": 0, "fiscal@2021": 0, "fiscal@2022": 0, "bond@2021": 6},
]  # fmt: skip
COMMITMENTS: list[Row] = [
    {"project_id": "C", "option": "old", "instrument": "grant", "start_year": 2020, "nominal_investment": 9,
     "tonnes": 0.1, "fiscal@2021": 2, "fiscal@2022": 0, "bond@2021": 0},
    {"project_id": "C", "option": "older", "instrument": "loan", "start_year": 2020, "nominal_investment": 8,
     "tonnes": 0.2, "fiscal@2021": 1, "fiscal@2022": 0, "bond@2021": 0},
]  # fmt: skip
PLAN: Row = {
    "money": "万元",
    "years": [2021, 2022],
    "sources": {
        "fiscal": {"budget": {2021: 100, 2022: 50}, "pays": ["shared"]},
        "bond": {"budget": 30, "pays": ["shared"]},
    },
    "leverage": {"goal": "nominal"},
}


def case_of(folder: Path, *limits: Row, **config: Any) -> Case:
    """The plan with some limits."""
    path = write_plan(
        folder, {**PLAN, "limits": list(limits), **config}, projects=PROJECTS, options=OPTIONS, commitments=COMMITMENTS
    )
    return build.load(path)


def counted(case: Case, group: Group) -> dict[str, float]:
    """What every option adds to a group, amounts in 万元."""
    table, ids = case.options.table, case.inputs.projects["project_id"]
    unit = case.money.fen_per_unit if group.money else 1
    return {
        f"{ids[table['project'][row]]} {table['option'][row]}": amount / unit
        for row, amount in zip(group.rows.tolist(), group.amounts.tolist(), strict=True)
    }


def bounds(case: Case) -> dict[str, Bound]:
    """The bounds by label."""
    return {bound.label: bound for bound in case.rules.bounds}


def only(folder: Path, **limit: Any) -> dict[str, float]:
    """What counts in a limit that makes a single bound."""
    case = case_of(folder, {"name": "L", "max": 999, **limit})
    (bound,) = case.rules.bounds
    return counted(case, case.rules.groups[bound.group])


@pytest.mark.sweep(11)
@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ({"measure": "award"}, {"A now": 4, "A then": 5, "B now": 6, "C old": 2, "C older": 1}),
        ({"measure": "award", "new_only": True}, {"A now": 4, "A then": 5, "B now": 6}),
        ({"measure": "award", "source": "fiscal"}, {"A now": 4, "A then": 5, "C old": 2, "C older": 1}),
        ({"measure": "award", "source": "bond"}, {"B now": 6}),
        ({"measure": "award", "year": 2022}, {"A then": 5}),
        ({"measure": "award", "year": 2021}, {"A now": 4, "B now": 6}),
        (
            {"measure": "award", "year": 2021, "cumulative": True},
            {"A now": 4, "B now": 6, "C old": 2, "C older": 1},
        ),
        ({"measure": "payment", "year": 2021}, {"A now": 3, "B now": 6, "C old": 2, "C older": 1}),
        ({"measure": "payment", "year": 2022}, {"A now": 1, "A then": 5}),
        (
            {"measure": "payment", "year": 2022, "cumulative": True, "source": "fiscal"},
            {"A now": 4, "A then": 5, "C old": 2, "C older": 1},
        ),
        ({"measure": "count"}, {"A now": 1, "A then": 1, "B now": 1, "C old": 1}),
        ({"measure": "count", "where": {"instrument": "grant"}}, {"A now": 1, "A then": 1, "C old": 1}),
        ({"measure": "count", "where": {"region": ["east", "west"], "category": "park"}}, {"B now": 1}),
        ({"measure": "count", "where": {"tags": "y"}}, {"A now": 1, "A then": 1, "B now": 1}),
        ({"measure": "count", "where": {"owner": {"not": "O1"}}}, {"B now": 1}),
        ({"measure": "count", "where": {"award": {"min": 5}}}, {"A then": 1, "B now": 1}),
        ({"measure": "jobs"}, {"A now": 10, "A then": 10, "B now": 7}),
        ({"measure": "tonnes"}, {"A now": 0.5, "A then": 0.7, "C old": 0.1, "C older": 0.2}),
        (
            {"measure": "nominal_investment", "where": {"category": "plant"}},
            {"A now": 40, "A then": 50, "C old": 9, "C older": 8},
        ),
    ],
)
def test_what_counts(tmp_path: Path, limit: Row, expected: dict[str, float]) -> None:
    """Measure, source, year and conditions choose the options; a project's own column counts once."""
    assert expected == only(tmp_path, **limit)


def test_each_makes_one_bound_per_value(tmp_path: Path) -> None:
    """Values that no eligible option has make none."""
    case = case_of(tmp_path, {"name": "L", "measure": "award", "each": "region", "max": 8})

    assert {"east": {"A now": 4, "A then": 5, "B now": 6}, "west": {"C old": 2, "C older": 1}} == {
        label: counted(case, case.rules.groups[bound.group]) for label, bound in bounds(case).items()
    }
    assert {(None, Decimal(8_000_000), "money")} == {(b.lower, b.upper, b.unit) for b in case.rules.bounds}


def test_several_values_belong_to_every_one_and_blanks_to_none(tmp_path: Path) -> None:
    """A is x and y; C has no tag."""
    case = case_of(tmp_path, {"name": "L", "measure": "count", "each": "tags", "max": 1})

    assert {"x": {"A now": 1, "A then": 1}, "y": {"A now": 1, "A then": 1, "B now": 1}} == {
        label: counted(case, case.rules.groups[bound.group]) for label, bound in bounds(case).items()
    }


def test_each_may_be_a_list(tmp_path: Path) -> None:
    """Every pair of values that an option has; with the year, every pair in every year."""
    pairs = case_of(tmp_path / "pairs", {"name": "L", "measure": "count", "each": ["region", "instrument"], "max": 1})
    years = case_of(tmp_path / "years", {"name": "L", "measure": "payment", "each": ["category", "year"], "max": 1})

    assert ["east / grant", "east / loan", "west / grant", "west / loan"] == sorted(bounds(pairs))
    assert ["park / 2021", "park / 2022", "plant / 2021", "plant / 2022"] == sorted(bounds(years))
    assert {"A now": 3, "C old": 2, "C older": 1} == counted(
        years, years.rules.groups[bounds(years)["plant / 2021"].group]
    )


def test_each_year_alone(tmp_path: Path) -> None:
    """One bound per plan year, labelled by it."""
    case = case_of(tmp_path, {"name": "L", "measure": "payment", "each": "year", "source": "fiscal", "max": 5})

    assert {"2021": {"A now": 3, "C old": 2, "C older": 1}, "2022": {"A now": 1, "A then": 5}} == {
        label: counted(case, case.rules.groups[bound.group]) for label, bound in bounds(case).items()
    }


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ({}, {"A now": 4, "A then": 5, "B now": 6, "C old": 2, "C older": 1}),
        ({"year": 2022}, {"A then": 5}),
        ({"source": "fiscal"}, {"A now": 4, "A then": 5, "C old": 2, "C older": 1}),
        ({"new_only": True}, {"A now": 4, "A then": 5, "B now": 6}),
        ({"of": {"category": "plant"}}, {"A now": 4, "A then": 5, "C old": 2, "C older": 1}),
        ({"of": {"category": "plant"}, "year": 2022}, {"A then": 5}),
    ],
)
def test_what_a_share_is_of(tmp_path: Path, limit: Row, expected: dict[str, float]) -> None:
    """The limit's measure, source and year over all options, or over those of `of`; never its `where` and `each`."""
    case = case_of(
        tmp_path,
        {"name": "L", "measure": "award", "where": {"region": "east"}, "each": "instrument", "max_share": 0.5, **limit},
    )
    wholes = {bound.of for bound in case.rules.bounds}

    assert 1 == len(wholes)
    assert expected == counted(case, case.rules.groups[wholes.pop() or 0])
    assert {"share"} == {bound.unit for bound in case.rules.bounds}


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ({}, 210),
        ({"source": "fiscal"}, 150),
        ({"source": ["fiscal", "bond"]}, 210),
        ({"source": "bond", "year": 2021}, 30),
        ({"year": 2021}, 130),
        ({"year": 2022, "cumulative": True, "source": "fiscal"}, 150),
    ],
)
def test_share_of_the_budget(tmp_path: Path, limit: Row, expected: int) -> None:
    """The budgets of the limit's sources in its years."""
    case = case_of(tmp_path, {"name": "L", "measure": "payment", "max_share": 0.5, "of": "budget", **limit})
    (bound,) = case.rules.bounds

    assert (None, expected * 1_000_000) == (bound.of, bound.of_amount)


def test_one_limit_may_bound_amount_and_share(tmp_path: Path) -> None:
    """Two bounds on the same group."""
    case = case_of(tmp_path, {"name": "L", "measure": "award", "each": "region", "max": 8, "min_share": 0.1})
    east = [b for b in case.rules.bounds if b.label == "east"]

    assert [("money", None, 8_000_000), ("share", Decimal("0.1"), None)] == [(b.unit, b.lower, b.upper) for b in east]
    assert 1 == len({b.group for b in east})


def test_floor_of_a_value_without_candidate_is_skipped(tmp_path: Path) -> None:
    """D has no option: the floor of the north is skipped with a notice; a cap needs none."""
    floor = case_of(tmp_path / "floor", {"name": "L", "measure": "count", "each": "region", "min": 1})
    cap = case_of(tmp_path / "cap", {"name": "L", "measure": "count", "each": "region", "max": 1})

    assert [
        "L: the floor for north is skipped, since not even the 1 candidate that it means has an option that counts there"
    ] == [m.text("en").split(" ", 1)[1] for m in floor.rules.notices]
    assert () == floor.rules.unreachable == cap.rules.notices
    assert ["east", "west"] == sorted(bounds(floor))


def test_strict_floor_of_a_value_without_candidate_is_a_conflict(tmp_path: Path) -> None:
    """`strict: true` makes it unreachable instead."""
    case = case_of(tmp_path, {"name": "L", "measure": "count", "each": "region", "min": 1, "strict": True})

    assert () == case.rules.notices
    assert ["floor_without_option_strict"] == [m.code.split(".")[1] for m in case.rules.unreachable]


def test_targets(tmp_path: Path) -> None:
    """A volume, and growth year on year from a base."""
    targets = [
        {"name": "volume", "min": 60, "shortfall_price": 0.5},
        {"name": "growth", "measure": "award", "growth": 0.25, "base": 4},
    ]
    case = case_of(tmp_path, targets=targets)
    volume, first, second = case.rules.bounds

    assert (Decimal(60_000_000), Decimal("0.5")) == (volume.lower, volume.price)
    assert {"A now": 40, "A then": 50, "B now": 20, "C old": 9, "C older": 8} == counted(
        case, case.rules.groups[volume.group]
    )
    assert ("2021", Decimal("1.25"), 4_000_000) == (first.label, first.lower, first.of_amount)
    assert ("2022", Decimal("1.25"), first.group) == (second.label, second.lower, second.of)
    assert {"A then": 5} == counted(case, case.rules.groups[second.group])


@pytest.mark.parametrize(
    ("parts", "totals", "expected"),
    [
        ({"lower": 3}, [2], 1),
        ({"lower": 3}, [3], 0),
        ({"upper": 3}, [5], 2),
        ({"lower": 1, "upper": 3}, [2], 0),
        ({"lower": Decimal("0.4"), "of": 1}, [30, 100], 10),
        ({"upper": Decimal("0.4"), "of": 1}, [45, 100], 5),
        ({"lower": Decimal("0.4"), "upper": Decimal("0.4"), "of": 1}, [0, 0], 0),
        ({"upper": Decimal("0.4"), "of_amount": Decimal(50)}, [21, 0], 1),
        ({"lower": Decimal("1.1"), "of": 1}, [11, 10], 0),
        ({"lower": Decimal("0.333"), "of": 1}, [333, 1001], Fraction("0.333")),
    ],
)
def test_by_how_much_a_bound_is_missed(parts: Row, totals: list[int], expected: Fraction) -> None:
    """In units of the measure, exactly; a share of nothing holds."""
    whole = {"lower": None, "upper": None, **parts}
    bound = Bound(name="L", label="", measure="award", unit="money", group=0, **whole)

    assert expected == bound.violation([Fraction(t) for t in totals])


def test_priced_limit_costs_what_it_misses(tmp_path: Path) -> None:
    """East cannot keep 6 万元 unless A waits: with A now it has 4, which costs 2 × 3 of the 40 that A brings."""
    limit = {"name": "east", "measure": "award", "where": {"category": "plant", "region": "east"}, "min": 6, "soft": 3}
    solution = planner.solve(case_of(tmp_path, limit, locks={"fix": {"A": {"option": "now"}}, "must_not": ["B"]}))

    assert [("east", "", Decimal(2), Decimal(3), Decimal(6))] == list(
        solution.penalties.itertuples(index=False, name=None)
    )
    assert Decimal(40 + 9 + 8 - 6) == solution.objective
    assert [4.0, 2.0] == solution.limits[["value", "violation"]].iloc[0].tolist()
