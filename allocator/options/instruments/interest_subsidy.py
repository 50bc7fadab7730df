"""Interest subsidies: part of the interest on a loan, for some years."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from allocator.config.keys.capital import BY_INDUSTRY
from allocator.config.keys.instruments import InterestSubsidy
from allocator.money import Money
from allocator.money.arrays import Floats, Rows
from allocator.money.rounding import Integers, as_objects, as_written, largest, share_of, shares_of
from allocator.options.candidates import Candidates
from allocator.options.instruments.claim import Claim, Profile, capped, common_numerators
from allocator.options.screening.capital import ratios_of

PERCENT = 100


def claim(instrument: InterestSubsidy, pool: Candidates, projects: Rows) -> Claim:
    """loan × balance × min(points, shares of the rates, rate), summed over the years, up to the caps.

    A loan L attaches an investment of L ÷ (1 − capital ratio).
    """
    loan = np.maximum(np.nan_to_num(pool.fen(instrument.base)[projects]), 0)
    rate = np.nan_to_num(np.asarray(pool.column("loan_rate"), dtype=np.float64)[projects])
    yearly, denominator = by_year(instrument, loan, rate, years_of(instrument, pool, projects), pool.money)
    asked = pool.fen("requested_amount")[projects]
    total = yearly.sum(axis=1) if len(yearly) else np.zeros(0, dtype=object)
    least = pool.money.to_fen(instrument.min_loan)
    small = np.flatnonzero(loan < least)
    return Claim(
        capped(total, denominator, asked, instrument.award, pool.money, largest(loan)),
        profile(yearly, instrument.arrears),
        attached(instrument, pool, projects, loan),
        {"min_loan": (small, pool.money.texts(loan[small]), pool.money.text(least))},
    )


def attached(instrument: InterestSubsidy, pool: Candidates, projects: Rows, loan: Floats) -> Floats:
    """Investment that comes with the loans, in fen: loan ÷ (1 − capital ratio)."""
    if instrument.capital_ratio != BY_INDUSTRY:
        own = Fraction(1) / (1 - Fraction(instrument.capital_ratio))
        return share_of(loan, own.numerator, own.denominator)
    ratios = ratios_of(pool)
    shares = [Fraction(1) / (1 - ratios[row]) for row in projects.tolist()]
    tops, bottoms = (
        np.array([getattr(one, part) for one in shares], np.int64) for part in ("numerator", "denominator")
    )
    return shares_of(loan, tops, bottoms)


def years_of(instrument: InterestSubsidy, pool: Candidates, projects: Rows) -> Rows:
    """Years of subsidy of each project."""
    most = np.full(len(projects), instrument.years, dtype=np.int64)
    if not pool.is_numeric("subsidy_years"):
        return most
    own = np.asarray(pool.column("subsidy_years"), dtype=np.float64)[projects]
    return np.where(np.isnan(own), most, np.clip(np.nan_to_num(own), 0, instrument.years)).astype(np.int64)


def by_year(instrument: InterestSubsidy, loan: Floats, rate: Floats, years: Rows, money: Money) -> tuple[Integers, int]:
    """Subsidy of every project and year in fen, as numerators (project × year) over one denominator."""
    rates, which = np.unique(rate, return_inverse=True)
    points, of_points = common_numerators([subsidised(instrument, as_written(one) / PERCENT) for one in rates])
    balance = [Fraction(share) for share in instrument.balance]
    balance += [balance[-1]] * (instrument.years - len(balance))
    shares, of_shares = common_numerators(balance[: instrument.years])
    per_year = as_objects(loan) * np.array(points, dtype=object)[which] if len(loan) else np.zeros(0, dtype=object)
    yearly = per_year[:, None] * np.array(shares, dtype=object)[None, :]
    denominator = of_points * of_shares
    if instrument.max_per_year is not None:
        yearly = np.minimum(yearly, money.to_fen(instrument.max_per_year) * denominator)
    yearly[np.arange(instrument.years)[None, :] >= years[:, None]] = 0
    return yearly, denominator


def subsidised(instrument: InterestSubsidy, rate: Fraction) -> Fraction:
    """Part of a loan's yearly rate that is subsidised: never more than the rate itself."""
    bounds = [rate]
    if instrument.points is not None:
        bounds.append(Fraction(instrument.points))
    if instrument.share_of_rate is not None:
        bounds.append(Fraction(instrument.share_of_rate) * rate)
    if instrument.share_of_reference is not None:
        bounds.append(Fraction(instrument.share_of_reference) * Fraction(instrument.reference_rate or 0))
    return max(min(bounds), Fraction(0))


def profile(yearly: Integers, arrears: int) -> Profile:
    """Every year pays in proportion to its interest, ``arrears`` years later."""
    weights = np.zeros((len(yearly), arrears + (yearly.shape[1] if yearly.ndim == 2 else 1)), dtype=object)
    if len(yearly):
        common = np.gcd.reduce(yearly, axis=1)
        weights[:, arrears:] = yearly // np.where(common == 0, 1, common)[:, None]
        weights[common == 0, arrears] = 1
    if len(yearly) and max(int(total) for total in weights.sum(axis=1)) < 2**31:
        weights = weights.astype(np.int64)
    return lambda row: weights[row]
