"""Rows of a CSV file that a quotation mark swallowed: it opens in a remark and closes in one some rows later."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Final

from allocator.tables.files.cells import number_in

LEAST_COLUMNS: Final = 3
"""Columns from which lines of a remark do not fit a row by chance."""
MOSTLY: Final = 0.8
"""Share of a column's filled cells that are numbers where numbers are expected."""


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
