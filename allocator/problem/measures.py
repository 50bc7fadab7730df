"""What every option adds to a measure, and what its attributes are: the columns limits and goals speak of.

Amounts of money are whole fen; other measures are plain numbers. A project column (and `count`) counts
once when the project is funded, so of several committed awards of one project only the first carries it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from allocator.config.keys.parts import Where
from allocator.money import Money
from allocator.money.arrays import Flags, Floats, Ints
from allocator.options.table import OptionTable
from allocator.problem.chain_nodes import CLOSED_NODES, Clusters
from allocator.problem.spread import Spread
from allocator.tables.conditions import matches
from allocator.tables.files.columns import money_columns
from allocator.tables.measures import BOND_MEASURES, MEASURES
from allocator.tables.opened import Inputs

MONEY_MEASURES = ("award", "payment", *MEASURES)
FIGURES = ("award", *MEASURES)
"""What the tables tell of every option."""
PAID_BY_SOURCE = ("award", "payment")
"""Measures that may be asked of a single source."""
OF_PART = ("instrument", "option")
"""Attributes in which the parts of a package differ."""
_HIDDEN = ("project", "committed")


@dataclass(frozen=True)
class Measures:
    """Measures and attributes of every row of an option table."""

    projects: pd.DataFrame
    options: OptionTable
    money: Money
    option: Ints | None = None
    """Option that every row is a part of; None where a row is an option."""
    lead: Flags | None = None
    """Which parts are the first of their option."""
    clusters: Clusters = field(default_factory=Clusters)
    spread: Spread | None = None
    """When investment is spent; None where it counts in the start year."""

    @staticmethod
    def of(inputs: Inputs, options: OptionTable, money: Money) -> Measures:
        """The measures of ``options``, whose projects are those of ``inputs``."""
        return Measures(inputs.projects, options, money)

    @cached_property
    def by_part(self) -> Measures:
        """The same with a row for every part of an option; these where no option has several parts."""
        parts = self.options.parts
        if parts is None or self.option is not None:
            return self
        table, payments = parts.table(self.options.table), self.options.payments.assign(option=parts.line)
        options = replace(self.options, table=table, payments=payments)
        spread = None if self.spread is None else self.spread.of(parts.option)
        return Measures(self.projects, options, self.money, parts.option, parts.lead, self.clusters, spread)

    @cached_property
    def project(self) -> Ints:
        """Project row of every option."""
        return self.options.table["project"].to_numpy(np.int64)

    @cached_property
    def start_year(self) -> Ints:
        """Start year of every option."""
        return self.options.table["start_year"].to_numpy(np.int64)

    @cached_property
    def committed(self) -> Flags:
        """Which options were promised before."""
        return self.options.table["committed"].to_numpy(bool)

    @cached_property
    def once(self) -> Flags:
        """Which options carry what counts once per project: all but further commitments of the same project."""
        again = self.committed & pd.Series(self.project).duplicated().to_numpy()
        return ~again

    @cached_property
    def names(self) -> list[str]:
        """Every attribute there is."""
        own = [str(c) for c in self.options.table.columns if c not in _HIDDEN]
        return [*own, *(str(c) for c in self.projects.columns if c not in own)]

    def is_money(self, measure: str) -> bool:
        """Whether a measure is an amount of money."""
        own = measure in BOND_MEASURES and measure in self.options.table.columns
        return (
            own
            or measure in MONEY_MEASURES
            or (
                measure in self.projects.columns
                and measure not in self.options.table.columns
                and measure in money_columns("projects")
            )
        )

    def is_numeric(self, measure: str) -> bool:
        """Whether a measure exists and can be added up."""
        if measure in ("count", *MONEY_MEASURES) or (measure == CLOSED_NODES and self.clusters.attributes):
            return True
        owner = self.options.table if measure in self.options.table.columns else self.projects
        return measure in owner.columns and measure not in _HIDDEN and owner[measure].dtype.kind in "fiub"

    def attribute(self, name: str) -> Any:
        """Values of an attribute, one per option; money in the config's unit, as the planner wrote it.

        A package has the instrument of its first part, which its investment stands with.

        Raises:
            KeyError: there is no such attribute.
        """
        if name in OF_PART and self.option is None and self.by_part is not self:
            return self.by_part.attribute(name)[self.by_part.lead]
        table = self.options.table
        if name in table.columns and name not in _HIDDEN:
            values = table[name]
            if name in MONEY_MEASURES or name in BOND_MEASURES:
                return self.money.floats(values.to_numpy(float))
            return values.array if isinstance(values.dtype, pd.CategoricalDtype) else values.to_numpy()
        return self._spread(name)

    def project_attribute(self, name: str) -> Any:
        """Values of a project attribute, one per project; money in the config's unit.

        Raises:
            KeyError: there is no such attribute.
        """
        values = self.projects[name]
        if name in money_columns("projects"):
            return self.money.floats(values.to_numpy(float))
        return values.to_numpy() if values.dtype.kind in "fiub" else pd.Categorical(values)

    def _spread(self, name: str) -> Any:
        values = self.project_attribute(name)
        return values.take(self.project) if isinstance(values, pd.Categorical) else values[self.project]

    def written(self, name: str) -> Any:
        """Values of an attribute as the planner wrote them: of every project, even one without options.

        Raises:
            KeyError: there is no such attribute.
        """
        own = name in self.options.table.columns and name not in _HIDDEN
        return self.attribute(name) if own else self.project_attribute(name)

    def is_once(self, measure: str) -> bool:
        """Whether a measure counts once for a funded project, whatever its option."""
        return measure == "count" or (measure != "payment" and measure not in self.options.table.columns)

    def where(self, conditions: Where) -> Flags:
        """Which options meet every condition."""
        return matches(conditions, self.attribute, len(self.project))

    def amount(self, measure: str) -> Floats:
        """What every option adds to a measure when it is chosen: whole fen, or a plain number; a blank adds nothing."""
        table = self.options.table
        if measure == "count":
            return self.once.astype(float)
        if measure == "payment":
            return table["award"].to_numpy(float)
        if measure in table.columns:
            own = np.asarray(np.nan_to_num(table[measure].to_numpy(float)))
            return own if self.lead is None or measure == "award" else own * self.lead
        values = np.nan_to_num(self.projects[measure].to_numpy(float))
        return np.asarray(values[self.project] * self.once)
