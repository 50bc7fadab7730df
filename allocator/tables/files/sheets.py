"""A table file as text: CSV or a sheet of a workbook, with the place of every cell.

CSV may be UTF-8, UTF-16 or UTF-32 (with or without a byte-order mark), GB18030, Big5 or Windows-1252, separated by commas,
semicolons or tabs; what is not UTF-8 with commas is told in a notice. What a file is its content says, not its name.
The header is the first row that names the columns needed, so title rows above it do no harm. Blank rows and columns
are left out.
"""

from __future__ import annotations

import gc
import hashlib
from difflib import get_close_matches
from typing import Final

from allocator.config.source.table_paths import BOOKS
from allocator.tables.files.file_kinds import PLAIN, TEXT, WORKBOOK, kind_of
from allocator.tables.files.problems import Problems
from allocator.tables.files.sheet import Names, Sheet, Source
from allocator.tables.files.sheet_cells import read_csv

LARGEST_FILE: Final = 1_000_000_000
"""Bytes; a table of 100,000 projects has a hundredth of it."""


def read_bytes(source: Source, problems: Problems) -> bytes | None:
    """The content of the file; None after a problem."""
    path = source.path
    values: dict[str, object] = {"file": source.shown}
    if path.is_dir():
        problems.error("is_folder", source.place, source.key, **values)
        return None
    if not path.is_file():
        tables = (
            sorted(other.name for other in path.parent.glob("*") if other.is_file()) if path.parent.is_dir() else []
        )
        close = get_close_matches(path.name, tables, n=1, cutoff=0.5)
        key = "no_file_near" if close else "no_file"
        problems.error(key, source.place, source.key, **values, nearest=close[0] if close else "")
        return None
    try:
        if path.stat().st_size > LARGEST_FILE:
            problems.error("too_large", source.shown)
            return None
        data = path.read_bytes()
    except OSError as error:
        problems.error("unreadable", source.shown, reason=error.strerror or str(error))
        return None
    if not data.strip():
        problems.error("empty_file", source.shown)
        return None
    return data


def sha256(data: bytes) -> str:
    """Hash of a file's content."""
    return hashlib.sha256(data).hexdigest()


def read_sheet(source: Source, data: bytes, names: Names, needed: set[str], problems: Problems) -> Sheet | None:
    """The table in ``data``; None after a problem that leaves nothing to look at."""
    from allocator.tables.files import workbooks

    kind = kind_of(data)
    is_workbook = kind == WORKBOOK or kind in PLAIN
    if not is_workbook and kind != TEXT:
        problems.error(kind, source.shown)
        return None
    if not is_workbook and source.sheet:
        problems.error("no_sheets", source.place, source.key, file=source.shown, sheet=source.sheet)
        return None
    if is_workbook != (source.path.suffix.casefold() in BOOKS):
        problems.notice("workbook_by_content" if is_workbook else "text_by_content", source.shown)
    gc_was_on = gc.isenabled()
    gc.disable()  # millions of short-lived lists: the collector would take longer than the reading
    try:
        if kind in PLAIN:
            return workbooks.read_plain(source, data, names, needed, problems, kind)
        if is_workbook:
            return workbooks.read_workbook(source, data, names, needed, problems)
        return read_csv(source, data, names, needed, problems)
    finally:
        if gc_was_on:
            gc.enable()
