"""Cells that a program spoilt before: lost letters, ids that became numbers, points of thousands."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import openpyxl
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
HEADERS = ("项目编号", "项目名称", "设区市", "项目类别", "固定资产投资")
CODES = ("tables.letters_lost", "tables.id_rounded", "tables.point_of_thousands")


def rows(**first: object) -> list[list[object]]:
    """A header and three projects, the first with other cells."""
    table: list[list[object]] = [[f"P{number}", f"项目{number}", "甲市", "技改", 100 * number] for number in (1, 2, 3)]
    for header, value in first.items():
        table[0][HEADERS.index(header)] = value
    return [list(HEADERS), *table]


def in_csv(tmp_path: Path, table: list[list[object]], separator: str = ",") -> Path:
    """A plan whose project table is a text file."""
    path = write_plan(tmp_path, CONFIG | {"projects": "p.csv"})
    text = "".join(separator.join(map(str, row)) + "\n" for row in table)
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    return path


def told(path: Path) -> list[tuple[str, str]]:
    return [(notice.code, notice.where) for notice in allocator.load(path).notices if notice.code in CODES]


@pytest.mark.parametrize("text", ["铝\ufffd加工", "\ufffd\ufffd", "锟斤拷锟斤拷", "Stra\ufffde", "ï¿½bersee"])
def test_lost_letters_are_told(text: str, tmp_path: Path) -> None:
    """Whatever the wrong encoding left in their place."""
    assert [("tables.letters_lost", "p.csv:2 (row)")] == told(in_csv(tmp_path, rows(项目名称=text)))


@pytest.mark.parametrize("text", ["1.23E+17", "4.501E+11", "4,5E+17", "1e+18", "2E17"])
def test_ids_that_became_numbers_are_told(text: str, tmp_path: Path) -> None:
    """As a spreadsheet writes them into a text file."""
    cell = f'"{text}"'
    assert [("tables.id_rounded", "p.csv:2 (row)")] == told(in_csv(tmp_path, rows(项目编号=cell)))


def test_an_id_stored_as_a_number_of_a_workbook_is_told(tmp_path: Path) -> None:
    """18 digits do not fit; 15 do."""
    for number, told_of in ((450100202403000123, ["tables.id_rounded"]), (450100202403000, [])):
        book, data = openpyxl.Workbook(), BytesIO()
        for row in rows(项目编号=number):
            book.active.append(row)
        book.save(data)
        path = write_plan(tmp_path / str(number), CONFIG | {"projects": "p.xlsx"})
        (path.parent / "p.xlsx").write_bytes(data.getvalue())

        assert told_of == [code for code, _ in told(path)]


@pytest.mark.parametrize("text", ["450100202403000123", "E17", "1E2", "12E+1A", "A1.2E+17"])
def test_other_ids_are_ids(text: str, tmp_path: Path) -> None:
    """Nothing is told of them."""
    assert [] == told(in_csv(tmp_path, rows(项目编号=text)))


@pytest.mark.parametrize(
    ("amounts", "separator", "count"),
    [
        (["8.000", "6.200", "5.100"], ";", 1),
        (["8.125", "120.000", "5.100"], ";", 1),
        (["8.000", "", "5.100"], ";", 1),
        (["8.000", "6.2", "5.100"], ";", 0),
        (["8.000", "", ""], ";", 0),
        (["0.500", "6.200", "5.100"], ";", 0),
        (["8.000", "6.200", "5.100"], ",", 0),
        (["8000.000", "6200.000", "5100.000"], ";", 0),
    ],
)
def test_points_that_may_separate_thousands_are_told(
    amounts: list[str], separator: str, count: int, tmp_path: Path
) -> None:
    """Where every amount has three digits after its point, in a file of a country with decimal commas."""
    table = [list(HEADERS), *([*row[:4], amount] for row, amount in zip(rows()[1:], amounts, strict=True))]

    assert count == [code for code, _ in told(in_csv(tmp_path, table, separator))].count("tables.point_of_thousands")


def test_an_amount_beyond_every_scale_is_refused(tmp_path: Path) -> None:
    """With its cell, however large."""
    for text in ("1e300", "1e308", "9" * 60):
        with pytest.raises(InputError) as caught:
            allocator.load(in_csv(tmp_path / text[:5], rows(固定资产投资=text)))

        assert ["p.csv:2 (row)"] == [message.where for message in caught.value.messages]


def test_cells_merged_over_columns_are_refused(tmp_path: Path) -> None:
    """A block of 2 × 2 below the header; a title above it and a column of one place are not."""
    for block, codes in (("C3:D4", ["tables.merged_block"]), ("C3:C4", []), ("A1:E1", [])):
        book, data = openpyxl.Workbook(), BytesIO()
        for row in [["项目表"], *rows()]:
            book.active.append(row)
        book.active.merge_cells(block)
        book.save(data)
        path = write_plan(tmp_path / block[:2], CONFIG | {"projects": "p.xlsx"})
        (path.parent / "p.xlsx").write_bytes(data.getvalue())
        try:
            found = [notice.code for notice in allocator.load(path).notices]
        except InputError as error:
            found = [message.code for message in error.messages]

        assert codes == [code for code in found if code == "tables.merged_block"]
