"""Exact results at float speed: a float decides unless it is too near a rounding boundary to be sure."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal, Inexact, localcontext
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from allocator.money.arrays import Floats

Integers = NDArray[Any]
"""int64, or Python integers in an object array where int64 might overflow."""

ULP: Final = float(np.finfo(np.float64).eps)
_INT64_SAFE: Final = 2**62
_DIGITS: Final = 1e15
"""Every decimal of so many digits has a float of its own."""
_EXACT: Final = Context(prec=800, traps=[Inexact])
"""Sums of decimals from the largest float to the smallest."""
_PLACES: Final = (0, 2, 4, 6)
"""Decimal places of the numbers that tables hold, as a rule."""


def half_up(estimate: Floats, error: Floats, exact: Callable[[int], Fraction]) -> Floats:
    """Whole numbers nearest to the exact values, halves away from zero.

    ``estimate`` differs from the exact value by less than ``error``; ``exact(row)`` gives the exact value and is
    asked only for the rows where the estimate could round either way.
    """
    size = np.abs(estimate)
    rounded = np.floor(size + 0.5)
    unsure = np.flatnonzero(np.abs(size - np.floor(size) - 0.5) <= error)
    result = np.copysign(rounded, estimate) + 0.0
    if len(unsure):
        result[unsure] = [half_up_exactly(exact(int(row))) for row in unsure]
    return result


def half_up_exactly(value: Fraction) -> int:
    """The whole number nearest to ``value``, halves away from zero."""
    size = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return size if value >= 0 else -size


def as_written(value: float) -> Fraction:
    """The decimal a person wrote for this float: the shortest one that reads back as it."""
    return Fraction(repr(float(value)))


def sum_as_written(values: Floats) -> Fraction:
    """The sum of the decimals people wrote for these floats, exactly.

    A decimal of at most 15 digits is the only one of its length that reads as its float, so integers of so many
    decimal places stand for all of them; what needs more digits is added one by one.
    """
    for places in _PLACES:
        unit = 10.0**places
        scaled = np.rint(values * unit)
        if np.all(np.abs(scaled) < _DIGITS) and np.array_equal(scaled / unit, values):
            return Fraction(sum(scaled.astype(np.int64).tolist()), 10**places)
    with localcontext(_EXACT):
        return Fraction(sum(map(Decimal, map(repr, values.tolist())), Decimal(0)))


def largest(values: Floats) -> int:
    """The largest size of whole floats; 0 when there are none."""
    return int(np.max(np.abs(values))) if len(values) else 0


def integers(values: Floats, factor: int, top: int | None = None) -> Integers:
    """Whole floats as integers; products of any size up to ``top`` (theirs when left out) with ``factor`` fit."""
    if ((largest(values) if top is None else top) + 1) * abs(factor) < _INT64_SAFE:
        return values.astype(np.int64)
    return as_objects(values)


def as_objects(values: NDArray[Any]) -> Integers:
    """The same whole numbers as Python integers, which never overflow."""
    result = np.empty(len(values), dtype=object)
    result[:] = [int(value) for value in values]
    return result


def floor_to(numerator: Integers, denominator: int, step: int) -> Floats:
    """numerator ÷ denominator rounded down to a multiple of ``step``, exactly."""
    whole = as_objects(numerator) if denominator * step >= _INT64_SAFE else numerator
    result: Floats = (whole // (denominator * step) * step).astype(np.float64)
    return result


def shares_of(amounts: Floats, numerators: Integers, denominators: Integers) -> Floats:
    """``share_of`` with a share of its own for every amount, or one for all."""
    top = max((int(value) for value in denominators), default=1)
    whole = integers(amounts, 3 * top)
    result: Floats = ((2 * numerators * whole + denominators) // (2 * denominators)).astype(np.float64)
    return result


def share_of(amounts: Floats, numerator: int, denominator: int) -> Floats:
    """``amounts`` (whole, not negative) × numerator ÷ denominator, rounded half-up to whole numbers, exactly."""
    whole = integers(amounts, 2 * numerator + denominator)
    return ((2 * numerator * whole + denominator) // (2 * denominator)).astype(np.float64)
