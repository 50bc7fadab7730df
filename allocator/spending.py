"""When investment is spent: shares of every option's investment by year, in whole fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from allocator.attributes import normal
from allocator.errors import InputError
from allocator.load import Loaded
from allocator.messages import Message
from allocator.rounding import floor_to, integers

if TYPE_CHECKING:
    from allocator.measures import Measures

INVESTMENTS = ("nominal_investment", "certified_investment", "additional_investment", "leveraged_investment")
"""Measures that are spent over years."""

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, eq=False)
class Spread:
    """The profile of every row: ``profiles[which[row]]``."""

    profiles: Sequence[Sequence[Decimal]]
    which: Ints

    @property
    def longest(self) -> int:
        """Years after the start in which something is still spent."""
        return max((len(profile) for profile in self.profiles), default=1) - 1

    def spent(self, amounts: Floats, after: Ints, *, cumulative: bool = False) -> Floats:
        """What is spent ``after`` years after the start, or until then; the years of a profile add up to the whole."""
        until = self._until(amounts, after)
        return until if cumulative else until - self._until(amounts, after - 1)

    def _until(self, amounts: Floats, after: Ints) -> Floats:
        """Rounded down to a fen before the last year, so that no year is lost to rounding."""
        found = np.zeros(len(amounts))
        for number, profile in enumerate(self.profiles):
            mine = self.which == number
            for year, share in enumerate(accumulate(profile)):
                at = np.flatnonzero(mine & ((after == year) if year < len(profile) - 1 else (after >= year)))
                top, bottom = share.as_integer_ratio()
                found[at] = floor_to(integers(amounts[at], top) * top, bottom, 1)
        return found


def spread_of(loaded: Loaded, measures: Measures) -> Spread | None:
    """The profile of every row; None where none is asked for.

    Raises:
        InputError: an attribute or a value without a profile.
    """
    spending, path = loaded.config.spending, "spending.by"
    if spending is None:
        return None
    if spending.by not in measures.names:
        from allocator.attributes import each_problems

        raise InputError(each_problems([spending.by], measures.attribute, measures.names, path, loaded.place))
    values = [normal(value) for value in np.asarray(measures.attribute(spending.by), object)]
    numbers = {normal(value): number for number, value in enumerate(spending.profile)}
    unlisted = sorted(set(values) - set(numbers))
    if unlisted and spending.default is None:
        told = {"by": spending.by, "values": ", ".join(unlisted)}
        raise InputError([Message("audit.no_spending_profile", told, loaded.place(path), path)])
    profiles = [*spending.profile.values(), *([spending.default] if spending.default else [])]
    return Spread(profiles, np.array([numbers.get(value, len(numbers)) for value in values], np.int64))
