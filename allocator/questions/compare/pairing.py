"""Two stored runs side by side: what makes them comparable, in which unit, over which years."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from allocator.messages import Message
from allocator.messages.errors import InputError
from allocator.report.chapters.goal import money_of_goal

if TYPE_CHECKING:
    import pandas as pd

    from allocator.money import Money
    from allocator.runs.folder import StoredRun
    from allocator.tables.opened import Inputs


@dataclass(frozen=True)
class Pair:
    """A run compared with another one; amounts of ``after`` are told in the unit of ``before``."""

    before: StoredRun
    after: StoredRun

    @cached_property
    def factor(self) -> Fraction:
        """Units of the first run that one unit of the second run is worth."""
        return Fraction(self.after.money.size) / Fraction(self.before.money.size)

    def aligned(self, amount: Decimal | float) -> Decimal:
        """An amount of the second run in the unit of the first, exactly."""
        exact = Fraction(str(amount)) * self.factor
        return Decimal(exact.numerator) / Decimal(exact.denominator)

    @cached_property
    def money_of_goal(self) -> Money | None:
        """The money in which the goals of both are told; None where one of them is no money."""
        both = money_of_goal(self.before), money_of_goal(self.after)
        return None if None in both else self.before.money

    def aligned_goal(self, value: Decimal) -> Decimal:
        """A value of the second run's goal beside one of the first: points are what they are in any unit of money."""
        return value if money_of_goal(self.after) is None else self.aligned(value)

    def table(self, name: str, money: frozenset[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """A table of both runs; the columns in ``money`` in the first run's unit."""
        first, second = self.before.tables[name].copy(), self.after.tables[name].copy()
        for column in money & set(second.columns):
            second[column] = second[column] * float(self.factor)
        return first, second

    @cached_property
    def inputs(self) -> tuple[Inputs, Inputs]:
        """The tables both plans were made from; amounts in fen."""
        from allocator.tables.inputs import read_inputs

        return read_inputs(self.before.loaded), read_inputs(self.after.loaded)

    @cached_property
    def years(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Plan years of both runs."""
        return tuple(self.before.loaded.config.years), tuple(self.after.loaded.config.years)


def paired(before: StoredRun, after: StoredRun) -> tuple[Pair, list[Message]]:
    """The pair, and what was aligned to compare it.

    Raises:
        InputError: the runs are in different currencies, or have no plan year in common.
    """
    pair = Pair(before, after)
    runs = {"before": before.run_id, "after": after.run_id}
    if before.money.base != after.money.base:
        values = {**runs, "one": before.money.name, "other": after.money.name}
        raise InputError([Message("compare.other_currency", values)])
    notices = []
    if pair.factor != 1:
        notices.append(Message("compare.unit_aligned", {**runs, "one": before.money.name, "other": after.money.name}))
    first, second = pair.years
    if not set(first) & set(second):
        raise InputError([Message("compare.no_common_year", {**runs, "one": list(first), "other": list(second)})])
    if first != second:
        alone = sorted(set(first) ^ set(second))
        notices.append(Message("compare.years_aligned", {**runs, "years": alone}))
    return pair, notices
