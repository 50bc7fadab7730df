"""Grants: a rate of a base, up to a cap and up to what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np

from allocator.config.keys.instruments import Grant
from allocator.money import Money
from allocator.money.arrays import Floats, Rows
from allocator.money.rounding import Integers, integers, largest
from allocator.options.candidates import Candidates
from allocator.options.instruments.claim import Claim, Profile, capped, whole_numbers
from allocator.options.instruments.entitlement import Entitlement

__all__ = ["claim", "grant", "shares_until"]


def claim(instrument: Grant, pool: Candidates, projects: Rows) -> Claim:
    """What ``projects`` are entitled to, and when it is paid."""
    requested = pool.fen("requested_amount")[projects]
    entitlement = grant(instrument, pool.fen(instrument.base)[projects], requested, pool.money)
    completion = pool.completion[projects] if "end_ym" in instrument.columns() else None
    return Claim(entitlement, profile(instrument, completion, pool.support_start[projects]))


def grant(instrument: Grant, base: Floats, requested: Floats | None, money: Money) -> Entitlement:
    """min(rate × base, cap, requested amount), nothing below zero.

    ``base`` and ``requested`` are whole fen; a blank (NaN) request asks for no particular amount.
    """
    rate = Fraction(instrument.rate)
    asked = np.full(len(base), np.nan) if requested is None else requested
    factor = instrument.award.levels * max(rate.numerator, rate.denominator)
    top = max(largest(base), largest(asked[~np.isnan(asked)]))
    numerator = integers(np.maximum(base, 0), factor, top) * rate.numerator
    return capped(numerator, rate.denominator, asked, instrument.award, money, top)


def profile(instrument: Grant, completion: Floats | None, planned: Rows) -> Profile:
    """Payments by year after the start; a start later than ``planned`` delays the completion as well."""
    plain = whole_numbers(instrument.payments)
    if completion is None:
        return lambda row: plain[None, :]
    until = np.maximum(completion - planned, -1).astype(np.int64)

    def weights(row: Rows) -> Integers:
        kinds, back = np.unique(until[row], return_inverse=True)
        made = [whole_numbers(shares_until(instrument, int(years))) for years in kinds]
        widest = max((len(one) for one in made), default=1)
        table = np.zeros((len(made), widest), dtype=made[0].dtype if made else np.int64)
        for number, one in enumerate(made):
            table[number, : len(one)] = one
        return table[back]

    return weights


def shares_until(instrument: Grant, years: int) -> Sequence[Decimal]:
    """Shares of the award by year after the start when the project is completed ``years`` after it (-1: before)."""
    shares = list(instrument.payments)
    if instrument.payment_mode == "reimbursement":
        return [Decimal(0)] * (years + 1) + shares
    if instrument.before_acceptance is None or years <= 0:
        return shares
    shares += [Decimal(0)] * (years + 1 - len(shares))
    paid = [Decimal(0), *accumulate(shares)]
    early = [min(total, instrument.before_acceptance) for total in paid[: years + 1]]
    first = [after - before for before, after in pairwise(early)]
    return [*first, paid[years + 1] - early[-1], *shares[years + 1 :]]
