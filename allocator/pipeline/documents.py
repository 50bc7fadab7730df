"""Are the documents that people sign what the verified plan says? Made again from the run, and compared by what they say."""

from __future__ import annotations

import hashlib
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from html import unescape
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from allocator import report as reports
from allocator.messages import Message
from allocator.messages.errors import VerificationFailed
from allocator.runs import manifest as manifests
from allocator.runs.folder import MANIFEST, StoredRun, read
from allocator.verify import Verification, as_json, verify

if TYPE_CHECKING:
    from allocator.messages.watch import Progress

CHECKED = "verification.json"
NAME = re.compile(r"(report|memo|allocation)(?:\.(zh|en))?\.(html|md|xlsx)")
MOST = 5
"""Differences of one document that are named."""
SHOWN = 60
"""Characters of a text that a violation shows."""
MOST_BYTES = 500_000_000
"""A part of a workbook that is larger is none of ours."""


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify_run(folder: Path) -> Verification:
    """Verify a stored plan, and hold the documents in its folder to it.

    Raises:
        InputError: see `allocator.verify.verify`.
    """
    made = verify(folder)
    if not made.ok:
        return made
    run = read(folder)
    found = [*_record(folder, made, run.language), *_documents(run)]
    return replace(made, checks=made.checks + 1 + len(_listed(run)), violations=tuple(found))


def _listed(run: StoredRun) -> Mapping[str, str]:
    """Document → SHA-256 as the manifest states it."""
    stated = run.manifest.get("documents")
    return stated if isinstance(stated, Mapping) else {}


def _record(folder: Path, made: Verification, language: str) -> Iterator[Message]:
    """The stored result of the verification is the one that was found now."""
    path = folder / CHECKED
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    if text != as_json(made, language):
        yield from _differences(
            CHECKED, enumerate(text.splitlines(), 1), enumerate(as_json(made, language).splitlines(), 1)
        )


def _documents(run: StoredRun) -> Iterator[Message]:
    """Every document that the manifest lists is there, unchanged, and says what it says when it is made again."""
    listed, languages = _listed(run), set[str]()
    for name, stated in listed.items():
        path, known = run.folder / name, NAME.fullmatch(name)
        if known is None or not path.is_file():
            yield Message("verify.document_missing", {"got": name}, MANIFEST, "documents")
            continue
        languages.add(known[2] or "")
        if sha256(path) != stated:
            yield Message("verify.document_changed", {"got": name}, MANIFEST, "documents")
    with tempfile.TemporaryDirectory(prefix="allocator-verify-") as place:
        for suffix in sorted(languages):
            reports.write_reports(run, Path(place), suffix or run.language, f".{suffix}" if suffix else "")
        for name in (name for name in listed if NAME.fullmatch(name) and (run.folder / name).is_file()):
            again = Path(place) / name
            if (run.folder / name).read_bytes() != again.read_bytes():
                yield from _differences(name, said(run.folder / name), said(again))


Said = tuple[object, str]
"""Where a text stands in a document, and the text."""


def _differences(name: str, stated: Iterable[Said], made: Iterable[Said]) -> Iterator[Message]:
    """The first places at which two documents say something else."""
    count = 0
    for one, other in zip_longest(stated, made, fillvalue=None):
        if one != other and count < MOST:
            count += 1
            place = one or other
            values = {key: side[1][:SHOWN] if side else "''" for key, side in (("stated", one), ("recomputed", other))}
            yield Message("verify.differs", values, name, str(place[0]) if place else "")


def said(path: Path) -> Iterator[Said]:
    """What a document says, with where: visible text and data of charts of a page, lines of a memo, cells of a workbook."""
    if path.suffix == ".xlsx":
        yield from _cells(path)
        return
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".html":
        text = re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL)
        text = "\n".join(unescape(part) for part in re.split(r"[<>]", text) if part.strip())
    yield from enumerate(text.splitlines(), 1)


def _cells(path: Path) -> Iterator[Said]:
    """Every cell of a workbook, its formulas, and the numbers that its charts keep."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(path)
        for sheet in book.sheet_names:
            for row, cells in enumerate(book.get_sheet_by_name(sheet).to_python(), 1):
                yield from ((f"{sheet}!{letters(at)}{row}", str(cell)) for at, cell in enumerate(cells) if cell != "")
        with zipfile.ZipFile(path) as parts:
            for entry in sorted(parts.infolist(), key=lambda part: part.filename):
                if entry.filename.startswith("xl/") and entry.file_size < MOST_BYTES:
                    text = parts.read(entry).decode("utf-8", errors="replace")
                    yield from (
                        (entry.filename, unescape(found))
                        for found in re.findall(r"<(?:f|c:v|a:t)\b[^>]*>([^<]*)<", text)
                    )
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError) as error:
        yield path.name, str(error) or type(error).__name__


def letters(column: int) -> str:
    """The letters of a column of a sheet; the first is 0."""
    rest, last = divmod(column, 26)
    return (letters(rest - 1) if rest else "") + chr(ord("A") + last)


def write(run: StoredRun, language: str, suffix: str = "", progress: Progress | None = None) -> dict[str, str]:
    """Write the reports into the run's folder; name and SHA-256 of each."""
    written = reports.write_reports(run, run.folder, language, suffix, progress) or ()
    return {path.name: sha256(path) for path in written}


def write_again(folder: Path, language: str | None, progress: Progress | None = None) -> list[Path]:
    """Write the documents of a stored plan again, with a language beside the first ones; their paths.

    Raises:
        VerificationFailed: the plan does not keep what it promises; nothing is written.
    """
    made = verify(folder)
    if not made.ok:
        raise VerificationFailed(made.violations)
    run = read(folder)
    written = write(run, language or run.language, f".{language}" if language else "", progress)
    manifests.write(folder / MANIFEST, {**run.manifest, "documents": {**_listed(run), **written}})
    return [folder / name for name in written]
