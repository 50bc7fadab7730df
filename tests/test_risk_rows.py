"""The rows of outcomes and falls: as printed, built and compiled; as a person writes them; and broken by wrong numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from planning import Row, write_plan
from test_models import differences, put

from allocator.optimise import instance
from allocator.problem import build
from models.formulation import EQUATIONS, GOAL
from models.rows import broken_rows, rows_as_text
from models.symbols import VARIABLES
from models.values import Values

TOLD = yaml.safe_load(Path(__file__).with_name("risk_rows.yaml").read_text(encoding="utf-8"))
PROJECTS: list[Row] = [
    {"project_id": "A", "region": "east", "category": "plant"},
    {"project_id": "B", "region": "west", "category": "plant"},
]
OPTIONS: list[Row] = [
    {"project_id": "A", "option": "a", "start_year": 2021, "nominal_investment": 8, "f@2021": 2, "f@2022": 2},
    {"project_id": "B", "option": "b", "start_year": 2021, "nominal_investment": 6, "f@2021": 1, "f@2022": 0},
]
CONFIG: Row = {
    "years": [2021, 2022],
    "sources": {"f": {"budget": {2021: 4, 2022: 2}, "carryover": {"max_share": 0.5}}},
    "leverage": {"goal": "nominal"},
}
OUTCOMES: Row = {
    "uncertainty": {
        "shortage_price": 3,
        "outcomes": {
            "dry": {"probability": 0.25, "floor": 1, "effects": [{"on": "budget", "factor": 0.5}]},
            "weak": {
                "probability": 0.25,
                "effects": [
                    {"on": "leverage", "where": {"region": "west"}, "factor": 0.5},
                    {"on": "cost", "where": {"region": "east"}, "year": 2022, "factor": 2},
                ],
            },
        },
    },
    "risk": {"alpha": 0.5, "weight": 0.25, "floor": 2, "floor_on": "worst_mean"},
}
FALLS: Row = {"robust": {"gamma": 1, "deviation": {"by": "region", "values": {"east": 0.25, "west": 0.5}}}}


def values_of(folder: Path, more: Row) -> Values:
    """The model's numbers with the names of outcomes in the rows."""
    case = build.load(write_plan(folder, CONFIG | more, projects=PROJECTS, options=OPTIONS))
    made = instance.build(case).values
    names = {
        "OPTIONS": "AB",
        "CLASSES": ["west", "east"] if case.risk else ["all"],
        "OUTCOMES": ["dry", "weak", "base"],
    }
    return replace(made, labels={**made.labels, **names, "REPLAYS": ["dry", "weak"]})


@pytest.fixture(scope="module")
def unsure(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """A plan with outcomes."""
    return values_of(tmp_path_factory.mktemp("outcomes"), OUTCOMES)


@pytest.fixture(scope="module")
def falling(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """A plan with a budget of uncertainty."""
    return values_of(tmp_path_factory.mktemp("falls"), FALLS)


def test_printed_built_and_compiled_are_the_same(unsure: Values, falling: Values) -> None:
    """Every equation and the goal, at every index."""
    assert [] == differences(unsure)
    assert [] == differences(falling)


def test_rows_can_be_checked_by_hand(unsure: Values, falling: Values) -> None:
    """Each family of the chapter, and the goal."""
    equations = [eq for eq in EQUATIONS if eq.chapter == "risk"]
    actual = {
        name: [line for eq in (GOAL, *equations) for line in rows_as_text(values, eq)]
        for name, values in (("outcomes", unsure), ("falls", falling))
    }

    assert TOLD["rows"] == actual
    assert [] == [eq.name for eq in equations if not any(eq.name in line for rows in actual.values() for line in rows)]


@pytest.mark.parametrize("fault", TOLD["truths"], ids=[str(fault["put"]) for fault in TOLD["truths"]])
def test_wrong_number_breaks_its_rows(unsure: Values, falling: Values, fault: Row) -> None:
    """Both projects are funded; each number of the plan by hand that is changed breaks its own rules."""
    values = unsure if fault["of"] == "outcomes" else falling
    numbers = {v.name: np.zeros(values.shape(v.over)) for v in VARIABLES}
    for name, number in {**TOLD["by_hand"][fault["of"]], **fault["put"]}.items():
        put(values, numbers, name, number)

    assert fault["breaks"] == broken_rows(values, numbers)
