"""Columns that a table lacks: all of them in one round, each with the header it may stand under."""

from __future__ import annotations

from pathlib import Path

import pytest
from planning import Row, write_plan

import allocator
from allocator.messages.errors import InputError

CONFIG: Row = {
    "years": [2026],
    "sources": {"s": {"budget": 100, "pays": ["g", "i"]}},
    "instruments": {
        "g": {"kind": "grant", "rate": 0.1, "where": {"clean_record": True}},
        "i": {"kind": "interest_subsidy", "points": 0.02},
    },
    "leverage": {"goal": "nominal"},
}
WHOLE: Row = {
    "项目编号": "A", "设区市": "甲", "项目类别": "乙", "固定资产投资": 10, "clean_record": 1, "银行贷款(已落实)": 5, "贷款利率": 3,
}  # fmt: skip


def lacking(folder: Path, row: Row, config: Row = CONFIG) -> list[str]:
    with pytest.raises(InputError) as refused:
        allocator.load(write_plan(folder, config, projects=[row]))
    return [message.text("en") for message in refused.value.messages]


def headed(**names: str) -> Row:
    """The whole table with some headers called otherwise."""
    return {names.get(header, header): value for header, value in WHOLE.items()}


def test_everything_is_told_in_one_round_with_the_line_to_paste(tmp_path: Path) -> None:
    """What every table needs, and what instruments are computed from or choose by."""
    found = lacking(tmp_path, {"序号": 1, "城市": "甲", "类型": "乙", "投资": 10, "贷款": 5, "利率": 3, "信用": 1})

    columns = (
        "project_id",
        "region",
        "category",
        "clean_record",
        "fixed_investment",
        "bank_loan_committed",
        "loan_rate",
    )
    headers = ("序号", "城市", "类型", "信用", "投资", "贷款", "利率")
    pairs = list(zip(columns, headers, strict=True))
    assert len(pairs) + 1 == len(found)
    for text, (column, header) in zip(found, pairs, strict=False):
        assert f"there is no column {column} (" in text
        assert text.endswith(f"if it is '{header}', write columns: {{{column}: {header}}} in the config")
    assert f"columns: {{{', '.join(f'{column}: {header}' for column, header in pairs)}}}" in found[-1]


@pytest.mark.parametrize(
    ("header", "other", "column"),
    [
        ("项目编号", "序号", "project_id"),
        ("设区市", "所在城市", "region"),
        ("项目类别", "类型", "category"),
        ("固定资产投资", "固定资产投资合计数", "fixed_investment"),
        ("贷款利率", "利率（%）", "loan_rate"),
        ("银行贷款(已落实)", "Loan", "bank_loan_committed"),
    ],
)
def test_the_likely_header_is_named(header: str, other: str, column: str, tmp_path: Path) -> None:
    """One lacks: it alone is told, with the line that helps."""
    (text,) = lacking(tmp_path, headed(**{header: other}))

    assert f"there is no column {column} (" in text
    assert f"columns: {{{column}: {other}}}" in text


def test_where_none_is_likely_the_headers_are_listed(tmp_path: Path) -> None:
    """And the key that asks for the column is named."""
    (text,) = lacking(tmp_path, headed(贷款利率="备忘"))

    assert "instruments.i.points" in text
    assert "备忘" in text
    assert "columns: {loan_rate: <header>}" in text


@pytest.mark.parametrize(
    ("header", "other"),
    [
        ("设区市", "地市"),
        ("设区市", "所在地市"),
        ("项目类别", "项目类型"),
        ("项目类别", "项目分类"),
        ("固定资产投资", "固定资产投资总额"),
    ],
)
def test_other_names_that_mean_one_thing_are_taken(header: str, other: str, tmp_path: Path) -> None:
    """Nothing to ask."""
    assert ["A"] == [
        *allocator.load(write_plan(tmp_path, CONFIG, projects=[headed(**{header: other})])).inputs.projects[
            "project_id"
        ]
    ]


def test_a_column_of_the_regions_table_lacks_nowhere(tmp_path: Path) -> None:
    """What regions say counts as there."""
    row = {name: value for name, value in WHOLE.items() if name != "clean_record"}
    path = write_plan(tmp_path, CONFIG | {"regions": "regions.csv"}, projects=[row])
    (tmp_path / "regions.csv").write_text("设区市,clean_record\n甲,1\n", encoding="utf-8")

    assert ["A"] == [*allocator.load(path).inputs.projects["project_id"]]


@pytest.mark.parametrize("bond", [{"rate": 2.2, "term": 20}, {"rate": 0.02}, {"rate": "2%", "term": 0}])
def test_a_bond_source_that_cannot_be_read_is_told_with_what_the_table_lacks(tmp_path: Path, bond: Row) -> None:
    """The fault of the config is told, and nothing ends in a traceback."""
    config = {
        "money": "万元", "years": [2021],
        "sources": {"bonds": {"budget": 100, "pays": ["park"], "bond": bond}},
        "instruments": {"park": {"kind": "bond"}},
    }  # fmt: skip
    row = {"project_id": "P", "region": "甲市", "category": "园区"}
    with pytest.raises(InputError) as caught:
        allocator.load(write_plan(tmp_path, config, projects=[row]))

    assert any("sources.bonds.bond" in message.path for message in caught.value.messages)
