"""Forms that finance files, as sheets: a title, the unit, a table with live totals, and room for notes.

Every form begins alike: title in row 1, unit in row 2, headings in row 3, data from row 4, the total below them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_col_to_name

from allocator.money.arrays import is_nan
from allocator.report.amounts import width
from allocator.report.cells import decimals
from allocator.report.workbook import streamed

if TYPE_CHECKING:
    import pandas as pd

    from allocator.report.view import View
    from allocator.report.workbook.formats import Formats

FIRST = 4
"""Row of the sheet, counted from 1, that holds the first line of data."""
MOST_ROWS = 1_048_000
SAMPLE = 200
PATTERNS = {
    "index": "0",
    "count": "#,##0",
    "year": "0",
    "share": "0.0%",
    "times": "0.00",
    "number": "#,##0.##",
    "percent": "0.00",
}


@dataclass(frozen=True)
class Cell:
    """One column of a form."""

    key: str
    title: str
    kind: str = "text"
    """text, index (a running number), money, count, year, share, times, number, percent (a number that is one already)."""
    formula: str = ""
    """Formula of every row, `{r}` being its number; the frame holds what it gives."""
    total: str = ""
    """`sum`, or the formula of the cell in the total line; no total when left out."""
    widest: int = 26


@dataclass(frozen=True)
class Document:
    """A form filled in."""

    key: str
    title: str
    cells: tuple[Cell, ...]
    rows: pd.DataFrame
    lead: str = ""
    """Text between title and table, where a form has one."""
    notes: tuple[str, ...] = ()
    totals: Mapping[str, float] = field(default_factory=dict)
    """What total formulas other than sums give."""
    upright: bool = False
    strong: str = ""
    """Column of the frame that marks lines in bold."""

    @property
    def last(self) -> int:
        """Row of the sheet that holds the last line of data."""
        return FIRST + min(len(self.rows), MOST_ROWS) - 1

    def letter(self, key: str) -> str:
        """Letter of a column."""
        return str(xl_col_to_name([cell.key for cell in self.cells].index(key)))

    def span(self, key: str) -> str:
        """All data of a column, as another sheet refers to it."""
        letter, name = self.letter(key), self.title[:31].replace("'", "''")
        return f"'{name}'!${letter}${FIRST}:${letter}${max(self.last, FIRST)}"


def write(document: Document, view: View, book: Any, formats: Formats) -> None:
    """One form as a sheet."""
    page = book.add_worksheet(document.title[:31], streamed.StreamedSheet)
    head(document, view, page, formats)
    rows = document.rows.head(MOST_ROWS)
    patterns = [pattern(cell, rows) for cell in document.cells]
    looks, strong = (
        [streamed.styled(formats.number(chosen, framed=True, bold=bold)) for chosen in patterns]
        for bold in (False, True)
    )
    named = streamed.letters(len(patterns))
    marks = rows[document.strong].tolist() if document.strong else [False] * len(rows)
    columns = [rows[cell.key].tolist() for cell in document.cells]
    for number, values in enumerate(zip(*columns, strict=True)):
        chosen = strong if marks[number] else looks
        row = FIRST - 1 + number
        cells = (put(row, *each) for each in zip(named, values, document.cells, chosen, strict=True))
        page.line(row, cells, len(named) - 1)
    last = FIRST - 1 + len(rows)
    if any(cell.total for cell in document.cells) and len(rows):
        total_line(document, view, page, last, formats)
        last += 1
    for note in document.notes:
        page.write_string(last, 0, note)
        last += 1
    page.print_area(0, 0, max(last - 1, FIRST - 1), len(document.cells) - 1)


def head(document: Document, view: View, page: Any, formats: Formats) -> None:
    """Page setup, title, unit and headings."""
    page.set_paper(9)
    if not document.upright:
        page.set_landscape()
    page.fit_to_pages(1, 0)
    page.set_margins(0.5, 0.5, 0.6, 0.6)
    page.set_footer("&C&P / &N")
    page.repeat_rows(FIRST - 2)
    page.freeze_panes(FIRST - 1, 0)
    for position, cell in enumerate(document.cells):
        page.set_column(position, position, column_width(cell, document.rows))
    last = len(document.cells) - 1
    page.set_row(0, 30)
    page.merge_range(0, 0, 0, last, "", formats.centred)
    page.write_string(0, 0, document.title, formats.centred)
    if document.lead:
        page.set_row(1, 15 * (2 + len(document.lead) // 50))
        page.merge_range(1, 0, 1, last, "", formats.wrapped)
        page.write_string(1, 0, document.lead, formats.wrapped)
    else:
        page.write_string(1, last, view.say("document_unit", unit=view.unit), formats.right)
    page.set_row(FIRST - 2, 34)
    for position, cell in enumerate(document.cells):
        page.write_string(FIRST - 2, position, cell.title, formats.header)


def put(row: int, letter: str, value: Any, cell: Cell, style: str) -> str:
    """One value: text as text, numbers as numbers or as the formula that gives them; blanks only framed."""
    place = f"{letter}{row + 1}"
    if value is None or value == "" or is_nan(value):
        return streamed.blank(place, style)
    if cell.kind == "text":
        return streamed.text(place, str(value), style)
    if cell.formula:
        return streamed.formula(place, cell.formula.format(r=row + 1), value, style)
    return streamed.number(place, value, style)


def total_line(document: Document, view: View, page: Any, row: int, formats: Formats) -> None:
    """The line of totals, each a formula with its value."""
    for position, cell in enumerate(document.cells):
        look = formats.number(pattern(cell, document.rows), framed=True, bold=True)
        if position == 0:
            page.write_string(row, 0, view.say("document_total"), look)
        elif not cell.total:
            page.write_blank(row, position, None, look)
        elif cell.total == "sum":
            letter = document.letter(cell.key)
            value = math.fsum(v for v in document.rows[cell.key].head(MOST_ROWS) if not math.isnan(v))
            page.write_formula(row, position, f"=SUM({letter}{FIRST}:{letter}{document.last})", look, value)
        else:
            page.write_formula(row, position, "=" + cell.total, look, document.totals[cell.key])


def pattern(cell: Cell, rows: pd.DataFrame) -> str:
    """Number format of a column; '@' for text."""
    if cell.kind == "text":
        return "@"
    if cell.kind == "money":
        places = min(decimals(rows[cell.key].astype(float), 6), 4)
        return "#,##0" + ("." + "0" * places if places else "")
    return PATTERNS[cell.kind]


def column_width(cell: Cell, rows: pd.DataFrame) -> int:
    """Width that shows the title on two lines and the first rows, or the greatest number and its total."""
    if cell.kind == "text":
        widest = max([width(str(value)) for value in rows[cell.key].head(SAMPLE)], default=0)
    else:
        numbers = rows[cell.key].astype(float).abs()
        greatest = numbers.sum() if cell.total == "sum" else numbers.max()
        places = len(pattern(cell, rows).partition(".")[2].rstrip("%"))
        widest = len(f"{greatest if not is_nan(greatest) else 0:,.{places}f}") + 1
    return max(4, min(cell.widest, max(widest, (width(cell.title) + 1) // 2 + 1)) + 1)
