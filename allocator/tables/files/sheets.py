"""A table file as text: CSV or a sheet of a workbook, with the place of every cell.

CSV may be UTF-8, UTF-16 or UTF-32 (with or without a byte-order mark), GB18030, Big5 or Windows-1252, separated by commas,
semicolons or tabs; what is not UTF-8 with commas is told in a notice. What a file is its content says, not its name.
The header is the first row that names the columns needed, so title rows above it do no harm. Blank rows and columns
are left out.
"""

from __future__ import annotations

import gc
import hashlib
import io
import zipfile
from difflib import get_close_matches
from typing import Final

from allocator.config.source.table_paths import BOOKS
from allocator.tables.files.problems import Problems
from allocator.tables.files.sheet import Names, Sheet, Source
from allocator.tables.files.sheet_cells import read_csv

WORKBOOK, TEXT = "workbook", "text"
PLAIN: Final = ("old_workbook", "binary_workbook", "open_document")
"""Workbooks of which nothing but the cells can be seen: .xls and .et, .xlsb, .ods."""
_ZIP, _OLD_OFFICE, _PDF = b"PK", b"\xd0\xcf\x11\xe0", b"%PDF"
_HEAD: Final = 4096
"""Bytes within which a page says that it is one."""
_IN_OLD_OFFICE: Final = (("EncryptedPackage", "password"), ("WordDocument", "word"), ("Workbook", "old_workbook"), ("Book", "old_workbook"))  # fmt: skip
"""Streams of a compound file, and what it is then."""
_IN_ZIP: Final = (("xl/workbook.bin", "binary_workbook"), ("xl/", WORKBOOK), ("word/", "word"))
_MARKUP: Final = (b"<!doctype html", b"<html", b"<table", b"<meta", b"<head", b"<style", b"<div", b"mime-version:")


LARGEST_FILE: Final = 1_000_000_000
"""Bytes; a table of 100,000 projects has a hundredth of it."""


def kind_of(data: bytes) -> str:
    """`workbook`, `text`, or the message that says what else the file is."""
    if data.startswith(_OLD_OFFICE):
        streams = (kind for name, kind in _IN_OLD_OFFICE if name.encode("utf-16-le") in data)
        return next(streams, "old_office")
    if data.startswith(_ZIP):
        return _in_zip(data)
    if data.startswith(_PDF):
        return "pdf"
    head = data[:_HEAD].replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").strip(b"\xff\xfe \t\r\n").lower()
    if head.startswith(b"<?xml") and b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        return "xml_workbook"
    return "web_page" if head.startswith(_MARKUP) or (head.startswith(b"<?xml") and b"<html" in head) else TEXT


def _in_zip(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "content.xml" in names and "mimetype" in names:
                return "open_document" if b"spreadsheet" in archive.read("mimetype") else "other_archive"
    except Exception:  # noqa: BLE001 - a broken archive fails in more ways than the library lists
        return "not_a_workbook"
    return next((kind for start, kind in _IN_ZIP if any(name.startswith(start) for name in names)), "other_archive")


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
