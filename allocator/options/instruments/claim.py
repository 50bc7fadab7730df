"""What every kind of instrument tells about the projects that may have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import lcm

import numpy as np

from allocator.config.keys.instruments import Award
from allocator.money import Money
from allocator.money.arrays import Floats, Rows
from allocator.money.rounding import Integers, as_objects, integers
from allocator.options.instruments.entitlement import Entitlement

Profile = Callable[[Rows], Integers]
"""Row of the entitlement of each level → weight of each year after the start: level × year, or one row for all.
A payment is the award × weight ÷ sum of the weights."""


@dataclass(frozen=True)
class Claim:
    """Entitlement of each project, how it is paid, and the investment it comes with."""

    entitlement: Entitlement
    profile: Profile
    attached: Floats | None = None
    """Fixed investment (fen) that the support comes with, where that is not simply the project's."""
    refused: Mapping[str, tuple[Rows, Sequence[str], str]] = field(default_factory=dict)
    """Rule → rows of ``entitlement`` that it excludes, the value of each, and the threshold in words."""
    own_measures: Callable[[Rows, Floats], Mapping[str, Floats]] | None = None
    """(row of the entitlement, award in fen) of each level → further measures of it, by name; fen."""
    dated: Callable[[Rows, Floats, Rows], Mapping[str, Floats]] | None = None
    """(row of the entitlement, payments by year after the start, start year) of each option → measures that depend on
    its years, instead of those above; fen."""

    def of(self, rows: Rows) -> Claim:
        """The claims of some of the projects."""
        kept = Entitlement(self.entitlement.numerator[rows], self.entitlement.denominator)
        attached = None if self.attached is None else self.attached[rows]
        own = self.own_measures
        more = None if own is None else lambda row, award: own(rows[row], award)
        dated = self.dated
        by_year = None if dated is None else lambda row, plan, start: dated(rows[row], plan, start)
        return Claim(kept, lambda row: self.profile(rows[row]), attached, own_measures=more, dated=by_year)


def capped(numerator: Integers, denominator: int, asked: Floats, award: Award, money: Money, top: int) -> Entitlement:
    """An entitlement cut to the cap of the award and to what was asked for (fen, NaN: nothing in particular)."""
    stated = ~np.isnan(asked)
    factor = award.levels * denominator
    amounts = np.where(stated, np.maximum(asked, 0), 0)
    limit = as_objects(amounts) if numerator.dtype == object else integers(amounts, factor, top)
    numerator = np.where(stated, np.minimum(numerator, limit * denominator), numerator)
    if award.max is not None:
        cap = money.to_fen(award.max) * denominator
        numerator = np.minimum(numerator, cap if numerator.dtype == object else min(cap, 2**62))
    return Entitlement(numerator, denominator)


def whole_numbers(shares: Sequence[Decimal]) -> Integers:
    """Shares as whole numbers in the same proportion."""
    fractions = [Fraction(share) for share in shares]
    common = lcm(*(fraction.denominator for fraction in fractions))
    wholes = [fraction.numerator * (common // fraction.denominator) for fraction in fractions]
    return np.array(wholes, dtype=np.int64 if sum(wholes) < 2**31 else object)


def common_numerators(values: Sequence[Fraction]) -> tuple[list[int], int]:
    """Fractions over one denominator."""
    common = lcm(*(value.denominator for value in values)) if values else 1
    return [value.numerator * (common // value.denominator) for value in values], common
