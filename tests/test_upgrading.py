"""The structure score is the sum of visible points."""

from __future__ import annotations

import numpy as np
import pytest
from factory import inputs, loaded, option_table, options

from allocator.messages.errors import InputError
from allocator.options.scores import structure_scores

PROJECTS = [
    {"project_id": "P1", "fixed_investment": 100.0, "is_sei": 1.0, "chain_role": "建链", "is_heavy": 0.0},
    {"project_id": "P2", "fixed_investment": 100.0, "is_sei": 0.3, "chain_role": "延链", "is_heavy": 0.0},
    {"project_id": "P3", "fixed_investment": 100.0, "is_sei": np.nan, "chain_role": "", "is_heavy": 1.0},
]
CRITERIA = {"is_sei": 30, "chain_role": {"建链": 80, "补链": 10}, "is_heavy": -20}


def scores(projects=PROJECTS, **config):
    return structure_scores(loaded(**config), inputs(projects))


def test_points_add_up_within_0_and_100():
    """30 + 80 is held at 100, a share earns its share, and −20 is held at 0."""
    found = scores(upgrading={"criteria": CRITERIA})

    assert [100.0, 9.0, 0.0] == found.score.tolist()
    assert {"is_sei": [30.0, 9.0, 0.0], "chain_role": [80.0, 0.0, 0.0], "is_heavy": [0.0, 0.0, -20.0]} == {
        name: column.tolist() for name, column in found.components.items()
    }


def test_values_without_points_are_said_once():
    """A value that the criterion does not list earns nothing, with a notice; blanks need none."""
    found = scores(upgrading={"criteria": CRITERIA})

    assert ["plan.yaml: upgrading.criteria.chain_role: values without points, counted as 0: 延链"] == [
        message.text("en") for message in found.notices
    ]


def test_scores_are_decimals_not_float_sums():
    """0.1 + 0.2 points are 0.3."""
    project = {**PROJECTS[0], "a": 1.0, "b": 1.0}

    found = scores([project], upgrading={"criteria": {"a": "0.1", "b": "0.2"}})

    assert [0.3] == found.score.tolist()


def test_flags_written_as_words():
    """A criterion with values compares in normal form: true, 1 and 是 are one."""
    found = scores(upgrading={"criteria": {"is_sei": {"是": 12}}})

    assert [12.0, 0.0, 0.0] == found.score.tolist()


def test_the_column_is_used_without_criteria():
    """A column structure_score is the score; blank is 0."""
    projects = [{**PROJECTS[0], "structure_score": 55.0}, {**PROJECTS[1], "structure_score": np.nan}]

    assert [55.0, 0.0] == scores(projects).score.tolist()


def test_no_score_is_an_assumption():
    """Without criteria and column the upgrading value is 0, and that is listed."""
    table = option_table(inputs([{**PROJECTS[0], "fixed_investment": 5000.0}]))

    assert "options.score_assumed" in [message.code for message in table.assumptions]
    assert {0.0} == set(options(table, "upgrading").values())


@pytest.mark.parametrize(
    ("cells", "criteria", "expected"),
    [
        (
            {"is_sei": 1.5},
            CRITERIA,
            "projects:0:is_sei: is_sei: a criterion with one number of points needs cells between 0 and 1, got '1.5'",
        ),
        (
            {},
            {"is_se": 30},
            "plan.yaml: upgrading.criteria.is_se: no column 'is_se' in the tables; did you mean 'is_sei'?",
        ),
        (
            {"structure_score": 101.0},
            None,
            "projects:0:structure_score: structure_score: structure_score must be a number between 0 and 100, got '101'",
        ),
    ],
)
def test_faults(cells, criteria, expected):
    """Cells and criteria that make no score are errors with their place."""
    config = {} if criteria is None else {"upgrading": {"criteria": criteria}}

    with pytest.raises(InputError) as error:
        option_table(inputs([{**PROJECTS[0], **cells}]), **config)

    assert [expected] == [message.text("en") for message in error.value.messages]
