"""Tables that have been opened: what every reader of a table shares, and the frames that come of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from allocator.messages import Message
from allocator.money import Money
from allocator.money.arrays import Rows
from allocator.tables.files.columns import Known
from allocator.tables.files.map_file import ROLE as MAP
from allocator.tables.files.problems import Problems
from allocator.tables.files.project_ids import ProjectIds
from allocator.tables.files.reading import open_table
from allocator.tables.files.sheet import Source
from allocator.tables.files.table import Table, Values, series

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.config.loaded import Loaded

Frames = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class InputFile:
    """A file that was read."""

    role: str
    """projects, regions, options, commitments, or factor:<path as written>."""
    path: Path
    sha256: str


@dataclass(frozen=True)
class Inputs:
    """The tables of a plan."""

    projects: pd.DataFrame
    """Sorted by id, joined with the regions table; amounts in whole fen."""
    options: pd.DataFrame | None
    """Ready-made options, sorted by project and name; payments in columns 'source@year', in whole fen."""
    commitments: pd.DataFrame | None
    """As ``options``."""
    factors: Mapping[str, pd.DataFrame]
    """Path of a factor table as in the config → its attributes and `value`."""
    files: tuple[InputFile, ...]
    notices: tuple[Message, ...]
    extra: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Tables that single features need, by name: outcomes."""
    tables: Mapping[str, tuple[Table, Rows]] = field(default_factory=dict, repr=False)
    """Role → the table read and the file's row for each row of the frame."""

    def place(self, table: str, row: int, column: str) -> str:
        """Where a cell of a frame stands: 'data/projects.csv:37 (row)' or 'book.xlsx#项目库!C7'."""
        if table not in self.tables:
            return f"{table}:{row + 2} (row)"
        read, order = self.tables[table]
        return read.place(int(order[row]), column)


def report_twice(table: Table, names: Sequence[str], key: str) -> None:
    """Report rows that say again what an earlier row said; both are named."""
    frame = pd.DataFrame({name: series(table.values[name]) for name in names})
    again = frame.duplicated(keep="first").to_numpy() & (frame[names[0]] != "").to_numpy()
    if not again.any():
        return
    first: dict[tuple[Any, ...], int] = {}
    rows = list(zip(*(frame[name].tolist() for name in names), strict=True))
    for row, value in enumerate(rows):
        first.setdefault(value, row)
    faults: list[tuple[int, dict[str, object]]] = [
        (row, {"got": " / ".join(map(str, rows[row])), "first": table.place(first[rows[row]], names[0])})
        for row in np.flatnonzero(again).tolist()
    ]
    table.faults(key, names[0], faults)


def sorted_rows(columns: Iterable[Values]) -> Rows:
    """The rows in the order of the texts of the first column, then of the next."""
    codes = [pd.factorize(column, sort=True)[0] for column in columns]
    return np.lexsort(codes[::-1]).astype(np.int64)


@dataclass
class Reading:
    """The tables while they are read."""

    loaded: Loaded
    problems: Problems
    money: Money
    tables: dict[str, Table] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)
    placed: dict[str, tuple[Table, Rows]] = field(default_factory=dict)
    unmatched: set[str] = field(default_factory=set)
    ids: ProjectIds | None = None
    map: tuple[Path, str] | None = None
    region_rows: pd.DataFrame | None = None

    @property
    def config(self) -> Config:
        """The plan's config."""
        return self.loaded.config

    def files(self) -> tuple[InputFile, ...]:
        """Every file that was read."""
        found = [InputFile(table.source.role, table.source.path, table.sha256) for table in self.single()]
        return (*found, *((InputFile(MAP, *self.map),) if self.map else ()))

    def single(self) -> list[Table]:
        """Every table file that was read."""
        return [part for table in self.tables.values() for part in table.parts or (table,)]

    def source(self, role: str, path: str, key: str) -> Source:
        """Where a table is, and how the planner speaks of it."""
        shown = self.loaded.as_written.get(key, path)
        role = f"factor:{shown}" if role.startswith("factor:") else role
        return Source.of(role, path, shown, self.loaded.place(key), key)

    def open_one(self, role: str, source: Source, needed: set[str], headers: Any = None) -> None:
        """Read one file; what cannot be read is a problem and leaves no table."""
        written = None if role.startswith("previous.") else self.config.tables
        table = open_table(source, self.known[role], needed, self.money, self.problems, headers, written)
        if table is not None:
            self.tables[role] = table
