"""Awards that are not bound to a few levels: every multiple of the step up to the entitlement."""

from __future__ import annotations

from typing import Final

import numpy as np

from allocator.config_instruments import Award
from allocator.instruments.entitlement import Entitlement
from allocator.instruments.levels import Levels, smallest_award, step_of
from allocator.money import Money
from allocator.rounding import floor_to

MOST_AWARDS: Final = 2_000
"""More different awards than this for one project are refused: a coarser step tells as much and is decided sooner."""


def multiples(entitlement: Entitlement, award: Award, money: Money) -> Levels:
    """Every multiple of the step from the smallest award to the entitlement; the level is the number of steps."""
    step, least = step_of(award, money), smallest_award(award, money)
    last = (floor_to(entitlement.numerator, entitlement.denominator, step) / step).astype(np.int64)
    first = -(-least // step)
    count = np.maximum(last - first + 1, 0)
    row = np.repeat(np.arange(len(count)), count)
    level = first + np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return Levels(row, level, level.astype(np.float64) * step)


def coarsest(entitlement: Entitlement, award: Award, money: Money) -> tuple[int, int] | None:
    """The row with the most awards, and a step (fen) that leaves few enough; None where there are not too many."""
    whole, step = floor_to(entitlement.numerator, entitlement.denominator, 1), step_of(award, money)
    if not len(whole) or whole.max() <= MOST_AWARDS * step:
        return None
    row = int(whole.argmax())
    needed = -(-int(whole[row]) // MOST_AWARDS)
    return row, -(-needed // step) * step
