"""What a table file is, by what stands in it and not by its name: a workbook, text, or something to be told of."""

from __future__ import annotations

import io
import zipfile
from typing import Final

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
