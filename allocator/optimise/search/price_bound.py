"""What the prices of rows prove by themselves: no plan is worth more than a sum that anybody can add up.

At any prices of the rows, but those that allow one option per project, a plan is worth no more than what the bounds of
the rows cost, what the best option of every project brings beyond what it uses, and what the other columns can add.
Every number is a whole one of a common unit, rounded so that the sum only grows: by as much as a coefficient may differ
from what the planner wrote, too. A price with the wrong sign for its row is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
import scipy.sparse as sp

from allocator.money.arrays import Floats, Ints
from allocator.optimise.search.highs import Program
from allocator.optimise.search.sifting import Sifted

BITS, HALF = 53, 28
"""Binary digits of a price, and of the lower half of a whole number in two parts: products of halves and their sums fit."""
WHOLE = 60
"""Binary digits of a whole number that others may be added to."""
MANY = 60
"""Rows with a price that a column may be in, so that sums of its products fit."""
SURE = 48
"""Binary digits of a coefficient that rounding leaves as they are."""
ROUNDS = 6
"""How often bounds of columns are derived from those of others."""
MORE = 1e-6
"""Share by which a derived bound is widened."""


@dataclass(frozen=True)
class PriceBound:
    """What no plan exceeds, in the program's unit, and the price of every row that has one."""

    value: Fraction
    prices: Mapping[int, Fraction]


@dataclass(frozen=True, eq=False)
class _Priced:
    """Rows that have a price, ``price`` × ``factor`` of each, and their coefficients times ``factor``."""

    rows: Ints
    price: Ints
    factor: Floats
    matrix: sp.csc_array


def price_bound(sifted: Sifted, prices: Floats) -> PriceBound | None:
    """The bound at these prices; None where a column without an end would be worth something, or is in too many rows."""
    p, options = sifted.program, len(sifted.project)
    priced = _priced(sifted, prices)
    if np.diff(priced.matrix.indptr).max(initial=0) > MANY:
        return None
    least, most, digits = _worth(p, priced)
    lower, upper = _ends(p)
    total = _rows(p, priced, digits)
    total += sum(_best(sifted, most).tolist())
    free = np.r_[np.flatnonzero(~sifted.owned), np.arange(options, len(p.cost))]
    for at in free[(least[free] != 0) | (most[free] != 0)].tolist():
        told = _column((int(least[at]), int(most[at])), (float(lower[at]), float(upper[at])))
        if told is None:
            return None
        total += told
    value = Fraction(total) / Fraction(2) ** digits + Fraction(p.offset)
    factors = zip(priced.rows.tolist(), priced.price.tolist(), priced.factor.tolist(), strict=True)
    return PriceBound(value, {row: number * Fraction(factor) for row, number, factor in factors})


def _priced(sifted: Sifted, prices: Floats) -> _Priced:
    """The rows with a price that their bounds allow."""
    p = sifted.program
    allowed = np.isfinite(np.where(prices > 0, p.row_upper, p.row_lower)) & ~sifted.single & np.isfinite(prices)
    part, exponent = np.frexp(np.where(allowed, prices, 0.0))
    number = np.rint(np.ldexp(part, BITS)).astype(np.int64)
    rows = np.flatnonzero(number)
    factor = np.ldexp(1.0, exponent[rows] - BITS)
    matrix = sp.csc_array(sp.diags_array(factor) @ sp.csr_array(p.matrix)[rows])
    return _Priced(rows, number[rows], factor, matrix)


def _size(numbers: Floats) -> int:
    """Binary digits before the point of the largest number."""
    return int(np.frexp(np.abs(numbers).max(initial=1e-300))[1])


def _worth(p: Program, priced: _Priced) -> tuple[Ints, Ints, int]:
    """What a unit of every column is worth beyond what it uses at the prices, at least and at most; digits of their unit."""
    m, price = priced.matrix, priced.price
    entries = np.diff(m.indptr).max(initial=0)
    fine = 2 * HALF - int(entries).bit_length() - _size(m.data)
    whole = np.rint(np.ldexp(m.data, fine)).astype(np.int64)
    size = sp.csc_array((np.abs(m.data) * 2.0**-SURE + 2.0**-fine, m.indices, m.indptr), m.shape)
    unsure = size.T @ np.abs(price).astype(float) + np.abs(p.cost) * 2.0**-SURE
    digits = min(fine, WHOLE - _size(np.append(unsure * 2.0**SURE, p.cost)))
    used = _product(m, whole, price, fine - digits)
    worth = np.rint(np.ldexp(p.cost, digits)).astype(np.int64) - used
    more = np.where(np.diff(m.indptr) + (p.cost != 0) > 0, np.ceil(np.ldexp(unsure, digits)) + 2, 0).astype(np.int64)
    return worth - more, worth + more, digits


def _product(m: sp.csc_array, whole: Ints, price: Ints, digits: int) -> Ints:
    """What every column uses at the prices, without so many of its last digits: in halves, whose products fit."""
    mask = (1 << HALF) - 1
    high, low = (sp.csc_array((part, m.indices, m.indptr), m.shape).T for part in (whole >> HALF, whole & mask))
    last = low @ (price & mask)
    middle = high @ (price & mask) + low @ (price >> HALF) + (last >> HALF)
    first = high @ (price >> HALF) + (middle >> HALF)
    if digits >= 2 * HALF:
        return np.asarray(first >> (digits - 2 * HALF))
    rest = ((middle & mask) << HALF) | (last & mask)
    return np.asarray((first << (2 * HALF - digits)) + (rest >> digits))


def _rows(p: Program, priced: _Priced, digits: int) -> int:
    """What the bounds of the rows cost, at most."""
    total, unit = Fraction(0), Fraction(2) ** digits
    side = np.where(priced.price > 0, p.row_upper[priced.rows], p.row_lower[priced.rows])
    for price, factor, end in zip(priced.price.tolist(), priced.factor.tolist(), side.tolist(), strict=True):
        cost = price * Fraction(factor) * Fraction(end) * unit
        total += cost + abs(cost) / 2**SURE
    return ceil(total)


def _best(sifted: Sifted, worth: Ints) -> Ints:
    """What the best open option of every project adds, at least nothing where it may go without."""
    none = np.iinfo(np.int64).min
    best = np.where(np.isfinite(sifted.least), 0, none)
    at = np.flatnonzero(sifted.open_ & sifted.owned)
    np.maximum.at(best, sifted.project[at], worth[at])
    return np.where(best == none, 0, best)


def _column(worth: tuple[int, int], ends: tuple[float, float]) -> int | None:
    """The most that a column adds between its ends; None where that has no end."""
    if any(np.isinf(end) and (worth[1] > 0 if end > 0 else worth[0] < 0) for end in ends):
        return None
    known = [Fraction(end) for end in ends if np.isfinite(end)]
    return max((ceil(a * end) for a in worth for end in known), default=0)


def _ends(p: Program) -> tuple[Floats, Floats]:
    """Lower and upper ends of all columns, those that have none from what rows leave them."""
    lower, upper = p.column_lower.copy(), p.column_upper.copy()
    m = sp.coo_array(p.matrix)
    there = m.data != 0
    entries = (m.coords[0][there], m.coords[1][there], m.data[there])
    for _ in range(ROUNDS):
        low, high = _left(p, entries, lower, upper)
        lower, upper = np.where(np.isfinite(lower), lower, low), np.where(np.isfinite(upper), upper, high)
    return lower, _needed(p, entries, lower, upper)


def _left(p: Program, entries: tuple[Ints, Ints, Floats], lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Ends of every column that some row leaves it."""
    row, column, value = entries
    least, most = _others(entries, lower, upper)
    rest = (p.row_lower[row] - most) / value, (p.row_upper[row] - least) / value
    small, large = np.where(value > 0, rest[0], rest[1]), np.where(value > 0, rest[1], rest[0])
    low, high = np.full(len(lower), -np.inf), np.full(len(upper), np.inf)
    np.maximum.at(low, column, small - MORE * (1 + np.abs(small)))
    np.minimum.at(high, column, large + MORE * (1 + np.abs(large)))
    return low, high


def _others(entries: tuple[Ints, Ints, Floats], lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """For every entry, the least and the most that the others of its row add."""
    row, column, value = entries
    found = []
    for ends, end in (
        (np.where(value > 0, lower[column], upper[column]), -np.inf),
        (np.where(value > 0, upper[column], lower[column]), np.inf),
    ):
        adds, endless = value * np.where(np.isfinite(ends), ends, 0.0), ~np.isfinite(ends)
        size = int(row.max(initial=-1)) + 1
        known, count = np.bincount(row, adds, size), np.bincount(row, endless, size)
        found.append(np.where(count[row] - endless > 0, end, known[row] - adds))
    return found[0], found[1]


def _needed(p: Program, entries: tuple[Ints, Ints, Floats], lower: Floats, upper: Floats) -> Floats:
    """Upper ends, with those of columns that cost, and serve a single row: more than it may lack, nobody buys."""
    row, column, value = entries
    least, most = _others(entries, lower, upper)
    serves = (np.bincount(column, minlength=len(upper)) == 1) & (p.cost <= 0) & ~np.isfinite(upper)
    at = serves[column] & ~np.isfinite(np.where(value > 0, p.row_upper[row], p.row_lower[row]))
    row, column, value, least, most = row[at], column[at], value[at], least[at], most[at]
    ends, others = np.where(value > 0, (p.row_lower[row], least), (p.row_upper[row], most))
    lack = (ends - others) / value
    enough = upper.copy()
    enough[column] = np.maximum(np.maximum(lack, lower[column]), 0.0) * (1 + MORE) + MORE
    return enough
