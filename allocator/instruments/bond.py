"""Special bonds: money for infrastructure whose revenue repays it, lent to the project or put in as its capital.

The cover ratio is the one that issuers disclose: (revenue − cost) ÷ (principal + all interest), not discounted.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from allocator.config import Config
from allocator.config_instruments import Bond, BondTerms
from allocator.instruments.claim import Claim, Rows, capped, common_numerators, whole_numbers
from allocator.instruments.entitlement import Entitlement
from allocator.pool import Pool
from allocator.rounding import ULP, Floats, as_written, half_up, half_up_exactly, integers, largest

PERCENT = 100
COVER_PLACES = 10_000
"""A cover ratio is shown to this part of one."""
SAFETY = 64 * ULP


def columns(instrument: Bond) -> dict[str, str]:
    """Column that must be filled → the key that asks for it."""
    return {instrument.base: "base", "revenue_total": "kind", "cost_total": "kind"}


def terms_of(config: Config, instrument: Bond) -> BondTerms:
    """The terms of the bonds that pay an instrument."""
    keys = {key for key, other in config.instruments.items() if other is instrument}
    return next(
        source.bond for source in config.sources.values() if source.bond is not None and keys & set(source.pays)
    )


def claim(instrument: Bond, pool: Pool, projects: Rows) -> Claim:
    """min(rate × base, cap, requested amount), refused where the revenue does not cover the debt."""
    terms = terms_of(pool.config, instrument)
    rate = Fraction(instrument.rate)
    base, asked = (np.maximum(pool.fen(name)[projects], 0) for name in (instrument.base, "requested_amount"))
    top = max(largest(base), largest(asked[~np.isnan(asked)]))
    numerator = integers(base, instrument.award.levels * max(rate.numerator, rate.denominator), top) * rate.numerator
    entitlement = capped(numerator, rate.denominator, asked, instrument.award, pool.money, top)
    revenue, cost = pool.fen("revenue_total")[projects], pool.fen("cost_total")[projects]
    costs, which = debt_costs(terms, pool, projects)
    weak, covers = uncovered(entitlement, revenue - cost, costs, which, Fraction(terms.min_cover))
    shares = whole_numbers(instrument.payments)[None, :]

    def further(row: Rows, award: Floats) -> Mapping[str, Floats]:
        return debt_measures(terms, award, revenue[row], cost[row], costs, which[row])

    return Claim(
        entitlement,
        lambda row: shares,
        attached(instrument, entitlement) if instrument.use == "capital" else None,
        {"cover_ratio": (weak, covers, least_cover(terms))},
        further,
    )


def least_cover(terms: BondTerms) -> str:
    """The threshold of cover in words: without net revenue nobody has bonds, whatever `min_cover` is."""
    return f"{terms.min_cover.normalize():f}" if terms.min_cover else "> 0"


def attached(instrument: Bond, entitlement: Entitlement) -> Floats:
    """Investment that the capital carries, in fen: capital ÷ ratio."""
    ratio = Fraction(instrument.capital_ratio)
    rows = range(len(entitlement.numerator))
    return np.array([half_up_exactly(entitlement.exact(row) / ratio) for row in rows], dtype=np.float64)


def debt_costs(terms: BondTerms, pool: Pool, projects: Rows) -> tuple[list[Fraction], Rows]:
    """Principal and all interest of one yuan, for each kind of debt there is, and the kind of each project."""
    own = {name: np.full(len(projects), np.nan) for name in ("bond_rate", "bond_term")}
    for name in own:
        if pool.is_numeric(name):
            own[name] = np.asarray(pool.column(name), dtype=np.float64)[projects]
    keys = np.stack([np.nan_to_num(values, nan=-1.0) for values in own.values()], axis=1)
    kinds, which = np.unique(keys, axis=0, return_inverse=True)
    costs = [
        debt_cost(
            terms.repayment,
            Fraction(terms.rate) if rate < 0 else as_written(rate) / PERCENT,
            terms.term if term < 0 else max(int(term), 1),
        )
        for rate, term in kinds.tolist()
    ]
    return costs, which.reshape(-1).astype(np.int64)


def debt_cost(repayment: str, rate: Fraction, term: int) -> Fraction:
    """Principal and all interest of one yuan: 1 + rate × term, or the sum of equal payments."""
    if repayment == "bullet" or not rate:
        return Fraction(1) + (rate * term if repayment == "bullet" else 0)
    return term * rate / (1 - (1 + rate) ** -term)


def uncovered(
    entitlement: Entitlement, net: Floats, costs: list[Fraction], which: Rows, least: Fraction
) -> tuple[Rows, list[str]]:
    """Rows whose net revenue covers the debt of the whole entitlement less than ``least`` times, and their ratios.

    State Council Document 52 of 2024: projects without revenue never have special bonds.
    """
    owed = entitlement.floats() * np.array([float(cost) for cost in costs])[which]
    needed = owed * float(least)
    unsure = np.flatnonzero((owed > 0) & (net <= needed * (1 + SAFETY)))
    weak, ratios = [], []
    for row in unsure.tolist():
        ratio = Fraction(int(net[row])) / (entitlement.exact(row) * costs[which[row]])
        if ratio < least or ratio <= 0:
            weak.append(row)
            ratios.append(cover_text(ratio))
    return np.array(weak, dtype=np.int64), ratios


def cover_text(ratio: Fraction) -> str:
    """A cover ratio with at most four decimals."""
    return f"{half_up_exactly(ratio * COVER_PLACES) / COVER_PLACES:.4f}".rstrip("0").rstrip(".")


def debt_measures(
    terms: BondTerms, award: Floats, revenue: Floats, cost: Floats, costs: list[Fraction], which: Rows
) -> Mapping[str, Floats]:
    """Debt service over the bond's life, what the project earns for it, and what is missing at stressed revenue; fen."""
    numerators, denominator = common_numerators(costs)
    factors = np.array([float(one) for one in costs])[which]
    service = award * factors
    haircut = Fraction(1 if terms.revenue_haircut is None else terms.revenue_haircut)
    missing = np.maximum(service - (float(haircut) * revenue - cost), 0)

    def exact_service(row: int) -> Fraction:
        return Fraction(int(award[row]) * numerators[which[row]], denominator)

    def exact_missing(row: int) -> Fraction:
        return max(exact_service(row) - (haircut * int(revenue[row]) - int(cost[row])), Fraction(0))

    error = (service + revenue + np.abs(cost)) * SAFETY
    return {
        "bond_service": half_up(service, error, exact_service),
        "bond_revenue": revenue - cost,
        "bond_shortfall": half_up(missing, error, exact_missing)
        if terms.revenue_haircut is not None
        else np.zeros(len(award)),
    }
