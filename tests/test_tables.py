"""Tables are read as planners mean them, whatever the file, the unit, the headers and the order of rows."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from tables_on_disk import reader

from allocator.config.source.months import month_in
from allocator.money import Money
from allocator.tables.files.cells import number_in, to_fen
from allocator.tables.opened import Inputs

HEADERS = {
    "project_id": "项目编号",
    "project_name": "项目名称",
    "region": "设区市",
    "category": "项目类别",
    "fixed_investment": "固定资产投资",
    "is_sei": "是否战新",
    "is_future": "是否未来产业",
    "start_ym": "开工年月",
    "program_tags": "计划标签",
    "requires": "前置条件",
    "lock": "锁定",
}
VALUES = [
    ["P002", "乙（一期）", "柳州市", "技改", "2000.5", "0.5", "1", "2022-01", "双百双新;千企技改", "", "必选"],
    ["001", "甲", "南宁市", "技改", "1234567.89", "是", "0", "2021-03", "", "P002;P010", ""],
    ["P010", "丙", "", "重大", "", "", "", "", "", "", "排除"],
]
ROWS = [dict(zip(HEADERS, row, strict=True)) | {"region": row[2] or "桂林市"} for row in VALUES]


def as_csv(rows: list[dict[str, str]], headers: dict[str, str] | None = None, encoding: str = "utf-8") -> bytes:
    """Rows as a CSV file, with the given headers."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow([(headers or {}).get(name, name) for name in rows[0]])
    writer.writerows(row.values() for row in rows)
    return stream.getvalue().encode(encoding)


def as_book(rows: list[dict[str, str]], title: str = "", sheet: str = "项目库") -> bytes:
    """Rows as a workbook whose numbers are numbers and whose months are dates, below a merged title."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as workbook:
        table = workbook.add_worksheet(sheet)
        month = workbook.add_format({"num_format": "yyyy-mm"})
        top = 0
        if title:
            table.merge_range(0, 0, 0, len(rows[0]) - 1, title)
            top = 2
        for number, row in enumerate([dict(zip(rows[0], rows[0], strict=True)), *rows], top):
            for column, text in enumerate(row.values()):
                if re.fullmatch(r"[1-9]\d*(\.\d+)?|0(\.\d+)?", text):
                    table.write_number(number, column, float(text))
                elif re.fullmatch(r"\d{4}-\d{2}", text):
                    table.write_datetime(number, column, dt.datetime.fromisoformat(f"{text}-01"), month)
                elif text:
                    table.write_string(number, column, text)
    return stream.getvalue()


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Inputs]:
    """Writes files and reads the tables."""
    return reader(tmp_path, monkeypatch)


def notices(inputs: Inputs) -> list[str]:
    """What the planner is told."""
    assert all(notice.text("zh") for notice in inputs.notices)
    return [notice.text("en") for notice in inputs.notices]


def test_types(read: Callable[..., Inputs]) -> None:
    """Projects are sorted by id as text; blanks are '' or NaN, money is whole fen, ids and names stand as written."""
    projects = read(**{"projects.csv": as_csv(ROWS)}).projects
    expected = {
        "project_id": ["001", "P002", "P010"],
        "project_name": ["甲", "乙（一期）", "丙"],
        "fixed_investment": [1234567890000.0, 2000500000.0, None],
        "is_sei": [1.0, 0.5, None],
        "is_future": [0.0, 1.0, None],
        "start_ym": ["2021-03", "2022-01", ""],
        "start_year": [2021.0, 2022.0, None],
        "program_tags": ["", "双百双新;千企技改", ""],
        "requires": ["P002;P010", "", ""],
        "lock": ["", "must_fund", "must_not"],
    }
    found = {name: [None if pd.isna(cell) else cell for cell in projects[name]] for name in expected}

    assert expected == found


@pytest.mark.parametrize("money", ["元", "千元", "亿元", "百万元"])
def test_units_do_not_matter(read: Callable[..., Inputs], money: str) -> None:
    """The same data in another unit gives the identical frame."""
    unit, usual = Money.of(money), Money.of("万元")
    amounts = [number_in(row["fixed_investment"]) for row in ROWS]
    texts = ["" if amount is None else unit.text(usual.to_fen(amount)) for amount in amounts]
    rows = [row | {"fixed_investment": text} for row, text in zip(ROWS, texts, strict=True)]
    expected = read(**{"projects.csv": as_csv(ROWS)}).projects

    pd.testing.assert_frame_equal(expected, read(money=money, **{"projects.csv": as_csv(rows)}).projects)


def test_headers_and_order_do_not_matter(read: Callable[..., Inputs]) -> None:
    """Chinese or English headers, columns and rows in any order give the identical frame."""
    expected = read(**{"projects.csv": as_csv(ROWS)}).projects
    turned = [dict(reversed(row.items())) for row in reversed(ROWS)]

    pd.testing.assert_frame_equal(expected, read(**{"projects.csv": as_csv(ROWS, HEADERS)}).projects)
    pd.testing.assert_frame_equal(expected, read(**{"projects.csv": as_csv(turned, HEADERS)}).projects)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(read: Callable[..., Inputs], encoding: str) -> None:
    """UTF-8 with and without a mark, GB18030 and UTF-16 give the identical frame; the last two are told."""
    expected = read(**{"projects.csv": as_csv(ROWS)}).projects
    inputs = read(**{"projects.csv": as_csv(ROWS, HEADERS, encoding)})
    told = {"gb18030", "utf-16"} & {encoding}

    pd.testing.assert_frame_equal(expected, inputs.projects)
    assert [f"projects.csv: read as {name.upper()}; save as csv (UTF-8) to be safe" for name in told] == notices(inputs)


def test_workbooks(read: Callable[..., Inputs]) -> None:
    """A workbook gives the frame that the CSV gives, also below a merged title, and its cells are named by letters."""
    expected = read(**{"projects.csv": as_csv(ROWS)}).projects
    plain = read("projects: book.xlsx#项目库", **{"book.xlsx": as_book(ROWS)})
    titled = read("projects: book.xlsx", **{"book.xlsx": as_book(ROWS, "2021年项目库")})

    pd.testing.assert_frame_equal(expected, plain.projects)
    pd.testing.assert_frame_equal(expected, titled.projects)
    assert "book.xlsx#项目库!E3" == plain.place("projects", 0, "fixed_investment")
    assert "book.xlsx#项目库!C5" == titled.place("projects", 0, "region")
    assert ["book.xlsx#项目库: the header is taken from row 3; the rows above it are not read"] == notices(titled)


def test_places(read: Callable[..., Inputs]) -> None:
    """Rows of the sorted frame are traced back to the row of the file, blank rows and titles included."""
    lines = as_csv(ROWS, HEADERS).decode().split("\r\n")
    text = "\n".join(["2021年项目库" + "," * 10, *lines[:2], "", *lines[2:]])
    inputs = read(**{"projects.csv": text.encode()})

    assert ["projects.csv:5 (row)", "projects.csv:3 (row)", "projects.csv:6 (row)"] == [
        inputs.place("projects", row, "region") for row in range(3)
    ]


@pytest.mark.parametrize(("delimiter", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_delimiters(read: Callable[..., Inputs], delimiter: str, name: str) -> None:
    """Semicolons and tabs between columns are recognised and told."""
    rows = [{key: cell.replace(";", "、") for key, cell in row.items()} for row in ROWS]
    expected = read(**{"projects.csv": as_csv(ROWS)}).projects
    inputs = read(**{"projects.csv": as_csv(rows).replace(b",", delimiter.encode())})

    pd.testing.assert_frame_equal(expected, inputs.projects)
    assert [f"projects.csv: columns are separated by {name}, read so"] == notices(inputs)


TYPED = {"1,234": 1234, "１，２３４": 1234, "１２３４．５": 1234.5, " 1234": 1234, "1 234 567": 1234567, "＋5": 5}


@pytest.mark.parametrize("cell", TYPED)
def test_numbers_as_typed(read: Callable[..., Inputs], cell: str) -> None:
    """Full-width digits, thousands separators and stray spaces are read as meant, with one notice per column."""
    rows = [ROWS[0] | {"fixed_investment": cell}, ROWS[1], ROWS[2] | {"fixed_investment": "2,000"}]
    inputs = read(**{"projects.csv": as_csv(rows)})
    shown = f" {cell.strip()} " if cell != cell.strip() else cell
    text = f"{TYPED[cell]}"
    message = f"2 cells are not written as plain numbers and are read as meant, the first '{shown}' as {text}"

    assert TYPED[cell] * 1e6 == inputs.projects["fixed_investment"][1]
    assert [f"projects.csv:2 (row): fixed_investment: {message}"] == notices(inputs)


def test_scientific_and_plain_need_no_notice(read: Callable[..., Inputs]) -> None:
    """What programs write is no oddity."""
    rows = [row | {"fixed_investment": cell} for row, cell in zip(ROWS, ["1.5E+3", "+7", ".5"], strict=True)]
    inputs = read(**{"projects.csv": as_csv(rows)})

    assert [7e6, 1.5e9, 5e5] == inputs.projects["fixed_investment"].tolist()
    assert [] == notices(inputs)


MONEY = st.sampled_from([Money.of(name) for name in ("元", "万元", "亿元", "1000 EUR", "USD")])


@given(st.lists(st.integers(-(10**16), 10**16), min_size=1, max_size=30), MONEY)
def test_amounts_are_exact(amounts: list[int], money: Money) -> None:
    """An amount of any size within scale becomes exactly the fen written, whichever unit it is written in."""
    texts = [money.text(fen) for fen in amounts]
    read = to_fen(np.array([float(text) for text in texts]), texts, money)
    expected = [None if abs(fen) > money.largest else fen for fen in amounts]

    assert expected == [None if np.isnan(fen) else int(fen) for fen in read.fen]
    assert [] == read.finer


def test_finer_than_a_fen(read: Callable[..., Inputs]) -> None:
    """Amounts finer than 0.01 yuan are rounded half up and told; the noise of a spreadsheet is not worth a word."""
    rows = [
        row | {"fixed_investment": cell}
        for row, cell in zip(ROWS, ["0.0000005", "0.1", "1234.5600000001"], strict=True)
    ]
    inputs = read(**{"projects.csv": as_csv(rows)})
    message = "1 amount is finer than 0.01 元 and is rounded, the first '0.0000005' to 0.000001"

    assert [100000.0, 1.0, 1234560000.0] == inputs.projects["fixed_investment"].tolist()
    assert [f"projects.csv:2 (row): fixed_investment: {message}"] == notices(inputs)


def test_own_columns(read: Callable[..., Inputs]) -> None:
    """A column of the planner's own is numbers when all its cells are, and none is a code."""
    own = {
        "数": ["1", "-2.5", ""],
        "号": ["007", "1", "2"],
        "长号": ["4500000000000000001", "1", "2"],
        "混": ["1", "2", "x"],
        "词": ["a", "Ｂ１", ""],
    }
    rows = [row | {name: cells[number] for name, cells in own.items()} for number, row in enumerate(ROWS)]
    inputs = read(**{"projects.csv": as_csv(rows)})
    kinds = {name: "text" if inputs.projects[name].dtype == object else "numbers" for name in own}
    message = "read as text, since not every cell is a number (67% are); the first that is none is 'x'"

    assert {"数": "numbers", "号": "text", "长号": "text", "混": "text", "词": "text"} == kinds
    assert ["B1", "a", ""] == inputs.projects["词"].tolist()
    assert [f"projects.csv:4 (row): 混: {message}"] == notices(inputs)


def test_mapped_headers(read: Callable[..., Inputs]) -> None:
    """`columns` names headers that are in neither language; one header may serve two names, city stays one's own."""
    rows = [{"编码": "1", "state": "AK", "city": "X", "用途": "a", "固投额": "5"}]
    plan = (
        "projects: projects.csv\ncolumns: {project_id: 编码, region: state, category: 用途, "
        "fixed_investment: 固投额, total_investment: 固投额}"
    )
    inputs = read(plan, **{"projects.csv": as_csv(rows)})
    expected = {
        "project_id": "1",
        "region": "AK",
        "category": "a",
        "total_investment": 5e6,
        "fixed_investment": 5e6,
        "project_name": "1",
        "city": "X",
    }

    assert expected == {name: inputs.projects[name][0] for name in expected}
    assert len(expected) == len(inputs.projects.columns)


def test_units_in_headers(read: Callable[..., Inputs]) -> None:
    """A unit in brackets, line breaks and spaces in a header do not hide the column."""
    headers = HEADERS | {"fixed_investment": "固定资产投资\n（万元）", "project_id": " 项目 编号 ", "is_sei": "IS SEI"}
    expected = read(**{"projects.csv": as_csv(ROWS)}).projects

    pd.testing.assert_frame_equal(expected, read(**{"projects.csv": as_csv(ROWS, headers)}).projects)


def test_regions_are_joined(read: Callable[..., Inputs]) -> None:
    """The columns of the regions table are joined on the region, in whatever width it is written."""
    regions = "地市,zone,人口\n南宁市,南,８00\n柳州市　,中,400\n桂林市,北,\n".encode()
    inputs = read("projects: projects.csv\nregions: r.csv", **{"projects.csv": as_csv(ROWS), "r.csv": regions})

    assert ["南", "中", "北"] == inputs.projects["zone"].tolist()
    assert [800.0, 400.0] == inputs.projects["人口"].tolist()[:2]
    assert ["projects", "regions"] == [file.role for file in inputs.files]


OPTIONS = """\
项目编号,option,财政资金 ＠ 2022,fiscal@2021,带动投资,profit
P010,b,1,2.5,-3,7
001,a,0,0,0,-1
P010,a,0,0.01,5,2
"""


def test_options(read: Callable[..., Inputs]) -> None:
    """Options are sorted by project and name; payments carry the source's key, the award is their sum."""
    inputs = read("projects: projects.csv\noptions: o.csv", **{"projects.csv": as_csv(ROWS), "o.csv": OPTIONS.encode()})
    assert inputs.options is not None
    expected = {
        "project_id": ["001", "P010", "P010"],
        "option": ["a", "a", "b"],
        "fiscal@2021": [0.0, 10000.0, 2500000.0],
        "fiscal@2022": [0.0, 0.0, 1000000.0],
        "award": [0.0, 10000.0, 3500000.0],
        "leveraged_investment": [0.0, 5e6, -3e6],
        "profit": [-1.0, 2.0, 7.0],
    }

    assert expected == {name: inputs.options[name].tolist() for name in expected}
    assert "o.csv:2 (row)" == inputs.place("options", 2, "profit")


def test_commitments(read: Callable[..., Inputs]) -> None:
    """Commitments may have started before the plan and need no name."""
    table = "project_id,start_year,fiscal@2021\nP010,2019,5\nP010,2020,6\n001,2020,7\n"
    inputs = read(
        "projects: projects.csv\ncommitments: c.csv", **{"projects.csv": as_csv(ROWS), "c.csv": table.encode()}
    )
    assert inputs.commitments is not None

    assert ["committed", "committed#1", "committed#2"] == inputs.commitments["option"].tolist()
    assert [2020.0, 2019.0, 2020.0] == inputs.commitments["start_year"].tolist()


def test_factors(read: Callable[..., Inputs]) -> None:
    """Factor tables are known by their path, their attributes by either header."""
    plan = "projects: projects.csv\nleverage: {additionality: {by: [category, instrument], file: f.csv}}"
    table = "项目类别,instrument,系数\n技改,grant,0.3\n重大,grant,1\n"
    inputs = read(plan, **{"projects.csv": as_csv(ROWS), "f.csv": table.encode()})
    (frame,) = inputs.factors.values()
    expected = {"category": ["技改", "重大"], "instrument": ["grant", "grant"], "value": [0.3, 1.0]}

    assert expected == {name: frame[name].tolist() for name in frame.columns}
    assert "factor:f.csv" == inputs.files[-1].role


MONTHS = {
    "2021-03": "2021-03",
    "2021/3": "2021-03",
    "2021.03": "2021-03",
    "２０２１年３月": "2021-03",
    "202103": "2021-03",
    "2021-03-15": "2021-03",
    "2021年3月15日": "2021-03",
    "44256": "2021-03",
    "2021": None,
    "2021.1": None,
    "2021-13": None,
    "三月": None,
}


@pytest.mark.parametrize("cell", MONTHS)
def test_months(cell: str) -> None:
    """Months are read from what people and spreadsheets write; 2021.1 may be January or October."""
    assert MONTHS[cell] == month_in(cell)
