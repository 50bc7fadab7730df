"""A sheet of an Excel workbook as rows of cells.

The reader gives a formula without a stored value and an error value as blanks; both are looked for in the
sheet's XML first, so that a blank is only what the planner left blank.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import python_calamine

from allocator.messages import Message, nearest
from allocator.tables.files.merged import fill_merged, tell_merged
from allocator.tables.files.percent_cells import percent_cells, percent_styles
from allocator.tables.files.problems import MANY, Problems
from allocator.tables.files.sheet import Names, Sheet, Source, letter
from allocator.tables.files.sheet_cells import table_of

if TYPE_CHECKING:
    from allocator.tables.files.problems import Problems
    from allocator.tables.files.sheet import Sheet


MOST_RANGES: Final = 12
"""Ranges of rows that a notice names."""
_TAG: Final = re.compile(rb"<(?:\w+:)?(row|col)\b([^>]*)>")
_NUMBER: Final = re.compile(rb"""\b(r|min|max)=["'](\d{1,7})["']""")
_HIDDEN: Final = re.compile(rb"""\b(?:hidden=["'](?:1|true)["']|(?:ht|width)=["']0(?:\.0+)?["'])""")
_MARKS: Final = (b"hidden=", b' ht="0', b' width="0')
_FILTER: Final = re.compile(rb"<(?:\w+:)?filterColumn\b")


LARGEST_UNPACKED: Final = 2_000_000_000
LARGEST_RATIO: Final = 250
"""Unpacked to packed size of a workbook beyond which it is taken for an attack; tables reach 50."""
SMALL: Final = 50_000_000
"""Bytes that may be unpacked whatever the ratio."""
LARGEST_AREA: Final = 100_000_000
"""Cells of the rectangle around everything on a sheet."""
_CELL: Final = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_REFERENCE: Final = re.compile(rb"""\br=["']([A-Z]+)(\d+)["']""")
_TYPE: Final = re.compile(rb"""\bt=["'](\w+)["']""")
_VALUE: Final = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]+)<")
_WIDE: Final = re.compile(rb"""\br=["']([A-Z]{2,})\d+["']""")
_ROW: Final = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br=["'](\d+)["']""")


def hidden_parts(xml: bytes) -> tuple[list[int], list[int]]:
    """Rows, from 1, and columns, from 0, that a sheet hides."""
    rows: list[int] = []
    columns: list[int] = []
    if not any(mark in xml for mark in _MARKS):
        return rows, columns
    row = 0
    for tag in _TAG.finditer(xml):
        numbers = {name: int(number) for name, number in _NUMBER.findall(tag[2])}
        hidden = _HIDDEN.search(tag[2])
        if tag[1] == b"row":
            row = numbers.get(b"r", row + 1)
            rows += [row] if hidden else []
        elif hidden and b"min" in numbers:
            columns += range(numbers[b"min"] - 1, min(numbers.get(b"max", numbers[b"min"]), 1 << 14))
    return rows, columns


def is_filtered(parts: Iterable[bytes]) -> bool:
    """Whether a filter is set on a sheet, or on a table on it."""
    return any(_FILTER.search(part) for part in parts)


def tell_hidden(
    sheet: Sheet, rows: Iterable[int], columns: Iterable[int], *, filtered: bool, problems: Problems
) -> None:
    """Tell of hidden rows and columns of the table."""
    read = sorted(set(rows) & set(sheet.rows.tolist()))
    if read:
        how = Message("tables.by_filter" if filtered else "tables.by_hand")
        problems.notice("rows_hidden", sheet.file, count=len(read), rows=ranges(read), how=how)
    headers = [header for header, at in zip(sheet.headers, sheet.letters, strict=True) if at in set(columns)]
    if headers:
        problems.notice("columns_hidden", sheet.file, headers=headers)


def ranges(numbers: Iterable[int]) -> str:
    """Ascending numbers as people write them: 5, 7–9."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    texts = [f"{first}–{last}" if last > first else str(first) for first, last in spans[:MOST_RANGES]]
    return ", ".join([*texts, *(["…"] if len(spans) > MOST_RANGES else [])])


@dataclass(frozen=True)
class Page:
    """One sheet of a workbook as it is stored."""

    name: str
    xml: bytes
    percent: frozenset[bytes]
    """Styles that show a percentage."""
    filtered: bool
    """Whether a filter is set on it."""
    hidden: bool


def read_workbook(source: Source, data: bytes, names: Names, needed: set[str], problems: Problems) -> Sheet | None:
    """The table on a sheet; None after a problem that leaves nothing to look at."""
    try:
        page = opened(source, data, problems)
        enormous = page is not None and area(page.xml) > LARGEST_AREA
    except Exception:  # noqa: BLE001 - a broken workbook fails in more ways than the libraries list
        problems.error("not_a_workbook", source.shown)
        return None
    if page is None:
        return None
    file = f"{source.shown}#{page.name}"
    if enormous:
        problems.error("too_large", file)
        return None
    rows = rows_of(data, page.name)
    if rows is None:
        problems.error("not_a_workbook", source.shown)
        return None
    merged = fill_merged(page.xml, rows, column_index)
    table = table_of(file, rows, names, needed, problems, workbook=True)
    if table:
        table = replace(table, percent=percent_cells(page.xml, page.percent, column_index))
        valueless(table, page.xml, problems)
        tell_merged(table, merged, problems)
        tell_hidden(table, *hidden_parts(page.xml), filtered=page.filtered, problems=problems)
        if page.hidden:
            problems.notice("sheet_hidden", file)
    return table


def read_plain(
    source: Source, data: bytes, names: Names, needed: set[str], problems: Problems, kind: str
) -> Sheet | None:
    """The table in a workbook of a ``kind`` whose cells alone can be read; what cannot be seen in it is told."""
    try:
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if too_large(archive, len(data)):
                    problems.error("unpacks_too_large", source.shown)
                    return None
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        visible = python_calamine.SheetVisibleEnum.Visible
        sheets = {sheet.name: sheet.visible != visible for sheet in book.sheets_metadata}
    except BaseException as error:  # as in `rows_of`
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        problems.error(kind, source.shown)
        return None
    sheet = chosen(source, sheets, problems)
    rows = None if sheet is None else rows_of(data, sheet)
    if sheet is None or rows is None:
        problems.error(kind, source.shown) if sheet is not None else None
        return None
    file = f"{source.shown}#{sheet}"
    problems.notice("cells_alone", file)
    if sheets[sheet]:
        problems.notice("sheet_hidden", file)
    return table_of(file, rows, names, needed, problems, workbook=True)


def opened(source: Source, data: bytes, problems: Problems) -> Page | None:
    """The sheet that is asked for; None after a problem. What is broken raises."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if too_large(archive, len(data)):
            problems.error("unpacks_too_large", source.shown)
            return None
        parts = sheet_parts(archive)
        sheet = chosen(source, {name: hidden for name, (_, hidden) in parts.items()}, problems)
        if sheet is None:
            return None
        part, hidden = parts[sheet]
        xml = archive.read(part)
        tables = [name for name in archive.namelist() if name.startswith("xl/tables/")] if b"tablePart" in xml else []
        filtered = is_filtered([xml, *map(archive.read, tables)])
        return Page(sheet, xml, percent_styles(archive, parsed), filtered, hidden)


def too_large(archive: zipfile.ZipFile, packed: int) -> bool:
    """Whether unpacking would fill the memory."""
    size = sum(info.file_size for info in archive.infolist())
    return size > LARGEST_UNPACKED or (size > SMALL and size > LARGEST_RATIO * packed)


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, tuple[str, bool]]:
    """Name of every sheet of cells → its file in the archive and whether it is hidden, in the workbook's order."""
    book, links = parsed(archive, "xl/workbook.xml"), parsed(archive, "xl/_rels/workbook.xml.rels")
    targets = {link.attrib["Id"]: link.attrib["Target"] for link in links if link.attrib["Type"].endswith("/worksheet")}
    parts = {}
    for element in book.iter():
        if element.tag.endswith("}sheet"):
            link = next(value for key, value in element.attrib.items() if key.endswith("}id"))
            target = targets.get(link, "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
            if target:
                parts[element.attrib["name"]] = path, element.get("state", "visible") != "visible"
    return parts


def parsed(archive: zipfile.ZipFile, part: str) -> ET.Element:
    """A small part of the workbook; entity definitions, which no spreadsheet writes, are refused."""
    xml = archive.read(part)
    if b"<!" in xml.replace(b"<!--", b""):
        raise KeyError(part)
    return ET.fromstring(xml)  # noqa: S314  entities are refused above


def chosen(source: Source, sheets: Mapping[str, bool], problems: Problems) -> str | None:
    """The sheet asked for, or the first one that is not hidden (``sheets`` says which are); None after a problem."""
    names = list(sheets)
    if not names:
        problems.error("no_rows", source.shown)
        return None
    if not source.sheet:
        first = next((name for name, hidden in sheets.items() if not hidden), names[0])
        if len(names) > 1:
            problems.notice("first_sheet", source.place, source.key, sheet=first, sheets=names)
        return first
    found = next((name for name in names if name.strip() == source.sheet), None)
    if found is None:
        values: dict[str, object] = {"file": source.shown, "sheet": source.sheet, "sheets": names}
        close = nearest(source.sheet, names)
        problems.error("no_sheet_near" if close else "no_sheet", source.place, source.key, **values, nearest=close)
    return found


def area(xml: bytes) -> int:
    """Cells of the rectangle that the reader would lay out: a stray cell far away makes it enormous."""
    last_row = max(xml.rfind(b"<row "), xml.rfind(b"<", 0, max(xml.rfind(b":row "), 0)))
    match = _ROW.match(xml, last_row) if last_row >= 0 else None
    rows = int(match[1]) if match else xml.count(b"row ")
    columns = max((column_index(name) for name in set(_WIDE.findall(xml))), default=25) + 1
    return rows * columns


def column_index(name: bytes) -> int:
    """Position of a column from its letters: 0 for A."""
    position = 0
    for code in name:
        position = position * 26 + code - 64
    return position - 1


def rows_of(data: bytes, sheet: str) -> list[list[Any]] | None:
    """Every row of a sheet from A1 on; None when the workbook cannot be read."""
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        rows: list[list[Any]] = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except BaseException as error:
        # The reader is compiled: what it did not foresee arrives as a panic, which is no Exception.
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        return None
    return rows


def valueless(sheet: Sheet, xml: bytes, problems: Problems) -> None:
    """Report formulas without a stored value and error values in the columns that are read."""
    if b"<f" not in xml and b":f" not in xml and b't="e"' not in xml:
        return
    headers = dict(zip(sheet.letters, sheet.headers, strict=True))
    found = 0
    for cell in _CELL.finditer(xml):
        attributes, content = cell[1], cell[2] or b""
        fault = fault_of(attributes, content)
        reference = _REFERENCE.search(attributes) if fault else None
        if not reference or column_index(reference[1]) not in headers:
            continue
        row, column = int(reference[2]), column_index(reference[1])
        if row < sheet.header_row:
            continue
        found += 1
        if found <= MANY:
            value = _VALUE.search(content)
            got = value[1].decode("utf-8", "replace") if value else ""
            problems.error(fault, f"{sheet.file}!{letter(column)}{row}", headers[column], got=got)
    if found > MANY:
        problems.error("more_formulas", sheet.file, count=found - MANY)


def fault_of(attributes: bytes, content: bytes) -> str:
    """What is wrong with a cell: an error value, a formula without a stored value, or nothing."""
    kind = _TYPE.search(attributes)
    if kind and kind[1] == b"e":
        return "error_value"
    if (b"<f" in content or b":f" in content) and not (kind and kind[1] == b"str") and not _VALUE.search(content):
        return "no_value"
    return ""
