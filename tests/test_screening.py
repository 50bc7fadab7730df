"""Exclusions say which rule, which value and which threshold, in the words of config and tables."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from factory import FISCAL, GRANT, inputs, option_table, screened

from allocator.config.keys.parts import Range
from allocator.options.screening.screen import texts, written


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (True, "true"),
        (Decimal("0.50"), "0.5"),
        ("重大工业项目", "重大工业项目"),
        (["a", 2, False], "[a, 2, false]"),
        (Range.model_validate({"min": 100000}), "{min: 100000}"),
        (Range.model_validate({"min": 1, "max": 2, "not": ["a", "b"]}), "{min: 1, max: 2, not: [a, b]}"),
    ],
)
def test_conditions_as_text(condition, expected):
    """A threshold reads like the config."""
    assert expected == written(condition)


def test_values_as_text():
    """Numbers are plain decimals, blanks are empty, text is untouched."""
    assert ["0.1", "1000000000000000", "", "-2"] == texts(np.array([0.1, 1e15, np.nan, -2])).tolist()
    assert ["001", ""] == texts(np.array(["001", ""], dtype=object)).tolist()


def test_each_instrument_is_screened_for_itself():
    """What excludes a project from one instrument does not exclude it from another."""
    instruments = {
        "large": {**GRANT, "where": {"fixed_investment": {"min": 1000}}},
        "clean": {**GRANT, "where": {"clean_record": True, "catalog_class": {"not": ["限制", "淘汰"]}}},
    }
    projects = [
        {"project_id": "P1", "fixed_investment": 900.0, "clean_record": 1.0, "catalog_class": "允许"},
        {"project_id": "P2", "fixed_investment": 5000.0, "clean_record": 0.0, "catalog_class": "限制"},
    ]
    sources = {"fiscal": {**FISCAL, "pays": ["large", "clean"]}}

    table = option_table(inputs(projects), instruments=instruments, sources=sources)

    assert [
        ("P1", "large", "where.fixed_investment", "900", "{min: 1000}"),
        ("P2", "clean", "where.catalog_class", "限制", "{not: [限制, 淘汰]}"),
        ("P2", "clean", "where.clean_record", "0", "true"),
    ] == screened(table)
    assert {(0, "clean"), (1, "large")} == set(zip(table.table["project"], table.table["instrument"], strict=True))


def test_nothing_excluded_is_an_empty_table():
    """A plan that excludes nobody has an empty screening table with its columns."""
    table = option_table(inputs([{"project_id": "P1", "fixed_investment": 5000.0}])).screening

    assert (0, ["project_id", "instrument", "rule", "value", "threshold"]) == (len(table), list(table.columns))
