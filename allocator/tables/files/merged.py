"""Cells of a sheet that are merged over several rows: a text counts for every row of them, a number for none.

One number beside several projects may be the sum of theirs or the same for each; it is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from allocator.tables.files.problems import Problems
    from allocator.tables.files.sheet import Sheet

_MERGE: Final = re.compile(rb"""<(?:\w+:)?mergeCell\b[^>]*?\bref=["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']""")


@dataclass
class Merged:
    """The merged cells of one column whose rows are not blank otherwise."""

    texts: list[tuple[int, int, str]] = field(default_factory=list)
    """First and last row, from 1, and the text that was written into each."""
    blocks: list[tuple[int, str]] = field(default_factory=list)
    """First row of merged cells that reach over several columns, and their reference."""
    numbers: list[tuple[int, int]] = field(default_factory=list)


def fill_merged(xml: bytes, rows: list[list[Any]], index: Callable[[bytes], int]) -> dict[int, Merged]:
    """Write the text of vertically merged cells into every row of theirs; column, from 0 → what is merged in it.

    A row that is blank but for merged cells stays blank.
    """
    found: dict[int, Merged] = {}
    start = xml.find(b"mergeCells")
    merges = _MERGE.findall(xml, start) if start >= 0 else []
    spans = [
        (
            index(name),
            int(first),
            int(last),
            "" if name == end else f"{name.decode()}{int(first)}:{end.decode()}{int(last)}",
        )
        for name, first, end, last in merges
        if first != last
    ]
    filled = {number for _, first, last, _ in spans for number in range(first + 1, min(last, len(rows)) + 1)}
    filled = {number for number in filled if any(str(cell).strip() for cell in rows[number - 1])}
    for column, first, last, block in spans:
        below = [number for number in range(first + 1, min(last, len(rows)) + 1) if number in filled]
        value = rows[first - 1][column] if first <= len(rows) and column < len(rows[first - 1]) else ""
        if not below or not str(value).strip():
            continue
        merged = found.setdefault(column, Merged())
        merged.blocks += [(first, block)] if block else []
        if not isinstance(value, str):
            merged.numbers.append((first, last))
            continue
        merged.texts.append((first, last, value.strip()))
        for number in below:
            rows[number - 1][column] = value
    return found


def tell_merged(sheet: Sheet, merged: dict[int, Merged], problems: Problems) -> None:
    """Tell of merged texts of the table, and refuse merged numbers."""
    for number, column in enumerate(sheet.letters):
        cells = merged.get(column, Merged())
        texts = [text for text in cells.texts if text[1] > sheet.header_row and text[0] >= sheet.header_row]
        header = sheet.headers[number]
        if texts:
            first, last, got = texts[0]
            place = sheet.place_at(first, number)
            problems.notice("merged_text", place, header, count=len(texts), first=first, last=last, got=got)
        for first, block in cells.blocks:
            if first > sheet.header_row:
                problems.error("merged_block", sheet.place_at(first, number), header, block=block)
        for first, last in cells.numbers:
            if first > sheet.header_row:
                problems.error("merged_number", sheet.place_at(first, number), header, first=first, last=last)
