"""Numbers are read as a spreadsheet shows them, and as the config says that they are written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tables_on_disk import OPTIONS, PROJECTS, book, faults, reader

from allocator.config.source.months import month_in
from allocator.tables.files.cells import shown
from allocator.tables.opened import Inputs

Read = Callable[..., Inputs]
HEADER: list[object] = ["project_id", "project_name", "region", "category", "fixed_investment", "own", "jobs"]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Writes files and reads the tables."""
    return reader(tmp_path, monkeypatch)


SHOWN = {
    0.7 + 0.1: 0.8,
    0.1 + 0.2: 0.3,
    1.1 * 3: 3.3,
    4.35 * 100: 435.0,
    1 - 0.9: 0.1,
    100 * 1.1: 110.0,
    2021.0000000000002: 2021.0,
    1 / 3: 0.333333333333333,
    0.1 + 0.2 - 0.3: 0.0,
    -5.551115123125783e-17: 0.0,
    1234567.891: 1234567.891,
    1e-9: 1e-9,
    12345678901234568.0: 12345678901234568.0,
    1e300: 1e300,
}


@pytest.mark.parametrize("number", SHOWN)
def test_a_number_as_a_spreadsheet_shows_it(number: float) -> None:
    """Fifteen digits; what arithmetic left over is 0; whole and plain numbers stay what they are."""
    assert SHOWN[number] == shown(np.array([number]))[0][0]


def test_what_is_left_over_beside_large_numbers() -> None:
    """1000000.1 - 1000000 - 0.1 is nothing among numbers of that size."""
    read, left = shown(np.array([1000000.1 - 1000000 - 0.1, 1e6, np.nan, 0.25]))

    assert ([0.0, 1e6, 0.25], [0]) == ([value for value in read if value == value], left)  # noqa: PLR0124


@pytest.mark.parametrize("form", ["book", "text"])
def test_sums_of_a_workbook_and_of_an_export(read: Read, form: str) -> None:
    """Own columns, whole numbers, flags, ids and texts alike; a left-over is told."""
    rows: list[list[object]] = [
        HEADER,
        [1001.0000000000001, "甲", "南宁市", "技改", 0.1 + 0.2, 0.7 + 0.1, 3.0000000000000004],
        [1002.0, "乙", "南宁市", "技改", 1000.0, 0.1 + 0.2 - 0.3, 1.0],
    ]
    text = (
        "\n".join(",".join(map(str, row)) for row in rows)
        .replace("1001.0000000000001", "1001")
        .replace(",1002.0", "1002")
    )
    files = {"p.xlsx": book(rows), "p.csv": text.replace("1002.0", "1002")}
    inputs = read(f"projects: p.{'xlsx' if form == 'book' else 'csv'}", **files)

    assert ["1001", "1002"] == inputs.projects["project_id"].tolist()
    assert [0.8, 0.0] == inputs.projects["own"].tolist()
    assert [3.0, 1.0] == inputs.projects["jobs"].tolist()
    assert [300_000.0, 1e9] == [value * 1.0 for value in inputs.projects["fixed_investment"]]
    assert ["own: 1 number is what arithmetic left over, the first '5.551115123125783e-17', and count as 0"] == [
        notice.text("en").split(": ", 1)[1] for notice in inputs.notices if notice.code == "tables.left_over"
    ]


EURO = PROJECTS.replace(",", ";").replace("0.5", "0,5")
COMMA = 'projects: projects.csv\ntables: {decimal: ","}'
EUROPEAN = {
    "1.234,56": 1234.56,
    "1234,56": 1234.56,
    "1.234": 1234.0,
    "0,5": 0.5,
    "1.234.567": 1234567.0,
    "1 234,5": 1234.5,
    "12": 12.0,
}


@pytest.mark.parametrize("cell", EUROPEAN)
def test_decimal_commas_that_are_declared(read: Read, cell: str) -> None:
    """In amounts and in columns of the planner's own; text stays as it is."""
    text = EURO.replace("1000", cell).replace("开工年月", "v").replace("2021-03", cell)
    text = text.replace("2022-01", "1,5").replace("2021-12", "").replace("甲", "甲 1.234,5")
    projects = read(COMMA, **{"projects.csv": text}).projects

    assert round(EUROPEAN[cell] * 1e6) == projects["fixed_investment"][0]
    assert EUROPEAN[cell] == projects["v"][0]
    assert "甲 1.234,5" == projects["project_name"][0]


def test_decimal_commas_in_options_and_workbooks(read: Read) -> None:
    """Payments are read alike; a number of a workbook is a number already."""
    options = OPTIONS.replace(",", ";").replace(";10;0;100", ";10,5;0;1.000,25")
    inputs = read(f"{COMMA}\noptions: o.csv", **{"projects.csv": EURO, "o.csv": options})
    by_book = read(
        'projects: p.xlsx\ntables: {decimal: ","}',
        **{"p.xlsx": book([HEADER, ["A", "甲", "南宁市", "技改", 1000.5, 0.25, 1.0]])},
    )

    assert inputs.options is not None
    assert 10_500_000 == inputs.options["fiscal@2021"][0]
    assert (100_050_000 * 10, 0.25) == (by_book.projects["fixed_investment"][0], by_book.projects["own"][0])


@pytest.mark.parametrize("cell", ["12.5", "1.23", "1,234.5", "1.2345"])
def test_decimal_points_where_commas_are_declared(read: Read, cell: str) -> None:
    """They are refused and not read as something else."""
    [line] = faults(read, COMMA, **{"projects.csv": EURO.replace("1000", cell)})

    assert f"got '{cell}'" in line


@pytest.mark.parametrize(
    ("cell", "write"), [("1.234,56", "1234.56"), ("12.345.678,9", "12345678.9"), ("12,5", "12.5 or 125")]
)
def test_decimal_commas_that_are_not_declared(read: Read, cell: str, write: str) -> None:
    """They are refused, with what to write and the key that declares them."""
    [line] = faults(read, **{"projects.csv": PROJECTS.replace(",", ";").replace("1000", cell)})

    assert line.endswith(
        f'; write {write}, or tables: {{decimal: ","}} in the config if the tables have decimal commas'
    )


DATES = {
    ("31.12.2021", "dmy"): "2021-12", ("31/12/2021", "dmy"): "2021-12", ("1-3-2021", "dmy"): "2021-03",
    ("03/04/2021", "dmy"): "2021-04", ("03/04/2021", "mdy"): "2021-03", ("12/31/2021", "mdy"): "2021-12",
    ("12/2021", "dmy"): "2021-12", ("3.2021", "mdy"): "2021-03", ("2021-03-31", "dmy"): "2021-03",
    ("2021年3月", "mdy"): "2021-03", ("31.12.2021", "mdy"): None, ("12/31/2021", "dmy"): None,
    ("31.12.2021", "ymd"): None, ("31.12.21", "dmy"): None, ("44256", "dmy"): "2021-03",
}  # fmt: skip


@pytest.mark.parametrize(("cell", "order"), DATES)
def test_dates_in_the_declared_order(cell: str, order: str) -> None:
    """Day or month first where the year stands last; a year in front is never in doubt."""
    assert DATES[cell, order] == month_in(cell, order)


def test_dates_of_a_table(read: Read) -> None:
    """Declared, they give the start; undeclared, they are refused with the key."""
    files = {"projects.csv": PROJECTS.replace("2021-03", "31.12.2021")}
    projects = read("projects: projects.csv\ntables: {dates: dmy}", **files).projects
    [line] = faults(read, **files)

    assert ("2021-12", 2021) == (projects["start_ym"][0], projects["start_year"][0])
    assert line == (
        "projects.csv:2 (row): 开工年月: must be a month, got '31.12.2021'; write it as 2021-03, or"
        " tables: {dates: dmy} in the config if the day stands first, mdy if the month does"
    )
