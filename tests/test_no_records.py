"""Rows that are no projects: sums anywhere in a table are refused, lines about it are left out and told."""

from __future__ import annotations

from pathlib import Path

import pytest
from planning import Row, write_plan

import allocator
from allocator.messages.errors import InputError

CONFIG: Row = {
    "money": "万元",
    "years": [2025],
    "sources": {"f": {"budget": 1000, "pays": ["g"]}},
    "instruments": {"g": {"kind": "grant", "rate": 0.1}},
    "leverage": {"goal": "nominal"},
}
BLANK: Row = {"项目编号": "", "项目名称": "", "设区市": "", "项目类别": "", "固定资产投资": ""}


def project(number: int, **cells: object) -> Row:
    row: Row = {"项目编号": f"P{number}", "项目名称": f"项目{number}", "设区市": "甲市", "项目类别": "技改"}
    return row | {"固定资产投资": 100 * number} | cells


def read(tmp_path: Path, *rows: Row) -> allocator.Case:
    """The plan with these rows between two projects and one more."""
    table = [project(1), project(2), *rows, project(3)]
    return allocator.load(write_plan(tmp_path, CONFIG, projects=table))


def refused(tmp_path: Path, *rows: Row) -> list[str]:
    """Place and header of every fault."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, *rows)
    assert {"tables.total_row"} == {message.code for message in caught.value.messages}
    return [f"{message.where}: {message.path}" for message in caught.value.messages]


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("项目编号", "小计"),
        ("项目编号", "小计2"),
        ("项目编号", "合 计"),
        ("项目编号", "Ｔｏｔａｌ"),
        ("项目名称", "甲市小计"),
        ("项目名称", "甲市 合计"),
        ("项目名称", "合计（3个项目）"),
        ("项目名称", "总计12个"),
        ("项目名称", "Subtotal"),
        ("项目名称", "Sub-total 甲市"),
        ("项目名称", "Nanning total"),
        ("项目名称", "GRAND TOTAL"),
        ("设区市", "全区合计"),
        ("设区市", "共计"),
        ("项目类别", "技改小计："),
        ("项目类别", "Sum"),
        ("县区", "累计"),
        ("设区市", "合計"),
        ("项目名称", "總計"),
        ("项目编号", "计"),
        ("项目编号", "Σ"),
        ("项目名称", "Gesamtsumme"),
        ("项目名称", "Total général"),
        ("设区市", "Итого"),
        ("项目名称", "Tổng cộng"),
        ("项目类别", "Jumlah"),
        ("项目编号", "합계"),
        ("项目名称", "其中：甲市"),
    ],
)
def test_a_sum_is_refused_wherever_it_stands_and_whatever_it_adds_up(header: str, word: str, tmp_path: Path) -> None:
    """With an id of its own, and with an amount that is no sum of those above."""
    assert [f"projects.csv:4 (row): {header}"] == refused(tmp_path, project(9, **{header: word}))


def test_sums_in_the_middle_and_at_the_end_are_each_told_once(tmp_path: Path) -> None:
    """Not as a blank region and a blank category as well."""
    rows = [project(1), BLANK | {"项目名称": "小计", "固定资产投资": 100}, project(2), BLANK | {"项目编号": "合计"}]
    with pytest.raises(InputError) as caught:
        allocator.load(write_plan(tmp_path, CONFIG, projects=rows))

    assert ["projects.csv:3 (row)", "projects.csv:5 (row)"] == [message.where for message in caught.value.messages]


@pytest.mark.parametrize("word", ["Total A", "甲市累计", "Sum of A", "Итого A", "Summe A"])
def test_a_word_that_may_be_a_name_is_a_sum_where_its_numbers_say_so(word: str, tmp_path: Path) -> None:
    """100 and 200 stand above: with 300 the row is their sum, with 301 it is a project."""
    name = {"项目名称": word, "固定资产投资": 300}
    assert ["projects.csv:4 (row): 项目名称"] == refused(tmp_path / "sum", project(9, **name))

    assert 4 == len(read(tmp_path / "none", project(9, **name | {"固定资产投资": 301})).inputs.projects)


@pytest.mark.parametrize("word", ["合计", "小计：", "Total", "Summe", "總計"])
def test_a_sum_in_a_column_of_running_numbers_or_in_a_remark_whose_numbers_add_up(word: str, tmp_path: Path) -> None:
    """The row has an id, a place and a category of its own."""
    numbered = [project(number, 序号=str(number)) for number in (1, 2)]
    for name, row in (("numbers", project(9, 序号=word)), ("remark", project(3, 项目编号="P9", 备注=word))):
        path = write_plan(tmp_path / name, CONFIG, projects=[*numbered, row])
        with pytest.raises(InputError) as caught:
            allocator.load(path)

        assert [("tables.total_row", "projects.csv:4 (row)")] == [(m.code, m.where) for m in caught.value.messages]


@pytest.mark.parametrize(
    "cells",
    [
        {"项目名称": "总计科技有限公司"},
        {"项目名称": "合計量測儀器廠"},
        {"项目名称": "Summerhill plant"},
        {"项目名称": "Sumatra works"},
        {"项目名称": "Somme valley works"},
        {"项目名称": "Gesamthafenbetrieb"},
        {"项目名称": "Total Energies plant"},
        {"项目名称": "小计算机生产线"},
        {"项目名称": "Summit works"},
        {"项目单位": "合计划机械厂"},
        {"备注": "与二期合计 300 万元"},
        {"备注": "合计"},
        {"统计口径": "合计"},
    ],
)
def test_a_firm_or_a_remark_makes_no_sum(cells: Row, tmp_path: Path) -> None:
    """A project stays one."""
    case = read(tmp_path, project(9, **cells))

    assert 4 == len(case.inputs.projects)
    assert not [notice for notice in case.notices if notice.code == "tables.foot_line"]


@pytest.mark.parametrize(
    "line",
    [
        {"项目编号": "填表人：张三", "项目名称": "审核：李四"},
        {"项目编号": "制表日期：2025年3月1日"},
        {"项目名称": "注：1.本表金额为万元；2.合计不含在建项目"},
        {"项目编号": "备注: 数据截至三月"},
        {"项目编号": "联系电话：0771-123456"},
        {"项目编号": "填报单位：甲市工信局", "固定资产投资": "审核人：李四"},
        {"项目编号": "Prepared by: A. Smith"},
        {"项目编号": "说明：以上均为候选项目"},
        {"项目编号": "（盖章）"},
        {"项目名称": "（本页无正文）"},
        {"项目编号": "单位负责人（签字）："},
        {"项目编号": "* 以上项目均已备案"},
        {"项目编号": "* provisional figures"},
        {"项目编号": "以上数据截至三月"},
        {"项目编号": "注1：估算"},
        {"项目编号": "Printed on 2025-03-01"},
        {"项目编号": "Page 1 of 3"},
        {"项目编号": "第 1 页，共 3 页"},
        {"项目编号": "2025年3月1日"},
        {"项目编号": "导出时间 2025-03-01 10:22"},
        {"项目编号": "共45个项目"},
        {"项目编号": "一、重大工业项目"},
        {"项目编号": "续表"},
        {"项目编号": "© 2025 Bureau"},
        {"项目编号": "N.B. provisional"},
        {"项目编号": "填表人：", "项目名称": "张三", "设区市": "审核：", "项目类别": "李四"},
        {header: header for header in BLANK},
    ],
)
def test_a_line_of_the_foot_is_left_out_and_told(line: Row, tmp_path: Path) -> None:
    """The projects around it are read."""
    case = read(tmp_path, BLANK | line)

    assert ["P1", "P2", "P3"] == case.inputs.projects["project_id"].tolist()
    assert [100.0, 200.0, 300.0] == (case.inputs.projects["fixed_investment"] / 1e6).tolist()
    assert ["projects.csv:4 (row)"] == [n.where for n in case.notices if n.code == "tables.foot_line"]


def test_a_note_goes_on_with_its_numbers(tmp_path: Path) -> None:
    """Lines below a note belong to it; a line with a number that follows a project lacks a place."""
    note = [BLANK | {"项目编号": text} for text in ("注：1.金额为万元；", "2.不含在建项目；", "③以备案为准")]
    assert 3 == len(read(tmp_path / "note", *note).inputs.projects)

    with pytest.raises(InputError) as caught:
        read(tmp_path / "none", note[1])

    assert {"tables.blank"} == {message.code for message in caught.value.messages}


@pytest.mark.parametrize("first", ["1", "栏次"])
def test_a_line_that_numbers_the_columns_is_no_project(first: str, tmp_path: Path) -> None:
    """Forms have one below the header; a project whose id is 1 is one."""
    numbers = [first, *range(2 - (first != "1"), 9)]
    row = dict(zip(BLANK, numbers, strict=False))
    read_rows = allocator.load(write_plan(tmp_path, CONFIG, projects=[row, project(1), project(2)]))
    kept = allocator.load(write_plan(tmp_path / "one", CONFIG, projects=[project(1, 项目编号="1", 固定资产投资=5)]))

    assert ["P1", "P2"] == read_rows.inputs.projects["project_id"].tolist()
    assert ["projects.csv:2 (row)"] == [n.where for n in read_rows.notices if n.code == "tables.foot_line"]
    assert ["1"] == kept.inputs.projects["project_id"].tolist()


@pytest.mark.parametrize(
    "name",
    ["注：塑机改造", "说明书印刷厂", "盖章机生产线", "Page Industries works", "第1页岩气田", "Notes", "一、二期扩建"],
)
def test_a_project_that_starts_like_a_foot_is_read(name: str, tmp_path: Path) -> None:
    """A record has an id, a place and a category."""
    assert 4 == len(read(tmp_path, project(9, 项目名称=name)).inputs.projects)


@pytest.mark.parametrize(
    "cells",
    [
        {"项目编号": "备注：机械厂", "固定资产投资": 500},
        {"项目编号": "P9", "项目名称": "说明书印刷厂"},
        {"项目编号": "*P9", "设区市": "甲市"},
        {"项目名称": "注：塑机改造", "项目类别": "技改"},
        {"项目名称": "Page Industries works"},
    ],
)
def test_a_project_that_lacks_a_place_is_refused_and_not_passed_over(cells: Row, tmp_path: Path) -> None:
    """It has an id, an amount, or a category that others have."""
    with pytest.raises(InputError) as caught:
        read(tmp_path, BLANK | cells)

    assert {"tables.blank"} == {message.code for message in caught.value.messages}


def test_regions_have_no_sums_either(tmp_path: Path) -> None:
    """A statistical table ends with one."""
    regions = [{"region": "甲市", "population": 10}, {"region": "全区合计", "population": 10}]
    with pytest.raises(InputError) as caught:
        allocator.load(write_plan(tmp_path, CONFIG, projects=[project(1)], regions=regions))

    assert ["regions.csv:3 (row)"] == [message.where for message in caught.value.messages]
