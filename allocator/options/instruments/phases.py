"""Awards by named phases of a project: the sums of its phases up to each, instead of shares of the entitlement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from allocator.money.arrays import Floats
from allocator.money.rounding import floor_to
from allocator.options.instruments.levels import Levels, smallest_award, step_of

if TYPE_CHECKING:
    from allocator.config.keys.instruments import Award
    from allocator.money import Money
    from allocator.money.arrays import Rows
    from allocator.options.candidates import Candidates
    from allocator.options.instruments.entitlement import Entitlement


def sums(pool: Candidates, projects: Rows, award: Award) -> Floats:
    """What each phase and those before it need (project × phase), in fen; a blank is nothing."""
    amounts = [np.maximum(np.nan_to_num(pool.fen(name)[projects]), 0) for name in award.phases]
    return np.cumsum(np.stack(amounts, axis=1), axis=1)


def phased(needed: Floats, entitlement: Entitlement, award: Award, money: Money) -> Levels:
    """``needed`` up to each phase, at most the entitlement, which is the last; down to the step, equal ones merged."""
    step, least = step_of(award, money), smallest_award(award, money)
    whole = floor_to(entitlement.numerator, entitlement.denominator, step)[:, None]
    grid = np.minimum(needed // step * step, whole)
    grid[:, -1:] = whole
    keep = grid >= least
    keep[:, 1:] &= grid[:, 1:] != grid[:, :-1]
    row, column = np.nonzero(keep)
    return Levels(row, column + 1, grid[row, column])


def left_for_later(needed: Floats) -> Floats:
    """What the phases after each still need, and nothing after an award that is no phase: it need not be there yet."""
    return np.pad(needed[:, -1:] - needed, ((0, 0), (0, 1)))
