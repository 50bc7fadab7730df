"""Rows written at once are the XML that the library writes cell by cell."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest
import xlsxwriter

from allocator.report.workbook import streamed

TEXTS = [
    "=1+1", "a&b<c>\"d\"'", "  lead", "trail ", "tab\tx", "nl\nx", "cr\rx", "\x01a\x0b\x1fb", "_x0041_ told", "\ufffe",
    "x" * 40_000, "😀" * 20_000, "\u3000wide", "", "\xa0nb", "-5", "@SUM",
]  # fmt: skip


def rows_of(fill: Any) -> list[str]:
    """The rows of a sheet that ``fill`` writes."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False}) as book:
        fill(book)
    xml = zipfile.ZipFile(file).read("xl/worksheets/sheet1.xml").decode()
    return re.findall("<row.*?</row>", xml, flags=re.DOTALL)


@pytest.mark.parametrize("framed", [False, True], ids=["plain", "with a format"])
def test_every_cell_is_what_the_library_writes(framed: bool) -> None:
    """Texts that look like formulas, markup, control characters and long ones; numbers, blanks and formulas."""

    def at_once(book: Any) -> None:
        page, look = (
            book.add_worksheet("a", streamed.StreamedSheet),
            book.add_format({"bold": True}) if framed else None,
        )
        style = streamed.styled(look)
        for row, text in enumerate(TEXTS):
            cells = [
                streamed.text(f"A{row + 1}", text, style),
                streamed.number(f"B{row + 1}", 1 / 3 + row, style),
                *([streamed.blank(f"C{row + 1}", style)] if framed else []),
                streamed.formula(f"D{row + 1}", 'A1&"<"', "x<y", style),
                streamed.formula(f"E{row + 1}", "B1*2", 0.5, style),
            ]
            page.line(row, cells, 4)

    def one_by_one(book: Any) -> None:
        page, look = book.add_worksheet("a"), book.add_format({"bold": True}) if framed else None
        for row, text in enumerate(TEXTS):
            page.write_string(row, 0, text, look)
            page.write_number(row, 1, 1 / 3 + row, look)
            page.write_blank(row, 2, None, look)
            page.write_formula(row, 3, '=A1&"<"', look, "x<y")
            page.write_formula(row, 4, "=B1*2", look, 0.5)

    assert rows_of(one_by_one) == rows_of(at_once)


def test_markup_stays_text() -> None:
    """A text that is the markup of rich text is shown as it is."""

    def fill(book: Any) -> None:
        book.add_worksheet("a", streamed.StreamedSheet).line(0, [streamed.text("A1", "<r><t>x</t></r>")], 0)

    assert "&lt;r&gt;" in rows_of(fill)[0]
