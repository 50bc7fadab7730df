"""How a bond is repaid: interest, repayment and what is left, year after year."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from allocator.config.keys.instruments import BondTerms
from allocator.money.rounding import as_written

PERCENT: Final = 100


@dataclass(frozen=True)
class Loan:
    """One way in which bonds are repaid."""

    repayment: str
    rate: Fraction
    term: int

    def interest(self, after: int) -> Fraction:
        """Interest of one yuan in the ``after``-th year after its issue."""
        return self.rate * self.balance(after - 1)

    def balance(self, after: int) -> Fraction:
        """What is left of one yuan at the end of the ``after``-th year after its issue."""
        if after >= self.term:
            return Fraction(0)
        if self.repayment == "bullet":
            return Fraction(1)
        if not self.rate:
            return 1 - Fraction(after, self.term)
        growth = 1 + self.rate
        return (growth**self.term - growth**after) / (growth**self.term - 1)


def loan_of(terms: BondTerms, rate: float, term: float) -> Loan:
    """The terms of a project's bonds; its own cells (NaN when blank) take precedence."""
    own_rate = Fraction(terms.rate) if np.isnan(rate) else as_written(rate) / PERCENT
    return Loan(terms.repayment, own_rate, terms.term if np.isnan(term) else max(int(term), 1))
