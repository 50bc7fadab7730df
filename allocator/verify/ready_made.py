"""Tables of ready-made options and of commitments, as the checks look them up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from allocator.verify.stored import MEASURES

if TYPE_CHECKING:
    import pandas as pd

KNOWN = frozenset({"project_id", "option", "instrument", "start_year", "award", *MEASURES})


@dataclass(frozen=True)
class ReadyMade:
    """A table of ready-made options or commitments by project and option."""

    columns: Mapping[str, list[object]]
    row_of: Mapping[tuple[str, str], int]
    paying: Sequence[tuple[str, str, int]]
    """Column, source and year of each payment column."""

    @classmethod
    def of(cls, table: pd.DataFrame | None) -> ReadyMade:
        """Take the columns of the table; no table has no rows."""
        if table is None:
            return cls({}, {}, ())
        columns = {name: table[name].tolist() for name in table.columns}
        keys = zip(columns["project_id"], columns["option"], strict=True)
        row_of = {(str(project), str(option)): row for row, (project, option) in enumerate(keys)}
        split = [(name, *name.rpartition("@")) for name in columns if re.fullmatch(r".+@[0-9]+", name)]
        return cls(columns, row_of, tuple((name, source, int(year)) for name, source, _, year in split))

    @cached_property
    def extra(self) -> frozenset[str]:
        """Columns that are neither keys, payments nor known measures."""
        return frozenset(self.columns) - KNOWN - {name for name, _, _ in self.paying}

    def instrument(self, project: str, option: str) -> str:
        """Instrument that a ready-made option names."""
        column = self.columns.get("instrument")
        return "" if column is None else str(column[self.row_of[project, option]])

    @cached_property
    def names(self) -> dict[str, list[str]]:
        """Project → names of its ready-made options."""
        found: dict[str, list[str]] = {}
        for project, option in self.row_of:
            found.setdefault(project, []).append(option)
        return found
