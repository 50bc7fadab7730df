"""What is missing for the service of a bond in each year, counted forward like a cash book; exact, in fen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

Place = tuple[str, int]


def cash_book(
    owed: Mapping[int, Fraction], opens: int, closes: int, income: Fraction
) -> Iterator[tuple[int, Fraction]]:
    """Years and what is missing: ``income`` comes every year from ``opens`` on, before ``closes``."""
    cash = Fraction(0)
    for year in range(min([opens, *owed]), max(owed, default=opens) + 1):
        cash += income if opens <= year < closes else 0
        cash -= owed.get(year, 0)
        if cash < 0:
            yield year, -cash
            cash = Fraction(0)


def owed_by(
    paid: Iterable[tuple[int, int]], schedule: Iterable[tuple[Fraction, Fraction, Fraction]]
) -> dict[int, Fraction]:
    """Interest and repayment of every year."""
    years: dict[int, Fraction] = {}
    served = [interest + repaid for interest, repaid, _ in schedule]
    for issued, amount in paid:
        for later, share in enumerate(served, start=issued + 1):
            years[later] = years.get(later, Fraction(0)) + amount * share
    return years


def present(plan_years: Iterable[int], rate: object, gaps: Iterable[tuple[int, Fraction]]) -> Fraction:
    """Their worth in the first plan year."""
    first = min(plan_years)
    return sum((gap / (1 + Fraction(str(rate))) ** max(year - first, 0) for year, gap in gaps), Fraction(0))
