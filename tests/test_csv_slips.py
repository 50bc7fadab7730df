"""Slips of CSV files that would be read in silence: rows within a quotation, and the errors of formulas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tables_on_disk import OPTIONS, PROJECTS, REGIONS, faults, reader

from allocator.tables.opened import Inputs

HEADER = "项目编号,项目名称,设区市,项目类别,固定资产投资,备注"
ROWS = [
    *("A1,甲,南宁市,技改,1000,", "A2,乙,南宁市,技改,2000,", "A3,丙,柳州市,技改,3000,", "A4,丁,柳州市,技改,4000,"),
    *("A5,戊,柳州市,技改,5000,", "A6,己,柳州市,技改,,", "A7,庚,柳州市,技改,7000,"),
]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Inputs]:
    """Writes files and reads the tables."""
    return reader(tmp_path, monkeypatch)


def quoted(opens: int, closes: int, column: int = 5, delimiter: str = ",") -> str:
    """The table with a mark before the cell of one row and one after that of another; a remark stands in the last."""
    rows = [row.split(",") for row in ROWS]
    rows[opens][column] = '"' + (rows[opens][column] or "一期")
    rows[closes][column] = (rows[closes][column] or "二期") + '"'
    return "\n".join(delimiter.join(row) for row in [HEADER.split(","), *rows]) + "\n"


SWALLOWED = {
    "four rows": (quoted(1, 5), 3, 4),
    "a single row": (quoted(2, 3), 4, 1),
    "within the id column": (quoted(1, 3, 0), 3, 2),
    "within the name column": (quoted(0, 1, 1), 2, 1),
    "within the amounts": (quoted(2, 4, 4), 4, 2),
    "the last rows": (quoted(4, 6), 6, 2),
    "tabs": (quoted(1, 4, 5, "\t"), 3, 3),
    "semicolons": (quoted(1, 4, 5, ";"), 3, 3),
    "Windows line ends": (quoted(1, 5).replace("\n", "\r\n"), 3, 4),
}


@pytest.mark.parametrize("name", SWALLOWED)
def test_rows_within_a_quotation_are_told(read: Callable[..., Inputs], name: str) -> None:
    """The row in which the mark opens, and how many rows are lost in it."""
    text, row, count = SWALLOWED[name]
    told = faults(read, **{"projects.csv": text})

    rows = "row" if count == 1 else "rows"
    assert (
        f"projects.csv:{row} (row): a quotation mark opened in this row is closed only {count} {rows} later" in told[0]
    )


def test_a_mark_that_is_never_closed_is_told(read: Callable[..., Inputs]) -> None:
    """At the row in which it opens."""
    told = faults(read, **{"projects.csv": quoted(1, 5).replace('二期"', "二期")})

    assert told == [
        "projects.csv:3 (row): a quotation mark opened in this row is not closed as it should be; remove it or double it"
    ]


REMARKS = [
    "一期\n二期",
    "第一,第二,第三\n第四,第五",
    "a,b,c,d,e,f\ng",
    '内径 10"" 管\n二',
    "x\n1,2,3,4,五,乙",
    "甲，乙，丙\n丁，戊，己",
]


@pytest.mark.parametrize("remark", REMARKS)
def test_a_remark_of_several_lines_is_no_fault(read: Callable[..., Inputs], remark: str) -> None:
    """Lines that are no rows of this table stay a remark, and so do marks within a cell that has none around it."""
    text = "\n".join([HEADER, f'A0,零,南宁市,技改,900,"{remark}"', 'A9,10" 管,南宁市,技改,100,', *ROWS]) + "\n"

    assert len(ROWS) + 2 == len(read(**{"projects.csv": text}).projects)


ERRORS = ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA",
          "#n/a", " #N/A ", "＃Ｎ／Ａ", "#DIV/0", "#NV", "#BEZUG!", "#¡REF!", "Err:502", "#######"]  # fmt: skip


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_value_is_refused_in_any_column(read: Callable[..., Inputs], error: str) -> None:
    """In a place, an amount and a column of the planner's own alike, once a cell."""
    text = PROJECTS.replace("南宁市", error, 1).replace("2000", error, 1).replace("\n", ",集团\n", 1)
    text = (
        text.replace("2021-03,,\n", f"2021-03,,,{error}\n")
        .replace(",P001\n", ",P001,b\n")
        .replace("12,,\n", "12,,,c\n")
    )
    told = faults(read, **{"projects.csv": text})

    says = f"'{error.strip()}' is what a spreadsheet writes for an error; mend it or write the value"
    assert told == [
        f"projects.csv:2 (row): 设区市: {says}",
        f"projects.csv:3 (row): 固定资产投资: {says}",
        f"projects.csv:2 (row): 集团: {says}",
    ]


def test_an_error_value_is_refused_in_further_tables(read: Callable[..., Inputs]) -> None:
    """Options, regions and factors too."""
    tables = "projects: projects.csv\noptions: o.csv\nregions: r.csv\nleverage: {realisation: {by: stage, file: f.csv}}"
    files = {
        "o.csv": OPTIONS.replace("10,0,100", "#REF!,0,100"),
        "r.csv": REGIONS.replace("中", "#N/A"),
        "f.csv": "stage,value\n在建,#DIV/0!\n",
    }
    told = faults(read, tables, **files)

    assert {"o.csv:2 (row)", "r.csv:3 (row)", "f.csv:2 (row)"} == {":".join(line.split(":")[:2]) for line in told}


@pytest.mark.parametrize("name", ["#1车间", "C#", "#", "##", "N/A#", "Erra", "#N号线"])
def test_a_name_with_a_hash_is_no_error(read: Callable[..., Inputs], name: str) -> None:
    """Only what spreadsheets write is refused."""
    text = PROJECTS.replace(",甲,", f",{name},")

    assert name == read(**{"projects.csv": text}).projects["project_name"][0]
