"""Reports for people, made from a stored run alone: one page to read and print, one workbook to work with."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.store import StoredRun


def write_reports(run: StoredRun, folder: Path, language: str, suffix: str = "") -> tuple[Path, Path]:
    """Write ``report{suffix}.html`` and ``allocation{suffix}.xlsx``; each appears whole or keeps its old content."""
    from allocator.report import excel, html, sections

    report = sections.build(run, language)
    page, book = folder / f"report{suffix}.html", folder / f"allocation{suffix}.xlsx"
    replace(page, lambda path: html.write(report, path))
    replace(book, lambda path: excel.write(report, path))
    return page, book


def replace(target: Path, write: Callable[[Path], None]) -> None:
    """Write beside ``target`` and put it in place by one rename."""
    draft = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        write(draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
