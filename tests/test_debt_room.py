"""Room under the debt limit that the tables tell is used, or ignored in so many words; nothing else is told of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from factory import inputs, loaded
from planning import Row, decide, write_plan
from reference.debt import ROOM, bare

import allocator
from allocator.messages.errors import InputError
from allocator.problem import build
from allocator.problem.debt.room import unused_room
from allocator.report import summary
from allocator.runs import folder as run_folder
from allocator.verify import verify

BOND: Row = {"budget": 1000, "pays": ["park"], "bond": {"rate": 0.022, "term": 20, "min_cover": 0}}
PARK: Row = {"kind": "bond", "award": {"levels": 2}}
CELLS: Row = {
    "category": "园区基础设施",
    "fixed_investment": 300,
    "bond_need": 100,
    "revenue_total": 400,
    "cost_total": 50,
}


def told(column: str, room: object = 150.0, **config: Any) -> list[str]:
    """The columns told of where parks get bonds and a column of room stands in the table."""
    whole = {"sources": {"special_bond": BOND}, "instruments": {"park": PARK}, **config}
    table = inputs([{"project_id": "K1", **CELLS, column: room}])
    return [str(message.values["got"]) for message in unused_room(loaded(**whole), table.projects)]


@pytest.mark.parametrize(
    "column",
    ["债务限额余额", "政府债务限额余额(万元)", "专项债务限额余额", "债务限额 余额", "剩余债务限额", "新增债务空间", "debt_room", "Room under the debt limit"],
)  # fmt: skip
def test_unused_room_is_told(column: str) -> None:
    """Whatever the column is called, with or without a unit, spaces or capitals."""
    assert [column] == told(column)
    assert ROOM.search(bare(column))


@pytest.mark.parametrize(
    "column", ["债务余额", "债务限额", "一般债务限额余额", "授信限额余额", "剩余限额", "room", "meeting_room"]
)
def test_other_columns_are_not_told(column: str) -> None:
    """Debt owed, the limit itself, the room of general bonds or of a bank are no room for special bonds."""
    assert [] == told(column)
    assert not ROOM.search(bare(column))


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({}, 1), ({"debt": {}}, 1), ({"debt": {"by": "region"}}, 1),
        ({"debt": {"room": "债务限额余额"}}, 0), ({"debt": {"room": "ignored"}}, 0), ({"debt": {"room": "other"}}, 0),
        ({"limits": [{"name": "a", "measure": "award", "each": "region", "max_from": "债务限额余额"}]}, 0),
        ({"limits": [{"name": "a", "measure": "award", "each": "region", "max_from": "上年专项债"}]}, 1),
        ({"sources": {"fiscal": {"budget": 1000, "pays": ["park"]}}}, 0),
        ({"sources": {"special_bond": {**BOND, "pays": []}}}, 0),
    ],
)  # fmt: skip
def test_what_uses_room(config: Row, found: int) -> None:
    """A rule that is bounded by it, or `ignored`; where no bonds are given nothing is asked."""
    assert found == len(told("债务限额余额", **config))


def test_blank_and_written_room_is_not_told() -> None:
    """A column without any number says nothing."""
    assert [[], []] == [told("债务限额余额", room) for room in ("", "待定")]


def test_room_refuses_until_it_is_used_or_ignored(tmp_path: Path) -> None:
    """300 of bonds where the region has room for 150: refused, then 150 with the rule, then 300 with the assumption."""
    config: Row = {
        "years": [2021], "sources": {"special_bond": BOND}, "instruments": {"park": PARK}, "leverage": {"goal": "nominal"},
        "goals": {"terms": [{"measure": "award"}]}, "solver": {"gap": 0},
    }  # fmt: skip
    parks = [{"project_id": f"K{n}", "region": "甲", **CELLS} for n in range(3)]
    path = write_plan(tmp_path, config, projects=parks, regions=[{"region": "甲", "债务限额余额": 150}])
    for call in (allocator.load, allocator.run):
        with pytest.raises(InputError, match="room: ignored"):
            call(path)
    run = allocator.run(path, out=tmp_path / "runs", overrides=["debt.room=ignored"])

    assert 150 == decide(path, "debt.room=债务限额余额").awards["award"].sum()
    assert 300 == run.awards["award"].sum()
    assert run.folder is not None
    debt = pd.read_csv(run.folder / "debt.csv", encoding="utf-8-sig", keep_default_na=False).set_index(
        ["region", "year"]
    )
    assert ["150.0", "-150.0"] == [str(float(cell)) for cell in debt.loc[("甲", 2021), ["room", "headroom"]]]
    told = next(
        line for line in summary.text(run_folder.read(run.folder), "zh").splitlines() if line.startswith("债务限额")
    )
    assert told.endswith("1 个，超出最多的是甲：发行 300 万元，余额 150 万元")
    assert "options.room_ignored" in {said.code for said in run.assumptions}
    assert verify(run.folder).ok


def test_a_scenario_that_gives_up_the_rule_is_found_when_its_config_is_checked(tmp_path: Path) -> None:
    """Its tables and options are those of the config; only the limit that uses the room is another."""
    rule = {"name": "room", "measure": "award", "each": "region", "max_from": "债务限额余额"}
    config: Row = {
        "years": [2021], "sources": {"special_bond": BOND}, "instruments": {"park": PARK}, "limits": [rule],
        "scenarios": {"free": {"limits": [{"name": "room", "max_from": None, "max": 500}]}},
    }  # fmt: skip
    row = {"project_id": "K1", "region": "甲", **CELLS, "债务限额余额": 150}
    path = write_plan(tmp_path, config, projects=[row])

    assert allocator.load(path).loaded.config.debt is None
    with pytest.raises(InputError, match=r"free.*room: ignored"):
        build.check(path)
