"""The page: one file that needs no network, for screen, dark screen and paper.

`page` and the templates `base.html.j2` and `parts.html.j2` are shared by every page, `write` is the report's.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from allocator.messages import catalogue, say
from allocator.report.cells import texts

if TYPE_CHECKING:
    from pathlib import Path

    from allocator.report.sections import Report
    from allocator.report.view import Column, Table

ROWS_ON_PAGE = 2000
SEARCHABLE = 25
"""Rows from which on a table has a search field and scrolls."""
SORTABLE = 3
SHORT = frozenset({"project_id", "region"})


def write(report: Report, path: Path, template: str = "report.html.j2") -> None:
    """Write the report page, or another one that is laid out like it."""
    sections = [
        {
            "key": section.key,
            "title": section.title,
            "lead": section.lead,
            "charts": section.charts,
            "tables": [laid_out(t, report.unit, report.places) for t in section.tables if t.on_page and len(t.rows)],
        }
        for section in report.sections
    ]
    shown = [section for section in sections if section["charts"] or section["tables"]]
    has_charts = any(section.charts for section in report.sections)
    text = page(template, report.language, has_charts=has_charts, title=report.title, report=report, sections=shown)
    path.write_text(text, encoding="utf-8", newline="\n")


def page(template: str, language: str, *, has_charts: bool, **values: Any) -> str:
    """A page made from a template that extends `base.html.j2`; ``values`` holds at least its ``title``.

    Scripts are allowed by their digest, so that nothing else on the page can run.
    """
    names = (*(("vendored/echarts.min.js",) if has_charts else ()), "templates/page.js")
    return environment().get_template(template).render(
        language=language,
        say=lambda key, **filled: say(key if "." in key else f"report.{key}", language, **filled),
        words={key: catalogue("report", language)[f"js_{key}"] for key in ("sort", "found")},
        scripts=[script(name) for name in names],
        **values,
    )  # fmt: skip


@cache
def environment() -> jinja2.Environment:
    """The templates; everything that is filled in is escaped."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader("allocator.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip


@cache
def script(name: str) -> dict[str, str]:
    """A script of ours with the digest by which the page lets it run."""
    text = files("allocator.report").joinpath(name).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return {"text": Markup(text), "digest": digest}  # noqa: S704 - our own file, never input


def laid_out(table: Table, unit: str, places: int) -> dict[str, Any]:
    """A table ready to be laid out: texts, alignment, and each row's bar and shades."""
    rows = texts(table, places, ROWS_ON_PAGE)
    return {
        "key": table.key,
        "title": table.title,
        "unit": unit if any(column.kind in {"money", "estimate"} for column in table.columns) else "",
        "columns": [{"title": column.title, "style": style(column)} for column in table.columns],
        "rows": list(zip(rows, bars(table, len(rows)), shades(table, len(rows)), strict=True)),
        "searchable": len(rows) >= SEARCHABLE,
        "sortable": len(rows) >= SORTABLE,
        "left_out": len(table.rows) - len(rows),
    }


def style(column: Column) -> str:
    """Class of a column's cells: numbers to the right; ids and the like on one line, names with room."""
    if column.kind != "text":
        return "n"
    if column.key in SHORT or column.key.startswith("rule_"):
        return "s"
    return "w" if column.key == "project_name" else "t"


def bars(table: Table, count: int) -> list[float | None]:
    """Width of every row's bar, the longest being 100; None without bars."""
    if not table.bar:
        return [None] * count
    values = table.rows[table.bar].fillna(0.0).clip(lower=0.0)
    longest = values.max()
    return [float(value / longest * 100) if longest > 0 else 0.0 for value in values.head(count)]


def shades(table: Table, count: int) -> list[list[int | None]]:
    """Percent of the shade of every cell, the greatest value of the table being darkest; empty without shades."""
    if not table.heat:
        return [[]] * count
    values = table.rows[list(table.heat)].astype(float)
    greatest = max(float(values.max().max()), 0.0) or 1.0
    share = (values.head(count).fillna(0.0).clip(lower=0.0) / greatest * 70).round().astype(int)
    shaded = {column: share[column].tolist() for column in table.heat}
    return [[shaded[c.key][row] if c.key in shaded else None for c in table.columns] for row in range(count)]
