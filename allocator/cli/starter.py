"""What ``init`` writes: a config that runs as it is, and a project table in Excel with drop-downs and notes."""

from __future__ import annotations

import csv
from importlib.resources import files
from pathlib import Path
from typing import Any

import xlsxwriter

from allocator.messages import Message, say
from allocator.messages.errors import InputError

ROWS = 2000
"""Rows of the template that have drop-downs."""
NUMERIC = frozenset({"money", "number", "fraction", "percent", "year", "integer", "flag"})
WORDS = {
    "category": {
        "major": ("重大工业项目", "major project"),
        "renovation": ("企业技改", "renovation"),
        "guarantee": ("融资担保", "guarantee"),
        "park": ("园区基础设施", "park"),
        "results": ("科技成果产业化", "research results"),
    },
    "stage": {
        "signed": ("签约", "signed"),
        "filed": ("备案", "filed"),
        "started": ("已开工", "started"),
        "building": ("在建", "under construction"),
    },
    "firm_size": {"large": ("大型", "large"), "medium": ("中型", "medium"), "small": ("小型", "small")},
    "chain_role": {
        "new": ("建链", "new"),
        "mend": ("补链", "mend"),
        "strengthen": ("强链", "strengthen"),
        "extend": ("延链", "extend"),
    },
    "lock": {"must_fund": ("必选", "must_fund"), "must_not": ("排除", "must_not")},
}
"""Column → the words its drop-down offers, in Chinese and English."""


def write_starter(folder: Path, language: str) -> tuple[Path, ...]:
    """Write ``plan.yaml`` and ``projects.xlsx`` into ``folder``, which is made when missing; returns both.

    Raises:
        InputError: one of the files exists already, or the folder cannot be written.
    """
    config, book = folder / "plan.yaml", folder / "projects.xlsx"
    taken = [Message("cli.exists", {"file": str(path)}) for path in (config, book) if path.exists()]
    if taken:
        raise InputError(taken)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = template(f"plan.{language}.yaml")
        config.write_text(text, encoding="utf-8", newline="\n")
        write_book(book, language)
    except OSError as error:
        raise InputError(
            [Message("cli.not_writable", {"file": str(folder), "error": error.strerror or error})]
        ) from None
    return config, book


def template(name: str) -> str:
    """A file of the package's templates."""
    return files("allocator.cli").joinpath("templates", name).read_text(encoding="utf-8")


def dictionary() -> list[dict[str, str]]:
    """The columns of the project table as the data dictionary lists them."""
    text = files("allocator.tables").joinpath("data_dictionary.csv").read_text(encoding="utf-8-sig")
    return [row for row in csv.DictReader(text.splitlines()) if row["table"] == "projects"]


def example_rows(language: str) -> list[dict[str, str]]:
    """The invented projects, in the words of ``language``."""
    place = {"zh": 0, "en": 1}[language]
    rows = []
    for written in csv.DictReader(template("projects.csv").splitlines()):
        row = {}
        for key, value in written.items():
            column, _, spoken = key.partition(".")
            if spoken in {"", language}:
                row[column] = WORDS[column][value][place] if column in WORDS and value else value
        rows.append(row)
    return rows


def write_book(path: Path, language: str) -> None:
    """The project table: example rows, every known column, and a sheet that explains them."""
    columns, rows = dictionary(), example_rows(language)
    used = [column for column in columns if any(row.get(column["column"]) for row in rows)]
    columns = used + [column for column in columns if column not in used]
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        page = book.add_worksheet(say("cli.sheet_projects", language))
        formats = {
            "known": book.add_format({"bold": True, "bg_color": "#D9E2EC", "text_wrap": True, "border": 1}),
            "needed": book.add_format({"bold": True, "bg_color": "#F9E0A2", "text_wrap": True, "border": 1}),
            "text": book.add_format({"num_format": "@"}),
            "wrapped": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        page.freeze_panes(1, 2)
        for position, column in enumerate(columns):
            write_column(page, position, column, [row.get(column["column"], "") for row in rows], language, formats)
        explain(book, columns, language, formats)


def write_column(
    page: Any, position: int, column: dict[str, str], values: list[str], language: str, formats: dict[str, Any]
) -> None:
    """Header with a note, example values, and a drop-down where the column has a list of words."""
    key, kind = column["column"], column["type"]
    is_number = kind in NUMERIC
    page.set_column(position, position, 22 if kind == "name" else 14, None if is_number else formats["text"])
    page.write_string(0, position, title(column, language), formats["needed" if column["required"] == "1" else "known"])
    page.write_comment(0, position, note(column, language), {"x_scale": 2, "y_scale": 1.2})
    for row, value in enumerate(values, 1):
        if value and is_number:
            page.write_number(row, position, float(value))
        elif value:
            page.write_string(row, position, value, formats["text"])
    place = {"zh": 0, "en": 1}[language]
    if key in WORDS:
        offered = [words[place] for words in WORDS[key].values()]
        # A hint, not a barrier: a planner's own categories and stages are allowed.
        page.data_validation(
            1, position, ROWS, position, {"validate": "list", "source": offered, "error_type": "information"}
        )
    elif kind == "flag" or key in {"is_sei", "is_future"}:
        page.data_validation(
            1, position, ROWS, position, {"validate": "list", "source": ["1", "0"], "error_type": "information"}
        )
    elif kind == "money":
        rule = {"validate": "decimal", "criteria": ">=", "value": 0, "error_message": say("cli.sheet_money", language)}
        page.data_validation(1, position, ROWS, position, rule)


def title(column: dict[str, str], language: str) -> str:
    """Header of a column."""
    return column["header_zh"] if language == "zh" else column["column"]


def note(column: dict[str, str], language: str) -> str:
    """What a column means, its unit and whether it is needed."""
    needed = say("cli.sheet_required" if column["required"] == "1" else "cli.sheet_optional", language)
    unit = f" [{column['unit']}]" if column["unit"] else ""
    return f"{column['meaning_' + language]}{unit} ({needed})"


def explain(book: Any, columns: list[dict[str, str]], language: str, formats: dict[str, Any]) -> None:
    """A sheet with every column's headers, unit and meaning."""
    page = book.add_worksheet(say("cli.sheet_notes", language))
    heads = say("cli.sheet_heads", language).split("|")
    for position, (head, wide) in enumerate(zip(heads, (24, 24, 10, 10, 70), strict=True)):
        page.set_column(position, position, wide)
        page.write_string(0, position, head, formats["known"])
    page.freeze_panes(1, 0)
    for row, column in enumerate(columns, 1):
        needed = say("cli.sheet_required" if column["required"] == "1" else "cli.sheet_optional", language)
        cells = (column["header_zh"], column["column"], column["unit"], needed, column[f"meaning_{language}"])
        for position, cell in enumerate(cells):
            page.write_string(row, position, cell, formats["wrapped"])
