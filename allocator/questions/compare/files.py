"""A comparison as files: one tidy table, one page, one workbook."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.messages import Message
from allocator.messages.errors import InputError
from allocator.messages.progress import put_off
from allocator.questions.compare.layout import ORDER, PLAIN, report_of
from allocator.runs.stored_tables import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allocator.questions.compare.difference import Difference

COLUMNS = ("section", "run", "item", "what", "before", "after", "difference", "unit", "note")
SHAPES = {
    "differences": ("item", "what", "before", "after", "", "origin_after"),
    "figures": ("figure", "", "before", "after", "difference", "distinguishable"),
    "attribution": ("figure", "group", "", "", "amount", "distinguishable"),
    "goals": ("measure", "term", "before", "after", "difference", ""),
    "awards": ("project_id", "change", "award_before", "award_after", "difference", "project_name"),
    "totals": ("key", "measure", "before", "after", "difference", "dimension"),
    "limits": ("limit", "group", "value_before", "value_after", "", "binds_in"),
}
"""Table → its columns that become item, what, before, after, difference and note of the tidy table."""


def write(differences: Sequence[Difference], language: str, folder: Path) -> list[Path]:
    """Write compare.csv, compare.html and compare.xlsx.

    Raises:
        InputError: the folder cannot be written to.
    """
    from allocator.report import html
    from allocator.report.workbook import excel

    report = report_of(differences, language)
    csv_file, page, book = (folder / f"compare.{ending}" for ending in ("csv", "html", "xlsx"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with put_off():
            write_csv(differences, csv_file)
            html.write(report, page, "compare.html.j2")
            excel.write_tables(report, book)
    except OSError as error:
        raise InputError([Message("cli.not_writable", {"file": str(folder), "error": str(error)})]) from None
    return [page, book, csv_file]


def write_csv(differences: Sequence[Difference], path: Path) -> None:
    """Every difference of every kind as one row, numbers as exact plain decimals."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for difference in differences:
            unit = difference.pair.before.money.name
            for section in ORDER:
                rows = difference.tables.get(section)
                for row in () if rows is None else rows.to_dict("records"):
                    cells = [plain(row.get(column, "")) if column else "" for column in SHAPES[section]]
                    *values, note = cells
                    counted = section == "differences" or PLAIN & set(values)
                    own = str(row.get("unit", "")) if section == "limits" else "" if counted else unit
                    if section == "totals" and row["year"] not in ("", None):
                        note = f"{note} {plain(row['year'])} {row['source']}".strip()
                    writer.writerow([section, difference.pair.after.run_id, *values, own, note])
