"""The page: one file that needs no network, for screen, dark screen and paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jinja2

from allocator.messages import say
from allocator.report.cells import texts

if TYPE_CHECKING:
    from pathlib import Path

    from allocator.report.tables import Column, Report, Table

ROWS_ON_PAGE = 2000
SHORT = frozenset({"project_id", "region", "category", "binding", "committed"})


def write(report: Report, path: Path) -> None:
    """Write the page."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("allocator.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    page = environment.get_template("report.html.j2").render(
        report=report,
        sections=[section(report, table) for table in report.tables if table.on_page and len(table.rows)],
        say=lambda key, **values: say(f"report.{key}", report.language, **values),
    )
    path.write_text(page, encoding="utf-8", newline="\n")


def section(report: Report, table: Table) -> dict[str, Any]:
    """A table ready to be laid out: texts, alignment, and the width of each row's bar in percent."""
    rows = texts(report, table, ROWS_ON_PAGE)
    return {
        "key": table.key,
        "title": table.title,
        "columns": [{"title": column.title, "style": style(column)} for column in table.columns],
        "rows": list(zip(rows, bars(table, len(rows)), strict=True)),
        "left_out": len(table.rows) - len(rows),
    }


def style(column: Column) -> str:
    """Class of a column's cells: numbers to the right; ids and the like on one line, names with room."""
    if column.kind != "text":
        return "n"
    return "s" if column.key in SHORT else "w" if column.key == "project_name" else ""


def bars(table: Table, count: int) -> list[float | None]:
    """Width of every row's bar, the longest being 100; None without bars."""
    if not table.bar:
        return [None] * count
    values = table.rows[table.bar].fillna(0.0).clip(lower=0.0)
    longest = values.max()
    return [float(value / longest * 100) if longest > 0 else 0.0 for value in values.head(count)]
