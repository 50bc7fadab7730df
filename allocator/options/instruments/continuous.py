"""Awards that are not bound to a few levels: every multiple of the step up to the entitlement."""

from __future__ import annotations

from typing import Final

import numpy as np

from allocator.config.keys.instruments import Award
from allocator.money import Money
from allocator.money.arrays import Ints
from allocator.money.rounding import floor_to
from allocator.options.instruments.entitlement import Entitlement
from allocator.options.instruments.levels import Levels, smallest_award, step_of

MOST_AWARDS: Final = 1_000
"""More steps than this up to an entitlement are taken several at a time: finer awards decide nothing, but cost time."""


def multiples(entitlement: Entitlement, award: Award, money: Money) -> Levels:
    """Every multiple of the step from the smallest award to the entitlement; the level is the number of steps.

    Where there are too many, every second, third … of them and the last.
    """
    step, least = step_of(award, money), smallest_award(award, money)
    last = steps_of(entitlement, step)
    stride = strides(last)
    first = np.ceil(np.ceil(least / step) / stride).astype(np.int64)
    count = np.maximum(last // stride - first + 1, 0)
    row = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    level = (first[row] + within) * stride[row]
    beyond = np.flatnonzero((last % stride != 0) & (last * step >= least))
    row, level = np.append(row, beyond), np.append(level, last[beyond])
    order = np.lexsort((level, row))
    return Levels(row[order], level[order], level[order].astype(np.float64) * step)


def steps_of(entitlement: Entitlement, step: int) -> Ints:
    """Whole steps up to each entitlement."""
    return (floor_to(entitlement.numerator, entitlement.denominator, step) / step).astype(np.int64)


def strides(last: Ints) -> Ints:
    """How many steps are taken at a time."""
    return np.maximum(-(-last // MOST_AWARDS), 1)
