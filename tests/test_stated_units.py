"""A unit stated beside a table that is not the config's: refused where amounts would be read wrongly, told otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from tables_on_disk import book, reader

from allocator.messages.errors import InputError
from allocator.tables.files.units import units_in
from allocator.tables.opened import Inputs

HEADERS = ["项目编号", "项目名称", "设区市", "项目类别", "固定资产投资"]
ROW: list[object] = ["P001", "甲", "南宁市", "技改", 4.5]


def told(inputs: Inputs) -> list[str]:
    return [notice.code for notice in inputs.notices if "stated" in notice.code]


def refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plan: str, money: str = "万元", **files: bytes
) -> list[str]:
    with pytest.raises(InputError) as caught:
        reader(tmp_path, monkeypatch)(plan, money, **files)
    return [f"{message.code} {message.where} {message.values.get('unit')}" for message in caught.value.messages]


@pytest.mark.parametrize(
    ("text", "unit", "money"),
    [
        ("单位：亿元", "亿元", "万元"),
        ("2026 年项目库 金额单位：千元", "千元", "万元"),
        ("（单位：元）", "元", "万元"),
        ("unit: million yuan", "million yuan", "万元"),
        ("Amounts in 10,000 yuan", "10,000 yuan", "亿元"),
        ("单位：人民币亿元、亩", "人民币亿元", "万元"),
        ("单位：万元", "万元", "亿元"),
        ("(in million USD)", "million USD", "1000 USD"),
    ],
)
def test_amounts_under_a_title_in_another_unit_are_refused(
    text: str, unit: str, money: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the row of the title."""
    data = book([[None, text], [], [*HEADERS], ROW])

    assert [f"tables.stated_unit b.xlsx#项目库!A1 {unit}"] == refused(
        tmp_path, monkeypatch, "projects: b.xlsx", money, **{"b.xlsx": data}
    )


def test_the_sheet_its_foot_and_the_file_may_state_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a reader would find it."""
    sheet = book([[*HEADERS], ROW], "项目库（亿元）")
    foot = book([[*HEADERS], ROW, ["注：金额单位：亿元"]])
    text = (",".join(HEADERS) + "\nP001,甲,南宁市,技改,4.5\n").encode()

    for name, data in {"a.xlsx": sheet, "b.xlsx": foot, "项目库(亿元).csv": text}.items():
        assert "tables.stated_unit" in refused(tmp_path, monkeypatch, f"projects: {name}", **{name: data})[0]


@pytest.mark.parametrize(
    ("title", "headers", "codes"),
    [
        ("单位：万元", HEADERS, []),
        ("单位：人民币万元", HEADERS, []),
        ("unit: 10,000 yuan", HEADERS, []),
        ("亿元以上项目表（总投资10亿元）", HEADERS, []),
        ("填报单位：广西亿元纺织有限公司", HEADERS, []),
        ("单位：亿元", [*HEADERS[:4], "固定资产投资（万元）"], ["tables.stated_beside"]),
        ("单位：亿元，其中投资单位：万元", HEADERS, []),
    ],
)
def test_a_unit_that_agrees_or_is_none_is_not_told(
    title: str, headers: list[object], codes: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Headers that state their own unit are read by it, and the title that differs is told."""
    data = book([[title], [*headers], ROW])

    inputs = reader(tmp_path, monkeypatch)("projects: b.xlsx", **{"b.xlsx": data})

    assert codes == told(inputs)
    assert [4.5e6] == inputs.projects["fixed_investment"].tolist()


def test_a_name_states_a_unit_only_at_its_end() -> None:
    """A sheet of projects above one 亿元 is no sheet in 亿元."""
    assert [["亿元"], ["亿元"], [], []] == [
        [unit.name for unit in units_in(name, name=True)] for name in ("项目库_亿元", "亿元", "亿元项目", "10亿元")
    ]
