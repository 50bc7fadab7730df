"""Award levels: shares of the entitlement, rounded down to the step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.config.keys.instruments import Award
from allocator.money import Money
from allocator.money.arrays import Floats, Ints
from allocator.money.rounding import floor_to
from allocator.options.instruments.entitlement import Entitlement


@dataclass(frozen=True)
class Levels:
    """Award levels on offer, ordered by row and award; no start year yet."""

    row: Ints
    """Row of the entitlement that the level belongs to."""
    level: Ints
    """k of the levels 1 … n; n + 1 for an award fixed in advance that is no level."""
    award: Floats
    """fen"""


def smallest_award(award: Award, money: Money) -> int:
    """The least amount an instrument can award, in fen: its minimum, and at least one step."""
    return max(money.to_fen(award.min), step_of(award, money))


def step_of(award: Award, money: Money) -> int:
    """Every award is a multiple of this many fen."""
    return 1 if award.step is None else money.to_fen(award.step)


def levels(entitlement: Entitlement, award: Award, money: Money) -> Levels:
    """Awards of k/n of the entitlement, rounded down to the step; too small ones dropped, equal ones merged."""
    step, least, n = step_of(award, money), smallest_award(award, money), award.levels
    size = len(entitlement.numerator)
    grid = np.empty((size, n), dtype=np.float64)
    for k in range(1, n + 1):
        grid[:, k - 1] = floor_to(entitlement.numerator * k, n * entitlement.denominator, step)
    keep = grid >= least
    keep[:, 1:] &= grid[:, 1:] != grid[:, :-1]
    row, column = np.nonzero(keep)
    return Levels(row, column + 1, grid[row, column])


def fixed_award_fault(fixed: int, row: int, entitlement: Entitlement, award: Award, money: Money) -> str | None:
    """Why ``fixed`` fen cannot be awarded: 'step', 'min', 'max' or 'entitlement'; None when it can."""
    if fixed % step_of(award, money):
        return "step"
    if fixed < smallest_award(award, money):
        return "min"
    if award.max is not None and fixed > money.to_fen(award.max):
        return "max"
    return "entitlement" if fixed > entitlement.exact(row) else None
