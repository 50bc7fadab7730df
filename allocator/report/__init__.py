"""Reports for people, made from a stored run alone: a page and a memo to read and print, a workbook to work with."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.store import StoredRun


def write_reports(run: StoredRun, folder: Path, language: str, suffix: str = "") -> tuple[Path, ...]:
    """Write ``report{suffix}.html``, ``allocation{suffix}.xlsx``, ``memo{suffix}.html`` and ``memo{suffix}.md``.

    Each appears whole or keeps its old content.
    """
    from allocator.report import excel, html, memo, sections

    report = sections.build(run, language)
    brief = memo.build(report)
    writers = {
        f"report{suffix}.html": functools.partial(html.write, report),
        f"allocation{suffix}.xlsx": functools.partial(excel.write, report),
        f"memo{suffix}.html": functools.partial(memo.write_page, brief),
        f"memo{suffix}.md": functools.partial(memo.write_markdown, brief),
    }
    for name, write in writers.items():
        replace(folder / name, write)
    return tuple(folder / name for name in writers)


def replace(target: Path, write: Callable[[Path], None]) -> None:
    """Write beside ``target`` and put it in place by one rename."""
    draft = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        write(draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
