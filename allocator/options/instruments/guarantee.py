"""Financing guarantees: part of the fee, and of the claims that are paid."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from allocator.config.keys.instruments import Guarantee
from allocator.money.arrays import Floats, Rows, is_nan
from allocator.money.rounding import Integers, as_objects, as_written, largest, share_of
from allocator.options.candidates import Candidates
from allocator.options.instruments.claim import Claim, capped, common_numerators

PERCENT = 100


def claim(instrument: Guarantee, pool: Candidates, projects: Rows) -> Claim:
    """credit × (fee × share paid + claims × compensation) × years, with the credit at most the largest multiple.

    The part of the credit that buys fixed assets, with own capital beside it, is the investment attached.
    """
    credit = np.maximum(np.nan_to_num(pool.fen(instrument.base)[projects]), 0)
    capital = pool.fen("guarantee_capital")[projects]
    covered = np.where(np.isnan(capital), credit, np.minimum(credit, most_of(instrument, capital)))
    client = credit if instrument.client is None else pool.fen(instrument.client)[projects]
    costs, denominator, too_large = yearly_cost(instrument, pool, projects, covered, client)
    numerator = as_objects(covered) * costs * instrument.years
    asked = pool.fen("requested_amount")[projects]
    fixed = Fraction(instrument.fixed_share) / (1 - Fraction(instrument.capital_ratio))
    largest_client = pool.money.text(pool.money.to_fen(instrument.fee[-1][0]))
    equal = np.ones((1, instrument.years), dtype=np.int64)
    return Claim(
        capped(numerator, denominator, asked, instrument.award, pool.money, largest(credit)),
        lambda row: equal,
        share_of(covered, fixed.numerator, fixed.denominator),
        {"client_amount": (too_large, pool.money.texts(client[too_large]), largest_client)},
    )


def most_of(instrument: Guarantee, capital: Floats) -> Floats:
    """Largest credit that a guarantor's capital supports, rounded down to whole fen."""
    factor = Fraction(instrument.multiple.max)
    known = as_objects(np.maximum(np.nan_to_num(capital), 0))
    return np.asarray(known * factor.numerator // factor.denominator, dtype=np.float64)


def yearly_cost(
    instrument: Guarantee, pool: Candidates, projects: Rows, credit: Floats, client: Floats
) -> tuple[Integers, int, Rows]:
    """Cost of a unit of credit per year as numerators over one denominator, and the rows whose clients are too large."""
    bounds = np.array([float(pool.money.to_fen(most)) for most, _ in instrument.fee])
    place = np.searchsorted(bounds, client, side="left")
    too_large = np.flatnonzero(place == len(bounds))
    rates = own_rates(pool, "claim_rate", projects, float(instrument.claim_rate))
    fees = own_rates(pool, "fee", projects, np.inf)
    low, high = instrument.claim_band
    capital = pool.fen("guarantee_capital")[projects]
    least = float(instrument.multiple.min)
    paid = np.isnan(capital) | (credit >= least * np.nan_to_num(capital))
    classes = np.minimum(place, len(bounds) - 1).tolist()
    keys = list(zip(classes, fees.tolist(), rates.tolist(), paid.tolist(), strict=True))
    cost: dict[tuple[int, float, float, bool], Fraction] = {}
    for fee_class, charged, rate, compensated in set(keys):
        claims, most = as_written(rate), Fraction(instrument.fee[fee_class][1])
        whole = (most if charged == np.inf else min(most, as_written(charged))) * Fraction(instrument.fee_share)
        if compensated and Fraction(low) <= claims <= Fraction(high):
            whole += claims * Fraction(instrument.compensation)
        cost[fee_class, charged, rate, compensated] = whole
    order = list(cost)
    numerators, denominator = common_numerators([cost[key] for key in order])
    by_key = dict(zip(order, numerators, strict=True))
    return np.array([by_key[key] for key in keys], dtype=object), denominator, too_large


def own_rates(pool: Candidates, column: str, projects: Rows, otherwise: float) -> Floats:
    """The projects' own rates, written in percent, as shares; ``otherwise`` where none is written."""
    if not pool.is_numeric(column):
        return np.full(len(projects), otherwise)
    own = np.asarray(pool.column(column), dtype=np.float64)[projects]
    as_share = np.array([float(as_written(value) / PERCENT) if not is_nan(value) else otherwise for value in own])
    return np.asarray(as_share, dtype=np.float64)
