"""The kinds of instrument: one file per kind says what a project is entitled to and when; the rest is the same for all."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from allocator.config_instruments import Award, Instrument
from allocator.instruments import bond, grant, guarantee, interest_subsidy
from allocator.instruments.claim import Claim, Profile, Rows
from allocator.instruments.entitlement import Entitlement
from allocator.money import Money
from allocator.pool import Pool
from allocator.rounding import Floats, Integers, floor_to, shares_of

__all__ = ["Claim", "Entitlement", "Levels", "Profile", "claim_of", "columns_of", "levels", "payment_plan"]

KINDS: dict[str, ModuleType] = {
    "grant": grant,
    "interest_subsidy": interest_subsidy,
    "guarantee": guarantee,
    "bond": bond,
}
"""Kind → module with `columns(instrument)` and `claim(instrument, pool, projects)`."""


@dataclass(frozen=True)
class Levels:
    """Award levels on offer, ordered by row and award; no start year yet."""

    row: NDArray[np.int64]
    """Row of the entitlement that the level belongs to."""
    level: NDArray[np.int64]
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


def payment_plan(awards: Floats, weights: Integers) -> Floats:
    """Payments by year after the start (award × year), in fen.

    Each is the award × weight ÷ sum of the weights (level × year, or one row for all), rounded half-up; the last
    year with a weight pays what is left.
    """
    years = weights.shape[1]
    last = years - 1 - (weights[:, ::-1] != 0).argmax(axis=1)
    whole = weights.sum(axis=1)
    plan = np.zeros((len(awards), int(last.max()) + 1 if len(last) else 1), dtype=np.float64)
    left = awards.copy()
    for year in range(plan.shape[1]):
        part = np.minimum(shares_of(awards, weights[:, year], whole), left)
        plan[:, year] = np.where(last == year, left, part)
        left -= plan[:, year]
    return plan


def columns_of(instrument: Instrument) -> dict[str, str]:
    """Column of the project table that must be filled → the key of the instrument that asks for it."""
    found: dict[str, str] = KINDS[instrument.kind].columns(instrument)
    return found


def claim_of(instrument: Instrument, pool: Pool, projects: Rows) -> Claim:
    """What ``projects`` (rows of the pool) are entitled to, when it is paid, and what it brings."""
    found: Claim = KINDS[instrument.kind].claim(instrument, pool, projects)
    return found
