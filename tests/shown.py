"""What a person reads of an output: the visible text of pages, workbooks and commands."""

from __future__ import annotations

import contextlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl

from allocator.cli import commands as cli
from allocator.report import html

SAID = frozenset({"name", "tip", "text", "subtext", "formatter"})
"""Keys of a chart's option whose values are shown; texts in lists of data are names too."""


def words_of(page: Path) -> list[str]:
    """The text of a page: what is shown, and what titles, labels and charts say; no style or program."""
    text = page.read_text(encoding="utf-8")
    for name in ("vendored/echarts.min.js", "templates/page.js"):
        text = text.replace(html.script(name)["text"], "")
    text = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    labels = re.findall(r"(?:aria-label|title|placeholder)=\"([^\"]*)\"", text)
    charts = [words for option in re.findall(r"data-option='([^']*)'", text) for words in said(json.loads(option))]
    shown = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    return [unescape(part) for part in [*re.findall(r">([^<>]+)<", shown), *labels, *charts]]


def said(option: Any, key: str = "") -> Iterator[str]:
    """Every text of a chart that is drawn."""
    if isinstance(option, dict):
        for name, value in option.items():
            yield from said(value, name)
    elif isinstance(option, list):
        for value in option:
            yield from said(value, "text" if key == "data" else key)
    elif isinstance(option, str) and key in SAID:
        yield re.sub(r"\{\w+\}", "", option)


def cells_of(book: Path) -> list[str]:
    """Every text of a workbook, names of sheets and charts' titles among them."""
    opened = openpyxl.load_workbook(book)
    texts = [str(cell.value) for page in opened for row in page.iter_rows() for cell in row if cell.data_type == "s"]
    with zipfile.ZipFile(book) as parts:
        charts = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/")]
    titles = [unescape(text) for chart in charts for text in re.findall(r"<a:t>([^<]*)</a:t>", chart)]
    return [*texts, *opened.sheetnames, *titles]


def ended(*arguments: str) -> tuple[list[str], int]:
    """What a command prints, on both streams, and its exit status."""
    out, status = io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            cli.main(arguments)
        except SystemExit as end:
            status = int(end.code or 0)
    return out.getvalue().splitlines(), status


def spoken(*arguments: str) -> list[str]:
    """What a command prints, on both streams."""
    return ended(*arguments)[0]
