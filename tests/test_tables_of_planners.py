"""Tables as offices keep them: prefectures under their own header, rows of sums, ticks for yes, a plan without progress."""

from __future__ import annotations

from pathlib import Path

import pytest
from planning import Row, decide, write_plan

import allocator
from allocator.messages.errors import InputError
from allocator.pipeline.store import write

CONFIG: Row = {
    "years": [2026],
    "sources": {"fiscal": {"budget": 50, "pays": ["grant"]}},
    "instruments": {"grant": {"kind": "grant", "rate": 0.1}},
}


def project(number: int, prefecture: str, header: str = "州市", **cells: object) -> Row:
    row: Row = {
        "序号": number,
        "项目编号": f"P{number}",
        "项目名称": f"项目{number}",
        header: prefecture,
        "项目类别": "x",
    }
    return row | {"固定资产投资": 100, "信用/环保/安全合格": 1} | cells


@pytest.mark.sweep(3)
@pytest.mark.parametrize("header", ["州市", "市(州)", "州（市）", "盟市", "地市"])
def test_prefectures_stand_under_the_header_of_their_province(header: str, tmp_path: Path) -> None:
    """Provinces with autonomous prefectures or leagues need no mapping."""
    solution = decide(
        write_plan(tmp_path, CONFIG, projects=[project(1, "楚雄州", header), project(2, "昆明市", header)])
    )

    assert ["楚雄州", "昆明市"] == solution.projects["region"].tolist()


def test_a_row_of_sums_is_told_once_and_ticks_with_what_to_write(tmp_path: Path) -> None:
    """Not as four empty cells; a tick is a 1 and a cross a 0."""
    marks = {"信用/环保/安全合格": "√"}, {"信用/环保/安全合格": "不合格"}
    sums: Row = {"序号": "合 计", "固定资产投资": 300}
    rows = [project(1, "昆明市", **marks[0]), project(2, "昆明市", **marks[1]), project(3, "昆明市"), sums]

    with pytest.raises(InputError) as caught:
        allocator.load(write_plan(tmp_path, CONFIG, projects=rows))

    assert [
        "projects.csv:2 (row): 信用/环保/安全合格: must be 1 or 0 (是 or 否), got '√'; write 1",
        "projects.csv:3 (row): 信用/环保/安全合格: must be 1 or 0 (是 or 否), got '不合格'; write 0",
        "projects.csv:5 (row): 序号: this looks like a row of sums ('合 计'); every row is one record: delete it",
    ] == sorted(message.text("en") for message in caught.value.messages)


def test_awards_without_progress_are_named(tmp_path: Path) -> None:
    """A planner sees of which projects something is to be asked."""
    rows = [project(n, "昆明市") for n in range(1, 9)]
    before = write(decide(write_plan(tmp_path / "before", CONFIG | {"sources": {"fiscal": {"budget": 80, "pays": ["grant"]}}},
                                     projects=rows)), tmp_path / "runs")  # fmt: skip
    config = CONFIG | {"years": [2027], "previous": str(before)}

    told = [n.text("en") for n in allocator.load(write_plan(tmp_path, config, projects=rows)).notices]

    assert any("8 approved awards should have begun" in line and "(P1, P2, P3, P4, P5, …)" in line for line in told)


def test_a_plan_before_that_is_no_folder_says_how_one_is_written(tmp_path: Path) -> None:
    """The id of a run is no folder: the message shows what is."""
    config = CONFIG | {"years": [2027], "previous": "20261125-133919"}

    with pytest.raises(InputError, match="write the folder of the plan before, seen from this config, such as runs/"):
        allocator.load(write_plan(tmp_path, config, projects=[project(1, "昆明市")]))
