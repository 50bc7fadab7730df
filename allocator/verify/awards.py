"""What an option offers, a funded row, and tables of ready-made ones, as the checks hold them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

import pandas as pd

from allocator.tables.measures import MEASURES
from allocator.verify.facts import Cell
from allocator.verify.stored import Row

T = TypeVar("T")


@dataclass(frozen=True)
class Offer:
    """One option of one project, as config and tables give it. Amounts in fen."""

    instrument: str
    start: int
    award: int
    measures: Mapping[str, int]
    payments: Mapping[int, int]
    """Year → what falls due."""
    drawn: Mapping[tuple[str, int], int] | None
    """Source and year → amount, where the option says itself who pays."""
    extra: Mapping[str, Cell]
    """Further columns of a ready-made option."""


@dataclass
class Award:
    """One funded row. Amounts in fen."""

    place: str
    """Where it is stated."""
    project: str
    at: int
    """Row of the project in the project table."""
    option: str
    instrument: str
    start: int
    award: int
    measures: Mapping[str, int]
    committed: bool
    paid: dict[tuple[str, int], int] = field(default_factory=dict)
    """Source and year → amount, from the payment table."""
    stated: Row | None = None
    offer: Offer | None = None
    """What config and tables say of the option; None when they do not have it."""
    read: int = 0
    """How many checks its cells and those of its payments passed."""
    checks: int | None = None
    """How many checks it passed against its offer; None where it was not held against it, or failed."""
    answers: dict[str, Any] = field(default_factory=dict)
    """What it adds to everything that was asked before, which nothing but the award and its offer decides."""

    def have(self, offer: Offer | None) -> None:
        """Take what config and tables say of the option, and forget what rested on something else."""
        if self.offer is not offer and self.offer != offer:
            self.offer, self.checks, self.answers = offer, None, {}

    def once(self, question: str, find: Callable[[], T]) -> T:
        """An answer, worked out when it is first asked for."""
        if question not in self.answers:
            self.answers[question] = find()
        return cast("T", self.answers[question])


Choice = tuple[Award, ...]
"""What is chosen as one: a package with an award per part in its order, or a single award."""


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
