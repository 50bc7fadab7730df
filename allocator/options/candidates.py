"""The candidates as the rules see them: columns in the planner's unit, amounts in fen, support starts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from allocator.config.keys.plan import Config
from allocator.config.loaded import Loaded
from allocator.money import Money
from allocator.money.arrays import Flags, Floats, Ints
from allocator.tables.files.columns import money_columns
from allocator.tables.opened import Inputs


@dataclass(frozen=True)
class Candidates:
    """All projects of the input, in the order of the project table."""

    loaded: Loaded
    inputs: Inputs
    money: Money

    @staticmethod
    def of(loaded: Loaded, inputs: Inputs) -> Candidates:
        """The pool of a loaded plan."""
        return Candidates(loaded, inputs, loaded.config.unit)

    @property
    def config(self) -> Config:
        """The plan's config."""
        return self.loaded.config

    @property
    def size(self) -> int:
        """Number of projects."""
        return len(self.inputs.projects)

    @property
    def names(self) -> list[str]:
        """Every project column there is."""
        return [str(name) for name in self.inputs.projects.columns]

    def column(self, name: str) -> Any:
        """Values of a project column; money in the config's unit.

        Raises:
            KeyError: there is no such column.
        """
        values = self.inputs.projects[name]
        if name in money_columns("projects"):
            return self.money.floats(values.to_numpy(dtype=np.float64))
        return values.to_numpy()

    def is_numeric(self, name: str) -> bool:
        """Whether a column holds numbers."""
        return name in self.inputs.projects.columns and self.inputs.projects[name].dtype.kind in "fiub"

    def blank(self, name: str) -> Flags:
        """Where a column has nothing; everywhere when there is no such column."""
        if name not in self.inputs.projects.columns:
            return np.ones(self.size, dtype=bool)
        values = self.inputs.projects[name].to_numpy()
        return np.asarray(values == "" if values.dtype == object else np.isnan(values.astype(np.float64)), dtype=bool)

    def fen(self, name: str) -> Floats:
        """Amounts of a number column in whole fen, NaN where blank; all NaN when there is no such column.

        A column of the planner's own is read in the config's money unit.
        """
        if name not in self.inputs.projects.columns:
            return np.full(self.size, np.nan)
        values: Floats = self.inputs.projects[name].to_numpy(dtype=np.float64)
        return values if name in money_columns("projects") else np.rint(values * self.money.fen_per_unit)

    @cached_property
    def planned_start(self) -> Floats:
        """Planned start year; the first plan year where none is given."""
        first = float(self.config.years[0])
        if not self.is_numeric("start_year"):
            return np.full(self.size, first)
        planned = self.inputs.projects["start_year"].to_numpy(dtype=np.float64)
        return np.where(np.isnan(planned), first, planned)

    @cached_property
    def completion(self) -> Floats:
        """Year of the planned completion; NaN where none is given."""
        if "end_ym" not in self.inputs.projects.columns:
            return np.full(self.size, np.nan)
        months = self.inputs.projects["end_ym"].to_numpy(dtype=object)
        return np.array([float(month[:4]) if month else np.nan for month in months], dtype=np.float64)

    @cached_property
    def support_start(self) -> Ints:
        """The later of planned start and first plan year."""
        return np.maximum(self.planned_start, self.config.years[0]).astype(np.int64)

    @cached_property
    def late(self) -> Flags:
        """Projects planned to start after the last plan year."""
        return self.planned_start > self.config.years[-1]
