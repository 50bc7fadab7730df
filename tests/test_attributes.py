"""Conditions and groups mean what the planner wrote."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from allocator.config.keys.parts import Range
from allocator.tables.conditions import each_problems, groups, holds, matches, normal, where_problems

TABLE = {
    "project_id": np.array(["001", "1", "A", "B"], dtype=object),
    "region": np.array(["南宁市", "柳州市", "", "南宁市"], dtype=object),
    "is_sei": np.array([1.0, 0.0, np.nan, 0.5]),
    "size": np.array([10.0, 20.0, np.nan, 30.0]),
    "tags": np.array(["双百双新;千企技改", "千企技改", "", "十项重大"], dtype=object),
    "done": np.array(["是", "否", "", "TRUE"], dtype=object),
    "instrument": pd.Categorical(["grant", "loan", "", "grant"]),
}


def column(name: str):
    return TABLE[name]


def bounds(**parts):
    return Range.model_validate(parts)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "1"),
        ("是", "1"),
        (" True ", "1"),
        ("否", "0"),
        (1.0, "1"),
        (Decimal("1.50"), "1.5"),
        (Decimal("1E+3"), "1000"),
        ("１２", "12"),
        ("001", "001"),
        ("1.0", "1"),
        ("-0", "0"),
        (float("nan"), ""),
        ("Ａ　", "A"),
        ("1e3", "1e3"),
        (np.float64(2021), "2021"),
    ],
)
def test_normal_form(value, expected):
    """Flags, numbers, full-width text and blanks each have one form; ids keep their zeros."""
    actual = normal(value)

    assert expected == actual


@pytest.mark.parametrize(
    ("attribute", "condition", "expected"),
    [
        ("is_sei", True, [1, 0, 0, 0]),
        ("is_sei", "是", [1, 0, 0, 0]),
        ("is_sei", False, [0, 1, 0, 0]),
        ("is_sei", bounds(min="0.5"), [1, 0, 0, 1]),
        ("size", bounds(min=10, max=20), [1, 1, 0, 0]),
        ("size", bounds(**{"not": 20}), [1, 0, 1, 1]),
        ("size", bounds(**{"min": 5, "not": [20, 30]}), [1, 0, 0, 0]),
        ("region", "南宁市", [1, 0, 0, 1]),
        ("region", ["柳州市", "桂林市"], [0, 1, 0, 0]),
        ("region", bounds(**{"not": "南宁市"}), [0, 1, 1, 0]),
        ("tags", "千企技改", [1, 1, 0, 0]),
        ("tags", bounds(**{"not": "千企技改"}), [0, 0, 1, 1]),
        ("done", True, [1, 0, 0, 1]),
        ("project_id", "001", [1, 0, 0, 0]),
        ("project_id", 1, [0, 1, 0, 0]),
        ("project_id", bounds(min=1), [0, 1, 0, 0]),
        ("instrument", "grant", [1, 0, 0, 1]),
    ],
)
def test_condition(attribute, condition, expected):
    """Equality ignores spelling, bounds are inclusive, and a blank meets only `not`."""
    actual = holds(condition, TABLE[attribute])

    assert expected == actual.astype(int).tolist()


def test_every_condition_must_hold():
    """A mapping is a conjunction; the empty one holds everywhere."""
    actual = matches({"region": "南宁市", "is_sei": True}, column)

    assert [True, False, False, False] == actual.tolist()
    assert matches({}, column).all()


def test_groups_of_one_attribute():
    """Every value written is a group, in order; blanks form none."""
    actual = [(label, rows.tolist()) for label, rows in groups("region", column)]

    assert [("南宁市", [0, 3]), ("柳州市", [1])] == actual


def test_groups_of_several_values():
    """A cell with several values belongs to the group of every one."""
    actual = {label: rows.tolist() for label, rows in groups("tags", column)}

    assert {"十项重大": [3], "千企技改": [0, 1], "双百双新": [0]} == actual


def test_groups_of_two_attributes():
    """Only combinations that occur form a group."""
    actual = [(label, rows.tolist()) for label, rows in groups(["region", "size"], column)]

    assert [("南宁市 / 10", [0]), ("南宁市 / 30", [3]), ("柳州市 / 20", [1])] == actual


def test_groups_of_numbers_are_in_order():
    """Number groups ascend and are labelled without decimals."""
    actual = [label for label, _ in groups("size", column)]

    assert ["10", "20", "30"] == actual


def test_groups_of_nothing():
    """A column of blanks has no group."""
    actual = groups("region", lambda name: np.array(["", ""], dtype=object))

    assert actual == []


def problems(where):
    found = where_problems(where, column, list(TABLE), "limits.x.where", lambda path: "plan.yaml:3:1")
    return [message.text("en") for message in found]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (
            {"regoin": "南宁市"},
            ["plan.yaml:3:1: limits.x.where.regoin: no column 'regoin' in the tables; did you mean 'region'?"],
        ),
        (
            {"region": "南宁"},
            ["plan.yaml:3:1: limits.x.where.region: no row has the value '南宁'; did you mean '南宁市'?"],
        ),
        ({"size": 21}, ["plan.yaml:3:1: limits.x.where.size: no row has the value '21'; did you mean '20'?"]),
        ({"region": bounds(**{"not": "上海"})}, []),
        (
            {"region": bounds(**{"not": "南宁"})},
            ["plan.yaml:3:1: limits.x.where.region: no row has the value '南宁'; did you mean '南宁市'?"],
        ),
        (
            {"region": bounds(min=3)},
            ["plan.yaml:3:1: limits.x.where.region: min and max need numbers, but no row of this column holds one"],
        ),
        (
            {"is_sei": True},
            [
                (
                    "plan.yaml:3:1: limits.x.where.is_sei: the column holds fractions, so the single value True "
                    "says little; write {min: 0.5} or another bound"
                )
            ],
        ),
        ({"region": "南宁市", "is_sei": bounds(min="0.5"), "tags": "双百双新"}, []),
    ],
)
def test_where_problems(where, expected):
    """Every unknown name is reported with its place and the nearest that exists."""
    actual = problems(where)

    assert expected == actual


def test_a_flag_may_be_absent():
    """No project need have a flag for a rule to speak of it."""
    none = np.array([0.0, np.nan])

    actual = where_problems({"is_future": True}, lambda name: none, ["is_future"], "w", lambda path: "")

    assert actual == []


def test_a_share_is_not_a_flag():
    """A column of shares asks for a bound instead of true."""
    shares = np.array([0.3, 0.6])

    actual = where_problems({"is_sei": True}, lambda name: shares, ["is_sei"], "w", lambda path: "")

    assert ["options.fractional"] == [message.code for message in actual]


def test_each_problems():
    """An unknown attribute of `each` is named with the nearest."""
    found = each_problems(["region", "siez"], column, list(TABLE), "limits.x.each", lambda path: "")

    assert ["limits.x.each: no column 'siez' in the tables; did you mean 'size'?"] == [m.text("en") for m in found]


def test_a_header_is_named_as_configs_name_it():
    """A table may say 设区市, a config says region; where no table has it, it is told what there is."""
    found = each_problems(["设区市", "产业链"], column, list(TABLE), "chains.node", lambda path: "")

    assert [
        "chains.node: no column '设区市' in the tables; did you mean 'region'?",
        f"chains.node: no column '产业链' in the tables; there are: {', '.join(TABLE)}",
    ] == [m.text("en") for m in found]
