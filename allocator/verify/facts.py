"""What the planner's tables say about a project, and whether it meets a condition."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, TypeVar, cast

import pandas as pd

from allocator.config.keys.parts import Condition, Range, Where
from allocator.money import Money
from allocator.money.arrays import is_nan

T = TypeVar("T")
Cell = str | Fraction | None
"""Text, number in the config's units, or blank."""
TYPED_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]+)?")


@cache
def money_columns(table: str) -> frozenset[str]:
    """Columns of a table that are amounts, by the data dictionary."""
    text = files("allocator.tables").joinpath("data_dictionary.csv").read_text(encoding="utf-8-sig")
    return frozenset(
        row["column"] for row in csv.DictReader(text.splitlines()) if row["table"] == table and row["unit"] == "万元"
    )


@dataclass(frozen=True)
class Facts:
    """The project table, column by column, and where each project stands in it.

    A column is turned into exact cells when it is first asked for, each different value once.
    """

    columns: Mapping[str, list[object]]
    row_of: Mapping[str, int]
    amounts: frozenset[str]
    money: Money
    _cells: dict[str, list[Cell]] = field(default_factory=dict)
    _parts: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    _truth: dict[tuple[str, int], tuple[Condition, list[bool]]] = field(default_factory=dict)
    _found: dict[tuple[str, int], Any] = field(default_factory=dict)
    _fen: dict[str, list[int | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, projects: pd.DataFrame, money: Money) -> Facts:
        """Take the columns of the project table (amounts in fen)."""
        columns = {name: projects[name].tolist() for name in projects.columns}
        row_of = {str(project): row for row, project in enumerate(columns["project_id"])}
        return cls(columns, row_of, money_columns("projects"), money)

    def cells(self, column: str) -> list[Cell]:
        """A column in the config's units; blank throughout where the table has no such column."""
        if column not in self._cells:
            unit = self.money.fen_per_unit if column in self.amounts else 1
            values = self.columns.get(column, [None] * len(self.row_of))
            known = {value: exact(value) for value in set(values) if not is_nan(value)}
            scaled = {value: cell / unit if isinstance(cell, Fraction) else cell for value, cell in known.items()}
            self._cells[column] = [scaled.get(value) for value in values]
        return self._cells[column]

    def cell(self, row: int, column: str) -> Cell:
        """One cell in the config's units."""
        return self.cells(column)[row]

    def parts(self, row: int, column: str) -> tuple[str, ...]:
        """The single values of one cell in normal form."""
        if column not in self._parts:
            self._parts[column] = self.each(column, parts)
        return self._parts[column][row]

    def fulfils(self, row: int, column: str, condition: Condition) -> bool:
        """Whether one cell meets a condition of the config."""
        key = (column, id(condition))
        if key not in self._truth:
            self._truth[key] = (condition, self.each(column, lambda cell: fulfils(condition, cell)))
        return self._truth[key][1][row]

    def meets(self, row: int, where: Where) -> bool:
        """Whether a project meets every condition."""
        return all(self.fulfils(row, column, condition) for column, condition in where.items())

    def once(self, name: str, row: int, find: Callable[[], T]) -> T:
        """What is found of a row under a name, worked out when it is first asked for."""
        if (name, row) not in self._found:
            self._found[name, row] = find()
        return cast("T", self._found[name, row])

    def each(self, column: str, of: Callable[[Cell], T]) -> list[T]:
        """``of`` every cell of a column, worked out once for cells that are one and the same object."""
        cells = self.cells(column)
        known = {id(cell): of(cell) for cell in {id(cell): cell for cell in cells}.values()}
        return [known[id(cell)] for cell in cells]

    def fen(self, row: int, column: str) -> int | None:
        """The cell as an amount in fen; a column of the planner's own is in the config's money unit."""
        if column not in self._fen:
            unit = self.money.fen_per_unit
            self._fen[column] = self.each(
                column, lambda cell: half_up(cell * unit) if isinstance(cell, Fraction) else None
            )
        return self._fen[column][row]

    def names(self, row: int, column: str) -> tuple[str, ...]:
        """The ids in a cell that may hold several, separated by semicolons, as written."""
        value = self.cell(row, column)
        pieces = value.replace("；", ";").split(";") if isinstance(value, str) else ()
        return tuple(piece.strip() for piece in pieces if piece.strip())


def listed(names: str | Iterable[str] | None) -> tuple[str, ...]:
    """One name or several; none where nothing is named."""
    return (names,) if isinstance(names, str) else tuple(names or ())


def leaves(values: object) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The values of a nested table of the config, each with its keys in normal form."""
    if not isinstance(values, Mapping):
        yield (), values
        return
    for key, value in values.items():
        yield from (((normal(key), *rest), leaf) for rest, leaf in leaves(value))


def half_up(value: Fraction) -> int:
    """The nearest whole number, halves away from zero."""
    return rounded(value.numerator, value.denominator)


def rounded(top: int, bottom: int) -> int:
    """``top`` ÷ ``bottom`` (positive) to the nearest whole number, halves away from zero."""
    size = (2 * abs(top) + bottom) // (2 * bottom)
    return size if top >= 0 else -size


def exact(value: object) -> Cell:
    """A cell of a data frame as text or the number that was typed; None when blank."""
    if value is None or value == "" or is_nan(value):
        return None
    if isinstance(value, str):
        return value
    return Fraction(Decimal(repr(float(value))))  # type: ignore[arg-type]


def normal(value: object) -> str:
    """The form in which values are compared: true, 1 and 是 alike, 3.0 as 3, full width as half width; '' where blank."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | Decimal | Fraction):
        return _number_text(Fraction(value))
    return _normal_text(str(value))


@lru_cache(maxsize=100_000)
def _normal_text(value: str) -> str:
    text = unicodedata.normalize("NFKC", value).strip()
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


def fulfils(condition: Condition, cell: Cell) -> bool:
    """Whether one cell meets one condition; a blank meets only ``not``."""
    values = parts(cell)
    if not isinstance(condition, Range):
        return not _normals(condition).isdisjoint(values)
    if condition.not_ is not None and not _normals(condition.not_).isdisjoint(values):
        return False
    if condition.begins is not None:
        values = tuple(value for value in values if any(value.find(normal(start)) == 0 for start in condition.begins))
    if condition.min is None and condition.max is None:
        return condition.begins is None or len(values) > 0
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
