"""What the planner's tables say about a project, and whether it meets a condition."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from math import floor
from typing import TYPE_CHECKING

from allocator.config import Condition, Range, Where

if TYPE_CHECKING:
    import pandas as pd

    from allocator.money import Money

Cell = str | Fraction | None
"""Text, number in the config's units, or blank."""
TYPED_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]+)?")
Attribute = Callable[[str], Cell]


@cache
def money_columns(table: str) -> frozenset[str]:
    """Columns of a table that are amounts, by the data dictionary."""
    text = files("allocator").joinpath("data_dictionary.csv").read_text(encoding="utf-8-sig")
    return frozenset(
        row["column"] for row in csv.DictReader(text.splitlines()) if row["table"] == table and row["unit"] == "万元"
    )


@dataclass(frozen=True)
class Facts:
    """The project table, column by column, and where each project stands in it."""

    columns: Mapping[str, list[object]]
    row_of: Mapping[str, int]
    amounts: frozenset[str]
    money: Money

    @classmethod
    def of(cls, projects: pd.DataFrame, money: Money) -> Facts:
        """Take the columns of the project table (amounts in fen)."""
        columns = {name: projects[name].tolist() for name in projects.columns}
        row_of = {str(project): row for row, project in enumerate(columns["project_id"])}
        return cls(columns, row_of, money_columns("projects"), money)

    def cell(self, row: int, column: str) -> Cell:
        """The cell in the config's units; blank where the table has no such column."""
        value = exact(self.columns[column][row]) if column in self.columns else None
        if isinstance(value, Fraction) and column in self.amounts:
            return value / self.money.fen_per_unit
        return value

    def fen(self, row: int, column: str) -> Fraction | None:
        """The cell as an amount in fen; a column of the planner's own is in the config's money unit."""
        value = self.cell(row, column)
        return Fraction(half_up(value * self.money.fen_per_unit)) if isinstance(value, Fraction) else None

    def names(self, row: int, column: str) -> tuple[str, ...]:
        """The ids in a cell that may hold several, separated by semicolons, as written."""
        value = self.cell(row, column)
        pieces = value.replace("；", ";").split(";") if isinstance(value, str) else ()
        return tuple(piece.strip() for piece in pieces if piece.strip())


def half_up(value: Fraction) -> int:
    """The nearest whole number, halves away from zero."""
    return floor(value + Fraction(1, 2)) if value >= 0 else -floor(Fraction(1, 2) - value)


def exact(value: object) -> Cell:
    """A cell of a data frame as text or the number that was typed; None when blank."""
    if value is None or value == "" or value != value:  # noqa: PLR0124  only NaN differs from itself
        return None
    if isinstance(value, str):
        return value
    return Fraction(Decimal(repr(float(value))))  # type: ignore[arg-type]


def normal(value: object) -> str:
    """The form in which values are compared: true, 1 and 是 alike, 3.0 as 3, full width as half width."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | Decimal | Fraction):
        return _number_text(Fraction(value))
    text = unicodedata.normalize("NFKC", str(value)).strip()
    known = {"true": "1", "是": "1", "false": "0", "否": "0"}.get(text.casefold())
    if known is not None:
        return known
    number = number_in(text)
    return text if number is None else _number_text(number)


def number_in(value: Cell) -> Fraction | None:
    """The number a cell holds, if it holds one."""
    if value is None or isinstance(value, Fraction):
        return value
    text = unicodedata.normalize("NFKC", value).strip()
    return Fraction(text) if TYPED_NUMBER.fullmatch(text) else None


def parts(value: Cell) -> tuple[str, ...]:
    """The single values of a cell in normal form, blanks left out."""
    if value is None:
        return ()
    if isinstance(value, Fraction):
        return (normal(value),)
    pieces = (normal(piece) for piece in value.replace("；", ";").split(";"))
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def meets(where: Where | Mapping[str, Condition], attribute: Attribute) -> bool:
    """Whether every condition holds."""
    return all(fulfils(condition, attribute(name)) for name, condition in where.items())


def fulfils(condition: Condition, cell: Cell) -> bool:
    """Whether one cell meets one condition; a blank meets only ``not``."""
    values = parts(cell)
    if not isinstance(condition, Range):
        return not _normals(condition).isdisjoint(values)
    if condition.not_ is not None and not _normals(condition.not_).isdisjoint(values):
        return False
    if condition.min is None and condition.max is None:
        return True
    return any(_inside(condition, number_in(value)) for value in values)


def _inside(bounds: Range, number: Fraction | None) -> bool:
    return (
        number is not None
        and (bounds.min is None or number >= Fraction(bounds.min))
        and (bounds.max is None or number <= Fraction(bounds.max))
    )


def _normals(values: object) -> frozenset[str]:
    items: Iterable[object] = values if isinstance(values, list) else [values]
    return frozenset(normal(item) for item in items)


def _number_text(number: Fraction) -> str:
    text = format(Decimal(number.numerator) / Decimal(number.denominator), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
