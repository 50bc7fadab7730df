"""The workbook: a sheet for every table, numbers as numbers, everything else as text that never runs as a formula; forms first, as finance files them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import xlsxwriter

from allocator.messages import say
from allocator.money.arrays import is_nan
from allocator.report.amounts import width
from allocator.report.cells import decimals, shown_decimals
from allocator.report.workbook import documents, native_charts, streamed
from allocator.report.workbook.filing import left_out, notice, places, schedule
from allocator.report.workbook.filing_goals import goals, goals_by_project
from allocator.report.workbook.filing_money import balance, bond_projects
from allocator.report.workbook.formats import Formats

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from allocator.report.sections import Report
    from allocator.report.view import Column, Table, View
    from allocator.report.workbook.documents import Document


SAMPLE = 200
WIDEST = 48
ROWS_OF_A_SHEET = 1_048_575
"""A sheet of Excel holds no more below its header."""
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def forms(view: View) -> Iterator[Document]:
    """Every form that the run has something for."""
    listed = schedule(view)
    yield listed
    yield places(view, listed)
    for make in (balance, goals, goals_by_project, bond_projects):
        if (form := make(view)) is not None:
            yield form
    yield left_out(view)
    yield notice(view, listed)


def write(report: Report, path: Path) -> None:
    """Write the workbook of a run."""
    with xlsxwriter.Workbook(path, OPTIONS) as book:
        formats = begun(report, book)
        native_charts.charts(report, book, formats, say("report.native_charts", report.language))
        for form in forms(report.view):
            documents.write(form, report.view, book, formats)
        for table in report.tables:
            sheet(report, table, book, formats)


def write_tables(report: Report, path: Path) -> None:
    """Write a workbook of tables alone."""
    with xlsxwriter.Workbook(path, OPTIONS) as book:
        formats = begun(report, book)
        for table in report.tables:
            sheet(report, table, book, formats)


def begun(report: Report, book: Any) -> Formats:
    """A workbook with its first sheet."""
    book.set_properties({"title": report.title, "comments": report.subtitle})
    formats = Formats(book)
    overview(report, book, formats)
    return formats


def overview(report: Report, book: Any, formats: Formats) -> None:
    """The first sheet: headline, notices, assumptions and how the plan was computed."""
    page = book.add_worksheet(say("report.overview", report.language))
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.hide_gridlines(2)
    page.set_column(0, 0, 34)
    page.set_column(1, 1, 30)
    page.set_column(2, 2, 60)
    page.write_string(0, 0, report.title, formats.title)
    page.write_string(1, 0, report.status)
    page.write_string(2, 0, report.subtitle)
    row = 4
    for figure in report.figures:
        for column, text in enumerate((figure.label, figure.value, figure.note)):
            page.write_string(row, column, text)
        row += 1
    cut = tuple(
        say("report.sheet_cut", report.language, sheet=table.title, shown=ROWS_OF_A_SHEET, file=table.file)
        for table in report.tables
        if len(table.rows) > ROWS_OF_A_SHEET
    )
    for key, lines in (("notices", (*cut, *report.notices)), ("assumptions", report.assumptions)):
        row += 1
        page.write_string(row, 0, say(f"report.{key}", report.language), formats.strong)
        for line in lines or (say("report.none", report.language),):
            row += 1
            page.write_string(row, 0, line)
        row += 1
    row += 1
    page.write_string(row, 0, say("report.provenance", report.language), formats.strong)
    for label, text in report.provenance:
        row += 1
        page.write_string(row, 0, label)
        page.write_string(row, 1, text)


def sheet(report: Report, table: Table, book: Any, formats: Formats) -> None:
    """One table: header frozen, filter on, widths by content."""
    page = book.add_worksheet(table.title[:31], streamed.StreamedSheet)
    rows = table.rows.head(ROWS_OF_A_SHEET)
    page.freeze_panes(1, 2 if table.columns[0].key == "project_id" else 1)
    page.set_row(0, 32)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    if len(rows):
        page.autofilter(0, 0, len(rows), len(table.columns) - 1)
    for position, column in enumerate(table.columns):
        page.set_column(position, position, column_width(table, column))
        page.write_string(0, position, heading(report, column), formats.header)
    patterns = [pattern(report, table, column) for column in table.columns]
    looks = [formats.number(chosen) if chosen else None for chosen in patterns]
    units = rows["unit"].tolist() if "unit" in rows.columns else [""] * len(rows)
    named = streamed.letters(len(patterns))
    columns = list(zip(named, patterns, [streamed.styled(look) for look in looks], strict=True))
    cells = zip(*(rows[column.key].tolist() for column in table.columns), strict=True)
    for row, values in enumerate(cells, 1):
        page.line(row, line(row, values, columns, units[row - 1], formats), len(columns) - 1)


def line(
    row: int, values: Sequence[Any], columns: Sequence[tuple[str, str | None, str]], unit: str, formats: Formats
) -> Iterator[str]:
    """The cells of a row; blank ones are left out."""
    for (letter, chosen, style), value in zip(columns, values, strict=True):
        if chosen is None:
            if value != "":
                yield streamed.text(f"{letter}{row + 1}", str(value))
        elif not is_nan(value):
            yield streamed.number(
                f"{letter}{row + 1}", value, style or streamed.styled(formats.number(by_row(unit, value)))
            )


def heading(report: Report, column: Column) -> str:
    """Title of a column, with the unit of its amounts."""
    return f"{column.title}\n({report.unit})" if column.kind in {"money", "estimate"} else column.title


def pattern(report: Report, table: Table, column: Column) -> str | None:
    """Number format of a column; None for text, '' where each row decides."""
    if column.kind in {"money", "estimate"}:
        values = table.rows[column.key]
        places = (
            decimals(values, report.places) if column.kind == "money" else shown_decimals(values, report.places, column)
        )
        return "#,##0" + ("." + "0" * places if places else "")
    return {"count": "#,##0", "year": "0", "share": "0.0%", "times": "#,##0.0", "number": "General", "by_unit": ""}.get(
        column.kind
    )


def by_row(unit: str, value: float) -> str:
    """Number format of a cell by the unit of its row; whole numbers without the point of optional decimals."""
    if unit == "share":
        return "0.00%"
    return "#,##0" if value == int(value) else "#,##0.####"


def column_width(table: Table, column: Column) -> int:
    """Width that shows the title and the first rows."""
    if column.kind == "text":
        widest = max([width(str(value)) for value in table.rows[column.key].head(SAMPLE)], default=0)
    else:
        widest = 12
    return min(WIDEST, max(widest, min(width(column.title), 16), 6) + 3)
