"""Special bonds: money for infrastructure whose revenue repays it, lent to the project or put in as its capital.

The cover ratio is the one that issuers disclose: (revenue − cost) ÷ (principal + all interest), not discounted.
Where the config says so, the service of the bonds is taken out of the cost, and other debt counts beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

import numpy as np

from allocator.config.keys.instruments import Bond, BondTerms
from allocator.config.keys.plan import Config
from allocator.config.rules.bond_money import YEARLY, paying
from allocator.money.arrays import Floats, Rows
from allocator.money.rounding import ULP, half_up, half_up_exactly, integers, largest
from allocator.options.candidates import Candidates
from allocator.options.instruments.claim import Claim, capped, common_numerators, whole_numbers
from allocator.options.instruments.entitlement import Entitlement
from allocator.options.instruments.loan import Loan, loan_of
from allocator.options.instruments.shortfall import Bonds, Works

COVER_PLACES = 10_000
"""A cover ratio is shown to this part of one."""
SAFETY = 64 * ULP


NEED: Final = "bond_need"
"""Column with all the bonds that a project asks for."""
"""Columns that say when a project earns its revenue."""


def terms_of(config: Config, instrument: Bond) -> BondTerms:
    """The terms of the bonds that pay an instrument."""
    return paying(config, instrument)[0]


def claim(instrument: Bond, pool: Candidates, projects: Rows) -> Claim:
    """min(rate × base, cap, requested amount), refused where the revenue does not cover the debt."""
    terms = terms_of(pool.config, instrument)
    rate = Fraction(instrument.rate)
    base, asked = (np.maximum(pool.fen(name)[projects], 0) for name in (instrument.base, "requested_amount"))
    top = max(largest(base), largest(asked[~np.isnan(asked)]))
    numerator = integers(base, instrument.award.levels * max(rate.numerator, rate.denominator), top) * rate.numerator
    entitlement = capped(numerator, rate.denominator, asked, instrument.award, pool.money, top)
    loans, which = loans_of(terms, pool, projects)
    costs = [debt_cost(loan.repayment, loan.rate, loan.term) for loan in loans]
    shares, asked_for = whole_numbers(instrument.payments)[None, :], AskedFor(entitlement, pool.fen(NEED)[projects])
    books = books_of(terms, pool, projects, costs, which, asked_for)
    weak, covers = uncovered(entitlement, books, costs, which, Fraction(terms.min_cover))

    def own_measures(row: Rows, award: Floats) -> Mapping[str, Floats]:
        counted = Counted(terms, asked_for, row, award)
        return debt_measures(terms, award, books.of(row), costs, which[row], counted)

    refused: dict[str, tuple[Rows, Sequence[str], str]] = {"cover_ratio": (weak, covers, least_cover(terms))}
    yearly = terms.shortfall == "yearly" and terms.revenue_haircut is not None
    if yearly:
        refused["operate_years"] = never_operating(pool, projects, weak)
    return Claim(
        entitlement,
        lambda row: shares,
        attached(instrument, entitlement) if instrument.use == "capital" else None,
        refused,
        own_measures,
        by_year(terms, pool, projects, loans, which, asked_for, books) if yearly else None,
    )


def never_operating(pool: Candidates, projects: Rows, weak: Rows) -> tuple[Rows, list[str], str]:
    """Projects without a year in which they could earn their revenue; but those that are too ``weak`` anyway."""
    years = np.asarray(pool.column("operate_years"), dtype=np.float64)[projects]
    rows = np.setdiff1d(np.flatnonzero(years < 1), weak)
    return rows, [f"{value:g}" for value in years[rows].tolist()], ">= 1"


@dataclass(frozen=True)
class AskedFor:
    """All the bonds that projects ask for: what they need, in fen, or the entitlement where that is blank."""

    entitlement: Entitlement
    need: Floats

    def exact(self, row: int) -> Fraction:
        """Of one project."""
        return Fraction(int(self.need[row])) if self.need[row] > 0 else self.entitlement.exact(row)

    def floats(self) -> Floats:
        """Of each, within two rounding errors."""
        return np.where(self.need > 0, self.need, self.entitlement.floats())


@dataclass(frozen=True)
class Books:
    """What projects earn and cost without the service of their bonds, and what other debt they repay; whole fen."""

    revenue: Floats
    cost: Floats
    other: Floats

    def of(self, row: Rows) -> Books:
        """The books of some projects."""
        return Books(self.revenue[row], self.cost[row], self.other[row])


def books_of(
    terms: BondTerms, pool: Candidates, projects: Rows, costs: list[Fraction], which: Rows, asked_for: AskedFor
) -> Books:
    """The books of projects by their cells."""
    revenue, cost = (pool.fen(name)[projects] for name in ("revenue_total", "cost_total"))
    if terms.cost_includes_debt_service:
        owed = (asked_for.exact(row) * costs[which[row]] for row in range(len(projects)))
        cost = np.array(
            [operating_cost(terms, cell, due) for cell, due in zip(cost.tolist(), owed, strict=True)], float
        )
    other = np.zeros(len(projects)) if terms.other_debt is None else pool.fen(terms.other_debt)[projects]
    return Books(revenue, cost, np.maximum(np.nan_to_num(other), 0))


def operating_cost(terms: BondTerms, cost: float, service: Fraction) -> int:
    """A project's cost without the service of all the bonds it asks for, where it holds that; whole fen."""
    return max(int(cost) - half_up_exactly(service), 0) if terms.cost_includes_debt_service else int(cost)


@dataclass(frozen=True)
class Counted:
    """Which part of a project's revenue and cost stands against each award."""

    terms: BondTerms
    asked_for: AskedFor
    row: Rows
    award: Floats

    def exact(self, at: int) -> Fraction:
        """The part of one award."""
        return counted_part(self.terms, int(self.award[at]), self.asked_for.exact(int(self.row[at])))

    def floats(self) -> Floats:
        """The parts, within a few rounding errors."""
        if self.terms.revenue == "whole":
            return np.ones(len(self.award))
        whole = self.asked_for.floats()[self.row]
        return np.minimum(np.divide(self.award, whole, out=np.ones(len(whole)), where=whole > 0), 1)


def counted_part(terms: BondTerms, award: int, asked_for: Fraction) -> Fraction:
    """Which part of a project's revenue and cost stands against an award."""
    if terms.revenue == "whole" or asked_for <= 0:
        return Fraction(1)
    return min(award / asked_for, Fraction(1))


def by_year(
    terms: BondTerms,
    pool: Candidates,
    projects: Rows,
    loans: list[Loan],
    which: Rows,
    asked_for: AskedFor,
    books: Books,
) -> Callable[[Rows, Floats, Rows], Mapping[str, Floats]]:
    """The shortfall of options by year, as present value."""
    earned, spent = books.revenue.tolist(), (books.cost + books.other).tolist()
    columns = (np.asarray(pool.column(name), dtype=np.float64)[projects] for name in YEARLY)
    build, operate = (np.maximum(years, 0).astype(np.int64) for years in columns)
    haircut = Fraction(1 if terms.revenue_haircut is None else terms.revenue_haircut)
    net = [haircut * int(a) - int(b) for a, b in zip(earned, spent, strict=True)]
    works = [Works(b, max(o, 1), n / max(o, 1)) for b, o, n in zip(build.tolist(), operate.tolist(), net, strict=True)]
    yearly = np.array([float(one.yearly) for one in works])

    def dated(row: Rows, plan: Floats, start: Rows) -> Mapping[str, Floats]:
        later, part = start - pool.config.years[0], Counted(terms, asked_for, row, plan.sum(axis=1))

        def works_of(at: int) -> Works:
            whole: Works = works[row[at]]
            return replace(whole, yearly=whole.yearly * part.exact(at))

        income = yearly[row] * part.floats()
        bonds = Bonds(loans, which[row], plan, later, works_of, build[row], operate[row], income)
        return {"bond_shortfall": bonds.present_value(Fraction(pool.config.discount))}

    return dated


def least_cover(terms: BondTerms) -> str:
    """The threshold of cover in words: without net revenue nobody has bonds, whatever `min_cover` is."""
    return f"{terms.min_cover.normalize():f}" if terms.min_cover else "> 0"


def attached(instrument: Bond, entitlement: Entitlement) -> Floats:
    """Investment that the capital carries, in fen: capital ÷ ratio."""
    ratio = Fraction(instrument.capital_ratio)
    rows = range(len(entitlement.numerator))
    return np.array([half_up_exactly(entitlement.exact(row) / ratio) for row in rows], dtype=np.float64)


def loans_of(terms: BondTerms, pool: Candidates, projects: Rows) -> tuple[list[Loan], Rows]:
    """Each kind of debt there is, and the kind of each project."""
    own = {name: np.full(len(projects), np.nan) for name in ("bond_rate", "bond_term")}
    for name in own:
        if pool.is_numeric(name):
            own[name] = np.asarray(pool.column(name), dtype=np.float64)[projects]
    keys = np.stack([np.nan_to_num(values, nan=-1.0) for values in own.values()], axis=1)
    kinds, which = np.unique(keys, axis=0, return_inverse=True)
    loans = [loan_of(terms, *(np.nan if value < 0 else value for value in kind)) for kind in kinds.tolist()]
    return loans, which.reshape(-1).astype(np.int64)


def debt_cost(repayment: str, rate: Fraction, term: int) -> Fraction:
    """Principal and all interest of one yuan: 1 + rate × term, or the sum of equal payments."""
    if repayment == "bullet" or not rate:
        return Fraction(1) + (rate * term if repayment == "bullet" else 0)
    return term * rate / (1 - (1 + rate) ** -term)


def uncovered(
    entitlement: Entitlement, books: Books, costs: list[Fraction], which: Rows, least: Fraction
) -> tuple[Rows, list[str]]:
    """Rows whose net revenue covers the debt, with the whole entitlement, less than ``least`` times, and their ratios.

    State Council Document 52 of 2024: projects without revenue never have special bonds.
    """
    bonds, net = entitlement.floats() * np.array([float(cost) for cost in costs])[which], books.revenue - books.cost
    needed = (bonds + books.other) * float(least)
    unsure = np.flatnonzero((bonds > 0) & (net <= needed * (1 + SAFETY)))
    weak, ratios = [], []
    for row in unsure.tolist():
        ratio = Fraction(int(net[row])) / (entitlement.exact(row) * costs[which[row]] + int(books.other[row]))
        if ratio < least or ratio <= 0:
            weak.append(row)
            ratios.append(cover_text(ratio))
    return np.array(weak, dtype=np.int64), ratios


def cover_text(ratio: Fraction) -> str:
    """A cover ratio with at most four decimals."""
    return f"{half_up_exactly(ratio * COVER_PLACES) / COVER_PLACES:.4f}".rstrip("0").rstrip(".")


def debt_measures(
    terms: BondTerms, award: Floats, books: Books, costs: list[Fraction], which: Rows, counted: Counted
) -> Mapping[str, Floats]:
    """Debt service over the bond's life, what the project earns for it, and what is missing at stressed revenue; fen."""
    revenue, cost, other = books.revenue, books.cost, books.other
    numerators, denominator = common_numerators(costs)
    factors = np.array([float(one) for one in costs])[which]
    haircut = Fraction(1 if terms.revenue_haircut is None else terms.revenue_haircut)
    part, net = counted.floats(), revenue - cost
    service = award * factors + other * part
    missing = np.maximum(service - (float(haircut) * revenue - cost) * part, 0)

    def exact_service(row: int) -> Fraction:
        bonds = Fraction(int(award[row]) * numerators[which[row]], denominator)
        return bonds + int(other[row]) * counted.exact(row) if other[row] else bonds

    def exact_missing(row: int) -> Fraction:
        left = (haircut * int(revenue[row]) - int(cost[row])) * counted.exact(row)
        return max(exact_service(row) - left, Fraction(0))

    def exact_revenue(row: int) -> Fraction:
        return (int(revenue[row]) - int(cost[row])) * counted.exact(row)

    error = (service + revenue + np.abs(cost)) * SAFETY
    return {
        "bond_service": half_up(service, error, exact_service),
        "bond_revenue": net if terms.revenue == "whole" else half_up(net * part, error, exact_revenue),
        "bond_shortfall": half_up(missing, error, exact_missing)
        if terms.revenue_haircut is not None
        else np.zeros(len(award)),
    }
