"""What a sheet does not show and is read all the same: rows behind a filter or folded away, hidden columns."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from allocator.messages import Message

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
