"""One sheet of cells, and where it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from allocator.config.source.table_paths import split_sheet
from allocator.money.arrays import Ints
from allocator.tables.files.cells import Cells

Row = Sequence[Any]
Names = Callable[[Sequence[str]], set[str]]
"""The contract columns that a row of cells would give, were it the header."""
SHOWN: Final = 60
"""Characters of a swallowed row that a message shows."""


@dataclass(frozen=True)
class Source:
    """A table file as the config names it."""

    role: str
    """projects, regions, options, commitments, or factor:<path>."""
    path: Path
    sheet: str
    """Sheet of a workbook; '' for the first one."""
    shown: str
    """As the planner wrote it."""
    place: str
    """Where in the config."""
    key: str
    """Dotted path in the config."""

    @classmethod
    def of(cls, role: str, text: str, shown: str, place: str, key: str) -> Source:
        """Split ``book.xlsx#sheet``."""
        file, sheet = split_sheet(text)
        return cls(role, Path(file), sheet, shown[: len(shown) - len(text) + len(file)], place, key)


@dataclass(frozen=True)
class Sheet:
    """A table as read: columns of text, or of numbers where a workbook holds nothing else."""

    file: str
    """The file as the planner wrote it, with the sheet of a workbook: 'book.xlsx#项目库'."""
    workbook: bool
    headers: list[str]
    letters: list[int]
    """Position in the file of each header, from 0."""
    header_row: int
    """Row of the file, from 1."""
    rows: Ints
    """Row of the file of each row of the table, from 1."""
    columns: list[Cells]
    spaced: dict[int, list[int]] = field(default_factory=dict)
    """Columns some of whose cells (these rows) had spaces around them."""
    percent: dict[int, set[int]] = field(default_factory=dict)
    """Column of the file → rows of the file whose numbers a workbook shows in percent."""
    titles: list[tuple[int, str]] = field(default_factory=list)
    """Rows of the file around the table, and what stands in them: titles above it, lines of its foot."""
    semicolons: bool = False
    """Whether they separate the columns, as where decimals have a comma."""

    def in_percent(self, column: int) -> list[int]:
        """Rows of the table in which a column's number is shown in percent."""
        shown = self.percent.get(self.letters[column], ())
        return [row for row, number in enumerate(self.rows.tolist()) if number in shown] if shown else []

    def without(self, left_out: Sequence[int]) -> Sheet:
        """The table less some of its rows."""
        gone = set(left_out)
        kept = [row for row in range(len(self.rows)) if row not in gone]
        new = {row: at for at, row in enumerate(kept)}
        columns = [[c[row] for row in kept] if isinstance(c, list) else c[kept] for c in self.columns]
        spaced = {column: [new[row] for row in rows if row in new] for column, rows in self.spaced.items()}
        return replace(
            self, rows=self.rows[kept], columns=columns, spaced={c: rows for c, rows in spaced.items() if rows}
        )

    def place(self, row: int, column: int) -> str:
        """Where a cell stands: 'data/projects.csv:37 (row)' or 'book.xlsx#项目库!C7'."""
        return self.place_at(int(self.rows[row]), column)

    def header_place(self, column: int) -> str:
        """Where a header stands."""
        return self.place_at(self.header_row, column)

    def place_at(self, row: int, column: int) -> str:
        """Where a row of the file, from 1, crosses a column."""
        return f"{self.file}!{letter(self.letters[column])}{row}" if self.workbook else f"{self.file}:{row} (row)"


def letter(column: int) -> str:
    """A spreadsheet's name of a column: A for 0, AA for 26."""
    name = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        name, column = chr(65 + rest) + name, column - 1
    return name
