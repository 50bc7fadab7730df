"""Grants: a rate of a base, up to a cap and up to what was asked for."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from allocator.config import Instrument
from allocator.instruments.entitlement import Entitlement
from allocator.money import Money
from allocator.rounding import Floats, integers, largest


def grant(instrument: Instrument, base: Floats, requested: Floats | None, money: Money) -> Entitlement:
    """min(rate × base, cap, requested amount), nothing below zero.

    ``base`` and ``requested`` are whole fen; a blank (NaN) request asks for no particular amount.
    """
    rate = Fraction(instrument.rate)
    factor = instrument.award.levels * max(rate.numerator, rate.denominator)
    asked = np.full(len(base), np.nan) if requested is None else requested
    stated = ~np.isnan(asked)
    top = max(largest(base), largest(asked[stated]))
    numerator = integers(np.maximum(base, 0), factor, top) * rate.numerator
    limit = integers(np.where(stated, np.maximum(asked, 0), 0), factor, top) * rate.denominator
    numerator = np.where(stated, np.minimum(numerator, limit), numerator)
    if instrument.award.max is not None:
        cap = money.to_fen(instrument.award.max) * rate.denominator
        numerator = np.minimum(numerator, min(cap, top * factor))
    return Entitlement(numerator, rate.denominator)
