"""What of a project's investment nobody pays yet, and how much of that may be left open."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from allocator.config.keys.instruments import Bond
from allocator.money.arrays import Flags
from allocator.money.rounding import integers
from allocator.options.leverage import Finance
from allocator.tables.conditions import matches

if TYPE_CHECKING:
    from allocator.config.keys.plan import Config
    from allocator.money.arrays import Floats, Rows
    from allocator.options.candidates import Candidates

CLOSING: Final = "closing"
FUNDS: Final = ("own_funds", "bank_loan_committed", "bank_loan_planned")
"""Columns of what owners and banks pay, in the order in which it is used."""
PUBLIC: Final = ("other_public", "bond_issued")
INVESTMENT: Final = ("total_investment", "fixed_investment")


def is_gated(config: Config, key: str) -> bool:
    """Whether awards of an instrument must close the financing."""
    rule = config.closing
    meant = key in rule.instruments if rule.instruments else isinstance(config.instruments[key], Bond)
    return rule.gate and meant


def public_owners(pool: Candidates, projects: Rows) -> Flags:
    """Which projects belong to public owners, whose own money is no private investment."""
    owner = pool.config.leverage.public_owner
    return matches(owner, pool.column, pool.size)[projects] if owner else np.zeros(len(projects), dtype=bool)


def finance(pool: Candidates, projects: Rows) -> Finance:
    """Own money and loans of projects, and whether their owners are public."""
    untold = np.logical_and.reduce([pool.blank(name)[projects] for name in FUNDS])
    own, *loans = (np.maximum(np.nan_to_num(pool.fen(name)[projects]), 0) for name in FUNDS)
    return Finance(own, np.sum(loans, axis=0), ~untold, public_owners(pool, projects))


def investment(pool: Candidates) -> Floats:
    """What is to be financed, per project in fen; NaN where neither column says it."""
    total, fixed = (pool.fen(name) for name in INVESTMENT)
    return np.where(np.isnan(total), fixed, total)


def open_need(pool: Candidates) -> Floats:
    """What nobody but the award pays, per project in fen; NaN where the table does not tell the financing."""
    told = np.zeros(pool.size, dtype=bool)
    need = investment(pool)
    for name in FUNDS:
        told |= ~pool.blank(name)
    for name in (*FUNDS, *PUBLIC):
        need = need - np.maximum(np.nan_to_num(pool.fen(name)), 0)
    return np.where(told, need, np.nan)


def most_open(pool: Candidates) -> Floats:
    """The greatest gap that may be left, per project in whole fen."""
    share = Fraction(pool.config.closing.max_gap)
    whole = integers(np.nan_to_num(investment(pool)), share.numerator)
    return (whole * share.numerator // share.denominator).astype(np.float64)
