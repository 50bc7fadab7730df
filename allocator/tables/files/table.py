"""A table: columns of a sheet, matched to their names and read by type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from allocator.config.keys.tables import Tables
from allocator.config.source.months import FIRST_YEAR, LAST_YEAR, month_advice, month_in
from allocator.messages import Message
from allocator.money import Money
from allocator.tables.files import cells as cell
from allocator.tables.files.columns import Known, Matching
from allocator.tables.files.percent_cells import as_shown
from allocator.tables.files.problems import Problems
from allocator.tables.files.sheet import Sheet, Source

Values = NDArray[Any]
MOST_HINTS: Final = 100
"""Own headers that are compared with the known ones; a file may have thousands."""
MOSTLY: Final = 0.5
MOST_YEARS: Final = 100
"""No bond, works or subsidy takes longer; what is computed year by year ends."""


@dataclass
class Table:
    """A table file: its sheet, which column serves which name, and the values read so far."""

    source: Source
    known: Known
    sheet: Sheet
    matching: Matching
    money: Money
    problems: Problems
    sha256: str
    written: Tables
    """How numbers and dates stand in it."""
    values: dict[str, Values] = field(default_factory=dict)
    parts: tuple[Table, ...] = ()
    """The tables it was put together from, where it stands in several files."""

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.sheet.rows)

    def header(self, name: str) -> str:
        """The header of a column as the planner wrote it."""
        return self.sheet.headers[self.matching.names[name]]

    def place(self, row: int, name: str) -> str:
        """Where a cell stands."""
        return self.sheet.place(row, self.matching.names.get(name, 0))

    def faults(self, key: str, name: str, faults: Sequence[tuple[int, dict[str, object]]]) -> None:
        """Report faulty cells (row, values) of a column."""
        self.problems.cells(key, self.sheet, self.matching.names[name], faults)

    def got(self, name: str, row: int) -> str:
        """A cell as it stands in the file."""
        column = self.sheet.columns[self.matching.names[name]]
        return column[row] if isinstance(column, list) else cell.texts(column[row : row + 1])[0]

    def frame(self) -> pd.DataFrame:
        """The values read so far, in the order of the file's rows.

        Known columns come in the order of the data dictionary and the planner's own after them by name, so that the
        order of columns in a file decides nothing.
        """
        order = {name: number for number, name in enumerate(self.known.columns)}
        names = sorted(self.values, key=lambda name: (order.get(name, len(order)), name))
        return pd.DataFrame({name: series(self.values[name]) for name in names})

    def read_all(self, demanded: frozenset[str], amounts: frozenset[str], signed: frozenset[str] = frozenset()) -> None:
        """Read every column.

        ``amounts`` are read as money, those ``signed`` may be negative. Columns of the planner's own are numbers when
        all their cells are, and must be when ``demanded``.
        """
        for name in self.matching.names:
            column = self.matching.types.get(name)
            if name in amounts:
                self.values[name] = self.amounts(name, signed=name in signed)
            elif column is None or column.is_money:
                self.values[name] = self.own(name, demanded=name in demanded)
            else:
                self.values[name] = READERS[column.type](self, name)

    def cells(self, name: str) -> cell.Cells:
        """The cells of a column as read from the file."""
        return self.sheet.columns[self.matching.names[name]]

    def figures(self, name: str) -> cell.Cells:
        """The cells of a column of numbers, with a point before the decimals."""
        return cell.with_point(self.cells(name)) if self.written.decimal == "," else self.cells(name)

    def as_shown(self, name: str, values: Values) -> Values:
        """Numbers that are no money, as a spreadsheet shows them; what arithmetic left over is 0, which is told."""
        read, left = cell.shown(values)
        if left:
            got = self.got(name, left[0])
            self.problems.notice("left_over", self.place(left[0], name), self.header(name), count=len(left), got=got)
        return read

    def texts(self, name: str) -> Values:
        """A column of attributes, with half-width digits, letters and spaces."""
        return objects(cell.half_width(cell.texts(self.cells(name))))

    def verbatim(self, name: str) -> Values:
        """A column of ids or names: nothing but the spaces around them is changed."""
        return objects(cell.texts(self.cells(name)))

    def lists(self, name: str) -> Values:
        """A column of lists, with ';' between the items."""
        read, _ = cell.each_distinct(cell.texts(self.cells(name)), cell.items_in)
        return objects([items or "" for items in read])

    def own(self, name: str, *, demanded: bool) -> Values:
        """A column of the planner's own."""
        column = self.figures(name)
        if not isinstance(column, list) or demanded or cell.looks_numeric(column):
            return self.numbers(name)
        share = cell.numeric_share(column)
        if MOSTLY < share < 1:
            row = next(row for row, text in enumerate(column) if text and cell.number_in(text) is None)
            values = {"got": self.got(name, row), "share": f"{share:.0%}"}
            self.problems.notice("mostly_numbers", self.place(row, name), self.header(name), **values)
        return self.texts(name)

    def numbers(self, name: str, unit: str = "") -> Values:
        """A column of numbers."""
        read = cell.numbers(self.figures(name))
        self.tell_typed(name, read.typed)
        self.bad_numbers(name, read.bad, unit, None)
        return self.as_shown(name, read.values)

    def tell_typed(self, name: str, rows: Sequence[int]) -> None:
        """Tell once per column that numbers were read from what people typed."""
        spaced = self.sheet.spaced.get(self.matching.names[name], [])
        rows = sorted({*rows, *spaced}) if spaced else rows
        if rows:
            got = f" {self.got(name, rows[0])} " if rows[0] in spaced else self.got(name, rows[0])
            values = {"count": len(rows), "got": got, "read": format(cell.number_in(self.pointed(got)) or 0, "f")}
            self.problems.notice("typed", self.place(rows[0], name), self.header(name), **values)

    def pointed(self, text: str) -> str:
        """A number as text with a point before the decimals."""
        return "".join(cell.with_point([text])) if self.written.decimal == "," else text

    def bad_numbers(self, name: str, rows: Sequence[int], unit: str, money: Money | None) -> None:
        """Report cells that hold no number, with what to write instead."""
        key = "not_a_number_of" if unit else "not_a_number"
        key = "not_a_fraction" if unit == cell.FRACTION else key
        texts = {row: self.got(name, row) for row in rows}
        faults: list[tuple[int, dict[str, object]]] = [
            (row, {"unit": unit, "got": text, "advice": self.advice(text, unit, money)}) for row, text in texts.items()
        ]
        self.faults(key, name, faults)

    def advice(self, text: str, unit: str, money: Money | None) -> Message:
        """What to write instead of a cell that is no number."""
        comma = self.written.decimal == "," and cell.number_in(text) is not None
        return Message("tables.write_comma") if comma else cell.advice(text, unit, money)

    def amounts(self, name: str, *, signed: bool) -> Values:
        """A column of amounts, in whole fen."""
        column = self.figures(name)
        read = cell.numbers(column)
        self.tell_typed(name, read.typed)
        self.bad_numbers(name, read.bad, self.money.name, self.money)
        fen = cell.to_fen(read.values, column, self.money)
        if fen.total > self.money.largest:
            got = [(row, self.got(name, row)) for row in fen.large]
            self.problems.too_large(self.sheet, self.matching.names[name], self.money, fen.total, got)
        if fen.finer:
            row = fen.finer[0]
            read_as = self.money.text(fen.fen[row])
            values = {"count": len(fen.finer), "got": self.got(name, row), "read": read_as, **self.money.quantum_values}
            self.problems.notice("finer", self.place(row, name), self.header(name), **values)
        if not signed:
            self.below_nothing(name, fen.fen)
        return fen.fen

    def below_nothing(self, name: str, values: Values) -> None:
        """Report numbers that cannot be below 0 and are."""
        below = np.flatnonzero(values < 0).tolist()
        self.faults("negative", name, [(row, {"got": self.got(name, row)}) for row in below])

    def distinct(self, name: str, key: str, read: Callable[[str], Any]) -> list[Any]:
        """A column read through its distinct texts; cells that cannot be read are faults ``key``."""
        column = cell.texts(self.cells(name))
        values, bad = cell.each_distinct(column, read)
        self.faults(key, name, [(row, {"got": column[row]}) for row in bad])
        return values

    def flags(self, name: str) -> Values:
        """A column of flags, as 1 and 0."""
        column = cell.texts(self.cells(name))
        values, bad = cell.each_distinct(column, cell.flag_in)
        self.faults("flag", name, [(row, {"got": column[row], "advice": cell.flag_advice(column[row])}) for row in bad])
        return floats(values)

    def months(self, name: str) -> Values:
        """A column of months, as yyyy-mm."""
        column = cell.texts(self.cells(name))
        values, bad = cell.each_distinct(column, lambda text: month_in(text, self.written.dates))
        self.faults("month", name, [(row, {"got": column[row], "advice": month_advice(column[row])}) for row in bad])
        return objects([month or "" for month in values])

    def fractions(self, name: str) -> Values:
        """A column of shares between 0 and 1; 是 is 1."""
        column = self.figures(name)
        if isinstance(column, list):
            flags = {text: cell.flag_in(text) for text in set(column)}
            worded = [row for row, text in enumerate(column) if flags[text] is not None]
            rest = ["" if flags[text] is not None else text for text in column]
            read = cell.numbers(rest)
            read.values[worded] = [flags[column[row]] for row in worded]
            self.tell_typed(name, read.typed)
            self.bad_numbers(name, read.bad, cell.FRACTION, None)
            column = read.values
        values = self.as_shown(name, column)
        outside = np.flatnonzero((values < 0) | (values > 1)).tolist()
        self.faults("fraction", name, [(row, {"got": self.got(name, row)}) for row in outside])
        return values

    def percents(self, name: str) -> Values:
        """A column of percentages, as written: 3.5 is 3.5 %, and so is a cell of a workbook that shows 3.5%."""
        column = self.figures(name)
        if isinstance(column, list):
            column = [text.rstrip("%％ ") for text in column]
        read = cell.numbers(column)
        self.bad_numbers(name, read.bad, "%", None)
        self.below_nothing(name, read.values)
        return as_shown(self.as_shown(name, read.values), self.sheet.in_percent(self.matching.names[name]))

    def integers(self, name: str) -> Values:
        """A column of whole numbers of years."""
        values = self.numbers(name)
        self.below_nothing(name, values)
        long = np.flatnonzero(values > MOST_YEARS).tolist()
        self.faults("too_many_years", name, [(row, {"got": self.got(name, row), "most": MOST_YEARS}) for row in long])
        broken = np.flatnonzero(values != np.rint(values)).tolist()
        self.faults(
            "whole", name, [(row, {"got": self.got(name, row)}) for row in broken if values[row] == values[row]]
        )
        return values

    def years(self, name: str) -> Values:
        """A column of years."""
        column = self.cells(name)
        if isinstance(column, list):
            column = [text.removesuffix("年").rstrip() for text in column]
        values, _ = cell.shown(cell.numbers(column).values)
        with np.errstate(invalid="ignore"):
            sound = (values == np.rint(values)) & (values >= FIRST_YEAR) & (values <= LAST_YEAR)
        filled = np.array([bool(text) for text in column], bool) if isinstance(column, list) else ~np.isnan(column)
        broken = np.flatnonzero(filled & ~sound).tolist()
        self.faults("year", name, [(row, {"got": self.got(name, row)}) for row in broken])
        return np.where(sound, values, np.nan)

    def report_blank(self, name: str) -> None:
        """Report blank cells of a column in which every cell is needed."""
        values = self.values[name]
        blank = values == "" if values.dtype == object else np.isnan(values)
        self.faults("blank", name, [(row, {}) for row in np.flatnonzero(blank).tolist() if not self.got(name, row)])


READERS: Final[Mapping[str, Callable[[Table, str], Values]]] = {
    "id": Table.verbatim,
    "name": Table.verbatim,
    "text": Table.texts,
    "list": Table.lists,
    "lock": Table.verbatim,
    "flag": Table.flags,
    "fraction": Table.fractions,
    "number": Table.numbers,
    "percent": Table.percents,
    "integer": Table.integers,
    "year": Table.years,
    "month": Table.months,
}


def objects(texts: Sequence[str]) -> Values:
    """Texts as an array of Python strings."""
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array


def floats(values: Sequence[float | None]) -> Values:
    """Numbers with NaN for None."""
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def series(values: Values) -> pd.Series[Any]:
    """A column of a frame that stays what it is: no other string type is inferred."""
    return pd.Series(values, dtype=values.dtype)


def nearest_header(header: str, headers: Sequence[str]) -> str | None:
    """A known header that differs from this one by a slip of the pen."""
    close = get_close_matches(header.casefold(), headers, n=1, cutoff=0.75)
    return close[0] if close else None
