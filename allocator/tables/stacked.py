"""A project table in several files, each city's own: one table whose every cell knows the file it stands in."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from allocator.tables.files.cells import Cells, texts
from allocator.tables.files.columns import Known, Matching
from allocator.tables.files.reading import open_table
from allocator.tables.files.sheet import Sheet
from allocator.tables.files.table import Table

if TYPE_CHECKING:
    from allocator.tables.opened import Reading

ROLE, ID = "projects", "project_id"
ABSENT: Final = -1
"""Position of a column that a file does not have."""


@dataclass(frozen=True)
class Stack(Sheet):
    """Sheets under one another, the columns of one name in one column."""

    parts: tuple[Sheet, ...] = ()
    starts: tuple[int, ...] = ()
    """First row of each part."""
    within: tuple[tuple[int, ...], ...] = ()
    """Position of each column in each part, or `ABSENT`."""

    def place(self, row: int, column: int) -> str:
        """Where a cell stands, in its own file; in its first column where the file has none of the kind."""
        number = bisect_right(self.starts, row) - 1
        return self.parts[number].place(row - self.starts[number], max(self.within[number][column], 0))

    def header_place(self, column: int) -> str:
        """Where a header stands in the first file that has it."""
        number = next(number for number, columns in enumerate(self.within) if columns[column] != ABSENT)
        return self.parts[number].header_place(self.within[number][column])

    def in_percent(self, column: int) -> list[int]:
        """Rows of the table in which a column's number is shown in percent."""
        pieces = zip(self.parts, self.starts, self.within, strict=True)
        return [
            start + row for part, start, at in pieces if at[column] != ABSENT for row in part.in_percent(at[column])
        ]


def open_projects(reading: Reading, needed: set[str]) -> None:
    """Read the project table, from one file or several."""
    known = reading.known[ROLE] = Known.of([ROLE], reading.config.columns)
    written, named = reading.config.tables, reading.config.projects
    by_row = written.project_ids == "row_numbers"
    several = not isinstance(named, str)
    keys = {f"{ROLE}.{number}": path for number, path in enumerate(named)} if several else {ROLE: str(named)}
    parts = []
    for number, (key, path) in enumerate(keys.items(), 1):
        source = reading.source(key, path, key)
        wanted = needed - {ID} if by_row else needed
        table = open_table(source, known, wanted, reading.money, reading.problems, written=written)
        if table is not None and by_row and ID not in table.matching.names:
            call_by_rows(table, f"{number}-" if several else "")
        parts += [table] if table is not None else []
    if len(parts) == len(keys):
        reading.tables[ROLE] = stacked(parts) if several else parts[0]


def call_by_rows(table: Table, prefix: str) -> None:
    """Give the projects of a table without ids the rows of the file they stand in as ids."""
    sheet, matching = table.sheet, table.matching
    ids = [f"{prefix}{row}" for row in sheet.rows.tolist()]
    matching.names[ID], matching.types[ID] = len(sheet.headers), table.known.columns[ID]
    sheet.headers.append(ID)
    sheet.letters.append(ABSENT)
    sheet.columns.append(ids)
    if ids:
        table.problems.notice("called_by_rows", sheet.file, first=ids[0], row=int(sheet.rows[0]))


def stacked(tables: Sequence[Table]) -> Table:
    """The tables under one another; what one of them has and another lacks is blank there, which is told."""
    first = tables[0]
    names = list(dict.fromkeys(name for table in tables for name in table.matching.names))
    types = {name: column for table in tables for name, column in table.matching.types.items()}
    within = tuple(tuple(table.matching.names.get(name, ABSENT) for name in names) for table in tables)
    sizes = [table.size for table in tables]
    starts = np.cumsum([0, *sizes[:-1]]).tolist()
    owners = [next(table for table in tables if name in table.matching.names) for name in names]
    sheet = Stack(
        file=", ".join(table.sheet.file for table in tables),
        workbook=False,
        headers=[owner.header(name) for owner, name in zip(owners, names, strict=True)],
        letters=list(range(len(names))),
        header_row=first.sheet.header_row,
        rows=np.concatenate([table.sheet.rows for table in tables]),
        columns=[joined([pieces_of(table, name) for table in tables], sizes) for name in names],
        spaced=spaced(tables, names, starts),
        parts=tuple(table.sheet for table in tables),
        starts=tuple(starts),
        within=within,
    )
    tell_lacking(tables, sheet)
    matching = Matching({name: number for number, name in enumerate(names)}, types)
    return Table(
        first.source, first.known, sheet, matching, first.money, first.problems, "", first.written, parts=tuple(tables)
    )


def pieces_of(table: Table, name: str) -> Cells | None:
    """The cells of a column of one file."""
    return table.cells(name) if name in table.matching.names else None


def joined(pieces: Sequence[Cells | None], sizes: Sequence[int]) -> Cells:
    """The cells of a column of all files: numbers where no file has anything else."""
    if any(isinstance(piece, list) for piece in pieces):
        lists = ([""] * size if piece is None else texts(piece) for piece, size in zip(pieces, sizes, strict=True))
        return [text for cells in lists for text in cells]
    filled = (np.full(size, np.nan) if piece is None else piece for piece, size in zip(pieces, sizes, strict=True))
    return np.concatenate([np.asarray(piece, dtype=np.float64) for piece in filled])


def spaced(tables: Sequence[Table], names: Sequence[str], starts: Sequence[int]) -> dict[int, list[int]]:
    """Rows whose cells had spaces around them, column by column."""
    found: dict[int, list[int]] = {}
    for table, start in zip(tables, starts, strict=True):
        for number, name in enumerate(names):
            rows = table.sheet.spaced.get(table.matching.names.get(name, ABSENT), [])
            if rows:
                found.setdefault(number, []).extend(start + row for row in rows)
    return found


def tell_lacking(tables: Sequence[Table], sheet: Stack) -> None:
    """Tell of columns that other files have and one has not."""
    for table, columns in zip(tables, sheet.within, strict=True):
        headers = [header for header, at in zip(sheet.headers, columns, strict=True) if at == ABSENT]
        if headers:
            table.problems.notice("columns_of_others", table.sheet.file, headers=headers)
