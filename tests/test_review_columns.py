"""Columns of reviews and records: read by every name planners give them, and used in gates, conditions and limits."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from planning import Row, decide, write_plan

import allocator
from allocator.messages.errors import InputError
from allocator.tables.files.columns import Known, dictionary
from allocator.verify import verify

COLUMNS = ("review_score", "performance_grade", "ownership", "capital_source", "bond_documents", "capacity_notice")
HEADERS = [(name, header) for name in COLUMNS for header in (name, dictionary()["projects"][name].header_zh, *dictionary()["projects"][name].also)]  # fmt: skip
POOL: list[Row] = [
    {"项目编号": "A1", "评审得分": 82.5, "所有制": "民营", "国民经济行业代码": "C3612", "固定资产投资": 1000},
    {"项目编号": "A2", "评审得分": 59.9, "所有制": "民营", "国民经济行业代码": "C3612", "固定资产投资": 9000},
    {"项目编号": "A3", "评审得分": 60, "所有制": "国有", "国民经济行业代码": "C3110", "固定资产投资": 3000},
    {"项目编号": "A4", "评审得分": "", "所有制": "国有", "国民经济行业代码": "C3110", "固定资产投资": 3000},
    {
        "项目编号": "K1",
        "一案两书": "是",
        "资本金来源": "自有资金;专项债",
        "专项债需求": 400,
        "国民经济行业代码": "D4620",
    },
    {"项目编号": "K2", "一案两书": "否", "资本金来源": "自有资金", "专项债需求": 500, "国民经济行业代码": "D4620"},
    {"项目编号": "K3", "一案两书": "是", "资本金来源": "自有资金", "专项债需求": 600, "国民经济行业代码": "C3110"},
]
CUT: Row = {"name": "评审", "instruments": ["grant"], "require": {"review_score": {"min": 60}}}
DOCUMENTS: Row = {"name": "一案两书", "instruments": ["park"], "require": {"bond_documents": True}}
FIELDS: Row = {"name": "资本金领域", "instruments": ["park"], "require": {"gb4754_code": ["D4620", "D4610", "E4813"]}}
"""The list of fields in which special bonds may be capital, as industry codes."""
PRIVATE: Row = {"name": "民营", "measure": "award", "where": {"ownership": "民营"}, "of": {"instrument": "grant"}, "min_share": 0.3}  # fmt: skip


def plan(folder: Path, gates: list[Row], limits: list[Row]) -> Path:
    """Four firms that may get a tenth of their investment, and three parks that ask for bonds."""
    usual = {"设区市": "甲", "固定资产投资": 2000, "预期收入": 9000, "成本": 0}
    rows = [
        {**usual, "项目类别": "园区基础设施" if row["项目编号"].startswith("K") else "重大工业项目", **row}
        for row in POOL
    ]
    bond = {"rate": 0.02, "term": 10, "min_cover": 0}
    config: Row = {
        "years": [2021],
        "sources": {"f": {"budget": 1000, "pays": ["grant"]}, "b": {"budget": 2000, "pays": ["park"], "bond": bond}},
        "instruments": {
            "grant": {"kind": "grant", "rate": 0.1, "where": {"category": "重大工业项目"}},
            "park": {"kind": "bond", "where": {"category": "园区基础设施"}},
        },
        "screening": {"gates": gates},
        "goals": {"terms": [{"measure": "award"}]},
        "limits": limits,
        "solver": {"gap": 0},
    }
    return write_plan(folder, config, projects=rows)


@pytest.mark.parametrize(("name", "header"), HEADERS)
def test_headers_are_read_as_the_column(name: str, header: str) -> None:
    """By contract name, Chinese header and other words; in the regions table too."""
    for table in (["projects"], ["regions", "projects"]):
        fit = Known.of(table, {}).fit(header)
        assert fit is not None
        assert name == fit.column.name


@pytest.mark.sweep(1)
@pytest.mark.parametrize(
    ("gates", "limits", "funded"),
    [
        ([], [], {"A1", "A2", "K1", "K2", "K3"}),
        ([CUT], [], {"A1", "A3", "K1", "K2", "K3"}),
        ([DOCUMENTS], [], {"A1", "A2", "K1", "K3"}),
        ([FIELDS], [], {"A1", "A2", "K1", "K2"}),
        ([CUT, DOCUMENTS, FIELDS], [], {"A1", "A3", "K1"}),
        ([{"name": "来源", "require": {"capital_source": {"not": "专项债"}}}], [], {"A1", "A2", "K2", "K3"}),
        ([CUT], [PRIVATE], {"A1", "K1", "K2", "K3"}),
    ],
)
def test_who_is_funded(gates: list[Row], limits: list[Row], funded: set[str], tmp_path: Path) -> None:
    """A cut line leaves out 59.9 and whoever has no score; 100 of 400 is too little for private firms, 100 of 100 is not.

    Without a cut line A1 and A2 use up the 1,000 of money.
    """
    run = allocator.run(plan(tmp_path, gates, limits), out=tmp_path / "runs")

    assert funded == set(run.awards["project_id"])
    assert run.folder is not None
    assert verify(run.folder).ok


@pytest.mark.parametrize(
    ("codes", "faults"),
    [
        (["D4620", "D4610", "E4813"], 0), ({"not": ["C3110", "C3130", "B0610"]}, 0), (["D4620", "C3I12"], 1),
        (["D4610", "E4813"], 2), ("D4610", 1), (["D4620"], 0), (["D4620", "电力"], 1),
    ],
)  # fmt: skip
def test_a_list_of_the_state_names_more_industries_than_a_pool_has(codes: object, faults: int, tmp_path: Path) -> None:
    """Codes that no row has are let pass beside one that some row has; slips, and lists that say nothing, are faults."""
    path = plan(tmp_path, [{"name": "领域", "instruments": ["park"], "require": {"gb4754_code": codes}}], [])
    try:
        allocator.load(path)
        told = 0
    except InputError as error:
        told = len(error.messages)

    assert faults == told


def test_the_screening_table_says_who_is_below_the_line(tmp_path: Path) -> None:
    """Rule, value and threshold of the gate; a blank score is below every line."""
    solution = decide(plan(tmp_path, [CUT], []))
    rows = pd.DataFrame(solution.screening).query("rule == 'gate.评审.review_score' and project_id < 'B'")

    assert [("A2", "59.9", "{min: 60}"), ("A4", "", "{min: 60}")] == list(
        rows[["project_id", "value", "threshold"]].itertuples(index=False, name=None)
    )
