"""The cells of a sheet: header found, columns made, what is no cell refused."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from allocator.config.source.encodings import UTF8, WIDE, encoding_of, first_odd_line
from allocator.config.source.months import folded
from allocator.messages import Message
from allocator.messages.control import CONTROL, code
from allocator.tables.files.cells import Cells, is_error, number_in, text_of
from allocator.tables.files.problems import Problems
from allocator.tables.files.sheet import SHOWN, Names, Row, Sheet, Source, letter

LEAST_COLUMNS: Final = 3
"""Columns from which lines of a remark do not fit a row by chance."""
MOSTLY: Final = 0.8
"""Share of a column's filled cells that are numbers where numbers are expected."""


LONGEST_CELL: Final = 131_072
TITLE_ROWS: Final = 20
"""Rows within which the header is looked for."""
DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab"}
_SPACE: Final = re.compile(r"\s")
_PERHAPS_ERROR: Final = re.compile("[#＃]|Err", re.IGNORECASE)


def swallowed_rows(rows: Sequence[list[str]], start: int, delimiter: str) -> Iterator[tuple[int, int, list[str]]]:
    """Index of a row, how many more stand within its cell, and the first of them; ``start`` is the header's index."""
    width = len(rows[start])
    suspects = [index for index in range(start + 1, len(rows)) if any("\n" in cell for cell in rows[index])]
    if width < LEAST_COLUMNS or not suspects:
        return
    within = set(suspects)
    numeric = numeric_columns([row for index, row in enumerate(rows) if index > start and index not in within], width)
    for index in suspects:
        row = rows[index]
        for column, cell in enumerate(row):
            hidden = rows_within(row, column, delimiter, width) if "\n" in cell else []
            if hidden and all(fits(one, numeric) for one in hidden):
                yield index, len(hidden), hidden[0]
                break


def rows_within(row: Sequence[str], column: int, delimiter: str, width: int) -> list[list[str]]:
    """The whole rows that the lines of a cell make, the last one with the cells after it; [] where they are no rows."""
    lines = [line for line in row[column].splitlines() if line.strip()]
    parts = [next(csv.reader([line], delimiter=delimiter), []) for line in lines]
    if len(parts) < 2 or column + len(parts[0]) != width:
        return []
    hidden = [*parts[1:-1], [*parts[-1], *row[column + 1 :]]]
    while len(hidden[-1]) > width and not hidden[-1][-1].strip():
        hidden[-1].pop()
    return hidden if all(len(one) == width for one in hidden) else []


def numeric_columns(rows: Sequence[list[str]], width: int) -> list[int]:
    """Columns that hold numbers in the other rows."""
    found = []
    for column in range(width):
        filled = [row[column] for row in rows if column < len(row) and row[column].strip()]
        if filled and sum(number_in(cell) is not None for cell in filled) >= MOSTLY * len(filled):
            found.append(column)
    return found


def fits(row: Sequence[str], numeric: Sequence[int]) -> bool:
    """Whether a row has numbers, or nothing, where the others have numbers."""
    filled = [row[column] for column in numeric if row[column].strip()]
    return bool(row[0].strip() or filled) and all(number_in(cell) is not None for cell in filled)


def read_csv(source: Source, data: bytes, names: Names, needed: set[str], problems: Problems) -> Sheet | None:
    """The table in a CSV file."""
    text = decoded(source, data, problems)
    if text is None:
        return None
    delimiter = delimiter_of(text, names)
    if delimiter != ",":
        problems.notice("delimiter", source.shown, delimiter=Message(f"tables.{DELIMITERS[delimiter]}"))
    rows: list[list[str]] = []
    csv.field_size_limit(LONGEST_CELL)
    try:
        rows.extend(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        problems.error("quote" if '"' in text else "long_cell", f"{source.shown}:{len(rows) + 1} (row)")
        return None
    start = header_index(rows, names, needed)
    for row, count, first in swallowed_rows(rows, start, delimiter) if start is not None else ():
        place = f"{source.shown}:{row + 1} (row)"
        problems.error("swallowed", place, count=count, first=delimiter.join(first)[:SHOWN])
    sheet = table_of(source.shown, rows, names, needed, problems, workbook=False)
    return replace(sheet, semicolons=delimiter == ";") if sheet else None


def decoded(source: Source, data: bytes, problems: Problems) -> str | None:
    """The text of a file, in whichever of the usual encodings it is; None after a problem."""
    encoding = encoding_of(data)
    if encoding not in WIDE and b"\0" in data:
        problems.error("binary", source.shown)
        return None
    if encoding is None:
        problems.error("encoding", f"{source.shown}:{first_odd_line(data)} (row)")
        return None
    if encoding != UTF8:
        problems.notice("encoding_read", source.shown, encoding=encoding.upper())
    return data.decode(encoding).removeprefix("\ufeff")


def delimiter_of(text: str, names: Names) -> str:
    """The delimiter with which most columns are recognised; a comma when it makes no difference."""
    start = io.StringIO(text[: LONGEST_CELL * 2], newline="")
    lines = [line for _, line in zip(range(TITLE_ROWS), start, strict=False)]

    def fit(delimiter: str) -> tuple[int, int]:
        try:
            rows = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            return 0, 0
        return max((len(names(row)) for row in rows), default=0), len(rows[0]) > 1 if rows else 0

    return max(DELIMITERS, key=fit)


def header_index(rows: Sequence[Row], names: Names, needed: set[str]) -> int | None:
    """Which row is the header: of those that name all needed columns, else of all, the one that names most.

    Where none names any it is the one with most different texts. The first of equals; None if empty. A header of two rows has merged cells, which stand in both.
    """
    filled = [index for index, row in enumerate(rows[: TITLE_ROWS * 5]) if not blank(row)][:TITLE_ROWS]
    if not filled:
        return None
    found = {index: names([str(cell) for cell in rows[index]]) for index in filled}
    whole = [index for index in filled if needed <= found[index]]
    if not any(found.values()):
        return max(
            filled, key=lambda index: len({cell for cell in rows[index] if isinstance(cell, str) and cell.strip()})
        )
    return max(whole or filled, key=lambda index: len(found[index]))


def blank(row: Row) -> bool:
    """Whether nothing stands in a row."""
    return all(cell == "" or (isinstance(cell, str) and not cell.strip()) for cell in row)


def table_of(
    file: str, rows: list[Any], names: Names, needed: set[str], problems: Problems, *, workbook: bool
) -> Sheet | None:
    """The header and the columns below it; None when there is no header."""
    start = header_index(rows, names, needed)
    if start is None:
        problems.error("no_rows", file)
        return None
    if any(not blank(row) for row in rows[:start]):
        problems.notice("header_row", file, row=start + 1)
    header = [folded_header(cell) for cell in rows[start]]
    width = max((index + 1 for index, name in enumerate(header) if name), default=0)
    below = rows[start + 1 :]
    numbers = [number for number, row in enumerate(below, start + 2) if not blank(row)]
    if len(numbers) < len(below):
        below = [rows[number - 1] for number in numbers]
    if not workbook:
        below = even(file, below, numbers, len(header), problems)
    read = [column_of(cells) for cells in zip(*below, strict=True)] if below else [([], []) for _ in header]
    columns = [cells for cells, _ in read]
    kept = [index for index in range(width) if header[index]]
    sheet = Sheet(
        file,
        workbook,
        [header[index] for index in kept],
        kept,
        start + 1,
        np.array(numbers, dtype=np.int64),
        [columns[index] for index in kept],
        {column: read[index][1] for column, index in enumerate(kept) if read[index][1]},
        titles=titles_of(rows[:start]),
    )
    if not numbers:
        problems.error("no_rows", file)
    refuse_errors(sheet, problems)
    drop_controls(sheet, problems)
    nameless(sheet, header, columns, problems)
    return sheet


def titles_of(rows: Sequence[Row]) -> list[tuple[int, str]]:
    """What stands in the first rows of a file, each text of a row once, by the row's number."""
    texts = [(number, text) for number, row in enumerate(rows, 1) for text in dict.fromkeys(map(str, row))]
    return [(number, text) for number, text in texts if text.strip()]


def folded_header(cell: object) -> str:
    """A header as written, on one line."""
    return " ".join(str(cell).replace("\ufeff", "").split())


def even(file: str, rows: list[list[str]], numbers: list[int], width: int, problems: Problems) -> list[list[str]]:
    """Rows of one width; those that are too long or too short are problems."""
    if set(map(len, rows)) <= {width}:
        return rows
    faults = 0
    for index, row in enumerate(rows):
        if len(row) == width:
            continue
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            faults += 1
            if faults <= TITLE_ROWS:
                problems.error("ragged", f"{file}:{numbers[index]} (row)", got=len(row), header=width)
        rows[index] = [*row[:width], *[""] * (width - len(row))]
    if faults > TITLE_ROWS:
        problems.error("more_rows", file, count=faults - TITLE_ROWS)
    return rows


def column_of(cells: Sequence[Any]) -> tuple[Cells, list[int]]:
    """The cells of a column, floats where all are numbers, else stripped texts; and the rows with stray spaces.

    Spaces in every cell are the file's style and not stray.
    """
    kinds = set(map(type, cells))
    if not kinds <= {str}:
        return typed_column(cells, kinds), []
    if not _SPACE.search("".join(cells)):
        return list(cells), []
    stripped = [cell.strip() for cell in cells]
    spaced = [row for row, (cell, bare) in enumerate(zip(cells, stripped, strict=True)) if len(cell) != len(bare)]
    return stripped, spaced if len(spaced) < len(cells) else []


def refuse_errors(sheet: Sheet, problems: Problems) -> None:
    """Refuse what a spreadsheet writes where a formula failed; the cell is blank then."""
    for column, cells in enumerate(sheet.columns):
        if isinstance(cells, list) and _PERHAPS_ERROR.search("\n".join(cells)):
            found = [row for row, cell in enumerate(cells) if is_error(cell)]
            problems.cells("error_text", sheet, column, [(row, {"got": cells[row]}) for row in found])
            for row in found:
                cells[row] = ""


def drop_controls(sheet: Sheet, problems: Problems) -> None:
    """Leave out characters that steer a terminal or turn the direction of reading, and tell of the first of a column."""
    for column, (header, cells) in enumerate(zip(sheet.headers, sheet.columns, strict=True)):
        if bad := CONTROL.search(header):
            sheet.headers[column] = CONTROL.sub("", header)
            problems.notice("control_character", sheet.header_place(column), "", code=code(bad[0]), count=1)
        if not isinstance(cells, list) or not CONTROL.search("\n".join(cells)):
            continue
        found = {row: bad[0] for row, cell in enumerate(cells) if (bad := CONTROL.search(cell))}
        for row in found:
            cells[row] = CONTROL.sub("", cells[row]).strip()
        row, first = next(iter(found.items()))
        values = {"code": code(first), "count": len(found)}
        problems.notice("control_character", sheet.place(row, column), sheet.headers[column], **values)


def nameless(sheet: Sheet, header: list[str], columns: list[Cells], problems: Problems) -> None:
    """Tell of filled columns without a header: they are not read."""
    for index, cells in enumerate(columns):
        if index < len(header) and header[index]:
            continue
        filled = (
            int(np.sum(~np.isnan(cells))) if not isinstance(cells, list) else sum(1 for cell in cells if folded(cell))
        )
        if filled:
            problems.notice("nameless", sheet.file, column=letter(index), count=filled)


def typed_column(cells: Sequence[Any], kinds: set[type]) -> Cells:
    """A column of numbers as floats, blanks as NaN; of anything else as text."""
    if kinds <= {float, int}:
        return np.array(cells, dtype=np.float64)
    if kinds <= {float, int, str} and all(not cell.strip() for cell in cells if isinstance(cell, str)):
        return np.array([np.nan if isinstance(cell, str) else cell for cell in cells], dtype=np.float64)
    return [text_in(cell) for cell in cells]


def text_in(cell: object) -> str:
    """A cell as a person would have typed it."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float | int):
        return text_of(float(cell))
    if isinstance(cell, dt.datetime):
        return str(cell.date()) if cell.time() == dt.time() else str(cell)
    return str(cell)
