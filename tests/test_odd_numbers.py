"""Numbers of the config that are allowed and hardly meant: another unit of money, percent for a share or the reverse."""

from __future__ import annotations

from pathlib import Path

import pytest
from planning import Row, write_plan

import allocator

FISCAL: Row = {"budget": 9000, "pays": ["g"]}
BONDS: Row = {"budget": 9000, "pays": ["b"], "bond": {"rate": 0.022, "term": 10}}
TERMS: Row = {"rate": 0.022, "term": 10}


def odd(tmp_path: Path, f: Row = FISCAL, s: Row = BONDS, **over: object) -> list[tuple[str, str]]:
    """Key and code of every notice that a number of the config is hardly meant."""
    row = {
        "设区市": "甲市",
        "项目类别": "园区基础设施",
        "固定资产投资": 50000,
        "专项债需求": 5000,
        "预期收入": 90000,
        "成本": 100,
    }
    bonded = [{"项目编号": f"A{number}"} | row for number in (1, 2, 3)]
    instruments = {"g": {"kind": "grant", "rate": 0.06}, "b": {"kind": "bond"}}
    config = {
        "money": "万元",
        "years": [2026, 2027],
        "instruments": instruments,
        "sources": {"f": FISCAL | f, "s": BONDS | s},
    } | over
    told = allocator.load(write_plan(tmp_path, config, projects=bonded)).notices
    return [
        (n.path, n.code.partition(".")[2])
        for n in told
        if n.code.partition(".")[2].startswith(("odd_", "budget_", "tail_"))
    ]


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({"f": {"budget": {2026: 9000, 2027: 0.9}}}, [("sources.f.budget.2027", "odd_year")]),
        ({"f": {"budget": {2026: 9000, 2027: 5e7}}}, [("sources.f.budget.2027", "odd_year"), ("sources.f.budget", "budget_above_all")]),
        ({"years": [2026, 2027, 2028], "f": {"budget": {2026: 0.8, 2027: 9000, 2028: 7000}}}, [("sources.f.budget.2026", "odd_year")]),
        ({"f": {"budget": 0.45}}, [("sources.f.budget", "budget_below_all")]),
        ({"f": {"budget": 9e7}}, [("sources.f.budget", "budget_above_all")]),
        ({"debt": {"quota": {2026: 3000, 2027: 3e7}}}, [("debt.quota.2027", "odd_year")]),
        ({"debt": {"quota": 0.9}}, [("debt.quota", "budget_below_all")]),
        ({"s": {"bond": TERMS | {"rate": 0.35}}}, [("sources.s.bond.rate", "odd_rate")]),
        ({"s": {"bond": TERMS | {"rate": 0.00022}}}, [("sources.s.bond.rate", "odd_rate")]),
        ({"s": {"bond": TERMS | {"min_cover": 120}}}, [("sources.s.bond.min_cover", "odd_times")]),
        ({"f": {"tail": {"max_share": 30}}}, [("sources.f.tail.max_share", "odd_times")]),
        ({"f": {"tail": {"max_share": 0.21}}}, [("sources.f.tail.max_share", "tail_large")]),
        ({"f": {"tail": {"max_share": 2}}}, [("sources.f.tail.max_share", "tail_large")]),
        ({"s": {"tail": {"max_share": 0.05}}}, [("sources.s.tail.max_share", "tail_of_bonds")]),
        ({"discount": 0.4}, [("discount", "odd_rate")]),
        ({"flags": {"debt_ratio": 2}}, [("flags.debt_ratio", "odd_percent")]),
    ],
)  # fmt: skip
def test_numbers_of_the_config_in_another_unit_or_in_percent_are_told(
    over: Row, told: list[tuple[str, str]], tmp_path: Path
) -> None:
    """Each once, at its key."""
    assert told == odd(tmp_path, **over)


@pytest.mark.parametrize(
    "over",
    [
        {"f": {"budget": {2026: 9000, 2027: 0}}},
        {"f": {"budget": {2026: 9000, 2027: 20}, "opening": {2025: 0.5}}},
        {"f": {"budget": 100}},
        {"f": {"budget": 1e6, "tail": {"max_share": 0.2}}, "s": {"tail": {"max_share": 0}}},
        {"s": {"bond": TERMS | {"rate": 0.09, "min_cover": 2.5}}},
        {"debt": {"quota": {2026: 3000, 2027: 90000}}, "discount": 0.08},
        {"flags": {"debt_ratio": 120}},
    ],
)
def test_numbers_of_the_config_that_may_be_meant_are_not_told(over: Row, tmp_path: Path) -> None:
    """A year without money, a small pot, more than all could take, high interest."""
    assert [] == odd(tmp_path, **over)
