"""Reports for people, made from a stored run alone: a page and a memo to read and print, a workbook to work with."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.messages.progress import put_off

if TYPE_CHECKING:
    from allocator.messages.watch import Progress
    from allocator.runs.folder import StoredRun


def write_reports(
    run: StoredRun, folder: Path, language: str, suffix: str = "", progress: Progress | None = None
) -> tuple[Path, ...]:
    """Write ``report{suffix}.html``, ``allocation{suffix}.xlsx``, ``memo{suffix}.html`` and ``memo{suffix}.md``.

    All appear together, or all keep their old content.
    """
    from allocator.report import html, memo, sections
    from allocator.report.workbook import excel

    if progress is not None:
        progress("reports", None, None, None, 0.0, 0, 0)
    report = sections.build(run, language)
    brief = memo.build(report)
    writers = {
        f"report{suffix}.html": functools.partial(html.write, report),
        f"allocation{suffix}.xlsx": functools.partial(excel.write, report),
        f"memo{suffix}.html": functools.partial(memo.write_page, brief),
        f"memo{suffix}.md": functools.partial(memo.write_markdown, brief),
    }
    drafts = {folder / name: folder / f".{os.getpid()}-{name}" for name in writers}
    try:
        for number, (draft, write) in enumerate(zip(drafts.values(), writers.values(), strict=True), 1):
            if progress is not None:
                progress(f"reports {number}/{len(writers)}", None, None, None, 0.0, 0, 0)
            write(draft)
        with put_off():
            for target, draft in drafts.items():
                draft.replace(target)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
    return tuple(folder / name for name in writers)


def replace(target: Path, write: Callable[[Path], None]) -> None:
    """Write beside ``target`` and put it in place by one rename."""
    draft = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        write(draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
