"""Warnings F5 and F6 as gates: capacity that shows its notice, no double support; and conditions on how a value begins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planning import Row, write_plan

import allocator
from allocator.config.keys.parts import Range
from allocator.messages.errors import InputError
from allocator.tables.conditions import holds
from allocator.verify import verify
from allocator.verify.facts import fulfils

EXCESS = {"begins": ["C3011", "C311", "C3825"]}
CAPACITY: Row = {"name": "产能置换", "where": {"gb4754_code": EXCESS}, "filled": ["capacity_notice"]}
FIELDS: Row = {"name": "领域", "require": {"gb4754_code": {"begins": ["C3", "D44"]}}}
ONCE: Row = {"national": {"column": "other_public"}, "one_per_entity": {"by": "entity_uscc"}}
POOL: dict[str, Row] = {
    "A1": {"gb4754_code": "C3110"}, "A2": {"gb4754_code": "C3110", "capacity_notice": "2024年第7号"},
    "A3": {"gb4754_code": "C3011", "renovation_nature": "置换淘汰"}, "A4": {"gb4754_code": "C3012"},
    "A5": {"gb4754_code": "D4411"}, "A6": {"gb4754_code": "C2614"}, "A7": {"gb4754_code": ""},
    "B1": {"gb4754_code": "C3990", "other_public": 5}, "B2": {"gb4754_code": "C3990", "entity_uscc": "X"},
    "B3": {"gb4754_code": "C3990", "entity_uscc": "X"},
}  # fmt: skip


def plan(folder: Path, gates: list[Row], stacking: Row) -> Path:
    """A tenth of the investment for each of ten firms, money for all."""
    usual = {"region": "甲", "category": "a", "fixed_investment": 1000, "other_public": 0, "capacity_notice": "", "renovation_nature": "", "entity_uscc": ""}  # fmt: skip
    config: Row = {
        "years": [2021],
        "flags": {"heavy_codes": ["C26"], "excess_codes": EXCESS["begins"]},
        "sources": {"f": {"budget": 5000, "pays": ["grant"]}},
        "instruments": {"grant": {"kind": "grant", "rate": 0.1}},
        "goals": {"terms": [{"measure": "count"}]},
        "screening": {"gates": gates},
        "stacking": stacking,
        "solver": {"gap": 0},
    }
    return write_plan(folder, config, projects=[{**usual, **row, "project_id": name} for name, row in POOL.items()])


@pytest.mark.sweep(1)
@pytest.mark.parametrize(
    ("gates", "stacking", "out", "f5", "f6"),
    [
        ([], {}, "", {"A1", "A6"}, {"B1", "B2", "B3"}),
        ([CAPACITY], {}, "A1 A3", {"A6"}, {"B1", "B2", "B3"}),
        ([FIELDS], {}, "A6 A7", {"A1"}, {"B1", "B2", "B3"}),
        ([], ONCE, "B1 B2", {"A1", "A6"}, set()),
        ([CAPACITY, FIELDS], ONCE, "A1 A3 A6 A7 B1 B2", set(), set()),
    ],
)
def test_gates_leave_nothing_to_warn_of(
    gates: list[Row], stacking: Row, out: str, f5: set[str], f6: set[str], tmp_path: Path
) -> None:
    """What F5 and F6 warn of is out with the gates; a notice number answers F5, of X's two projects one stays."""
    run = allocator.run(plan(tmp_path, gates, stacking), out=tmp_path / "runs")
    assert run.folder is not None
    warned = {
        flag: set(rows["scope"])
        for flag, rows in pd.read_csv(run.folder / "flags.csv", encoding="utf-8-sig").groupby("flag")
    }
    gone = {*POOL} - set(run.awards["project_id"])

    assert set(out.split()) == ({"B2" if name == "B3" else name for name in gone} if stacking else gone)
    assert [f5, f6] == [warned.get(flag, set()) for flag in ("F5", "F6")]
    assert [] == [message.text("en") for message in verify(run.folder).violations]


@pytest.mark.parametrize(
    ("condition", "cell", "expected"),
    [
        ({"begins": ["C30", "C311"]}, "C3011", True), ({"begins": ["C30", "C311"]}, "C3120", False),
        ({"begins": ["C30"]}, "", False), ({"begins": ["C30"]}, "D44; C3099", True), ({"begins": ["Ｃ３０"]}, "C3011", True),
        ({"begins": ["C30"], "not": "C3011"}, "C3011", False), ({"begins": ["C30"], "not": "C3011"}, "C3012", True),
        ({"begins": ["20"], "min": 2020}, "2019", False), ({"begins": ["20"], "min": 2020}, "2021", True),
        ({"begins": ["30"]}, "C3011", False),
    ],
)  # fmt: skip
def test_how_a_value_begins(condition: Row, cell: str, expected: bool) -> None:
    """One of several beginnings, of one of several values, together with the other parts; verification reads it alike."""
    asked = Range.model_validate(condition)

    assert expected == bool(holds(asked, np.array([cell], dtype=object))[0])
    assert expected == fulfils(asked, cell or None)


def test_numbers_begin_as_they_are_written() -> None:
    """A column of numbers is read as it is shown; a blank begins with nothing."""
    asked = Range.model_validate({"begins": ["45", "1"]})

    assert [True, False, True, False] == holds(asked, np.array([4501, 5401, 1.5, np.nan])).tolist()


@pytest.mark.parametrize(
    ("condition", "word"), [({"begins": ["C99", "E"]}, "C99…, E…"), ({"begins": []}, "begins"), ({"begin": ["C3"]}, "begins")]
)  # fmt: skip
def test_beginnings_that_say_nothing(condition: Row, word: str, tmp_path: Path) -> None:
    """None that any row has, none at all, and a misspelt key."""
    gate: Row = {"name": "x", "require": {"gb4754_code": condition}}
    with pytest.raises(InputError, match=word):
        allocator.load(plan(tmp_path, [gate], {}))
