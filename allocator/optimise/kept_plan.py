"""A plan as it is, under other numbers: what it is worth then, and whether it can still be had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import pandas as pd

from allocator.money.arrays import Ints
from allocator.optimise import instance
from allocator.optimise.benchmarks.comparison import broken_rules
from allocator.optimise.exact import ExactPlan, examine, objective
from allocator.optimise.instance import Instance
from allocator.options.leverage import FACTORS
from allocator.options.table import build_options
from allocator.problem.case import Case, resolved
from allocator.problem.uncertain_numbers import SCORE, Setting

KEY = ("project", "instrument", "start_year", "award")
"""What an award is known by, whatever its level is called."""


@dataclass(frozen=True, eq=False)
class Kept:
    """A plan as it is in a changed case, without the awards that are not offered there."""

    case: Case
    numbers: Instance
    plan: ExactPlan
    dropped: int
    """Awards that are not offered any more."""

    @property
    def value(self) -> Fraction:
        """What it is worth, in fen of goal."""
        return objective(self.case, self.plan)

    @property
    def breaks(self) -> tuple[str, ...]:
        """Rules that it breaks."""
        return tuple(broken_rules(self.case, self.plan, self.plan.options))

    def total(self, measure: str) -> int:
        """The sum of a measure of money, in fen."""
        return int(self.case.measures.amount(measure)[self.plan.options].sum())


@dataclass(frozen=True, eq=False)
class Base:
    """A case and its plan, from which cases with other numbers are made."""

    case: Case
    plan: ExactPlan

    def changed(self, settings: Sequence[Setting]) -> Case:
        """The case with some groups of numbers changed.

        Raises:
            InputError: rules do not fit what is then offered.
        """
        loaded, inputs = self.case.loaded, self.case.inputs
        for setting in settings:
            loaded, inputs = setting.of(loaded, inputs)
        options = build_options(loaded, inputs, self.open_to)
        return resolved(loaded, inputs, options=options)

    @cached_property
    def open_to(self) -> dict[str, Ints] | None:
        """The projects that each instrument was found open to; None where what is changed decides that."""
        config = self.case.loaded.config
        asked = str((config.screening, [rule.where for rule in config.instruments.values()]))
        if any(name in asked for name in (*(own for own, _ in FACTORS.values()), SCORE)):
            return None
        free, project = ~self.case.measures.committed, self.case.measures.project
        names = self.case.options.table["option"].astype(str)
        return {
            key: np.unique(project[free & names.str.startswith(f"{key}@").to_numpy()]) for key in config.instruments
        }

    def kept(self, case: Case) -> Kept:
        """The plan as it is in another case."""
        numbers = instance.build(case)
        chosen = np.flatnonzero(np.isin(numbers.rows, self.carried(case)))
        shape = (len(case.loaded.config.sources), len(numbers.class_payers), len(numbers.years))
        draws = self.plan.draws.astype(float) if self.plan.draws.shape == shape else np.zeros(shape)
        return Kept(case, numbers, examine(case, numbers, chosen, draws), len(self.plan.options) - len(chosen))

    def carried(self, case: Case) -> Ints:
        """The options of another case that are the plan's awards; those it lacks are left out.

        An award is the one of the same name, project, start and amount, or has another name where levels are numbered
        otherwise.
        """
        mine, theirs = (one.options.table[[*KEY, "option"]] for one in (self.case, case))
        if mine.equals(theirs):
            return self.plan.options
        found: dict[tuple[object, ...], int] = {}
        for row, key in enumerate(keys_of(theirs)):
            found[key] = row
            found.setdefault(key[:-1], row)
        rows = (found.get(key, found.get(key[:-1])) for key in keys_of(mine.iloc[self.plan.options]))
        return np.array(sorted(row for row in rows if row is not None), dtype=np.int64)


def keys_of(table: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    """What identifies each option of a table, its name last."""
    return zip(*(np.asarray(table[name], dtype=object).tolist() for name in (*KEY, "option")), strict=True)
