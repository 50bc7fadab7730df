"""The kinds of instrument: one file per kind says what a project is entitled to and when; the rest is the same for all."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from allocator.config.keys.instruments import Instrument
from allocator.money import Money
from allocator.money.arrays import Floats, Rows
from allocator.money.rounding import Integers, shares_of
from allocator.options.candidates import Candidates
from allocator.options.instruments import bond, grant, guarantee, interest_subsidy
from allocator.options.instruments.claim import Claim, Profile
from allocator.options.instruments.continuous import multiples
from allocator.options.instruments.entitlement import Entitlement
from allocator.options.instruments.levels import Levels, fixed_award_fault, levels, smallest_award

__all__ = [
    "Claim",
    "Entitlement",
    "Levels",
    "Profile",
    "claim_of",
    "fixed_award_fault",
    "levels_of",
    "payment_plan",
    "smallest_award",
]

KINDS: dict[str, ModuleType] = {
    "grant": grant,
    "interest_subsidy": interest_subsidy,
    "guarantee": guarantee,
    "bond": bond,
}
"""Kind → module with `claim(instrument, pool, projects)`."""


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


def claim_of(instrument: Instrument, pool: Candidates, projects: Rows) -> Claim:
    """What ``projects`` (rows of the pool) are entitled to, when it is paid, and what it brings."""
    found: Claim = KINDS[instrument.kind].claim(instrument, pool, projects)
    return found


def levels_of(instrument: Instrument, entitlement: Entitlement, money: Money) -> Levels:
    """The awards on offer."""
    return (multiples if instrument.continuous else levels)(entitlement, instrument.award, money)
