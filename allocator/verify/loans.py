"""The years of a bond's life, counted one by one."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.config.keys.instruments import BondTerms
    from allocator.verify.plan import Award, Plan

Year = tuple[Fraction, Fraction, Fraction]
"""Interest, repayment and balance at the end of a year, per yuan issued."""


@cache
def served(repayment: str, rate: Fraction, term: int) -> tuple[Year, ...]:
    """The years after the issue of one yuan, one by one."""
    left, found = Fraction(1), list[Year]()
    payment = Fraction(1, term) if not rate else rate / (1 - (1 + rate) ** -term)
    for year in range(1, term + 1):
        interest = left * rate
        repaid = payment - interest if repayment == "annuity" else Fraction(int(year == term))
        left -= repaid
        found.append((interest, repaid, left))
    return tuple(found)


def own_terms(plan: Plan, award: Award, terms: BondTerms) -> tuple[str, Fraction, int]:
    """Repayment, yearly rate and years; a project's own rate (in percent) and term take precedence."""
    rate, term = (plan.facts.cell(award.at, name) for name in ("bond_rate", "bond_term"))
    return (
        terms.repayment,
        rate / 100 if isinstance(rate, Fraction) else Fraction(terms.rate),
        max(int(term), 1) if isinstance(term, Fraction) else terms.term,
    )
