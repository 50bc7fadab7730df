"""What stressed revenue leaves unpaid of a bond in each year, and its present value.

Revenue and cost come in equal parts over the years of operation; what is left over is kept for later years.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from allocator.money.arrays import Floats, Rows
from allocator.money.rounding import ULP, half_up
from allocator.options.instruments.loan import Loan

SAFETY: Final = 1024 * ULP
"""Many sums, each of a size of the whole debt or the whole revenue."""


@dataclass(frozen=True)
class Works:
    """When a project earns, and how much a year: revenue counted on less cost; fen."""

    build: int
    operate: int
    yearly: Fraction

    def earned(self, after: int) -> Fraction:
        """What is earned in the ``after``-th year after the start of support."""
        return self.yearly if self.build <= after < self.build + self.operate else Fraction(0)


def due(loan: Loan, after: int) -> Fraction:
    """Interest and repayment of one yuan in the ``after``-th year after its issue."""
    if not 0 < after <= loan.term:
        return Fraction(0)
    return loan.interest(after) + loan.balance(after - 1) - loan.balance(after)


def missing(loan: Loan, paid: Mapping[int, int], works: Works) -> dict[int, Fraction]:
    """Years after the start of support in which money is missing, and how much; ``paid`` by year after the start."""
    kept, found = Fraction(0), dict[int, Fraction]()
    for year in range(max(paid, default=0) + loan.term + 1):
        owed = sum((amount * due(loan, year - issued) for issued, amount in paid.items()), Fraction(0))
        kept += works.earned(year) - owed
        if kept < 0:
            found[year], kept = -kept, Fraction(0)
    return found


@dataclass(frozen=True)
class Bonds:
    """Bonds of many options: each has a ``kind`` of loan, payments by year after the start, and works."""

    loans: list[Loan]
    kind: Rows
    plan: Floats
    """Option × year after the start, fen."""
    later: Rows
    """Years between the first plan year and the start of support."""
    works: Callable[[int], Works]
    build: Rows
    operate: Rows
    yearly: Floats

    def present_value(self, rate: Fraction) -> Floats:
        """What is missing in all years, discounted to the first plan year and rounded half-up to a fen."""
        longest = max((loan.term for loan in self.loans), default=0) + self.plan.shape[1]
        dues = [[float(due(loan, after)) for after in range(longest + 1)] for loan in self.loans]
        owing = np.array(dues).reshape(len(dues), longest + 1)  # also of no loan at all
        kept, worth, size = (np.zeros(len(self.kind)) for _ in range(3))
        for year in range(longest + 1):
            owed = np.zeros(len(self.kind))
            for issued in range(min(year, self.plan.shape[1])):
                owed += self.plan[:, issued] * owing[self.kind, year - issued]
            runs = (self.build <= year) & (year < self.build + self.operate)
            kept += np.where(runs, self.yearly, 0.0) - owed
            size += owed + np.where(runs, np.abs(self.yearly), 0.0)
            worth += np.maximum(-kept, 0) * float(1 / (1 + rate)) ** (self.later + year)
            kept = np.maximum(kept, 0)

        def exact(row: int) -> Fraction:
            paid = {year: int(amount) for year, amount in enumerate(self.plan[row].tolist()) if amount}
            short = missing(self.loans[self.kind[row]], paid, self.works(row))
            return sum((gap / (1 + rate) ** (int(self.later[row]) + year) for year, gap in short.items()), Fraction(0))

        return half_up(worth, size * SAFETY, exact)
