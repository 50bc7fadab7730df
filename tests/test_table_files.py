"""Files that are no tables are refused in one line each, fast, and cells without a value are never read as blank."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from tables_on_disk import PROJECTS, book, faults, reader

from allocator.tables.opened import Inputs


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Inputs]:
    """Writes files and reads the tables."""
    return reader(tmp_path, monkeypatch)


NOT_A_BOOK = "p.xlsx: not a readable workbook; open it in the spreadsheet program and save it as .xlsx again"
OLD = "p.xls: an old Office file that is no workbook; save the table as .xlsx"
NO_TEXT = "not UTF-8 from this row on, and no other encoding fits the whole file; save it as csv (UTF-8)"
BINARY = "projects.csv: not a table: the file holds binary data; save it as csv (UTF-8) or xlsx"
NOISE = random.Random(0).randbytes(10_000_000)
FILES: dict[str, tuple[str, dict[str, str | bytes], list[str]]] = {
    "missing": (
        "projects: project.csv",
        {},
        ["plan.yaml:7:11: projects: no such file: project.csv; did you mean 'projects.csv'?"],
    ),
    "nothing like it": ("projects: data/x.csv", {}, ["plan.yaml:7:11: projects: no such file: data/x.csv"]),
    "folder": (
        "projects: .",
        {},
        [
            "plan.yaml:7:11: projects: . is a folder; name a csv file or a workbook and its sheet, such as book.xlsx#Sheet1"
        ],
    ),
    "empty": ("projects: projects.csv", {"projects.csv": ""}, ["projects.csv: the file is empty"]),
    "only a header": (
        "projects: projects.csv",
        {"projects.csv": PROJECTS.split("\n")[0]},
        ["projects.csv: there is no row of data"],
    ),
    "old Office": ("projects: p.xls", {"p.xls": b"\xd0\xcf\x11\xe0" + b"0" * 999}, [OLD]),
    "renamed old Office": (
        "projects: p.xlsx",
        {"p.xlsx": b"\xd0\xcf\x11\xe0" + b"0" * 999},
        [OLD.replace("p.xls:", "p.xlsx:")],
    ),
    "workbook as csv": (
        "projects: projects.csv",
        {"projects.csv": b"PK\x03\x04" + b"0" * 99},
        [NOT_A_BOOK.replace("p.xlsx", "projects.csv")],
    ),
    "NUL bytes": ("projects: projects.csv", {"projects.csv": PROJECTS.encode() + b"\0"}, [BINARY]),
    "nonsense as csv": ("projects: projects.csv", {"projects.csv": NOISE}, [BINARY]),
    "nonsense as xlsx": ("projects: p.xlsx", {"p.xlsx": NOISE}, [BINARY.replace("projects.csv", "p.xlsx")]),
    "half a workbook": ("projects: p.xlsx", {"p.xlsx": book([["a"]])[:-200]}, [NOT_A_BOOK]),
    "one endless line": (
        "projects: projects.csv",
        {"projects.csv": b"lorem ipsum " * 900_000},
        ["projects.csv:1 (row): not a table: this row holds a cell of more than 100,000 characters"],
    ),
    "wrong encoding": (
        "projects: projects.csv",
        {"projects.csv": PROJECTS.encode() + b"P004,caf\xe9\xff\xff\n"},
        [f"projects.csv:5 (row): {NO_TEXT}"],
    ),
    "broken character": (
        "projects: projects.csv",
        {"projects.csv": PROJECTS.encode().replace("丙".encode(), "丙".encode()[:2])},
        [f"projects.csv:4 (row): {NO_TEXT}"],
    ),
    "no such sheet": (
        "projects: p.xlsx#项目",
        {"p.xlsx": book([["项目编号"]], "项目库", ("参数",))},
        ["plan.yaml:7:11: projects: p.xlsx has no sheet '项目'; did you mean '项目库'?"],
    ),
    "no such header": (
        "projects: projects.csv\ncolumns: {requested_amount: 申请}",
        {},
        [
            (
                "plan.yaml:8:29: columns.requested_amount: no table has the header '申请'; the headers are 项目编号, 项目名称,"
                " 设区市, 项目类别, 固定资产投资, 设备投资, 是否未来产业, 是否战新"
            )
        ],
    ),
}


@pytest.mark.sweep(1)
@pytest.mark.parametrize("name", FILES)
def test_faulty_files(read: Callable[..., Inputs], name: str) -> None:
    """A file that is no table is refused in one line, however large it is."""
    plan, files, expected = FILES[name]

    assert expected == faults(read, plan, **files)


def test_zip_bomb(read: Callable[..., Inputs]) -> None:
    """A workbook that would unpack to gigabytes is not opened."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 60_000_000)
    message = "the workbook would unpack to an enormous size and is not opened; save only the table in a new workbook"

    assert [f"p.xlsx: {message}"] == faults(read, "projects: p.xlsx", **{"p.xlsx": stream.getvalue()})


def test_far_away_cell(read: Callable[..., Inputs]) -> None:
    """A stray cell in the last corner of a sheet does not fill the memory."""
    rows: list[list[object]] = [["项目编号", "设区市", "项目类别"], ["P1", "a", "b"]]
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as workbook:
        table = workbook.add_worksheet("项目库")
        for number, row in enumerate(rows):
            table.write_row(number, 0, row)
        table.write(1_048_575, 16_383, 1)
    message = "too large to be a table of projects; keep only the rows and columns of the table"

    assert [f"p.xlsx#项目库: {message}"] == faults(read, "projects: p.xlsx", **{"p.xlsx": stream.getvalue()})


def test_cells_of_workbooks(read: Callable[..., Inputs]) -> None:
    """Formulas without a value and error values are named by their cell; they are never taken for blanks or zeros."""
    header = ["项目编号", "项目名称", "设区市", "项目类别", "固定资产投资"]
    rows: list[list[object]] = [
        ["2021年项目库"],
        header,
        ["P001", "甲", "南宁市", "技改", "=1+1"],
        ["P002", "乙", "=A1", "技改", "#N/A"],
        ["P003", "丙", "柳州市", "技改", "1.2亿"],
    ]
    calculate = (
        "a formula without a stored value; open the workbook in the spreadsheet program, let it calculate, and save"
    )
    expected = [
        f"p.xlsx#项目库!E3: 固定资产投资: {calculate}",
        f"p.xlsx#项目库!C4: 设区市: {calculate}",
        "p.xlsx#项目库!E4: 固定资产投资: the formula gives the error #N/A; mend it or write the value",
        "p.xlsx#项目库!E5: 固定资产投资: must be a number of 万元, got '1.2亿'; write 12000",
    ]

    assert expected == faults(read, "projects: p.xlsx#项目库", **{"p.xlsx": book(rows)})


def test_rates_that_a_workbook_shows_in_percent(read: Callable[..., Inputs]) -> None:
    """4.35% typed into a cell is stored as 0.0435: it is read as what the planner sees, as is a plain 4.35 beside it."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as workbook:
        shown = [workbook.add_format({"num_format": code}) for code in ("0.00%", "0.0%;[Red]-0.0%", '0.00"%"')]
        table = workbook.add_worksheet()
        table.write_row(0, 0, ["项目编号", "项目名称", "设区市", "项目类别", "贷款利率", "实现概率", "固定资产投资"])
        for number, (rate, style) in enumerate(zip((0.0435, 0.029, 3.8, 4.35), [*shown, None], strict=True), 1):
            table.write_row(number, 0, [f"P{number}", "甲", "南宁市", "技改"])
            table.write_number(number, 4, rate, style)
            table.write_number(number, 5, 0.85, shown[0])
            table.write_number(number, 6, 100)

    projects = read("projects: p.xlsx", **{"p.xlsx": stream.getvalue()}).projects

    assert [4.35, 2.9, 3.8, 4.35] == projects["loan_rate"].tolist()
    assert [0.85] * 4 == projects["p_realise"].tolist()
